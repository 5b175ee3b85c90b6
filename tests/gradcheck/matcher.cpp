#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/catch.hpp>

using namespace frost;

TEST_CASE("Catch2's matcher passes what gradcheck passes and prints the report of the rest") {
  const Tensor x = tensor({0.5, -1.}, DType::float64);
  CHECK_THAT(gradcheck([](const Tensor& t) { return sin(t); }, x), PassesGradcheck());
  const GradcheckReport noisy = gradcheck([](const Tensor& t) { return t + randn(t.shape()); }, x);
  CHECK_THAT(noisy, !PassesGradcheck());
  CHECK(Catch::Detail::stringify(noisy).find("1 failure") != std::string::npos);
  CHECK(PassesGradcheck().toString() == "passes gradcheck");
}
