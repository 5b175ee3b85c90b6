#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>

#include <cmath>
#include <cstring>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor random(const Shape& shape, std::uint64_t key) { return Generator(key).normal(shape); }
Tensor leaf(const Shape& shape, std::uint64_t key) { return random(shape, key).set_requires_grad(true); }

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<float>().data(), b.data<float>().data(), static_cast<std::size_t>(a.size()) * 4) == 0;
}

class Log : public LayerBase {
 public:
  Tensor call(const Tensor& x, const CallContext&) override { return log(x); }
};
class Root : public LayerBase {
 public:
  Tensor call(const Tensor& x, const CallContext&) override { return sqrt(x); }
};
// A layer around another.
class Outer : public LayerBase {
 public:
  explicit Outer(const Layer& inner) : inner_(add_layer(inner)) {}
  Tensor call(const Tensor& x, const CallContext& context) override { return inner_(x * 1.f, context); }

 private:
  Layer inner_;
};

struct AnomalyMode {
  AnomalyMode() { set_anomaly_mode(true); }
  ~AnomalyMode() { set_anomaly_mode(false); }
};

}  // namespace

TEST_CASE("a layer is a checkpoint's function: built in it, its dropout is repeated and its statistics move once") {
  const Tensor x = leaf({6, 4}, 1);
  const auto run = [&](bool kept) {
    seed(11);
    const Layer dense = Dense({.units = 5, .activation = "tanh"});
    const Layer norm = BatchNormalization();
    const Layer drop = Dropout({.rate = 0.5, .seed = 3});
    const auto f = [=](const Tensor& t) {
      const Tensor h = drop(norm(dense(t), {.training = true}), {.training = true});
      return dropout(h, 0.3, CallContext(true, nullptr));
    };
    const Tensor y = kept ? checkpoint(f, x) : f(x);
    sum(square(y)).backward();
    Tensors found = {x.grad()};
    x.zero_grad();
    for (const Layer& layer : {dense, norm}) {
      for (const Parameter& w : layer.trainable_weights()) found.push_back(w.grad());
      for (const Parameter& w : layer.non_trainable_weights()) found.push_back(w.clone());
    }
    return found;
  };
  const Tensors expected = run(false), found = run(true);
  REQUIRE(expected.size() == 7);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(same_bits(found[i], expected[i]));
  const Layer dense = Dense({.units = 5});
  CHECK(checkpoint(dense, x).shape() == Shape{6, 5});
}

TEST_CASE("a stateful layer inside a checkpoint is an error: it would not be repeated") {
  const Layer lstm = LSTM({.units = 3, .stateful = true});
  const Tensor x = leaf({2, 4, 3}, 1);
  CHECK_THROWS_WITH(checkpoint(lstm, x), Contains("stateful") && Contains("checkpoint"));
}

TEST_CASE("anomaly mode names the layer of a forward pass and of a gradient by its path") {
  const AnomalyMode on;
  const Layer outer = layer<Outer>(layer<Log>());
  const Tensor negative = tensor({1., -2.}, {.requires_grad = true});
  CHECK_THROWS_WITH(outer(negative), Contains("outer/log: the forward pass made a NaN"));
  const Layer steep = layer<Outer>(layer<Root>());
  const Tensor y = steep(tensor({4., 0.}, {.requires_grad = true}));
  CHECK_THROWS_WITH(sum(y).backward(), Contains("outer/root: sqrt: the gradient of input 'x' made an infinity"));
}
