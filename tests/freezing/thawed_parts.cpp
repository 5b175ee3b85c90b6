#include "io/support.hpp"
#include "support.hpp"

#include <cmath>
#include <random>

using namespace frost;
using namespace freezing_test;
using io_test::Folder;

namespace {

// What an optimizer does to one element, in the textbooks' formulas; its gradient is limited already.
struct Element {
  double w = 0, m = 0, v = 0, top = 0, g = 0;
  int updates = 0;
  bool has_gradient = false;

  void forget() { m = v = top = 0, updates = 0; }
};
struct Settings {
  const char* name;
  double momentum = -1;  // of SGD; negative: Adam
  bool nesterov = false, amsgrad = false;
  double weight_decay = 0, clipnorm = 0, clipvalue = 0;

  static constexpr double rate = 0.05, beta_1 = 0.8, beta_2 = 0.95, epsilon = 1e-4;

  Optimizer make() const {
    if (momentum >= 0)
      return SGD({.learning_rate = rate,
                  .momentum = momentum,
                  .nesterov = nesterov,
                  .weight_decay = weight_decay,
                  .clipnorm = clipnorm,
                  .clipvalue = clipvalue});
    return Adam({.learning_rate = rate,
                 .beta_1 = beta_1,
                 .beta_2 = beta_2,
                 .epsilon = epsilon,
                 .amsgrad = amsgrad,
                 .weight_decay = weight_decay,
                 .clipnorm = clipnorm,
                 .clipvalue = clipvalue});
  }
  void update(Element& e, double g) const {
    ++e.updates;
    e.w -= rate * weight_decay * e.w;
    if (momentum >= 0) {
      e.v = momentum * e.v - rate * g;
      e.w += nesterov ? momentum * e.v - rate * g : e.v;
      return;
    }
    e.m = beta_1 * e.m + (1 - beta_1) * g;
    e.v = beta_2 * e.v + (1 - beta_2) * g * g;
    e.top = std::max(e.top, e.v);
    const double corrected = rate * std::sqrt(1 - std::pow(beta_2, e.updates)) / (1 - std::pow(beta_1, e.updates));
    e.w -= corrected * e.m / (std::sqrt(amsgrad ? e.top : e.v) + epsilon);
  }
};
const Settings all_settings[] = {{.name = "SGD", .momentum = 0, .weight_decay = 0.1},
                                 {.name = "momentum", .momentum = 0.9},
                                 {.name = "nesterov", .momentum = 0.9, .nesterov = true, .weight_decay = 0.1},
                                 {.name = "Adam", .weight_decay = 0.1},
                                 {.name = "AMSGrad", .amsgrad = true},
                                 {.name = "Adam with clipnorm", .weight_decay = 0.02, .clipnorm = 0.9},
                                 {.name = "Adam with clipvalue", .clipvalue = 0.4}};

// A weight of shape (5, 4), element by element.
class Reference {
 public:
  static constexpr std::int64_t rows = 5, columns = 4;

