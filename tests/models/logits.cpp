#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <cmath>
#include <functional>

using namespace frost;

namespace {

constexpr DType f64 = DType::float64;

struct InFloat64 {
  InFloat64() { set_default_dtype(f64); }
  ~InFloat64() { set_default_dtype(DType::float32); }
};

// Gradients turned round, over the same memory.
struct Reversal : Function<Reversal> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return x; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {-3. * dy}; }
};

using Behind = std::function<Tensor(const Tensor&)>;
struct Case {
  const char* name;
  Behind behind;
};

Tensor with_hook(const Tensor& p) {
  if (p.requires_grad()) register_hook(p, [](const Tensor& g) { return g * 2.; });
  return p;
}
// The hook comes when the reshape is already recorded.
Tensor with_late_hook(const Tensor& p) {
  const Tensor y = p.reshape({p.shape()[0], 1, p.shape()[1]});
  with_hook(p);
  return y.reshape(p.shape());
}

const std::vector<Case>& further_operations() {
  static const std::vector<Case> all = {
      {"a Function over the same memory", [](const Tensor& p) { return Reversal::apply(p); }},
      {"a reshape, a Function and a reshape",
       [](const Tensor& p) {
         return Reversal::apply(p.reshape({-1, 1, 3})).reshape({-1, 3});
       }},
      {"a hook", with_hook},
      {"a hook behind a reshape",
       [](const Tensor& p) {
         return with_hook(p.reshape({-1, 3, 1})).reshape({-1, 3});
       }},
      {"a hook in front of a reshape", with_late_hook},
      {"a slice of everything", [](const Tensor& p) { return p.slice(0, 0, p.shape()[0]); }},
      {"a product with 1", [](const Tensor& p) { return p * 1.; }},
      {"a checkpoint", [](const Tensor& p) { return checkpoint([](const Tensor& t) { return t * 1.; }, p); }},
      {"an empty checkpoint", [](const Tensor& p) { return checkpoint([](const Tensor& t) { return t; }, p); }},
  };
  return all;
}

struct Step {
  double loss;
  Tensor kernel;
};

Step by_hand(const Tensor& x, const Tensor& y, const Tensor& start, const Behind& probabilities) {
  const Tensor w = start.clone().set_requires_grad(true);
  const Tensor loss = categorical_crossentropy(y, probabilities(matmul(x, w)));
  loss.backward();
  return {loss.item<double>(), w.detach() - w.grad()};
}

Step by_model(const Tensor& x, const Tensor& y, const Tensor& start, const std::function<Symbol(const Symbol&)>& end) {
  const Symbol input = Input({x.shape()[1]});
  const Model model(input, end(Dense({.units = start.shape()[1], .use_bias = false})(input)));
  model.set_weights({start});
  model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = "categorical_crossentropy"});
  const double loss = model.train_on_batch(x, y)["loss"];
  return {loss, model.get_weights()[0]};
}

void check_close(const Tensor& a, const Tensor& b) { CHECK(max(abs(a - b)).item<double>() < 1e-10); }

}  // namespace

TEST_CASE("what stands behind a softmax gets its gradient, whether or not it shares its memory") {
  const InFloat64 float64;
  const Tensor x = Generator(1).normal({4, 2}), start = Generator(2).normal({2, 3});
  const Tensor y = one_hot(tensor({0, 2, 1, 1}, DType::int64), 3).to(f64);
  for (const Case& c : further_operations()) {
    INFO(c.name);
    const Step expected = by_hand(x, y, start, [&](const Tensor& z) { return c.behind(softmax(z)); });
    const Step found =
        by_model(x, y, start, [&](const Symbol& z) { return Lambda(c.behind)(Activation("softmax")(z)); });
    CHECK(found.loss == Approx(expected.loss).epsilon(1e-10));
    check_close(found.kernel, expected.kernel);
  }
}

TEST_CASE("a softmax inside a checkpoint trains what is below") {
  const InFloat64 float64;
  const Tensor x = Generator(1).normal({4, 2}), start = Generator(2).normal({2, 3});
  const Tensor y = one_hot(tensor({0, 2, 1, 1}, DType::int64), 3).to(f64);
  const Behind inside = [](const Tensor& z) { return checkpoint([](const Tensor& t) { return softmax(t); }, z); };
  const Step expected = by_hand(x, y, start, inside);
  const Step found = by_model(x, y, start, [&](const Symbol& z) { return Reshape({3})(Lambda(inside)(z)); });
  CHECK(found.loss == Approx(expected.loss).epsilon(1e-10));
  check_close(found.kernel, expected.kernel);
}

