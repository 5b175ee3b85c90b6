#include "kernels/simd/elementwise_loops.hpp"

namespace frost::kernels {

const UnaryTable FROST_TABLE(activations_){Rows<Activations>::unary};

}  // namespace frost::kernels
