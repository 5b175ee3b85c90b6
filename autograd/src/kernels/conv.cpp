#include "kernels/conv.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const ConvTable& conv_table() { return at_level(conv_sse2, conv_avx2, conv_avx512); }

}  // namespace frost::kernels
