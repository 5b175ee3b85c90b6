#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

#include <cstring>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr CallOptions training{.training = true};

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<float>().data(), b.data<float>().data(), a.data<float>().size_bytes()) == 0;
}
double largest(const Tensor& t) { return max(abs(t)).item<double>(); }
Tensor batch() {
  Generator random(1);
  return random.normal({8, 3}) * 2. + 1.;
}
Layer built(const BatchNormalizationOptions& options = {}) {
  const Layer norm = BatchNormalization(options);
  norm(batch());
  return norm;
}
// The statistics of a layer or model with one batch norm.
Tensors statistics(const Layer& layer) {
  Tensors found;
  for (const Parameter& w : layer.weights())
    if (w.name().find("moving") != std::string::npos) found.push_back(w.clone());
  return found;
}
bool move(const Layer& layer, const Tensor& x = batch()) {
  const Tensors before = statistics(layer);
  layer(x, training);
  const Tensors after = statistics(layer);
  return !same_bits(before[0], after[0]) || !same_bits(before[1], after[1]);
}
// Dense, batch norm, dense.
Model classifier() {
  seed(1);
  const Symbol input = Input({3});
  const Symbol x = Dense({.units = 4})(input);
  const Model model(input, Dense({.units = 2})(BatchNormalization({.momentum = 0.5, .name = "bn"})(x)));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  return model;
}
void fit(const Model& model) { model.fit(batch(), ones({8, 2}), {.batch_size = 4, .epochs = 2, .verbose = 0}); }

}  // namespace

TEST_CASE("a batch norm has gamma, beta and two statistics that are never trained") {
  const Layer norm = built();
  std::vector<std::string> names;
  for (const Parameter& w : norm.weights()) names.push_back(w.name());
  CHECK(names == std::vector<std::string>{"batch_normalization/gamma", "batch_normalization/beta",
                                          "batch_normalization/moving_mean", "batch_normalization/moving_variance"});
  CHECK(norm.trainable_weights().size() == 2);
  norm.set_trainable(true);
  CHECK(norm.trainable_weights().size() == 2);
  CHECK(built({.center = false, .scale = false}).weights().size() == 2);
}

TEST_CASE("training uses the batch's statistics and moves the layer's towards them") {
  const Layer norm = built({.momentum = 0.9});
  const Tensor x = batch();
  const Tensor y = norm(x, training);
  CHECK(largest(mean(y.detach(), {0})) < 1e-6);
  const Tensors moved = statistics(norm);
  CHECK(largest(moved[0] - mean(x, {0}) * 0.1) < 1e-6);
  CHECK(largest(moved[1] - (0.9 + var(x, {0}, false) * 0.1)) < 1e-6);
  const Tensor expected = (x - moved[0]) / sqrt(moved[1] + 1e-3);
  CHECK(largest(norm(x).detach() - expected) < 1e-5);
}

TEST_CASE("unbiased statistics follow the batch's variance times n / (n - 1)") {
  const Layer norm = built({.momentum = 0, .unbiased_statistics = true});
  norm(batch(), training);
  CHECK(largest(statistics(norm)[1] - var(batch(), {0}, false, 1)) < 1e-5);
}

TEST_CASE("a frozen batch norm keeps its statistics by the bit and gives in training what it gives otherwise") {
  const Model model = classifier();
  fit(model);
  model.get_layer("bn").set_trainable(false);
  const Tensors before = statistics(model);
  fit(model);
  const Tensors after = statistics(model);
  CHECK(same_bits(before[0], after[0]));
  CHECK(same_bits(before[1], after[1]));
  CHECK(same_bits(model(batch()).detach(), model(batch(), training).detach()));
  model.get_layer("bn").set_trainable(true);
  CHECK(move(model));
}

TEST_CASE("statistics move while gamma or beta is trainable, and not when both are frozen apart") {
  const Layer norm = built();
  freeze(norm, everything(), Freeze::weights);
  CHECK_FALSE(norm.weights()[0].requires_grad());
  CHECK(norm.weights()[1].requires_grad());
  CHECK(move(norm));
  freeze(norm, everything(), Freeze::biases);
  CHECK_FALSE(move(norm));
  norm.set_trainable(false);
  thaw(norm, matching("*/gamma"));
  CHECK(move(norm));
}

TEST_CASE("without gamma and beta the layer's flag decides") {
  const Layer norm = built({.center = false, .scale = false});
  CHECK(move(norm));
  norm.set_trainable(false);
  CHECK_FALSE(move(norm));
}

TEST_CASE("freeze_statistics has the moving statistics used while gamma and beta train") {
  const Model model = classifier();
  fit(model);
  const FreezeResult result = freeze_statistics(model, everything());
  CHECK(result.tensors == 2);
  CHECK(result.elements == 8);
  CHECK(model.get_layer("bn").keeps_statistics());
  CHECK(same_bits(model(batch()).detach(), model(batch(), training).detach()));
  const Tensors before = statistics(model);
  const Tensor gamma = model.get_layer("bn").weights()[0].clone();
  fit(model);
  CHECK(same_bits(before[0], statistics(model)[0]));
  CHECK_FALSE(same_bits(gamma, model.get_layer("bn").weights()[0]));
}

