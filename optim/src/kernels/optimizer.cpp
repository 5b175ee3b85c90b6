#include "kernels/optimizer.hpp"

#include <frost/autograd/simd.hpp>

namespace frost::optim {

#ifdef __aarch64__
const OptimizerTable& optimizer_table() { return optimizer_neon; }
#else
const OptimizerTable& optimizer_table() {
  switch (simd_level()) {
    case SimdLevel::avx512:
      return optimizer_avx512;
    case SimdLevel::avx2:
      return optimizer_avx2;
    case SimdLevel::sse2:
    case SimdLevel::neon:
      break;
  }
  return optimizer_sse2;
}
#endif

}  // namespace frost::optim
