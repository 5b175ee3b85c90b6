#pragma once
#include "model_base.hpp"

#include <functional>

namespace frost::models {

/// The largest part of a model, from its inputs on, whose results stay the same while the rest is trained: nothing in
/// it is trainable, random, or moves statistics. It ends at its *cut*, the symbols that the rest of the model reads.
///
/// It is what it was found to be until `change` says otherwise.
class FrozenPrefix {
 public:
  /// `wants_logits` says of an output whether its loss looks for logits: its softmax is then left to the rest.
  FrozenPrefix(ModelBase& model, const std::function<bool(std::size_t output)>& wants_logits);

  /// Whether any frozen weight is in it.
  bool is_useful() const { return static_cast<bool>(body_); }
  /// Why the first layer with frozen weights that is not in it is not: "lstm is trainable". Empty: there is none.
  const std::string& obstacle() const { return obstacle_; }

  /// The cut, without those inputs of the model that the rest reads as they are: `inputs()` are their places.
  const Symbols& cut() const { return cut_; }
  const std::vector<std::size_t>& inputs() const { return inputs_; }
  bool ends_as(const FrozenPrefix& other) const;

  /// What lies at the cut for inputs of the model, followed by the masks of `masked()`. With abstract inputs, its
  /// shapes. It is on no tape, unless a layer uses what is trained and none of its weights.
  Tensors features(const Tensors& xs, bool training) const;
  /// The places in the cut of symbols that have a mask.
  const std::vector<std::size_t>& masked() const { return masked_; }
  /// The rest of the model: from the features, followed by those inputs, to the outputs.
  const Model& rest() const { return rest_; }

  /// What happened to it since it was found, or last asked: "lstm is trainable", "lstm/kernel was written". Empty:
  /// nothing.
  std::string change();

 private:
  struct Seen {
    Parameter weight;
    Tensor values;  // as they were: while this shows them, whoever writes the weight takes a fresh buffer
    const void* address;
  };
  ModelBase* model_;
  std::vector<Layer> layers_;
  std::vector<Seen> weights_;
  Symbols cut_;
  std::vector<std::size_t> inputs_, masked_;
  Model body_, rest_;
  std::string obstacle_;
};

}  // namespace frost::models
