#include "clever_run.hpp"

#include "clever_model.hpp"
#include "data.hpp"
#include "plain_model.hpp"

#include <frost/autograd.hpp>
#include <frost/io.hpp>
#include <frost/layers/activity.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace pairs {

using namespace frost;

namespace {

// A folder of this process that is gone at the end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("frost-pairs-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Tells a run what fit reports and when.
class Listener : public CallbackBase {
 public:
  using Tell = std::function<void(Moment, int epoch, int batch, const Logs&)>;
  explicit Listener(Tell tell) : tell_(std::move(tell)) {}
  void on_epoch_begin(Model&, int epoch) override { tell_(Moment::epoch_begin, epoch_ = epoch, 0, {}); }
  void on_batch_end(Model&, int batch, const Logs& logs) override { tell_(Moment::batch_end, epoch_, batch, logs); }
  void on_epoch_end(Model&, int epoch, const Logs& logs) override { tell_(Moment::epoch_end, epoch, 0, logs); }

 private:
  Tell tell_;
  int epoch_ = 0;
};

// Another thread that draws from the default generator while this one lives.
class Drawer {
 public:
  Drawer() : expected_(default_generator()), thread_([this] { draw(); }) {}
  ~Drawer() { stop(); }
  Drawer(const Drawer&) = delete;
  Drawer& operator=(const Drawer&) = delete;

  /// Whether it got the generator's numbers, one after the other.
  bool was_undisturbed() {
    stop();
    return std::all_of(drawn_.begin(), drawn_.end(), [&](std::uint64_t v) { return v == expected_.next(); });
  }

 private:
  void draw() {
    constexpr std::size_t most = 20000;
    while (!stops_ && drawn_.size() < most) drawn_.push_back(default_generator().next());
  }
  void stop() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Generator expected_;
  std::atomic<bool> stops_{false};
  std::vector<std::uint64_t> drawn_;
  std::thread thread_;
};

// What is frozen keeps every bit from one look to the next.
class FrozenBits {
 public:
  void look(const Model& model) {
    seen_.clear();
    for (const Parameter& w : model.non_trainable_weights())
      if (w.name().find("/moving_") == std::string::npos) seen_.emplace_back(w, w.clone());
  }
  void expect_same() const {
    for (const auto& [weight, before] : seen_) {
      const auto now = weight.data<double>(), then = before.data<double>();
      if (std::memcmp(now.data(), then.data(), now.size_bytes()) != 0)
        throw ValueError("pairs: " + weight.name() + " is frozen and moved");
    }
  }

 private:
  std::vector<std::pair<Parameter, Tensor>> seen_;
};

class CleverRun {
 public:
  explicit CleverRun(const Drawing& drawing) : drawing_(drawing) {}

  Record run() {
    model_ = model_of(drawing_.architecture, training_data(drawing_).x);
    for (const auto& [path, weight] : weights_by_path(model_)) start(path, weight);
    compile(0);
    for (std::size_t i = 0; i < drawing_.segments.size(); ++i) {
      segment_ = &drawing_.segments[i];
      where_ = "segment " + std::to_string(i);
      prepare(i);
      data_ = training_data(drawing_);
      validation_ = validation_data(drawing_);
      frozen_.look(model_);
      const bool goes_on = segment_->by_hand ? loop() : fit();
      while (!guards_.empty()) guards_.pop_back();
      if (record_.refused) break;
      note_weights();
      if (!goes_on) break;
    }
    return record_;
  }

 private:
  // A layer that two models share has its first path's values.
  void start(const std::string& path, const Parameter& weight) {
    PlainModel names(drawing_.architecture);
    const PlainWeight* plain = names.find_weight(path);
    if (!plain) throw ValueError("pairs: there should be no weight " + path);
    weight.assign(from_vector(
        starting_values(plain->paths[0], plain->shape, drawing_.seed, drawing_.architecture.loudness), plain->shape));
  }

