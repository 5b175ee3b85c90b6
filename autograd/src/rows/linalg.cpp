#include "families.hpp"

namespace frost::detail {

Family linalg_rows() { return {}; }

}  // namespace frost::detail
