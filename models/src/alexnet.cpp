#include "applications.hpp"

#include <frost/layers.hpp>

namespace frost {

Model alexnet(const ApplicationOptions& options) {
  const Symbol input = models::image_input("alexnet", options, {227, 227, 3});
  // Even, so that two groups divide it.
  const auto channels = [&](double full) { return models::scaled(full, options.width, 2); };
  const auto named = [](const char* kind, int i) { return kind + std::to_string(i); };

  Symbol x = input;
  const auto convolve = [&](int i, double filters, std::int64_t kernel, std::int64_t stride, std::int64_t groups) {
    x = Conv2D({.filters = channels(filters),
                .kernel_size = kernel,
                .strides = stride,
                .padding = i == 1 ? "valid" : "same",
                .groups = groups,
                .name = named("conv", i)})(x);
    x = ReLU({.name = named("relu", i)})(x);
  };
  const auto normalize = [&](int i) {
    x = LocalResponseNormalization(
        {.depth_radius = 2, .bias = 2, .alpha = 1e-4, .beta = 0.75, .name = named("norm", i)})(x);
  };
  const auto pool = [&](int i) { x = MaxPooling2D({.pool_size = 3, .strides = 2, .name = named("pool", i)})(x); };
  convolve(1, 96, 11, 4, 1);
  normalize(1);
  pool(1);
  convolve(2, 256, 5, 1, 2);
  normalize(2);
  pool(2);
  convolve(3, 384, 3, 1, 1);
  convolve(4, 384, 3, 1, 2);
  convolve(5, 256, 3, 1, 2);
  pool(5);
  if (options.include_top) {
    x = Flatten({.name = "flatten"})(x);
    for (const int i : {6, 7}) {
      x = Dense({.units = models::scaled(4096, options.width), .name = named("fc", i)})(x);
      x = ReLU({.name = named("relu", i)})(x);
      x = Dropout({.rate = 0.5, .name = named("drop", i)})(x);
    }
    x = Dense({.units = options.classes, .activation = "softmax", .name = "fc8"})(x);
  }
  return Model(input, x, models::named(options, "alexnet"));
}

}  // namespace frost
