#include "../support/catch.hpp"
#include "mission.hpp"

#include <frost/autograd.hpp>

#include <set>

using namespace frost;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::int64_t trainable(const Layer& layer) { return elements(layer.trainable_weights()); }
std::int64_t frozen(const Layer& layer) { return elements(layer.non_trainable_weights()); }
std::vector<std::string> trainable_names(const Layer& layer) {
  std::vector<std::string> names;
  for (const Parameter& w : layer.trainable_weights()) names.push_back(w.name());
  return names;
}

// A nested model between two layers.
Model nested() {
  const Symbol x = Input({4});
  const Model inner(x, Dense({.units = 4, .name = "b"})(Dense({.units = 4, .name = "a"})(x)), {.name = "inner"});
  const Symbol input = Input({4});
  const Symbol first = Dense({.units = 4, .name = "first"})(input);
  return Model(input, Dense({.units = 4, .name = "last"})(inner(first)));
}

class Norm : public LayerBase {
 public:
  void build(const Shape& input) override {
    gamma_ = add_weight("gamma", {input.back()}, "ones");
    beta_ = add_weight("beta", {input.back()}, "zeros");
    mean_ = add_state("moving_mean", {input.back()});
  }
  Tensor call(const Tensor& x, const CallContext&) override { return (x - mean_) * gamma_ + beta_; }

 private:
  Parameter gamma_, beta_, mean_;
};

}  // namespace

TEST_CASE("the mission's model has the weights that Keras counts") {
  const Model model = mission_model();
  CHECK(model.count_params() == 26890);
  CHECK(trainable(model) == 26890);
  CHECK(frozen(model) == 0);
}

TEST_CASE("freezing all but the last three layers, by hand or by selector") {
  const Model by_hand = mission_model();
  for (Layer layer : by_hand.layers(0, -3)) layer.set_trainable(false);
  CHECK(trainable(by_hand) == 10250);
  CHECK(frozen(by_hand) == 16640);
  CHECK_FALSE(by_hand.get_layer("input_1").trainable());
  CHECK(by_hand.get_layer("dense1").trainable());

  const Model model = mission_model();
  const FreezeResult result = freeze(model, all_but_last(3));
  CHECK(result.tensors == 6);
  CHECK(result.elements == 16640);
  CHECK(trainable_names(model) == trainable_names(by_hand));
  CHECK_FALSE(model.get_layer("flatten").trainable());
}

TEST_CASE("freezing one layer, and the whole model") {
  const Model model = mission_model();
  model.get_layer("lstm_1").set_trainable(false);
  CHECK(trainable(model) == 18570);
  CHECK(frozen(model) == 8320);
  model.set_trainable(false);
  CHECK(trainable(model) == 0);
  CHECK_FALSE(model.trainable());
  model.get_layer("dense1").set_trainable(true);
  CHECK(trainable(model) == 10250);
}

TEST_CASE("freezing twice is a no-op that counts the same") {
  const Model model = mission_model();
  CHECK(freeze(model, named("lstm")).elements == 8320);
  CHECK(freeze(model, named("lstm")).elements == 8320);
  CHECK(trainable(model) == 18570);
  CHECK(thaw(model, everything()).tensors == 8);
  CHECK(trainable(model) == 26890);
}

TEST_CASE("freezing weights or biases alone leaves the layer's flag") {
  const Model model = mission_model();
  CHECK(freeze_weights(model, {"lstm", "dense1"}, Freeze::weights).tensors == 3);
  CHECK(trainable_names(model.get_layer("lstm")) == std::vector<std::string>{"lstm/bias"});
  CHECK(model.get_layer("lstm").trainable());
  thaw(model, everything());
  CHECK(freeze_weights(model, {"lstm", "dense1"}, Freeze::biases).tensors == 2);
  CHECK(trainable_names(model.get_layer("lstm")) == std::vector<std::string>{"lstm/kernel", "lstm/recurrent_kernel"});
  thaw(model, everything());
  freeze_weights(model, {"lstm", "dense1"}, Freeze::both);
  CHECK_FALSE(model.get_layer("lstm").trainable());
  CHECK(trainable(model) == 8320);
}

