#include "../support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;

namespace {

struct InFloat64 {
  InFloat64() { set_default_dtype(DType::float64); }
  ~InFloat64() { set_default_dtype(DType::float32); }
};

double penalty_of(const Tensor& y, double l1, double l2) {
  return (l1 * sum(abs(y)) + l2 * sum(square(y))).item<double>() / static_cast<double>(y.shape()[0]);
}

}  // namespace

TEST_CASE("A layer's activity regularizer is of its output, divided by the rows", "[models][activity]") {
  const InFloat64 float64;
  const Tensor sequence = randn({3, 4, 2}), flat = randn({3, 5}), image = randn({2, 6, 6, 2});
  struct Row {
    Layer layer;
    Tensor x;
  };
  const Row rows[] = {
      {Dense({.units = 4, .activation = "tanh", .activity_regularizer = L1L2(0.3, 0.2)}), flat},
      {Dense({.units = 4, .activity_regularizer = L1L2(0.3, 0.2)}), flat},
      {LSTM({.units = 4, .activity_regularizer = L1L2(0.3, 0.2), .return_sequences = true}), sequence},
      {GRU({.units = 4, .activity_regularizer = L1L2(0.3, 0.2)}), sequence},
      {SimpleRNN({.units = 4, .activity_regularizer = L1L2(0.3, 0.2), .return_state = true}), sequence},
      {Conv2D({.filters = 3, .kernel_size = 3, .activity_regularizer = L1L2(0.3, 0.2)}), image},
      {Conv1D({.filters = 3, .kernel_size = 2, .activity_regularizer = L1L2(0.3, 0.2)}), sequence},
      {DepthwiseConv2D({.kernel_size = 3, .activity_regularizer = L1L2(0.3, 0.2)}), image},
      {SeparableConv2D({.filters = 3, .kernel_size = 3, .activity_regularizer = L1L2(0.3, 0.2)}), image},
      {Conv2DTranspose({.filters = 3, .kernel_size = 3, .activity_regularizer = L1L2(0.3, 0.2)}), image},
  };
  for (const Row& row : rows) {
    INFO(row.layer.type());
    ActivityPenalties penalties;
    CHECK(!penalties.total().present());
    const Tensor y = row.layer.all(row.x)[0];
    REQUIRE(penalties.total().present());
    CHECK(penalties.total().item<double>() == Approx(penalty_of(y, 0.3, 0.2)).epsilon(1e-12));
    penalties.total().backward();
    CHECK(row.layer.weights()[0].has_grad());
    row.layer.set_trainable(false);
    const Tensor before = penalties.total();
    row.layer.all(row.x);
    CHECK(penalties.total().is_same(before));  // frozen: nothing more
    CHECK(make_layer(row.layer.type(), row.layer.config()).config() == row.layer.config());
  }
  CHECK(!Dense({.units = 2, .activity_regularizer = "l2"})(flat).shape().empty());  // nobody collects
}

TEST_CASE("fit and evaluate add the activity penalties of what trains", "[models][activity]") {
  const InFloat64 float64;
  const Symbol input = Input({5});
  const Symbol hidden = Dense({.units = 4, .activation = "tanh", .activity_regularizer = L2(0.5), .name = "h"})(input);
  const Model model(input, Dense({.units = 1, .name = "out"})(hidden));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  const Tensor x = randn({8, 5}), y = randn({8, 1});
  const Tensor h = model.until("h")(x);
  const double error = mean(square(y - model(x))).item<double>();
  CHECK(model.evaluate(x, y)["loss"] == Approx(error + penalty_of(h, 0, 0.5)).epsilon(1e-12));

  // One step by hand and one by fit.
  const Model twin = model.clone();
  SGD optimizer({.learning_rate = 0.1});
  optimizer.add(twin.weights());
  {
    ActivityPenalties penalties;
    const Tensor loss = mean(square(y - twin(x, {.training = true})));
    (loss + penalties.total()).backward();
  }
  optimizer.step();
  model.fit(x, y, {.batch_size = 8, .verbose = 0, .shuffle = false});
  const Tensors a = model.get_weights(), b = twin.get_weights();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(max(abs(a[i] - b[i])).item<double>() < 1e-14);

  freeze(model, named("h"));
  const double frozen_error = mean(square(y - model(x))).item<double>();
  CHECK(model.evaluate(x, y)["loss"] == Approx(frozen_error).epsilon(1e-12));
}
