#include <frost/layers/embedding.hpp>

#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, EmbeddingOptions& o) {
  v("input_dim", o.input_dim);
  v("output_dim", o.output_dim);
  v("embeddings_initializer", o.embeddings_initializer);
  v("embeddings_regularizer", o.embeddings_regularizer);
  v("embeddings_constraint", o.embeddings_constraint);
  v("mask_zero", o.mask_zero);
}

namespace {

class EmbeddingBase : public LayerBase {
 public:
  explicit EmbeddingBase(const EmbeddingOptions& options) : o_(options) {
    expect(o_.input_dim >= 1 && o_.output_dim >= 1,
           "Embedding: got input_dim {} and output_dim {}; expected 1 or more of each", o_.input_dim, o_.output_dim);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape&) override {
    embeddings_ = add_weight("embeddings", {o_.input_dim, o_.output_dim}, o_.embeddings_initializer,
                             {.regularizer = o_.embeddings_regularizer, .constraint = o_.embeddings_constraint});
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    expect(x.dtype() == DType::int64,
           "Embedding: the indices must be int64; got {}; convert with to(DType::int64), and give the Input {{.dtype = "
           "DType::int64}}",
           name_of(x.dtype()));
    return embedding(embeddings_, x);
  }
  Tensors compute_mask(const Tensors& xs, const Tensors&) const override {
    return o_.mask_zero ? Tensors{not_equal(xs[0], 0.)} : Tensors();
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "Embedding"; }

 private:
  EmbeddingOptions o_;
  Parameter embeddings_;
};

}  // namespace

Embedding::Embedding(const EmbeddingOptions& options) : Positional(layer<EmbeddingBase>(options)) {}

namespace detail {

Layer embedding_from(const Config& config) { return from_config<Embedding, EmbeddingOptions>("Embedding", config); }

}  // namespace detail

}  // namespace frost
