#include "support.hpp"

#include <frost/layers/watch.hpp>

#include <optional>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

namespace {

std::vector<bool> mask(const Layer& model) {
  std::vector<bool> flags;
  for (const Parameter& w : model.weights()) flags.push_back(w.requires_grad());
  return flags;
}
// Σ over a direction of d f / d x against a central difference, in float64.
template <class F>
void check_gradient(const F& f, const Tensor& x, const Tensor& gradient) {
  const Tensor direction = sin(arange(0., static_cast<double>(x.size()), 1.)).to(x.dtype()).reshape(x.shape());
  const double step = 1e-5;
  const double numeric =
      (f(x + direction * step).template item<double>() - f(x - direction * step).template item<double>()) / (2 * step);
  CHECK(sum(gradient * direction).item<double>() == Approx(numeric).epsilon(1e-6));
}
Model classifier() {
  seed(4);
  const Symbol input = Input({5, 3}, {.dtype = DType::float64});
  const Symbol a = LSTM({.units = 4, .return_sequences = true, .dtype = DType::float64, .name = "a"})(input);
  const Symbol b = Dense({.units = 4, .activation = "tanh", .dtype = DType::float64, .name = "b"})(a);
  return Model(input, Dense({.units = 3, .dtype = DType::float64, .name = "c"})(Flatten()(b)));
}
Tensor score(const Tensor& y) { return sum(y.slice(1, 1, 2)); }

}  // namespace

TEST_CASE("the gradient by the input passes through a network that is frozen as a whole, and changes no flag") {
  const Model model = classifier();
  freeze(model, everything());
  const std::vector<bool> before = mask(model);
  const Tensor x = some_rows(2, 15, 1).to(DType::float64).reshape({2, 5, 3});
  const Tensor asked = x.detach().clone().set_requires_grad(true);
  reset_kernel_counts();
  score(model(asked)).backward();
  CHECK(count_of("lstm.dkernel") == 0);
  CHECK(count_of("linear.dkernel") + count_of("linear.dbias") == 0);
  check_gradient([&](const Tensor& v) { return score(model(v)); }, x, asked.grad());
  CHECK(mask(model) == before);
  for (const Parameter& w : model.weights()) CHECK_FALSE(w.has_grad());
}

TEST_CASE("a watched layer's output has a gradient though everything is frozen") {
  const Model model = classifier();
  freeze(model, everything());
  const std::vector<bool> before = mask(model);
  const FrozenProof proof = assert_frozen(model, everything());
  const Tensor x = some_rows(2, 15, 1).to(DType::float64).reshape({2, 5, 3});
  Tensor features, gradient, y;
  {
    const Watch watch(model.get_layer("a"));
    y = model(x);
    reset_kernel_counts();
    features = watch.output();
    gradient = grad(score(y), {features})[0];
  }
  CHECK(count_of("lstm.dx") == 0);  // below the watched layer nothing is asked for
  CHECK(count_of("linear.dx") == 2);
  CHECK(gradient.shape() == Shape{2, 5, 4});
  const Model rest(model.get_layer("a").output(), model.output());
  check_gradient([&](const Tensor& v) { return score(rest(v)); }, features.detach(), gradient);
  CHECK(same_bits(y.detach(), model(x)));
  CHECK(mask(model) == before);
  CHECK_NOTHROW(proof.check());
  CHECK(model(x).is_leaf());  // once the watch is over, nothing is recorded
}

TEST_CASE("watching changes nothing for what trains: the same gradients, to the bit") {
  const auto gradients = [](bool watched) {
    const Model model = classifier();
    freeze(model, named("b"));
    const Tensor x = some_rows(2, 15, 1).to(DType::float64).reshape({2, 5, 3});
    std::optional<Watch> watch;
    if (watched) watch.emplace(model.get_layer("b"));
    const Tensor loss = score(model(x));
    if (watched) {
      const Tensor g = grad(loss, {watch->output()}, {.retain_graph = true})[0];
      CHECK(g.shape() == Shape{2, 5, 4});
    }
    loss.backward();
    Tensors all;
    for (const Parameter& w : model.trainable_weights()) all.push_back(w.grad());
    return all;
  };
  CHECK(same_bits(gradients(true), gradients(false)));
}

TEST_CASE("layers in nested models, and layers called by hand, can be watched") {
  const Model inner = small_model();
  const Symbol input = Input({4});
  const Model outer(input, Dense({.units = 1, .name = "last"})(inner(input)));
  freeze(outer, everything());
  const Watch first(outer.get_layer("model/b")), second(outer.get_layer("model/b"));
  const Tensor y = outer(some_rows(3, 4, 1));
  CHECK(grad(sum(y), {first.output()})[0].shape() == Shape{3, 5});
  CHECK(first.output().is_same(second.output()));

  const Layer dense = Dense({.units = 2});
  dense.set_trainable(false);
  const Watch by_hand(dense);
  sum(square(dense(ones({2, 3})))).backward();
  CHECK(by_hand.output().has_grad());
}

TEST_CASE("a watched layer that was not called is an error that names it") {
  const Model model = small_model();
  const Watch watch(model.get_layer("b"));
  CHECK_THROWS_WITH(watch.output(), Contains("'b' was not called"));
  CHECK(watch.outputs().empty());
  CHECK_THROWS_AS(Watch(Layer()), ValueError);
  {
    const NoGrad guard;
    CHECK(model(some_rows(2, 4, 1)).is_leaf());
  }
  CHECK_FALSE(watch.output().requires_grad());
}