TEST_CASE("gamma counts as weight, beta as bias, and a moving statistic as neither") {
  const Symbol input = Input({3});
  const Model model(input, layer<Norm>()(input));
  CHECK(trainable(model) == 6);
  CHECK(freeze(model, everything()).tensors == 2);
  thaw(model, everything());
  CHECK(trainable(model) == 6);
  freeze(model, named("norm"), Freeze::biases);
  CHECK(trainable_names(model) == std::vector<std::string>{"norm/gamma"});
  model.set_trainable(true);
  CHECK(trainable(model) == 6);
}

TEST_CASE("unknown names are errors that list near ones, and nothing is frozen") {
  const Model model = mission_model();
  CHECK_THROWS_WITH(freeze_weights(model, {"lstm", "lstm_3"}), Contains("lstm_3") && Contains("'lstm_1'"));
  CHECK_THROWS_WITH(freeze(model, names({"lstm", "conv"})), Contains("conv"));
  CHECK_THROWS_WITH(freeze(model, named("dense")), Contains("'dense1'"));
  CHECK_THROWS_WITH(freeze(model, until("dense")), Contains("'dense1'"));
  CHECK_THROWS_WITH(freeze(model, of_type("Lstm")), Contains("'LSTM'"));
  CHECK_THROWS_AS(freeze(model, matching("conv*")), ValueError);
  CHECK_THROWS_AS(freeze(model, all_but_last(7)), ValueError);
  CHECK_THROWS_AS(freeze(model, all_but_last(-1)), ValueError);
  CHECK_THROWS_AS(freeze(model, !everything()), ValueError);
  CHECK_THROWS_AS(freeze(model, named("lstm") & named("dense1")), ValueError);
  CHECK_THROWS_AS(freeze(model, named("lstm") | matching("x")), ValueError);
  CHECK_THROWS_AS(freeze_weights(model, {}), ValueError);
  CHECK(trainable(model) == 26890);
}

TEST_CASE("a selector that finds nothing is an error in the name of what was called, with the nearest names") {
  const Model model = mission_model(), outer = nested();
  const auto near = Contains("'dense1'");
  CHECK_THROWS_WITH(freeze(model, named("dense")), StartsWith("freeze: there is no layer 'dense' in") && near);
  CHECK_THROWS_WITH(freeze(model, names({"dens"})), StartsWith("freeze: there is no layer 'dens' in") && near);
  CHECK_THROWS_WITH(freeze(model, names({})), StartsWith("freeze: names got none"));
  CHECK_THROWS_WITH(thaw(model, until("dense")), StartsWith("thaw: there is no layer 'dense' in") && near);
  CHECK_THROWS_WITH(freeze_statistics(model, of_type("Lstm")),
                    StartsWith("freeze_statistics: of_type(\"Lstm\") selects nothing in") && Contains("'LSTM'"));
  CHECK_THROWS_WITH(thaw_statistics(model, matching("dens?")),
                    StartsWith("thaw_statistics: matching(\"dens?\") selects nothing in") && near);
  CHECK_THROWS_WITH(freeze(model, all_but_last(7)), StartsWith("freeze: all_but_last(7)") && Contains("7 layers"));
  CHECK_THROWS_WITH(freeze(model, selected_by([](const Layer&) { return false; })), StartsWith("freeze: selected_by"));
  CHECK_THROWS_WITH(freeze(model, !everything()), StartsWith("freeze: !everything() selects nothing"));
  CHECK_THROWS_WITH(freeze(model, named("lstm") & named("dense1")), StartsWith("freeze: (named"));
  CHECK_THROWS_WITH(freeze(model, everything() | named("x")), StartsWith("freeze: there is no layer 'x'"));
  CHECK_THROWS_WITH(freeze(model.get_layer("lstm"), until("x")), StartsWith("freeze: there is no layer"));
  CHECK_THROWS_WITH(freeze(model.get_layer("lstm"), all_but_last(1)), StartsWith("freeze: all_but_last(1) needs a"));
  CHECK_THROWS_WITH(freeze(Model(Sequential({Dense({.units = 2, .name = "d"})})), until("d")),
                    StartsWith("freeze: the model") && Contains("is not built"));
  CHECK_THROWS_WITH(freeze_weights(model, {"lstm", "lstm_3"}), StartsWith("freeze: there is no layer 'lstm_3'"));
  CHECK_THROWS_WITH(freeze(model, matching("lstm/kernal")), Contains("'lstm/kernel'"));
  // A star that does not go down far enough.
  CHECK_THROWS_WITH(freeze(outer, matching("inner*kernel")),
                    StartsWith("freeze: matching(\"inner*kernel\") selects nothing in") &&
                        Contains("matching(\"inner**kernel\") selects something"));
  CHECK(trainable(model) == 26890);
  CHECK(trainable(outer) == 80);
}

