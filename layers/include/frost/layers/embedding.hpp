#pragma once
#include <frost/layers/layer.hpp>

namespace frost {

struct EmbeddingOptions {
  /// The number of words: indices are 0, …, input_dim − 1.
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  Initializer embeddings_initializer = "random_uniform";
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  /// Index 0 stands for no word: the result has a mask, false where it stands. See Masking.
  bool mask_zero = false;
  bool trainable = true;
  DType dtype = default_dtype();
  std::string name = {};
};

/// A row of the weight for each index. Weights: embeddings (input_dim, output_dim); rows of it are frozen by
/// `freeze_rows`. Input shape: (N, …), int64: Input({20}, {.dtype = DType::int64}). Output shape: (N, …, output_dim).
/// Throws: ValueError unless input_dim and output_dim are 1 or more, for an input that is not int64, and for an index
/// that is out of range.
class FROST_API Embedding
    : public detail::Positional<Embedding, Layer, &EmbeddingOptions::input_dim, &EmbeddingOptions::output_dim> {
 public:
  using Positional::Positional;
  explicit Embedding(const EmbeddingOptions& options);
};

}  // namespace frost
