#include "mission.hpp"
#include "support.hpp"

#include "support/catch.hpp"

#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;
using models_test::same_bits;

namespace {

using Mask = void (*)(const Model&);
const Mask masks[] = {
    [](const Model&) {},
    [](const Model& m) { m.layers()[1].set_trainable(false); },
    [](const Model& m) { freeze(m, !named("head")); },
    [](const Model& m) { freeze(m, named("head")); },
    [](const Model& m) { freeze(m, everything(), Freeze::weights); },
    [](const Model& m) { freeze(m, everything(), Freeze::biases); },
    [](const Model& m) { freeze(m, everything()); },
    [](const Model& m) {
      freeze_rows(m.weights()[0], {0, 2});
    },
};

Model dense_stack() {
  const Symbol input = Input({6});
  Symbol x = Dense({.units = 8, .activation = "relu", .name = "first"})(input);
  x = Dropout({.rate = 0.5})(x);
  x = Dense({.units = 7, .activation = "tanh", .name = "second"})(x);
  x = BatchNormalization({.name = "norm"})(x);
  return Model(input, Dense({.units = 3, .activation = "softmax", .name = "head"})(x));
}
Model lstm_stack() {
  const Symbol input = Input({5, 4});
  Symbol x = LSTM({.units = 6, .return_sequences = true, .name = "first"})(input);
  x = LSTM({.units = 7, .return_sequences = true, .name = "second"})(x);
  return Model(input, Dense({.units = 3, .name = "head"})(Flatten({.name = "flatten"})(x)));
}
Model nested_stack() {
  const Symbol a = Input({6});
  const Model block(a, Dense({.units = 6, .activation = "relu", .name = "inside"})(a), {.name = "block"});
  const Symbol input = Input({6});
  return Model(input, Dense({.units = 2, .name = "head"})(block(block(input))));
}

StepCost sum_of(const FreezeReport& report) {
  StepCost sum;
  for (const LayerReport& layer : report.layers) sum += layer.cost;
  return sum;
}
std::string text_of(const FreezeReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}
Shape batch_of(const Model& model, std::int64_t rows) {
  Shape shape = model.input().shape();
  shape[0] = rows;
  return shape;
}

// A layer that says nothing of its cost, and one that does.
struct Scale : LayerBase {
  void build(const Shape& input) override { gain = add_weight("gain", {input.back()}, "ones"); }
  Tensor call(const Tensor& x, const CallContext&) override { return x * gain; }
  Parameter gain;
};
struct Costly : Scale {
  LayerFlops flops(const std::vector<Shape>& xs, const std::vector<Shape>&) const override {
    return {.forward = {.products = 1000 * xs[0][0]}, .weight_gradients = {{.products = 7}}};
  }
};
// Its result is not differentiable.
struct Cut : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override { return x.detach(); }
};

}  // namespace

TEST_CASE("saved bytes and nodes are those of a recorded forward pass") {
  for (Model (*make)() : {dense_stack, lstm_stack, nested_stack}) {
    for (const Mask mask : masks) {
      const Model model = make();
      mask(model);
      for (const std::int64_t rows : {1, 9}) {
        const FreezeReport report = freeze_report(model, {.batch_size = rows});
        const TapeStats tape = tape_stats(model(randn(batch_of(model, rows)), {.training = true}));
        std::int64_t nodes = 0;
        for (const LayerReport& layer : report.layers) nodes += layer.nodes;
        CHECK(report.total.saved_bytes == tape.saved_bytes);
        CHECK(nodes == tape.nodes);
      }
    }
  }
}

TEST_CASE("the totals are the sums over the layers") {
  for (Model (*make)() : {dense_stack, lstm_stack, nested_stack}) {
    for (const Mask mask : masks) {
      const Model model = make();
      mask(model);
      const FreezeReport report = freeze_report(model);
      const StepCost sum = sum_of(report);
      CHECK(sum.saved_bytes == report.total.saved_bytes);
      CHECK(sum.forward_flops == report.total.forward_flops);
      CHECK(sum.input_gradient_flops == report.total.input_gradient_flops);
      CHECK(sum.weight_gradient_flops == report.total.weight_gradient_flops);
      CHECK(sum.optimizer_bytes == report.total.optimizer_bytes);
      CHECK(report.total.forward_flops == report.all_trainable.forward_flops);
      CHECK(report.total.saved_bytes <= report.all_trainable.saved_bytes);
    }
  }
}

