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
double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}
Tensor booleans(const Literal& flags) { return tensor(flags, DType::int64) > 0.; }
const Tensor query = tensor({{{1., 0.}, {0., 2.}}}), value = tensor({{{1., 0.}, {0., 1.}, {1., 1.}}});

}  // namespace

TEST_CASE("Attention is softmax(query keyT) value, not divided by a root") {
  const Doubles y = values(Attention()({query, value}));
  const double e = std::exp(1.), sum = 2 * e + 1;  // scores 1 0 1
  CHECK(y[0] == Approx(2 * e / sum));
  CHECK(y[1] == Approx((1 + e) / sum));
  const double f = std::exp(2.), other = 2 * f + 1;  // scores 0 2 2
  CHECK(y[2] == Approx((1 + f) / other));
  CHECK(y[3] == Approx(2 * f / other));
}

TEST_CASE("causal attention sees no later step, and is the same with a mask of all steps") {
  const Layer layer = Attention({.causal = true});
  const Doubles y = values(layer({query, value}));
  CHECK(y[0] == Approx(1));
  CHECK(y[1] == Approx(0).margin(1e-6));
  const Tensor masked = layer({query, value}, {.masks = {booleans({{1, 1}}), booleans({{1, 1, 1}})}});
  CHECK(distance(masked, layer({query, value})) < 1e-6);
}

TEST_CASE("attention gives masked steps no weight, and masked queries 0") {
  Tensors masks;
  const Doubles y = values(
      Attention()({query, value}, {.masks = {booleans({{1, 0}}), booleans({{0, 1, 0}})}, .result_masks = &masks}));
  CHECK(y == Doubles{0, 1, 0, 0});
  REQUIRE(masks.size() == 1);
  CHECK(values(masks[0].to(DType::int64)) == Doubles{1, 0});
}

TEST_CASE("attention by sums is that of Bahdanau's scores") {
  const Layer layer = Attention({.score_mode = "concat"});
  const Doubles y = values(layer({query, value}));
  const auto score = [](double a, double b) { return std::exp(std::tanh(a) + std::tanh(b)); };
  const double first = score(2, 0), second = score(1, 1), third = score(2, 1);
  CHECK(y[0] == Approx((first + third) / (first + second + third)));
}

TEST_CASE("a head of MultiHeadAttention is attention between its projections") {
  seed(2);
  const Tensor x = randn({2, 3, 4}), other = randn({2, 5, 6});
  const Layer layer = MultiHeadAttention({.num_heads = 2, .key_dim = 3, .value_dim = 2});
  const Tensor y = layer({x, other});
  const Parameters w = layer.weights();
  for (const Parameter& p : w) p.assign(randn(p.shape()));
  Tensor expected = w[7];
  for (std::int64_t h = 0; h < 2; ++h) {
    const auto head = [&](const Tensor& in, std::size_t kernel) {
      const Tensor k = w[kernel].slice(1, h, h + 1), b = w[kernel + 1][h];
      return matmul(in, k.reshape({k.shape()[0], k.shape()[2]})) + b;
    };
    const Tensor one = attention(head(x, 0), head(other, 2), head(other, 4));
    expected = expected + matmul(one, w[6][h]);
  }
  CHECK(distance(layer({x, other}), expected) < 1e-5);
}

TEST_CASE("masks, a mask input and causality of MultiHeadAttention agree") {
  seed(3);
  const Tensor x = randn({1, 3, 4});
  const MultiHeadAttentionOptions plain = {.num_heads = 2, .key_dim = 2};
  const Layer layer = MultiHeadAttention(plain);
  layer(x);
  const auto like = [&](MultiHeadAttentionOptions options, bool has_mask) {
    options.attention_mask = has_mask;
    const Layer made = MultiHeadAttention(options);
    const Tensor all = ones({1, 3, 3}) > 0.;
    has_mask ? made({x, x, all}) : made(x);
    made.set_weights(layer.get_weights());
    return made;
  };
  MultiHeadAttentionOptions causal = plain;
  causal.causal = true;
  const Tensor expected = like(causal, false)(x);
  CHECK(distance(like(plain, true)({x, x, booleans({{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}}})}), expected) < 1e-6);
  CHECK(distance(like(causal, false)(x, {.masks = {booleans({{1, 1, 1}})}}), expected) < 1e-6);
  const Tensor cut = layer(x, {.masks = {booleans({{1, 1, 0}})}}), without = layer(x.slice(1, 0, 2));
  CHECK(distance(cut.slice(1, 0, 2), without) < 1e-6);
  CHECK(distance(layer(x), like(plain, true)({x, x, ones({1, 3, 3}) > 0.})) < 1e-6);
}

