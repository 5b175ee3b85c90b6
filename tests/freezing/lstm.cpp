#include "support.hpp"

using namespace frost;
using namespace freezing_test;

namespace {

struct Frozen {
  const char* name;
  bool kernel, recurrent, bias;
};
const Frozen every_mask[] = {{"nothing", false, false, false},
                             {"all", true, true, true},
                             {"the kernel", true, false, false},
                             {"the recurrent kernel", false, true, false},
                             {"the bias", false, false, true}};

// d loss / d along a direction, by differences and by the tape.
double numeric(const std::function<double()>& loss, const Tensor& w, const Tensor& direction) {
  const Tensor start = w.detach().clone();
  const double step = 1e-5;
  w.assign(start + direction * step);
  const double above = loss();
  w.assign(start - direction * step);
  const double below = loss();
  w.assign(start);
  return (above - below) / (2 * step);
}

}  // namespace

TEST_CASE("the gradients of what an LSTM leaves trainable are right, whatever of it is frozen") {
  const bool training = GENERATE(false, true), below = GENERATE(false, true), sequences = GENERATE(false, true);
  for (const Frozen& frozen : every_mask) {
    CAPTURE(frozen.name, training, below, sequences);
    seed(6);
    const Layer lstm = LSTM({.units = 3, .return_sequences = sequences, .dtype = DType::float64});
    const Tensor x = some_rows(2, 8, 1).to(DType::float64).reshape({2, 4, 2});
    const Tensor scale = ones({2}, {.dtype = DType::float64}).set_requires_grad(below);
    const auto run = [&] { return sum(square(lstm(x * scale, {.training = training}))); };
    run();
    const Parameters w = lstm.weights();
    const bool is_frozen[] = {frozen.kernel, frozen.recurrent, frozen.bias};
    for (std::size_t i = 0; i < 3; ++i) w[i].set_requires_grad(!is_frozen[i]);
    const Tensor loss = run();
    if (!below && frozen.kernel && frozen.recurrent && frozen.bias) {
      CHECK(tape_stats(loss).nodes == 0);
      continue;
    }
    loss.backward();
    Tensors asked;
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(w[i].has_grad() == !is_frozen[i]);
      if (!is_frozen[i]) asked.push_back(w[i]);
    }
    CHECK(scale.has_grad() == below);
    if (below) asked.push_back(scale);
    for (const Tensor& leaf : asked) {
      const Tensor direction =
          cos(arange(0., static_cast<double>(leaf.size()), 1.)).to(DType::float64).reshape(leaf.shape());
      const double expected = numeric([&] { return run().item<double>(); }, leaf, direction);
      CHECK(sum(leaf.grad() * direction).item<double>() == Approx(expected).epsilon(1e-6));
    }
  }
}

TEST_CASE("an LSTM frozen as a whole, nothing trained below, records no node for 1, 10 or 100 steps") {
  for (const std::int64_t steps : {1, 10, 100})
    for (const bool training : {false, true}) {
      const Layer lstm = LSTM({.units = 4, .dropout = 0.5, .recurrent_dropout = 0.5, .return_sequences = true});
      lstm.set_trainable(false);
      const Tensor y = lstm(randn({2, steps, 3}), {.training = training});
      CHECK(tape_stats(y).nodes == 0);
      CHECK(y.is_leaf());
    }
}

TEST_CASE("an LSTM's dropout is off while the layer is frozen and on while it is not") {
  const Layer lstm = LSTM({.units = 4, .dropout = 0.5});
  const Tensor x = some_rows(2, 30, 1).reshape({2, 10, 3});
  const Tensor rest = lstm(x).detach();
  CHECK_FALSE(same_bits(lstm(x, {.training = true}).detach(), rest));
  lstm.set_trainable(false);
  CHECK(same_bits(lstm(x, {.training = true}).detach(), rest));
}
