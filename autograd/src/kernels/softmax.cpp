#include "kernels/softmax.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const SoftmaxTable& softmax_table() { return at_level(softmax_sse2, softmax_avx2, softmax_avx512); }

}  // namespace frost::kernels
