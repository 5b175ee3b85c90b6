#include <frost/layers/permute.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

namespace {

class PermuteBase : public LayerBase {
 public:
  PermuteBase(const Axes& dims, const std::string& name) : dims_(dims.begin(), dims.end()) {
    std::vector<std::int64_t> sorted = dims_;
    std::sort(sorted.begin(), sorted.end());
    bool is_order = !dims_.empty();
    for (std::size_t i = 0; i < sorted.size(); ++i)
      is_order = is_order && sorted[i] == static_cast<std::int64_t>(i) + 1;
    expect(is_order, "Permute: got dims {}; expected 1 to their number, in some order: the batch axis is not named",
           to_string(Shape(dims_)));
    configure(name, true, default_dtype());
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    expect<ShapeError>(x.rank() == static_cast<int>(dims_.size()) + 1,
                       "Permute: got an input of shape {}; expected {} axes behind the batch's", to_string(x.shape()),
                       dims_.size());
    std::vector<std::int64_t> order = {0};
    order.insert(order.end(), dims_.begin(), dims_.end());
    return transpose(x, order);
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>&) const override { return {}; }
  Config config() const override {
    Config config = Config::object();
    config.set("dims", detail::to_config(dims_));
    return config;
  }
  std::string type() const override { return "Permute"; }

 private:
  std::vector<std::int64_t> dims_;
};

class RepeatVectorBase : public LayerBase {
 public:
  RepeatVectorBase(std::int64_t n, const std::string& name) : n_(n) {
    expect(n >= 1, "RepeatVector: got n {}; expected 1 or more", n);
    configure(name, true, default_dtype());
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    expect<ShapeError>(x.rank() == 2, "RepeatVector: got {}; expected (N, C)", to_string(x.shape()));
    return broadcast_to(expand_dims(x, 1), {x.shape()[0], n_, x.shape()[1]});
  }
  LayerFlops flops(const std::vector<Shape>&, const std::vector<Shape>& outputs) const override {
    return {.input_gradient = {.elements = detail::elements_of(outputs[0])}};
  }
  Config config() const override {
    Config config = Config::object();
    config.set("n", n_);
    return config;
  }
  std::string type() const override { return "RepeatVector"; }

 private:
  std::int64_t n_;
};

struct PermuteConfig {
  Shape dims;
  std::string name;
};
template <class V>
void fields(V& v, PermuteConfig& o) {
  v("dims", o.dims);
}
struct RepeatVectorConfig {
  std::int64_t n = 0;
  std::string name;
};
template <class V>
void fields(V& v, RepeatVectorConfig& o) {
  v("n", o.n);
}

}  // namespace

Permute::Permute(const Axes& dims, const PermuteOptions& options) : Layer(layer<PermuteBase>(dims, options.name)) {}
RepeatVector::RepeatVector(std::int64_t n, const RepeatVectorOptions& options)
    : Layer(layer<RepeatVectorBase>(n, options.name)) {}

namespace detail {

Layer permute_from(const Config& config) {
  const auto options = options_from<PermuteConfig>("Permute", config);
  return Permute(static_cast<const std::vector<std::int64_t>&>(options.dims), {.name = options.name});
}
Layer repeat_vector_from(const Config& config) {
  const auto options = options_from<RepeatVectorConfig>("RepeatVector", config);
  return RepeatVector(options.n, {.name = options.name});
}

}  // namespace detail

}  // namespace frost
