#include "mission.hpp"

#include "support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Model nested_model() {
  const Symbol a = Input({4});
  const Model inner(a, Dense({.units = 4, .name = "dense"})(a), {.name = "inner"});
  const Symbol b = Input({4});
  const Model outer(b, inner(b), {.name = "outer"});
  const Symbol input = Input({4});
  return Model(input, Dense({.units = 2, .name = "head"})(outer(input)), {.name = "net"});
}

struct Tied : LayerBase {
  explicit Tied(const Layer& of) : other(of) {}
  void build(const Shape&) override { kernel = add_weight("kernel", other.weights()[0]); }
  Tensor call(const Tensor& x, const CallContext&) override { return matmul(x, transpose(kernel)); }
  Layer other;
  Parameter kernel;
};
struct Cut : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override { return x.detach(); }
};
// A layer made of a layer.
struct Block : LayerBase {
  Block() : inside(add_layer(Dense({.units = 3, .name = "inside"}))) {}
  Layer copy_unbuilt() const override { return layer<Block>(); }
  Tensor call(const Tensor& x, const CallContext& context) override { return inside(x, context); }
  Layer inside;
};

}  // namespace

TEST_CASE("a weight that trains is said to") {
  const Model model = mission_model();
  CHECK(why_frozen(model, "lstm_1/kernel") == "lstm_1/kernel is trainable.");
  CHECK(why_frozen(model, "lstm_1") == "lstm_1 is trainable.");
  CHECK(why_frozen(model, "flatten") == "flatten has no weights: there is nothing to freeze.");
}

TEST_CASE("a weight is frozen by its own flag, with its layer or with the models around it") {
  const Model model = mission_model();
  model.get_layer("lstm_1").weights()[0].set_requires_grad(false);
  CHECK(why_frozen(model, "lstm_1/kernel") ==
        "lstm_1/kernel is frozen by its own flag; that of its layer 'lstm_1' is trainable. thaw(model, "
        "matching(\"lstm_1/kernel\")) trains it.");
  freeze(model, named("dense1"), Freeze::biases);
  CHECK(why_frozen(model, "dense1/bias") ==
        "dense1/bias is frozen by its own flag, as Freeze::biases does; that of its layer 'dense1' is trainable. "
        "thaw(model, matching(\"dense1/bias\")) trains it.");
  freeze(model, named("lstm"), Freeze::weights);
  CHECK_THAT(why_frozen(model, "lstm/recurrent_kernel"), Contains("as Freeze::weights does"));
  model.get_layer("lstm_1").set_trainable(false);
  CHECK(why_frozen(model, "lstm_1/kernel") ==
        "lstm_1/kernel is frozen with its layer 'lstm_1'. thaw(model, named(\"lstm_1\")) trains it.");
}

TEST_CASE("the chain of models that were frozen is named") {
  const Model model = nested_model();
  model.get_layer("outer/inner").set_trainable(false);
  CHECK(why_frozen(model, "outer/inner/dense/kernel") ==
        "outer/inner/dense/kernel is frozen with its layer 'outer/inner/dense' and all of 'outer/inner'. thaw(model, "
        "named(\"outer/inner/dense\")) trains it.");
  model.set_trainable(false);
  CHECK(why_frozen(model, "outer/inner/dense/bias") ==
        "outer/inner/dense/bias is frozen with its layer 'outer/inner/dense' and all of 'outer/inner' and all of "
        "'outer' and all of the model 'net'. thaw(model, named(\"outer/inner/dense\")) trains it.");
  thaw(model, named("outer/inner/dense"));
  CHECK(why_frozen(model, "outer/inner/dense/kernel") ==
        "outer/inner/dense/kernel is trainable: it was thawed after 'outer/inner' was frozen.");
  CHECK(why_frozen(model, "outer/inner/dense") ==
        "outer/inner/dense is trainable: it was thawed after 'outer/inner' was frozen.");
  thaw(model, named("head"));
  CHECK(why_frozen(model, "head/bias") == "head/bias is trainable: it was thawed after the model 'net' was frozen.");
}

