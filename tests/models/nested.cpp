#include "../support/catch.hpp"
#include "mission.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/leaf.hpp>

#include <algorithm>
#include <random>
#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

std::string summary(const Model& model) {
  std::ostringstream out;
  model.summary(out);
  return out.str();
}
// The number behind a line's title, without its commas.
std::int64_t number(const std::string& table, const std::string& title) {
  std::string digits = table.substr(table.find(title) + title.size());
  digits.resize(digits.find('\n'));
  std::erase(digits, ',');
  return std::stoll(digits);
}

// outer holds middle holds the layers "a" and "b".
struct Family {
  Model outer, middle;
  Layer a, b;
};
Family family(bool middle_is_sequential) {
  Family f;
  f.a = Dense({.units = 4, .name = "a"});
  f.b = Dense({.units = 4, .name = "b"});
  if (middle_is_sequential) {
    const Sequential net({f.a, f.b}, {.name = "middle"});
    net.build({4});
    f.middle = net;
  } else {
    const Symbol x = Input({4});
    f.middle = Model(x, f.b(f.a(x)), {.name = "middle"});
  }
  const Symbol input = Input({4});
  f.outer = Model(input, Dense({.units = 2, .name = "head"})(f.middle(input)));
  return f;
}

// Shares another layer's kernel, transposed.
class Tied : public LayerBase {
 public:
  explicit Tied(const Layer& other) : other_(other) {}
  void build(const Shape&) override { kernel_ = add_weight("kernel", other_.weights()[0]); }
  Tensor call(const Tensor& x, const CallContext&) override { return matmul(x, kernel_, {.transpose_b = true}); }

 private:
  Layer other_;
  Parameter kernel_;
};
Model tied() {
  const Symbol input = Input({4});
  const Layer encoder = Dense({.units = 3, .use_bias = false, .name = "encoder"});
  const Symbol code = encoder(input);
  const Layer decoder = layer<Tied>(encoder);
  const Symbol output = decoder(code);
  decoder.set_name("decoder");
  return Model(input, output);
}

// A model of layers, nested models, and layers that several of them share.
class RandomModels {
 public:
  explicit RandomModels(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  Model model(int depth) {
    const Symbol input = Input({4});
    Symbol x = input;
    for (std::size_t i = 0, n = 1 + below(4); i < n; ++i) x = layer_of(depth)(x);
    return Model(input, x, {.name = "model_" + std::to_string(made_++)});
  }

 private:
  Layer layer_of(int depth) {
    switch (below(depth > 0 ? 6 : 4)) {
      case 0:
        return Dense({.units = 4});
      case 1:
        return BatchNormalization();
      case 2:
        return Activation("tanh");
      case 3:
        if (shared_.empty() || below(2) == 0)
          shared_.push_back(Dense({.units = 4, .name = "shared_" + std::to_string(shared_.size())}));
        return shared_[below(shared_.size())];
      default:
        return model(depth - 1);
    }
  }
  std::mt19937 random_;
  std::vector<Layer> shared_;
  int made_ = 0;
};

void all_layers(const Layer& layer, std::vector<Layer>& found) {
  for (const Layer& l : layer.base().sublayers()) {
    found.push_back(l);
    all_layers(l, found);
  }
}

// Counted by hand, each weight once.
struct Counts {
  std::int64_t total = 0, trained = 0;  // elements
  std::size_t trained_weights = 0, weights = 0;
};
Counts counts_of(const Layer& of) {
  std::vector<Layer> layers = {of};
  all_layers(of, layers);
  Parameters unique;
  for (const Layer& l : layers)
    for (const OwnWeight& w : l.base().own_weights())
      if (std::none_of(unique.begin(), unique.end(), [&](const Parameter& p) { return p.is_same(w.parameter); }))
        unique.push_back(w.parameter);
  Counts counts;
  counts.weights = unique.size();
  for (const Parameter& p : unique) {
    counts.total += p.size();
    if (!p.requires_grad()) continue;
    ++counts.trained_weights;
    const auto& part = detail::frozen_part(p);
    counts.trained += part ? part->trained() : p.size();
  }
  return counts;
}
void check_counts(const Layer& layer) {
  const Counts counts = counts_of(layer);
  CAPTURE(layer.name());
  CHECK(layer.count_params() == counts.total);
  CHECK(layer.weights().size() == counts.weights);
  CHECK(layer.trainable_weights().size() == counts.trained_weights);
  CHECK(layer.non_trainable_weights().size() == counts.weights - counts.trained_weights);
}

}  // namespace

TEST_CASE("paths reach into nested models") {
  const Family f = family(GENERATE(false, true));
  CHECK(f.outer.get_layer("middle/a").is_same(f.a));
  CHECK(f.outer.get_layer("middle").is_same(f.middle));
  CHECK(Model(f.outer.get_layer("middle")).get_layer("b").is_same(f.b));
  CHECK_THROWS_WITH(f.outer.get_layer("middle/c"), Contains("middle/a"));
  CHECK_THROWS_WITH(f.outer.get_layer("a"), Contains("middle/a"));
}

