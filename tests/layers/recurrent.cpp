#include "../support/catch.hpp"
#include "layer_rows_recurrent.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

Tensor numbers(const Shape& shape, std::uint64_t key = 1) { return Generator(key).normal(shape, f64); }
double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}
// With weights that are no special numbers: biases start at 0.
void shake(const Layer& layer) {
  Generator random(9);
  for (const Parameter& w : layer.weights()) w.assign(0.5 * random.normal(w.shape(), f64));
}
Tensor step_of(const Tensor& x, std::int64_t t) { return squeeze(x.slice(1, t, t + 1), 1); }
Tensor columns(const Tensor& x, std::int64_t block, std::int64_t units) {
  return x.slice(-1, block * units, (block + 1) * units);
}

}  // namespace

TEST_CASE("a GRU is what its formula says, with either place of the reset and any activations") {
  const bool after = GENERATE(true, false), bias = GENERATE(true, false), named = GENERATE(true, false);
  CAPTURE(after, bias, named);
  const std::int64_t units = 3;
  GRUOptions options = {.units = units, .use_bias = bias, .return_sequences = true, .reset_after = after, .dtype = f64};
  if (!named) {
    options.activation = "softsign";
    options.recurrent_activation = "hard_sigmoid";
  }
  const ActivationFunction outer = options.activation, gate = options.recurrent_activation;
  const Layer gru = GRU(options);
  const Tensor x = numbers({2, 4, 5});
  gru(x);
  shake(gru);
  const Parameters w = gru.weights();
  REQUIRE(w.size() == (bias ? 3u : 2u));
  if (bias) CHECK(w[2].shape() == (after ? Shape{2, 9} : Shape{9}));
  const Tensor none = zeros({9}, {.dtype = f64});
  const Tensor b = !bias ? none : after ? Tensor(w[2][0]) : Tensor(w[2]), c = bias && after ? w[2][1] : none;

  Tensor h = zeros({2, units}, {.dtype = f64});
  Tensors outputs;
  for (std::int64_t t = 0; t < 4; ++t) {
    const auto input = [&](int k) { return matmul(step_of(x, t), columns(w[0], k, units)) + columns(b, k, units); };
    const auto state = [&](const Tensor& from, int k) {
      return matmul(from, columns(w[1], k, units)) + columns(c, k, units);
    };
    const Tensor z = gate(input(0) + state(h, 0)), r = gate(input(1) + state(h, 1));
    const Tensor candidate = outer(input(2) + (after ? r * state(h, 2) : state(r * h, 2)));
    h = z * h + (1. - z) * candidate;
    outputs.push_back(h);
  }
  CHECK(distance(gru(x), stack(outputs, 1)) < 1e-12);
}

TEST_CASE("a SimpleRNN is what its formula says") {
  const char* activation = GENERATE("tanh", "softsign");
  const Layer rnn = SimpleRNN({.units = 3, .activation = activation, .dtype = f64});
  const Tensor x = numbers({2, 4, 5});
  rnn(x);
  shake(rnn);
  const Parameters w = rnn.weights();
  Tensor h = zeros({2, 3}, {.dtype = f64});
  for (std::int64_t t = 0; t < 4; ++t)
    h = ActivationFunction(activation)(matmul(step_of(x, t), w[0]) + matmul(h, w[1]) + w[2]);
  CHECK(distance(rnn(x), h) < 1e-12);
}

TEST_CASE("recurrent layers start from the states they are given and give those they end in") {
  const Tensor x = numbers({2, 6, 5});
  const auto check = [&](const auto& make) {
    const Layer whole = make(false), with_state = make(true);
    const Tensor expected = whole(x);
    shake(whole);
    with_state.all(x);
    with_state.set_weights(whole.get_weights());
    const Tensors first = with_state.all(x.slice(1, 0, 4));
    Tensors rest = {x.slice(1, 4, 6)};
    rest.insert(rest.end(), first.begin() + 1, first.end());
    const Tensors second = with_state.all(rest);
    CHECK(distance(concatenate({first[0], second[0]}, 1), whole(x)) < 1e-12);
    CHECK(distance(second[1], step_of(whole(x), 5)) < 1e-12);
    if (rest.size() == 2 || whole.type() == "LSTM") CHECK(distance(whole(rest), second[0]) < 1e-12);
    rest.push_back(rest.back());
    CHECK_THROWS_WITH(with_state.all(rest), Contains("got " + std::to_string(rest.size()) + " inputs"));
  };
  check([](bool state) { return LSTM({.units = 3, .return_sequences = true, .return_state = state, .dtype = f64}); });
  check([](bool state) { return GRU({.units = 3, .return_sequences = true, .return_state = state, .dtype = f64}); });
  check([](bool state) {
    return GRU({.units = 3, .return_sequences = true, .return_state = state, .reset_after = false, .dtype = f64});
  });
  check([](bool state) {
    return SimpleRNN({.units = 3, .return_sequences = true, .return_state = state, .dtype = f64});
  });
}

