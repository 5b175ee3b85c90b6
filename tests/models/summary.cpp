#include "../support/catch.hpp"
#include "mission.hpp"

#include <frost/autograd.hpp>

#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

std::string summary(const Model& model) {
  std::ostringstream out;
  model.summary(out);
  return out.str();
}
// The cells of the row that begins with a name.
std::vector<std::string> row(const std::string& table, const std::string& name) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(" " + name + " (", 0) != 0) continue;
    std::vector<std::string> cells;
    std::size_t at = 1;
    while (at < line.size()) {
      const std::size_t end = std::min(line.find("  ", at), line.size());
      cells.push_back(line.substr(at, end - at));
      at = std::min(line.find_first_not_of(' ', end), line.size());
    }
    return cells;
  }
  return {};
}
struct Sum : LayerBase {
  Tensor call(const Tensors& xs, const CallContext&) override { return xs[0] + xs[1]; }
};

}  // namespace

TEST_CASE("the summary is Keras' table with a column for freezing") {
  const Model model = mission_model();
  for (const Layer& layer : model.layers(0, -3)) layer.set_trainable(false);
  const std::string table = summary(model);
  CHECK_THAT(table, Catch::Matchers::StartsWith("Model: \"model\"\n____"));
  CHECK(row(table, "Layer") == std::vector<std::string>{"Layer (type)", "Output Shape", "Param #", "Trainable"});
  CHECK(row(table, "input_1") == std::vector<std::string>{"input_1 (InputLayer)", "[(None, 32, 32)]", "0"});
  CHECK(row(table, "lstm_1") == std::vector<std::string>{"lstm_1 (LSTM)", "(None, 32, 32)", "8320", "no"});
  CHECK(row(table, "flatten") == std::vector<std::string>{"flatten (Flatten)", "(None, 1024)", "0"});
  CHECK(row(table, "dense1") == std::vector<std::string>{"dense1 (Dense)", "(None, 10)", "10250", "yes"});
  CHECK_THAT(table, EndsWith("\nTotal params: 26,890\nTrainable params: 10,250\nNon-trainable params: 16,640\n"));
}

TEST_CASE("a layer whose weights disagree is partly trainable") {
  const Model model = mission_model();
  freeze(model, named("dense1"), Freeze::biases);
  CHECK(row(summary(model), "dense1").back() == "partly");
}

TEST_CASE("no cell is cut however long the name") {
  const std::string name(90, 'n');
  const Symbol input = Input({-1, 4});
  const Model model(input, Dense({.units = 2, .name = name})(input), {.name = "long"});
  CHECK(row(summary(model), name) == std::vector<std::string>{name + " (Dense)", "(None, None, 2)", "10", "yes"});
}

TEST_CASE("nested models are rows, shared layers are counted once, a Sequential has no input row") {
  const Symbol x = Input({4});
  const Model inner(x, Dense({.units = 3})(x), {.name = "inner"});
  const Symbol a = Input({4}), b = Input({4});
  const Model model({a, b}, layer<Sum>()({inner(a), inner(b)}));
  const std::string table = summary(model);
  CHECK(row(table, "inner") == std::vector<std::string>{"inner (Functional)", "(None, 3)", "15", "yes"});
  CHECK_THAT(table, Contains("Total params: 15\n"));
  const Sequential net({Dense({.units = 3})});
  CHECK_THROWS_WITH(summary(net), Contains("not built"));
  net.build({4});
  CHECK_THAT(summary(net), Contains("Model: \"sequential\"") && !Contains("InputLayer"));
}
