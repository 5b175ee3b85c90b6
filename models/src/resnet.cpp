#include "applications.hpp"

#include <frost/layers.hpp>

#include <array>

namespace frost {

namespace {

// How a depth's blocks are made: bottlenecks of three convolutions with biases, or two of 3×3 without.
struct Style {
  bool is_bottleneck;
  double momentum, epsilon;
};

// A convolution and its batch norm, named prefix_conv and prefix_bn.
Symbol convolve(const Style& style, const Symbol& x, std::int64_t filters, int kernel, int stride, const char* padding,
                const std::string& prefix) {
  const Symbol y = Conv2D({.filters = filters,
                           .kernel_size = kernel,
                           .strides = stride,
                           .padding = padding,
                           .use_bias = style.is_bottleneck,
                           .name = prefix + "_conv"})(x);
  return BatchNormalization({.momentum = style.momentum, .epsilon = style.epsilon, .name = prefix + "_bn"})(y);
}
Symbol rectified(const Symbol& x, const std::string& name) { return Activation("relu", {.name = name})(x); }
Symbol padded(const Symbol& x, int margin, const std::string& name) {
  return ZeroPadding2D({.padding = margin, .name = name})(x);
}

Symbol bottleneck(const Style& style, const Symbol& input, std::int64_t filters, int stride, bool is_first,
                  const std::string& name) {
  const Symbol shortcut = is_first ? convolve(style, input, 4 * filters, 1, stride, "valid", name + "_0") : input;
  Symbol x = rectified(convolve(style, input, filters, 1, stride, "valid", name + "_1"), name + "_1_relu");
  x = rectified(convolve(style, x, filters, 3, 1, "same", name + "_2"), name + "_2_relu");
  x = convolve(style, x, 4 * filters, 1, 1, "valid", name + "_3");
  return rectified(Add({.name = name + "_add"})({shortcut, x}), name + "_out");
}

Symbol basic(const Style& style, const Symbol& input, std::int64_t filters, int stride, const std::string& name) {
  const bool changes = stride != 1 || input.shape().back() != filters;
  const Symbol shortcut = changes ? convolve(style, input, filters, 1, stride, "valid", name + "_0") : input;
  // On both sides alike, where 'same' would pad an even size behind alone.
  const Symbol around = stride == 1 ? input : padded(input, 1, name + "_1_pad");
  Symbol x = convolve(style, around, filters, 3, stride, stride == 1 ? "same" : "valid", name + "_1");
  x = convolve(style, rectified(x, name + "_1_relu"), filters, 3, 1, "same", name + "_2");
  return rectified(Add({.name = name + "_add"})({shortcut, x}), name + "_out");
}

}  // namespace

Model resnet(int depth, const ApplicationOptions& options) {
  struct Depth {
    int layers;
    std::array<int, 4> blocks;
  };
  constexpr Depth depths[] = {
      {18, {2, 2, 2, 2}}, {34, {3, 4, 6, 3}}, {50, {3, 4, 6, 3}}, {101, {3, 4, 23, 3}}, {152, {3, 8, 36, 3}}};
  const Depth* found = nullptr;
  for (const Depth& d : depths)
    if (d.layers == depth) found = &d;
  models::expect(found != nullptr, "resnet: got depth {}; expected 18, 34, 50, 101 or 152", depth);

  const Symbol input = models::image_input("resnet", options, {224, 224, 3});
  const Style style = depth >= 50 ? Style{true, 0.99, 1.001e-5} : Style{false, 0.9, 1e-5};
  Symbol x = padded(input, 3, "conv1_pad");
  x = convolve(style, x, models::scaled(64, options.width), 7, 2, "valid", "conv1");
  x = padded(rectified(x, "conv1_relu"), 1, "pool1_pad");
  x = MaxPooling2D({.pool_size = 3, .strides = 2, .name = "pool1_pool"})(x);
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t filters = models::scaled(64 << stage, options.width);
    for (int i = 0; i < found->blocks[static_cast<std::size_t>(stage)]; ++i) {
      const std::string name = "conv" + std::to_string(stage + 2) + "_block" + std::to_string(i + 1);
      const int stride = i == 0 && stage > 0 ? 2 : 1;
      x = style.is_bottleneck ? bottleneck(style, x, filters, stride, i == 0, name)
                              : basic(style, x, filters, stride, name);
    }
  }
  if (options.include_top) {
    x = GlobalAveragePooling2D({.name = "avg_pool"})(x);
    x = Dense({.units = options.classes, .activation = "softmax", .name = "predictions"})(x);
  }
  return Model(input, x, models::named(options, "resnet" + std::to_string(depth)));
}

}  // namespace frost
