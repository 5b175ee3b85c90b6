#include "support.hpp"

#include <frost/autograd/leaf.hpp>

#include <memory>
#include <random>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

namespace {

// Adds everything in `build`: layers, layers with layers, a weight, a state.
class Block : public LayerBase {
 public:
  explicit Block(int depth = 1) : depth_(depth) {}
  void build(const Shape& input) override {
    gain_ = add_weight("gain", {input.back()}, "ones");
    calls_ = add_state("calls", {1});
    dense_ = add_layer(Dense({.units = input.back()}));
    norm_ = add_layer(BatchNormalization());
    dropout_ = add_layer(Dropout({.rate = 0.5}));
    if (depth_ > 0) inner_ = add_layer(layer<Block>(depth_ - 1));
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    const Tensor y = dropout_(norm_(dense_(x * gain_, context), context), context);
    return depth_ > 0 ? inner_(y, context) : y;
  }

 private:
  int depth_;
  Parameter gain_, calls_;
  Layer dense_, norm_, dropout_, inner_;
};

// Takes layers in when it is told to, long after it was built.
class Growing : public LayerBase {
 public:
  void grow(const Layer& layer) { inner_.push_back(add_layer(layer)); }
  void grow_weight(const std::string& name, std::int64_t size) { weights_.push_back(add_weight(name, {size}, "ones")); }
  Tensor call(const Tensor& x, const CallContext& context) override {
    Tensor y = x;
    for (const Layer& l : inner_) y = l(y, context);
    for (const Parameter& w : weights_) y = y * w;
    return y;
  }

 private:
  std::vector<Layer> inner_;
  std::vector<Parameter> weights_;
};
Growing& growing(const Layer& layer) { return static_cast<Growing&>(layer.base()); }

// Takes in a layer that its constructor made, once it is built.
class Late : public LayerBase {
 public:
  explicit Late(const Layer& inner) : inner_(inner) {}
  void build(const Shape&) override { add_layer(inner_); }
  Tensor call(const Tensor& x, const CallContext& context) override { return inner_(x, context); }
  Layer copy_unbuilt() const override { return layer<Late>(inner_.base().copy_unbuilt()); }

 private:
  Layer inner_;
};
class Early : public LayerBase {
 public:
  explicit Early(bool trainable) : inner_(add_layer(Dense({.units = 3}))) {
    add_weight("gain", {3}, "ones");
    configure("early", trainable, default_dtype());  // after it has added something
  }
  Tensor call(const Tensor& x, const CallContext& context) override { return inner_(x, context); }

 private:
  Layer inner_;
};

const Tensor x = some_rows(4, 3, 1);
std::size_t trained(const Layer& layer) { return layer.trainable_weights().size(); }

// Every layer below.
std::vector<Layer> all_inside(const Layer& layer) {
  std::vector<Layer> all = {layer};
  for (const Layer& inner : layer.base().sublayers())
    for (const Layer& l : all_inside(inner)) all.push_back(l);
  return all;
}
template <class Flag>
bool all_say(const Layer& layer, const Flag& flag) {
  const std::vector<Layer> all = all_inside(layer);
  return std::all_of(all.begin(), all.end(), flag);
}

struct Container {
  const char* name;
  Layer (*make)(const Layer& inner);
};
const Container containers[] = {
    {"the layer", [](const Layer& inner) { return inner; }},
    {"a Sequential", [](const Layer& inner) -> Layer { return Sequential({inner}); }},
    {"a Sequential in a Sequential",
     [](const Layer& inner) -> Layer { return Sequential(std::vector<Layer>{Sequential({inner})}); }},
    {"TimeDistributed", [](const Layer& inner) -> Layer { return TimeDistributed(inner); }},
    {"a layer that takes it in when it is built", [](const Layer& inner) { return layer<Late>(inner); }},
};
Tensor input_of(const Container& container) {
  return container.name == std::string("TimeDistributed") ? some_rows(8, 3, 1).reshape({4, 2, 3}) : x;
}

}  // namespace

