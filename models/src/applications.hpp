#pragma once
#include "expect.hpp"

#include <frost/models/applications.hpp>

#include <cmath>

// What the builders of networks share.
namespace frost::models {

/// The input of an image network, once its options are checked.
inline Symbol image_input(const char* network, const ApplicationOptions& options, const Shape& own) {
  constexpr double widest = 1 << 19;  // 4096 channels become 2³¹
  expect(options.width > 0 && options.width < widest, "{}: got width {}; expected more than 0 and less than {}",
         network, options.width, widest);
  expect(options.classes >= 1, "{}: got {} classes; expected 1 or more", network, options.classes);
  const Shape& shape = options.input_shape.empty() ? own : options.input_shape;
  expect(shape.size() == 3 && shape[2] >= 1,
         "{}: got input_shape {}; expected (height, width, channels), with the number of channels", network,
         to_string(shape));
  return Input(shape);
}

/// A number of channels scaled, to the nearest multiple of `divisor`, one at least.
inline std::int64_t scaled(double channels, double width, std::int64_t divisor = 1) {
  const double parts = std::round(channels * width / static_cast<double>(divisor));
  return std::max<std::int64_t>(static_cast<std::int64_t>(parts), 1) * divisor;
}

inline ModelOptions named(const ApplicationOptions& options, const std::string& otherwise) {
  return {.name = options.name.empty() ? otherwise : options.name};
}

}  // namespace frost::models