TEST_CASE("freezing or thawing nothing of what is selected is an error like selecting nothing, and changes nothing") {
  const Symbol input = Input({3});
  const Model model(input, layer<Norm>()(Flatten()(Dense({.units = 3, .use_bias = false})(input))));
  struct Row {
    Selector selector;
    Freeze what;
    const char* text;
  };
  const Row rows[] = {
      {matching("*/beta"), Freeze::weights, "matching(\"*/beta\") with Freeze::weights selects nothing in 'model'"},
      {matching("*/kernel"), Freeze::biases, "with Freeze::biases selects nothing in 'model'"},
      {named("dense"), Freeze::biases, "named(\"dense\") with Freeze::biases selects nothing"},
      {named("flatten"), Freeze::weights, "named(\"flatten\") with Freeze::weights selects nothing"},
      {matching("*/moving_*"), Freeze::both, "with Freeze::both selects nothing"},
      {matching("*/moving_*"), Freeze::weights, "but 'norm/moving_mean'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    for (const bool frozen : {false, true}) {
      model.set_trainable(!frozen);
      CHECK_THROWS_WITH(freeze(model, row.selector, row.what), StartsWith("freeze: ") && Contains(row.text));
      CHECK_THROWS_WITH(thaw(model, row.selector, row.what), StartsWith("thaw: ") && Contains(row.text));
      CHECK_THROWS_WITH(FreezeGuard(model, row.selector, {.what = row.what}),
                        StartsWith("FreezeGuard: ") && Contains(row.text));
      CHECK(trainable(model) == (frozen ? 0 : 15));
    }
  }
  CHECK_THROWS_WITH(freeze_weights(model, {"flatten"}, Freeze::weights), Contains("selects nothing"));
  CHECK_THROWS_WITH(freeze_statistics(model, matching("*/kernel")), Contains("selects nothing"));
}

TEST_CASE("a freeze with an effect is none of nothing: flags, other layers' weights, what is frozen already") {
  const Symbol input = Input({3});
  const Model model(input, Dropout({.rate = 0.5})(Flatten()(Dense({.units = 3})(input))));
  CHECK(freeze(model, named("dropout")).tensors == 0);
  CHECK_FALSE(model.get_layer("dropout").trainable());
  CHECK(freeze_weights(model, {"flatten"}).tensors == 0);
  CHECK(freeze_weights(model, {"flatten", "dense"}, Freeze::weights).tensors == 1);
  for (int twice = 0; twice < 2; ++twice) CHECK(freeze(model, matching("*/bias"), Freeze::biases).tensors == 1);
  for (int twice = 0; twice < 2; ++twice) CHECK(thaw(model, all_but_last(2), Freeze::biases).tensors == 1);
  CHECK(freeze_statistics(model, everything()).tensors == 0);
  CHECK(freeze(Dense({.units = 2, .use_bias = false}), everything()).tensors == 0);
  const Layer plain = Flatten();
  plain(ones({2, 2}));
  CHECK(freeze(plain, everything(), Freeze::biases).tensors == 0);  // all of nothing
}

