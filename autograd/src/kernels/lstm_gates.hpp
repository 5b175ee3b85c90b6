#pragma once

#include "kernels/tables.hpp"

#include <cstdint>
#include <type_traits>

namespace frost::kernels {

/// A matrix by its first element and the distance of its rows. Null data: absent.
template <class S>
struct RowsOf {
  S* data = nullptr;
  std::int64_t stride = 0;
};

/// One step of an LSTM cell: c = f·c_prev + i·g, h = o·tanh(c).
template <class S>
struct LstmForward {
  std::int64_t rows = 0;
  std::int64_t units = 0;
  RowsOf<S> gates;         ///< (rows, 4·units), blocks i f g o: pre-activations in, activated gates out
  RowsOf<const S> c_prev;  ///< absent: zeros
  RowsOf<S> c;             ///< may be c_prev
  RowsOf<S> tanh_c;        ///< optional
  RowsOf<S> h;
};

/// The step's gradients: dz of the pre-activations, and dc turned from c's into c_prev's.
template <class S>
struct LstmBackward {
  std::int64_t rows = 0;
  std::int64_t units = 0;
  RowsOf<const S> gates;   ///< as the forward step left them
  RowsOf<const S> c;       ///< not read if tanh_c is given
  RowsOf<const S> tanh_c;  ///< optional
  RowsOf<const S> c_prev;  ///< absent: zeros
  RowsOf<const S> dh;
  RowsOf<S> dc;
  RowsOf<S> dz;  ///< (rows, 4·units); may be the gates' memory
};

template <class S>
struct LstmLoops {
  void (*forward)(const LstmForward<S>&);
  void (*backward)(const LstmBackward<S>&);
};

struct LstmTable {
  LstmLoops<float> f32;
  LstmLoops<double> f64;
};

extern const LstmTable FROST_TABLES(lstm_gates_);

const LstmTable& lstm_gates_table();

/// The active level's loops.
template <class S>
const LstmLoops<S>& lstm_gates() {
  if constexpr (std::is_same_v<S, float>)
    return lstm_gates_table().f32;
  else
    return lstm_gates_table().f64;
}

}  // namespace frost::kernels
