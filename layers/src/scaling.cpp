#include <frost/layers/scaling.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "moved_axes.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

#include <cmath>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, RescalingOptions& o) {
  v("scale", o.scale);
  v("offset", o.offset);
}
template <class V>
void fields(V& v, GaussianNoiseOptions& o) {
  v("stddev", o.stddev);
  v("seed", o.seed);
}

namespace {

class RescalingBase : public LayerBase {
 public:
  explicit RescalingBase(const RescalingOptions& options) : o_(options) {
    expect(std::isfinite(o_.scale) && std::isfinite(o_.offset),
           "Rescaling: got scale {} and offset {}; expected finite numbers", o_.scale, o_.offset);
    configure(o_.name, true, default_dtype());
  }
  Tensor call(const Tensor& input, const CallContext&) override {
    const Tensor x = is_floating(input.dtype()) ? input : input.to(default_dtype());
    const Tensor y = x * o_.scale;
    return o_.offset == 0 ? y : y + o_.offset;
  }
  bool supports_masking() const override { return true; }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    return {.forward = {.elements = elements * (o_.offset == 0 ? 1 : 2)}, .input_gradient = {.elements = elements}};
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "Rescaling"; }

 private:
  RescalingOptions o_;
};

Config numbers(const std::vector<double>& values) {
  return values.empty() ? Config() : Config::list(std::vector<Config>(values.begin(), values.end()));
}

class NormalizationBase : public LayerBase {
 public:
  explicit NormalizationBase(const NormalizationOptions& options) : o_(options) {
    expect(o_.mean.empty() == o_.variance.empty(),
           "Normalization: got {} numbers as mean and {} as variance; expected both or neither", o_.mean.size(),
           o_.variance.size());
    for (const double v : o_.variance) expect(v >= 0, "Normalization: got variance {}; expected 0 or more", v);
    configure(o_.name, true, o_.dtype);
  }

  void build(const Shape& input) override {
    expect<ShapeError>(!input.empty(), "Normalization: got a scalar; expected (N, …)");
    const std::vector<std::int64_t> axes = kept_axes(input);
    Shape sizes;
    broadcast_.assign(input.size(), 1);
    for (const std::int64_t axis : axes) {
      sizes.push_back(input[static_cast<std::size_t>(axis)]);
      expect<ShapeError>(sizes.back() >= 0, "Normalization: the size of the input's axis {} must be known; got {}",
                         axis, to_string(input));
      broadcast_[static_cast<std::size_t>(axis)] = sizes.back();
    }
    if (o_.mean.empty()) {
      mean_ = add_state("mean", sizes, "zeros");
      variance_ = add_state("variance", sizes, "ones");
      count_ = add_weight("count", {}, "zeros", {.dtype = DType::int64});
      count_.set_requires_grad(false);
    } else {
      given_mean_ = constant_of("mean", o_.mean, sizes);
      given_variance_ = constant_of("variance", o_.variance, sizes);
    }
  }
  Tensor call(const Tensor& input, const CallContext&) override {
    const Tensor x = is_floating(input.dtype()) ? input : input.to(dtype());
    const bool is_given = !o_.mean.empty();
    const Tensor mean = (is_given ? given_mean_.to(x.dtype()) : mean_).reshape(broadcast_);
    const Tensor deviation = sqrt(is_given ? given_variance_.to(x.dtype()) : variance_).reshape(broadcast_);
    if (o_.invert) return x * maximum(deviation, 1e-7) + mean;
    return (x - mean) / maximum(deviation, 1e-7);
  }

