// Row K: fine-tuning a head on two frozen LSTMs with `fit`, from the second epoch on, beside the same training with
// everything trainable, and beside the head's step alone on features that are there already. Times are a batch's.
#include "setup.hpp"

#include <frost/frost.hpp>

#include <time.h>

#include <algorithm>

namespace {

using namespace frost;

constexpr std::int64_t rows = 1000, batch = 32, batches = (rows + batch - 1) / batch;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct TimeEpochs : CallbackBase {
  explicit TimeEpochs(std::vector<double>& times) : times_(times) {}
  void on_epoch_begin(Model&, int) override { start_ = cpu_seconds(); }
  void on_epoch_end(Model&, int epoch, const Logs&) override {
    if (epoch > 0) times_.push_back((cpu_seconds() - start_) / batches);
  }

 private:
  std::vector<double>& times_;
  double start_ = 0;
};

double median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

Model make_model() {
  const Symbol input = Input({32, 32});
  const Symbol layer1 = LSTM({.units = 32, .return_sequences = true})(input);
  const Symbol layer2 = LSTM({.units = 32, .return_sequences = true})(layer1);
  const Model model(input, Dense({.units = 10, .activation = "softmax"})(Flatten()(layer2)));
  model.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

// The head alone, by hand.
class Head {
 public:
  Head() { optimizer_.add(dense_.weights()); }
  void step() {
    optimizer_.zero_grad();
    sparse_categorical_crossentropy(y_, dense_(x_, {.training = true}), {.from_logits = true}).backward();
    optimizer_.step();
  }

 private:
  Tensor x_ = randn({batch, 32 * 32}), y_ = randint(0, 10, {batch});
  Layer dense_ = built(Dense({.units = 10}), x_);
  Adam optimizer_;

  static Layer built(const Layer& layer, const Tensor& x) {
    layer(x);
    return layer;
  }
};

void row_k(benchmark::State& state) {
  const Tensor x = randn({rows, 32, 32}), y = randint(0, 10, {rows});
  const Model trained = make_model(), frozen = make_model();
  freeze(frozen, of_type("LSTM"));
  Head head;
  std::vector<double> trained_times, frozen_times, head_times;
  for (auto _ : state) {
    trained.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {callback<TimeEpochs>(trained_times)}});
    const std::size_t before = frozen_times.size();
    frozen.fit(x, y, {.epochs = 11, .verbose = 0, .callbacks = {callback<TimeEpochs>(frozen_times)}});
    for (int epoch = 0; epoch < 10; ++epoch) {
      const double start = cpu_seconds();
      for (std::int64_t i = 0; i < batches; ++i) head.step();
      head_times.push_back((cpu_seconds() - start) / batches);
    }
    state.SetIterationTime(median({frozen_times.begin() + static_cast<std::ptrdiff_t>(before), frozen_times.end()}));
  }
  const double unfrozen = median(trained_times), cached = median(frozen_times), alone = median(head_times);
  state.counters["cached_us"] = cached * 1e6;
  state.counters["unfrozen_us"] = unfrozen * 1e6;
  state.counters["head_us"] = alone * 1e6;
  state.counters["of_unfrozen"] = cached / unfrozen;  // at most 1/20 = 0.05, or
  state.counters["of_head"] = cached / alone;         // at most 1.5
}
BENCHMARK(row_k)->Name("frost/K")->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(20);

}  // namespace

BENCHMARK_MAIN();
