#include <frost/layers/spatial_dropout.hpp>

#include "fields.hpp"
#include "windows.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, SpatialDropoutOptions& o) {
  v("rate", o.rate);
  v("seed", o.seed);
}

namespace {

class SpatialDropoutBase : public LayerBase {
 public:
  SpatialDropoutBase(const SpatialDropoutOptions& options, const char* type, int axes)
      : o_(options), type_(type), axes_(axes) {
    expect(o_.rate >= 0 && o_.rate < 1, "{}: got rate {}; expected 0 or more and less than 1", type, o_.rate);
    if (o_.seed) own_.emplace(*o_.seed);
    configure(o_.name, true, default_dtype());
  }
  void build(const Shape& input) override { expect_rank(input); }
  Tensor call(const Tensor& x, const CallContext& context) override {
    expect_rank(x.shape());
    if (!context.training || o_.rate == 0 || !has_values(x)) return x;
    Shape channels = x.shape();
    for (std::size_t axis = 1; axis + 1 < channels.size(); ++axis) channels[axis] = 1;
    const Tensor all = ones(channels, {.dtype = x.dtype()});
    return x * (own_ ? dropout(all, o_.rate, CallContext(true, &*own_)) : dropout(all, o_.rate, context));
  }
  bool is_random() const override { return o_.rate > 0; }
  std::function<void()> restore_point() override {
    if (!own_) return {};
    return [this, before = *own_] { *own_ = before; };
  }
  bool supports_masking() const override { return true; }
  std::string type() const override { return type_; }
  Config config() const override { return detail::config_of(o_); }

 private:
  void expect_rank(const Shape& input) const {
    axes_ == 2 ? detail::expect_image(type_, input) : detail::expect_sequence(type_, input);
  }

  SpatialDropoutOptions o_;
  const char* type_;
  int axes_;
  std::optional<Generator> own_;
};

}  // namespace

SpatialDropout1D::SpatialDropout1D(const SpatialDropoutOptions& options)
    : Positional(layer<SpatialDropoutBase>(options, "SpatialDropout1D", 1)) {}
SpatialDropout2D::SpatialDropout2D(const SpatialDropoutOptions& options)
    : Positional(layer<SpatialDropoutBase>(options, "SpatialDropout2D", 2)) {}

namespace detail {

Layer spatial_dropout1d_from(const Config& c) {
  return from_config<SpatialDropout1D, SpatialDropoutOptions>("SpatialDropout1D", c);
}
Layer spatial_dropout2d_from(const Config& c) {
  return from_config<SpatialDropout2D, SpatialDropoutOptions>("SpatialDropout2D", c);
}

}  // namespace detail

}  // namespace frost
