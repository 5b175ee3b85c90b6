#include "tables.hpp"

namespace conformance {

using namespace frost;

namespace {

template <Tensor (*F)(const Tensor&, const Pool2dOptions&)>
constexpr Operation pooling{1, [](const Tensors& x, Attributes& a) {
                              Pool2dOptions o;
                              a.set("pool_size", o.pool_size);
                              a.set("strides", o.strides);
                              a.set("padding", o.padding);
                              return F(x[0], o);
                            }};

}  // namespace

const Table& networks() {
  static const Table table = {{"matmul",
                               {2,
                                [](const Tensors& x, Attributes& a) {
                                  MatmulOptions o;
                                  a.set("transpose_a", o.transpose_a);
                                  a.set("transpose_b", o.transpose_b);
                                  return matmul(x[0], x[1], o);
                                }}},
                              {"linear", {3, [](const Tensors& x, Attributes&) { return linear(x[0], x[1], x[2]); }}},
                              {"lstm",
                               {4,
                                [](const Tensors& x, Attributes& a) {
                                  LstmOptions o;
                                  a.set("return_sequences", o.return_sequences);
                                  a.set("go_backwards", o.go_backwards);
                                  return lstm(x[0], x[1], x[2], x[3], o);
                                }}},
                              {"batch_norm_train",
                               {3,
                                [](const Tensors& x, Attributes& a) {
                                  BatchNormOptions o;
                                  a.set("epsilon", o.epsilon);
                                  return batch_norm_train(x[0], x[1], x[2], o);
                                }}},
                              {"batch_norm_infer",
                               {5,
                                [](const Tensors& x, Attributes& a) {
                                  BatchNormOptions o;
                                  a.set("epsilon", o.epsilon);
                                  return batch_norm_infer(x[0], x[1], x[2], x[3], x[4], o);
                                }}},
                              {"layer_norm",
                               {3,
                                [](const Tensors& x, Attributes& a) {
                                  LayerNormOptions o;
                                  a.set("epsilon", o.epsilon);
                                  return layer_norm(x[0], x[1], x[2], o);
                                }}},
                              {"lstm_with_state", {6, [](const Tensors& x, Attributes& a) {
                                                     LstmWithStateOptions o;
                                                     a.set("return_sequences", o.return_sequences);
                                                     return lstm_with_state(x[0], x[1], x[2], x[3], x[4], x[5], o);
                                                   }}}};
  return table;
}

const Table& losses() {
  static const Table table = {{"mean_squared_error", binary<mean_squared_error>},
                              {"mean_absolute_error", binary<mean_absolute_error>},
                              {"kl_divergence", binary<kl_divergence>},
                              {"hinge", binary<hinge>},
                              {"poisson", binary<poisson>},
                              {"huber",
                               {2,
                                [](const Tensors& x, Attributes& a) {
                                  HuberOptions o;
                                  a.set("delta", o.delta);
                                  return huber(x[0], x[1], o);
                                }}},
                              {"cosine_similarity",
                               {2,
                                [](const Tensors& x, Attributes& a) {
                                  CosineSimilarityOptions o;
                                  a.set("axis", o.axis);
                                  return cosine_similarity(x[0], x[1], o);
                                }}},
                              {"binary_crossentropy",
                               {2,
                                [](const Tensors& x, Attributes& a) {
                                  BinaryCrossentropyOptions o;
                                  a.set("from_logits", o.from_logits);
                                  return binary_crossentropy(x[0], x[1], o);
                                }}},
                              {"sparse_categorical_crossentropy",
                               {2,
                                [](const Tensors& x, Attributes& a) {
                                  SparseCategoricalCrossentropyOptions o;
                                  a.set("from_logits", o.from_logits);
                                  return sparse_categorical_crossentropy(x[0], x[1], o);
                                }}},
                              {"categorical_crossentropy", {2, [](const Tensors& x, Attributes& a) {
                                                              CategoricalCrossentropyOptions o;
                                                              a.set("from_logits", o.from_logits);
                                                              a.set("label_smoothing", o.label_smoothing);
                                                              return categorical_crossentropy(x[0], x[1], o);
                                                            }}}};
  return table;
}

const Table& algebra() {
  static const Table table = {
      {"outer", binary<outer>},
      {"einsum",
       {~std::size_t{0},
        [](const Tensors& x, Attributes& a) { return einsum(x, a.required<std::string>("equation")); }}},
      {"tensordot",
       {2,
        [](const Tensors& x, Attributes& a) {
          TensordotOptions o;
          a.set("axes", o.axes);
          return tensordot(x[0], x[1], o);
        }}},
      {"inv", unary<inv>},
      {"det", unary<det>},
      {"logdet", unary<logdet>},
      {"solve", binary<solve>},
      {"cholesky", {1, [](const Tensors& x, Attributes& a) {
                      CholeskyOptions o;
                      a.set("symmetrize", o.symmetrize);
                      return cholesky(x[0], o);
                    }}}};
  return table;
}

const Table& images_and_sequences() {
  static const Table table = {{"conv1d",
                               {3,
                                [](const Tensors& x, Attributes& a) {
                                  Conv1dOptions o;
                                  a.set("strides", o.strides);
                                  a.set("padding", o.padding);
                                  a.set("dilation", o.dilation);
                                  return conv1d(x[0], x[1], x[2], o);
                                }}},
                              {"conv2d",
                               {3,
                                [](const Tensors& x, Attributes& a) {
                                  Conv2dOptions o;
                                  a.set("strides", o.strides);
                                  a.set("padding", o.padding);
                                  a.set("dilation", o.dilation);
                                  a.set("groups", o.groups);
                                  return conv2d(x[0], x[1], x[2], o);
                                }}},
                              {"conv2d_transpose",
                               {2,
                                [](const Tensors& x, Attributes& a) {
                                  Conv2dTransposeOptions o;
                                  a.set("strides", o.strides);
                                  a.set("padding", o.padding);
                                  return conv2d_transpose(x[0], x[1], o);
                                }}},
                              {"max_pool2d", pooling<max_pool2d>},
                              {"avg_pool2d", pooling<avg_pool2d>},
                              {"group_norm",
                               {3,
                                [](const Tensors& x, Attributes& a) {
                                  GroupNormOptions o;
                                  a.set("groups", o.groups);
                                  a.set("epsilon", o.epsilon);
                                  return group_norm(x[0], x[1], x[2], o);
                                }}},
                              {"local_response_norm",
                               {1,
                                [](const Tensors& x, Attributes& a) {
                                  LocalResponseNormOptions o;
                                  a.set("depth_radius", o.depth_radius);
                                  a.set("bias", o.bias);
                                  a.set("alpha", o.alpha);
                                  a.set("beta", o.beta);
                                  return local_response_norm(x[0], o);
                                }}},
                              {"attention",
                               {3,
                                [](const Tensors& x, Attributes& a) {
                                  AttentionOptions o;
                                  a.set("causal", o.causal);
                                  return attention(x[0], x[1], x[2], o);
                                }}},
                              {"gru",
                               {4,
                                [](const Tensors& x, Attributes& a) {
                                  GruOptions o;
                                  a.set("return_sequences", o.return_sequences);
                                  return gru(x[0], x[1], x[2], x[3], o);
                                }}},
                              {"simple_rnn", {4, [](const Tensors& x, Attributes& a) {
                                                SimpleRnnOptions o;
                                                a.set("return_sequences", o.return_sequences);
                                                return simple_rnn(x[0], x[1], x[2], x[3], o);
                                              }}}};
  return table;
}

}  // namespace conformance
