#pragma once
#include "feature_cache.hpp"
#include "fit_data.hpp"
#include "frozen_prefix.hpp"
#include "progress.hpp"
#include "training_state.hpp"

#include <optional>

namespace frost::models {

/// Gives `fit` its batches: rows of the data or, where the model has a frozen prefix, of its features. These are
/// computed once for each row, batch by batch as the first epoch goes along, and dropped when the prefix changes or the
/// data are written.
class BatchSource {
 public:
  BatchSource(ModelBase& model, const Compiled& compiled, FitData data, const FitOptions& options, Progress& progress);

  std::int64_t rows() const { return data_.training().count; }
  std::int64_t validation_rows() const { return data_.validation().count; }

  /// To be called before each epoch; all rows are still to be gone through `passes` times.
  /// Throws: GraphError with CacheFrozen::always where there is no frozen prefix, FileError where there is no room.
  void begin_epoch(double passes);
  Rows batch(const RowRange& range) { return batch(training_, range); }
  Rows validation_batch(const RowRange& range) { return batch(validation_, range); }

 private:
  struct Part {
    const Rows& data;
    bool trains;
    Rows rest = {};  // what the rest of the model reads beside the features
    std::optional<FeatureCache> features = {};
  };
  Rows batch(Part& part, const RowRange& range);
  void look(double passes);
  void start(FrozenPrefix prefix);
  void drop(const std::string& reason);
  void refuse(const std::string& reason);
  void look_for_changes();
  void set_rest(const FrozenPrefix& prefix);
  void join(Rows& rows, const Tensors& features) const;
  Rows computed(Part& part, const RowRange& range);

  ModelBase& model_;
  const Compiled& compiled_;
  FitData data_;
  Part training_, validation_;
  CacheFrozen mode_;
  std::int64_t budget_;
  Progress& progress_;
  std::optional<FrozenPrefix> prefix_;
  std::string refused_;  // what was said last
  int drops_ = 0;
  bool begun_ = false;
  bool gives_up_ = false;
};

}  // namespace frost::models
