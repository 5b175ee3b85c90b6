#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/models/history.hpp>

#include <concepts>
#include <limits>

namespace frost {

class Model;

/// What `fit` tells while it trains. A callback of your own overrides what it wants to hear:
///
///     struct Mine : CallbackBase { void on_epoch_end(Model&, int epoch, const Logs&) override; };
///     model.fit(x, y, {.callbacks = {callback<Mine>()}});
class FROST_API CallbackBase : public detail::Counted {
 public:
  CallbackBase() = default;
  virtual ~CallbackBase() = default;
  CallbackBase(const CallbackBase&) = delete;
  CallbackBase& operator=(const CallbackBase&) = delete;

  virtual void on_train_begin(Model&) {}
  virtual void on_train_end(Model&) {}
  virtual void on_epoch_begin(Model&, int /*epoch*/) {}
  virtual void on_epoch_end(Model&, int /*epoch*/, const Logs&) {}
  /// With the means of the epoch so far. The weights still have the gradients of the batch.
  virtual void on_batch_end(Model&, int /*batch*/, const Logs&) {}
  /// The name of the value that this one watches, if it does; `fit` checks before the first batch that there is one.
  virtual std::string monitored() const { return {}; }
  /// Throws when it cannot tell how to watch that value; `fit` asks, too, before the first batch.
  virtual void check_monitored() const {}

  /// Ends the training after this batch.
  void stop_training() { stops_ = true; }
  bool stops() const { return stops_; }
  void reset_stop() { stops_ = false; }

 private:
  bool stops_ = false;
};

/// A handle to a callback.
class FROST_API Callback {
 public:
  Callback() = default;
  explicit Callback(detail::Ref<CallbackBase> base) : base_(std::move(base)) {}
  explicit operator bool() const { return static_cast<bool>(base_); }
  CallbackBase& base() const;

 protected:
  detail::Ref<CallbackBase> base_;
};

/// Makes a callback of a class of yours.
template <std::derived_from<CallbackBase> C, class... A>
Callback callback(A&&... arguments) {
  return Callback(detail::Ref<CallbackBase>(new C(std::forward<A>(arguments)...)));
}

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;
  int patience = 0;
  int verbose = 0;
  std::string mode = "auto";  // or "min", "max"
  /// The value to do better than; NaN: none.
  double baseline = std::numeric_limits<double>::quiet_NaN();
  bool restore_best_weights = false;
  int start_from_epoch = 0;
};
/// Ends the training when a value has not improved for `patience` epochs. With mode "auto" losses, by name, are to be
/// small and accuracies large; for another metric `fit` throws a ValueError that asks for the mode.
class FROST_API EarlyStopping : public Callback {
 public:
  EarlyStopping();
  explicit EarlyStopping(const EarlyStoppingOptions& options);
};

}  // namespace frost
