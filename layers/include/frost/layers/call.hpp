#pragma once
#include <frost/autograd/random.hpp>
#include <frost/autograd/tensor.hpp>

namespace frost {

class LayerBase;

/// How a layer or a model is called.
struct CallOptions {
  /// Dropout is active and batch statistics move, but for frozen layers.
  bool training = false;
  /// What random layers draw from; absent: the outermost model's own stream, or the default generator.
  Generator* stream = nullptr;
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

  /// So that a layer can hand its own context to a layer inside it: `inner(x, context)`.
  operator CallOptions() const { return {training, stream_}; }

 private:
  friend class LayerBase;
  Generator* stream_ = nullptr;
  std::uint8_t tried_ = 0;  // which of LayerBase's default calls led here
};

/// Inverted dropout (Srivastava et al. 2014): in training each element is 0 with probability `rate`, else divided by
/// 1 − rate; otherwise x itself. Draws from the context's stream. y = m·x / (1 − rate), dx = m·g / (1 − rate).
/// Throws: ValueError unless 0 ≤ rate < 1.
FROST_API Tensor dropout(const Tensor& x, double rate, const CallContext& context);

}  // namespace frost
