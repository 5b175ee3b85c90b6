#pragma once
#include "means.hpp"
#include "moving_parts.hpp"
#include "progress.hpp"
#include "rows.hpp"
#include "training_state.hpp"

#include <functional>

namespace frost::models {

/// Where a batch stands, for messages; counted from 0.
struct Place {
  int epoch = 0;
  std::int64_t batch = 0;
};

/// Runs a compiled model on batches: steps, and what is reported about them.
class Trainer {
 public:
  /// `what` is the public function at work, for messages. Builds a model that its first input is to build.
  Trainer(const Model& model, ModelBase& base, const char* what, const TensorList& x);
  /// No gradient of a step is left behind.
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// "loss", an output's name with "_loss" where there are several, then the metrics.
  const std::vector<std::string>& names() const { return names_; }
  Logs logs(const std::vector<double>& values, const std::string& prefix = "") const;

  /// Checks everything about the data that can be checked before a batch runs. Throws: ShapeError, ValueError.
  Rows prepare(const TensorList& x, const TensorList& y, const Tensor& sample_weight = {}) const;
  /// Multiplies the weights of rows by those of their classes. Throws: ShapeError, ValueError.
  void weigh_classes(Rows& rows, const std::map<std::int64_t, double>& weights) const;
  /// Throws: GraphError when nothing can be trained.
  void expect_trainable() const;
  /// Tells the optimizer of weights that are new.
  void add_weights() const;

  /// Of nothing, to add up what `train` and `test` give.
  Means no_means() const;
  /// One step of the optimizer on a batch; what is reported of it is valid until the next call. A loss that is not
  /// finite, like any error before the gradients are there, moves nothing: see MovingParts. Throws: ValueError.
  const Means& train(const Rows& batch, const Place& place);
  /// What is reported without a step.
  const Means& test(const Rows& batch);
  /// The reported values of all rows, which `batch` gives.
  std::vector<double> evaluate(std::int64_t rows, std::int64_t batch_size,
                               const std::function<Rows(const RowRange&)>& batch, Progress* progress = nullptr);

 private:
  Tensors outputs(const Rows& batch, bool training);
  Tensor total_loss(const Rows& batch, const Tensors& outputs, const detail::KeepLogits& logits,
                    const Tensor& activity);
  void backpropagate(const Rows& batch, const Place& place);
  void measure(const Rows& batch, const Tensors& outputs);
  Tensor mask_of(std::size_t output) const { return output < masks_.size() ? masks_[output] : Tensor(); }
  void drop_gradients();
  Tensor class_weights(const Tensor& y, const std::map<std::int64_t, double>& weights) const;
  std::string about(std::size_t output) const;

  Model model_;
  ModelBase& base_;
  const char* what_;
  Compiled& compiled_;
  std::vector<std::string> output_names_;
  std::vector<std::string> names_;
  Means means_;    // of the latest batch
  Tensors masks_;  // of its outputs
  MovingParts moving_;
  bool regularized_ = false;
  bool constrained_ = false;
  bool has_gradients_ = false;  // of the latest step
};

}  // namespace frost::models
