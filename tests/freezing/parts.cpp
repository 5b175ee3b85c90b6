#include "support.hpp"

#include <frost/models/freeze_part.hpp>

#include <sstream>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

namespace {

// Whether an element of a weight of shape (6, 5) is frozen.
using IsFrozen = bool (*)(std::int64_t row, std::int64_t column);

struct Part {
  const char* name;
  void (*freeze)(const Tensor& weight);
  IsFrozen is_frozen;
  std::int64_t trained;
};
const Part parts[] = {
    {"rows",
     [](const Tensor& w) {
       freeze_rows(w, {1, 4, 4});
     },
     [](auto row, auto) { return row == 1 || row == 4; }, 20},
    {"columns",
     [](const Tensor& w) {
       freeze_slices(w, -1, {0, 3});
     },
     [](auto, auto column) { return column == 0 || column == 3; }, 18},
    {"a range of rows", [](const Tensor& w) { freeze_slices(w, 0, 2, 6); }, [](auto row, auto) { return row >= 2; },
     10},
    {"rows and columns",
     [](const Tensor& w) {
       freeze_rows(w, {0, 5});
       freeze_slices(w, 1, 1, 4);
     },
     [](auto row, auto column) { return row == 0 || row == 5 || (column >= 1 && column < 4); }, 8},
};

// Whether exactly the frozen elements have the bits that they had.
bool only_frozen_kept(const Tensor& now, const Tensor& before, IsFrozen is_frozen) {
  const auto a = now.data<float>(), b = before.data<float>();
  for (std::int64_t i = 0; i < 30; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if ((std::memcmp(&a[k], &b[k], 4) == 0) != is_frozen(i / 5, i % 5)) return false;
  }
  return true;
}
void steps(const Tensor& w, const Optimizer& optimizer, int count) {
  const Tensor x = some_rows(7, 6, 1), y = some_rows(7, 5, 2);
  for (int step = 0; step < count; ++step) {
    optimizer.zero_grad();
    mean(square(matmul(x, w) - y)).backward();
    optimizer.step();
  }
}
Tensor weight() { return some_rows(6, 5, 3).set_requires_grad(true); }

}  // namespace

TEST_CASE("the frozen part of a tensor keeps every bit over 100 steps of every optimizer, and the rest moves") {
  for (const NamedOptimizer& named : every_optimizer())
    for (const Part& part : parts) {
      CAPTURE(named.name, part.name);
      const Tensor w = weight();
      const Optimizer optimizer = named.make();
      optimizer.add({w});
      steps(w, optimizer, 10);  // so that there is momentum
      part.freeze(w);
      const Tensor before = w.clone();
      steps(w, optimizer, 101);  // odd: the steps of Lion are all of one size and may lead back
      CHECK(only_frozen_kept(w, before, part.is_frozen));
    }
}

TEST_CASE("the trained part moves as a weight of its own would") {
  for (const NamedOptimizer& named : every_optimizer()) {
    CAPTURE(named.name);
    const Tensor w = weight(), alone = w.slice(0, 0, 2).detach().clone().set_requires_grad(true);
    freeze_slices(w, 0, 2, 6);
    const Optimizer of_whole = named.make(), of_part = named.make();
    of_whole.add({w});
    of_part.add({alone});
    for (int step = 0; step < 20; ++step) {
      const Tensor g = some_rows(6, 5, 40 + static_cast<std::uint64_t>(step));
      w.set_grad(g);
      alone.set_grad(g.slice(0, 0, 2));
      CHECK(clip_grad_norm({w}, 2.) == clip_grad_norm({alone}, 2.));
      of_whole.step();
      of_part.step();
      CHECK(same_bits(w.slice(0, 0, 2), alone));
    }
  }
}

TEST_CASE("grad() of a weight that is frozen in part has its shape and zeros in the frozen part") {
  for (const Part& part : parts) {
    CAPTURE(part.name);
    const Tensor w = weight(), all = w.detach().clone().set_requires_grad(true);
    part.freeze(w);
    const Tensor x = some_rows(7, 6, 1);
    for (int pass = 0; pass < 2; ++pass)  // the second one accumulates
      for (const Tensor& each : {w, all}) sum(square(matmul(x, each))).backward();
    const Tensor got = w.grad(), whole = all.grad();
    const auto g = got.data<float>(), expected = whole.data<float>();
    REQUIRE(g.size() == 30);
    for (std::int64_t i = 0; i < 30; ++i) {
      const auto k = static_cast<std::size_t>(i);
      CHECK(g[k] == (part.is_frozen(i / 5, i % 5) ? 0 : expected[k]));
    }
    w.zero_grad();
    CHECK_FALSE(w.has_grad());
  }
}

