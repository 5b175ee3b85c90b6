#pragma once
#include "model_base.hpp"

#include <functional>

namespace frost::models {

/// What a training step moves before it knows its loss: moving statistics, states of stateful layers, random streams.
/// A step that is refused brings them back. The default generator, which others draw from, is not among them.
class MovingParts {
 public:
  explicit MovingParts(ModelBase& model);

  /// Notes how they are.
  void note();
  /// Brings them back to what was noted.
  void bring_back();
  /// Gives up what was noted: the step stands.
  void forget();

 private:
  ModelBase& model_;
  Parameters statistics_;
  std::vector<LayerBase*> layers_;  // that have a restore point
  std::optional<Generator> stream_;
  Tensors values_;
  std::vector<std::function<void()>> points_;
};

}  // namespace frost::models