TEST_CASE("an Embedding's mask reaches the attention of a model") {
  const Symbol tokens = Input({-1}, {.dtype = DType::int64});
  const Symbol embedded = Embedding({.input_dim = 4, .output_dim = 2, .mask_zero = true})(tokens);
  const Model model(tokens, Attention()(embedded));
  const Tensor full = model(tensor({{1, 2, 0}}, DType::int64));
  const Tensor two = model(tensor({{1, 2}}, DType::int64));
  CHECK(distance(full.slice(1, 0, 2), two) < 1e-6);
}

TEST_CASE("freezing the biases of MultiHeadAttention freezes each projection's") {
  const Layer layer = MultiHeadAttention({.num_heads = 2, .key_dim = 2});
  layer(ones({1, 2, 3}));
  CHECK(freeze(layer, everything(), Freeze::biases).tensors == 4);
  for (const Parameter& w : layer.weights())
    CHECK(w.requires_grad() == (w.name().find("/kernel") != std::string::npos));
}

TEST_CASE("GroupNormalization normalizes each row's groups of channels") {
  const Tensor x = randn({2, 5, 4});
  const Tensor y = GroupNormalization({.groups = 2, .epsilon = 1e-6})(x).detach();
  const Tensor groups = y.reshape({2, 5, 2, 2});
  for (const double m : values(mean(groups, {1, 3}))) CHECK(std::abs(m) < 1e-6);
  for (const double v : values(var(groups, {1, 3}, false))) CHECK(v == Approx(1).epsilon(1e-3));
}

TEST_CASE("Rescaling converts integers") {
  const Tensor y = Rescaling({.scale = 0.5, .offset = 1})(tensor({{0, 1, 4}}, DType::int64));
  CHECK(y.dtype() == DType::float32);
  CHECK(values(y) == Doubles{1, 1.5, 3});
}

TEST_CASE("Normalization adapts to data, one mean and variance an index") {
  const Normalization layer;
  const Tensor data = tensor({{1., 10.}, {3., 30.}});
  layer.adapt(data);
  CHECK(values(layer(data)) == Doubles{-1, -1, 1, 1});
  REQUIRE(layer.weights().size() == 3);
  CHECK(values(layer.weights()[0]) == Doubles{2, 20});
  CHECK(values(layer.weights()[1]) == Doubles{1, 100});
  CHECK(layer.weights()[2].item<std::int64_t>() == 2);
  CHECK(layer.trainable_weights().empty());
  CHECK(values(Normalization({.mean = {2, 20}, .variance = {1, 100}})(data)) == Doubles{-1, -1, 1, 1});
  CHECK(values(Normalization({.mean = {2}, .variance = {4}, .invert = true})(data)) == Doubles{4, 22, 8, 62});
  const Normalization all({.axis = Axes()});
  all.adapt(tensor({{1., 3.}}));
  CHECK(values(all(tensor({{4.}, {2.}}))) == Doubles{2, 0});
  CHECK_THROWS_WITH(Normalization({.mean = {2}, .variance = {1}}).adapt(data), Contains("options"));
  CHECK_THROWS_WITH(layer.adapt(zeros({0, 2})), Contains("(0, 2)"));
}

TEST_CASE("an adapted Normalization keeps its numbers in a copy and is of no use to an optimizer") {
  const Symbol x = Input({2});
  const Normalization layer;
  layer.adapt(tensor({{1., 10.}, {3., 30.}}));
  const Model model(x, Dense({.units = 1})(layer(x)));
  const Model copy = model.clone();
  const Tensor row = tensor({{5., 1.}});
  CHECK(distance(copy(row), model(row)) == 0);
}

TEST_CASE("GaussianNoise has the spread asked for, in training alone, and a seed of its own") {
  const Tensor x = zeros({100, 100});
  const Layer layer = GaussianNoise({.stddev = 0.5, .seed = 4}), same = GaussianNoise({.stddev = 0.5, .seed = 4});
  const Tensor noise = layer(x, {.training = true});
  CHECK(frost::std(noise).item<double>() == Approx(0.5).epsilon(0.03));
  CHECK(std::abs(mean(noise).item<double>()) < 0.02);
  CHECK(distance(noise, same(x, {.training = true})) == 0);
  CHECK(distance(layer(x), x) == 0);
  CHECK(layer.base().is_random());
}
