#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cstring>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor normal(const Shape& shape, DType dtype = DType::float64) { return randn(shape, {.dtype = dtype}); }
Tensor leaf(const Tensor& t) { return t.clone().set_requires_grad(true); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}
bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<double>().data(), b.data<double>().data(), a.data<double>().size_bytes()) == 0;
}
std::int64_t count(const char* kernel) {
  const auto counts = kernel_counts();
  const auto found = counts.find(kernel);
  return found == counts.end() ? 0 : found->second;
}

/// The weights of an LSTM: kernel, recurrent kernel, bias.
Tensors weights(std::int64_t features, std::int64_t units) {
  return {0.4 * normal({features, 4 * units}), 0.4 * normal({units, 4 * units}), 0.4 * normal({4 * units})};
}

// The formula, a step at a time.
Tensor step_by_step(const Tensor& x, const Tensors& w, Tensor h, Tensor c, bool sequences, bool backwards) {
  const std::int64_t steps = x.shape()[1], units = w[1].shape()[0];
  Tensors hs;
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::int64_t t = backwards ? steps - 1 - step : step;
    Tensor z = matmul(squeeze(x.slice(1, t, t + 1), 1), w[0]) + matmul(h, w[1]);
    if (w[2].present()) z = z + w[2];
    const auto block = [&](std::int64_t i) { return z.slice(1, i * units, (i + 1) * units); };
    c = sigmoid(block(1)) * c + sigmoid(block(0)) * tanh(block(2));
    h = sigmoid(block(3)) * tanh(c);
    hs.push_back(h);
  }
  return sequences ? stack(hs, 1) : h;
}

}  // namespace

TEST_CASE("lstm is its formula, and so are its gradients") {
  struct Sizes {
    std::int64_t batch, steps, features, units;
  };
  for (const Sizes& s : {Sizes{2, 4, 3, 5}, {1, 1, 2, 3}, {1, 6, 1, 1}, {3, 1, 4, 17}, {5, 3, 2, 8}, {130, 2, 3, 2}})
    for (const bool sequences : {false, true})
      for (const bool backwards : {false, true})
        for (const bool has_bias : {true, false}) {
          INFO(s.batch << " " << s.steps << " " << s.features << " " << s.units << " " << sequences << backwards
                       << has_bias);
          const Tensor x = leaf(normal({s.batch, s.steps, s.features}));
          Tensors w = weights(s.features, s.units);
          for (Tensor& t : w) t = leaf(t);
          if (!has_bias) w[2] = Tensor();
          const Tensor zero = zeros({s.batch, s.units}, {.dtype = DType::float64});
          const Tensor y = lstm(x, w[0], w[1], w[2], {.return_sequences = sequences, .go_backwards = backwards});
          const Tensor expected = step_by_step(x, w, zero, zero, sequences, backwards);
          CHECK(largest_difference(y.detach(), expected.detach()) < 1e-13);
          Tensors inputs = {x, w[0], w[1]};
          if (has_bias) inputs.push_back(w[2]);
          const Tensor g = normal(y.shape());
          const Tensors found = grad(y, inputs, {.grad_output = g});
          const Tensors wanted = grad(expected, inputs, {.grad_output = g});
          for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(largest_difference(found[i], wanted[i]) < 1e-11);
        }
}

TEST_CASE("lstm_with_state continues where another left off") {
  const Tensors w = weights(3, 4);
  const Tensor x = normal({2, 5, 3}), h = leaf(normal({2, 4})), c = leaf(normal({2, 4}));
  const Tensor whole = lstm(x, w[0], w[1], w[2]);
  const Tensor zero = zeros({2, 4}, {.dtype = DType::float64});
  CHECK(largest_difference(lstm_with_state(x, w[0], w[1], w[2], zero, zero), whole) == 0);

  const Tensor y = lstm_with_state(x, w[0], w[1], w[2], h, c, {.return_sequences = true});
  const Tensor expected = step_by_step(x, w, h, c, true, false);
  CHECK(largest_difference(y.detach(), expected.detach()) < 1e-13);
  const Tensor g = normal(y.shape());
  reset_kernel_counts();
  const Tensors found = grad(y, {h, c}, {.grad_output = g}), wanted = grad(expected, {h, c}, {.grad_output = g});
  CHECK(largest_difference(found[0], wanted[0]) < 1e-12);
  CHECK(largest_difference(found[1], wanted[1]) < 1e-12);
  CHECK(count("lstm_with_state.dh") == 1);
  CHECK(count("lstm_with_state.dc") == 1);
  CHECK(count("lstm_with_state.dkernel") == 0);
}

