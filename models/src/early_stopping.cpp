#include "improvement.hpp"

#include <frost/models/callback.hpp>
#include <frost/models/model.hpp>

#include <iostream>

namespace frost {

namespace {

class EarlyStoppingBase : public CallbackBase {
 public:
  explicit EarlyStoppingBase(const EarlyStoppingOptions& o)
      : options_(o), improvement_("EarlyStopping", o.monitor, o.mode, o.min_delta) {
    models::expect(o.patience >= 0 && o.start_from_epoch >= 0,
                   "EarlyStopping: got patience {} and start_from_epoch {}; expected numbers from 0", o.patience,
                   o.start_from_epoch);
  }

  std::string monitored() const override { return options_.monitor; }
  void check_monitored() const override { improvement_.expect_known("EarlyStopping", options_.monitor); }

  void on_train_begin(Model&) override {
    improvement_.reset();
    best_epoch_ = 0;
    waited_ = 0;
    best_weights_.clear();
  }

  void on_epoch_end(Model& model, int epoch, const Logs& logs) override {
    const auto found = logs.find(options_.monitor);
    if (found == logs.end() || epoch < options_.start_from_epoch) return;
    if (options_.restore_best_weights && best_weights_.empty()) keep(model, epoch);
    ++waited_;
    if (improvement_.note(found->second)) {
      if (options_.restore_best_weights) keep(model, epoch);
      if (std::isnan(options_.baseline) || improvement_.better(found->second, options_.baseline)) waited_ = 0;
    } else if (waited_ >= options_.patience && epoch > 0) {
      if (options_.verbose > 0) std::cout << "Epoch " << epoch + 1 << ": early stopping" << std::endl;
      stop_training();
    }
  }

  // Also when the epochs are exhausted.
  void on_train_end(Model& model) override {
    if (best_weights_.empty()) return;
    if (options_.verbose > 0) std::cout << "Restoring the weights of the best epoch: " << best_epoch_ + 1 << std::endl;
    const Parameters weights = model.weights();
    for (std::size_t i = 0; i < weights.size() && i < best_weights_.size(); ++i) weights[i].assign(best_weights_[i]);
    best_weights_.clear();
  }

 private:
  // A detached handle keeps its values when the weight is written: what does not move is not copied.
  void keep(const Model& model, int epoch) {
    best_weights_.clear();
    for (const Parameter& weight : model.weights()) best_weights_.push_back(weight.detach());
    best_epoch_ = epoch;
  }

  EarlyStoppingOptions options_;
  models::Improvement improvement_;
  int best_epoch_ = 0;
  int waited_ = 0;
  Tensors best_weights_;
};

}  // namespace

CallbackBase& Callback::base() const {
  models::expect(static_cast<bool>(base_), "the callback is absent");
  return *base_;
}

EarlyStopping::EarlyStopping() : EarlyStopping(EarlyStoppingOptions{}) {}
EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options)
    : Callback(detail::Ref<CallbackBase>(new EarlyStoppingBase(options))) {}

}  // namespace frost
