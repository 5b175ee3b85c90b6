#pragma once
#include <frost/autograd/random.hpp>
#include <frost/autograd/tensor.hpp>

namespace frost {

class LayerBase;
namespace detail {
struct Graph;
}

/// How a layer or a model is called.
struct CallOptions {
  /// Dropout is active and batch statistics move, but for frozen layers.
  bool training = false;
  /// What random layers draw from; absent: the outermost model's own stream, or the default generator.
  Generator* stream = nullptr;
  /// A mask for each input, absent where there is none: booleans (N, T), false at the steps to be left out. In a model
  /// they come from Masking and Embedding.
  Tensors masks = {};
  /// Where the masks of the results are put, if anywhere: fewer than results, or absent, where there is none.
  Tensors* result_masks = nullptr;
};

/// What a layer's `call` is told.
class FROST_API CallContext {
 public:
  CallContext() = default;
  CallContext(bool is_training, Generator* stream) : training(is_training), stream_(stream) {}

  /// Whether this call is part of training. Already false inside a frozen layer and while a model is built.
  bool training = false;

  /// The random numbers of this call: the model's own, or the default generator's outside of a model.
  Generator& stream() const { return stream_ ? *stream_ : default_generator(); }

  /// The mask of an input: booleans (N, T), false at the steps to be left out. Absent where there is none.
  const Tensor& mask(std::size_t input = 0) const;
  bool has_masks() const { return masks_ != nullptr; }

  /// So that a layer can hand its own context to a layer inside it: `inner(x, context)`. Masks are not handed on: the
  /// inner layer's input may have other steps.
  operator CallOptions() const { return {.training = training, .stream = stream_}; }
  /// The same with masks for the inner layer's inputs: `inner(x, context.with_masks({context.mask()}))`.
  CallOptions with_masks(const Tensors& masks) const {
    return {.training = training, .stream = stream_, .masks = masks};
  }

 private:
  friend class LayerBase;
  friend struct detail::Graph;
  Generator* stream_ = nullptr;
  const Tensors* masks_ = nullptr;  // of the inputs, when any is there
  Tensors* told_ = nullptr;         // where a model tells the masks of its results
  std::uint8_t tried_ = 0;          // which of LayerBase's default calls led here
};

/// Inverted dropout (Srivastava et al. 2014): in training each element is 0 with probability `rate`, else divided by
/// 1 − rate; otherwise x itself. Draws from the context's stream. y = m·x / (1 − rate), dx = m·g / (1 − rate).
/// Throws: ValueError unless 0 ≤ rate < 1.
FROST_API Tensor dropout(const Tensor& x, double rate, const CallContext& context);

}  // namespace frost
