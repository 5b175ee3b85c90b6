#include <frost/layers/reshaping.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V&, FlattenOptions&) {}

namespace {

std::int64_t elements_per_row(const Tensor& x, const char* layer) {
  expect<ShapeError>(x.rank() >= 1, "{}: got a scalar; expected (N, …)", layer);
  std::int64_t count = 1;
  for (int axis = 1; axis < x.rank(); ++axis) count *= x.shape()[static_cast<std::size_t>(axis)];
  return count;
}

class FlattenBase : public LayerBase {
 public:
  explicit FlattenBase(const std::string& name) { configure(name, true, default_dtype()); }
  Tensor call(const Tensor& x, const CallContext&) override {
    const std::int64_t count = elements_per_row(x, "Flatten");
    return x.rank() == 2 ? x : x.reshape({x.shape()[0], count});
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>&) const override { return {}; }
  Config config() const override { return Config::object(); }
  std::string type() const override { return "Flatten"; }
};

class ReshapeBase : public LayerBase {
 public:
  ReshapeBase(const Shape& shape, const std::string& name) : shape_(shape) {
    configure(name, true, default_dtype());
    for (std::size_t i = 0; i < shape.size(); ++i) {
      expect<ShapeError>(shape[i] >= -1 && (shape[i] >= 0 || inferred_ < 0),
                         "Reshape: got {}; expected sizes of 0 or more and at most one -1", to_string(shape));
      if (shape[i] < 0)
        inferred_ = static_cast<std::ptrdiff_t>(i);
      else
        expect<ShapeError>(!__builtin_mul_overflow(known_, shape[i], &known_),
                           "Reshape: got {}; expected sizes whose product fits in memory", to_string(shape));
    }
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const std::int64_t count = elements_per_row(x, "Reshape");
    const bool fits = inferred_ < 0 ? count == known_ : known_ > 0 && count % known_ == 0;
    // What depends on unknown sizes is only known to fit once there are values.
    const bool may_fit = known_ > 0 && !has_values(x) && count > 0 && count % detail::witness_size[0] == 0;
    expect<ShapeError>(fits || may_fit, "Reshape: the numbers of elements differ; got {} per row; expected {}", count,
                       to_string(shape_));
    Shape target;
    target.reserve(shape_.size() + 1);
    target.push_back(x.shape()[0]);
    target.insert(target.end(), shape_.begin(), shape_.end());
    if (inferred_ >= 0) target[static_cast<std::size_t>(inferred_) + 1] = count / known_;
    return fits ? x.reshape(target) : abstract_tensor(target, x.dtype());
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>&) const override { return {}; }
  Config config() const override {
    Config config = Config::object();
    config.set("target_shape", detail::to_config(shape_));
    return config;
  }
  std::string type() const override { return "Reshape"; }

 private:
  Shape shape_;
  std::ptrdiff_t inferred_ = -1;  // the axis of −1
  std::int64_t known_ = 1;        // the product of the others
};

}  // namespace

Flatten::Flatten() : Flatten(FlattenOptions{}) {}
Flatten::Flatten(const FlattenOptions& options) : Layer(layer<FlattenBase>(options.name)) {}
Reshape::Reshape(const Shape& shape, const ReshapeOptions& options) : Layer(layer<ReshapeBase>(shape, options.name)) {}

namespace detail {

namespace {

struct ReshapeConfig {
  Shape target_shape;
  std::string name;
};
template <class V>
void fields(V& v, ReshapeConfig& o) {
  v("target_shape", o.target_shape);
}

}  // namespace

Layer flatten_from(const Config& config) { return from_config<Flatten, FlattenOptions>("Flatten", config); }
Layer reshape_from(const Config& config) {
  const auto options = options_from<ReshapeConfig>("Reshape", config);
  return Reshape(options.target_shape, {.name = options.name});
}

}  // namespace detail

}  // namespace frost