TEST_CASE("a stateful layer goes on where the batch before ended, and its tape does not") {
  const Tensor x = numbers({2, 6, 5}).set_requires_grad(true);
  const auto check = [&](const auto& make) {
    const Layer stateful = make(true), whole = make(false);
    const Tensor a = x.slice(1, 0, 4), b = x.slice(1, 4, 6);
    stateful(a);
    whole(a);
    CAPTURE(stateful.type());
    stateful.set_weights(whole.get_weights());
    stateful.reset_states();
    const Tensor expected = whole(x), first = stateful(a);
    const std::int64_t nodes = tape_stats(stateful(b)).nodes;
    stateful.reset_states();
    stateful(a);
    const Tensor second = stateful(b);
    CHECK(distance(concatenate({first, second}, 1), expected) < 1e-12);
    const Tensor gradient = grad(sum(second), {x})[0];
    CHECK(max(abs(gradient.slice(1, 0, 4))).item<double>() == 0);
    CHECK(max(abs(gradient.slice(1, 4, 6))).item<double>() > 0);
    for (int i = 0; i < 3; ++i) CHECK(tape_stats(stateful(b)).nodes == nodes);

    CHECK_THROWS_WITH(stateful(numbers({3, 2, 5})),
                      Contains("states of 2 rows") && Contains("batch of 3 rows") && Contains("reset_states()"));
    stateful.reset_states();
    CHECK(distance(stateful(a), first) == 0);
  };
  check([](bool stateful) { return LSTM({.units = 3, .return_sequences = true, .stateful = stateful, .dtype = f64}); });
  check([](bool stateful) { return GRU({.units = 3, .return_sequences = true, .stateful = stateful, .dtype = f64}); });
  check([](bool stateful) {
    return SimpleRNN({.units = 3, .return_sequences = true, .stateful = stateful, .dtype = f64});
  });
  check([](bool stateful) {
    return RNN(layer<layer_test::TestCell>(2, f64), {.return_sequences = true, .stateful = stateful, .dtype = f64});
  });
}

TEST_CASE("a model forgets the states of the layers in it, and its clone has none") {
  const Symbol input = Input({3, 2});
  const Model model(input, Dense({.units = 1})(Bidirectional(GRU({.units = 2, .stateful = true}))(input)));
  const Tensor x = ones({2, 3, 2}), first = model(x), second = model(x);
  CHECK(distance(first, second) > 0);
  const Model copy = model.clone();
  CHECK(distance(copy(x), first) == 0);
  model.reset_states();
  CHECK(distance(model(x), first) == 0);
}

TEST_CASE("an RNN over a cell of one's own is the layer that the cell describes") {
  struct Elman : RNNCellBase {
    void build(const Shape& x) override {
      kernel = add_weight("kernel", {x.back(), 3});
      recurrent = add_weight("recurrent_kernel", {3, 3});
    }
    std::vector<std::int64_t> state_sizes() const override { return {3}; }
    Tensors call_all(const Tensors& xs, const CallContext&) override {
      const Tensor h = tanh(matmul(xs[0], kernel) + matmul(xs[1], recurrent));
      return {h, h};
    }
    Parameter kernel, recurrent;
  };
  for (const bool backwards : {false, true}) {
    const Layer rnn = RNN(layer<Elman>(), {.return_sequences = true, .go_backwards = backwards});
    const Layer simple =
        SimpleRNN({.units = 3, .use_bias = false, .return_sequences = true, .go_backwards = backwards});
    const Tensor x = randn({2, 4, 5});
    rnn(x);
    simple(x);
    rnn.set_weights(simple.get_weights());
    CHECK(distance(rnn(x), simple(x)) < 1e-6);
    CHECK(rnn.weights()[0].name() == "elman/kernel");
  }
}

