#include "kernels/lstm_gates.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const LstmTable& lstm_gates_table() { return at_level(lstm_gates_sse2, lstm_gates_avx2, lstm_gates_avx512); }

}  // namespace frost::kernels