TEST_CASE("a frozen LSTM above a trainable layer keeps no layer input and computes no weight gradient") {
  const std::int64_t batch = 2, steps = 3, features = 4, units = 5;
  const Tensor below = leaf(normal({batch, steps, features}));
  const Tensors w = weights(features, units);
  const std::int64_t gates = batch * steps * 4 * units * 8, cells = batch * steps * units * 8;
  const std::int64_t kernel = features * 4 * units * 8, recurrent = units * 4 * units * 8;

  const Tensor y = lstm(below, w[0], w[1], w[2], {.return_sequences = true});
  const TapeStats stats = tape_stats(y);
  CHECK(stats.nodes == 1);
  // Gates and cell states of operations; of x, neither a saved nor a borrowed byte. The weights are products here.
  CHECK(stats.saved_bytes == gates + cells + kernel + recurrent);
  CHECK(stats.borrowed_bytes == 0);

  reset_kernel_counts();
  sum(y).backward();
  CHECK(count("lstm.dx") == 1);
  CHECK(count("lstm.dkernel") == 0);
  CHECK(count("lstm.drecurrent_kernel") == 0);
  CHECK(count("lstm.dbias") == 0);
}

TEST_CASE("an LSTM with everything frozen records nothing") {
  const Tensors w = weights(3, 2);
  reset_kernel_counts();
  const Tensor y = lstm(normal({2, 3, 3}), w[0], w[1], w[2]);
  CHECK(tape_stats(y).nodes == 0);
  CHECK_FALSE(y.requires_grad());
  CHECK(count("lstm") == 1);
}

TEST_CASE("each weight of an LSTM keeps what its own gradient reads") {
  const std::int64_t batch = 2, steps = 3, features = 4, units = 5;
  const Tensor x = tanh(normal({batch, steps, features}));
  const std::int64_t x_bytes = batch * steps * features * 8, states = batch * steps * units * 8;
  const Tensors frozen = weights(features, units);
  const auto saved = [&](std::size_t trainable, bool sequences) {
    Tensors w;
    for (const Tensor& t : frozen) w.push_back(t.clone().set_requires_grad(false));
    w[trainable].set_requires_grad(true);
    const Tensor y = lstm(x, w[0], w[1], w[2], {.return_sequences = sequences});
    const TapeStats stats = tape_stats(y);
    return stats.saved_bytes + stats.borrowed_bytes;
  };
  const std::int64_t always = 5 * states + units * 4 * units * 8;  // gates, cells, the recurrent kernel
  CHECK(saved(0, false) == always + x_bytes);
  CHECK(saved(1, false) == always + states);
  CHECK(saved(1, true) == always + states);
  CHECK(saved(2, false) == always + 4 * units * 8);
}

TEST_CASE("the gradients of a two-layer LSTM are the same to the bit whatever else is frozen") {
  const Tensor x = normal({3, 4, 2}), labels = tensor({0, 2, 1}, DType::int64);
  const Tensors first = weights(2, 3), second = weights(3, 5);
  const Tensor head = normal({5, 3}), head_bias = normal({3});
  Tensors all = first;
  all.insert(all.end(), second.begin(), second.end());
  all.insert(all.end(), {head, head_bias});

  const auto gradients = [&](unsigned mask) {
    Tensors w;
    for (std::size_t i = 0; i < all.size(); ++i) {
      w.push_back(all[i].clone());
      if (mask >> i & 1) w[i].set_requires_grad(true);
    }
    const Tensor h = lstm(lstm(x, w[0], w[1], w[2], {.return_sequences = true}), w[3], w[4], w[5]);
    sparse_categorical_crossentropy(labels, linear(h, w[6], w[7]), {.from_logits = true}).backward();
    return w;
  };
  const unsigned everything = (1u << all.size()) - 1;
  const Tensors full = gradients(everything);
  for (unsigned mask = 1; mask < everything; ++mask) {
    INFO("mask " << mask);
    const Tensors w = gradients(mask);
    bool same = true;
    for (std::size_t i = 0; i < w.size(); ++i)
      same &= mask >> i & 1 ? same_bits(w[i].grad(), full[i].grad()) : !w[i].has_grad();
    CHECK(same);
  }
}