TEST_CASE("frozen before it is built, nothing that a layer adds in build trains, wherever the layer is") {
  for (const Container& container : containers)
    for (const bool by_selector : {false, true}) {
      CAPTURE(container.name, by_selector);
      const Layer outer = container.make(layer<Block>());
      if (by_selector)
        freeze(outer, everything());
      else
        outer.set_trainable(false);
      const Tensor before = outer(input_of(container), {.training = true});
      CHECK(before.is_leaf());
      CHECK(outer.weights().size() == 16);
      CHECK(trained(outer) == 0);
      CHECK(all_say(outer, [](const Layer& l) { return !l.trainable(); }));
      CHECK(same_bits(outer(input_of(container), {.training = true}), before));  // dropout is off, statistics stay
      outer.set_trainable(true);
      CHECK(trained(outer) == 10);
      CHECK(all_say(outer, [](const Layer& l) { return l.trainable(); }));
    }
}

TEST_CASE("of what was said before the build the last word counts") {
  const Sequential net({layer<Block>(), layer<Block>()});
  freeze(net, everything());
  thaw(net, named("block_1"));
  net(x);
  CHECK(trained(net.get_layer("block")) == 0);
  CHECK(trained(net.get_layer("block_1")) == 10);

  const Layer inner = layer<Block>();
  const Sequential around({Sequential({inner}), Dense({.units = 2})});
  around.set_trainable(false);
  inner.set_trainable(true);
  around(x);
  CHECK(trained(inner) == 10);
  CHECK(trained(around) == 10);

  const Layer block = layer<Block>();
  block.set_trainable(false);
  block.set_trainable(true);
  block(x);
  CHECK(trained(block) == 10);
}

TEST_CASE("a layer that is frozen by its own option stays frozen in a container that trains") {
  const Layer block = layer<Late>(Dense({.units = 2, .trainable = false}));
  block(x);
  CHECK(trained(block) == 0);
  CHECK(block.trainable());
}

TEST_CASE("dropout kept on, states kept and statistics kept are handed on to what is added") {
  const Sequential net({layer<Block>()});
  freeze(net, everything(), {.keep_stochastic = true, .keep_state = true});
  freeze_statistics(net, everything());
  net(x);
  const Layer block = net.get_layer("block");
  CHECK(all_say(block, [](const Layer& l) { return !l.trainable() && l.keeps_stochastic() && l.keeps_statistics(); }));
  CHECK_FALSE(same_bits(net(x, {.training = true}), net(x, {.training = true})));
  for (const char* path : {"block/gain", "block/dense/kernel", "block/block/batch_normalization/gamma"})
    CHECK_THAT(why_frozen(net, path), Contains("keep their state"));
  thaw(net, everything());
  const Tensors before = block.get_weights();
  net(x, {.training = true});
  CHECK(same_bits(block.get_weights(), before));  // the statistics
  thaw_statistics(net, everything());
  net(x, {.training = true});
  CHECK_FALSE(same_bits(block.get_weights(), before));

  const Layer fresh = layer<Block>();
  fresh(x);
  CHECK(all_say(fresh, [](const Layer& l) { return !l.keeps_stochastic() && !l.keeps_statistics(); }));
}

TEST_CASE("statistics kept before the build do not move while the rest trains") {
  const Sequential net({layer<Block>()});
  freeze_statistics(net, everything());
  net(x, {.training = true});
  CHECK(trained(net) == 10);
  for (const Parameter& w : net.weights())
    if (w.name().find("moving_mean") != std::string::npos) CHECK(max(abs(w)).item<double>() == 0);
}

TEST_CASE("what is added long after the build takes over what was said") {
  const Layer layer_ = layer<Growing>();
  layer_(x);
  layer_.set_trainable(false);
  growing(layer_).grow(Dense({.units = 3}));
  growing(layer_).grow_weight("gain", 3);
  layer_(x);
  CHECK(layer_.weights().size() == 3);
  CHECK(trained(layer_) == 0);
  layer_.set_trainable(true);
  growing(layer_).grow(Dense({.units = 3}));
  layer_(x);
  CHECK(trained(layer_) == 5);

  const Layer built = Dense({.units = 3});
  built(x);
  const Layer frozen = layer<Growing>();
  frozen.set_trainable(false);
  growing(frozen).grow(built);
  CHECK(trained(built) == 0);
}

TEST_CASE("a shared weight is frozen by a layer that was frozen before it took it in") {
  struct Tied : LayerBase {
    explicit Tied(const Layer& of) : encoder(of) {}
    void build(const Shape&) override { kernel = add_weight("kernel", encoder.weights()[0]); }
    Tensor call(const Tensor& t, const CallContext&) override { return matmul(t, kernel.transpose()); }
    Layer encoder;
    Parameter kernel;
  };
  const Layer encoder = Dense({.units = 2, .use_bias = false});
  encoder(x);
  const Layer decoder = layer<Tied>(encoder);
  decoder.set_trainable(false);
  decoder(ones({1, 2}));
  CHECK(trained(encoder) == 0);
}