TEST_CASE("the truth table of nested flags is explained as it acts") {
  for (int flags = 0; flags < 8; ++flags) {
    const Model model = nested_model();
    model.get_layer("outer").set_trainable((flags & 1) != 0);
    model.get_layer("outer/inner").set_trainable((flags & 2) != 0);
    model.get_layer("outer/inner/dense").set_trainable((flags & 4) != 0);
    const bool trains = model.get_layer("outer/inner/dense").weights()[0].requires_grad();
    CHECK(trains == ((flags & 4) != 0));
    const std::string why = why_frozen(model, "outer/inner/dense/kernel");
    if (trains)
      CHECK_THAT(why, Contains("is trainable"));
    else
      CHECK_THAT(why, Contains("is frozen with its layer"));
  }
}

TEST_CASE("frozen rows, guards and kept states are named") {
  const Model model = mission_model();
  const Parameter kernel = model.get_layer("dense1").weights()[0];
  freeze_rows(kernel, {0, 1, 5});
  CHECK(why_frozen(model, "dense1/kernel") ==
        "dense1/kernel is trained in part: 3 of 1024 rows are frozen, 10,210 of 10,240 elements train. thaw_rows ends "
        "that.");
  freeze_slices(kernel, 1, 0, 2);
  CHECK_THAT(why_frozen(model, "dense1/kernel"), Contains("3 of 1024 rows and 2 of 10 indices along axis 1"));
  freeze_slices(kernel, 1, 0, 10);
  CHECK_THAT(why_frozen(model, "dense1/kernel"), Contains("freeze_rows or freeze_slices froze all of it"));
  {
    const FreezeGuard guard(model, named("lstm"));
    CHECK(why_frozen(model, "lstm/bias") ==
          "lstm/bias is paused by a FreezeGuard: its own flag is trainable, and it is trained again when the guard "
          "ends.");
    CHECK_THAT(why_frozen(model, "lstm"), Contains("lstm is not trained:\n  lstm/kernel is paused"));
  }
  CHECK(why_frozen(model, "lstm/bias") == "lstm/bias is trainable.");
  freeze(model, named("lstm"), {.keep_state = true});
  const FreezeGuard guard(model, named("lstm"));
  CHECK(
      why_frozen(model, "lstm/bias") ==
      "lstm/bias is frozen with its layer 'lstm'. thaw(model, named(\"lstm\")) trains it. Optimizers keep their state "
      "of it. A FreezeGuard pauses it as well.");
}

TEST_CASE("a layer is explained weight by weight") {
  const Model model = mission_model();
  freeze(model, named("dense1"), Freeze::biases);
  CHECK(why_frozen(model, "dense1") ==
        "dense1 is trained in part:\n  dense1/kernel is trainable.\n  " + why_frozen(model, "dense1/bias"));
}

TEST_CASE("statistics are never trained") {
  const Symbol input = Input({4});
  const Model model(input, BatchNormalization({.name = "bn"})(input));
  const std::string what = "bn/moving_mean is a statistic, never trained by gradients; ";
  CHECK(why_frozen(model, "bn/moving_mean") == what + "it moves when the model is called in training.");
  freeze_statistics(model, named("bn"));
  CHECK(why_frozen(model, "bn/moving_mean") == what + "freeze_statistics keeps it as it is.");
  thaw_statistics(model, named("bn"));
  freeze(model, named("bn"));
  CHECK(why_frozen(model, "bn/moving_mean") == what + "it stays as it is because its layer is frozen.");
}