TEST_CASE("of parent, child and grandchild the last write wins, in every order and with every value") {
  const bool sequential = GENERATE(false, true);
  const Family f = family(sequential);
  const std::vector<Layer> levels = {f.outer, f.middle, f.a};
  std::vector<int> order = {0, 1, 2};
  do {
    for (int values = 0; values < 8; ++values) {
      const bool start = values & 1;
      f.outer.set_trainable(!start);
      // Who stands inside whom: outer 0, middle 1, a 2, b 3.
      bool expected[4] = {!start, !start, !start, !start};
      for (const int level : order) {
        const bool value = values >> level & 1;
        levels[static_cast<std::size_t>(level)].set_trainable(value);
        for (int inside = level; inside < (level == 2 ? 3 : 4); ++inside) expected[inside] = value;
      }
      INFO("order " << order[0] << order[1] << order[2] << ", values " << values);
      const Layer checked[] = {f.outer, f.middle, f.a, f.b};
      for (int i = 0; i < 4; ++i) CHECK(checked[i].trainable() == expected[i]);
      for (const Parameter& w : f.a.weights()) CHECK(w.requires_grad() == expected[2]);
      for (const Parameter& w : f.b.weights()) CHECK(w.requires_grad() == expected[3]);
      const Tensor y = f.middle(ones({1, 4}));
      CHECK(y.requires_grad() == (expected[2] || expected[3]));
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("random nested models with random frozen weights: the summary's counts are those of the weights") {
  for (unsigned seed_ = 0; seed_ < 60; ++seed_) {
    INFO("seed " << seed_);
    RandomModels random(seed_);
    const Model model = random.model(3);
    std::vector<Layer> layers;
    all_layers(model, layers);
    for (int i = 0; i < 8; ++i) {
      const Layer& layer = layers[random.below(layers.size())];
      const bool value = random.below(2) == 0;
      const Parameters weights = model.weights();
      switch (random.below(5)) {
        case 0:
          layer.set_trainable(value);
          break;
        case 1: {
          const Freeze what = random.below(2) == 0 ? Freeze::biases : Freeze::weights;
          value ? thaw(layer, everything(), what) : freeze(layer, everything(), what);
          break;
        }
        case 2:
          if (weights.empty()) break;
          if (const Parameter& w = weights[random.below(weights.size())]; w.name().find("moving_") == std::string::npos)
            w.set_requires_grad(value);
          break;
        case 3:
          if (weights.empty()) break;
          if (const Parameter& w = weights[random.below(weights.size())]; w.name().find("moving_") == std::string::npos)
            value ? thaw_rows(w, {0, 2}) : freeze_rows(w, {static_cast<std::int64_t>(random.below(4))});
          break;
        default:
          freeze_statistics(model, everything());
      }
    }
    check_counts(model);
    const std::string table = summary(model);
    const Counts counts = counts_of(model);
    CHECK(number(table, "Total params: ") == counts.total);
    CHECK(number(table, "\nTrainable params: ") == counts.trained);
    CHECK(number(table, "Non-trainable params: ") == counts.total - counts.trained);
    for (const Layer& layer : layers) check_counts(layer);
  }
}

TEST_CASE("the summary lists a nested model's layers below it, indented") {
  const Family f = family(true);
  f.a.set_trainable(false);
  const std::string table = summary(f.outer);
  CHECK_THAT(table, Contains("\n middle (Sequential) "));
  CHECK_THAT(table, Contains("\n   a (Dense) ") && Contains("\n   b (Dense) "));
  CHECK(table.find(" middle (") < table.find("   a ("));
  CHECK(table.find("   b (") < table.find(" head ("));
  CHECK(table.substr(table.find(" middle ("), 90).find("partly") != std::string::npos);
  CHECK(table.substr(table.find("   a ("), 90).find("no") != std::string::npos);
  CHECK(number(table, "Total params: ") == 50);
}

TEST_CASE("freezing one of two layers that share a weight freezes the weight") {
  const Model model = tied();
  CHECK(model.count_params() == 12);
  model.get_layer("decoder").set_trainable(false);
  CHECK(model.trainable_weights().empty());
  CHECK_FALSE(model.get_layer("encoder").weights()[0].requires_grad());
  model.get_layer("encoder").set_trainable(true);
  CHECK(model.get_layer("decoder").weights()[0].requires_grad());
  const FreezeResult result = freeze(model, named("encoder"));
  CHECK(result.tensors == 1);
  CHECK(result.ties == std::vector<std::string>{"decoder/kernel is encoder/kernel"});
  CHECK(freeze(model, everything()).tensors == 1);
  CHECK(freeze(model, everything()).ties.empty());
}

TEST_CASE("the summary counts a tie once and names it") {
  const std::string table = summary(tied());
  CHECK_THAT(table, Contains("decoder (Tied)") && Contains("shares encoder/kernel"));
  CHECK_THAT(table, Contains("Total params: 12\n"));
}

TEST_CASE("selecting a model selects a layer that another model holds, too") {
  const Layer shared = Dense({.units = 4, .name = "shared"});
  const auto part = [&](const std::string& name) {
    const Symbol in = Input({4});
    return Model(in, Dense({.units = 4, .name = "own"})(shared(in)), {.name = name});
  };
  const Model first = part("first"), second = part("second");
  const Symbol input = Input({4});
  const Model model(input, second(first(input)));
  CHECK(freeze(model, named("second")).tensors == 4);
  CHECK_FALSE(shared.trainable());
  CHECK(model.trainable_weights().size() == 2);
}