TEST_CASE("a constructor that says trainable last says it to what it added") {
  CHECK(trained(layer<Early>(true)) == 1);
  const Layer frozen = layer<Early>(false);
  frozen(x);
  CHECK(frozen.weights().size() == 3);
  CHECK(trained(frozen) == 0);
}

TEST_CASE("wrappers that are frozen by an option, or before they are built, freeze what is inside") {
  class Cell : public RNNCellBase {
   public:
    void build(const Shape& input) override {
      dense_ = add_layer(Dense({.units = 2}));
      kernel_ = add_weight("kernel", {input.back(), 2});
    }
    std::vector<std::int64_t> state_sizes() const override { return {2}; }
    Tensors call_all(const Tensors& xs, const CallContext& context) override {
      const Tensor state = tanh(matmul(xs[0], kernel_) + dense_(xs[1], context));
      return {state, state};
    }

   private:
    Layer dense_;
    Parameter kernel_;
  };
  const Tensor steps = some_rows(8, 3, 1).reshape({2, 4, 3});
  const Layer by_option = RNN(layer<Cell>(), {.trainable = false});
  by_option(steps);
  CHECK(by_option.weights().size() == 3);
  CHECK(trained(by_option) == 0);
  for (const Layer& wrapper : {Layer(RNN(layer<Cell>())), Layer(Bidirectional(RNN(layer<Cell>()))),
                               Layer(Bidirectional(LSTM({.units = 2})))}) {
    wrapper.set_trainable(false);
    wrapper(steps);
    CHECK(wrapper.weights().size() > 0);
    CHECK(trained(wrapper) == 0);
  }
  const Layer of_frozen = Bidirectional(LSTM({.units = 2, .trainable = false}));
  of_frozen(steps);
  CHECK(trained(of_frozen) == 0);
}

TEST_CASE("wrapping what is frozen but for one layer leaves it so") {
  const Sequential inner({Dense({.units = 3, .name = "a"}), Dropout({.rate = 0.5}), Dense({.units = 3, .name = "b"})});
  freeze(inner, everything(), {.keep_stochastic = true});
  thaw(inner, named("b"));
  for (const Layer& wrapper :
       {Layer(TimeDistributed(inner)), layer<Late>(inner), Layer(Sequential(std::vector<Layer>{inner}))}) {
    const bool is_sequence = wrapper.type() == "TimeDistributed";
    const Tensor input = is_sequence ? x.reshape({2, 2, 3}) : x;
    wrapper(input);
    CHECK(trained(wrapper) == 2);
    CHECK(wrapper.trainable() == !is_sequence);
    CHECK_FALSE(same_bits(wrapper(input, {.training = true}), wrapper(input, {.training = true})));
  }
}

TEST_CASE("a layer added to a frozen Sequential is frozen, as in Keras, and can be thawed") {
  const bool is_built = GENERATE(false, true);
  const Sequential net({Dense({.units = 3}), layer<Block>()});
  if (is_built) net.build({3});
  freeze(net, everything(), {.keep_stochastic = true});
  const Layer head = Dense({.units = 2});
  net.add(head);
  net(x);
  CHECK(trained(net) == 0);
  CHECK_FALSE(head.trainable());
  CHECK(head.keeps_stochastic());
  thaw(net, named(head.name()));
  CHECK(trained(net) == 2);
}

TEST_CASE("a clone of what is not built is frozen where the original is, and is built like it") {
  Layer inside = layer<Block>();
  const Sequential net(
      {inside, TimeDistributed(layer<Block>()), Bidirectional(LSTM({.units = 2})), Dropout({.rate = 0.5})});
  freeze(net, everything(), {.keep_stochastic = true, .keep_state = true});
  thaw(net, named("time_distributed"));
  thaw(net, named("bidirectional/backward_lstm"));
  const Model copy = net.clone();
  const Tensor steps = some_rows(12, 3, 1).reshape({3, 4, 3});
  for (const Model& each : {Model(net), copy}) each(steps);
  const std::vector<Layer> mine = all_inside(net), theirs = all_inside(copy);
  REQUIRE(mine.size() == theirs.size());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    CAPTURE(mine[i].name());
    CHECK(mine[i].name() == theirs[i].name());
    CHECK(mine[i].trainable() == theirs[i].trainable());
    CHECK(mine[i].keeps_stochastic() == theirs[i].keeps_stochastic());
  }
  CHECK(trained(copy) == trained(net));
  CHECK(trained(copy) == 10 + 3);
}