  explicit Reference(const Tensor& w) {
    const auto data = w.data<double>();
    for (std::size_t i = 0; i < elements_.size(); ++i) elements_[i].w = data[i];
  }
  void set_frozen(std::int64_t axis, std::int64_t index, bool freezes) {
    (axis == 0 ? row_[static_cast<std::size_t>(index)] : column_[static_cast<std::size_t>(index)]) = freezes;
    for (std::size_t i = 0; i < elements_.size(); ++i)
      if (is_frozen(i)) elements_[i].has_gradient = false;
  }
  void zero_grad() {
    for (Element& e : elements_) e.has_gradient = false;
  }
  void add_gradient(const std::vector<double>& g) {
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (is_frozen(i)) continue;
      elements_[i].g = g[i] + (elements_[i].has_gradient ? elements_[i].g : 0);
      elements_[i].has_gradient = true;
    }
  }
  void step(const Settings& settings) {
    double norm = 0;
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (is_frozen(i)) elements_[i].forget();
      if (elements_[i].has_gradient) norm += elements_[i].g * elements_[i].g;
    }
    norm = std::sqrt(norm);
    for (Element& e : elements_) {
      if (!e.has_gradient) continue;
      double g = e.g;
      if (settings.clipnorm > 0 && norm > settings.clipnorm) g *= settings.clipnorm / norm;
      if (settings.clipvalue > 0) g = std::min(std::max(g, -settings.clipvalue), settings.clipvalue);
      settings.update(e, g);
    }
  }
  double distance(const Tensor& w) const {
    const auto data = w.data<double>();
    double largest = 0;
    for (std::size_t i = 0; i < elements_.size(); ++i) largest = std::max(largest, std::abs(data[i] - elements_[i].w));
    return largest;
  }
  std::int64_t trained() const {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < elements_.size(); ++i) count += !is_frozen(i);
    return count;
  }
  int updates(std::size_t i) const { return elements_[i].updates; }
  bool is_frozen(std::size_t i) const { return row_[i / columns] || column_[i % columns]; }

 private:
  std::array<Element, rows * columns> elements_;
  std::array<bool, rows> row_ = {};
  std::array<bool, columns> column_ = {};
};

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  return generator.normal(shape, DType::float64);
}
// The weight's gradient becomes, or grows by, g.
void go_back(const Tensor& w, const Tensor& g) { sum(w * g).backward(); }
std::vector<double> values(const Tensor& t) {
  const auto data = t.data<double>();
  return {data.begin(), data.end()};
}
void step_on(const Optimizer& optimizer, const Tensor& w, std::uint64_t seed) {
  optimizer.zero_grad();
  go_back(w, normal(w.shape(), seed));
  optimizer.step();
}

}  // namespace

TEST_CASE("rows and columns frozen and thawed at any time follow the formulas, each element with a count of its own") {
  for (const Settings& settings : all_settings) {
    for (unsigned seed = 0; seed < 12; ++seed) {
      CAPTURE(settings.name, seed);
      std::mt19937 random(seed);
      const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
      const Tensor w = normal({5, 4}, 100 + seed).set_requires_grad(true);
      Reference reference(w);
      Optimizer optimizer = settings.make();
      optimizer.add({w});
      const auto freeze_or_thaw = [&] {
        for (int i = below(3); i > 0; --i) {
          const std::int64_t axis = below(2), index = below(axis == 0 ? 5 : 4);
          const bool freezes = below(5) < 2;
          freezes ? freeze_slices(w, axis, {index}) : thaw_slices(w, axis, {index});
          reference.set_frozen(axis, index, freezes);
        }
      };
      for (int step = 0; step < 25; ++step) {
        if (below(5) > 0) {
          optimizer.zero_grad();
          reference.zero_grad();
        }
        freeze_or_thaw();
        if (reference.trained() > 0) {
          const Tensor g = normal({5, 4}, 1000 + 50 * seed + static_cast<unsigned>(step));
          go_back(w, g);
          reference.add_gradient(values(g));
        }
        if (below(3) == 0) freeze_or_thaw();
        if (below(4) == 0) {  // as a file would bring it back
          const OptimizerState state = optimizer.base().state(w);
          optimizer = settings.make();
          optimizer.add({w});
          if (state.steps > 0) optimizer.base().set_state(w, state);
        }
        optimizer.step();
        reference.step(settings);
        REQUIRE(reference.distance(w) < 1e-12);
        const std::int64_t tensors = optimizer.base().state_count();
        REQUIRE(optimizer.state_bytes() == tensors * 8 * reference.trained());
      }
    }
  }
}

TEST_CASE("what was trained goes on to the bit when other rows are thawed, and those start as with a new optimizer") {
  for (const NamedOptimizer& named : every_optimizer()) {
    if (named.name.find("norm") != std::string::npos) continue;  // a norm is one of all rows
    CAPTURE(named.name);
    const Tensor start = some_rows(4, 3, 1);
    const Tensor w = start.detach().clone().set_requires_grad(true);
    const Tensor old = start.slice(0, 0, 2).detach().clone().set_requires_grad(true);
    const Tensor fresh = start.slice(0, 2, 4).detach().clone().set_requires_grad(true);
    const Optimizer whole = named.make(), first = named.make(), second = named.make();
    whole.add({w});
    first.add({old});
    second.add({fresh});
    freeze_rows(w, {2, 3});
    for (int step = 0; step < 20; ++step) {
      if (step == 9) thaw_rows(w, {2, 3});
      const Tensor g = some_rows(4, 3, 60 + static_cast<std::uint64_t>(step));
      w.set_grad(g);
      old.set_grad(g.slice(0, 0, 2));
      fresh.set_grad(g.slice(0, 2, 4));
      whole.step();
      first.step();
      if (step >= 9) second.step();
      REQUIRE(same_bits(w.slice(0, 0, 2).detach(), old.detach()));
      REQUIRE(same_bits(w.slice(0, 2, 4).detach(), fresh.detach()));
    }
  }
}

