#include <frost/autograd/grad.hpp>
#include <frost/autograd/gradcheck.hpp>
#include <frost/autograd/gradcheck_subject.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/autograd/random.hpp>

#include "check.hpp"
#include "gradcheck_checker.hpp"

#include <limits>

namespace frost::detail {

namespace {

class FunctionSubject : public GradcheckSubject {
 public:
  FunctionSubject(const void* function, GradcheckCall call, const Tensors& xs) : function_(function), call_(call) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
      values.push_back(gradcheck_value(xs[i]));
      differentiate.push_back(xs[i].present() && is_floating(xs[i].dtype()));
      names.push_back(fmt::format("input {}", i));
    }
  }

  Tensors run(const Tensors& at, const std::vector<bool>& enabled, Tensors& leaves) override {
    leaves.clear();
    for (std::size_t i = 0; i < at.size(); ++i) leaves.push_back(gradcheck_leaf(at[i], enabled[i]));
    return gradcheck_outputs(call_(function_, leaves));
  }

 private:
  const void* function_;
  GradcheckCall call_;
};

// What is differentiated at second order: Σ ⟨v, dx⟩ for fixed random v, a function of the inputs and of the gradients
// of the outputs.
class FirstGradients : public GradcheckSubject {
 public:
  FirstGradients(GradcheckSubject& first, const std::vector<bool>& of, const Tensors& outputs)
      : first_(first), of_(of), inputs_(first.values.size()) {
    values = first.values;
    differentiate = of;
    names = first.names;
    label = first.label;
    pattern = first.pattern;
    order = 2;
    Generator random(0x5ec07d);
    for (const Tensor& x : values)
      directions_.push_back(x.present() ? random.normal(x.shape(), DType::float64) : Tensor());
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      values.push_back(random.normal(outputs[k].shape(), DType::float64));
      differentiate.push_back(true);
      names.push_back(fmt::format("the gradient of output {}", k));
    }
  }

  Tensors run(const Tensors& at, const std::vector<bool>& enabled, Tensors& leaves) override {
    const bool is_recorded = is_grad_enabled();
    EnableGrad recorded;
    KeepInputs keep;
    const auto middle = static_cast<std::ptrdiff_t>(inputs_);
    const Tensors ys = first_.run(Tensors(at.begin(), at.begin() + middle), of_, leaves);
    Tensors wanted, directions;
    for (std::size_t i = 0; i < inputs_; ++i)
      if (of_[i]) {
        wanted.push_back(leaves[i]);
        directions.push_back(directions_[i]);
      }
    Tensor pairing;
    for (std::size_t k = 0; k < ys.size(); ++k) {
      leaves.push_back(gradcheck_leaf(at[inputs_ + k], enabled[inputs_ + k]));
      if (!ys[k].requires_grad()) continue;
      const Tensor term = sum(ys[k] * leaves.back());
      pairing = pairing.present() ? pairing + term : term;
    }
    Tensor total = zeros({}, {.dtype = DType::float64});
    if (!pairing.present()) return {total};
    const Tensors found = grad(pairing, wanted, {.create_graph = is_recorded, .allow_unused = true});
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i].present()) total = total + sum(found[i] * directions[i]);
    return {total};
  }

 private:
  GradcheckSubject& first_;
  std::vector<bool> of_;
  std::size_t inputs_;
  Tensors directions_;
};

void check_second_order(GradcheckSubject& subject, const std::vector<bool>& of, GradcheckOptions options,
                        GradcheckReport& report) {
  options.every_freeze_pattern = false;
  try {
    Tensors leaves;
    const Tensors outputs = subject.run(subject.values, of, leaves);
    FirstGradients gradients(subject, of, outputs);
    GradcheckChecker(gradients, gradients.differentiate, options, report).check();
  } catch (const std::exception& error) {
    report.failures.push_back(
        {.order = 2,
         .pattern = subject.pattern,
         .message = subject.label + (subject.label.empty() ? "" : ", ") + "second order: " + error.what()});
  }
}

}  // namespace

GradcheckSubject::~GradcheckSubject() = default;

DefaultFloat64::DefaultFloat64() : before_(default_dtype()) { set_default_dtype(DType::float64); }
DefaultFloat64::~DefaultFloat64() { set_default_dtype(before_); }

Tensor gradcheck_value(const Tensor& x) {
  if (!x.present()) return {};
  const Tensor value = is_floating(x.dtype()) ? x.detach().to(DType::float64) : x.detach();
  return value.detach().clone();
}

Tensor gradcheck_leaf(const Tensor& value, bool requires_grad) {
  if (!value.present()) return {};
  Tensor leaf = value.detach().clone();
  if (!requires_grad) return leaf;
  leaf.set_requires_grad(true);
  poison_gradient(leaf);
  return leaf;
}

std::string GradcheckSubject::stage() const {
  return label + (label.empty() ? "" : ", ") + (order == 1 ? "first order" : "second order") +
         (pattern.empty() ? "" : ", trainable " + pattern);
}

Tensors gradcheck_outputs(Tensors outputs) {
  for (std::size_t o = 0; o < outputs.size(); ++o)
    expect(outputs[o].present(), "gradcheck: result {} is absent; expected a tensor", o);
  std::erase_if(outputs, [](const Tensor& y) { return !is_floating(y.dtype()); });
  expect(!outputs.empty(), "gradcheck: no result is floating; expected one at least");
  return outputs;
}

void poison_gradient(const Tensor& leaf) { leaf.set_grad(full_like(leaf, std::numeric_limits<double>::quiet_NaN())); }

void gradcheck(GradcheckSubject& subject, const GradcheckOptions& options, GradcheckReport& report) {
  expect(options.eps > 0 && options.atol >= 0 && options.rtol >= 0,
         "gradcheck: got eps {}, atol {}, rtol {}; expected a positive eps and tolerances of 0 or more", options.eps,
         options.atol, options.rtol);
  bool any = false;
  for (const bool d : subject.differentiate) any |= d;
  expect(any, "gradcheck: there is nothing to differentiate: no input is floating, no weight trainable");
  EnableGrad recorded;
  const DefaultFloat64 float64;
  const std::size_t before = report.patterns.size();
  GradcheckChecker(subject, subject.differentiate, options, report).check();
  if (!options.second_order || report.non_deterministic) return;
  check_second_order(subject, subject.differentiate, options, report);
  if (!options.every_freeze_pattern) return;
  GradcheckOptions projected = options;
  projected.mode = GradcheckMode::fast;
  const std::vector<GradcheckPattern> patterns(report.patterns.begin() + static_cast<std::ptrdiff_t>(before),
                                               report.patterns.end());
  for (const GradcheckPattern& pattern : patterns) {
    std::vector<bool> of(subject.values.size(), false);
    std::size_t trainable = 0;
    for (std::size_t i = 0, k = 0; i < of.size(); ++i)
      if (subject.differentiate[i]) trainable += of[i] = pattern.trainable[k++];
    if (trainable == 0 || trainable == pattern.trainable.size()) continue;
    subject.pattern = pattern_text(pattern.trainable);
    check_second_order(subject, of, projected, report);
  }
  subject.pattern = "";
}

GradcheckReport gradcheck(const void* function, GradcheckCall call, const Tensors& xs,
                          const GradcheckOptions& options) {
  FunctionSubject subject(function, call, xs);
  GradcheckReport report;
  gradcheck(subject, options, report);
  return report;
}

}  // namespace frost::detail
