#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>

using namespace frost;

namespace {

// An image (1, H, W, 1) or a sequence (1, T, 1), and back.
Tensor image(const Tensor& rows) { return rows.reshape({1, rows.shape()[0], rows.shape()[1], 1}); }
std::vector<float> values(const Tensor& y) {
  const Tensor kept = y.detach();
  const auto data = kept.data<float>();
  return {data.begin(), data.end()};
}
double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}
using Floats = std::vector<float>;

const Tensor nine = image(tensor({{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}}));

}  // namespace

TEST_CASE("Conv2D sums its windows, and 'same' pads the smaller half in front") {
  CHECK(values(Conv2D({.filters = 1, .kernel_size = 2, .kernel_initializer = "ones"})(nine)) == Floats{12, 16, 24, 28});
  CHECK(values(Conv2D({.filters = 1, .kernel_size = {2, 3}, .kernel_initializer = "ones"})(nine)) == Floats{21, 39});
  CHECK(values(Conv2D({.filters = 1,
                       .kernel_size = 2,
                       .padding = "same",
                       .kernel_initializer = "ones",
                       .bias_initializer = "ones"})(nine)) == Floats{13, 17, 10, 25, 29, 16, 16, 18, 10});
  CHECK(values(Conv2D({.filters = 1, .kernel_size = 3, .strides = 2, .padding = "same", .kernel_initializer = "ones"})(
            nine)) == Floats{12, 16, 24, 28});
  CHECK(values(Conv2D({.filters = 1, .kernel_size = 2, .dilation_rate = 2, .kernel_initializer = "ones"})(nine)) ==
        Floats{20});
}

TEST_CASE("Conv2D in groups is a Conv2D of each block of channels") {
  const Tensor x = randn({2, 5, 4, 4});
  const Layer conv = Conv2D({.filters = 6, .kernel_size = 3, .groups = 2, .bias_initializer = "random_normal"});
  const Tensor y = conv(x), kernel = conv.weights()[0], bias = conv.weights()[1];
  for (const std::int64_t g : {0, 1}) {
    const Layer part = Conv2D({.filters = 3, .kernel_size = 3});
    part(x.slice(3, 2 * g, 2 * g + 2));
    part.set_weights({kernel.slice(3, 3 * g, 3 * g + 3).detach(), bias.slice(0, 3 * g, 3 * g + 3).detach()});
    CHECK(distance(part(x.slice(3, 2 * g, 2 * g + 2)), y.slice(3, 3 * g, 3 * g + 3)) < 1e-6);
  }
}

TEST_CASE("a depthwise convolution has each channel's filters side by side") {
  const Tensor x = tensor({1., 10.}).reshape({1, 1, 1, 2});
  const Layer layer = DepthwiseConv2D({.kernel_size = 1, .depth_multiplier = 3});
  layer(x);
  layer.set_weights({tensor({1., 2., 3., 4., 5., 6.}).reshape({1, 1, 2, 3}), tensor({0, 0, 0, 0, 0, 0.5})});
  CHECK(values(layer(x)) == Floats{1, 2, 3, 40, 50, 60.5});
}

TEST_CASE("a separable convolution is a depthwise one and a 1×1 one of its result") {
  const Tensor x = randn({2, 5, 4, 3});
  const Layer separable = SeparableConv2D({.filters = 4, .kernel_size = 3, .strides = 2, .depth_multiplier = 2});
  const Tensor y = separable(x);
  const Tensors w = separable.get_weights();
  const Layer depthwise = DepthwiseConv2D({.kernel_size = 3, .strides = 2, .depth_multiplier = 2, .use_bias = false});
  const Layer pointwise = Conv2D({.filters = 4, .kernel_size = 1});
  pointwise(depthwise(x));
  depthwise.set_weights({w[0]});
  pointwise.set_weights({w[1], w[2]});
  CHECK(distance(pointwise(depthwise(x)), y) < 1e-6);
}

TEST_CASE("a causal Conv1D sees nothing later, in groups as well") {
  for (const std::int64_t groups : {1, 2}) {
    const Layer conv =
        Conv1D({.filters = 4, .kernel_size = 3, .padding = "causal", .dilation_rate = 2, .groups = groups});
    const Tensor x = randn({1, 9, 2});
    const Tensor changed = concatenate({x.slice(1, 0, 5), x.slice(1, 5, 9) + 1.}, 1);
    const Tensor a = conv(x), b = conv(changed);
    CHECK(a.shape() == Shape{1, 9, 4});
    CHECK(distance(a.slice(1, 0, 5), b.slice(1, 0, 5)) == 0);
    CHECK(distance(a.slice(1, 5, 6), b.slice(1, 5, 6)) > 0);
  }
}

