#include <frost/autograd/given.hpp>

#include "check.hpp"

namespace frost::detail {

void fail_without_function(const char* what) { fail<ValueError>("{}: the function is empty", what); }

}  // namespace frost::detail
