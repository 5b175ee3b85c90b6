#include "kernels/norm.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const NormTable& norm_table() { return at_level(FROST_TABLES(norm_)); }

}  // namespace frost::kernels
