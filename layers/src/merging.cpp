#include <frost/layers/merging.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V&, MergeOptions&) {}

template <class V>
void fields(V& v, ConcatenateOptions& o) {
  v("axis", o.axis);
}

template <class V>
void fields(V& v, DotOptions& o) {
  v("axes", o.axes);
  v("normalize", o.normalize);
}

namespace {

std::string shapes_of(const std::vector<Shape>& shapes) {
  std::string all;
  for (const Shape& shape : shapes) all += (all.empty() ? "" : ", ") + to_string(shape);
  return all;
}

/// How an element-wise merge is done: pair by pair, and then with the number of inputs.
struct Merge {
  const char* type;
  Tensor (*pair)(const Tensor&, const Tensor&);
  Tensor (*last)(const Tensor&, std::size_t) = nullptr;
  std::size_t inputs = 0;  // 0: any number
};
const Merge add_merge = {"Add", add};
const Merge subtract_merge = {"Subtract", subtract, nullptr, 2};
const Merge multiply_merge = {"Multiply", multiply};
const Merge average_merge = {"Average", add,
                             [](const Tensor& sum, std::size_t n) { return sum * (1 / static_cast<double>(n)); }};
const Merge maximum_merge = {"Maximum", maximum};
const Merge minimum_merge = {"Minimum", minimum};

class MergeBase : public LayerBase {
 public:
  MergeBase(const Merge& merge, const MergeOptions& options) : merge_(merge) {
    configure(options.name, true, default_dtype());
  }
  Tensor call(const Tensors& xs, const CallContext&) override {
    const std::size_t n = xs.size();
    if (merge_.inputs > 0)
      expect<GraphError>(n == merge_.inputs, "{}: got {} inputs; expected {}", merge_.type, n, merge_.inputs);
    else
      expect<GraphError>(n >= 1, "{}: got no input; expected one or more", merge_.type);
    int rank = 0;
    for (const Tensor& x : xs) {
      expect<ShapeError>(x.rank() >= 1 && detail::sizes_agree(x.shape()[0], xs[0].shape()[0]),
                         "{}: got {} and {}; expected inputs of one batch size", merge_.type, to_string(xs[0].shape()),
                         to_string(x.shape()));
      rank = std::max(rank, x.rank());
    }
    Tensor y;
    for (const Tensor& x : xs) {
      const Tensor next = with_rank(x, rank);
      y = y.present() ? merge_.pair(y, next) : next;
    }
    return merge_.last ? merge_.last(y, n) : y;
  }
  bool supports_masking() const override { return true; }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const std::int64_t elements = detail::elements_of(outputs[0]) * static_cast<std::int64_t>(inputs.size());
    return {.forward = {.elements = elements}, .input_gradient = {.elements = elements}};
  }
  Config config() const override { return Config::object(); }
  std::string type() const override { return merge_.type; }

 private:
  // With axes of size 1 behind the batch axis.
  static Tensor with_rank(const Tensor& x, int rank) {
    if (x.rank() == rank) return x;
    Shape shape = x.shape();
    shape.insert(shape.begin() + 1, static_cast<std::size_t>(rank - x.rank()), 1);
    return x.reshape(shape);
  }

  const Merge& merge_;
};

class ConcatenateBase : public LayerBase {
 public:
  explicit ConcatenateBase(const ConcatenateOptions& options) : o_(options) {
    expect(o_.axis != 0, "Concatenate: got axis 0; expected another than the batch's");
    configure(o_.name, true, default_dtype());
  }
  void build(const std::vector<Shape>& inputs) override {
    for (const Shape& shape : inputs) {
      const auto rank = static_cast<std::int64_t>(shape.size());
      expect(o_.axis > -rank && o_.axis < rank, "Concatenate: got axis {} for inputs of shapes {}", o_.axis,
             shapes_of(inputs));
    }
  }
  Tensor call(const Tensors& xs, const CallContext&) override { return concatenate(xs, o_.axis); }
  bool supports_masking() const override { return true; }
  // Along the steps the masks follow one another; along other axes a step counts that counts in every input.
  Tensors compute_mask(const Tensors& xs, const Tensors& masks) const override {
    const std::int64_t given = o_.axis, axis = given < 0 ? given + xs[0].rank() : given;
    if (axis != 1) return LayerBase::compute_mask(xs, masks);
    Tensors all;
    bool any = false;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const bool is_masked = i < masks.size() && masks[i].present();
      any = any || is_masked;
      all.push_back(is_masked ? masks[i] : ones({xs[i].shape()[0], xs[i].shape()[1]}, {.dtype = DType::boolean}));
    }
    return any ? Tensors{concatenate(all, 1)} : Tensors{};
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "Concatenate"; }

 private:
  ConcatenateOptions o_;
};