TEST_CASE("Conv2DTranspose is the transpose of Conv2D, with output padding as well") {
  const auto transposes = [](const Conv2DTransposeOptions& options) {
    const Layer up = Conv2DTranspose(options);
    const Tensor x = randn({2, 3, 4, 3}), y = up(x), z = randn(y.shape());
    const Tensor kernel = up.weights()[0];
    const Tensor down = conv2d(z, kernel, {}, {.strides = {2, 3}, .padding = options.padding});
    CHECK(sum(down * x).item<double>() == Approx(sum(z * y).item<double>()).epsilon(1e-4));
    return y.shape();
  };
  CHECK(transposes({.filters = 2, .kernel_size = 3, .strides = {2, 3}, .padding = "same"}) == Shape{2, 6, 12, 2});
  CHECK(transposes({.filters = 2, .kernel_size = 3, .strides = {2, 3}}) == Shape{2, 7, 12, 2});
  CHECK(transposes({.filters = 2, .kernel_size = 3, .strides = {2, 3}, .padding = "same", .output_padding = {0, 1}}) ==
        Shape{2, 5, 11, 2});
  CHECK(transposes({.filters = 2, .kernel_size = 4, .strides = {2, 3}, .output_padding = {1, 2}}) ==
        Shape{2, 9, 15, 2});
}

TEST_CASE("Conv2DTranspose puts a kernel where each element was") {
  CHECK(values(Conv2DTranspose(
            {.filters = 1, .kernel_size = 2, .strides = 2, .kernel_initializer = "ones", .bias_initializer = "ones"})(
            image(tensor({{1., 2.}})))) == Floats{2, 2, 3, 3, 2, 2, 3, 3});
}

TEST_CASE("padding never wins a maximum and does not count in a mean") {
  const Tensor x = image(tensor({{-1., -2., -3.}, {-4., -5., -6.}, {-7., -8., -9.}}));
  CHECK(values(MaxPooling2D({.padding = "same"})(x)) == Floats{-1, -3, -7, -9});
  CHECK(values(AveragePooling2D({.padding = "same"})(x)) == Floats{-3, -4.5, -7.5, -9});
  CHECK(values(MaxPooling2D({.pool_size = 3, .strides = 1})(nine)) == Floats{9});
  CHECK(values(MaxPooling2D({.pool_size = 2, .strides = 1})(nine)) == Floats{5, 6, 8, 9});
  const Tensor steps = tensor({1., 2., 3., 4., 5.}).reshape({1, 5, 1});
  CHECK(values(MaxPooling1D()(steps)) == Floats{2, 4});
  CHECK(values(AveragePooling1D({.pool_size = 2, .padding = "same"})(steps)) == Floats{1.5, 3.5, 5});
  CHECK(values(GlobalAveragePooling2D()(nine)) == Floats{5});
  CHECK(values(GlobalMaxPooling1D()(steps)) == Floats{5});
}

TEST_CASE("an image is padded, cropped and enlarged by hand's reckoning") {
  const Tensor row = image(tensor({{0., 1.}}));
  CHECK(values(ZeroPadding2D({.padding = {{0, 1}, {1, 0}}})(row + 1.)) == Floats{0, 1, 2, 0, 0, 0});
  CHECK(values(Cropping2D({.cropping = {{0, 1}, {1, 0}}})(nine)) == Floats{2, 3, 5, 6});
  CHECK(values(Cropping2D()(nine)) == values(nine));
  CHECK(values(UpSampling2D({.size = {1, 2}})(row)) == Floats{0, 0, 1, 1});
  CHECK(values(UpSampling2D({.size = {1, 2}, .interpolation = "bilinear"})(row)) == Floats{0, 0.25, 0.75, 1});
  const Tensor thirds = UpSampling2D({.size = 3, .interpolation = "bilinear"})(row);
  CHECK(thirds.shape() == Shape{1, 3, 6, 1});
  CHECK(distance(thirds.slice(1, 2, 3).reshape({6}), tensor({0., 0., 1. / 3, 2. / 3, 1., 1.})) < 1e-6);
}

TEST_CASE("local response normalisation divides by what the neighbouring channels have") {
  const Layer lrn = LocalResponseNormalization({.depth_radius = 1, .bias = 2, .alpha = 1, .beta = 1});
  const Tensor y = lrn(tensor({1., 2., 3.}).reshape({1, 1, 1, 3}));
  CHECK(distance(y.reshape({3}), tensor({1. / 7, 2. / 16, 3. / 15})) < 1e-6);
}