  void adapt(const Tensor& data) {
    expect(o_.mean.empty(), "Normalization: mean and variance were given as options; expected none to adapt");
    const std::vector<std::int64_t> axes = kept_axes(data.shape());
    std::vector<std::int64_t> others;
    for (std::int64_t axis = 0; axis < data.rank(); ++axis)
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) others.push_back(axis);
    const NoGrad guard;
    const Tensor wide = data.to(DType::float64);
    mean_.assign(mean(wide, others).to(mean_.dtype()));
    variance_.assign(var(wide, others, false).to(variance_.dtype()));
    const std::int64_t each = data.size() / std::max<std::int64_t>(mean_.size(), 1);
    count_.assign(full({}, static_cast<double>(each), {.dtype = DType::int64}));
  }

  bool moves_states() const override { return false; }
  bool supports_masking() const override { return true; }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t elements = detail::elements_of(inputs[0]);
    LayerFlops flops = {.forward = {.elements = 2 * elements}, .input_gradient = {.elements = elements}};
    flops.weight_gradients.resize(own_weights().size());
    return flops;
  }
  Config config() const override {
    Config config = Config::object();
    config.set("axis", o_.axis.empty() ? Config() : detail::to_config(o_.axis));
    config.set("mean", numbers(o_.mean)).set("variance", numbers(o_.variance)).set("invert", o_.invert);
    return config;
  }
  std::string type() const override { return "Normalization"; }

 private:
  std::vector<std::int64_t> kept_axes(const Shape& input) const {
    return o_.axis.empty() ? std::vector<std::int64_t>{} : detail::axes_from_front("Normalization", o_.axis, input);
  }
  static Tensor constant_of(const char* what, const std::vector<double>& values, const Shape& sizes) {
    const std::int64_t expected = element_count(sizes), got = static_cast<std::int64_t>(values.size());
    expect<ShapeError>(got == 1 || got == expected, "Normalization: got {} numbers as {}; expected 1 or {}", got, what,
                       expected);
    return got == expected ? from_vector(values, sizes) : full(sizes, values[0], {.dtype = DType::float64});
  }

  NormalizationOptions o_;
  Shape broadcast_;
  Parameter mean_, variance_, count_;
  Tensor given_mean_, given_variance_;
};

class GaussianNoiseBase : public LayerBase {
 public:
  explicit GaussianNoiseBase(const GaussianNoiseOptions& options) : o_(options) {
    expect(o_.stddev >= 0, "GaussianNoise: got stddev {}; expected 0 or more", o_.stddev);
    if (o_.seed) own_.emplace(*o_.seed);
    configure(o_.name, true, default_dtype());
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.training || o_.stddev == 0 || !has_values(x)) return x;
    Generator& stream = own_ ? *own_ : context.stream();
    return x + stream.normal(x.shape(), x.dtype()) * o_.stddev;
  }
  bool is_random() const override { return o_.stddev > 0; }
  std::function<void()> restore_point() override {
    if (!own_) return {};
    return [this, before = *own_] { *own_ = before; };
  }
  bool supports_masking() const override { return true; }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    return {.forward = {.elements = detail::function_flops * detail::elements_of(inputs[0])}};
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "GaussianNoise"; }

 private:
  GaussianNoiseOptions o_;
  std::optional<Generator> own_;
};

}  // namespace

Rescaling::Rescaling(const RescalingOptions& options) : Positional(layer<RescalingBase>(options)) {}
Normalization::Normalization() : Normalization(NormalizationOptions{}) {}
Normalization::Normalization(const NormalizationOptions& options) : Positional(layer<NormalizationBase>(options)) {}
GaussianNoise::GaussianNoise(const GaussianNoiseOptions& options) : Positional(layer<GaussianNoiseBase>(options)) {}

void Normalization::adapt(const Tensor& data) const {
  expect(data.present() && is_floating(data.dtype()) && data.rank() >= 1 && data.size() > 0,
         "Normalization: adapt got {}; expected floating rows",
         data.present() ? to_string(data.shape()) : "an absent tensor");
  auto& made = static_cast<NormalizationBase&>(base());
  if (!is_built()) detail::Graph::build_for(made, &data, 1);
  made.adapt(data);
}

namespace detail {

Layer rescaling_from(const Config& c) { return from_config<Rescaling, RescalingOptions>("Rescaling", c); }
Layer gaussian_noise_from(const Config& c) {
  return from_config<GaussianNoise, GaussianNoiseOptions>("GaussianNoise", c);
}

namespace {

// Keras writes one number, or lists in lists.
void add_numbers(const Config& config, std::vector<double>& all) {
  if (config.is_null()) return;
  if (!config.is_list()) return all.push_back(config.number());
  for (const Config& element : config.elements()) add_numbers(element, all);
}
struct Numbers {
  std::vector<double> values;
};
void read(const Config& config, Numbers& numbers) { add_numbers(config, numbers.values); }

struct NormalizationConfig {
  Axes axis = -1;
  Numbers mean, variance;
  bool invert = false;
  DType dtype = default_dtype();
  std::string name;
};
template <class V>
void fields(V& v, NormalizationConfig& o) {
  v("axis", o.axis);
  v("mean", o.mean);
  v("variance", o.variance);
  v("invert", o.invert);
}

}  // namespace

Layer normalization_from(const Config& config) {
  const auto o = options_from<NormalizationConfig>("Normalization", config);
  return Normalization({.axis = o.axis,
                        .mean = o.mean.values,
                        .variance = o.variance.values,
                        .invert = o.invert,
                        .dtype = o.dtype,
                        .name = o.name});
}

}  // namespace detail

}  // namespace frost
