#include <frost/layers/dropout.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

Tensor dropout(const Tensor& x, double rate, const CallContext& context) {
  expect(rate >= 0 && rate < 1, "dropout: got rate {}; expected 0 or more and less than 1", rate);
  expect(x.present(), "dropout: the tensor is absent");
  if (!context.training || rate == 0 || !has_values(x)) return x;
  expect(is_floating(x.dtype()), "dropout: got {}; expected a floating tensor; convert with to(DType::float32)",
         name_of(x.dtype()));
  const Tensor kept = context.stream().uniform(x.shape(), 0, 1, x.dtype()) >= rate;
  return x * (kept.to(x.dtype()) * (1 / (1 - rate)));
}

template <class V>
void fields(V& v, DropoutOptions& o) {
  v("rate", o.rate);
  v("seed", o.seed);
}

namespace {

class DropoutBase : public LayerBase {
 public:
  explicit DropoutBase(const DropoutOptions& options) : options_(options), rate_(options.rate) {
    expect(rate_ >= 0 && rate_ < 1, "Dropout: got rate {}; expected 0 or more and less than 1", rate_);
    if (options.seed) own_.emplace(*options.seed);
    configure(options.name, true, default_dtype());
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!own_) return dropout(x, rate_, context);
    return dropout(x, rate_, CallContext(context.training, &*own_));
  }
  bool is_random() const override { return rate_ > 0; }
  std::function<void()> restore_point() override {
    if (!own_) return {};
    return [this, before = *own_] { *own_ = before; };
  }
  bool supports_masking() const override { return true; }
  Config config() const override { return detail::config_of(options_); }
  std::string type() const override { return "Dropout"; }

 private:
  DropoutOptions options_;
  double rate_;
  std::optional<Generator> own_;
};

}  // namespace

Dropout::Dropout(const DropoutOptions& options) : Positional(layer<DropoutBase>(options)) {}

namespace detail {

Layer dropout_from(const Config& config) { return from_config<Dropout, DropoutOptions>("Dropout", config); }

}  // namespace detail

}  // namespace frost
