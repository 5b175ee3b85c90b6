#include <frost/layers/masking.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, MaskingOptions& o) {
  v("mask_value", o.mask_value);
}

namespace {

class MaskingBase : public LayerBase {
 public:
  explicit MaskingBase(const MaskingOptions& options) : o_(options) { configure(o_.name, true, default_dtype()); }

  Tensor call(const Tensor& x, const CallContext&) override {
    expect<ShapeError>(x.rank() >= 2, "Masking: got shape {}; expected (N, T, …)", to_string(x.shape()));
    return x * expand_dims(counted(x), -1).to(x.dtype());
  }
  Tensors compute_mask(const Tensors& xs, const Tensors&) const override { return {counted(xs[0])}; }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "Masking"; }

 private:
  Tensor counted(const Tensor& x) const { return sum(not_equal(x.detach(), o_.mask_value), -1) > 0.; }

  MaskingOptions o_;
};

}  // namespace

Masking::Masking() : Masking(MaskingOptions{}) {}
Masking::Masking(const MaskingOptions& options) : Positional(layer<MaskingBase>(options)) {}

namespace detail {

Layer masking_from(const Config& config) { return from_config<Masking, MaskingOptions>("Masking", config); }

}  // namespace detail

}  // namespace frost
