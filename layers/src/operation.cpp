#include "catalog.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/graph.hpp>

#include <algorithm>

namespace frost {

using detail::expect;

namespace {

using Numbers = std::vector<Scalar>;

// One of the three is set.
struct Row {
  const char* name;
  Tensor (*of_one)(const Tensor&) = nullptr;
  Tensor (*with_numbers)(const Tensor&, const Numbers&) = nullptr;
  struct OfTwo {
    Tensor (*tensors)(const Tensor&, const Tensor&) = nullptr;
    Tensor (*number_second)(const Tensor&, Scalar) = nullptr;
    Tensor (*number_first)(Scalar, const Tensor&) = nullptr;
  } of_two = {};
  std::size_t numbers = 0;
};

std::int64_t whole(const Scalar& number) {
  expect(number.is_integer(), "got {}; expected an integer", number.value());
  return number.integer();
}

const Row rows[] = {
    {.name = "add", .of_two = {add, add, add}},
    {.name = "subtract", .of_two = {subtract, subtract, subtract}},
    {.name = "multiply", .of_two = {multiply, multiply, multiply}},
    {.name = "divide", .of_two = {divide, divide, divide}},
    {.name = "power", .of_two = {power, power, power}},
    {.name = "maximum", .of_two = {maximum, maximum, maximum}},
    {.name = "minimum", .of_two = {minimum, minimum, minimum}},
    {.name = "atan2", .of_two = {atan2, atan2, atan2}},
    {.name = "logaddexp", .of_two = {logaddexp, logaddexp, logaddexp}},
    {.name = "negative", .of_one = negative},
    {.name = "abs", .of_one = abs},
    {.name = "sign", .of_one = sign},
    {.name = "exp", .of_one = exp},
    {.name = "expm1", .of_one = expm1},
    {.name = "log", .of_one = log},
    {.name = "log1p", .of_one = log1p},
    {.name = "log2", .of_one = log2},
    {.name = "sqrt", .of_one = sqrt},
    {.name = "rsqrt", .of_one = rsqrt},
    {.name = "square", .of_one = square},
    {.name = "reciprocal", .of_one = reciprocal},
    {.name = "sin", .of_one = sin},
    {.name = "cos", .of_one = cos},
    {.name = "tan", .of_one = tan},
    {.name = "asin", .of_one = asin},
    {.name = "acos", .of_one = acos},
    {.name = "atan", .of_one = atan},
    {.name = "sinh", .of_one = sinh},
    {.name = "cosh", .of_one = cosh},
    {.name = "tanh", .of_one = tanh},
    {.name = "asinh", .of_one = asinh},
    {.name = "acosh", .of_one = acosh},
    {.name = "atanh", .of_one = atanh},
    {.name = "erf", .of_one = erf},
    {.name = "erfinv", .of_one = erfinv},
    {.name = "lgamma", .of_one = lgamma},
    {.name = "digamma", .of_one = digamma},
    {.name = "trigamma", .of_one = trigamma},
    {.name = "floor", .of_one = floor},
    {.name = "ceil", .of_one = ceil},
    {.name = "round", .of_one = round},
    {.name = "sigmoid", .of_one = sigmoid},
    {.name = "softplus", .of_one = softplus},
    {.name = "softsign", .of_one = softsign},
    {.name = "relu", .of_one = relu},
    {.name = "relu6", .of_one = relu6},
    {.name = "selu", .of_one = selu},
    {.name = "silu", .of_one = silu},
    {.name = "mish", .of_one = mish},
    {.name = "log_sigmoid", .of_one = log_sigmoid},
    {.name = "hard_sigmoid", .of_one = hard_sigmoid},
    {.name = "gelu", .of_one = [](const Tensor& x) { return gelu(x); }},
    {.name = "gelu_approximate", .of_one = [](const Tensor& x) { return gelu(x, {.approximate = true}); }},
    {.name = "leaky_relu",
     .with_numbers = [](const Tensor& x, const Numbers& n) { return leaky_relu(x, n[0].value()); },
     .numbers = 1},
    {.name = "elu",
     .with_numbers = [](const Tensor& x, const Numbers& n) { return elu(x, n[0].value()); },
     .numbers = 1},
    {.name = "clip",
     .with_numbers = [](const Tensor& x, const Numbers& n) { return clip(x, n[0], n[1]); },
     .numbers = 2},
    {.name = "softmax",
     .with_numbers = [](const Tensor& x, const Numbers& n) { return softmax(x, whole(n[0])); },
     .numbers = 1},
    {.name = "log_softmax",
     .with_numbers = [](const Tensor& x, const Numbers& n) { return log_softmax(x, whole(n[0])); },
     .numbers = 1},
    {.name = "index", .with_numbers = [](const Tensor& x, const Numbers& n) { return x[whole(n[0])]; }, .numbers = 1},
    {.name = "slice",
     .with_numbers = [](const Tensor& x,
                        const Numbers& n) { return x.slice(whole(n[0]), whole(n[1]), whole(n[2]), whole(n[3])); },
     .numbers = 4},
};

const Row& row_of(const std::string& name) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    if (name == row.name) return row;
    names.emplace_back(row.name);
  }
  detail::fail("Operation: '{}' is not known. {}", name, detail::near_names(name, names));
}