TEST_CASE("the report says why a layer costs what it costs") {
  const Model model = lstm_stack();
  FreezeReport report = freeze_report(model);
  CHECK(report["input_1"].reason == "an input");
  CHECK(report["first"].reason == "trainable; no input gradient: nothing below is trainable");
  CHECK(report["second"].reason == "trainable; input gradient because first is trainable");
  CHECK(report["flatten"].reason == "input gradient kept because second is trainable");
  CHECK(report["head"].reason == "trainable; input gradient because second is trainable");
  CHECK(report.notes.empty());

  freeze(model, named("second"));
  report = freeze_report(model);
  CHECK(report["second"].reason == "input gradient kept because first is trainable");
  CHECK(report["head"].reason == "trainable; input gradient because first is trainable");
  CHECK(report.notes[0] == "late layers frozen (second): saves weight gradients, not input gradients");

  freeze(model, until("flatten"));
  report = freeze_report(model);
  CHECK(report["first"].reason == "not recorded: nothing below or inside is trainable");
  CHECK(report["flatten"].reason == "not recorded: nothing below or inside is trainable");
  CHECK(report["head"].reason == "trainable; no input gradient: nothing below is trainable");
  CHECK(report.notes.empty());

  thaw(model, matching("first/*bias"));
  freeze_rows(model.get_layer("head").weights()[0], {0, 1});
  report = freeze_report(model);
  CHECK(report["first"].reason == "trains only bias; no input gradient: nothing below is trainable");
  CHECK(report["head"].reason == "trains only part of kernel, bias; input gradient because first is trainable");
  CHECK(report.notes[1] == "frozen in part (head/kernel): saves optimizer state, hardly time");
}

TEST_CASE("a freeze that does not make training faster is said to be one") {
  const Model model = lstm_stack();
  freeze(model, named("head"));
  const FreezeReport late = freeze_report(model);
  CHECK(late.notes[0] == "late layers frozen (head): saves weight gradients, not input gradients");
  CHECK(late.notes[1] == "this freeze hardly makes training faster: a step takes about as long");
  CHECK_THAT(text_of(late), Contains("Note: late layers frozen (head)"));
  const Model larger = mission_model();
  freeze(larger, matching("lstm/kernel"));
  const std::vector<std::string> some = freeze_report(larger).notes;
  REQUIRE(some.size() == 1);
  CHECK_THAT(some[0], Contains("hardly makes training faster: a step takes about 9") && Contains(" % of the time"));
  freeze(model, everything());
  CHECK(freeze_report(model).notes == std::vector<std::string>{"everything is frozen: there is nothing to train"});
}

TEST_CASE("layers that record nothing of their own say so") {
  const Symbol input = Input({4});
  Symbol x = Dense({.units = 4, .name = "below"})(input);
  x = Dropout({.rate = 0, .name = "off"})(x);
  x = layer<Cut>()(x);
  const Model model(input, Dense({.units = 2, .name = "above"})(x));
  const FreezeReport report = freeze_report(model);
  CHECK(report["off"].reason == "passes its input on as it is");
  CHECK(report["cut"].reason == "not recorded: its result has no gradient");
  CHECK(report["above"].reason == "trainable; no input gradient: nothing below is trainable");
}

TEST_CASE("a report changes nothing, to the bit") {
  const Symbol input = Input({4});
  Symbol x = Dense({.units = 8, .name = "first"})(input);
  x = Dropout({.rate = 0.5})(Dropout({.rate = 0.5, .seed = 3})(x));
  x = BatchNormalization()(x);
  const Model model(input, Dense({.units = 3, .activation = "softmax"})(x));
  const Model twin = model.clone();
  for (const Model& m : {model, twin}) {
    seed(4);
    m.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy"});
    freeze(m, matching("first/bias"));
    freeze_rows(m.weights()[0], {1});
  }
  seed(5);
  const Tensor data = randn({16, 4}), labels = randint(0, 3, {16});
  for (const Model& m : {model, twin}) {
    sum(m(data)).backward();
    m.train_on_batch(data, labels);
  }
  const auto state_bytes = model.optimizer().state_bytes();
  Generator before = default_generator();
  const FreezeGuard guard(model, matching("dense*"));
  const FreezeGuard twin_guard(twin, matching("dense*"));
  {
    const NoGrad nothing;
    (void)freeze_report(model);
  }
  for (int i = 0; i < 2; ++i) CHECK(freeze_report(model).total.saved_bytes > 0);
  CHECK(same_bits(before.normal({8}), default_generator().normal({8})));
  CHECK(model.optimizer().state_bytes() == state_bytes);
  const Parameters weights = model.weights(), others = twin.weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CHECK(same_bits(weights[i], others[i]));
    CHECK(weights[i].requires_grad() == others[i].requires_grad());
    CHECK(weights[i].has_grad() == others[i].has_grad());
    if (weights[i].has_grad()) CHECK(same_bits(weights[i].grad(), others[i].grad()));
  }
  // What comes next is the same as well: random streams, statistics, optimizer.
  CHECK(model.train_on_batch(data, labels)["loss"] == twin.train_on_batch(data, labels)["loss"]);
  CHECK(model.train_on_batch(data, labels)["loss"] == twin.train_on_batch(data, labels)["loss"]);
  CHECK(same_bits(model.get_weights(), twin.get_weights()));
}

