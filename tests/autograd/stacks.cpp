// Whole stacks of operations under every set of frozen tensors.
#include "masks.hpp"

using namespace frost;
using namespace frost::testing;

namespace {

Tensor values(const Shape& shape, int number) {
  const double n = static_cast<double>(element_count(shape));
  return (sin(arange(0., n, 1.) * 0.9 + number) * 0.5).reshape(shape);
}

// x (2, 3, 2) and two LSTMs of two units: seven tensors, 128 sets of frozen ones.
const detail::Sample& two_lstms() {
  static const detail::Sample sample{{values({2, 3, 2}, 0), values({2, 8}, 1), values({2, 8}, 2), values({8}, 3),
                                      values({2, 8}, 4), values({2, 8}, 5), values({8}, 6)},
                                     [](const Tensors& x) {
                                       const Tensor hidden = lstm(x[0], x[1], x[2], x[3], {.return_sequences = true});
                                       return lstm(hidden, x[4], x[5], x[6], {.return_sequences = true});
                                     }};
  return sample;
}

// Two dense layers and a loss from logits.
const detail::Sample& perceptron() {
  static const detail::Sample sample{
      {values({4, 3}, 0), values({3, 5}, 1), values({5}, 2), values({5, 3}, 3), values({3}, 4)}, [](const Tensors& x) {
        const Tensor labels = tensor({0, 2, 1, 1}, DType::int64);
        return sparse_categorical_crossentropy(labels, linear(tanh(linear(x[0], x[1], x[2])), x[3], x[4]),
                                               {.from_logits = true});
      }};
  return sample;
}

void check_all(const detail::Sample& sample) {
  const Case c(sample);
  check_first_order(c);
  check_masks(c);
  for (std::size_t mask = 1; mask < c.masks(); ++mask) {
    INFO("mask " << mask);
    check_second_order(c, mask, true);
  }
  check_second_order(c, c.masks() - 1, false);
}

}  // namespace

TEST_CASE("two LSTMs: both orders under all 128 masks, bitwise equal across them") {
  Float64 guard;
  check_all(two_lstms());
}

TEST_CASE("a perceptron with a loss: both orders under all 32 masks, bitwise equal across them") {
  Float64 guard;
  check_all(perceptron());
}

TEST_CASE("an LSTM whose kernels are one tensor gets both gradients, to second order") {
  Float64 guard;
  static const Tensor bias = zeros({8});  // alive: the second derivative reads it, and no rule keeps it
  const detail::Sample tied{{values({2, 3, 2}, 0), values({2, 8}, 1)},
                            [](const Tensors& x) { return lstm(x[0], x[1], x[1], bias, {.return_sequences = true}); }};
  check_all(tied);
}

TEST_CASE("the third derivative of an LSTM agrees with finite differences of the second") {
  Float64 guard;
  const Tensor kernel = values({2, 8}, 1), recurrent = values({2, 8}, 2), bias = values({8}, 3),
               x0 = values({1, 3, 2}, 0);
  const auto second = [&](const Tensor& x, bool create_graph) {
    const Tensor y = sum(square(lstm(x, kernel, recurrent, bias)));
    const Tensor d1 = grad(y, {x}, {.create_graph = true})[0];
    return grad(sum(d1 * direction(x.detach(), 1)), {x}, {.create_graph = create_graph})[0];
  };
  KeepInputs guard2;
  const Tensor x = x0.clone().set_requires_grad(true);
  const Tensor v = direction(x0, 2), u = direction(x0, 3);
  const Tensor third = grad(sum(second(x, true) * v), {x})[0];
  const double numeric = central_difference(
      [&](double step) { return dot(second((x0 + step * u).set_requires_grad(true), false), v); }, 1e-3);
  check_close(dot(third, u), numeric, 1, "third derivative");
}

TEST_CASE(
    "where freezing made an input unnecessary and it is gone, the second derivative says so and offers KeepInputs") {
  Float64 guard;
  const Case c(two_lstms());
  Tensors x = c.leaves(0);
  x[1].set_requires_grad(true);  // the first kernel alone: the second LSTM keeps no input
  const Tensor g = ones({2, 3, 2});
  const Tensor y = c.sample.call(x);
  CHECK_THROWS_WITH(grad(y, {x[1]}, {.grad_output = g, .create_graph = true}),
                    Catch::Matchers::Contains("lstm") && Catch::Matchers::Contains("KeepInputs"));
  KeepInputs keep;
  CHECK_NOTHROW(grad(c.sample.call(x), {x[1]}, {.grad_output = g, .create_graph = true}));
}
