#include "../support/catch.hpp"
#include "mission.hpp"
#include "support.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/layers/copying.hpp>

#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;
using models_test::same_bits;

namespace {

std::string summary(const Model& model) {
  std::ostringstream out;
  model.summary(out);
  return out.str();
}
std::vector<std::string> names(const Parameters& weights) {
  std::vector<std::string> all;
  for (const Parameter& w : weights) all.push_back(w.name());
  return all;
}

// Every kind of built-in layer, a nested model that is used twice, and something frozen.
Model mixed() {
  seed(1);
  const Symbol x = Input({4});
  const Model inner(x, BatchNormalization()(Dense({.units = 4, .activation = "tanh", .name = "inside"})(x)),
                    {.name = "inner"});
  const Symbol words = Input({3}, {.dtype = DType::int64, .name = "words"});
  const Symbol input = Input({4}, {.name = "values"});
  const Symbol sequence = LSTM({.units = 4, .return_sequences = true})(
      LayerNormalization()(Embedding({.input_dim = 5, .output_dim = 4})(words)));
  const Symbol flat = Dropout({.rate = 0.5})(Flatten()(Reshape({4, 3})(sequence)));
  const Symbol head = Activation("relu")(Dense({.units = 4})(flat));
  class Sum : public LayerBase {
   public:
    Tensor call(const Tensors& xs, const CallContext&) override { return xs[0] + xs[1]; }
  };
  const Model model({words, input}, inner(layer<Sum>()({head, inner(input)})), {.name = "mixed"});
  model.all(Tensors{tensor({{0, 1, 2}, {2, 3, 4}}, DType::int64), randn({2, 4})}, {.training = true});
  model.get_layer("lstm").set_trainable(false);
  freeze(model, named("inner/inside"), Freeze::biases);
  freeze_statistics(model, named("inner"));
  return model;
}
Tensors batch() {
  Generator random(3);
  return {random.integers(0, 5, {6, 3}), random.normal({6, 4})};
}

struct Scale : LayerBase {
  explicit Scale(double start) : start_(start) {}
  void build(const Shape& input) override { gain_ = add_weight("gain", {input.back()}, constant(start_)); }
  Tensor call(const Tensor& x, const CallContext&) override { return x * gain_; }
  double start_;
  Parameter gain_;
};
// Its constructor adds a layer: a copy would share it.
struct Wrapper : LayerBase {
  explicit Wrapper(const Layer& inner) : inner_(add_layer(inner)) {}
  Tensor call(const Tensor& x, const CallContext& context) override { return inner_(x, context); }
  Layer inner_;
};
struct CopyableWrapper : Wrapper {
  using Wrapper::Wrapper;
  Layer copy_unbuilt() const override { return layer<CopyableWrapper>(inner_.base().copy_unbuilt()); }
};
struct Tied : LayerBase {
  explicit Tied(const Layer& other) : other_(other) {}
  void build(const Shape&) override { kernel_ = add_weight("kernel", other_.weights()[0]); }
  Tensor call(const Tensor& x, const CallContext&) override { return matmul(x, kernel_, {.transpose_b = true}); }
  Layer other_;
  Parameter kernel_;
};
Model with(const Layer& layer) {
  const Symbol input = Input({3});
  return Model(input, layer(input));
}

}  // namespace

TEST_CASE("a clone computes the same and has the same architecture, names, weights and frozen parts") {
  const Model model = mixed(), clone = model.clone();
  CHECK(summary(clone) == summary(model));
  CHECK(clone.name() == "mixed");
  CHECK(names(clone.weights()) == names(model.weights()));
  CHECK(names(clone.trainable_weights()) == names(model.trainable_weights()));
  CHECK(same_bits(clone.get_weights(), model.get_weights()));
  CHECK(same_bits(clone(batch()).detach(), model(batch()).detach()));
  for (const char* path : {"lstm", "inner", "inner/batch_normalization", "dense", "words"}) {
    CHECK(clone.get_layer(path).trainable() == model.get_layer(path).trainable());
    CHECK(clone.get_layer(path).keeps_statistics() == model.get_layer(path).keeps_statistics());
    CHECK_FALSE(clone.get_layer(path).is_same(model.get_layer(path)));
  }
}

