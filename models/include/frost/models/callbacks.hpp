#pragma once
#include <frost/models/callback.hpp>

#include <functional>

namespace frost {

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  int patience = 10;
  int verbose = 0;
  std::string mode = "auto";  // or "min", "max"
  double min_delta = 1e-4;
  int cooldown = 0;
  double min_lr = 0;
};
/// Multiplies the learning rate by `factor` when a value has not improved for `patience` epochs; then waits for
/// `cooldown` epochs. The mode is as in EarlyStopping. Throws: ValueError unless 0 < factor < 1, and for other options
/// out of range.
class FROST_API ReduceLROnPlateau : public Callback {
 public:
  ReduceLROnPlateau();
  explicit ReduceLROnPlateau(const ReduceLROnPlateauOptions& options);
};

/// Sets the learning rate before each epoch, from the epoch's number and the learning rate so far.
class FROST_API LearningRateScheduler : public Callback {
 public:
  explicit LearningRateScheduler(std::function<double(int epoch, double learning_rate)> schedule);
};

struct CSVLoggerOptions {
  std::string separator = ",";
  /// Goes on with the file that is there instead of writing over it.
  bool append = false;
};
/// Writes the values of each epoch as a line of a file, at once, names on the first line.
/// `fit` throws: FileError when it cannot be written.
class FROST_API CSVLogger : public Callback {
 public:
  explicit CSVLogger(const std::string& path, const CSVLoggerOptions& options = {});
};

}  // namespace frost
