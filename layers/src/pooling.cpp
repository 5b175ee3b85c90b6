#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/pooling.hpp>

namespace frost {

namespace {

template <class V, class Options>
void pool_fields(V& v, Options& o) {
  v("pool_size", o.pool_size);
  v("strides", o.strides);
  v("padding", o.padding);
}

}  // namespace

template <class V>
void fields(V& v, MaxPooling2DOptions& o) {
  pool_fields(v, o);
}
template <class V>
void fields(V& v, AveragePooling2DOptions& o) {
  pool_fields(v, o);
}
template <class V>
void fields(V& v, MaxPooling1DOptions& o) {
  pool_fields(v, o);
}
template <class V>
void fields(V& v, AveragePooling1DOptions& o) {
  pool_fields(v, o);
}
template <class V>
void fields(V& v, GlobalPoolingOptions& o) {
  v("keepdims", o.keepdims);
}

namespace {

using Pool = Tensor (*)(const Tensor&, const Pool2dOptions&);
enum class Kind { largest, mean };

// A mean's gradient goes to all of a window, a maximum's to one of it.
LayerFlops pool_flops(Kind kind, std::int64_t results, std::int64_t window) {
  return {.forward = {.elements = results * window},
          .input_gradient = {.elements = kind == Kind::largest ? results : results * window}};
}

template <class Options>
class Pooling2DBase : public LayerBase {
 public:
  Pooling2DBase(const Options& options, Kind kind) : o_(options), kind_(kind) {
    const char* layer = name_of(kind);
    detail::expect_positive(layer, "pool_size", o_.pool_size);
    if (!o_.strides.empty()) detail::expect_positive(layer, "strides", o_.strides);
    detail::expect_padding(layer, o_.padding);
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { detail::expect_image(name_of(kind_), input); }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Pool pool = kind_ == Kind::largest ? max_pool2d : avg_pool2d;
    return pool(x, {.pool_size = detail::both(o_.pool_size),
                    .strides = o_.strides.empty() ? std::vector<std::int64_t>() : detail::both(o_.strides),
                    .padding = o_.padding});
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    return pool_flops(kind_, detail::elements_of(outputs[0]), o_.pool_size.height() * o_.pool_size.width());
  }
  std::string type() const override { return name_of(kind_); }
  Config config() const override { return detail::config_of(o_); }

 private:
  static const char* name_of(Kind kind) { return kind == Kind::largest ? "MaxPooling2D" : "AveragePooling2D"; }

