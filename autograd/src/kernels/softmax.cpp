#include "kernels/softmax.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const SoftmaxTable& softmax_table() { return at_level(FROST_TABLES(softmax_)); }

}  // namespace frost::kernels
