#include "models/support.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

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

TEST_CASE("whether a metric is to be large or small is known of Keras' names, and asked for of others") {
  const auto top = [](const Tensor&, const Tensor& p) { return mean(p); };
  const auto [x, labels, one_hot] = clusters(6);
  const Model model = classifier("categorical_crossentropy");
  model.compile({.optimizer = SGD(),
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy", "acc", "mse", "cosine_similarity", "hinge", Metric("top", top), top}});
  const auto fit = [&, &x = x, &one_hot = one_hot](const Callback& c) {
    model.fit(x, one_hot, {.epochs = 1, .verbose = 0, .callbacks = {c}, .validation_data = {x, one_hot}});
  };
  for (const char* name : {"loss", "val_loss", "accuracy", "val_acc", "mse", "val_cosine_similarity", "hinge"}) {
    CHECK_NOTHROW(fit(EarlyStopping({.monitor = name})));
    CHECK_NOTHROW(fit(ReduceLROnPlateau({.monitor = name})));
  }
  const Tensors before = model.get_weights();
  for (const char* name : {"top", "val_top", "metric"}) {
    CHECK_THROWS_WITH(fit(EarlyStopping({.monitor = name})),
                      Contains("EarlyStopping") && Contains(name) && Contains("'min'") && Contains("'max'"));
    CHECK_THROWS_WITH(fit(ReduceLROnPlateau({.monitor = name})), Contains("ReduceLROnPlateau") && Contains("mode"));
  }
  CHECK(same_bits(model.get_weights(), before));
  CHECK_NOTHROW(fit(EarlyStopping({.monitor = "top", .mode = "max"})));
  CHECK_NOTHROW(fit(EarlyStopping({.monitor = "val_top", .mode = "min"})));
  CHECK_THROWS_WITH(fit(EarlyStopping({.monitor = "val_tops"})), Contains("val_tops") && Contains("'val_top'"));
}

TEST_CASE("of several outputs the losses and metrics are known by their names' ends") {
  const Symbol input = Input({2});
  const Model model(input, {Dense({.units = 1, .name = "kind"})(input), Dense({.units = 1, .name = "size"})(input)});
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse", .metrics = {"mae"}});
  const Tensor x = ones({4, 2}), y = ones({4, 1});
  for (const char* name : {"kind_loss", "val_size_loss", "kind_mae"})
    CHECK_NOTHROW(model.fit(
        x, {y, y},
        {.verbose = 0, .callbacks = {EarlyStopping({.monitor = name})}, .validation_data = {x, TensorList{y, y}}}));
}

TEST_CASE("ReduceLROnPlateau lowers the learning rate where a value stands still") {
  const auto rates = [](const std::vector<double>& values, const ReduceLROnPlateauOptions& options) {
    Model1 m;
    m.model.compile({.optimizer = SGD({.learning_rate = 1e-30}), .loss = "mse"});
    m.model.fit(m.x, m.y,
                {.epochs = static_cast<int>(values.size()),
                 .verbose = 0,
                 .callbacks = {callback<Script>(values), ReduceLROnPlateau(options)}});
    return m.model.optimizer().learning_rate() / 1e-30;
  };
  CHECK(rates({5, 4, 3}, {.monitor = "loss", .patience = 1}) == Approx(1));
  CHECK(rates({5, 5, 5}, {.monitor = "loss", .factor = 0.5, .patience = 1}) == Approx(0.25));
  CHECK(rates({5, 5, 5}, {.monitor = "loss", .factor = 0.5, .patience = 2}) == Approx(0.5));
  CHECK(rates({5, 5, 5, 5}, {.monitor = "loss", .factor = 0.5, .patience = 1, .cooldown = 2}) == Approx(0.25));
  CHECK(rates({5, 5, 5}, {.monitor = "loss", .factor = 0.5, .patience = 1, .min_lr = 4e-31}) == Approx(0.4));
  CHECK_THROWS_WITH(ReduceLROnPlateau({.factor = 1}), Contains("factor"));
}

TEST_CASE("LearningRateScheduler sets the learning rate before each epoch") {
  Model1 m;
  m.model.fit(m.x, m.y, {.epochs = 3, .verbose = 0, .callbacks = {LearningRateScheduler([](int epoch, double rate) {
                                                      return rate + epoch;
                                                    })}});
  CHECK(m.model.optimizer().learning_rate() == 3);
}

TEST_CASE("CSVLogger writes a line an epoch, and goes on with a file when asked to") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("frost_csv_logger_" + std::to_string(::getpid()))).string();
  Model1 m;
  const auto fit = [&](bool append) {
    m.model.fit(m.x, m.y,
                {.epochs = 2,
                 .verbose = 0,
                 .callbacks = {callback<Script>(std::vector<double>{2, 3}), CSVLogger(path, {.append = append})}});
    std::ifstream in(path);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  CHECK(fit(false) == "epoch,loss\n0,4\n1,9\n");
  CHECK(fit(false) == "epoch,loss\n0,4\n1,9\n");
  CHECK(fit(true) == "epoch,loss\n0,4\n1,9\n0,4\n1,9\n");
  std::filesystem::remove(path);
  CHECK_THROWS_AS(m.model.fit(m.x, m.y, {.verbose = 0, .callbacks = {CSVLogger("/nowhere/at/all.csv")}}), FileError);
}

TEST_CASE("a model that is being trained refuses to be compiled") {
  struct Compile : CallbackBase {
    void on_epoch_end(Model& model, int, const Logs&) override {
      model.evaluate(tensor({{1.}}), tensor({{0.}}));
      model.compile({.optimizer = SGD(), .loss = "mae"});
    }
  };
  Model1 m;
  CHECK_THROWS_WITH(m.model.fit(m.x, m.y, {.verbose = 0, .callbacks = {callback<Compile>()}}),
                    Contains("being trained"));
  CHECK_NOTHROW(m.model.compile({.optimizer = SGD(), .loss = "mae"}));
}