TEST_CASE("what is added under a guard is paused with what takes it in, and as if without a guard afterwards") {
  const Layer layer_ = layer<Growing>();
  growing(layer_).grow(Dense({.units = 3}));
  layer_(x);
  const Layer own = Dense({.units = 3, .trainable = false});
  {
    const FreezeGuard guard(layer_, everything());
    growing(layer_).grow(layer<Block>());
    growing(layer_).grow(own);
    growing(layer_).grow_weight("gain", 3);
    const Tensor y = layer_(x, {.training = true});
    CHECK(y.is_leaf());
    CHECK(same_bits(layer_(x, {.training = true}), y));
    CHECK(trained(layer_) == 0);
    {
      const FreezeGuard nested(layer_, everything());
      growing(layer_).grow(Dense({.units = 3}));
      layer_(x);
      CHECK(trained(layer_) == 0);
    }
    CHECK(trained(layer_) == 0);
    CHECK(all_say(layer_, [&](const Layer& l) { return l.trainable() || l.is_same(own); }));
  }
  CHECK(trained(layer_) == 2 + 10 + 1 + 2);
  CHECK_FALSE(layer_(x, {.training = true}).is_leaf());
  CHECK(trained(own) == 0);
  layer_.set_trainable(true);
  CHECK(trained(layer_) == 2 + 10 + 2 + 1 + 2);
}

TEST_CASE("frozen under a guard and built there, a layer trains again when the guard ends") {
  const Sequential net({Dense({.units = 3, .name = "first"}), layer<Block>()});
  net.get_layer("first")(x);
  {
    const FreezeGuard guard(net, named("first"));
    net.get_layer("block").set_trainable(false);
    net(x);
    CHECK(trained(net) == 0);
  }
  CHECK(trained(net) == 2 + 10);
  const Layer layer_ = layer<Growing>();
  layer_(x);
  layer_.set_trainable(false);
  {
    const FreezeGuard guard(layer_, everything());
    layer_.set_trainable(true);  // overrules the pause, for what is added too
    growing(layer_).grow(layer<Block>());
    layer_(x);
    CHECK(trained(layer_) == 10);
  }
  CHECK(trained(layer_) == 0);
  CHECK(all_say(layer_, [](const Layer& l) { return !l.trainable(); }));
}

TEST_CASE("a guard over one kind of weights pauses those of that kind that are added") {
  const Layer layer_ = layer<Growing>();
  growing(layer_).grow(Dense({.units = 3}));
  layer_(x);
  {
    const FreezeGuard guard(layer_, everything(), {.what = Freeze::biases});
    growing(layer_).grow(Dense({.units = 3}));
    layer_(x);
    for (const Parameter& w : layer_.weights())
      CHECK(tape_stats(w * 1.).nodes == (w.name().find("bias") == std::string::npos ? 1 : 0));
  }
  CHECK(trained(layer_) == 4);
}

TEST_CASE("a layer that a guard pauses elsewhere is paused once, also where it is added") {
  const Layer shared = Dense({.units = 3, .name = "shared"}), grows = layer<Growing>();
  const Sequential net({shared, grows});
  net(x);
  {
    const FreezeGuard guard(net, everything());
    growing(grows).grow(shared);
    CHECK(trained(net) == 0);
  }
  CHECK(trained(net) == 2);
  {
    const FreezeGuard guard(net, everything());
    CHECK(trained(net) == 0);
  }
  CHECK(trained(net) == 2);
}

TEST_CASE("a layer appended to a model that is paused as a whole is paused") {
  const Sequential net({Dense({.units = 3})});
  net.build({3});
  {
    const FreezeGuard guard(net, everything());
    net.add(Dense({.units = 2}));
    CHECK(trained(net) == 0);
    CHECK(net(x).is_leaf());
  }
  CHECK(trained(net) == 4);
  {
    const FreezeGuard guard(net, named("dense"));
    net.add(Dense({.units = 2}));
    CHECK(trained(net) == 4);
  }
  CHECK(trained(net) == 6);
}