TEST_CASE("gradient and optimizer state are stored for the trained part alone") {
  const Tensor table = zeros({1000, 16}, {.requires_grad = true});
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < 900; ++row) rows.push_back(row);
  const FreezeResult result = freeze_rows(table, rows);
  CHECK(result.tensors == 1);
  CHECK(result.elements == 900 * 16);
  const std::int64_t before = memory_stats().live_bytes;
  sum(square(table + 1.)).backward();
  CHECK(memory_stats().live_bytes - before == 100 * 16 * 4);
  const Adam adam;
  adam.add({table});
  CHECK(adam.state_bytes() == 2 * 100 * 16 * 4);
  adam.step();
  CHECK(memory_stats().live_bytes - before == 3 * 100 * 16 * 4);
  for (const Part& part : parts) {
    const Tensor w = weight();
    part.freeze(w);
    const Adam each;
    each.add({w});
    CHECK(each.state_bytes() == 2 * 4 * part.trained);
  }
}

TEST_CASE("thaw and set_trainable leave frozen rows as they are, thaw_rows ends them") {
  const Model model = small_model();
  const Parameter kernel = model.get_layer("b").weights()[0];  // (6, 5)
  freeze_rows(kernel, {0, 1});
  const SGD sgd;
  sgd.add(model.weights());
  const auto moved = [&] {
    const Tensor before = kernel.clone();
    train(model, sgd, 1);
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 0; row < 6; ++row)
      if (!same_bits(kernel.detach()[row], before[row])) rows.push_back(row);
    return rows;
  };
  const std::vector<std::int64_t> others = {2, 3, 4, 5};
  CHECK(moved() == others);
  model.set_trainable(true);
  CHECK(moved() == others);
  thaw(model, everything());
  CHECK(moved() == others);
  freeze(model, named("b"));
  CHECK(moved().empty());
  thaw(model, named("b"));
  CHECK(moved() == others);
  thaw_rows(kernel, {0});
  CHECK(moved() == std::vector<std::int64_t>{0, 2, 3, 4, 5});
  thaw_rows(kernel, {0, 1, 2});
  CHECK(moved().size() == 6);
}

TEST_CASE("a partly frozen weight counts as trainable, and the summary counts its elements apart") {
  const Model model = small_model();  // 4·6 + 6 + 6·5 + 5 + 5·2 + 2 = 77
  const Parameter kernel = model.get_layer("b").weights()[0];
  freeze_rows(kernel, {0, 1});
  CHECK(model.trainable_weights().size() == 6);
  CHECK(model.get_layer("b").trainable());
  std::ostringstream out;
  model.summary(out);
  CHECK_THAT(out.str(),
             Contains("partly") && Contains("Trainable params: 67\n") && Contains("Non-trainable params: 10\n"));
  freeze_slices(kernel, 1, 0, 5);  // nothing is left
  CHECK(model.trainable_weights().size() == 5);
  reset_kernel_counts();
  sum(model(some_rows(2, 4, 1))).backward();
  CHECK(count_of("linear.dkernel") == 2);
  CHECK_FALSE(kernel.has_grad());
  thaw_slices(kernel, 1, {4});
  CHECK(model.trainable_weights().size() == 6);
}

TEST_CASE("freezing more of a weight keeps the state of what still trains, thawing starts from zero") {
  const Tensor w = weight();
  const Adam adam({.learning_rate = 0.01});
  adam.add({w});
  steps(w, adam, 3);
  const Tensor m = adam.base().state(w).tensors[0];
  const Tensor g = w.grad().clone();
  freeze_rows(w, {0, 1});
  CHECK(same_bits(w.grad().slice(0, 2, 6), g.slice(0, 2, 6)));
  adam.state_bytes();
  thaw_rows(w, {1});
  CHECK(max(abs(w.grad()[1])).item<double>() == 0);
  adam.state_bytes();
  const OptimizerState state = adam.base().state(w);
  CHECK(state.steps == 3);
  CHECK(state.tensors[0].shape() == Shape{6, 5});
  CHECK(same_bits(state.tensors[0].slice(0, 2, 6), m.slice(0, 2, 6)));
  CHECK(max(abs(state.tensors[0].slice(0, 0, 2))).item<double>() == 0);
  adam.base().set_state(w, state);
  steps(w, adam, 1);
  CHECK(adam.state_bytes() == 2 * 4 * 25);
}

