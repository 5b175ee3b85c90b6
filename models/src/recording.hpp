#pragma once
#include "model_base.hpp"

#include <string>
#include <vector>

namespace frost::models {

/// What the calls of one layer, itself no model, did in a recorded forward pass.
struct Recording {
  Layer layer;  // of the copy that was run
  std::string path;
  std::int64_t nodes = 0;
  std::int64_t saved_bytes = 0;
  std::vector<std::string> trained;  // its weights: "kernel"; "part of kernel" where some of it is frozen
  bool is_watched = false;
  bool passes_on = false;  // a gradient goes through it, or to its weights
  std::string below;       // the nearest trainable layer that its input's gradient is for; empty: there is none
  Flops forward, backward, input_gradient, weight_gradients;  // those that are computed
  std::int64_t calls = 0;
  std::int64_t steps = 0;  // in both directions
};

/// A copy of a model to be run in place of it: frozen where it is frozen, paused or frozen in part, watched where it is
/// watched.
class Rehearsal {
 public:
  /// Throws: GraphError, in the name of `what`, when the model is not built.
  Rehearsal(const ModelBase& model, const char* what);
  ~Rehearsal();

  /// A recorded forward pass, as in training, on zeros. The layers are in the order of the summary, those of nested
  /// models in their place; inputs of nested models are left out.
  std::vector<Recording> run(std::int64_t batch_size, std::int64_t unknown_size);
  /// Thaws everything.
  void thaw_all();

  const Model& copy() const { return copy_; }

 private:
  void adjust(const LayerBase& from, const LayerBase& to);
  Model copy_;
  std::vector<Tensors> seen_;
  std::vector<LayerBase*> watched_;
};

}  // namespace frost::models