TEST_CASE("a tie is named from both sides") {
  const Symbol input = Input({4});
  const Layer encoder = Dense({.units = 3, .name = "encoder"});
  const Symbol code = encoder(input);
  const Layer decoder = layer<Tied>(encoder);
  decoder.set_name("decoder");
  const Model model(input, decoder(code));
  freeze(model, named("encoder"));
  CHECK_THAT(why_frozen(model, "encoder/kernel"),
             Contains("It is the same weight as decoder/kernel: they are frozen and thawed together."));
  CHECK(why_frozen(model, "decoder/kernel") ==
        "decoder/kernel is frozen by its own flag; that of its layer 'decoder' is trainable. thaw(model, "
        "matching(\"decoder/kernel\")) trains it. It is the same weight as encoder/kernel: they are frozen and thawed "
        "together.");
}

TEST_CASE("an unknown weight or layer is an error that lists near names") {
  const Model model = mission_model();
  CHECK_THROWS_AS(why_frozen(model, "lstm_1/kernal"), ValueError);
  CHECK_THROWS_WITH(
      why_frozen(model, "lstm_1/kernal"),
      Contains("why_frozen: there is no layer or weight 'lstm_1/kernal' in 'model'") && Contains("'lstm_1/kernel'"));
  CHECK_THROWS_WITH(why_recorded(model, "lstm_2"),
                    Contains("why_recorded: there is no layer 'lstm_2'") && Contains("'lstm_1'"));
}

TEST_CASE("a layer is recorded for its weights or for the nearest trainable layer below") {
  const Model model = mission_model();
  CHECK(why_recorded(model, "lstm") ==
        "lstm is recorded: kernel, recurrent_kernel and bias are trainable; nothing below it is.");
  CHECK(why_recorded(model, "flatten") == "flatten is recorded: it passes on the gradient that lstm_1 below it needs.");
  CHECK(why_recorded(model, "dense1") ==
        "dense1 is recorded: kernel and bias are trainable, and it passes on the gradient that lstm_1 below it needs.");
  freeze(model, named("lstm_1"));
  CHECK(why_recorded(model, "lstm_1") == "lstm_1 is recorded: it passes on the gradient that lstm below it needs.");
  CHECK(why_recorded(model, "flatten") == "flatten is recorded: it passes on the gradient that lstm below it needs.");
  freeze(model, named("lstm"));
  CHECK(why_recorded(model, "lstm_1") == "lstm_1 makes no node: nothing below or inside is trainable.");
  freeze(model, named("dense1"), Freeze::weights);
  CHECK(why_recorded(model, "dense1") == "dense1 is recorded: bias is trainable; nothing below it is.");
  CHECK(why_recorded(model, "input_1") == "input_1 makes no node: it is an input.");
}

TEST_CASE("what is asked of nested models is answered by a layer in them") {
  const Model model = nested_model();
  CHECK(
      why_recorded(model, "outer") ==
      "outer is recorded, because outer/inner/dense is recorded: kernel and bias are trainable; nothing below it is.");
  freeze(model, named("outer"));
  CHECK(why_recorded(model, "outer/inner") == "outer/inner makes no node: nothing below or inside is trainable.");
  CHECK(why_recorded(model, "outer/inner/dense") ==
        "outer/inner/dense makes no node: nothing below or inside is trainable.");
}

TEST_CASE("layers inside a layer of one's own are answered for by it") {
  const Symbol input = Input({4});
  const Model model(input, layer<Block>()(input));
  CHECK(why_recorded(model, "block/inside") ==
        "block/inside is part of block. block is recorded: inside/kernel and inside/bias are trainable; nothing below "
        "it is.");
}

TEST_CASE("layers without a node say why") {
  const Symbol input = Input({4});
  Symbol x = Dense({.units = 4, .name = "below"})(input);
  x = Dropout({.rate = 0, .name = "off"})(x);
  const Model model(input, layer<Cut>()(x));
  CHECK(why_recorded(model, "off") ==
        "off makes no node: its result is its input, with the gradient that below below it needs.");
  CHECK(why_recorded(model, "cut") ==
        "cut makes no node: its result has no gradient, so that below below it gets none from it.");
  freeze(model, everything());
  const Watch watch(model.get_layer("below"));
  CHECK(why_recorded(model, "below") == "below makes no node: it is watched, and the recording starts at its result.");
}