  void compile(std::size_t segment) {
    seed(drawing_.seed * 100 + segment);
    std::vector<double> weights;
    for (const Head& head : drawing_.architecture.heads) weights.push_back(head.weight);
    model_.compile({.optimizer = optimizer_of(drawing_.optimizer),
                    .loss = losses_of(drawing_.architecture),
                    .loss_weights = weights,
                    .metrics = {drawing_.metrics.begin(), drawing_.metrics.end()}});
    model_.optimizer().add(model_.weights());
  }

  void prepare(std::size_t segment) {
    const std::string path = folder_.file("model");
    switch (segment_->between) {
      case Between::nothing:
        return;
      case Between::save_and_load:
        model_.save(path);
        model_ = load_model(path);
        return;
      case Between::clone:
        model_ = model_.clone();
        break;
      case Between::weights_by_name:
        model_.save_weights(path);
        model_ = model_of(drawing_.architecture, training_data(drawing_).x);
        model_.load_weights(path);
        break;
      case Between::keras:
        save_keras(model_, folder_.file("model.json"));
        model_ = load_keras(folder_.file("model.json"));
        break;
    }
    compile(segment);
  }

  bool fit() {
    FitOptions options{.batch_size = segment_->batch_size,
                       .epochs = segment_->epochs,
                       .verbose = 0,
                       .callbacks = {callback<Listener>([this](Moment moment, int epoch, int batch, const Logs& logs) {
                         hear(moment, epoch, batch, logs);
                       })},
                       .validation_split = segment_->validation == Validation::split ? split_fraction : 0,
                       .shuffle = segment_->shuffle,
                       .steps_per_epoch = segment_->steps_per_epoch,
                       .cache_budget_bytes = segment_->cache_bytes};
    if (segment_->validation == Validation::data) options.validation_data = {validation_.x, validation_.y};
    if (segment_->sample_weight) options.sample_weight = data_.sample_weight;
    if (segment_->class_weight) options.class_weight = class_weights();
    std::optional<Drawer> drawer;
    if (segment_->draws_beside) drawer.emplace();
    try {
      model_.fit(data_.x, data_.y, options);
    } catch (const Error& error) {
      if (std::string(error.what()).find("expected a finite number") == std::string::npos) throw;
      record_.note(where_ + " epoch " + std::to_string(epoch_) + ": no number", {});
      return false;
    }
    if (drawer && !drawer->was_undisturbed()) record_.note("numbers drawn by another thread repeat", {});
    return true;
  }

  void hear(Moment moment, int epoch, int batch, const Logs& logs) {
    epoch_ = epoch;
    std::string where = where_ + " epoch " + std::to_string(epoch);
    if (moment == Moment::batch_end) where += " batch " + std::to_string(batch);
    // The history first, then what is validated on.
    for (const bool validation : {false, true})
      for (const auto& [name, value] : logs)
        if (name.starts_with("val_") == validation) record_.note(where + ' ' + name, {value});
    happen(epoch, batch, moment);
  }

  bool loop() {
    int step = 0;
    for (int epoch = 0; epoch < segment_->epochs; ++epoch) {
      std::int64_t batch = 0;
      for (std::int64_t start = 0; start < drawing_.rows; start += segment_->batch_size, ++batch, ++step) {
        const std::int64_t stop = std::min(start + segment_->batch_size, drawing_.rows);
        if (!train_by_hand(start, stop, epoch, batch, where_ + " step " + std::to_string(step) + " loss")) return false;
        happen(epoch, batch, Moment::batch_end);
      }
    }
    return true;
  }

  bool train_by_hand(std::int64_t start, std::int64_t stop, int epoch, std::int64_t batch, const std::string& what) {
    const Optimizer optimizer = model_.optimizer();
    optimizer.zero_grad();
    const ActivityPenalties penalties;
    const Tensors results = model_.all(data_.x.slice(0, start, stop), {.training = true});
    Tensor total;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Head& head = drawing_.architecture.heads[i];
      const Tensor loss = loss_by_hand(head.loss, data_.y[i].slice(0, start, stop), results[i]) * head.weight;
      total = total.present() ? total + loss : loss;
    }
    if (const Tensor penalty = regularization_loss(model_); penalty.present()) total = total + penalty;
    if (penalties.total().present()) total = total + penalties.total();
    const bool writes = happen(epoch, batch, Moment::after_forward);
    try {
      total.backward();
    } catch (const GraphError&) {
      if (!writes) throw;
      record_.refused = true;
      return false;
    }
    happen(epoch, batch, Moment::after_backward);
    optimizer.step();
    apply_constraints(model_);
    record_.note(what, {total.item<double>()});
    return true;
  }