class DotBase : public LayerBase {
 public:
  explicit DotBase(const DotOptions& options) : o_(options) {
    expect(o_.axes.size() == 1 || o_.axes.size() == 2, "Dot: got {} axes; expected one, or one an input",
           o_.axes.size());
    configure(o_.name, true, default_dtype());
  }
  Tensor call(const Tensors& xs, const CallContext&) override {
    expect<GraphError>(xs.size() == 2, "Dot: got {} inputs; expected 2", xs.size());
    // Letters of einsum: 'a' is the batch, 'k' what is summed over, the others stay.
    std::string terms[2], result = "a";
    char letter = 'l';
    Tensors operands;
    for (std::size_t i = 0; i < 2; ++i) {
      const Tensor& x = xs[i];
      const std::int64_t given = o_.axes[o_.axes.size() == 1 ? 0 : i], axis = given < 0 ? given + x.rank() : given;
      expect(axis >= 1 && axis < x.rank(), "Dot: got axis {} for an input of shape {}; expected one behind the batch's",
             given, to_string(x.shape()));
      for (std::int64_t at = 0; at < x.rank(); ++at) {
        if (at != 0 && at != axis) result += letter;
        terms[i] += at == 0 ? 'a' : at == axis ? 'k' : letter++;
      }
      operands.push_back(o_.normalize ? normalized(x, axis) : x);
    }
    const Tensor y = einsum(operands, terms[0] + "," + terms[1] + "->" + result);
    return y.rank() == 1 ? expand_dims(y, 1) : y;
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    const std::int64_t axis = o_.axes[0];
    const std::int64_t summed =
        inputs[0][static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(inputs[0].size()) : axis)];
    const std::int64_t products = 2 * detail::elements_of(outputs[0]) * summed;
    return {.forward = {.products = products}, .input_gradient = {.products = 2 * products}};
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "Dot"; }

 private:
  static Tensor normalized(const Tensor& x, std::int64_t axis) {
    return x * rsqrt(maximum(sum(square(x), axis, true), 1e-12));
  }

  DotOptions o_;
};

}  // namespace

Add::Add() : Add(MergeOptions{}) {}
Add::Add(const MergeOptions& options) : Layer(layer<MergeBase>(add_merge, options)) {}
Subtract::Subtract() : Subtract(MergeOptions{}) {}
Subtract::Subtract(const MergeOptions& options) : Layer(layer<MergeBase>(subtract_merge, options)) {}
Multiply::Multiply() : Multiply(MergeOptions{}) {}
Multiply::Multiply(const MergeOptions& options) : Layer(layer<MergeBase>(multiply_merge, options)) {}
Average::Average() : Average(MergeOptions{}) {}
Average::Average(const MergeOptions& options) : Layer(layer<MergeBase>(average_merge, options)) {}
Maximum::Maximum() : Maximum(MergeOptions{}) {}
Maximum::Maximum(const MergeOptions& options) : Layer(layer<MergeBase>(maximum_merge, options)) {}
Minimum::Minimum() : Minimum(MergeOptions{}) {}
Minimum::Minimum(const MergeOptions& options) : Layer(layer<MergeBase>(minimum_merge, options)) {}
Concatenate::Concatenate() : Concatenate(ConcatenateOptions{}) {}
Concatenate::Concatenate(const ConcatenateOptions& options) : Positional(layer<ConcatenateBase>(options)) {}
Dot::Dot(const DotOptions& options) : Positional(layer<DotBase>(options)) {}

namespace detail {

Layer add_from(const Config& c) { return from_config<Add, MergeOptions>("Add", c); }
Layer subtract_from(const Config& c) { return from_config<Subtract, MergeOptions>("Subtract", c); }
Layer multiply_from(const Config& c) { return from_config<Multiply, MergeOptions>("Multiply", c); }
Layer average_from(const Config& c) { return from_config<Average, MergeOptions>("Average", c); }
Layer maximum_from(const Config& c) { return from_config<Maximum, MergeOptions>("Maximum", c); }
Layer minimum_from(const Config& c) { return from_config<Minimum, MergeOptions>("Minimum", c); }
Layer concatenate_from(const Config& c) { return from_config<Concatenate, ConcatenateOptions>("Concatenate", c); }
Layer dot_from(const Config& c) { return from_config<Dot, DotOptions>("Dot", c); }

}  // namespace detail

}  // namespace frost
