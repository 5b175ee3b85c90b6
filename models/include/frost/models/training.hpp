#pragma once
#include <frost/models/callback.hpp>
#include <frost/models/history.hpp>
#include <frost/models/loss.hpp>
#include <frost/models/model.hpp>
#include <frost/models/tensor_list.hpp>
#include <frost/optim/optimizer.hpp>

#include <cstdint>

namespace frost {

struct CompileOptions {
  Optimizer optimizer = {};
  Losses loss = {};
  OutputWeights loss_weights = {};
  Metrics metrics = {};
};

/// Whether `fit` computes what frozen layers give once instead of once an epoch, for validation data too. That goes for
/// the largest part of the model, from its inputs on, in which nothing is trainable, random (a frozen Dropout is not)
/// or moves statistics. The losses of the first epoch are the same to the bit, and so are all where batches hold the
/// same rows in the same order. What was computed is dropped when something in that part is thawed or written, or the
/// data are.
///
/// Where there is no such part, `automatic` says why (verbose ≥ 1) if anything is frozen, and `always` is a GraphError.
enum class CacheFrozen { automatic, always, never };

struct FitOptions {
  std::int64_t batch_size = 32;
  int epochs = 1;
  /// 0: silent, 1: a bar on a terminal, elsewhere a line an epoch, 2: a line an epoch.
  int verbose = 1;
  std::vector<Callback> callbacks = {};
  /// The last part of the rows, between 0 and 1, that is validated on instead of trained on.
  double validation_split = 0;
  ValidationData validation_data = {};
  bool shuffle = true;
  /// A weight for each label; those left out count 1. Rows that are validated on have none.
  std::map<std::int64_t, double> class_weight = {};
  /// One a row, which validation_split takes along. They multiply the loss; metrics are not weighted.
  Tensor sample_weight = {};
  int initial_epoch = 0;
  /// 0: all batches. An epoch goes on where the one before ended; rows are shuffled anew when all were used.
  std::int64_t steps_per_epoch = 0;
  /// 0: batch_size.
  std::int64_t validation_batch_size = 0;
  CacheFrozen cache_frozen = CacheFrozen::automatic;
  /// How much memory the outputs of frozen layers may take; what does not fit lies in temporary files, in TMPDIR.
  /// 0: a quarter of the machine's memory, at most 2 GiB.
  std::int64_t cache_budget_bytes = 0;
};

struct EvaluateOptions {
  std::int64_t batch_size = 32;
  int verbose = 0;
};

struct PredictOptions {
  std::int64_t batch_size = 32;
  int verbose = 0;
};

}  // namespace frost