TEST_CASE("thaw and set_trainable leave frozen statistics frozen, thaw_statistics ends it") {
  const Model model = classifier();
  freeze_statistics(model, named("bn"));
  freeze(model, everything());
  thaw(model, everything());
  model.set_trainable(true);
  CHECK_FALSE(move(model));
  CHECK(thaw_statistics(model, matching("bn/moving_*")).tensors == 2);
  CHECK(move(model));
  CHECK_THROWS_WITH(freeze_statistics(model, named("bm")), Contains("bn"));
}

TEST_CASE("frozen statistics are remembered for a layer that is not built") {
  const Sequential net({Dense({.units = 4}), BatchNormalization()});
  CHECK(freeze_statistics(net, everything()).tensors == 0);
  net.build({3});
  CHECK_FALSE(move(net));
}

TEST_CASE("with frozen statistics the gradients of x, gamma and beta agree with differences") {
  const Layer norm = BatchNormalization({.dtype = DType::float64});
  const Tensor x = randn({5, 3}, {.dtype = DType::float64});
  norm(x);
  norm(x, training);
  freeze_statistics(norm, everything());
  const Tensor weights = randn({5, 3}, {.dtype = DType::float64});
  const auto loss = [&](const Tensor& at) { return sum(square(norm(at, training)) * weights); };
  for (const Tensor& leaf : Tensors{x, norm.weights()[0], norm.weights()[1]}) {
    leaf.set_requires_grad(true);
    const Tensor analytic = grad(loss(x), {leaf})[0];
    const Tensor start = leaf.clone();
    for (std::int64_t i = 0; i < leaf.size(); ++i) {
      const Tensor step = zeros(leaf.shape(), {.dtype = DType::float64});
      Tensor probe = step;
      probe.mutable_data<double>()[static_cast<std::size_t>(i)] = 1e-5;
      leaf.assign(start + probe);
      const double above = loss(x).item<double>();
      leaf.assign(start - probe);
      const double below = loss(x).item<double>();
      leaf.assign(start);
      CHECK(analytic.data<double>()[static_cast<std::size_t>(i)] ==
            Approx((above - below) / 2e-5).epsilon(1e-6).margin(1e-6));
    }
  }
}

TEST_CASE("a graph from before the statistics moved still gives its gradients") {
  const Layer norm = built();
  const Tensor x = batch().set_requires_grad(true);
  const Tensor earlier = norm(x);  // with the moving statistics
  const Tensor expected = grad(sum(square(earlier)), {x}, {.retain_graph = true})[0];
  const Parameter handle = norm.weights()[2];
  const Tensor view = handle.detach();
  norm(x, training);
  CHECK(same_bits(grad(sum(square(earlier)), {x})[0], expected));
  CHECK(largest(view) == 0);
  CHECK(largest(handle) > 0);
}

TEST_CASE("moving statistics have no gradient, count as not trainable and are in no FreezeResult") {
  const Model model = classifier();
  CHECK(freeze(model, named("bn")).tensors == 2);
  thaw(model, everything());
  sum(square(model(batch(), training))).backward();
  for (const Parameter& w : model.get_layer("bn").weights())
    CHECK(w.has_grad() == (w.name().find("moving") == std::string::npos));
}

TEST_CASE("an empty batch leaves the statistics alone") {
  const Layer norm = built();
  CHECK_FALSE(move(norm, zeros({0, 3})));
}

TEST_CASE("the errors of a batch norm say what was expected") {
  CHECK_THROWS_WITH(BatchNormalization({.axis = 0})(zeros({2, 3, 4})), Contains("axis 0") && Contains("1 to 2"));
  CHECK_THROWS_WITH(BatchNormalization({.axis = 3})(zeros({2, 3, 4})), Contains("axis 3") && Contains("(None, 3, 4)"));
  CHECK_NOTHROW(BatchNormalization({.axis = 2})(zeros({2, 3, 4})));
  CHECK_THROWS_WITH(BatchNormalization({.momentum = 1.5}), Contains("momentum 1.5"));
  CHECK_THROWS_WITH(BatchNormalization({.epsilon = 0}), Contains("epsilon 0"));
  CHECK_THROWS_WITH(BatchNormalization()(Input({-1})), Contains("batch_normalization") && Contains("known"));
}

TEST_CASE("a layer norm is the same in training, and its weights freeze apart") {
  const Layer norm = LayerNormalization();
  const Tensor y = norm(batch());
  CHECK(largest(mean(y.detach(), {1})) < 1e-6);
  CHECK(same_bits(y.detach(), norm(batch(), training).detach()));
  freeze(norm, everything(), Freeze::biases);
  CHECK(norm.trainable_weights().size() == 1);
  CHECK_THROWS_WITH(LayerNormalization({.axis = 0})(batch()), Contains("axis 0"));
}
