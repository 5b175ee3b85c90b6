#include "kernels/optimizer.hpp"

#include <frost/autograd/simd.hpp>

namespace frost::optim {

const OptimizerTable& optimizer_table() {
  switch (simd_level()) {
    case SimdLevel::avx512:
      return optimizer_avx512;
    case SimdLevel::avx2:
      return optimizer_avx2;
    case SimdLevel::sse2:
      break;
  }
  return optimizer_sse2;
}

}  // namespace frost::optim
