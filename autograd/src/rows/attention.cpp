#include "elementwise.hpp"

#include <cmath>

// Attention out of public operations: frozen projections below it keep nothing here.
namespace frost {

using namespace detail;

namespace {

std::int64_t from_end(const ShapeRef& shape, int axis) { return shape[shape.rank() - axis]; }

// True where query i sees key j, which is j ≤ i.
Tensor causal_mask(std::int64_t queries, std::int64_t keys) {
  Tensor mask = make_tensor(make_shape({queries, keys}), DType::boolean);
  bool* to = raw_out<bool>(mask);
  for (std::int64_t i = 0; i < queries; ++i)
    for (std::int64_t j = 0; j < keys; ++j) *to++ = j <= i;
  return mask;
}

}  // namespace

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& options) {
  expect(query.present() && key.present() && value.present(), "attention: {} is absent",
         !query.present() ? "query"
         : !key.present() ? "key"
                          : "value");
  expect_same_dtype("attention", query, key);
  expect_same_dtype("attention", query, value);
  expect_floating("attention", query);
  const ShapeRef &q = shape_of(query), &k = shape_of(key), &v = shape_of(value);
  expect<ShapeError>(q.rank() >= 2 && k.rank() >= 2 && v.rank() >= 2,
                     "attention: got query {}, key {}, value {}; expected two axes or more: (…, steps, features)",
                     text(q), text(k), text(v));
  expect<ShapeError>(from_end(q, 1) == from_end(k, 1),
                     "attention: query and key differ in their last axis; got {} and {}", text(q), text(k));
  expect<ShapeError>(from_end(k, 2) == from_end(v, 2),
                     "attention: key and value differ in their number of steps; got {} and {}", text(k), text(v));
  const double features = static_cast<double>(from_end(q, 1));
  Tensor scores = matmul(query, key, {.transpose_b = true});  // […,Q,K]
  scores = scores * (features > 0 ? 1 / std::sqrt(features) : 1);
  if (options.causal && !is_abstract(scores))
    scores = where(causal_mask(from_end(q, 2), from_end(k, 2)), scores, -INFINITY);
  return matmul(softmax(scores, -1), value);
}

}  // namespace frost
