#include "support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

class Root : public LayerBase {
 public:
  Tensor call(const Tensor& x, const CallContext&) override { return sqrt(x); }
};
class Log : public LayerBase {
 public:
  Tensor call(const Tensor& x, const CallContext&) override { return log(x); }
};

struct AnomalyMode {
  AnomalyMode() { set_anomaly_mode(true); }
  ~AnomalyMode() { set_anomaly_mode(false); }
};

Model around(const Layer& layer) {
  const Symbol a = Input({2}), b = Input({2});
  const Model inner(a, layer(a), {.name = "encoder"});
  return Model(b, Dense({.units = 1, .name = "head"})(inner(b)), {.name = "net"});
}

}  // namespace

TEST_CASE("anomaly mode gives the path of a layer in nested models, forward and backward") {
  const AnomalyMode on;
  CHECK_THROWS_WITH(around(layer<Log>())(tensor({{1., -1.}})),
                    Contains("net/encoder/log: the forward pass made a NaN"));
  const Tensor x = tensor({{0., 1.}}, {.requires_grad = true});
  CHECK_THROWS_WITH(sum(around(layer<Root>())(x)).backward(),
                    Contains("net/encoder/root: sqrt: the gradient of input 'x' made"));
}

TEST_CASE("fit under anomaly mode trains as without it, to the bit") {
  const auto train = [](bool watched) {
    seed(2);
    Sequential net({Dense({.units = 4, .activation = "relu"}), Dropout({.rate = 0.5}), BatchNormalization(),
                    Dense({.units = 3, .activation = "softmax"})});
    net.compile({.optimizer = Adam({.learning_rate = 0.01}), .loss = "sparse_categorical_crossentropy"});
    const Tensor x = Generator(1).normal({12, 5}), y = Generator(2).integers(0, 3, {12});
    set_anomaly_mode(watched);
    const History h = net.fit(x, y, {.batch_size = 4, .epochs = 3, .verbose = 0});
    set_anomaly_mode(false);
    return h["loss"];
  };
  CHECK(train(true) == train(false));
}

TEST_CASE("a model is a checkpoint's function: its own stream is drawn from once") {
  const Tensor x = Generator(1).normal({6, 5}).set_requires_grad(true);
  const auto gradients = [&](bool kept) {
    seed(2);
    Sequential net({Dense({.units = 4, .activation = "tanh"}), Dropout({.rate = 0.5}), Dense({.units = 3})});
    const auto f = [net](const Tensor& t) { return net(t, {.training = true}); };
    sum(square(kept ? checkpoint(f, x) : f(x))).backward();
    Tensors found = {x.grad()};
    x.zero_grad();
    for (const Parameter& w : net.trainable_weights()) found.push_back(w.grad());
    return found;
  };
  const Tensors expected = gradients(false), found = gradients(true);
  REQUIRE(found.size() == 5);
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(max(abs(found[i] - expected[i])).item<float>() == 0);
}
