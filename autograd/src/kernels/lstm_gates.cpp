#include "kernels/lstm_gates.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const LstmTable& lstm_gates_table() { return at_level(FROST_TABLES(lstm_gates_)); }

}  // namespace frost::kernels
