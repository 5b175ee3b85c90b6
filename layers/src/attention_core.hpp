#pragma once
#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/layer.hpp>

#include <cmath>

// What the attention layers share.
namespace frost::detail {

/// The inputs by name.
struct AttentionInputs {
  Tensor query, value, key, seen;  // seen: booleans (N, Q, K), or absent
  std::size_t value_input = 0, key_input = 0;

  AttentionInputs(const char* layer, const Tensors& xs, bool has_mask) {
    const std::size_t n = xs.size() - (has_mask && !xs.empty());
    expect<GraphError>(n >= 1 && n <= 3, "{}: got {} inputs; expected query, value and perhaps key{}", layer, xs.size(),
                       has_mask ? ", then a mask" : "");
    if (has_mask) seen = xs[n];
    expect(!seen.present() || seen.dtype() == DType::boolean, "{}: got a mask of {}; expected booleans", layer,
           seen.present() ? name_of(seen.dtype()) : "");
    query = xs[0];
    value = n > 1 ? xs[1] : query;
    key = n > 2 ? xs[2] : value;
    value_input = n > 1 ? 1 : 0;
    key_input = n > 2 ? 2 : value_input;
    for (const Tensor& x : {query, value, key})
      expect<ShapeError>(x.rank() == 3 && x.shape()[0] == query.shape()[0],
                         "{}: got {} beside the query {}; expected (N, T, C) with one N", layer, to_string(x.shape()),
                         to_string(query.shape()));
    expect<ShapeError>(value.shape()[1] == key.shape()[1],
                       "{}: got the value {} and the key {}; expected as many steps", layer, to_string(value.shape()),
                       to_string(key.shape()));
  }
};

/// Of booleans that broadcast, either of which may be absent: where both are true.
inline Tensor both_seen(const Tensor& a, const Tensor& b) {
  return a.present() && b.present() ? where(a, b, a) : a.present() ? a : b;
}

/// (Q, K), true where the key is not later.
inline Tensor causal_steps(std::int64_t queries, std::int64_t keys) { return tril(ones({queries, keys})) > 0.5; }

/// The values weighted by the softmax of the scores; where `seen` is false, the weight is 0.
inline Tensor weighted(const Tensor& scores, const Tensor& seen, const Tensor& value, double rate,
                       const CallContext& context) {
  const Tensor weights = softmax(seen.present() ? where(seen, scores, -1e9) : scores);
  return matmul(dropout(weights, rate, context), value);
}

}  // namespace frost::detail
