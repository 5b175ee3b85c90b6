#include "keras_operation.hpp"

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace frost::io {

namespace {

struct Row {
  std::string_view operation, keras;
};
constexpr Row layers_of_two[] = {
    {"add", "Add"}, {"subtract", "Subtract"}, {"multiply", "Multiply"}, {"maximum", "Maximum"}, {"minimum", "Minimum"}};
constexpr Row activations[] = {{"relu", "relu"},         {"relu6", "relu6"},
                               {"elu", "elu"},           {"selu", "selu"},
                               {"gelu", "gelu"},         {"silu", "silu"},
                               {"mish", "mish"},         {"sigmoid", "sigmoid"},
                               {"tanh", "tanh"},         {"log_sigmoid", "log_sigmoid"},
                               {"softplus", "softplus"}, {"softsign", "softsign"},
                               {"exp", "exponential"},   {"hard_sigmoid", "hard_sigmoid"}};

std::optional<std::string> find(const auto& rows, const std::string& operation) {
  for (const Row& row : rows)
    if (operation == row.operation) return std::string(row.keras);
  return {};
}

// scale·x + offset for what is done with one number.
struct Line {
  double scale, offset;
};
std::optional<Line> line_of(const std::string& operation, const std::vector<Config>& operands) {
  if (operation == "negative") return Line{-1, 0};
  if (operands.size() != 2 || operands[0].is_null() == operands[1].is_null()) return {};
  const bool is_first = operands[1].is_null();
  if (operands[is_first ? 0 : 1].is_text()) return {};
  const double number = operands[is_first ? 0 : 1].number();
  if (operation == "add") return Line{1, number};
  if (operation == "multiply") return Line{number, 0};
  if (operation == "subtract") return is_first ? Line{-1, number} : Line{1, -number};
  if (operation == "divide" && !is_first) return Line{1 / number, 0};
  return {};
}

}  // namespace

KerasLayer keras_layer_of_operation(const Config& operation) {
  const std::string& name = operation.at("operation").text();
  const std::vector<Config>&operands = operation.at("operands").elements(),
        &arguments = operation.at("arguments").elements();
  KerasLayer made = {"", Config::object()};
  for (const char* key : {"name", "trainable", "dtype"})
    if (const Config* value = operation.find(key)) made.config.set(key, *value);

  const bool is_of_two = operands.size() == 2 && operands[0].is_null() && operands[1].is_null();
  if (const auto layer = find(layers_of_two, name); layer && is_of_two) {
    made.class_name = *layer;
  } else if (const auto line = line_of(name, operands)) {
    made.class_name = "Rescaling";
    made.config.set("scale", line->scale).set("offset", line->offset);
  } else if (name == "softmax") {
    made.class_name = "Softmax";
    made.config.set("axis", arguments[0]);
  } else if (name == "leaky_relu") {
    made.class_name = "LeakyReLU";
    made.config.set("alpha", arguments[0]);
  } else if (name == "log_softmax" && arguments[0].integer() == -1) {
    made.class_name = "Activation";
    made.config.set("activation", name);
  } else if (const auto activation = find(activations, name);
             activation && (arguments.empty() || arguments[0].number() == 1)) {
    made.class_name = "Activation";
    made.config.set("activation", *activation);
  } else {
    throw ValueError(fmt::format(
        "save_keras: the layer '{}' is the operation '{}' of symbols, for which Keras has no layer; expected + - *, a "
        "division by a number, maximum, minimum or an activation. model.save writes every operation.",
        operation.at("name").text(), name));
  }
  return made;
}

}  // namespace frost::io
