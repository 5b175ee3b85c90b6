#include "freezing/layer_zoo.hpp"

using namespace frost;
using namespace freezing_test;

namespace {

void check_zoo(GradcheckMode mode) {
  for (const ZooLayer& z : layer_zoo()) {
    INFO(z.name);
    const Layer layer = z.make();
    const GradcheckReport report =
        gradcheck(layer, z.input, {.second_order = true, .every_freeze_pattern = true, .mode = mode});
    INFO(report);
    CHECK(report.ok());
    CHECK(report.patterns.size() >= 2);
    CHECK(report.compared > 0);
  }
}

}  // namespace

TEST_CASE("every layer, at rest and in training, under every freeze pattern, at both orders: projected gradients") {
  check_zoo(GradcheckMode::fast);
}
TEST_CASE("every layer, at rest and in training, under every freeze pattern, at both orders: each entry", "[slow]") {
  check_zoo(GradcheckMode::slow);
}
