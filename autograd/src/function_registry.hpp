#pragma once
#include "op.hpp"

namespace frost::detail {

/// The rows of the custom functions used so far, for counts and names.
std::vector<const Op*> registered_functions();

}  // namespace frost::detail
