#pragma once
#include <frost/layers/layer.hpp>
#include <frost/layers/sizes.hpp>

// Pooling, channels last: windows as a convolution's, but padding takes no part in a maximum or a mean. Strides that
// are not given are the pool size. All throw ValueError for options that are out of range and ShapeError when the input
// does not fit.
namespace frost {

struct MaxPooling2DOptions {
  Size2D pool_size = 2;
  Size2D strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The largest element of each window. Input shape: (N, H, W, C). Output shape: (N, H', W', C).
class FROST_API MaxPooling2D : public Layer {
 public:
  MaxPooling2D();
  explicit MaxPooling2D(const MaxPooling2DOptions& options);
};

struct AveragePooling2DOptions {
  Size2D pool_size = 2;
  Size2D strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The mean of each window. Input shape: (N, H, W, C). Output shape: (N, H', W', C).
class FROST_API AveragePooling2D : public Layer {
 public:
  AveragePooling2D();
  explicit AveragePooling2D(const AveragePooling2DOptions& options);
};

struct MaxPooling1DOptions {
  std::int64_t pool_size = 2;
  std::optional<std::int64_t> strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The largest element of each window. Input shape: (N, T, C). Output shape: (N, T', C).
class FROST_API MaxPooling1D : public Layer {
 public:
  MaxPooling1D();
  explicit MaxPooling1D(const MaxPooling1DOptions& options);
};

struct AveragePooling1DOptions {
  std::int64_t pool_size = 2;
  std::optional<std::int64_t> strides = {};
  std::string padding = "valid";  // or "same"
  std::string name = {};
};
/// The mean of each window. Input shape: (N, T, C). Output shape: (N, T', C).
class FROST_API AveragePooling1D : public Layer {
 public:
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
