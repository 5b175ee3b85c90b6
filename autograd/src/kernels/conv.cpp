#include "kernels/conv.hpp"

#include "kernels/level.hpp"

namespace frost::kernels {

const ConvTable& conv_table() { return at_level(FROST_TABLES(conv_)); }

}  // namespace frost::kernels
