#include <frost/models/callback.hpp>

#include "expect.hpp"

#include <frost/models/model.hpp>

#include <cmath>
#include <iostream>

namespace frost {

using models::expect;

namespace {

bool ends_with(const std::string& text, const char* end) {
  const std::string tail(end);
  return text.size() >= tail.size() && text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

class EarlyStoppingBase : public CallbackBase {
 public:
  explicit EarlyStoppingBase(const EarlyStoppingOptions& options) : options_(options) {
    expect(options.mode == "auto" || options.mode == "min" || options.mode == "max",
           "EarlyStopping: unknown mode '{}'; expected 'auto', 'min' or 'max'", options.mode);
    expect(!options.monitor.empty(), "EarlyStopping: monitor is empty; expected a name such as 'val_loss'");
    expect(options.patience >= 0 && options.start_from_epoch >= 0,
           "EarlyStopping: got patience {} and start_from_epoch {}; expected numbers from 0", options.patience,
           options.start_from_epoch);
    const bool counts_up = ends_with(options.monitor, "acc") || ends_with(options.monitor, "accuracy");
    sign_ = options.mode == "max" || (options.mode == "auto" && counts_up) ? -1 : 1;
  }

  std::string monitored() const override { return options_.monitor; }

  void on_train_begin(Model&) override {
    best_ = std::numeric_limits<double>::infinity();
    best_epoch_ = 0;
    waited_ = 0;
    best_weights_.clear();
  }

  void on_epoch_end(Model& model, int epoch, const Logs& logs) override {
    const auto found = logs.find(options_.monitor);
    if (found == logs.end() || epoch < options_.start_from_epoch) return;
    const double value = sign_ * found->second;  // smaller is better
    if (options_.restore_best_weights && best_weights_.empty()) keep(model, epoch);
    ++waited_;
    if (improves(value, best_)) {
      best_ = value;
      if (options_.restore_best_weights) keep(model, epoch);
      if (std::isnan(options_.baseline) || improves(value, sign_ * options_.baseline)) waited_ = 0;
      return;
    }
    if (waited_ >= options_.patience && epoch > 0) {
      if (options_.verbose > 0) std::cout << "Epoch " << epoch + 1 << ": early stopping" << std::endl;
      stop_training();
    }
  }

  // Also when the epochs are exhausted.
  void on_train_end(Model& model) override {
    if (best_weights_.empty()) return;
    if (options_.verbose > 0)
      std::cout << "Restoring the weights of the best epoch: " << best_epoch_ + 1 << '.' << std::endl;
    const Parameters weights = model.weights();
    for (std::size_t i = 0; i < weights.size() && i < best_weights_.size(); ++i) weights[i].assign(best_weights_[i]);
    best_weights_.clear();
  }

 private:
  bool improves(double value, double reference) const { return value + std::abs(options_.min_delta) < reference; }

  // A detached handle keeps its values when the weight is written: what does not move is not copied.
  void keep(const Model& model, int epoch) {
    best_weights_.clear();
    for (const Parameter& weight : model.weights()) best_weights_.push_back(weight.detach());
    best_epoch_ = epoch;
  }

  EarlyStoppingOptions options_;
  double sign_ = 1;
  double best_ = 0;
  int best_epoch_ = 0;
  int waited_ = 0;
  Tensors best_weights_;
};

}  // namespace

EarlyStopping::EarlyStopping() : EarlyStopping(EarlyStoppingOptions{}) {}
EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options)
    : Callback(detail::Ref<CallbackBase>(new EarlyStoppingBase(options))) {}

}  // namespace frost
