// Fine-tunes a MobileNetV2 that Keras trained on other pictures: its frozen trunk with a new head learns to tell ten
// kinds of clothes apart (Fashion-MNIST), then its last block is thawed and trained at a hundredth of the rate.
#include <frost/frost.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <iomanip>
#include <iostream>

using namespace frost;

namespace {

struct Settings {
  std::string model = FROST_MOBILENET;
  std::int64_t rows = 3000;
  int epochs = 10;
  int thawed_epochs = 5;
  double rate = 3e-3;
  bool full = false;
};

// (N, 28, 28) grey → (N, 96, 96, 3): three times as large, a margin of six.
Tensor as_pictures(const Tensor& grey) {
  static const Layer enlarge = UpSampling2D({.size = 3, .interpolation = "bilinear"}),
                     pad = ZeroPadding2D({.padding = 6});
  const Tensor large = pad(enlarge(grey.reshape({grey.shape()[0], 28, 28, 1})));
  return concatenate({large, large, large}, 3);
}

// Notes when epochs end.
struct Stopwatch : CallbackBase {
  using Clock = std::chrono::steady_clock;
  std::vector<double>& seconds;
  Clock::time_point last = Clock::now();
  explicit Stopwatch(std::vector<double>& to) : seconds(to) {}
  void on_epoch_end(Model&, int, const Logs&) override {
    const Clock::time_point now = Clock::now();
    seconds.push_back(std::chrono::duration<double>(now - last).count());
    last = now;
  }
};

std::vector<double> train(const Model& model, const TrainTestSplit& data, int epochs, CacheFrozen cache) {
  std::vector<double> seconds;
  model.fit(data.x_train, data.y_train,
            {.epochs = epochs, .verbose = 0, .callbacks = {callback<Stopwatch>(seconds)}, .cache_frozen = cache});
  return seconds;
}

void report(const char* what, const Model& model, const TrainTestSplit& data, const std::vector<double>& seconds) {
  std::cout << std::left << std::setw(34) << what << " test accuracy " << std::fixed << std::setprecision(3)
            << model.evaluate(data.x_test, data.y_test)["accuracy"] << ", first epoch " << std::setprecision(2)
            << seconds.front() << " s";
  if (seconds.size() > 1) std::cout << ", then " << seconds.back() << " s an epoch";
  std::cout << std::endl;
}

void run(const Settings& s) {
  seed(1);
  TrainTestSplit grey;
  try {
    grey = load_fashion_mnist({.max_rows = s.full ? 0 : s.rows});
  } catch (const FileError& error) {
    std::cout << "fine_tune_mobilenet: nothing to learn from: " << error.what() << '\n';
    return;
  }
  const std::int64_t tests = s.full ? grey.x_test.shape()[0] : std::max<std::int64_t>(s.rows / 3, 10);
  const TrainTestSplit data = {as_pictures(grey.x_train), grey.y_train, as_pictures(grey.x_test.slice(0, 0, tests)),
                               grey.y_test.slice(0, 0, tests)};
  std::cout << data.x_train.shape()[0] << " pictures to train on, " << tests << " to test with\n";

  const Model trunk = load_keras(s.model).until("out_relu").with_input({96, 96, 3});
  const Symbol features = GlobalAveragePooling2D()(trunk.output());
  const Model model(trunk.input(), Dense({.units = 10, .activation = "softmax", .name = "head"})(features));
  const auto compile = [&](double rate) {
    model.compile({.optimizer = Adam({.learning_rate = rate}),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
  };
  freeze(model, until("out_relu"));
  compile(s.rate);
  report("frozen trunk, without the cache:", model, data, train(model, data, 1, CacheFrozen::never));
  report("frozen trunk, features cached:", model, data, train(model, data, s.epochs, CacheFrozen::always));

  const Selector block = matching("block_16_*") | names({"Conv_1", "Conv_1_bn"});
  thaw(model, block);
  freeze_statistics(model, block);
  compile(s.rate / 100);
  report("last block thawed:", model, data, train(model, data, s.thawed_epochs, CacheFrozen::automatic));
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Fine-tunes MobileNetV2 on Fashion-MNIST.");
  app.add_option("--model", settings.model, "A TensorFlow.js layers model of MobileNetV2");
  app.add_option("--rows", settings.rows, "Pictures to train on")->check(CLI::Range(32, 60000));
  app.add_option("--epochs", settings.epochs, "Epochs of the head")->check(CLI::Range(1, 1000));
  app.add_option("--thawed-epochs", settings.thawed_epochs, "Epochs with the last block")->check(CLI::Range(1, 1000));
  app.add_option("--learning-rate", settings.rate, "Of the head; the block's is a hundredth");
  app.add_flag("--full", settings.full, "All 60,000 pictures");
  CLI11_PARSE(app, argc, argv);
  try {
    run(settings);
  } catch (const Error& error) {
    std::cerr << "fine_tune_mobilenet: " << error.what() << '\n';
    return 1;
  }
}
