#include "kernels/norm.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const NormTable& norm_table() { return at_level(norm_sse2, norm_avx2, norm_avx512); }

}  // namespace frost::kernels
