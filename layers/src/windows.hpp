#pragma once
#include "elementwise_flops.hpp"
#include "expect.hpp"

#include <frost/layers/config.hpp>
#include <frost/layers/sizes.hpp>

// What the layers with windows on images and sequences share.
namespace frost {

inline Config to_config(const Size2D& size) {
  return size.empty() ? Config() : Config::list({size.height(), size.width()});
}
inline void read(const Config& config, Size2D& size) {
  if (config.is_null()) return void(size = {});
  if (!config.is_list()) return void(size = config.integer());
  const std::vector<Config>& both = config.elements();
  detail::expect(both.size() == 2, "got {} numbers; expected one or two", both.size());
  size = Size2D(both[0].integer(), both[1].integer());
}
inline Config to_config(const Margins2D& m) {
  return Config::list(
      {Config::list({m.height().before, m.height().after}), Config::list({m.width().before, m.width().after})});
}
inline void read(const Config& config, Margins2D& margins) {
  if (!config.is_list()) return void(margins = config.integer());
  const std::vector<Config>& both = config.elements();
  detail::expect(both.size() == 2, "got {} elements; expected one or two", both.size());
  const auto margin = [](const Config& c) {
    if (!c.is_list()) return Margin{c.integer(), c.integer()};
    detail::expect(c.elements().size() == 2, "got {} numbers; expected two", c.elements().size());
    return Margin{c.elements()[0].integer(), c.elements()[1].integer()};
  };
  margins = Margins2D(margin(both[0]), margin(both[1]));
}

namespace detail {

inline std::vector<std::int64_t> both(const Size2D& size) { return {size.height(), size.width()}; }

inline void expect_positive(const char* layer, const char* option, const Size2D& size) {
  expect(!size.empty(), "{}: got no {}; expected one", layer, option);
  expect(size.height() >= 1 && size.width() >= 1, "{}: got {} ({}, {}); expected 1 or more", layer, option,
         size.height(), size.width());
}
inline void expect_positive(const char* layer, const char* option, std::int64_t value) {
  expect(value >= 1, "{}: got {} {}; expected 1 or more", layer, option, value);
}
inline void expect_padding(const char* layer, const std::string& padding, bool may_be_causal = false) {
  expect(padding == "valid" || padding == "same" || (may_be_causal && padding == "causal"),
         "{}: got padding '{}'; expected 'valid'{} or 'same'", layer, padding, may_be_causal ? ", 'causal'" : "");
}

/// That an input is an image, or a sequence.
inline void expect_image(const char* layer, const Shape& input) {
  expect<ShapeError>(input.size() == 4, "{}: got an input of shape {}; expected (N, H, W, C)", layer, to_string(input));
}
inline void expect_sequence(const char* layer, const Shape& input) {
  expect<ShapeError>(input.size() == 3, "{}: got an input of shape {}; expected (N, T, C)", layer, to_string(input));
}
/// The number of channels, for a layer whose weights depend on it.
inline std::int64_t known_channels(const char* layer, const Shape& input) {
  expect<ShapeError>(input.back() >= 0, "{}: the number of channels must be known; got an input of shape {}", layer,
                     to_string(input));
  return input.back();
}

/// What a convolution counts whose three products cost as much each.
inline LayerFlops convolution_flops(const Flops& product, std::int64_t results, bool use_bias,
                                    std::int64_t activation) {
  LayerFlops flops = {.forward = product,
                      .backward = {.elements = results * activation},
                      .input_gradient = product,
                      .weight_gradients = {product}};
  flops.forward.elements += results * (use_bias + activation);
  if (use_bias) flops.weight_gradients.push_back({.elements = results});
  return flops;
}

}  // namespace detail

}  // namespace frost