TEST_CASE("penalties and constraints pass over the frozen part") {
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 3,
                                  .use_bias = false,
                                  .kernel_initializer = "ones",
                                  .kernel_regularizer = "l2",
                                  .kernel_constraint = "unit_norm"})(input));
  const Parameter kernel = model.weights()[0];
  freeze_slices(kernel, 1, {0});
  CHECK(regularization_loss(model).item<double>() == Approx(0.04));
  regularization_loss(model).backward();
  CHECK(sum(kernel.grad()).item<double>() == Approx(4 * 0.02));
  apply_constraints(model);
  CHECK(kernel.detach()[0][0].item<double>() == 1);
  CHECK(kernel.detach()[0][1].item<double>() < 1);
}

TEST_CASE("rows of an embedding stay while the others learn, through fit") {
  const Symbol input = Input({3}, {.dtype = DType::int64});
  const Model model(input, Dense({.units = 2})(Flatten()(Embedding({.input_dim = 10, .output_dim = 4})(input))));
  const Parameter table = model.weights()[0];
  freeze_rows(table, {0, 1, 2, 3, 4});
  const Tensor before = table.clone();
  model.compile({.optimizer = Adam({.learning_rate = 0.01, .weight_decay = 0.1}), .loss = "mse"});
  model.fit(randint(0, 10, {32, 3}), some_rows(32, 2, 1), {.epochs = 13, .verbose = 0});
  CHECK(same_bits(table.slice(0, 0, 5).detach(), before.slice(0, 0, 5)));
  for (std::int64_t row = 5; row < 10; ++row) CHECK_FALSE(same_bits(table.detach()[row], before[row]));
  CHECK(model.optimizer().state_bytes() == 2 * 4 * (20 + 24 + 2));
}

TEST_CASE("what is frozen in part under a guard is as before on leaving") {
  const Model model = small_model();
  const Parameter kernel = model.get_layer("b").weights()[0];
  freeze_rows(kernel, {0});
  {
    const FreezeGuard guard(model, named("a"));
    thaw_rows(kernel, {0});
    freeze_rows(kernel, {5});
  }
  const SGD sgd;
  sgd.add(model.weights());
  const Tensor before = kernel.clone();
  train(model, sgd, 1);
  for (std::int64_t row = 0; row < 6; ++row) CHECK(same_bits(kernel.detach()[row], before[row]) == (row == 0));
}

TEST_CASE("assign writes frozen rows too") {
  const Tensor w = weight();
  freeze_rows(w, {0});
  w.assign(ones({6, 5}));
  CHECK(min(w).item<double>() == 1);
}

TEST_CASE("an index that is negative or out of range is an error that changes nothing") {
  const Parameter w("table", some_rows(6, 5, 3));
  CHECK_THROWS_AS(freeze_rows(w, {0, 6}), ValueError);
  CHECK_THROWS_WITH(freeze_rows(w, {0, 6}),
                    Contains("got index 6") && Contains("'table' of shape (6, 5)") && Contains("0 to 5"));
  CHECK_THROWS_WITH(freeze_rows(w, {-1}), Contains("got index -1"));
  CHECK_THROWS_WITH(thaw_rows(w, {7}), Contains("thaw_rows: got index 7"));
  CHECK_THROWS_WITH(freeze_slices(w, 1, {5}), Contains("got index 5 along axis 1"));
  CHECK_THROWS_WITH(freeze_slices(w, 2, {0}), Contains("got axis 2") && Contains("2 axes"));
  CHECK_THROWS_WITH(freeze_slices(w, 0, 3, 7), Contains("3 to 7"));
  CHECK_THROWS_AS(thaw_slices(w, 0, 3, 2), ValueError);
  CHECK_THROWS_WITH(freeze_rows(Tensor(), {0}), Contains("absent"));
  CHECK_THROWS_WITH(freeze_rows(w * 2., {0}), Contains("computed"));
  CHECK_THROWS_WITH(freeze_rows(arange(0, 4), {0}), Contains("int64"));
  sum(w).backward();
  CHECK(min(w.grad()).item<double>() == 1);
  CHECK(freeze_rows(w, {}).elements == 0);
}

TEST_CASE("frozen rows are written by name, and train no more than before") {
  const Tensor w = arange(6).to(DType::float64).reshape({3, 2}).clone().set_requires_grad(true);
  freeze_rows(w, {1});
  w.assign_at({1, 0}, 9.);
  sum(square(w)).backward();
  CHECK((w.grad().to_vector<double>() == std::vector<double>{0, 2, 0, 0, 8, 10}));
  CHECK(w.detach()[{1, 0}].item<double>() == 9);
}
