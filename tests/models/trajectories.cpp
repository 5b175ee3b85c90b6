#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/io/safetensors.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

// Whole training runs with frozen sets that change on the way, against an independent implementation's: three ways to
// train, the same numbers.
using namespace frost;

namespace {

using Arrays = std::map<std::string, Tensor>;

struct InFloat64 {
  InFloat64() { set_default_dtype(DType::float64); }
  ~InFloat64() { set_default_dtype(DType::float32); }
};

struct Run {
  std::string name, initial, head, final_weights;
  int steps;
  double learning_rate;
  std::map<int, std::set<std::string>> frozen_from_step;
  std::vector<double> losses;
};

std::vector<Run> all_runs() {
  std::ifstream in(FROST_DATA_DIR "/trajectories.json");
  std::vector<Run> runs;
  for (const auto& r : nlohmann::json::parse(in)) {
    Run run{r["name"], r["initial"], r["head"], r["final"], r["steps"], r["learning_rate"], {}, r["losses"]};
    for (const auto& [step, names] : r["frozen_from_step"].items())
      run.frozen_from_step[std::stoi(step)] = names.get<std::set<std::string>>();
    runs.push_back(std::move(run));
  }
  return runs;
}

const Arrays& tensors() {
  static const Arrays all = load_safetensors(FROST_DATA_DIR "/trajectories.safetensors");
  return all;
}

Model model_of(const Run& run) {
  const std::int64_t classes = run.head == "dense1" ? 10 : 4;
  const Symbol input = Input({32, 32});
  const Symbol sequences =
      LSTM({.units = 32, .return_sequences = true})(LSTM({.units = 32, .return_sequences = true})(input));
  const Symbol scores = Dense({.units = classes, .name = run.head})(Flatten()(sequences));
  const Model model(input, Reshape({classes})(Activation("softmax")(scores)));
  const std::string recurrent = run.initial.substr(0, run.initial.find(" + "));
  for (const Parameter& weight : model.weights()) {
    const bool from_head = weight.name().rfind(run.head, 0) == 0 && recurrent != run.initial;
    weight.assign(tensors().at((from_head ? "head" : recurrent) + "/" + weight.name()));
  }
  return model;
}

struct Batch8 {
  Tensor x, y;
};
Batch8 batch_of(const Run& run, int step) {
  const int row = 8 * (step % 3);
  return {tensors().at("x").slice(0, row, row + 8),
          tensors().at(run.head == "dense1" ? "y" : "y4").slice(0, row, row + 8)};
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return std::memcmp(a.data<double>().data(), b.data<double>().data(), a.data<double>().size_bytes()) == 0;
}

// Freezes what a run freezes from a step on, and watches that it stays as it is.
class Freezing {
 public:
  Freezing(const Run& run, const Model& model, const Adam& adam) : run_(run), model_(model), adam_(adam) {}

  void before(int step) {
    const auto change = run_.frozen_from_step.find(step);
    if (change == run_.frozen_from_step.end()) return;
    kept_.clear();
    for (const Parameter& weight : model_.weights()) {
      const bool frozen = change->second.count(weight.name()) != 0;
      weight.set_requires_grad(!frozen);
      if (frozen) kept_[weight.name()] = weight.clone();
    }
  }
  void after(int step, double loss) {
    CAPTURE(run_.name, step);
    CHECK(std::abs(loss - run_.losses[static_cast<std::size_t>(step)]) <= 1e-9);
    std::int64_t trainable = 0;
    for (const Parameter& weight : model_.weights()) {
      CAPTURE(weight.name());
      const auto before = kept_.find(weight.name());
      if (before == kept_.end())
        trainable += weight.size();
      else
        CHECK(same_bits(weight, before->second));
    }
    CHECK(adam_.state_bytes() == 2 * 8 * trainable);
  }
  void end() const {
    for (const Parameter& weight : model_.weights()) {
      CAPTURE(run_.name, weight.name());
      const Tensor expected = tensors().at(run_.final_weights + "/" + weight.name());
      CHECK(max(abs(weight.detach() - expected)).item<double>() <= 1e-9);
    }
  }

 private:
  const Run& run_;
  Model model_;
  Adam adam_;
  Arrays kept_;
};

struct FreezeOnTheWay : CallbackBase {
  explicit FreezeOnTheWay(Freezing& f) : freezing(f) {}
  void on_batch_end(Model&, int, const Logs& logs) override {
    // What is told is the mean so far, of batches of one size.
    const double before = sum;
    sum = logs.at("loss") * (step + 1);
    freezing.after(step, sum - before);
    freezing.before(++step);
  }
  Freezing& freezing;
  int step = 0;
  double sum = 0;
};

}  // namespace

TEST_CASE("a loop by hand follows every reference trajectory") {
  const InFloat64 guard;
  for (const Run& run : all_runs()) {
    const Model model = model_of(run);
    Adam adam({.learning_rate = run.learning_rate});
    adam.add(model.weights());
    Freezing freezing(run, model, adam);
    const Model logits(model.input(), model.get_layer(run.head).output());
    for (int step = 0; step < run.steps; ++step) {
      freezing.before(step);
      const auto [x, y] = batch_of(run, step);
      adam.zero_grad();
      const Tensor loss = categorical_crossentropy(y, logits(x, {.training = true}), {.from_logits = true});
      loss.backward();
      adam.step();
      freezing.after(step, loss.item<double>());
    }
    freezing.end();
  }
}

TEST_CASE("train_on_batch follows every reference trajectory") {
  const InFloat64 guard;
  for (const Run& run : all_runs()) {
    const Model model = model_of(run);
    const Adam adam({.learning_rate = run.learning_rate});
    model.compile({.optimizer = adam, .loss = "categorical_crossentropy"});
    Freezing freezing(run, model, adam);
    for (int step = 0; step < run.steps; ++step) {
      freezing.before(step);
      const auto [x, y] = batch_of(run, step);
      freezing.after(step, model.train_on_batch(x, y)["loss"]);
    }
    freezing.end();
  }
}

TEST_CASE("fit follows every reference trajectory, a callback freezing and thawing on the way") {
  const InFloat64 guard;
  for (const Run& run : all_runs()) {
    const Model model = model_of(run);
    const Adam adam({.learning_rate = run.learning_rate});
    model.compile({.optimizer = adam, .loss = "categorical_crossentropy"});
    Freezing freezing(run, model, adam);
    freezing.before(0);
    const Tensor y = tensors().at(run.head == "dense1" ? "y" : "y4");
    model.fit(tensors().at("x"), y,
              {.batch_size = 8,
               .verbose = 0,
               .callbacks = {callback<FreezeOnTheWay>(freezing)},
               .shuffle = false,
               .steps_per_epoch = run.steps});
    freezing.end();
  }
}