TEST_CASE("a clone shares no weight: training or thawing it leaves the original alone") {
  const Model model = mixed(), clone = model.clone();
  for (std::size_t i = 0; i < model.weights().size(); ++i) CHECK_FALSE(model.weights()[i].is_same(clone.weights()[i]));
  const Tensors before = model.get_weights();
  clone.set_trainable(true);
  thaw_statistics(clone, everything());
  clone.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  clone.fit(batch(), zeros({6, 4}), {.epochs = 2, .verbose = 0});
  CHECK(same_bits(model.get_weights(), before));
  CHECK_FALSE(same_bits(clone.get_weights(), before));
  CHECK_FALSE(model.get_layer("lstm").trainable());
}

TEST_CASE("a clone has the frozen rows and slices and the kept states, and each is its own") {
  const Model model = mixed();
  model.set_trainable(true);
  const auto weight = [](const Model& of, const char* layer, std::size_t i) {
    return of.get_layer(layer).weights()[i];
  };
  freeze_rows(weight(model, "embedding", 0), {1, 4});
  freeze_slices(weight(model, "lstm", 1), 1, {0, 3, 5});
  freeze_rows(weight(model, "inner/inside", 0), {2});
  freeze_slices(weight(model, "inner/inside", 0), -1, 1, 3);
  freeze_rows(weight(model, "dense", 0), {7});
  model.get_layer("dense").set_trainable(false);  // the rows stay under the layer's own flag
  freeze(model, named("layer_normalization"), {.keep_state = true});
  const Model clone = model.clone();
  CHECK(summary(clone) == summary(model));
  std::size_t parts = 0;
  for (std::size_t i = 0; i < model.weights().size(); ++i) {
    const Parameter from = model.weights()[i], to = clone.weights()[i];
    CAPTURE(from.name());
    CHECK(to.requires_grad() == from.requires_grad());
    CHECK(detail::keeps_state(to) == detail::keeps_state(from));
    const auto &expected = detail::frozen_part(from), &part = detail::frozen_part(to);
    REQUIRE(bool(part) == bool(expected));
    if (!part) continue;
    ++parts;
    CHECK(part->flags() == expected->flags());
  }
  CHECK(parts == 4);

  // Training the clone moves exactly what is not frozen in it; thawing the clone's rows leaves the original's.
  clone.compile({.optimizer = SGD({.learning_rate = 0.1, .weight_decay = 0.1}), .loss = "mse"});
  const Tensor before = weight(clone, "embedding", 0).detach().clone();
  const FrozenProof proof =
      assert_frozen(clone, matching("embedding/*") | matching("lstm/recurrent*") | named("dense"));
  clone.fit(batch(), ones({6, 4}), {.verbose = 0});
  CHECK_NOTHROW(proof.check());
  const Tensor after = weight(clone, "embedding", 0).detach();
  for (std::int64_t row = 0; row < 5; ++row) CHECK(same_bits(after[row], before[row]) == (row == 1 || row == 4));
  thaw_rows(weight(clone, "embedding", 0), {1, 4});
  CHECK_FALSE(detail::frozen_part(weight(clone, "embedding", 0)));
  CHECK(detail::frozen_part(weight(model, "embedding", 0)));
  clone.get_layer("dense").set_trainable(true);
  CHECK(detail::frozen_part(weight(clone, "dense", 0)));
  CHECK_FALSE(model.get_layer("dense").trainable());
}

TEST_CASE("cloning draws no random numbers, and a layer used twice stays one layer") {
  const Model model = mixed();
  const std::uint64_t position = default_generator().position();
  const Model clone = model.clone();
  CHECK(default_generator().position() == position);
  CHECK(clone.layers().size() == model.layers().size());
  CHECK(clone.count_params() == model.count_params());
}

TEST_CASE("the mission's model and Sequential models are cloned, built or not") {
  const Model mission = mission_model();
  freeze(mission, all_but_last(3));
  const Model copy = mission.clone();
  CHECK(summary(copy) == summary(mission));

  const Sequential net({Dense({.units = 3}), Dense({.units = 2})}, {.name = "net"});
  const Model unbuilt = net.clone();
  CHECK(unbuilt.type() == "Sequential");
  CHECK(unbuilt(ones({1, 5})).shape() == Shape{1, 2});
  CHECK_FALSE(net.is_built());
  net(ones({1, 4}));
  const Model built = net.clone();
  CHECK(built.name() == "net");
  CHECK(summary(built) == summary(net));
  CHECK(same_bits(built(ones({2, 4})).detach(), net(ones({2, 4})).detach()));
}

