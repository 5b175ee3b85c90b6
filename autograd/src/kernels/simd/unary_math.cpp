#include "kernels/simd/elementwise_loops.hpp"

namespace frost::kernels {

const UnaryTable FROST_TABLE(unary_math_){Rows<UnaryMath>::unary};

}  // namespace frost::kernels
