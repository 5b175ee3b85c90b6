#include "support.hpp"

#include <frost/autograd/xtensor.hpp>

using namespace frost;

TEST_CASE("a view of another type than the tensor's says both") {
  check_mistake(Mistake<>{"float64 of float32", [] { as_xtensor<double>(ones({2})); }, {"data", "float64", "float32"}});
  check_mistake(Mistake<>{"of nothing", [] { as_xtensor<double>(Tensor()); }, {"absent"}});
}