TEST_CASE("a class of one's own is cloned without a word if build adds its weights, else by its override") {
  const Model model = with(layer<Scale>(2.));
  model.weights()[0].assign(tensor({1., 2., 3.}));
  const Model clone = model.clone();
  CHECK(clone.get_layer("scale").weights()[0].name() == "scale/gain");
  CHECK(same_bits(clone(ones({1, 3})).detach(), tensor({{1., 2., 3.}})));
  clone.weights()[0].assign(zeros({3}));
  CHECK(same_bits(model(ones({1, 3})).detach(), tensor({{1., 2., 3.}})));

  CHECK_THROWS_WITH(with(layer<Wrapper>(Dense({.units = 2}))).clone(), Contains("Wrapper") && Contains("copy_unbuilt"));
  const Model wrapped = with(layer<CopyableWrapper>(Dense({.units = 2})));
  CHECK(same_bits(wrapped.clone().get_weights(), wrapped.get_weights()));
}

TEST_CASE("a tie stays a tie in the clone, between its own layers") {
  const Layer encoder = Dense({.units = 2, .use_bias = false});
  const Symbol input = Input({3});
  const Model model(input, layer<Tied>(encoder)(encoder(input)));
  const Model clone = model.clone();
  CHECK(clone.count_params() == 6);
  CHECK(clone.layers().back().weights()[0].is_same(clone.get_layer("dense").weights()[0]));
  clone.weights()[0].assign(zeros({3, 2}));
  CHECK(max(abs(clone(ones({1, 3})))).item<double>() == 0);
  CHECK(max(abs(model(ones({1, 3})))).item<double>() > 0);
}

TEST_CASE("until gives the model up to a layer, which it shares") {
  const Model model = mission_model();
  const Model trunk = model.until("lstm_1");
  CHECK(trunk.layers().size() == 3);
  CHECK(trunk.get_layer("lstm").is_same(model.get_layer("lstm")));
  CHECK(trunk(ones({2, 32, 32})).shape() == Shape{2, 32, 32});
  CHECK_THROWS_WITH(model.until("lstm_7"), Contains("lstm_1"));
  CHECK_THROWS_WITH(mixed().until("inner/inside"), Contains("inside a nested model"));
  CHECK(Model(mixed().get_layer("inner")).until("inside").layers().size() == 2);
}

TEST_CASE("with_input shares layers at another shape where no weight depends on it") {
  const Model trunk = mission_model().until("lstm_1");
  const Model longer = trunk.with_input({64, 32});
  CHECK(longer(ones({2, 64, 32})).shape() == Shape{2, 64, 32});
  CHECK(longer.get_layer("lstm").is_same(trunk.get_layer("lstm")));
  CHECK_THROWS_AS(trunk(ones({2, 64, 32})), ShapeError);
  CHECK(trunk.get_layer("lstm_1").output().shape() == Shape{-1, 32, 32});
  CHECK(trunk.with_input({-1, 32})(ones({1, 5, 32})).shape() == Shape{1, 5, 32});
  CHECK_THROWS_WITH(mission_model().with_input({64, 32}), Contains("with_input") && Contains("dense1"));
}

TEST_CASE("with_input reaches into nested models") {
  const Symbol x = Input({8, 4});
  const Model inner(x, LSTM({.units = 4, .return_sequences = true})(x), {.name = "inner"});
  const Symbol input = Input({8, 4});
  const Model model(input, inner(input));
  const Model longer = model.with_input({16, 4});
  CHECK(longer(ones({1, 16, 4})).shape() == Shape{1, 16, 4});
  CHECK(longer.get_layer("inner/lstm").is_same(model.get_layer("inner/lstm")));
  CHECK_THROWS_WITH(model.with_input({16, 5}), Contains("lstm"));
}

TEST_CASE("layers and models are copied in another dtype") {
  const Model model = mixed();
  Tensors xs = batch();
  const Tensor y = model(xs).detach();
  xs[1] = xs[1].to(DType::float64);
  const Layer copy = detail::copy_in(model, xs, DType::float64);
  CHECK(max(abs(copy(xs).detach().to(DType::float32) - y)).item<double>() < 1e-5);
  for (const Parameter& w : copy.weights()) CHECK(w.dtype() == DType::float64);
  CHECK(names(copy.weights()) == names(model.weights()));

  const Layer scale = layer<Scale>(2.);
  const Tensor x = ones({1, 3}, {.dtype = DType::float64});
  CHECK(detail::copy_in(scale, {x}, DType::float64)(x).to_vector<double>()[0] == 2);
  CHECK(scale.weights()[0].dtype() == DType::float32);
}