TEST_CASE("operations are counted as layers say, and gradients only where they are computed") {
  const Model model = lstm_stack();  // (5, 4), LSTM(6), LSTM(7), Dense(3)
  const std::int64_t n = 32, rows = n * 5;
  const auto input_part = [&](std::int64_t c, std::int64_t u) { return 2 * rows * c * 4 * u; };
  FreezeReport report = freeze_report(model);
  CHECK(report["head"].cost.forward_flops == 2 * n * 35 * 3 + n * 3);
  CHECK(report["head"].cost.input_gradient_flops == 2 * n * 35 * 3);
  CHECK(report["head"].cost.weight_gradient_flops == 2 * n * 35 * 3 + n * 3);
  const StepCost first = report["first"].cost, second = report["second"].cost;
  CHECK(first.forward_flops == input_part(4, 6) + input_part(6, 6) + rows * 6 * 48);
  CHECK(first.input_gradient_flops == 0);
  CHECK(first.weight_gradient_flops == input_part(4, 6) + 2 * input_part(6, 6) + rows * 6 * (24 + 4));
  CHECK(second.input_gradient_flops == input_part(6, 7) + input_part(7, 7) + rows * 7 * 24);
  CHECK(second.weight_gradient_flops == input_part(6, 7) + input_part(7, 7) + rows * 7 * 4);

  freeze(model, named("second"), Freeze::weights);
  report = freeze_report(model);
  CHECK(report["second"].cost.weight_gradient_flops == rows * 7 * 4);
  CHECK(report["second"].cost.input_gradient_flops == second.input_gradient_flops);
  freeze(model, until("second"));
  report = freeze_report(model);
  CHECK(report["second"].cost.input_gradient_flops == 0);
  CHECK(report["second"].cost.weight_gradient_flops == 0);
  CHECK(report["head"].cost.input_gradient_flops == 0);
  CHECK(report["second"].cost.forward_flops == second.forward_flops);
}

TEST_CASE("a layer of a class of one's own counts elements unless it says more") {
  const Symbol input = Input({6});
  const Model model(input, layer<Costly>()(layer<Scale>()(input)));
  const FreezeReport report = freeze_report(model, {.batch_size = 4});
  CHECK(report["scale"].cost.forward_flops == 24);
  CHECK(report["scale"].cost.weight_gradient_flops == 24);
  CHECK(report["costly"].cost.forward_flops == 4000);
  CHECK(report["costly"].cost.weight_gradient_flops == 7);
  CHECK(report["costly"].type == "Costly");
}

TEST_CASE("optimizer bytes are those of the optimizer's state") {
  const Model model = lstm_stack();
  const FreezeReport assumed = freeze_report(model);
  for (const Optimizer& optimizer : {Optimizer(Adam()), Optimizer(SGD({.momentum = 0.9})), Optimizer(SGD())}) {
    const Model other = model.clone();
    other.compile({.optimizer = optimizer, .loss = "mse"});
    if (optimizer.base().type() == "Adam")
      CHECK(freeze_report(other).total.optimizer_bytes == assumed.total.optimizer_bytes);
    other.train_on_batch(ones({2, 5, 4}), ones({2, 3}));
    freeze(other, named("first"));
    freeze(other, named("second"), {.keep_state = true});
    freeze_rows(other.weights()[6], {0, 1, 2});
    const std::int64_t expected = optimizer.state_bytes();
    CHECK(std::abs(freeze_report(other).total.optimizer_bytes - expected) <= 1024);
    CHECK(freeze_report(other)["first"].cost.optimizer_bytes == 0);
    CHECK((freeze_report(other)["second"].cost.optimizer_bytes > 0) == (optimizer.base().state_count() > 0));
  }
}

