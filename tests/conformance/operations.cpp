#include "tables.hpp"

#include <stdexcept>

namespace conformance {

using namespace frost;
using json = nlohmann::json;

const Table& elementwise() {
  static const Table table = {
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

const Table& reductions() {
  static const Table table = {{"sum", reduction<sum>},
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

const Table& shapes() {
  static const Table table = {
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

namespace {

const Operation& find(const std::string& name) {
  for (const auto* table :
       {&elementwise(), &reductions(), &shapes(), &networks(), &algebra(), &images_and_sequences(), &losses()})
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
