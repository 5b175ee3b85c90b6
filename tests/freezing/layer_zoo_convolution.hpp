#pragma once
#include "zoo_layer.hpp"

// Convolutions, pooling and their like.
namespace freezing_test {

inline std::vector<ZooLayer> convolution_zoo() {
  using namespace frost;
  using Bytes = std::int64_t;
  const Tensor image = some_rows(5, 4 * 4 * 4, 23).reshape({5, 4, 4, 4}),
               sequence = some_rows(5, 6 * 4, 24).reshape({5, 6, 4});
  const auto nothing = [](const Trained&, const Sizes&) -> Bytes { return 0; };
  // The kernel's gradient alone reads the input.
  const auto kernel = [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) ? s.input : 0; };
  const auto with_output = [](const Trained& t, const Sizes& s) -> Bytes {
    return (t.weight(0) ? s.input : 0) + (t.any() ? s.output : 0);
  };
  const std::vector<std::string> gradients = {"conv2d.dkernel", "conv2d.dbias"}, below = {"conv2d.dx"};
  return {
      {"Conv2D", [] { return Conv2D({.filters = 3, .kernel_size = 3}); }, image, gradients, below, kernel},
      {"Conv2D with relu, in groups, same",
       [] {
         return Conv2D(
             {.filters = 4, .kernel_size = 2, .strides = 2, .padding = "same", .groups = 2, .activation = "relu"});
       },
       image, gradients, below, with_output},
      {"Conv2D of single elements",
       [] { return Conv2D({.filters = 3, .kernel_size = 1, .use_bias = false}); },
       image,
       {"conv2d.dkernel"},
       below,
       kernel},
      {"Conv1D", [] { return Conv1D({.filters = 3, .kernel_size = 2, .padding = "causal"}); }, sequence, gradients,
       below, kernel},
      {"DepthwiseConv2D", [] { return DepthwiseConv2D({.kernel_size = 3}); }, image, gradients, below, kernel},
      {"DepthwiseConv2D with two filters a channel",
       [] { return DepthwiseConv2D({.kernel_size = 3, .depth_multiplier = 2}); }, image, gradients, below, kernel},
      {"Conv2DTranspose",
       [] { return Conv2DTranspose({.filters = 3, .kernel_size = 2, .strides = 2}); },
       image,
       {"conv2d_transpose.dkernel", "add.db"},
       {"conv2d_transpose.dx"},
       kernel},
      // The place of each result, in int64.
      {"MaxPooling2D",
       [] { return MaxPooling2D(); },
       image,
       {},
       {"max_pool2d.dx"},
       [](const Trained& t, const Sizes& s) -> Bytes { return t.any() ? 2 * s.output : 0; }},
      {"AveragePooling2D", [] { return AveragePooling2D(); }, image, {}, {"avg_pool2d.dx"}, nothing},
      {"GlobalAveragePooling2D", [] { return GlobalAveragePooling2D(); }, image, {}, {"mean.dx"}, nothing},
      {"ZeroPadding2D", [] { return ZeroPadding2D(); }, image, {}, {"pad.dx"}, nothing},
      {"UpSampling2D", [] { return UpSampling2D(); }, image, {}, {}, nothing},
      {"LocalResponseNormalization",
       [] { return LocalResponseNormalization({.depth_radius = 1}); },
       image,
       {},
       {},
       // The input, the sums and their powers.
       [](const Trained& t, const Sizes& s) -> Bytes { return t.any() ? 3 * s.input : 0; }},
  };
}

}  // namespace freezing_test
