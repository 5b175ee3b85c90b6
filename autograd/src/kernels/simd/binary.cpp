#include "kernels/simd/elementwise_loops.hpp"

namespace frost::kernels {

const BinaryTable FROST_TABLE(binary_){BinaryRows<Binary>::binary};

}  // namespace frost::kernels
