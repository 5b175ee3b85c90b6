#include "casts.hpp"
#include "expect.hpp"
#include "model_base.hpp"

#include <algorithm>

// What a model asks of what comes in, and of itself before it lists its weights.
namespace frost {

using models::counted;
using models::expect;

namespace {

const Layer* first_unbuilt(const std::vector<Layer>& layers) {
  for (const Layer& l : layers) {
    const ModelBase* nested = ModelBase::of(l);
    if (nested && !nested->layers().empty()) {
      if (const Layer* found = first_unbuilt(nested->layers())) return found;
    } else if (!l.is_built()) {
      return &l;
    }
  }
  return nullptr;
}

}  // namespace

void ModelBase::expect_weights(const char* what) const {
  if (has_graph()) return;
  expect<GraphError>(!layers().empty(), "{}: the model '{}' is not built: it has no layers", what, name());
  const Layer* unbuilt = first_unbuilt(layers());
  expect<GraphError>(unbuilt == nullptr,
                     "{}: the model '{}' is not built, and its layer '{}' has no weights yet. Hint: build({{…}}) with "
                     "the input's shape, an InputLayer in front, or a call on data makes them",
                     what, name(), unbuilt ? unbuilt->name() : "");
}

void ModelBase::check_input(std::size_t index, const Tensor& x) const {
  expect(x.present(), "input '{}': the tensor is absent", input_layers_[index].name());
  if (!checks_shapes_) return;
  const Shape& expected = input_shapes_[index];
  const Shape& got = x.shape();
  bool fits = got.size() == expected.size();
  for (std::size_t i = 0; fits && i < got.size(); ++i) fits = expected[i] < 0 || got[i] == expected[i];
  if (fits) return;
  expect<ShapeError>(false, "input '{}': the shape does not fit; got {}; expected {}{}", input_layers_[index].name(),
                     to_string(got), detail::symbolic_text(expected), hint_for(index, x));
}

// One sample is a frequent mistake. Of a model without fixed shapes the layers say what fits.
const char* ModelBase::hint_for(std::size_t index, const Tensor& x) const {
  const Shape &batch = input_shapes_[index], &got = x.shape();
  const bool is_row =
      got.size() + 1 == batch.size() && std::equal(got.begin(), got.end(), batch.begin() + 1,
                                                   [](std::int64_t a, std::int64_t b) { return b < 0 || a == b; });
  return is_row ? ". Hint: one sample is a batch of 1 row: expand_dims(x, 0)" : "";
}

Tensor ModelBase::taken_input(std::size_t index, const Tensor& x) const {
  check_input(index, x);
  if (x.dtype() == input_dtypes_[index] || !casts_inputs_) return x;
  return models::cast_to(x, input_dtypes_[index], fmt::format("input '{}'", input_layers_[index].name()));
}

Tensors ModelBase::taken_inputs(const Tensors& xs) const {
  check_inputs(xs);
  Tensors taken;
  taken.reserve(xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) taken.push_back(taken_input(i, xs[i]));
  return taken;
}

void ModelBase::expect_inputs(std::size_t count) const {
  expect_graph("call");
  expect(count == inputs_.size(), "the model takes {}; got {}", counted(inputs_.size(), "input"), count);
}

void ModelBase::check_inputs(const Tensors& xs) const {
  expect_inputs(xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) check_input(i, xs[i]);
}

}  // namespace frost