TEST_CASE("until selects a layer and all that it depends on") {
  const Model model = mission_model();
  CHECK(freeze(model, until("flatten")).elements == 16640);
  CHECK(model.get_layer("dense1").trainable());

  const Model outer = nested();
  freeze(outer, until("inner/a"));
  CHECK(trainable_names(outer) == std::vector<std::string>{"b/kernel", "b/bias", "last/kernel", "last/bias"});
  CHECK(outer.get_layer("inner").trainable());
}

TEST_CASE("globs select layers and weights by their paths") {
  const Model model = mission_model();
  freeze(model, matching("*/bias"));
  CHECK(elements(model.non_trainable_weights()) == 128 + 128 + 10);
  CHECK(model.get_layer("lstm").trainable());
  thaw(model, everything());
  freeze(model, matching("lstm*"));
  CHECK(trainable(model) == 10250);
  CHECK_FALSE(model.get_layer("lstm").trainable());

  const Model outer = nested();
  freeze(outer, matching("inner/*"));
  CHECK(trainable(outer) == 40);
  thaw(outer, matching("inner/[b-z]/kern?l"));
  CHECK(trainable(outer) == 56);
}

TEST_CASE("a star ends at a slash, two stars do not") {
  struct Row {
    const char* glob;
    std::set<std::string> trained;  // what is left
  };
  const std::vector<Row> rows = {
      {"*/bias", {"a/kernel", "a/bias", "b/kernel", "b/bias", "first/kernel", "last/kernel"}},
      {"*/*/bias", {"a/kernel", "b/kernel", "first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"**/bias", {"a/kernel", "b/kernel", "first/kernel", "last/kernel"}},
      {"**bias", {"a/kernel", "b/kernel", "first/kernel", "last/kernel"}},
      {"inner/**/kernel", {"a/bias", "b/bias", "first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"**/a", {"b/kernel", "b/bias", "first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"**/first", {"a/kernel", "a/bias", "b/kernel", "b/bias", "last/kernel", "last/bias"}},
      {"inner/*", {"first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"inner", {"first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"i**", {"first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"?irst/*", {"a/kernel", "a/bias", "b/kernel", "b/bias", "last/kernel", "last/bias"}},
      {"inner/b/[!a-j]*", {"a/kernel", "a/bias", "b/bias", "first/kernel", "first/bias", "last/kernel", "last/bias"}},
      {"*", {}},
      {"**", {}},
      {"**/**", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.glob);
    const Model outer = nested();
    freeze(outer, matching(row.glob));
    const std::vector<std::string> left = trainable_names(outer);
    CHECK(std::set<std::string>(left.begin(), left.end()) == row.trained);
  }
  const Model outer = nested();
  for (const char* glob : {"*bias", "inner?a", "inner[!x]a", "inner*a/kernel", "**/", "inner/", "*/", ""}) {
    CAPTURE(glob);
    CHECK_THROWS_AS(freeze(outer, matching(glob)), ValueError);
  }
  CHECK(trainable(outer) == 80);
}

TEST_CASE("a glob finds a layer by any of its paths") {
  const Symbol x = Input({3}), y = Input({3}), z = Input({3});
  const Layer shared = Dense({.units = 3, .name = "shared"});
  const Sequential block({Dense({.units = 3, .name = "inner"})}, {.name = "block"});
  const Model first(x, block(shared(x)), {.name = "first"}), second(y, block(shared(y)), {.name = "second"});
  const Model model(z, Dense({.units = 2, .name = "head"})(second(first(z))), {.name = "outer"});
  const Layer inner = model.get_layer("first/block/inner"), head = model.get_layer("head");

  CHECK(freeze(model, matching("second/*")).tensors == 4);
  CHECK(!shared.trainable());
  CHECK(!inner.trainable());
  CHECK(head.trainable());
  thaw(model, everything());
  CHECK(freeze(model, matching("second/shared/kernel")).tensors == 1);
  CHECK(!shared.weights()[0].requires_grad());
  CHECK(shared.weights()[1].requires_grad());
  thaw(model, everything());
  CHECK(freeze(model, matching("second/block/inner")).tensors == 2);
  CHECK(freeze(model, matching("second/**") & !matching("first/shared")).tensors == 2);
  CHECK(shared.trainable());
  CHECK_THROWS_WITH(freeze(model, matching("second/blok")), Contains("second/block"));
}

TEST_CASE("selectors combine") {
  const Model model = mission_model();
  freeze(model, all_but_last(3) & !named("lstm"));
  CHECK(trainable_names(model).front() == "lstm/kernel");
  CHECK(trainable(model) == 18570);
  thaw(model, everything());
  freeze(model, of_type("LSTM") | named("dense1"));
  CHECK(trainable(model) == 0);
  thaw(model, !matching("*/bias"));
  CHECK(trainable(model) == 26890 - 266);
  CHECK_FALSE(model.get_layer("lstm").trainable());
  thaw(model, everything());
  freeze(model, selected_by([](const Layer& l) { return l.count_params() > 10000; }));
  CHECK(trainable(model) == 16640);
}

TEST_CASE("a selector reaches into nested models") {
  const Model outer = nested();
  freeze(outer, named("inner"));
  CHECK(trainable(outer) == 40);
  CHECK_FALSE(outer.get_layer("inner/a").trainable());
  thaw(outer, named("inner/b"));
  CHECK(trainable(outer) == 60);
  freeze(outer, !named("inner/b"));
  CHECK(trainable_names(outer) == std::vector<std::string>{"b/kernel", "b/bias"});
  CHECK(freeze(outer, of_type("Dense")).tensors == 8);
}

TEST_CASE("freezing everything and thawing everything set the model's own flag") {
  const Model model = mission_model();
  freeze(model, everything());
  CHECK_FALSE(model.trainable());
  thaw(model, everything());
  CHECK(model.trainable());
}

TEST_CASE("what a Sequential is told before it is built is remembered") {
  const Sequential net({Dense({.units = 3}), Dense({.units = 2})});
  freeze(net, named("dense"));
  CHECK_THROWS_WITH(freeze(net, named("dense_1"), Freeze::biases), Contains("not built"));
  net.build({4});
  CHECK(trainable(net) == 8);
}

TEST_CASE("keep_stochastic leaves a frozen dropout on") {
  const Symbol input = Input({100});
  const Model model(input, Dropout({.rate = 0.5})(input));
  const Tensor x = ones({1, 100});
  freeze(model, everything(), {.keep_stochastic = true});
  CHECK(min(model(x, {.training = true})).item<double>() == 0);
  freeze(model, everything());
  CHECK(min(model(x, {.training = true})).item<double>() == 1);
}

TEST_CASE("freezing is live: it acts at the next forward pass") {
  const Model model = mission_model();
  const Tensor x = randn({2, 32, 32});
  sum(square(model(x))).backward();
  CHECK(model.weights()[0].has_grad());
  freeze(model, all_but_last(3));
  CHECK_FALSE(model.weights()[0].has_grad());
  sum(square(model(x))).backward();
  CHECK_FALSE(model.weights()[0].has_grad());
  CHECK(model.get_layer("dense1").weights()[0].has_grad());
  model.set_trainable(false);
  CHECK(model(x).is_leaf());
}

TEST_CASE("the tape of a model with a frozen prefix is that of its head alone, however deep the prefix") {
  const auto measure = [](int depth) {
    const Symbol input = Input({16, 8});
    Symbol x = input;
    for (int i = 0; i < depth; ++i) x = LSTM({.units = 8, .return_sequences = true})(x);
    const Model model(input, Dense({.units = 3, .activation = "softmax", .name = "head"})(Flatten()(x)));
    freeze(model, all_but_last(1));
    return tape_stats(sum(square(model(randn({4, 16, 8})))));
  };
  const TapeStats head = measure(0);
  CHECK(head.nodes > 0);
  for (const int depth : {2, 8, 32}) {
    const TapeStats s = measure(depth);
    CHECK(s.nodes == head.nodes);
    // The head's input is data without the prefix and computed with it.
    CHECK(s.saved_bytes + s.borrowed_bytes == head.saved_bytes + head.borrowed_bytes);
    CHECK(s.saved_bytes == measure(2).saved_bytes);
  }
}