// What an operation is of, in order: the layer's inputs, a number, the constant.
struct Place {
  enum class Kind { input, number, constant } kind = Kind::input;
  Scalar number = 0;
};

struct OperationOptions {
  const Row* row = nullptr;
  std::vector<Place> operands = {};
  Numbers arguments = {};
  Shape constant_shape = {};
  DType dtype = default_dtype();
  std::string name = {};
};

class OperationBase : public LayerBase {
 public:
  OperationBase(const OperationOptions& options, const Tensor& constant) : o_(options), start_(constant) {
    configure(o_.name, true, o_.dtype);
  }

  void build(const std::vector<Shape>&) override {
    if (!has_constant()) return;
    constant_ =
        add_state("constant", o_.constant_shape, Initializer([this](const Shape& shape, DType dtype, Generator&) {
                    return start_.present() ? start_ : zeros(shape, {.dtype = dtype});
                  }));
    start_ = {};
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    expect_inputs(1);
    if (o_.row->of_one) return o_.row->of_one(x);
    if (o_.row->with_numbers) return o_.row->with_numbers(x, o_.arguments);
    const Place &a = o_.operands[0], &b = o_.operands[1];
    switch (a.kind) {
      case Place::Kind::number:
        return o_.row->of_two.number_first(a.number, x);
      case Place::Kind::constant:
        return o_.row->of_two.tensors(constant_, x);
      default:
        return b.kind == Place::Kind::number ? o_.row->of_two.number_second(x, b.number)
                                             : o_.row->of_two.tensors(x, constant_);
    }
  }
  Tensor call(const Tensors& xs, const CallContext& context) override {
    if (xs.size() == 1) return call(xs[0], context);
    expect_inputs(xs.size());
    return o_.row->of_two.tensors(xs[0], xs[1]);
  }

  bool moves_states() const override { return false; }
  bool supports_masking() const override { return true; }
  // A part of the steps has the mask's same part. An entry of the batch, or a constant of more axes, has none.
  Tensors compute_mask(const Tensors& xs, const Tensors& masks) const override {
    if (is("index") || (has_constant() && o_.constant_shape.size() > xs[0].shape().size())) return {};
    if (!is("slice")) return LayerBase::compute_mask(xs, masks);
    const Tensor& mask = masks[0];
    const std::int64_t given = o_.arguments[0].integer(), axis = given < 0 ? given + xs[0].rank() : given;
    if (!mask.present() || axis >= mask.rank()) return {mask};
    return {mask.slice(axis, o_.arguments[1].integer(), o_.arguments[2].integer(), o_.arguments[3].integer())};
  }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const override {
    return is("index") || is("slice") ? LayerFlops{} : LayerBase::flops(inputs, outputs);
  }
  Config config() const override {
    Config operands = Config::list(), arguments = Config::list(), config = Config::object();
    for (const Place& p : o_.operands)
      operands.add(p.kind == Place::Kind::input    ? Config()
                   : p.kind == Place::Kind::number ? number(p.number)
                                                   : Config("constant"));
    for (const Scalar& n : o_.arguments) arguments.add(number(n));
    config.set("operation", o_.row->name).set("operands", operands).set("arguments", arguments);
    if (has_constant()) config.set("constant_shape", detail::to_config(o_.constant_shape));
    return config;
  }
  std::string type() const override { return "Operation"; }
  std::string default_name() const override { return o_.row->name; }

