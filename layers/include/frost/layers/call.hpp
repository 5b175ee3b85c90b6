#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/random.hpp>
#include <frost/autograd/tensor.hpp>

namespace frost {

class LayerBase;
namespace detail {

struct Graph;

/// The masks of a call's inputs, and where a model tells those of its results.
struct FROST_API CallMasks : Counted {
  explicit CallMasks(const Tensors& of_inputs) : given(of_inputs) {}
  virtual ~CallMasks();

  const Tensors given;  // empty where no input has one
  Tensors told;
};

/// A model's stream, which lives as long as somebody may draw from it.
struct FROST_API SharedStream : Counted {
  explicit SharedStream(const Generator& start) : generator(start) {}
  virtual ~SharedStream();

  Generator generator;
};

}  // namespace detail

/// What random layers draw from: a generator of yours, which must live as long as it is drawn from, or a model's.
class CallStream {
 public:
  constexpr CallStream() = default;
  constexpr CallStream(Generator* generator) : generator_(generator) {}
  explicit CallStream(const detail::Ref<detail::SharedStream>& shared)
      : shared_(shared), generator_(&shared->generator) {}

  constexpr operator Generator*() const { return generator_; }
  constexpr Generator* operator->() const { return generator_; }

 private:
  detail::Ref<detail::SharedStream> shared_;
  Generator* generator_ = nullptr;
};

/// How a layer or a model is called.
struct CallOptions {
  /// Dropout is active and batch statistics move, but for frozen layers.
  bool training = false;
  /// What random layers draw from; absent: the outermost model's own stream, or the default generator.
  CallStream stream = {};
  /// A mask for each input, absent where there is none: booleans (N, T), false at the steps to be left out. In a model
  /// they come from Masking and Embedding.
  Tensors masks = {};
  /// Where the masks of the results are put, if anywhere: fewer than results, or absent, where there is none.
  Tensors* result_masks = nullptr;
};

/// What a layer's `call` is told. A copy may be kept, as by a checkpoint's function: it shares what it refers to.
class FROST_API CallContext {
 public:
  CallContext() = default;
  CallContext(bool is_training, const CallStream& stream) : training(is_training), stream_(stream) {}

  /// Whether this call is part of training. Already false inside a frozen layer and while a model is built.
  bool training = false;

  /// The random numbers of this call: the model's own, or the default generator's outside of a model.
  Generator& stream() const { return stream_ ? *stream_ : default_generator(); }

  /// The mask of an input: booleans (N, T), false at the steps to be left out. Absent where there is none.
  const Tensor& mask(std::size_t input = 0) const;
  bool has_masks() const { return masks_ && !masks_->given.empty(); }

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
  CallStream stream_;
  detail::Ref<detail::CallMasks> masks_;
  std::uint8_t tried_ = 0;  // which of LayerBase's default calls led here
};

/// Inverted dropout (Srivastava et al. 2014): in training each element is 0 with probability `rate`, else divided by
/// 1 − rate; otherwise x itself. Draws from the context's stream. y = m·x / (1 − rate), dx = m·g / (1 − rate).
/// Throws: ValueError unless 0 ≤ rate < 1.
FROST_API Tensor dropout(const Tensor& x, double rate, const CallContext& context);

}  // namespace frost
