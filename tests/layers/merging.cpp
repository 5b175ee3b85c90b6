#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

using Doubles = std::vector<double>;
Doubles values(const Tensor& y) {
  const Tensor kept = y.detach().to(DType::float64);
  const auto data = kept.data<double>();
  return {data.begin(), data.end()};
}
Tensor row(tensor({{-2., -1., 0., 1., 2., 8.}}, DType::float64));

}  // namespace

TEST_CASE("the activations with parameters have Keras' values") {
  CHECK(values(ReLU()(row)) == Doubles{0, 0, 0, 1, 2, 8});
  CHECK(values(ReLU({.max_value = 6})(row)) == Doubles{0, 0, 0, 1, 2, 6});
  CHECK(values(ReLU({.max_value = 1.5})(row)) == Doubles{0, 0, 0, 1, 1.5, 1.5});
  CHECK(values(ReLU({.negative_slope = 0.5})(row)) == Doubles{-1, -0.5, 0, 1, 2, 8});
  CHECK(values(ReLU({.max_value = 4, .negative_slope = 0.5, .threshold = 1})(row)) == Doubles{-1.5, -1, -0.5, 0, 2, 4});
  CHECK(values(LeakyReLU({.alpha = 0.5})(row)) == Doubles{-1, -0.5, 0, 1, 2, 8});
  CHECK(values(LeakyReLU()(tensor({{-1.}}, DType::float64))) == Doubles{-0.3});
  CHECK(values(ELU({.alpha = 2})(row))[1] == Approx(2 * (std::exp(-1.) - 1)));
  CHECK(values(PReLU({.alpha_initializer = constant(0.25), .dtype = DType::float64})(row)) ==
        Doubles{-0.5, -0.25, 0, 1, 2, 8});
}

TEST_CASE("Softmax adds up to 1 over its axes, and leaves out what is masked") {
  const Tensor x = randn({2, 3, 4}, {.dtype = DType::float64});
  for (const double total : values(sum(Softmax({.axis = 1})(x), {1}))) CHECK(total == Approx(1));
  for (const double total : values(sum(Softmax({.axis = {1, 2}})(x), {1, 2}))) CHECK(total == Approx(1));
  const Tensor mask = tensor({{1, 0, 1, 0, 0, 0}}, DType::int64) > 0.;
  const Doubles masked = values(Softmax()(row, {.masks = {mask}}));
  CHECK(masked[0] == Approx(1 / (1 + std::exp(2.))));
  CHECK(masked[2] == Approx(1 / (1 + std::exp(-2.))));
  CHECK(masked[5] == 0);
}

TEST_CASE("merging layers are called on lists of symbols and of tensors") {
  const Symbol a = Input({2}), b = Input({2});
  const Model model({a, b}, Add()({a, b}));
  const Tensor x = tensor({{1., 2.}}), y = tensor({{10., 20.}});
  CHECK(values(model(Tensors{x, y})) == Doubles{11, 22});
  CHECK(values(Add()({x, y})) == Doubles{11, 22});
  CHECK(Add()(Symbols{a, b}).shape() == Shape{-1, 2});
  CHECK(values(Subtract()({x, y})) == Doubles{-9, -18});
  CHECK(values(Multiply()({x, y})) == Doubles{10, 40});
  CHECK(values(Average()({x, y})) == Doubles{5.5, 11});
  CHECK(values(Maximum()({x, y})) == Doubles{10, 20});
  CHECK(values(Minimum()({x, y})) == Doubles{1, 2});
  CHECK(values(Concatenate()({x, y})) == Doubles{1, 2, 10, 20});
  CHECK(values(Dot({.axes = 1})({x, y})) == Doubles{50});
  CHECK(values(Dot({.axes = 1, .normalize = true})({x, y}))[0] == Approx(1));
}

