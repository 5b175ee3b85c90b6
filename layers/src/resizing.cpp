#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/resizing.hpp>

#include <cmath>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, ZeroPadding2DOptions& o) {
  v("padding", o.padding);
}
template <class V>
void fields(V& v, Cropping2DOptions& o) {
  v("cropping", o.cropping);
}
template <class V>
void fields(V& v, UpSampling2DOptions& o) {
  v("size", o.size);
  v("interpolation", o.interpolation);
}

namespace {

void expect_margins(const char* layer, const char* option, const Margins2D& m) {
  const Margin &h = m.height(), &w = m.width();
  expect(h.before >= 0 && h.after >= 0 && w.before >= 0 && w.after >= 0,
         "{}: got {} (({}, {}), ({}, {})); expected 0 or more", layer, option, h.before, h.after, w.before, w.after);
}

class ZeroPadding2DBase : public LayerBase {
 public:
  explicit ZeroPadding2DBase(const ZeroPadding2DOptions& options) : o_(options) {
    expect_margins("ZeroPadding2D", "padding", o_.padding);
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { detail::expect_image("ZeroPadding2D", input); }
  Tensor call(const Tensor& x, const CallContext&) override {
    detail::expect_image("ZeroPadding2D", x.shape());
    const Margin &h = o_.padding.height(), &w = o_.padding.width();
    return pad(x, {.pad_width = {{0, 0}, {h.before, h.after}, {w.before, w.after}, {0, 0}}});
  }
  std::string type() const override { return "ZeroPadding2D"; }
  Config config() const override { return detail::config_of(o_); }

 private:
  ZeroPadding2DOptions o_;
};

class Cropping2DBase : public LayerBase {
 public:
  explicit Cropping2DBase(const Cropping2DOptions& options) : o_(options) {
    expect_margins("Cropping2D", "cropping", o_.cropping);
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { detail::expect_image("Cropping2D", input); }
  Tensor call(const Tensor& x, const CallContext&) override {
    detail::expect_image("Cropping2D", x.shape());
    const Margin &h = o_.cropping.height(), &w = o_.cropping.width();
    const Shape& in = x.shape();
    // No sum of margins is taken, which may be more than can be counted.
    const auto leaves = [](const Margin& m, std::int64_t size) { return m.before < size && m.after < size - m.before; };
    expect<ShapeError>(leaves(h, in[1]) && leaves(w, in[2]),
                       "Cropping2D: got an input of shape {} with cropping (({}, {}), ({}, {})); expected something "
                       "to be left",
                       to_string(in), h.before, h.after, w.before, w.after);
    return slice(x, {.starts = {0, h.before, w.before}, .stops = {in[0], in[1] - h.after, in[2] - w.after}});
  }
  std::string type() const override { return "Cropping2D"; }
  Config config() const override { return detail::config_of(o_); }

 private:
  Cropping2DOptions o_;
};

class UpSampling2DBase : public LayerBase {
 public:
  explicit UpSampling2DBase(const UpSampling2DOptions& options) : o_(options) {
    detail::expect_positive("UpSampling2D", "size", o_.size);
    expect(o_.interpolation == "nearest" || o_.interpolation == "bilinear",
           "UpSampling2D: got interpolation '{}'; expected 'nearest' or 'bilinear'", o_.interpolation);
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { detail::expect_image("UpSampling2D", input); }
  Tensor call(const Tensor& x, const CallContext&) override {
    detail::expect_image("UpSampling2D", x.shape());
    const auto resize = o_.interpolation == "nearest" ? &repeat : &interpolate;
    return resize(resize(x, o_.size.height(), 1), o_.size.width(), 2);
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    const std::int64_t results = detail::elements_of(outputs[0]), each = o_.interpolation == "nearest" ? 1 : 6;
    return {.forward = {.elements = each * results}, .input_gradient = {.elements = each * results}};
  }
  std::string type() const override { return "UpSampling2D"; }
  Config config() const override { return detail::config_of(o_); }

 private:
  // y_i = (1 − f)·x_k + f·x_{k+1} where (i + 0.5) / size − 0.5 = k + f; neighbours that are not there are the
  // outermost.
  static Tensor interpolate(const Tensor& x, std::int64_t size, std::int64_t axis) {
    const std::int64_t n = x.shape()[static_cast<std::size_t>(axis)];
    std::int64_t results = 0;
    expect<ShapeError>(!__builtin_mul_overflow(n, size, &results),
                       "UpSampling2D: got size {} for an axis of {}; expected what fits in memory", size, n);
    if (size == 1 || n == 0) return x;
    if (!has_values(x)) return repeat(x, size, axis);  // of the same shape
    std::vector<std::int64_t> below, above;
    std::vector<double> fraction;
    for (std::int64_t i = 0; i < results; ++i) {
      const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(size) - 0.5, floor = std::floor(at);
      const auto k = static_cast<std::int64_t>(floor);
      below.push_back(std::max<std::int64_t>(k, 0));
      above.push_back(std::min(k + 1, n - 1));
      fraction.push_back(at - floor);
    }
    const Tensor f = from_vector(fraction, {results}).to(x.dtype()).reshape(axis == 1 ? Shape{-1, 1, 1} : Shape{-1, 1});
    return take(x, from_vector(below, {results}), axis) * (1. - f) + take(x, from_vector(above, {results}), axis) * f;
  }

  UpSampling2DOptions o_;
};

}  // namespace

ZeroPadding2D::ZeroPadding2D() : ZeroPadding2D(ZeroPadding2DOptions{}) {}
ZeroPadding2D::ZeroPadding2D(const ZeroPadding2DOptions& options) : Positional(layer<ZeroPadding2DBase>(options)) {}
Cropping2D::Cropping2D() : Cropping2D(Cropping2DOptions{}) {}
Cropping2D::Cropping2D(const Cropping2DOptions& options) : Positional(layer<Cropping2DBase>(options)) {}
UpSampling2D::UpSampling2D() : UpSampling2D(UpSampling2DOptions{}) {}
UpSampling2D::UpSampling2D(const UpSampling2DOptions& options) : Positional(layer<UpSampling2DBase>(options)) {}

namespace detail {

Layer zero_padding2d_from(const Config& c) {
  return from_config<ZeroPadding2D, ZeroPadding2DOptions>("ZeroPadding2D", c);
}
Layer cropping2d_from(const Config& c) { return from_config<Cropping2D, Cropping2DOptions>("Cropping2D", c); }
Layer up_sampling2d_from(const Config& c) { return from_config<UpSampling2D, UpSampling2DOptions>("UpSampling2D", c); }

}  // namespace detail

}  // namespace frost
