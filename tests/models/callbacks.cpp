#include "models/support.hpp"
#include "support/catch.hpp"

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

namespace {

// Puts values of the test's own in the place of a watched one, by the only weight, which no step moves.
struct Model1 {
  Model model;
  Tensor x = tensor({{1.}}), y = tensor({{0.}});
  Model1() {
    const Symbol input = Input({1});
    model = Model(input, Dense({.units = 1, .use_bias = false})(input));
    model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  }
};

// Sets the weight before each epoch: the loss of that epoch is its square.
struct Script : CallbackBase {
  explicit Script(std::vector<double> v) : values(std::move(v)) {}
  void on_epoch_begin(Model& model, int epoch) override {
    model.set_weights({full({1, 1}, values[static_cast<std::size_t>(epoch)])});
  }
  std::vector<double> values;
};

std::size_t epochs_run(const std::vector<double>& values, const EarlyStoppingOptions& options,
                       double* weight = nullptr) {
  Model1 m;
  const History h = m.model.fit(m.x, m.y,
                                {.epochs = static_cast<int>(values.size()),
                                 .verbose = 0,
                                 .callbacks = {callback<Script>(values), EarlyStopping(options)}});
  if (weight) *weight = m.model.weights()[0].item<double>();
  return h.epochs();
}

}  // namespace

TEST_CASE("callbacks are told in order") {
  struct Listen : CallbackBase {
    explicit Listen(std::string& t) : text(t) {}
    void on_train_begin(Model&) override { text += "train("; }
    void on_train_end(Model&) override { text += ")"; }
    void on_epoch_begin(Model&, int epoch) override { text += std::to_string(epoch) + "["; }
    void on_epoch_end(Model&, int, const Logs& logs) override { text += logs.count("loss") ? "]" : "?"; }
    void on_batch_end(Model&, int batch, const Logs&) override { text += std::to_string(batch); }
    std::string& text;
  };
  const auto [x, labels, one_hot] = clusters(5);
  std::string text;
  classifier().fit(x, labels, {.batch_size = 2, .epochs = 2, .verbose = 0, .callbacks = {callback<Listen>(text)}});
  CHECK(text == "train(0[012]1[012])");
}

TEST_CASE("a callback ends the training after its batch") {
  struct Stop : CallbackBase {
    void on_batch_end(Model&, int batch, const Logs&) override {
      if (batch == 1) stop_training();
    }
  };
  const auto [x, labels, one_hot] = clusters(50);
  const Model model = classifier();
  const FitOptions options{.batch_size = 5, .epochs = 3, .verbose = 0, .callbacks = {callback<Stop>()}};
  CHECK(model.fit(x, labels, options).epochs() == 1);
  CHECK(model.fit(x, labels, options).epochs() == 1);
}

TEST_CASE("EarlyStopping waits for its patience") {
  const std::vector<double> values = {5, 4, 4.5, 4.6, 4.7, 1};
  CHECK(epochs_run(values, {.monitor = "loss"}) == 3);
  CHECK(epochs_run(values, {.monitor = "loss", .patience = 2}) == 4);
  CHECK(epochs_run(values, {.monitor = "loss", .patience = 3}) == 5);
  CHECK(epochs_run(values, {.monitor = "loss", .patience = 4}) == 6);
  CHECK(epochs_run({5, 4, 3, 2}, {.monitor = "loss"}) == 4);
  CHECK(epochs_run({5, 4, 3, 2}, {.monitor = "loss", .mode = "max"}) == 2);
  CHECK(epochs_run({5, 4.9, 4.8, 4.7}, {.monitor = "loss", .min_delta = 5}) == 2);
  CHECK(epochs_run({5, 6, 7, 8}, {.monitor = "loss", .start_from_epoch = 2}) == 4);
  CHECK(epochs_run({5, 4, 3, 2}, {.monitor = "loss", .patience = 2, .baseline = 1}) == 4);
}

TEST_CASE("EarlyStopping gives the best weights back, when it stops and when the epochs are exhausted") {
  double weight = 0;
  CHECK(epochs_run({5, 3, 4, 6}, {.monitor = "loss", .patience = 2, .restore_best_weights = true}, &weight) == 4);
  CHECK(weight == 3);
  CHECK(epochs_run({5, 4, 3, 6, 7}, {.monitor = "loss", .patience = 5, .restore_best_weights = true}, &weight) == 5);
  CHECK(weight == 3);
  CHECK(epochs_run({5, 4, 3, 6, 7}, {.monitor = "loss", .patience = 5}, &weight) == 5);
  CHECK(weight == 7);
}

TEST_CASE("EarlyStopping refuses options that mean nothing") {
  CHECK_THROWS_WITH(EarlyStopping({.mode = "best"}), Contains("best") && Contains("'min'"));
  CHECK_THROWS_WITH(EarlyStopping({.patience = -1}), Contains("patience"));
}