TEST_CASE("a build that fails under a guard, or frozen, leaves nothing behind and can be repeated") {
  struct Fails : LayerBase {
    void build(const Shape&) override {
      inner = add_layer(Dense({.units = 3}));
      add_weight("gain", {3}, "ones");
      if (fails) throw ValueError("not yet");
    }
    Tensor call(const Tensor& t, const CallContext& context) override { return inner(t, context); }
    Layer inner;
    bool fails = true;
  };
  const Layer failing = layer<Fails>(), around = layer<Growing>();
  around(x);
  failing.set_trainable(false);
  {
    const FreezeGuard guard(around, everything());
    growing(around).grow(failing);
    CHECK_THROWS_WITH(around(x), Contains("not yet"));
    CHECK(failing.base().sublayers().empty());
    static_cast<Fails&>(failing.base()).fails = false;
    around(x);
    CHECK(trained(around) == 0);
  }
  CHECK(failing.weights().size() == 3);
  CHECK(trained(around) == 0);
  CHECK(failing.base().sublayers()[0].name() == "dense");
  around.set_trainable(true);
  CHECK(trained(around) == 3);
}

namespace {

// Four layers that take in one Dense each: all at once, or when they are told to.
struct Tree {
  // 0 holds 1 and 2, 1 holds 3.
  explicit Tree(bool at_once) {
    for (int i = 0; i < 4; ++i) {
      nodes.push_back(layer<Growing>());
      leaves.push_back(BatchNormalization());
    }
    for (const auto& [outer, inner] : {std::pair(1, 3), std::pair(0, 1), std::pair(0, 2)})
      growing(nodes[static_cast<std::size_t>(outer)]).grow(nodes[static_cast<std::size_t>(inner)]);
    nodes[0](x);
    for (const Layer& l : leaves) l(x);
    if (at_once)
      for (std::size_t i = 0; i < 4; ++i) grow(i);
  }
  void grow(std::size_t i) { growing(nodes[i]).grow(leaves[i]); }

  std::vector<Layer> nodes, leaves;
  std::vector<std::unique_ptr<FreezeGuard>> guards;
};
std::string text_of(const Layer& l) {
  std::string text;
  const auto add = [&](bool flag) { text += flag ? '1' : '0'; };
  for (const bool flag : {l.trainable(), l.keeps_stochastic(), l.keeps_statistics()}) add(flag);
  for (const OwnWeight& w : l.base().own_weights())
    for (const bool flag :
         {w.parameter.requires_grad(), detail::is_trained(w.parameter), detail::keeps_state(w.parameter)})
      add(flag);
  return text;
}

}  // namespace

TEST_CASE("when a layer was taken in makes no difference, whatever was said and paused before, meanwhile and after") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    Tree early(true), late(false);
    std::vector<bool> grown(4);
    for (int step = 0; step < 25; ++step) {
      const std::size_t at = below(4), action = below(9);
      const FreezeOptions options = {.keep_stochastic = below(2) == 0, .keep_state = below(2) == 0};
      for (Tree* tree : {&early, &late}) {
        const Layer& node = tree->nodes[at];
        if (action == 0) node.set_trainable(false);
        if (action == 1) node.set_trainable(true);
        if (action == 2) freeze(node, everything(), options);
        if (action == 3) thaw(node, everything());
        if (action == 4) freeze_statistics(node, everything());
        if (action == 5) thaw_statistics(node, everything());
        if (action == 6) tree->guards.push_back(std::make_unique<FreezeGuard>(node, everything(), options));
        if (action == 7 && !tree->guards.empty()) tree->guards.pop_back();
      }
      if (action == 8 && !grown[at]) {
        late.grow(at);
        grown[at] = true;
      }
      for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(text_of(late.nodes[i]) == text_of(early.nodes[i]));
        if (grown[i]) REQUIRE(text_of(late.leaves[i]) == text_of(early.leaves[i]));
      }
    }
    for (Tree* tree : {&early, &late})
      while (!tree->guards.empty()) tree->guards.pop_back();
    for (std::size_t i = 0; i < 4; ++i)
      if (grown[i]) REQUIRE(text_of(late.leaves[i]) == text_of(early.leaves[i]));
  }
}
