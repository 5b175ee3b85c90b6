// What freeze_report predicts of a training step's time beside what is measured, under five masks: as parts of the time
// with everything trainable. A step is forward, cross-entropy from logits, backward, Adam.
#include <frost/frost.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>

namespace {

using namespace frost;

struct Mask {
  const char* name;
  std::function<void(const Model&)> apply;
};
const std::vector<Mask> masks = {
    {"all trainable", [](const Model&) {}},
    {"first frozen", [](const Model& m) { freeze(m, named("first")); }},
    {"last frozen", [](const Model& m) { freeze(m, named("last")); }},
    {"biases only", [](const Model& m) { freeze(m, everything(), Freeze::weights); }},
    {"all but head frozen", [](const Model& m) { freeze(m, !named("last")); }},
};

Model lstm_model(std::int64_t units) {
  const Symbol input = Input({32, 32});
  Symbol x = LSTM({.units = units, .return_sequences = true, .name = "first"})(input);
  x = LSTM({.units = units, .return_sequences = true})(x);
  return Model(input, Dense({.units = 10, .name = "last"})(Flatten()(x)));
}
Model perceptron(std::int64_t units) {
  const Symbol input = Input({784});
  Symbol x = Dense({.units = units, .activation = "relu", .name = "first"})(input);
  x = Dense({.units = units, .activation = "relu"})(x);
  return Model(input, Dense({.units = 10, .name = "last"})(x));
}

// Everything that a mask is measured with.
struct Trial {
  Model model;
  Adam optimizer;
  double predicted = 1;
  std::vector<double> seconds = {};

  void step(const Tensor& x, const Tensor& y) {
    const auto start = std::chrono::steady_clock::now();
    optimizer.zero_grad();
    sparse_categorical_crossentropy(y, model(x, {.training = true}), {.from_logits = true}).backward();
    optimizer.step();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  // The lower quartile: a busy machine only ever adds.
  double typical() {
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 4];
  }
};

void compare(const char* name, const std::function<Model()>& make, std::int64_t batch) {
  std::vector<Trial> trials;
  for (const Mask& mask : masks) {
    trials.push_back({make(), Adam({.learning_rate = 1e-3})});
    Trial& t = trials.back();
    mask.apply(t.model);
    t.optimizer.add(t.model.weights());
    t.predicted = freeze_report(t.model, {.batch_size = batch}).relative_time;
  }
  Shape shape = trials[0].model.input().shape();
  shape[0] = batch;
  const Tensor x = randn(shape), y = randint(0, 10, {batch});
  for (int turn = 0; turn < 12; ++turn)
    for (Trial& t : trials) {
      for (int i = 0; i < 3; ++i) t.step(x, y);  // the caches are another trial's
      t.seconds.resize(t.seconds.size() - 3);
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(25);
      do t.step(x, y);
      while (std::chrono::steady_clock::now() < end);
    }
  const double all = trials[0].typical();
  std::printf("\n%s, batch %lld\n%-22s %12s %10s %10s %10s\n", name, static_cast<long long>(batch), "mask", "step",
              "measured", "predicted", "off by");
  for (std::size_t i = 0; i < masks.size(); ++i) {
    const double measured = trials[i].typical() / all;
    std::printf("%-22s %9.3f ms %10.2f %10.2f %8.0f %%\n", masks[i].name, 1e3 * trials[i].typical(), measured,
                trials[i].predicted, 100 * (trials[i].predicted / measured - 1));
  }
}

}  // namespace

int main() {
  set_num_threads(1);
  std::printf("%s\n", build_info().c_str());
  seed(1);
  compare(
      "LSTM(32), LSTM(32), Dense(10) on (32, 32)", [] { return lstm_model(32); }, 32);
  compare(
      "784-512-512-10", [] { return perceptron(512); }, 128);
  compare(
      "LSTM(128), LSTM(128), Dense(10) on (32, 32)", [] { return lstm_model(128); }, 32);
  compare(
      "784-512-512-10", [] { return perceptron(512); }, 32);
  compare(
      "LSTM(32), LSTM(32), Dense(10) on (32, 32)", [] { return lstm_model(32); }, 1);
  compare(
      "784-2048-2048-10", [] { return perceptron(2048); }, 32);
}