TEST_CASE("a Bidirectional joins a layer and its mirror image in each way") {
  const bool sequences = GENERATE(true, false), backwards = GENERATE(true, false);
  const std::string mode = GENERATE("concat", "sum", "mul", "ave", "none", "");
  CAPTURE(sequences, backwards, mode);
  LSTMOptions options = {.units = 3, .return_sequences = sequences, .go_backwards = backwards, .dtype = f64};
  const Layer both = Bidirectional(LSTM(options), {.merge_mode = mode});
  const Tensor x = numbers({2, 4, 5});
  const Tensors ys = both.all(x);
  const Layer ahead = LSTM(options);
  options.go_backwards = !backwards;
  const Layer back = LSTM(options);
  ahead(x);
  back(x);
  const Tensors weights = both.get_weights();
  REQUIRE(weights.size() == 6);
  CHECK(distance(weights[0], weights[3]) > 0);
  ahead.set_weights({weights.begin(), weights.begin() + 3});
  back.set_weights({weights.begin() + 3, weights.end()});
  const Tensor a = ahead(x), b = sequences ? flip(back(x), 1) : back(x);
  if (mode == "none" || mode.empty()) {
    REQUIRE(ys.size() == 2);
    CHECK(distance(ys[0], a) + distance(ys[1], b) < 1e-12);
    CHECK_THROWS_WITH(both(x), Contains("2 outputs"));
    return;
  }
  const Tensor expected = mode == "concat" ? concatenate({a, b}, -1)
                          : mode == "sum"  ? a + b
                          : mode == "mul"  ? a * b
                                           : (a + b) * 0.5;
  REQUIRE(ys.size() == 1);
  CHECK(distance(ys[0], expected) < 1e-12);
  CHECK(both.weights()[0].name() == "forward_lstm/kernel");
  CHECK(both.weights()[3].name() == "backward_lstm/kernel");
}

TEST_CASE("a Bidirectional hands states in and out, those of the forward layer first") {
  const Layer both = Bidirectional(GRU({.units = 3, .return_state = true}));
  const Tensors ys = both.all(randn({2, 4, 5}));
  REQUIRE(ys.size() == 3);
  CHECK(distance(ys[0], concatenate({ys[1], ys[2]}, -1)) == 0);
  const Tensors again = both.all({randn({2, 4, 5}), ys[1], ys[2]});
  CHECK(distance(again[1], ys[1]) > 0);
  CHECK_THROWS_WITH(both.all({randn({2, 4, 5}), ys[1]}), Contains("got 2 inputs"));
}

TEST_CASE("inside a Bidirectional or a TimeDistributed single layers are frozen by their path") {
  const Symbol input = Input({4, 5});
  Symbol x = Bidirectional(LSTM({.units = 3, .return_sequences = true}))(input);
  x = TimeDistributed(Dense({.units = 2}))(x);
  const Model model(input, x);
  CHECK(model.layers()[1].name() == "bidirectional");
  CHECK(model.layers()[2].name() == "time_distributed");
  model.get_layer("bidirectional/forward_lstm").set_trainable(false);
  CHECK(model.trainable_weights().size() == 5);
  const Tensor y = sum(model(randn({2, 4, 5})));
  reset_kernel_counts();
  y.backward();
  CHECK(kernel_counts()["lstm.dkernel"] == 1);
  for (const Parameter& w : model.weights()) CHECK(w.has_grad() == w.requires_grad());
  freeze(model, named("time_distributed"));
  CHECK(model.trainable_weights().size() == 3);
}

TEST_CASE("a TimeDistributed does with each step what its layer does with a row") {
  const Layer dense = Dense({.units = 3, .activation = "tanh"}), wrapped = TimeDistributed(dense);
  const Tensor x = randn({2, 4, 5}), y = wrapped(x);
  for (std::int64_t t = 0; t < 4; ++t) CHECK(distance(step_of(y, t), dense(step_of(x, t))) < 1e-6);
  CHECK(wrapped.weights()[0].is_same(dense.weights()[0]));

  const Symbol row = Input({5});
  const Model inner(row, Dense({.units = 2})(Dense({.units = 4})(row)));
  const Layer of_model = TimeDistributed(inner);
  CHECK(of_model(Input({-1, 5})).shape() == Shape{-1, -1, 2});
  CHECK(distance(step_of(of_model(x), 1), inner(step_of(x, 1))) < 1e-6);
}
