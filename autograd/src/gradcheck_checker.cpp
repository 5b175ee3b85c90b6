#include "gradcheck_checker.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/random.hpp>

#include "check.hpp"
#include "gradcheck_bits.hpp"

#include <algorithm>

namespace frost::detail {

namespace {

// Up to which size of the Jacobian, and of the input, the fast mode looks for the entries that are wrong; and how many
// failures are enough.
constexpr std::size_t largest_jacobian = 1'000'000, largest_input = 1'000, enough = 20;

Tensor unit(const Tensor& like, std::size_t element) {
  Tensor g = zeros(like.shape(), {.dtype = DType::float64});
  g.mutable_data<double>()[element] = 1;
  return g;
}

}  // namespace

void GradcheckChecker::check() {
  here_ = evaluate(subject_.values);
  for (std::size_t o = 0; o < here_.size(); ++o)
    for (const double y : here_[o])
      if (!std::isfinite(y)) return fail_with(fmt::format("output {} has values that are not finite", o));
  if (!check_determinism()) return;
  try {
    if (options_.mode == GradcheckMode::slow) {
      compute_rows();
      check_linear();
      for (std::size_t i = 0; i < enabled_.size(); ++i)
        if (enabled_[i]) check_input(i);
    } else {
      check_projections();
    }
  } catch (const std::exception& error) {
    fail_with(error.what());
  }
  if (options_.every_freeze_pattern) check_patterns();
}

Numbers GradcheckChecker::evaluate(const Tensors& values) {
  Tensors leaves, ys;
  if (!records_always_) {
    try {
      NoGrad guard;
      ys = subject_.run(values, enabled_, leaves);
    } catch (const GraphError&) {
      records_always_ = true;
    }
  }
  if (records_always_) ys = subject_.run(values, enabled_, leaves);
  Numbers all;
  for (std::size_t o = 0; o < ys.size(); ++o) {
    expect(ys[o].dtype() == DType::float64,
           "gradcheck: output {} is {}; expected float64, as the inputs are: it must not be converted", o,
           name_of(ys[o].dtype()));
    all.push_back(numbers(ys[o]));
  }
  if (here_.empty()) return all;
  for (std::size_t o = 0; o < std::max(all.size(), here_.size()); ++o)
    expect(o < all.size() && o < here_.size() && all[o].size() == here_[o].size(),
           "gradcheck: the size of output {} changes with the values of the inputs; expected one size", o);
  return all;
}

GradcheckChecker::Recorded GradcheckChecker::record(const std::vector<bool>& enabled) {
  Recorded recorded;
  recorded.outputs = subject_.run(subject_.values, enabled, recorded.leaves);
  check_unwritten(recorded, "the forward pass");
  return recorded;
}

Tensors GradcheckChecker::gradients(const Recorded& recorded, std::size_t output, const Tensor& g) {
  Tensors wanted, all(enabled_.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (subject_.differentiate[i]) wanted.push_back(recorded.leaves[i]);
  const Tensor& y = recorded.outputs[output];
  if (!y.requires_grad()) return all;
  const Tensors found = grad(y, wanted, {.grad_output = g, .retain_graph = true, .allow_unused = true});
  for (std::size_t i = 0, k = 0; i < all.size(); ++i)
    if (subject_.differentiate[i]) all[i] = found[k++];
  return all;
}

Numbers GradcheckChecker::elements(const Tensors& gradients) {
  Numbers all(gradients.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!enabled_[i]) continue;
    if (gradients[i].present())
      all[i] = numbers(gradients[i]);
    else
      all[i].assign(static_cast<std::size_t>(subject_.values[i].size()), 0.);
  }
  return all;
}

void GradcheckChecker::check_unwritten(const Recorded& recorded, const char* by) {
  for (std::size_t i = 0; i < subject_.values.size(); ++i)
    if (!same_bits(recorded.leaves[i], subject_.values[i]))
      fail_with(fmt::format("{} was written by {}", subject_.names[i], by));
}

bool GradcheckChecker::is_steady() { return same_bits(here_, evaluate(subject_.values)); }

bool GradcheckChecker::check_determinism() {
  const auto note = [&](const char* what) {
    report_.non_deterministic = true;
    fail_with(fmt::format("{} for the same inputs differs from call to call", what));
    return false;
  };
  if (!is_steady()) return note("the result");
  const Recorded recorded = record(enabled_);
  projections_.clear();
  for (std::size_t o = 0; o < recorded.outputs.size(); ++o) {
    const std::vector<double> values = numbers(recorded.outputs[o]);
    bool is_same = recorded.outputs.size() == here_.size() && values.size() == here_[o].size();
    for (std::size_t j = 0; is_same && j < values.size(); ++j)
      is_same = std::abs(values[j] - here_[o][j]) <= options_.atol + options_.rtol * std::abs(here_[o][j]);
    if (!is_same) {
      fail_with(fmt::format("output {} is another one when it is recorded", o));
      return false;
    }
    projections_.push_back(random_like(recorded.outputs[o], 100 + o));
  }
  try {
    std::vector<Tensors> once;
    for (std::size_t o = 0; o < recorded.outputs.size(); ++o) once.push_back(gradients(recorded, o, projections_[o]));
    const std::size_t failures = report_.failures.size();
    check_unwritten(recorded, "the backward pass");
    if (report_.failures.size() > failures) return false;
    for (std::size_t o = 0; o < recorded.outputs.size(); ++o) {
      const Tensors twice = gradients(recorded, o, projections_[o]);
      for (std::size_t i = 0; i < twice.size(); ++i)
        if (!same_bits(once[o][i], twice[i])) return note("the gradient");
    }
  } catch (const std::exception& error) {
    fail_with(error.what());
    return false;
  }
  return true;
}

void GradcheckChecker::compute_rows() {
  const Recorded recorded = record(enabled_);
  rows_.clear();
  for (std::size_t o = 0; o < here_.size(); ++o) {
    rows_.emplace_back();
    for (std::size_t j = 0; j < here_[o].size(); ++j)
      rows_[o].push_back(elements(gradients(recorded, o, unit(recorded.outputs[o], j))));
  }
}

// The gradient of a projection is the projection of the rows: a rule must be linear in the gradient it is given.
void GradcheckChecker::check_linear() {
  const Recorded recorded = record(enabled_);
  for (std::size_t o = 0; o < here_.size(); ++o) {
    const Numbers found = elements(gradients(recorded, o, projections_[o]));
    const std::vector<double> v = numbers(projections_[o]);
    for (std::size_t i = 0; i < found.size(); ++i)
      for (std::size_t e = 0; e < found[i].size(); ++e) {
        Difference expected;
        for (std::size_t j = 0; j < v.size(); ++j) {
          const double term = v[j] * rows_[o][j][i][e];
          expected.value += term;
          expected.noise += 1e-12 * std::abs(term);
        }
        if (!std::isfinite(expected.value) || is_close(found[i][e], expected)) continue;  // not finite: the rows tell
        GradcheckFailure where = place(i, o);
        where.index = index_of(e, subject_.values[i].shape());
        where.message += ": the gradient is not linear in the gradient of the output";
        note_failure(found[i][e], expected.value, where);
      }
  }
}

Line GradcheckChecker::line(std::size_t input, const std::vector<double>& direction, double step) {
  return Line(here_, step, [this, input, &direction](double t) {
    Tensors values = subject_.values;
    Tensor moved = values[input].detach().clone();
    const std::span<double> x = moved.mutable_data<double>();
    for (std::size_t e = 0; e < direction.size(); ++e)
      if (direction[e] != 0) x[e] += t * direction[e];
    values[input] = moved;
    return evaluate(values);
  });
}

void GradcheckChecker::check_input(std::size_t i) {
  const std::vector<double> x = numbers(subject_.values[i]);
  std::vector<double> direction(x.size(), 0.);
  for (std::size_t e = 0; e < x.size(); ++e) {
    direction[e] = 1;
    Line along = line(i, direction, options_.eps * std::max(1., std::abs(x[e])));
    for (std::size_t o = 0; o < here_.size(); ++o)
      for (std::size_t j = 0; j < here_[o].size(); ++j) {
        const Difference numeric = along.derivative(
            [o, j](const Numbers& y) {
              return Projected{y[o][j], std::abs(y[o][j])};
            },
            rows_[o][j][i][e], options_.atol, options_.rtol);
        if (numeric.is_smooth && is_close(rows_[o][j][i][e], numeric)) {
          ++report_.compared;
          continue;
        }
        GradcheckFailure where = place(i, o);
        where.index = index_of(e, subject_.values[i].shape());
        where.output_index = index_of(j, projections_[o].shape());
        compare(rows_[o][j][i][e], numeric, where);
      }
    direction[e] = 0;
  }
}

void GradcheckChecker::check_projections() {
  std::vector<Numbers> found;
  {
    const Recorded recorded = record(enabled_);
    for (std::size_t o = 0; o < here_.size(); ++o) found.push_back(elements(gradients(recorded, o, projections_[o])));
  }
  std::size_t outputs = 0;
  for (const std::vector<double>& y : here_) outputs += y.size();
  for (std::size_t i = 0; i < enabled_.size(); ++i) {
    if (!enabled_[i]) continue;
    const std::vector<double> direction = numbers(random_like(subject_.values[i], i));
    double largest = 1;
    for (const double x : numbers(subject_.values[i])) largest = std::max(largest, std::abs(x));
    Line along = line(i, direction, options_.eps * largest);
    const std::size_t failures = report_.failures.size();
    const bool is_small =
        direction.size() <= largest_input && direction.size() * outputs <= largest_jacobian && failures < enough;
    bool looks_closer = false;
    for (std::size_t o = 0; o < here_.size(); ++o) {
      const std::vector<double> v = numbers(projections_[o]);
      double analytic = 0;
      for (std::size_t e = 0; e < direction.size(); ++e) analytic += direction[e] * found[o][i][e];
      const Difference numeric = along.derivative(
          [&](const Numbers& y) {
            Projected p;
            for (std::size_t j = 0; j < v.size(); ++j) {
              p.value += v[j] * y[o][j];
              p.magnitude += std::abs(v[j] * y[o][j]);
            }
            return p;
          },
          analytic, options_.atol, options_.rtol);
      if (numeric.is_smooth || !is_small)
        compare(analytic, numeric, place(i, o));
      else
        looks_closer = true;
    }
    if (!is_small || (!looks_closer && report_.failures.size() == failures)) continue;
    // Which entries are wrong, or have but a kink, the whole Jacobian tells.
    const std::vector<GradcheckFailure> projected(report_.failures.begin() + static_cast<std::ptrdiff_t>(failures),
                                                  report_.failures.end());
    report_.failures.resize(failures);
    if (rows_.empty()) compute_rows();
    check_input(i);
    if (report_.failures.size() == failures)
      report_.failures.insert(report_.failures.end(), projected.begin(), projected.end());
  }
}

bool GradcheckChecker::is_close(double analytic, const Difference& numeric) const {
  return std::abs(analytic - numeric.value) <= options_.atol + options_.rtol * std::abs(numeric.value) + numeric.noise;
}

void GradcheckChecker::compare(double analytic, const Difference& numeric, GradcheckFailure where) {
  ++report_.compared;
  if (numeric.is_smooth) {
    if (!is_close(analytic, numeric)) note_failure(analytic, numeric.value, std::move(where));
    return;
  }
  report_.non_differentiable.push_back(
      {where.input, where.input_name, where.output, where.index, analytic, numeric.left, numeric.right, where.order});
  // Any slope will do at a kink, but it must be one.
  if (std::isnan(analytic) && std::isfinite(numeric.left) && std::isfinite(numeric.right))
    note_failure(analytic, numeric.value, std::move(where));
}

void GradcheckChecker::note_failure(double analytic, double numeric, GradcheckFailure where) {
  where.analytic = analytic;
  where.numeric = numeric;
  where.abs_error = std::abs(analytic - numeric);
  where.rel_error = where.abs_error / std::max(std::abs(numeric), std::abs(analytic));
  report_.failures.push_back(std::move(where));
}

void GradcheckChecker::fail_with(const std::string& message) {
  report_.failures.push_back(
      {.order = subject_.order, .pattern = subject_.pattern, .message = subject_.stage() + ": " + message});
}

GradcheckFailure GradcheckChecker::place(std::size_t input, std::size_t output) const {
  return {.input = static_cast<int>(input),
          .input_name = subject_.names[input],
          .output = static_cast<int>(output),
          .output_name = subject_.order == 1 ? fmt::format("output {}", output) : "gradients",
          .order = subject_.order,
          .pattern = subject_.pattern,
          .message = subject_.stage()};
}

// ±0.5 … ±1.5: nothing is close to zero.
Tensor GradcheckChecker::random_like(const Tensor& like, std::size_t number) const {
  Generator random(0x9e3779b9u + number);
  Tensor v = random.uniform(like.shape(), -1, 1, DType::float64);
  for (double& x : v.mutable_data<double>()) x += x < 0 ? -0.5 : 0.5;
  return v;
}

}  // namespace frost::detail