  Options o_;
  Kind kind_;
};

// As an image of one row.
template <class Options>
class Pooling1DBase : public LayerBase {
 public:
  Pooling1DBase(const Options& options, Kind kind) : o_(options), kind_(kind) {
    const char* layer = name_of(kind);
    detail::expect_positive(layer, "pool_size", o_.pool_size);
    if (o_.strides) detail::expect_positive(layer, "strides", *o_.strides);
    detail::expect_padding(layer, o_.padding);
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { detail::expect_sequence(name_of(kind_), input); }
  Tensor call(const Tensor& x, const CallContext&) override {
    detail::expect_sequence(name_of(kind_), x.shape());
    const Pool pool = kind_ == Kind::largest ? max_pool2d : avg_pool2d;
    const Shape& in = x.shape();
    const Tensor y = pool(
        reshape(x, {in[0], 1, in[1], in[2]}),
        {.pool_size = {1, o_.pool_size}, .strides = {1, o_.strides.value_or(o_.pool_size)}, .padding = o_.padding});
    return reshape(y, {in[0], y.shape()[2], in[2]});
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    return pool_flops(kind_, detail::elements_of(outputs[0]), o_.pool_size);
  }
  std::string type() const override { return name_of(kind_); }
  Config config() const override { return detail::config_of(o_); }

 private:
  static const char* name_of(Kind kind) { return kind == Kind::largest ? "MaxPooling1D" : "AveragePooling1D"; }

  Options o_;
  Kind kind_;
};

class GlobalPoolingBase : public LayerBase {
 public:
  GlobalPoolingBase(const GlobalPoolingOptions& options, const char* type, Kind kind, int axes)
      : o_(options), type_(type), kind_(kind), axes_(axes) {
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { expect_rank(input); }
  Tensor call(const Tensor& x, const CallContext& context) override {
    expect_rank(x.shape());
    if (kind_ == Kind::mean && axes_ == 1 && context.mask().present() && has_values(x))
      return masked_mean(x, context.mask());
    const Axes axes = axes_ == 2 ? Axes{1, 2} : Axes{1};
    return kind_ == Kind::largest ? max(x, axes, o_.keepdims) : mean(x, axes, o_.keepdims);
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    return {.forward = {.elements = elements}, .input_gradient = {.elements = elements}};
  }
  std::string type() const override { return type_; }
  Config config() const override { return detail::config_of(o_); }

 private:
  void expect_rank(const Shape& input) const {
    axes_ == 2 ? detail::expect_image(type_, input) : detail::expect_sequence(type_, input);
  }

  // Over the steps that count; 0 where none does.
  Tensor masked_mean(const Tensor& x, const Tensor& mask) const {
    const Tensor counts = mask.to(x.dtype()).reshape({x.shape()[0], -1, 1});
    return sum(x * counts, {1}, o_.keepdims) / maximum(sum(counts, {1}, o_.keepdims), 1.);
  }

  GlobalPoolingOptions o_;
  const char* type_;
  Kind kind_;
  int axes_;
};

}  // namespace

MaxPooling2D::MaxPooling2D() : MaxPooling2D(MaxPooling2DOptions{}) {}
MaxPooling2D::MaxPooling2D(const MaxPooling2DOptions& options)
    : Positional(layer<Pooling2DBase<MaxPooling2DOptions>>(options, Kind::largest)) {}
AveragePooling2D::AveragePooling2D() : AveragePooling2D(AveragePooling2DOptions{}) {}
AveragePooling2D::AveragePooling2D(const AveragePooling2DOptions& options)
    : Positional(layer<Pooling2DBase<AveragePooling2DOptions>>(options, Kind::mean)) {}
MaxPooling1D::MaxPooling1D() : MaxPooling1D(MaxPooling1DOptions{}) {}
MaxPooling1D::MaxPooling1D(const MaxPooling1DOptions& options)
    : Positional(layer<Pooling1DBase<MaxPooling1DOptions>>(options, Kind::largest)) {}
AveragePooling1D::AveragePooling1D() : AveragePooling1D(AveragePooling1DOptions{}) {}
AveragePooling1D::AveragePooling1D(const AveragePooling1DOptions& options)
    : Positional(layer<Pooling1DBase<AveragePooling1DOptions>>(options, Kind::mean)) {}

GlobalAveragePooling2D::GlobalAveragePooling2D() : GlobalAveragePooling2D(GlobalPoolingOptions{}) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(const GlobalPoolingOptions& options)
    : Layer(layer<GlobalPoolingBase>(options, "GlobalAveragePooling2D", Kind::mean, 2)) {}
GlobalMaxPooling2D::GlobalMaxPooling2D() : GlobalMaxPooling2D(GlobalPoolingOptions{}) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(const GlobalPoolingOptions& options)
    : Layer(layer<GlobalPoolingBase>(options, "GlobalMaxPooling2D", Kind::largest, 2)) {}
GlobalAveragePooling1D::GlobalAveragePooling1D() : GlobalAveragePooling1D(GlobalPoolingOptions{}) {}
GlobalAveragePooling1D::GlobalAveragePooling1D(const GlobalPoolingOptions& options)
    : Layer(layer<GlobalPoolingBase>(options, "GlobalAveragePooling1D", Kind::mean, 1)) {}
GlobalMaxPooling1D::GlobalMaxPooling1D() : GlobalMaxPooling1D(GlobalPoolingOptions{}) {}
GlobalMaxPooling1D::GlobalMaxPooling1D(const GlobalPoolingOptions& options)
    : Layer(layer<GlobalPoolingBase>(options, "GlobalMaxPooling1D", Kind::largest, 1)) {}

namespace detail {

Layer max_pooling2d_from(const Config& c) { return from_config<MaxPooling2D, MaxPooling2DOptions>("MaxPooling2D", c); }
Layer average_pooling2d_from(const Config& c) {
  return from_config<AveragePooling2D, AveragePooling2DOptions>("AveragePooling2D", c);
}
Layer max_pooling1d_from(const Config& c) { return from_config<MaxPooling1D, MaxPooling1DOptions>("MaxPooling1D", c); }
Layer average_pooling1d_from(const Config& c) {
  return from_config<AveragePooling1D, AveragePooling1DOptions>("AveragePooling1D", c);
}
Layer global_average_pooling2d_from(const Config& c) {
  return from_config<GlobalAveragePooling2D, GlobalPoolingOptions>("GlobalAveragePooling2D", c);
}
Layer global_max_pooling2d_from(const Config& c) {
  return from_config<GlobalMaxPooling2D, GlobalPoolingOptions>("GlobalMaxPooling2D", c);
}
Layer global_average_pooling1d_from(const Config& c) {
  return from_config<GlobalAveragePooling1D, GlobalPoolingOptions>("GlobalAveragePooling1D", c);
}
Layer global_max_pooling1d_from(const Config& c) {
  return from_config<GlobalMaxPooling1D, GlobalPoolingOptions>("GlobalMaxPooling1D", c);
}

}  // namespace detail

}  // namespace frost
