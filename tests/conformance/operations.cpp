#include "operations.hpp"

#include <map>
#include <stdexcept>

namespace conformance {

using namespace frost;
using json = nlohmann::json;
using Integers = std::vector<std::int64_t>;

// ------------------------------------------------------------------------------------------------------- attributes

const json* Attributes::find(const char* name) {
  read_.insert(name);
  const auto found = values_.find(name);
  return found == values_.end() || found->is_null() ? nullptr : &*found;
}
void Attributes::expect(const char* name) const {
  if (!values_.contains(name)) throw std::runtime_error(std::string("the case lacks the attribute '") + name + "'");
}
void Attributes::expect_all_read() const {
  for (const auto& [name, value] : values_.items())
    if (!read_.contains(name)) throw std::runtime_error("unknown attribute '" + name + "'");
}

void Attributes::set(const char* name, bool& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, double& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, std::int64_t& field) {
  const json* v = find(name);
  if (v && v->is_number_float()) throw std::runtime_error(std::string("the attribute '") + name + "' is no integer");
  if (v) v->get_to(field);
}
void Attributes::set(const char* name, std::string& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, Integers& field) {
  const json* v = find(name);
  if (v && v->is_number_integer())
    field = {v->get<std::int64_t>()};
  else if (v)
    v->get_to(field);
}
void Attributes::set(const char* name, std::vector<std::pair<std::int64_t, std::int64_t>>& field) {
  if (const json* v = find(name)) v->get_to(field);
}
void Attributes::set(const char* name, std::vector<Integers>& field) {
  if (const json* v = find(name)) v->get_to(field);
}

// ------------------------------------------------------------------------------------------------------- operations

namespace {

struct Operation {
  std::size_t inputs;  // at most
  Tensor (*run)(const Tensors& x, Attributes& a);
};

template <Tensor (*F)(const Tensor&)>
constexpr Operation unary{1, [](const Tensors& x, Attributes&) { return F(x[0]); }};
template <Tensor (*F)(const Tensor&, const Tensor&)>
constexpr Operation binary{2, [](const Tensors& x, Attributes&) { return F(x[0], x[1]); }};
template <Tensor (*F)(const Tensor&, const Axes&, bool)>
constexpr Operation reduction{
    1, [](const Tensors& x, Attributes& a) { return F(x[0], a.get<Integers>("axes"), a.get("keepdims", false)); }};
template <Tensor (*F)(const Tensor&, const Axes&, bool, std::int64_t)>
constexpr Operation spread{1, [](const Tensors& x, Attributes& a) {
                             return F(x[0], a.get<Integers>("axes"), a.get("keepdims", false),
                                      a.get<std::int64_t>("ddof"));
                           }};
template <Tensor (*F)(const Tensor&, std::int64_t)>
constexpr Operation along_last{
    1, [](const Tensors& x, Attributes& a) { return F(x[0], a.get<std::int64_t>("axis", -1)); }};
template <Tensor (*F)(const Tensor&, std::int64_t)>
constexpr Operation along{1, [](const Tensors& x, Attributes& a) { return F(x[0], a.required<std::int64_t>("axis")); }};
template <Tensor (*F)(const Tensor&, std::int64_t)>
constexpr Operation triangle{1, [](const Tensors& x, Attributes& a) { return F(x[0], a.get<std::int64_t>("k")); }};
template <Tensor (*F)(const Tensors&, std::int64_t)>
constexpr Operation joined{~std::size_t{0},
                           [](const Tensors& x, Attributes& a) { return F(x, a.get<std::int64_t>("axis")); }};

const std::map<std::string, Operation>& elementwise() {
  static const std::map<std::string, Operation> table = {
      {"add", binary<add>},
      {"subtract", binary<subtract>},
      {"multiply", binary<multiply>},
      {"divide", binary<divide>},
      {"power", binary<power>},
      {"maximum", binary<maximum>},
      {"minimum", binary<minimum>},
      {"atan2", binary<frost::atan2>},
      {"where", {3, [](const Tensors& x, Attributes&) { return where(x[0], x[1], x[2]); }}},
      {"negative", unary<negative>},
      {"abs", unary<frost::abs>},
      {"sign", unary<sign>},
      {"exp", unary<frost::exp>},
      {"expm1", unary<frost::expm1>},
      {"log", unary<frost::log>},
      {"log1p", unary<frost::log1p>},
      {"log2", unary<frost::log2>},
      {"sqrt", unary<frost::sqrt>},
      {"rsqrt", unary<rsqrt>},
      {"square", unary<square>},
      {"reciprocal", unary<reciprocal>},
      {"sin", unary<frost::sin>},
      {"cos", unary<frost::cos>},
      {"tan", unary<frost::tan>},
      {"asin", unary<frost::asin>},
      {"acos", unary<frost::acos>},
      {"atan", unary<frost::atan>},
      {"sinh", unary<frost::sinh>},
      {"cosh", unary<frost::cosh>},
      {"tanh", unary<frost::tanh>},
      {"asinh", unary<frost::asinh>},
      {"acosh", unary<frost::acosh>},
      {"atanh", unary<frost::atanh>},
      {"erf", unary<frost::erf>},
      {"lgamma", unary<frost::lgamma>},
      {"floor", unary<frost::floor>},
      {"ceil", unary<frost::ceil>},
      {"round", unary<frost::round>},
      {"sigmoid", unary<sigmoid>},
      {"softplus", unary<softplus>},
      {"softsign", unary<softsign>},
      {"relu", unary<relu>},
      {"relu6", unary<relu6>},
      {"selu", unary<selu>},
      {"silu", unary<silu>},
      {"mish", unary<mish>},
      {"log_sigmoid", unary<log_sigmoid>},
      {"hard_sigmoid", unary<hard_sigmoid>},
      {"leaky_relu", {1, [](const Tensors& x, Attributes& a) { return leaky_relu(x[0], a.get("alpha", 0.2)); }}},
      {"elu", {1, [](const Tensors& x, Attributes& a) { return elu(x[0], a.get("alpha", 1.)); }}},
      {"gelu",
       {1,
        [](const Tensors& x, Attributes& a) {
          GeluOptions o;
          a.set("approximate", o.approximate);
          return gelu(x[0], o);
        }}},
      {"clip", {1, [](const Tensors& x, Attributes& a) {
                  return clip(x[0], a.required<double>("min"), a.required<double>("max"));
                }}}};
  return table;
}

const std::map<std::string, Operation>& reductions() {
  static const std::map<std::string, Operation> table = {{"sum", reduction<sum>},
                                                         {"mean", reduction<mean>},
                                                         {"max", reduction<frost::max>},
                                                         {"min", reduction<frost::min>},
                                                         {"prod", reduction<prod>},
                                                         {"logsumexp", reduction<logsumexp>},
                                                         {"norm", reduction<norm>},
                                                         {"var", spread<var>},
                                                         {"std", spread<frost::std>},
                                                         {"argmax", along_last<argmax>},
                                                         {"argmin", along_last<argmin>},
                                                         {"cumsum", along_last<cumsum>},
                                                         {"cumprod", along_last<cumprod>},
                                                         {"softmax", along_last<softmax>},
                                                         {"log_softmax", along_last<log_softmax>}};
  return table;
}

const std::map<std::string, Operation>& shapes() {
  static const std::map<std::string, Operation> table = {
      {"reshape", {1, [](const Tensors& x, Attributes& a) { return reshape(x[0], a.required<Integers>("shape")); }}},
      {"transpose", {1, [](const Tensors& x, Attributes& a) { return transpose(x[0], a.get<Integers>("axes")); }}},
      {"swapaxes",
       {1,
        [](const Tensors& x, Attributes& a) {
          return swapaxes(x[0], a.required<std::int64_t>("axis1"), a.required<std::int64_t>("axis2"));
        }}},
      {"squeeze", along<squeeze>},
      {"expand_dims", along<expand_dims>},
      {"broadcast_to",
       {1, [](const Tensors& x, Attributes& a) { return broadcast_to(x[0], a.required<Integers>("shape")); }}},
      {"concatenate", joined<concatenate>},
      {"stack", joined<frost::stack>},
      {"slice",
       {1,
        [](const Tensors& x, Attributes& a) {
          SliceOptions o;
          a.set("starts", o.starts);
          a.set("stops", o.stops);
          a.set("steps", o.steps);
          return frost::slice(x[0], o);
        }}},
      {"pad",
       {1,
        [](const Tensors& x, Attributes& a) {
          PadOptions o;
          a.set("pad_width", o.pad_width);
          a.set("mode", o.mode);
          a.set("value", o.value);
          return pad(x[0], o);
        }}},
      {"flip", {1, [](const Tensors& x, Attributes& a) { return flip(x[0], a.get<Integers>("axis")); }}},
      {"roll",
       {1,
        [](const Tensors& x, Attributes& a) {
          return roll(x[0], a.required<std::int64_t>("shift"), a.required<std::int64_t>("axis"));
        }}},
      {"repeat",
       {1,
        [](const Tensors& x, Attributes& a) {
          return repeat(x[0], a.required<std::int64_t>("repeats"), a.required<std::int64_t>("axis"));
        }}},
      {"tile", {1, [](const Tensors& x, Attributes& a) { return tile(x[0], a.required<Integers>("reps")); }}},
      {"tril", triangle<tril>},
      {"triu", triangle<triu>},
      {"diagonal", {1, [](const Tensors& x, Attributes& a) { return diagonal(x[0], a.get<std::int64_t>("offset")); }}},
      {"diag", unary<diag>},
      {"trace", unary<trace>},
      {"take", {2, [](const Tensors& x, Attributes& a) { return take(x[0], x[1], a.get<std::int64_t>("axis")); }}},
      {"take_along_axis",
       {2,
        [](const Tensors& x, Attributes& a) { return take_along_axis(x[0], x[1], a.required<std::int64_t>("axis")); }}},
      {"scatter_add",
       {3, [](const Tensors& x, Attributes& a) { return scatter_add(x[0], x[1], x[2], a.get<std::int64_t>("axis")); }}},
      {"one_hot",
       {1, [](const Tensors& x, Attributes& a) { return one_hot(x[0], a.required<std::int64_t>("depth")); }}},
      {"embedding", binary<embedding>}};
  return table;
}

const std::map<std::string, Operation>& products_and_networks() {
  static const std::map<std::string, Operation> table = {
      {"matmul",
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

const std::map<std::string, Operation>& losses() {
  static const std::map<std::string, Operation> table = {
      {"mean_squared_error", binary<mean_squared_error>},
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

template <Tensor (*F)(const Tensor&, const Pool2dOptions&)>
constexpr Operation pooling{1, [](const Tensors& x, Attributes& a) {
                              Pool2dOptions o;
                              a.set("pool_size", o.pool_size);
                              a.set("strides", o.strides);
                              a.set("padding", o.padding);
                              return F(x[0], o);
                            }};

const std::map<std::string, Operation>& algebra() {
  static const std::map<std::string, Operation> table = {
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

const std::map<std::string, Operation>& images_and_sequences() {
  static const std::map<std::string, Operation> table = {{"conv1d",
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
                                                                           a.set("return_sequences",
                                                                                 o.return_sequences);
                                                                           return simple_rnn(x[0], x[1], x[2], x[3], o);
                                                                         }}}};
  return table;
}

const Operation& find(const std::string& name) {
  for (const auto* table : {&elementwise(), &reductions(), &shapes(), &products_and_networks(), &algebra(),
                            &images_and_sequences(), &losses()})
    if (const auto found = table->find(name); found != table->end()) return found->second;
  throw std::runtime_error("unknown operation '" + name + "'");
}

}  // namespace

Tensor run_operation(const std::string& name, const json& attributes, const Tensors& inputs) {
  const Operation& operation = find(name);
  if (inputs.size() > operation.inputs)
    throw std::runtime_error("too many inputs; got " + std::to_string(inputs.size()) + "; expected at most " +
                             std::to_string(operation.inputs));
  Tensors padded = inputs;
  if (operation.inputs != ~std::size_t{0}) padded.resize(operation.inputs);
  Attributes read(attributes);
  const Tensor result = operation.run(padded, read);
  read.expect_all_read();
  return result;
}

}  // namespace conformance
