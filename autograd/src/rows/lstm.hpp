#pragma once
#include "op.hpp"

namespace frost::detail {

/// Of lstm and lstm_with_state.
struct LstmAttrs {
  bool return_sequences = false;
  bool go_backwards = false;
};

/// The same function step by step out of public operations. x: x, kernel, recurrent_kernel, bias or absent and, for
/// lstm_with_state, h and c.
Tensors lstm_composite(const Tensors& x, const Attrs& attrs);

}  // namespace frost::detail
