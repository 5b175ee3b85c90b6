#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

TEST_CASE("layers, symbols and models print what they are") {
  CHECK(printed(Layer()) == "<absent layer>");
  CHECK(printed(Symbol()) == "<absent symbol>");
  const Dense dense({.units = 2, .name = "head"});
  CHECK(printed(dense) == "<Dense name=head, built=no>");
  const Symbol x = Input({3}), y = dense(x);
  CHECK(printed(dense) == "<Dense name=head, params=8, trainable=yes>");
  freeze_weights(dense, {"head"}, Freeze::biases);
  CHECK(printed(dense) == "<Dense name=head, params=8, trainable=partly>");
  dense.set_trainable(false);
  CHECK(printed(dense) == "<Dense name=head, params=8, trainable=no>");
  CHECK(printed(y) == "<Symbol shape=(None, 2), dtype=float32, layer=head>");
  const Flatten flatten;
  flatten(y);
  CHECK(printed(flatten) == "<Flatten name=flatten>");
  const Model model(x, y);
  std::ostringstream summary;
  model.summary(summary);
  CHECK(printed(model) == summary.str());
  CHECK_THAT(printed(Sequential({Dense({.units = 1})}, {.name = "net"})), Contains("name=net, built=no"));
}

TEST_CASE("an evaluation and a history print what was measured, the loss first") {
  Sequential net({Dense({.units = 1})});
  net.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  const Tensor x = ones({4, 2}), y = zeros({4, 1});
  const History history = net.fit(x, y, {.epochs = 2, .verbose = 0});
  CHECK_THAT(printed(history), Contains("epoch 1: loss: ") && Contains("\nepoch 2: loss: ") && Contains(" - mae: "));
  CHECK_THAT(printed(net.evaluate(x, y, {.verbose = 0})),
             Catch::Matchers::StartsWith("loss: ") && Contains(" - mae: "));
}