TEST_CASE("an input of fewer axes is merged behind the batch axis, not along it") {
  const Tensor steps = zeros({2, 2, 3}), rows = tensor({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(values(Add()({steps, rows})) == Doubles{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
}

TEST_CASE("Dot sums over an axis of each input, the first one's other axes in front") {
  const Tensor x = tensor({{{1., 2.}, {3., 4.}, {5., 6.}}}), y = tensor({{{1., 0., 2.}, {0., 1., 2.}}});
  CHECK(Dot({.axes = {2, 1}})({x, y}).shape() == Shape{1, 3, 3});
  CHECK(values(Dot({.axes = {2, 1}})({x, y})) == Doubles{1, 2, 6, 3, 4, 14, 5, 6, 22});
  CHECK(values(Dot({.axes = {1, 2}})({x, y})) == Doubles{11, 13, 14, 16});
}

TEST_CASE("masks of merged inputs: a step counts that counts in all, or follows along the steps") {
  const Tensor x = ones({1, 2, 3}), first = tensor({{1, 0}}, DType::int64) > 0.,
               second = tensor({{1, 1}}, DType::int64) > 0.;
  const auto mask_of = [&](const Layer& layer, const Tensors& masks) {
    Tensors results;
    layer({x, x}, {.masks = masks, .result_masks = &results});
    return results.empty() || !results[0].present() ? Doubles{} : values(results[0].to(DType::int64));
  };
  CHECK(mask_of(Add(), {first, second}) == Doubles{1, 0});
  CHECK(mask_of(Concatenate(), {first, second}) == Doubles{1, 0});
  CHECK(mask_of(Concatenate({.axis = 1}), {first, second}) == Doubles{1, 0, 1, 1});
  CHECK(mask_of(Concatenate({.axis = 1}), {first, Tensor()}) == Doubles{1, 0, 1, 1});
  CHECK(mask_of(Concatenate({.axis = 1}), {}).empty());
  CHECK(mask_of(Dot({.axes = 2}), {first, second}).empty());
}

TEST_CASE("Permute and RepeatVector move and repeat what is behind the batch axis") {
  const Tensor x = tensor({{{1., 2., 3.}, {4., 5., 6.}}});
  CHECK(values(Permute({2, 1})(x)) == Doubles{1, 4, 2, 5, 3, 6});
  CHECK(values(RepeatVector(2)(tensor({{1., 2.}}))) == Doubles{1, 2, 1, 2});
}

TEST_CASE("a Lambda takes any function of a tensor, cannot be written, and says whether it is random") {
  CHECK(values(Lambda([](const auto& x) { return x + 1.; })(row))[0] == -1);
  CHECK(values(Lambda(static_cast<Tensor (*)(const Tensor&)>(square), {.name = "squared"})(row))[5] == 64);
  const Layer lambda = Lambda([](const Tensor& x) { return x; }, {.is_random = true, .name = "noise"});
  CHECK(lambda.base().is_random());
  CHECK(lambda.name() == "noise");
  CHECK_THROWS_WITH(lambda.config(), Contains("Lambda") && Contains("register_layer"));
}

TEST_CASE("axes are written as Keras does, null for none and one as a number") {
  CHECK(PReLU().config().at("shared_axes").is_null());
  CHECK(Dot({.axes = 2}).config().at("axes").integer() == 2);
  CHECK(Dot({.axes = {1, 2}}).config().at("axes").elements().size() == 2);
  CHECK(LayerNormalization().config().at("axis").integer() == -1);
  CHECK(MultiHeadAttention({.num_heads = 1, .key_dim = 1}).config().at("attention_axes").is_null());
}

TEST_CASE("MultiHeadAttention is made from what Keras writes, the shapes it was built for among it") {
  Config config = MultiHeadAttention({.num_heads = 2, .key_dim = 3}).config();
  config.set("query_shape", Config::list({Config(), 4, 8}));
  config.set("key_shape", Config());
  CHECK(make_layer("MultiHeadAttention", config)(ones({1, 2, 8})).shape() == Shape{1, 2, 8});
}

TEST_CASE("the names of layers whose class name has capitals are Keras'") {
  CHECK(ReLU().name() == "re_lu");
  CHECK(LeakyReLU().name() == "leaky_re_lu");
  CHECK(PReLU().name() == "p_re_lu");
  CHECK(ELU().name() == "elu");
  CHECK(RepeatVector(1).name() == "repeat_vector");
}

TEST_CASE("norms along another axis are those of the transposed input") {
  const Tensor x = randn({4, 3, 5});
  const Layer first = BatchNormalization({.axis = 1}), last = BatchNormalization();
  const CallOptions training = {.training = true};
  CHECK(values(swapaxes(first(x, training), 1, 2)) == values(last(swapaxes(x, 1, 2), training)));
  CHECK(values(first.weights()[2]) == values(last.weights()[2]));
  CHECK(values(first.weights()[3]) == values(last.weights()[3]));
  const Tensor y = LayerNormalization({.axis = {1, 2}})(x);
  for (const double m : values(mean(y, {1, 2}))) CHECK(std::abs(m) < 1e-6);
  for (const double v : values(var(y, {1, 2}, false))) CHECK(v == Approx(1).epsilon(0.01));
}
