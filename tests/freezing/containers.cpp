#include "support.hpp"

using namespace frost;
using namespace freezing_test;

namespace {

// A nested model with a dropout in it, and a head.
struct Outer {
  Model model;
  Layer trunk;
};
Outer outer(bool is_sequential) {
  seed(8);
  Outer made;
  if (is_sequential) {
    const Sequential net({Dense({.units = 30, .activation = "tanh"}), Dropout({.rate = 0.5})}, {.name = "trunk"});
    net.build({4});
    made.trunk = net;
  } else {
    const Symbol x = Input({4});
    made.trunk = Model(x, Dropout({.rate = 0.5})(Dense({.units = 30, .activation = "tanh"})(x)), {.name = "trunk"});
  }
  const Symbol input = Input({4});
  made.model = Model(input, Dense({.units = 2, .name = "head"})(made.trunk(input)));
  return made;
}
bool is_random(const Model& model) {
  const Tensor x = some_rows(3, 4, 1);
  const Tensor first = model(x, {.training = true}).detach();
  return !same_bits(first, model(x, {.training = true}).detach());
}

}  // namespace

TEST_CASE("freezing a nested model turns its dropout off, unless it is to stay") {
  const Outer o = outer(GENERATE(false, true));
  CHECK(is_random(o.model));
  SECTION("by its own flag") { o.trunk.set_trainable(false); }
  SECTION("by a selector") { freeze(o.model, frost::named("trunk")); }
  SECTION("by a glob") { freeze(o.model, matching("trunk/*")); }
  CHECK_FALSE(is_random(o.model));
  CHECK(same_bits(o.model(some_rows(3, 4, 1), {.training = true}).detach(), o.model(some_rows(3, 4, 1)).detach()));
  freeze(o.model, frost::named("trunk"), {.keep_stochastic = true});
  CHECK(is_random(o.model));
  CHECK(o.model.trainable_weights().size() == 2);
  thaw(o.model, frost::named("trunk"));
  CHECK(is_random(o.model));
}

TEST_CASE("freezing between two calls of fit acts without compiling again, thawing too") {
  const Model model = small_model();
  model.compile({.optimizer = Adam({.learning_rate = 0.01, .weight_decay = 0.1}), .loss = "mse"});
  const Tensor x = some_rows(8, 4, 1), y = some_rows(8, 2, 2);
  const Layer a = model.get_layer("a");
  for (const bool trains : {true, false, true, false, true}) {
    a.set_trainable(trains);
    const Tensors before = a.get_weights(), head = model.get_layer("head").get_weights();
    model.fit(x, y, {.verbose = 0});
    CHECK(same_bits(a.get_weights(), before) != trains);
    CHECK_FALSE(same_bits(model.get_layer("head").get_weights(), head));
  }
}

namespace {

// What people mistype elsewhere is no name here: each of these would be a silent new member in a scripting language.
template <class T>
concept TakesTrainable = requires(T t) {
  t.trainable = false;
};
template <class T>
concept TakesRequiresGrad = requires(T t) {
  t.requires_grad = false;
};
template <class T>
concept TakesRequireGrad = requires(T t) {
  t.require_grad = false;
};
static_assert(!TakesTrainable<Layer> && !TakesTrainable<Model> && !TakesTrainable<Parameter>);
static_assert(!TakesRequiresGrad<Tensor> && !TakesRequiresGrad<Parameter> && !TakesRequiresGrad<Model>);
static_assert(!TakesRequireGrad<Tensor> && !TakesRequireGrad<Parameter> && !TakesRequireGrad<Model>);
struct Accepts {
  bool trainable = true;
};
static_assert(TakesTrainable<Accepts>);  // the question can be answered by yes

}  // namespace

TEST_CASE("a flag is set by calling, never by writing to a member of its name") {
  const Model model = small_model();
  model.get_layer("a").set_trainable(false);
  CHECK_FALSE(model.get_layer("a").trainable());
  CHECK_FALSE(model.weights()[0].requires_grad());
}