TEST_CASE("fit and evaluate give the same loss behind a softmax, also where its probabilities are 0 and 1") {
  const InFloat64 float64;
  const Tensor x = tensor({{1., 0.}}), y = tensor({{0., 1., 0.}}), start = tensor({{200., 0., 0.}, {0., 0., 0.}});
  for (const Case& c : further_operations()) {
    if (std::string(c.name).find("hook") != std::string::npos) continue;  // there are none while nothing is recorded
    INFO(c.name);
    const Symbol input = Input({2});
    const Model model(input, Lambda(c.behind)(Dense({.units = 3, .activation = "softmax", .use_bias = false})(input)));
    model.set_weights({start});
    model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "categorical_crossentropy"});
    const double loss = model.evaluate(x, y)["loss"];
    CHECK(loss < 20);  // from the probabilities, as Keras computes it
    CHECK(model.train_on_batch(x, y)["loss"] == Approx(loss).epsilon(1e-12));
  }
}

TEST_CASE("a watched softmax layer shows the gradient that passes it") {
  const InFloat64 float64;
  const Tensor x = Generator(1).normal({4, 2});
  const Tensor y = one_hot(tensor({0, 2, 1, 1}, DType::int64), 3).to(f64);
  const Symbol input = Input({2});
  const Layer last = Activation("softmax");
  const Model model(input, Reshape({3})(last(Dense({.units = 3, .use_bias = false})(input))));
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "categorical_crossentropy"});
  int seen = 0;
  const Watch watch(last);
  const Layer hooks = Lambda([&](const Tensor& p) {
    if (p.requires_grad()) register_hook(watch.output(), [&](const Tensor&) { ++seen; });
    return p;
  });
  const Model hooked(input, hooks(model(input)));
  hooked.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "categorical_crossentropy"});
  hooked.train_on_batch(x, y);
  CHECK(seen == 1);
}

TEST_CASE("every output, a nested model and a shared softmax have their own logits") {
  const InFloat64 float64;
  const Tensor x = tensor({{1., 0.}}), y = tensor({{0., 1., 0.}});
  const Symbol input = Input({2}), inner_input = Input({3});
  const Layer shared = Activation("softmax"), first = Dense({.units = 3, .use_bias = false}),
              second = Dense({.units = 3, .use_bias = false});
  const Model inner(inner_input, Reshape({1, 3})(shared(inner_input)));
  const Symbol one = Reshape({3})(Flatten()(shared(first(input)))), two = Reshape({3})(inner(second(input)));
  const Symbol many = Dense({.units = 3})(shared(shared(shared(shared(second(input))))));
  const Model model(input, Symbols{one, two, many});
  model.compile({.optimizer = SGD({.learning_rate = 1}),
                 .loss = {"categorical_crossentropy", "categorical_crossentropy", "mse"},
                 .loss_weights = {1., 1., 0.}});
  first.set_weights({tensor({{200., 0., 0.}, {0., 0., 0.}})});
  second.set_weights({tensor({{0., 0., 300.}, {0., 0., 0.}})});
  CHECK(model.evaluate(x, {y, y, y})["loss"] == Approx(500));
  CHECK(model.train_on_batch(x, {y, y, y})["loss"] == Approx(500));
  check_close(first.get_weights()[0], tensor({{199., 1., 0.}, {0., 0., 0.}}));
  check_close(second.get_weights()[0], tensor({{0., 1., 299.}, {0., 0., 0.}}));
}

TEST_CASE("binary cross-entropy behind a sigmoid is computed from the logits") {
  const InFloat64 float64;
  const Tensor x = tensor({{20.}}), y = tensor({{0.}});
  const Symbol input = Input({1});
  const Symbol scores = Dense({.units = 1, .use_bias = false})(input);
  const Symbol layers = Reshape({1, 1})(Flatten()(Activation("sigmoid")(scores)));
  const Symbol in_dense = Dense({.units = 1, .activation = "sigmoid", .use_bias = false})(input);
  for (const Symbol& output : {layers, in_dense}) {
    const Model model(input, output);
    model.set_weights({tensor({{1.}})});
    model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = "binary_crossentropy"});
    CHECK(model.evaluate(x, y)["loss"] == Approx(20).epsilon(1e-8));
    CHECK(model.train_on_batch(x, y)["loss"] == Approx(20).epsilon(1e-8));
    CHECK(model.get_weights()[0].item<double>() == Approx(-19).epsilon(1e-8));
    // Now the logit is -380; labels of 1 are as far away as 0 was.
    CHECK(model.evaluate(x, tensor({{1.}}))["loss"] == Approx(380).epsilon(1e-8));
  }
}