TEST_CASE("an LSTM of no steps gives the state it started from, and an empty batch an empty result") {
  const Tensors w = weights(3, 2);
  const TensorOptions f64{.dtype = DType::float64};
  CHECK(largest_difference(lstm(zeros({4, 0, 3}, f64), w[0], w[1], w[2]), zeros({4, 2}, f64)) == 0);
  CHECK(lstm(zeros({4, 0, 3}, f64), w[0], w[1], w[2], {.return_sequences = true}).shape() == Shape{4, 0, 2});
  CHECK(lstm(zeros({0, 5, 3}, f64), w[0], w[1], w[2]).shape() == Shape{0, 2});
  CHECK(lstm(zeros({2, 5, 3}, f64), zeros({3, 0}, f64), zeros({0, 0}, f64), zeros({0}, f64)).shape() == Shape{2, 0});

  const Tensor h = leaf(normal({4, 2})), c = leaf(normal({4, 2})), kernel = leaf(w[0]);
  const Tensor y = lstm_with_state(zeros({4, 0, 3}, f64), kernel, w[1], w[2], h, c);
  CHECK(largest_difference(y.detach(), h.detach()) == 0);
  const Tensor g = normal({4, 2});
  for (const bool twice : {false, true}) {
    const Tensors found =
        grad(y, {h, c, kernel}, {.grad_output = g, .create_graph = twice, .retain_graph = true, .allow_unused = true});
    CHECK(largest_difference(found[0].detach(), g) == 0);
    for (const std::size_t i : {1u, 2u})
      if (found[i].present()) CHECK(max(abs(found[i].detach())).item<double>() == 0);
  }

  const Tensor x = leaf(zeros({0, 5, 3}, f64));
  sum(lstm(x, kernel, w[1], w[2])).backward();
  CHECK(x.grad().shape() == Shape{0, 5, 3});
  CHECK(max(abs(kernel.grad())).item<double>() == 0);
}

TEST_CASE("lstm says which shape or dtype does not fit") {
  const Tensor x = zeros({2, 3, 4}), kernel = zeros({4, 20}), recurrent = zeros({5, 20}), bias = zeros({20});
  CHECK_THROWS_WITH(lstm(zeros({3, 4}), kernel, recurrent, bias),
                    Contains("lstm: x must have three axes (batch, steps, features); got shape (3, 4)"));
  CHECK_THROWS_WITH(lstm(x, zeros({3, 20}), recurrent, bias),
                    Contains("lstm: kernel has the wrong shape; got (3, 20); expected (4, 20)"));
  CHECK_THROWS_WITH(lstm(x, kernel, zeros({5, 15}), bias),
                    Contains("the recurrent kernel has the wrong shape; got (5, 15); expected (units, 4·units)"));
  CHECK_THROWS_WITH(lstm(x, kernel, recurrent, zeros({5})),
                    Contains("bias has the wrong shape; got (5,); expected (20,)"));
  CHECK_THROWS_WITH(lstm_with_state(x, kernel, recurrent, bias, zeros({2, 5}), zeros({2, 4})),
                    Contains("lstm_with_state: c has the wrong shape; got (2, 4); expected (2, 5)"));
  CHECK_THROWS_WITH(lstm(x, Tensor(), recurrent, bias), Contains("lstm: kernel is absent"));
  CHECK_THROWS_WITH(lstm(x, kernel, recurrent, zeros({20}, {.dtype = DType::float64})),
                    Contains("the dtypes of x and bias differ; got float32 and float64"));
}

TEST_CASE("the second derivative of an LSTM that lost its input says so, and KeepInputs keeps it") {
  const Tensors w = weights(2, 3);
  const Tensor kernel = w[0], bias = leaf(w[2]);
  const auto second = [&] {
    const Tensor y = lstm(tanh(normal({2, 3, 2})), kernel, w[1], bias);
    return grad(sum(y), {bias}, {.create_graph = true})[0];
  };
  CHECK_THROWS_WITH(second(), Contains("lstm") && Contains("KeepInputs"));
  KeepInputs guard;
  CHECK(second().requires_grad());
}
