#include "applications.hpp"

#include <frost/layers.hpp>

namespace frost {

namespace {

// The nearest multiple of 8, not below nine tenths of the number.
std::int64_t divisible_by_8(double channels) {
  const std::int64_t nearest = std::max<std::int64_t>(8, static_cast<std::int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * channels ? nearest + 8 : nearest;
}

Symbol normalized(const Symbol& x, const std::string& name) {
  return BatchNormalization({.momentum = 0.999, .epsilon = 1e-3, .name = name})(x);
}
Symbol rectified(const Symbol& x, const std::string& name) { return ReLU({.max_value = 6, .name = name})(x); }
Symbol pointwise(const Symbol& x, std::int64_t filters, const std::string& name, const std::string& norm) {
  return normalized(
      Conv2D({.filters = filters, .kernel_size = 1, .padding = "same", .use_bias = false, .name = name})(x), norm);
}

// What a 3×3 window with stride 2 needs around an image: nothing in front of an even size.
Margins2D margins(const Shape& shape) {
  const auto margin = [](std::int64_t size) { return Margin{size >= 0 && size % 2 == 0 ? 0 : 1, 1}; };
  return {margin(shape[1]), margin(shape[2])};
}

// An inverted residual: expansion, a depthwise convolution, and back to few channels without an activation.
Symbol block(const Symbol& input, int id, std::int64_t filters, int stride, int expansion) {
  const std::string prefix = id == 0 ? "expanded_conv_" : "block_" + std::to_string(id) + "_";
  const std::int64_t channels = input.shape().back();
  Symbol x = input;
  if (id > 0)
    x = rectified(pointwise(x, expansion * channels, prefix + "expand", prefix + "expand_BN"), prefix + "expand_relu");
  if (stride == 2) x = ZeroPadding2D({.padding = margins(x.shape()), .name = prefix + "pad"})(x);
  x = DepthwiseConv2D({.kernel_size = 3,
                       .strides = stride,
                       .padding = stride == 1 ? "same" : "valid",
                       .use_bias = false,
                       .name = prefix + "depthwise"})(x);
  x = rectified(normalized(x, prefix + "depthwise_BN"), prefix + "depthwise_relu");
  x = pointwise(x, filters, prefix + "project", prefix + "project_BN");
  return channels == filters && stride == 1 ? Add({.name = prefix + "add"})({input, x}) : x;
}

}  // namespace

Model mobilenet_v2(const ApplicationOptions& options) {
  const Symbol input = models::image_input("mobilenet_v2", options, {224, 224, 3});
  Symbol x = Conv2D({.filters = divisible_by_8(32 * options.width),
                     .kernel_size = 3,
                     .strides = 2,
                     .padding = "same",
                     .use_bias = false,
                     .name = "Conv1"})(input);
  x = rectified(normalized(x, "bn_Conv1"), "Conv1_relu");

  struct Stage {
    double filters;
    int blocks, stride, expansion;
  };
  int id = 0;
  for (const Stage& s : {Stage{16, 1, 1, 1}, Stage{24, 2, 2, 6}, Stage{32, 3, 2, 6}, Stage{64, 4, 2, 6},
                         Stage{96, 3, 1, 6}, Stage{160, 3, 2, 6}, Stage{320, 1, 1, 6}})
    for (int i = 0; i < s.blocks; ++i)
      x = block(x, id++, divisible_by_8(std::floor(s.filters * options.width)), i == 0 ? s.stride : 1, s.expansion);

  x = pointwise(x, options.width > 1 ? divisible_by_8(1280 * options.width) : 1280, "Conv_1", "Conv_1_bn");
  x = rectified(x, "out_relu");
  if (options.include_top) {
    x = GlobalAveragePooling2D({.name = "global_average_pooling2d"})(x);
    x = Dense({.units = options.classes, .activation = "softmax", .name = "predictions"})(x);
  }
  return Model(input, x, models::named(options, "mobilenet_v2"));
}

}  // namespace frost