TEST_CASE("weights, masks and rows of a binary cross-entropy are of the logits too") {
  const InFloat64 float64;
  const Tensor x = tensor({{{20.}, {0.}, {-30.}}, {{40.}, {25.}, {0.}}}),
               y = tensor({{{0.}, {0.}, {1.}}, {{0.}, {1.}, {1.}}});
  const Symbol input = Input({3, 1});
  const Model plain(input, Dense({.units = 1, .activation = "sigmoid", .use_bias = false})(input));
  plain.set_weights({tensor({{1.}})});
  plain.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "binary_crossentropy"});
  const double ln2 = std::log(2.);
  CHECK(plain.evaluate(x, y)["loss"] == Approx((20 + ln2 + 30 + 40 + ln2) / 6).epsilon(1e-8));
  const auto loss = [&](const Model& model, const FitOptions& o) { return model.fit(x, y, o)["loss"][0]; };
  CHECK(loss(plain, {.verbose = 0, .shuffle = false}) == Approx((20 + ln2 + 30 + 40 + ln2) / 6).epsilon(1e-8));
  CHECK(loss(plain, {.verbose = 0, .shuffle = false, .sample_weight = tensor({1., 3.})}) ==
        Approx((20 + ln2 + 30 + 3 * (40 + ln2)) / 6).epsilon(1e-8));
  // A step of zeros is masked, and the logits are merged over steps as the probabilities are.
  const Model masked(input, Dense({.units = 1, .activation = "sigmoid", .use_bias = false})(Masking()(input)));
  masked.set_weights({tensor({{1.}})});
  masked.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "binary_crossentropy"});
  const double found = masked.evaluate(x, y)["loss"];
  CHECK(found > 14.9);
  CHECK(loss(masked, {.verbose = 0, .shuffle = false}) == Approx(found).epsilon(1e-10));
}

TEST_CASE("a binary cross-entropy has the same loss and gradients with and without the frozen-prefix cache") {
  const InFloat64 float64;
  const Tensor x = tensor({{1., 0.}, {0., 1.}, {1., 1.}, {1., -1.}}), y = tensor({{0.}, {1.}, {1.}, {0.}});
  for (const char* end : {"sigmoid", "dropout"}) {
    INFO(end);
    std::vector<double> losses[2];
    for (const bool cached : {false, true}) {
      const Symbol input = Input({2});
      const Symbol hidden = Dense({.units = 2, .use_bias = false, .name = "below"})(input);
      const Symbol yes = Dense({.units = 1, .activation = "sigmoid", .use_bias = false, .name = "yes"})(hidden);
      const Symbol other = Dense({.units = 1, .use_bias = false, .name = "other"})(hidden);
      const Model model(input,
                        Symbols{std::string(end) == "dropout" ? Dropout({.rate = 0.5, .seed = 4})(yes) : yes, other});
      model.set_weights({tensor({{30., 0.}, {0., -40.}}), tensor({{1.}, {1.}}), tensor({{0.}, {0.}})});
      model.get_layer("below").set_trainable(false);
      model.get_layer("yes").set_trainable(false);
      model.compile({.optimizer = SGD({.learning_rate = 1e-4}), .loss = {"binary_crossentropy", "mse"}});
      const History h = model.fit(x, {y, y},
                                  {.epochs = 3,
                                   .verbose = 0,
                                   .validation_data = {x, {y, y}},
                                   .shuffle = false,
                                   .cache_frozen = cached ? CacheFrozen::always : CacheFrozen::never});
      for (const char* key : {"loss", "val_loss"})
        losses[cached].insert(losses[cached].end(), h[key].begin(), h[key].end());
    }
    for (std::size_t i = 0; i < losses[0].size(); ++i) CHECK(losses[1][i] == Approx(losses[0][i]).epsilon(1e-10));
  }
}