 private:
  static Config number(const Scalar& s) { return s.is_integer() ? Config(s.integer()) : Config(s.value()); }
  bool is(const char* name) const { return o_.row->name == std::string_view(name); }
  std::ptrdiff_t count(Place::Kind kind) const {
    return std::count_if(o_.operands.begin(), o_.operands.end(), [&](const Place& p) { return p.kind == kind; });
  }
  bool has_constant() const { return count(Place::Kind::constant) > 0; }
  void expect_inputs(std::size_t got) const {
    const auto inputs = static_cast<std::size_t>(count(Place::Kind::input));
    expect<GraphError>(got == inputs, "{}: got {} inputs; expected {}", o_.row->name, got, inputs);
  }

  OperationOptions o_;
  Tensor start_;  // the constant, until the layer is built
  Parameter constant_;
};

}  // namespace

namespace detail {

Operand::Operand(const Symbol& symbol) : symbol_(symbol) {
  expect(static_cast<bool>(symbol), "an operation: the symbol is absent");
}
Operand::Operand(const Tensor& constant) : constant_(constant) {
  expect(constant.present(), "an operation of symbols: the tensor is absent");
  expect(!constant.requires_grad(),
         "an operation of symbols: got a tensor of shape {} that requires a gradient; expected a constant. A weight "
         "belongs "
         "into a layer, which adds it by add_weight; detach() makes it a constant.",
         to_string(constant.shape()));
}

Symbol call_operation(const char* operation, const std::vector<Operand>& operands,
                      const std::vector<Scalar>& arguments) {
  OperationOptions options = {.row = &row_of(operation), .arguments = arguments};
  Symbols inputs;
  Tensor constant;
  for (const Operand& operand : operands) {
    if (operand.symbol()) {
      inputs.push_back(operand.symbol());
      options.operands.push_back({.kind = Place::Kind::input});
    } else if (operand.constant().present()) {
      constant = operand.constant().clone();
      options.constant_shape = constant.shape();
      options.dtype = constant.dtype();
      options.operands.push_back({.kind = Place::Kind::constant});
    } else {
      options.operands.push_back({.kind = Place::Kind::number, .number = operand.number()});
    }
  }
  return layer<OperationBase>(options, constant)(inputs);
}

namespace {

Scalar number_from(const Config& config) {
  return config.kind() == Config::Kind::integer ? Scalar(config.integer()) : Scalar(config.number());
}

struct OperationConfig {
  std::string operation;
  Config operands, arguments;
  std::vector<std::int64_t> constant_shape;
  DType dtype = default_dtype();
  std::string name;
};
template <class V>
void fields(V& v, OperationConfig& o) {
  v("operation", o.operation);
  v("operands", o.operands);
  v("arguments", o.arguments);
  v("constant_shape", o.constant_shape);
}

}  // namespace

Layer operation_from(const Config& config) {
  const auto c = options_from<OperationConfig>("Operation", config);
  OperationOptions options = {
      .row = &row_of(c.operation), .constant_shape = c.constant_shape, .dtype = c.dtype, .name = c.name};
  std::size_t inputs = 0, constants = 0;
  for (const Config& operand : c.operands.elements()) {
    if (operand.is_null()) {
      options.operands.push_back({.kind = Place::Kind::input});
      ++inputs;
    } else if (operand.is_text()) {
      expect(operand.text() == "constant", "Operation: got the operand '{}'; expected 'constant'", operand.text());
      options.operands.push_back({.kind = Place::Kind::constant});
      ++constants;
    } else {
      options.operands.push_back({.kind = Place::Kind::number, .number = number_from(operand)});
    }
  }
  for (const Config& argument : c.arguments.elements()) options.arguments.push_back(number_from(argument));
  const std::size_t expected = options.row->of_two.tensors ? 2 : 1;
  expect(options.operands.size() == expected && inputs >= 1 && constants <= 1 &&
             options.arguments.size() == options.row->numbers,
         "Operation: '{}' has {} operands, {} of them inputs, and {} arguments; expected {} operands and {} arguments",
         c.operation, options.operands.size(), inputs, options.arguments.size(), expected, options.row->numbers);
  for (const Scalar& n : options.arguments)
    if (c.operation == "slice" || c.operation == "index" || c.operation.find("softmax") != std::string::npos) whole(n);
  return layer<OperationBase>(options, Tensor());
}

}  // namespace detail

}  // namespace frost
