#pragma once
#include <frost/layers/layer.hpp>
#include <frost/layers/sizes.hpp>

// Pooling, channels last: windows as a convolution's, but padding takes no part in a maximum or a mean. Strides that
// are not given are the pool size. All throw ValueError for options that are out of range and ShapeError when the input
// does not fit.
namespace frost {

struct MaxPooling2DOptions {
  FirstOption<Size2D> pool_size = detail::by_default(Size2D(2));
  Size2D strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The largest element of each window. Input shape: (N, H, W, C). Output shape: (N, H', W', C).
class FROST_API MaxPooling2D
    : public detail::Positional<MaxPooling2D, Layer, &MaxPooling2DOptions::pool_size, &MaxPooling2DOptions::strides> {
 public:
  using Positional::Positional;
  MaxPooling2D();
  explicit MaxPooling2D(const MaxPooling2DOptions& options);
};

struct AveragePooling2DOptions {
  FirstOption<Size2D> pool_size = detail::by_default(Size2D(2));
  Size2D strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The mean of each window. Input shape: (N, H, W, C). Output shape: (N, H', W', C).
class FROST_API AveragePooling2D
    : public detail::Positional<AveragePooling2D, Layer, &AveragePooling2DOptions::pool_size,
                                &AveragePooling2DOptions::strides> {
 public:
  using Positional::Positional;
  AveragePooling2D();
  explicit AveragePooling2D(const AveragePooling2DOptions& options);
};

struct MaxPooling1DOptions {
  FirstOption<std::int64_t> pool_size = detail::by_default(std::int64_t{2});
  std::optional<std::int64_t> strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The largest element of each window. Input shape: (N, T, C). Output shape: (N, T', C).
class FROST_API MaxPooling1D
    : public detail::Positional<MaxPooling1D, Layer, &MaxPooling1DOptions::pool_size, &MaxPooling1DOptions::strides> {
 public:
  using Positional::Positional;
  MaxPooling1D();
  explicit MaxPooling1D(const MaxPooling1DOptions& options);
};

struct AveragePooling1DOptions {
  FirstOption<std::int64_t> pool_size = detail::by_default(std::int64_t{2});
  std::optional<std::int64_t> strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The mean of each window. Input shape: (N, T, C). Output shape: (N, T', C).
class FROST_API AveragePooling1D
    : public detail::Positional<AveragePooling1D, Layer, &AveragePooling1DOptions::pool_size,
                                &AveragePooling1DOptions::strides> {
 public:
  using Positional::Positional;
  AveragePooling1D();
  explicit AveragePooling1D(const AveragePooling1DOptions& options);
};

struct GlobalPoolingOptions {
  /// Whether the axes that are pooled stay, with size 1.
  bool keepdims = false;
  std::string name = {};
};
/// The mean over height and width. Input shape: (N, H, W, C). Output shape: (N, C), or (N, 1, 1, C) with keepdims.
class FROST_API GlobalAveragePooling2D : public Layer {
 public:
  GlobalAveragePooling2D();
  explicit GlobalAveragePooling2D(const GlobalPoolingOptions& options);
};
/// The largest over height and width; its gradient is shared evenly among ties. Shapes: as GlobalAveragePooling2D.
class FROST_API GlobalMaxPooling2D : public Layer {
 public:
  GlobalMaxPooling2D();
  explicit GlobalMaxPooling2D(const GlobalPoolingOptions& options);
};
/// The mean over time, of the steps that a mask lets count; 0 where none does. Input shape: (N, T, C). Output shape:
/// (N, C), or (N, 1, C) with keepdims.
class FROST_API GlobalAveragePooling1D : public Layer {
 public:
  GlobalAveragePooling1D();
  explicit GlobalAveragePooling1D(const GlobalPoolingOptions& options);
};
/// The largest over time; its gradient is shared evenly among ties. Shapes: as GlobalAveragePooling1D.
class FROST_API GlobalMaxPooling1D : public Layer {
 public:
  GlobalMaxPooling1D();
  explicit GlobalMaxPooling1D(const GlobalPoolingOptions& options);
};

}  // namespace frost