TEST_CASE("layers of nested models and layers called twice stand in the report once") {
  const FreezeReport report = freeze_report(nested_stack(), {.batch_size = 10});
  std::vector<std::string> paths;
  for (const LayerReport& layer : report.layers) paths.push_back(layer.path);
  CHECK(paths == std::vector<std::string>{"input_1", "block/inside", "head"});
  CHECK(report["block/inside"].nodes == 4);
  CHECK(report["block/inside"].cost.forward_flops == 2 * (2 * 10 * 36 + 2 * 10 * 6));
  CHECK(report["block/inside"].cost.optimizer_bytes == 2 * 4 * 42);
  CHECK(report["head"].reason == "trainable; input gradient because block/inside is trainable");
  CHECK_THROWS_WITH(report["inside"], Contains("there is no layer 'inside'") && Contains("'block/inside'"));
}

TEST_CASE("what a guard pauses is reported as frozen") {
  const Model model = lstm_stack();
  const FreezeGuard guard(model, until("second"));
  const FreezeReport report = freeze_report(model);
  CHECK(report["second"].state == FreezeState::frozen);
  CHECK(report["second"].nodes == 0);
  CHECK(report["head"].state == FreezeState::trainable);
  CHECK(report.total.saved_bytes == tape_stats(model(randn({32, 5, 4}), {.training = true})).saved_bytes);
}

TEST_CASE("a watched layer starts the recording and its watcher sees nothing of the report") {
  const Model model = lstm_stack();
  freeze(model, everything());
  const Watch watch(model.get_layer("first"));
  const FreezeReport report = freeze_report(model);
  CHECK(report["first"].reason == "the recording starts at its result: it is watched");
  CHECK(report["second"].reason == "input gradient kept because first is trainable");
  CHECK(watch.outputs().empty());
}

TEST_CASE("the predicted time falls with what is frozen") {
  const auto predicted = [](Mask mask) {
    const Model model = mission_model();
    mask(model);
    return freeze_report(model).relative_time;
  };
  CHECK(predicted([](const Model&) {}) == 1);
  const double late = predicted([](const Model& m) { freeze(m, named("dense1")); });
  const double first = predicted([](const Model& m) { freeze(m, named("lstm")); });
  const double head = predicted([](const Model& m) { freeze(m, until("flatten")); });
  CHECK(late < 1);
  CHECK(first < late - 0.1);
  CHECK(head < first - 0.1);
}

TEST_CASE("unknown sizes are taken as the options say") {
  const Symbol input = Input({-1, 4});
  const Model model(input, LSTM({.units = 3, .return_sequences = true})(input));
  const FreezeReport report = freeze_report(model, {.batch_size = 2, .unknown_size = 7});
  CHECK(report.total.saved_bytes == tape_stats(model(ones({2, 7, 4}))).saved_bytes);
  CHECK(freeze_report(model, {.batch_size = 2, .unknown_size = 14}).total.forward_flops ==
        2 * report.total.forward_flops);
}

TEST_CASE("the printed report has a row and a reason a layer") {
  const Model model = mission_model();
  freeze(model, until("lstm_1"));
  const std::string text = text_of(freeze_report(model));
  CHECK_THAT(text, Catch::Matchers::StartsWith("Freeze report of \"model\", a training step on a batch of 32\n____"));
  CHECK_THAT(text, Contains("\n lstm_1 (LSTM)            frozen     no "));
  CHECK_THAT(text, Contains("\n   trainable; no input gradient: nothing below is trainable\n"));
  CHECK_THAT(text, Contains("\nPredicted time of a step: 0."));
}

TEST_CASE("a report of nothing is an error") {
  const Sequential net({Dense({.units = 2})});
  CHECK_THROWS_WITH(freeze_report(net), Contains("freeze_report: the model 'sequential' is not built"));
  CHECK_THROWS_WITH(freeze_report(lstm_stack(), {.batch_size = 0}),
                    Contains("freeze_report: got batch_size 0 and unknown_size 32; expected 1 or more"));
}