TEST_CASE("Adam's first step of a thawed row is as long as any first step") {
  const Tensor w = zeros({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  const Adam adam({.learning_rate = 0.25, .epsilon = 0});
  adam.add({w});
  freeze_rows(w, {1});
  for (int step = 0; step < 50; ++step) {
    w.set_grad(ones({2, 3}, {.dtype = DType::float64}));
    adam.step();
  }
  thaw_rows(w, {1});
  w.set_grad(ones({2, 3}, {.dtype = DType::float64}));
  adam.step();
  for (std::int64_t i = 0; i < 3; ++i) CHECK(w.detach()[1][i].item<double>() == Approx(-0.25).epsilon(1e-12));
}

TEST_CASE("rows thawed between the backward pass and the step keep every bit, whatever optimizer") {
  for (const NamedOptimizer& named : every_optimizer()) {
    CAPTURE(named.name);
    const Tensor w = some_rows(4, 3, 1).set_requires_grad(true);
    const Optimizer optimizer = named.make();
    optimizer.add({w});
    for (int step = 0; step < 3; ++step) {
      w.set_grad(some_rows(4, 3, 10));
      optimizer.step();
    }
    freeze_rows(w, {1, 3});
    w.set_grad(some_rows(4, 3, 11));
    thaw_rows(w, {1});
    CHECK(max(abs(w.grad()[1])).item<double>() == 0);
    const Tensor before = w.clone();
    clip_grad_norm({w}, 0.5);
    optimizer.step();
    for (std::int64_t row = 0; row < 4; ++row) CHECK(same_bits(w.detach()[row], before[row]) == (row == 1 || row == 3));
    const Tensor after = w.clone();
    w.set_grad(some_rows(4, 3, 12));
    optimizer.step();
    for (std::int64_t row = 0; row < 4; ++row) CHECK(same_bits(w.detach()[row], after[row]) == (row == 3));
  }
}

TEST_CASE("a gradient that grows over two passes is whole again for rows that were thawed between them") {
  const Tensor w = zeros({3, 2}, {.dtype = DType::float64, .requires_grad = true});
  freeze_rows(w, {0, 2});
  go_back(w, full({3, 2}, 1., {.dtype = DType::float64}));
  thaw_rows(w, {2});
  go_back(w, full({3, 2}, 2., {.dtype = DType::float64}));
  CHECK(values(w.grad()) == std::vector<double>{0, 0, 3, 3, 2, 2});
  const SGD sgd({.learning_rate = 1});
  sgd.add({w});
  sgd.step();
  CHECK(values(w) == std::vector<double>{0, 0, -3, -3, -2, -2});
}

TEST_CASE("a guard that pauses a weight brings back for which rows it has a gradient") {
  const Model model = small_model();
  const Parameter kernel = model.get_layer("b").weights()[0];
  const SGD sgd({.learning_rate = 0.1, .weight_decay = 0.5});
  sgd.add({kernel});
  freeze_rows(kernel, {0, 1});
  sum(model(some_rows(3, 4, 2))).backward();
  thaw_rows(kernel, {0});
  const Tensor before = kernel.clone(), gradient = kernel.grad().clone();
  {
    const FreezeGuard guard(model, named("b"));
    thaw_rows(kernel, {1});
    sgd.step();
    CHECK(same_bits(kernel.detach(), before));
  }
  CHECK(same_bits(kernel.grad(), gradient));
  sgd.step();
  for (std::int64_t row = 0; row < 6; ++row) CHECK(same_bits(kernel.detach()[row], before[row]) == (row < 2));
}

TEST_CASE("a model's file keeps the counts of rows thawed at different times, and training goes on to the bit") {
  const auto make = [] {
    const Model model = small_model();
    model.compile({.optimizer = Adam({.learning_rate = 0.05, .amsgrad = true, .weight_decay = 0.1}), .loss = "mse"});
    return model;
  };
  const auto weight = [](const Model& model) { return model.get_layer("b").weights()[0]; };  // (6, 5)
  const auto change = [&](const Model& model, int step) {
    if (step == 0) freeze_rows(weight(model), {0, 1, 2, 3});
    if (step == 3) thaw_rows(weight(model), {1, 2});
    if (step == 3) freeze_slices(weight(model), 1, {4});
    if (step == 5) thaw_slices(weight(model), 1, {4});
    if (step == 7) thaw_rows(weight(model), {0});
  };
  const auto train_on = [&](const Model& model, int step) {
    model.train_on_batch(some_rows(8, 4, 20 + static_cast<std::uint64_t>(step)), some_rows(8, 2, 40));
  };
  const Model whole = make();
  for (int step = 0; step < 10; ++step) {
    change(whole, step);
    train_on(whole, step);
  }
  const bool stops_after_the_change = GENERATE(false, true);
  for (int stop = 1; stop < 10; ++stop) {
    CAPTURE(stop, stops_after_the_change);
    const Folder folder;
    Model model = make();
    for (int step = 0; step < 10; ++step) {
      if (stop == step && !stops_after_the_change) {
        model.save(folder / "m.frost");
        model = load_model(folder / "m.frost");
      }
      change(model, step);
      if (stop == step && stops_after_the_change) {
        model.save(folder / "m.frost");
        model = load_model(folder / "m.frost");
      }
      train_on(model, step);
    }
    CHECK(same_bits(model.get_weights(), whole.get_weights()));
  }
}

TEST_CASE("a state says how often each element was updated where that differs, and comes back") {
  const Tensor w = normal({4, 3}, 1).set_requires_grad(true);
  const Adam adam;
  adam.add({w});
  freeze_rows(w, {0, 3});
  for (std::uint64_t step = 0; step < 3; ++step) step_on(adam, w, step);
  CHECK_FALSE(adam.base().state(w).own_steps.present());
  CHECK(adam.base().state(w).steps == 3);
  thaw_rows(w, {3});
  for (std::uint64_t step = 0; step < 2; ++step) step_on(adam, w, step);
  const OptimizerState state = adam.base().state(w);
  CHECK(state.steps == 5);
  REQUIRE(state.own_steps.present());
  CHECK(same_bits(state.own_steps, tensor({{0, 0, 0}, {5, 5, 5}, {5, 5, 5}, {2, 2, 2}}, DType::int64)));
  const Adam other;
  other.add({w});
  other.base().set_state(w, state);
  CHECK(same_bits(other.base().state(w).own_steps, state.own_steps));
  CHECK(same_bits(other.base().state(w).tensors, state.tensors));
  OptimizerState wrong = state;
  wrong.own_steps = ones({4, 2}).to(DType::int64);
  CHECK_THROWS_AS(other.base().set_state(w, wrong), ShapeError);
  wrong.own_steps = ones({4, 3});
  CHECK_THROWS_AS(other.base().set_state(w, wrong), ValueError);
  wrong.own_steps = full({4, 3}, -1).to(DType::int64);
  CHECK_THROWS_AS(other.base().set_state(w, wrong), ValueError);
  CHECK(same_bits(other.base().state(w).own_steps, state.own_steps));
}

TEST_CASE("freezing rows again that are frozen, or thawing others that are not, changes no state") {
  const Tensor w = normal({4, 3}, 1).set_requires_grad(true), twin = w.detach().clone().set_requires_grad(true);
  const Adam adam;
  adam.add({w, twin});
  for (const Tensor& t : {w, twin}) freeze_rows(t, {0});
  for (std::uint64_t step = 0; step < 4; ++step) {
    if (step == 2) {
      freeze_rows(w, {0});
      thaw_rows(w, {1, 2});
      freeze_rows(w, {3});
      thaw_rows(w, {3});
    }
    adam.zero_grad();
    for (const Tensor& t : {w, twin}) go_back(t, normal({4, 3}, step));
    adam.step();
  }
  CHECK(same_bits(w.detach(), twin.detach()));
  CHECK_FALSE(adam.base().state(w).own_steps.present());
}