TEST_CASE("spatial dropout takes whole channels, each row its own") {
  const Layer layer = SpatialDropout2D({.rate = 0.25, .seed = 4});
  const Tensor y = layer(ones({40, 3, 2, 10}), {.training = true});
  const Tensor low = min(y, {1, 2}), high = max(y, {1, 2});
  CHECK(distance(low, high) == 0);
  CHECK(max(high).item<double>() == Approx(1 / 0.75));
  CHECK(mean(low).item<double>() == Approx(1).margin(0.1));
  CHECK(distance(low.slice(0, 0, 1), low.slice(0, 1, 2)) + distance(low.slice(0, 1, 2), low.slice(0, 2, 3)) > 0);
  CHECK(layer.base().is_random());
  CHECK_FALSE(SpatialDropout1D({.rate = 0}).base().is_random());
}

TEST_CASE("convolutions count a multiplication and an addition for each element of a kernel and a result") {
  const auto flops = [](const Layer& layer, const Shape& input) {
    return layer.base().flops({input}, {layer(ones(input)).shape()});
  };
  const LayerFlops conv = flops(Conv2D({.filters = 6, .kernel_size = 3, .padding = "same", .groups = 2}), {2, 4, 5, 4});
  CHECK(conv.forward.products == 2 * (2 * 4 * 5 * 6) * (3 * 3 * 2));
  CHECK(conv.input_gradient.products == conv.forward.products);
  REQUIRE(conv.weight_gradients.size() == 2);
  CHECK(conv.weight_gradients[0].products == conv.forward.products);
  CHECK(conv.weight_gradients[1].elements == 2 * 4 * 5 * 6);
  const LayerFlops sequence = flops(Conv1D({.filters = 3, .kernel_size = 2}), {2, 5, 4});
  CHECK(sequence.forward.products == 2 * (2 * 4 * 3) * (2 * 4));
  const LayerFlops depthwise = flops(DepthwiseConv2D({.kernel_size = 3}), {1, 5, 5, 4});
  CHECK(depthwise.forward.total() == 2 * (3 * 3 * 4) * 9 + 3 * 3 * 4);
  const LayerFlops separable = flops(SeparableConv2D({.filters = 7, .kernel_size = 3}), {1, 5, 5, 4});
  CHECK(separable.forward.total() == 2 * (3 * 3 * 4) * 9 + 2 * (3 * 3 * 7) * 4 + 3 * 3 * 7);
  REQUIRE(separable.weight_gradients.size() == 3);
  CHECK(separable.weight_gradients[1].products == 2 * (3 * 3 * 7) * 4);
  const LayerFlops transposed = flops(Conv2DTranspose({.filters = 5, .kernel_size = 3, .strides = 2}), {1, 4, 4, 2});
  CHECK(transposed.forward.products == 2 * (4 * 4 * 2) * (3 * 3 * 5));
}

TEST_CASE("a size is one number or two, of any integer type") {
  const int three = 3;
  const std::size_t two = 2;
  const Layer a = Conv2D({.filters = 1, .kernel_size = three, .strides = two});
  const Layer b = Conv2D({.filters = 1, .kernel_size = {three, 3}, .strides = {two, 2L}});
  CHECK(a(ones({1, 7, 7, 1})).shape() == b(ones({1, 7, 7, 1})).shape());
  CHECK(a.config().at("kernel_size") == b.config().at("kernel_size"));
}

TEST_CASE("a mean over time counts the steps that a mask leaves, and none where there is none") {
  const Tensor x = tensor({1., 2., 6., 1., 2., 6.}).reshape({2, 3, 1});
  const Tensor mask = tensor({{1, 1, 0}, {0, 0, 0}}).to(DType::boolean);
  for (const bool keepdims : {false, true}) {
    const Layer layer = GlobalAveragePooling1D({.keepdims = keepdims});
    CHECK(values(layer(x, {.masks = {mask}})) == Floats{1.5, 0});
    CHECK(layer(x, {.masks = {mask}}).shape() == layer(x).shape());
    CHECK(values(layer(x)) == Floats{3, 3});
  }
  const Symbol tokens = Input({3}, {.dtype = DType::int64});
  const Layer embedding = Embedding({.input_dim = 5, .output_dim = 2, .mask_zero = true});
  const Model model(tokens, GlobalAveragePooling1D()(SpatialDropout1D({.rate = 0.5})(embedding(tokens))));
  const Tensor rows = tensor({{1, 4, 0}}, DType::int64);
  const Tensor expected = mean(embedding(rows).slice(1, 0, 2), {1});
  CHECK(distance(model(rows), expected) < 1e-6);
}
