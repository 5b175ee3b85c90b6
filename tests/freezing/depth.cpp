#include "support.hpp"

using namespace frost;
using namespace freezing_test;

namespace {

using MakeLayer = std::function<Layer(int)>;

// `depth` layers and a head of two outputs.
Model stack(int depth, const MakeLayer& make, const Shape& shape) {
  seed(9);
  const Symbol input = Input(shape);
  Symbol x = input;
  for (int i = 0; i < depth; ++i) x = make(i)(x);
  return Model(input, Dense({.units = 2, .name = "head"})(Flatten()(x)));
}
Layer plain_dense(int) { return Dense({.units = 64}); }
Layer relu_dense(int) { return Dense({.units = 64, .activation = "relu"}); }
Layer sequence_lstm(int) { return LSTM({.units = 16, .return_sequences = true}); }

}  // namespace

TEST_CASE("a frozen Dense above something trainable keeps nothing that was computed, however many there are") {
  const auto saved = [](int frozen) {
    const Model model = stack(1 + frozen, plain_dense, {64});
    for (int i = 0; i < frozen; ++i) model.layers()[static_cast<std::size_t>(2 + i)].set_trainable(false);
    const TapeStats stats = tape_stats(model(some_rows(8, 64, 1)));
    CHECK(stats.ops.at("linear") == 2 + frozen);
    return stats.saved_bytes;
  };
  const std::int64_t none = saved(0);
  for (const int frozen : {1, 2, 8}) CHECK(saved(frozen) == none);
}

TEST_CASE("the layer below frozen ones gets the gradient that it gets when all train, to the bit") {
  const auto gradient = [](bool frozen) {
    const Model model = stack(5, relu_dense, {64});
    if (frozen) freeze(model, !named("dense"));
    sum(square(model(some_rows(8, 64, 1)))).backward();
    return model.get_layer("dense").weights()[0].grad().clone();
  };
  CHECK(same_bits(gradient(true), gradient(false)));
}

TEST_CASE("training biases alone keeps no layer's input: only what the activations read") {
  const Model model = stack(10, relu_dense, {64});
  freeze(model, everything(), Freeze::weights);
  const TapeStats stats = tape_stats(model(some_rows(8, 64, 1)));
  CHECK(stats.saved_bytes == 10 * 8 * 64 * 4);
  reset_kernel_counts();
  sum(square(model(some_rows(8, 64, 1)))).backward();
  CHECK(count_of("linear.dkernel") == 0);
  CHECK(count_of("linear.dbias") == 11);

  const Model linear = stack(10, plain_dense, {64});
  freeze(linear, everything(), Freeze::weights);
  CHECK(tape_stats(linear(some_rows(8, 64, 1))).saved_bytes == 0);
}

TEST_CASE("gradients of inputs are computed above the lowest trainable layer and nowhere else") {
  const Model model = stack(6, relu_dense, {64});
  for (int lowest = 0; lowest < 7; ++lowest) {
    CAPTURE(lowest);
    model.set_trainable(false);
    model.weights()[static_cast<std::size_t>(2 * lowest)].set_requires_grad(true);
    reset_kernel_counts();
    sum(square(model(some_rows(8, 64, 1)))).backward();
    CHECK(count_of("linear.dx") == 6 - lowest);
    CHECK(count_of("linear.dkernel") == 1);
    CHECK(count_of("linear.dbias") == 0);
  }
  model.set_trainable(true);
  reset_kernel_counts();
  sum(square(model(some_rows(8, 64, 1)))).backward();
  CHECK(count_of("linear.dx") == 6);  // not the first layer's
  const Tensor gradient = model.weights()[0].grad().clone();
  model.weights()[0].zero_grad();
  sum(square(model(some_rows(8, 64, 1).set_requires_grad(true)))).backward();
  CHECK(same_bits(model.weights()[0].grad(), gradient));
}

TEST_CASE("the forward pass of a frozen prefix holds two activations and the head's, however deep it is") {
  const std::int64_t rows = 64;
  struct Kind {
    const char* name;
    MakeLayer make;
    Shape shape;
    std::int64_t largest;  // bytes of an activation
    std::int64_t scratch;  // what one layer needs while it works, besides input and output: an LSTM its gates
  };
  const Kind kinds[] = {{"Dense", plain_dense, {64}, rows * 64 * 4, 0},
                        {"Dense with relu", relu_dense, {64}, rows * 64 * 4, 0},
                        {"LSTM", sequence_lstm, {10, 16}, rows * 10 * 16 * 4, rows * 10 * 4 * 16 * 4}};
  for (const Kind& kind : kinds)
    for (const int depth : {2, 8, 32}) {
      CAPTURE(kind.name, depth);
      const Model model = stack(depth, kind.make, kind.shape);
      freeze(model, !named("head"));
      Shape batch = {rows};
      batch.insert(batch.end(), kind.shape.begin(), kind.shape.end());
      const Tensor x = randn(batch);
      const std::int64_t before = memory_stats().live_bytes;
      reset_peak_memory();
      const Tensor y = model(x, {.training = true});
      CHECK(memory_stats().peak_bytes - before <= 2 * kind.largest + kind.scratch + rows * 2 * 4);
      CHECK(tape_stats(y).nodes == 1);
      CHECK(memory_stats().live_bytes - before == kind.largest + rows * 2 * 4);  // the head's input and output
    }
}

TEST_CASE("an activation takes the place of what nobody needs, and of nothing else") {
  const NoGrad guard;
  for (const char* name :
       {"relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "sigmoid", "log_sigmoid", "hard_sigmoid",
        "tanh", "softmax", "log_softmax", "softplus", "softsign", "exponential"}) {
    CAPTURE(name);
    const ActivationFunction f(name);
    const Tensor x = some_rows(9, 7, 3), before = x.clone(), expected = f(x);
    Tensor shown = x, viewed = x.clone(), alone = x.clone() * 1.;
    const Tensor view = viewed.reshape({63});
    CHECK(same_bits(f(std::move(shown)), expected));
    CHECK(same_bits(f(std::move(viewed)), expected));
    CHECK(same_bits(f(std::move(alone)), expected));
    CHECK(same_bits(x, before));
    CHECK(same_bits(view.reshape({9, 7}), before));
  }
}
