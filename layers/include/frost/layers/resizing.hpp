#pragma once
#include <frost/layers/layer.hpp>
#include <frost/layers/sizes.hpp>

// Images in other sizes, channels last. All throw ValueError for options that are out of range and ShapeError when the
// input does not fit.
namespace frost {

struct ZeroPadding2DOptions {
  FirstOption<Margins2D> padding = detail::by_default(Margins2D(1));
  std::string name = {};
};
/// Zeros around an image. Input shape: (N, H, W, C). Output shape: (N, H + top + bottom, W + left + right, C).
class FROST_API ZeroPadding2D : public detail::Positional<ZeroPadding2D, Layer, &ZeroPadding2DOptions::padding> {
 public:
  using Positional::Positional;
  ZeroPadding2D();
  explicit ZeroPadding2D(const ZeroPadding2DOptions& options);
};

struct Cropping2DOptions {
  FirstOption<Margins2D> cropping = detail::by_default(Margins2D(0));
  std::string name = {};
};
/// An image without its margins. Input shape: (N, H, W, C). Output shape: (N, H − top − bottom, W − left − right, C).
class FROST_API Cropping2D : public detail::Positional<Cropping2D, Layer, &Cropping2DOptions::cropping> {
 public:
  using Positional::Positional;
  Cropping2D();
  explicit Cropping2D(const Cropping2DOptions& options);
};

struct UpSampling2DOptions {
  FirstOption<Size2D> size = detail::by_default(Size2D(2));
  std::string interpolation = "nearest";  // or "bilinear"
  std::string name = {};
};
/// An image `size` times as large. "nearest" repeats each pixel. "bilinear" takes pixels for the values at their
/// centres: y_i lies at x_{(i + 0.5) / size − 0.5}, between its two neighbours, and beyond the outermost centres is as
/// there. Input shape: (N, H, W, C). Output shape: (N, H·size, W·size, C).
class FROST_API UpSampling2D : public detail::Positional<UpSampling2D, Layer, &UpSampling2DOptions::size> {
 public:
  using Positional::Positional;
  UpSampling2D();
  explicit UpSampling2D(const UpSampling2DOptions& options);
};

}  // namespace frost