  static Tensor loss_by_hand(const std::string& loss, const Tensor& y, const Tensor& result) {
    if (loss == "sparse_categorical_crossentropy") return sparse_categorical_crossentropy(y, result);
    if (loss == "categorical_crossentropy") return categorical_crossentropy(y, result);
    if (loss == "binary_crossentropy") return binary_crossentropy(y, result);
    if (loss == "mse") return mean_squared_error(y, result);
    return loss == "mae" ? mean_absolute_error(y, result) : huber(y, result);
  }

  // Says whether a weight or x was written.
  bool happen(int epoch, std::int64_t batch, Moment moment) {
    frozen_.expect_same();
    bool writes = false;
    for (const Event& event : segment_->events) {
      if (event.epoch != epoch || event.moment != moment) continue;
      if (event.batch != batch && !is_once_an_epoch(moment)) continue;
      happen(event);
      writes |= event.act == Act::assign_weight || event.act == Act::assign_x;
    }
    frozen_.look(model_);
    return writes;
  }

  void happen(const Event& event) {
    const Architecture& a = drawing_.architecture;
    switch (event.act) {
      case Act::freeze:
        freeze(model_, selector_of(event, a), options_of(event));
        return;
      case Act::thaw:
        thaw(model_, selector_of(event, a), options_of(event));
        return;
      case Act::freeze_rows:
        freeze_rows(weights_by_path(model_).at(event.path), {event.row});
        return;
      case Act::thaw_rows:
        thaw_rows(weights_by_path(model_).at(event.path), {event.row});
        return;
      case Act::freeze_statistics:
        freeze_statistics(model_, selector_of(event, a));
        return;
      case Act::thaw_statistics:
        thaw_statistics(model_, selector_of(event, a));
        return;
      case Act::pause:
        guards_.push_back(std::make_unique<FreezeGuard>(model_, selector_of(event, a), options_of(event)));
        return;
      case Act::resume:
        if (!guards_.empty()) guards_.pop_back();
        return;
      case Act::assign_weight: {
        const Parameter weight = weights_by_path(model_).at(event.path);
        weight.assign(other_values(event.path, weight.shape(), event.seed));
        return;
      }
      case Act::assign_x:
        data_.x.assign(other_inputs(a, drawing_.rows, event.seed));
        return;
      case Act::assign_validation_x:
        validation_.x.assign(other_inputs(a, drawing_.validation_rows, event.seed));
        return;
      case Act::poison_x:
        data_.x.assign(poisoned(data_.x, event.row));
        return;
      case Act::rename:
        rename(model_.get_layer(event.path), layers_of_heads(a)[0]);
        return;
    }
  }

  void rename(const Layer& layer, const std::string& taken) {
    try {
      layer.set_name(taken);
    } catch (const ValueError&) {
      return;
    }
    throw ValueError("pairs: a layer took the name of another");
  }

  void note_weights() {
    const auto weights = weights_by_path(model_);
    for (const PlainWeight& plain : PlainModel(drawing_.architecture).weights) {
      const Parameter& weight = weights.at(plain.paths[0]);
      const auto values = weight.data<double>();
      record_.note(where_ + " ends with " + plain.paths[0], {values.begin(), values.end()});
      record_.note(where_ + " ends with gradients of " + plain.paths[0], {weight.has_grad() ? 1. : 0.});
    }
  }

  const Drawing& drawing_;
  Folder folder_;
  Model model_;
  const Segment* segment_ = nullptr;
  std::string where_;
  int epoch_ = 0;
  Data data_, validation_;
  FrozenBits frozen_;
  std::vector<std::unique_ptr<FreezeGuard>> guards_;
  Record record_;
};

}  // namespace

Record run_cleverly(const Drawing& drawing) { return CleverRun(drawing).run(); }

}  // namespace pairs
