#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>

#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

TEST_CASE("options of a function are checked as those of its layer are") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Tensor x = ones({2, 4}), c = ones({4}), none;
  for (const double bad : {0., -1e-3, nan}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH(layer_norm(x, c, c, {.epsilon = bad}), Contains("layer_norm: got epsilon"));
    CHECK_THROWS_WITH(batch_norm_train(x, c, c, {.epsilon = bad}), Contains("batch_norm_train: got epsilon"));
    CHECK_THROWS_WITH(batch_norm_infer(x, c, c, c, c, {.epsilon = bad}), Contains("batch_norm_infer: got epsilon"));
    CHECK_THROWS_WITH(group_norm(x, c, c, {.groups = 2, .epsilon = bad}), Contains("group_norm: got epsilon"));
    CHECK_THROWS_WITH(local_response_norm(x, {.bias = bad}), Contains("local_response_norm: got bias"));
    CHECK_THROWS_AS(LayerNormalization({.epsilon = bad}), ValueError);
    CHECK_THROWS_AS(BatchNormalization({.epsilon = bad}), ValueError);
    CHECK_THROWS_AS(GroupNormalization({.epsilon = bad}), ValueError);
  }
  for (const double bad : {-0.5, nan}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH(local_response_norm(x, {.alpha = bad}), Contains("local_response_norm: got alpha"));
    CHECK_THROWS_WITH(leaky_relu(x, bad), Contains("leaky_relu: got alpha"));
    CHECK_THROWS_WITH(max_norm(bad), Contains("max_norm: got max_value"));
    CHECK_THROWS_WITH(random_normal(0, bad), Contains("random_normal: got stddev"));
    CHECK_THROWS_WITH(truncated_normal(0, bad), Contains("truncated_normal: got stddev"));
    CHECK_THROWS_AS(GaussianNoise({.stddev = bad}), ValueError);
  }
  CHECK_THROWS_WITH(random_normal(0, infinity), Contains("finite"));
  CHECK_THROWS_WITH(random_uniform(1, 0), Contains("random_uniform: got low 1 and high 0"));
  CHECK_THROWS_AS(random_uniform(0, nan), ValueError);
  CHECK(max(abs(random_normal(0, 0)({3}))).item<double>() == 0);
  CHECK(max(abs(max_norm(0)(x))).item<double>() == 0);
}
