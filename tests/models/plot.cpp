#include "mission.hpp"

#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace frost;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

// An empty folder that goes with its test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "frost_plot_XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::size_t size() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
  std::filesystem::path path;
};

// Where programs are looked for, until it goes.
struct Path {
  explicit Path(const std::string& path) : before(std::getenv("PATH")) { ::setenv("PATH", path.c_str(), 1); }
  ~Path() { ::setenv("PATH", before.c_str(), 1); }
  std::string before;
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
// A program in place of Graphviz'.
void write_program(const Folder& folder, const std::string& script) {
  std::ofstream(folder.file("dot")) << "#!/bin/sh\n" << script << '\n';
  ::chmod(folder.file("dot").c_str(), 0755);
}

struct Sum : LayerBase {
  Tensor call(const Tensors& xs, const CallContext&) override { return xs[0] + xs[1]; }
};

}  // namespace

TEST_CASE("a model's graph has a box a layer, coloured by its state, and an edge a connection") {
  const Model model = mission_model();
  freeze(model, named("lstm"));
  freeze(model, named("dense1"), Freeze::biases);
  const std::string dot = to_dot(model);
  CHECK_THAT(dot, StartsWith("digraph \"model\" {"));
  CHECK_THAT(dot, Contains("layer_0 [label=\"input_1 (InputLayer)\\n[(None, 32, 32)]\", fillcolor=\"#f1f3f4\"];"));
  CHECK_THAT(dot, Contains("layer_1 [label=\"lstm (LSTM)\\n(None, 32, 32)\\n8,320 weights, frozen\", "
                           "fillcolor=\"#a8c7fa\"];"));
  CHECK_THAT(dot, Contains("lstm_1 (LSTM)\\n(None, 32, 32)\\n8,320 weights, trainable\", fillcolor=\"#b7e1cd\""));
  CHECK_THAT(dot, Contains("dense1 (Dense)\\n(None, 10)\\n10,250 weights, partly\", fillcolor=\"#fde293\""));
  for (int i = 0; i < 6; ++i)
    CHECK_THAT(dot, Contains("  layer_" + std::to_string(i) + " -> layer_" + std::to_string(i + 1) + ";\n"));
  CHECK_THAT(dot, !Contains("layer_7"));
}

TEST_CASE("nested models are clusters and shared layers one box") {
  const Symbol a = Input({4});
  const Model inner(a, Dense({.units = 3, .name = "shared"})(a), {.name = "inner"});
  const Symbol x = Input({4}), y = Input({4});
  const Model model({x, y}, layer<Sum>()({inner(x), inner(y)}));
  const std::string dot = to_dot(model);
  CHECK_THAT(dot, Contains("  subgraph cluster_0 {\n    label=\"inner (Functional)\";\n    layer_2 [label=\"shared"));
  CHECK_THAT(dot,
             Contains("layer_0 -> layer_2;") && Contains("layer_1 -> layer_2;") && Contains("layer_2 -> layer_3;"));
  CHECK_THAT(dot, !Contains("layer_4"));
}

TEST_CASE("a Sequential is drawn with its input, and names are escaped") {
  const Sequential net({Dense({.units = 2, .name = "say \"a\\b\""})});
  CHECK_THROWS_WITH(to_dot(net), Contains("to_dot: the model 'sequential' is not built"));
  net.build({3});
  const std::string dot = to_dot(net);
  CHECK_THAT(dot, Contains("InputLayer") && Contains("layer_1 -> layer_0;"));
  CHECK_THAT(dot, Contains("label=\"say \\\"a\\\\b\\\" (Dense)"));
}

TEST_CASE("a graph is written as text without graphviz") {
  const Folder folder;
  const Path none(folder.path.string());
  const Model model = mission_model();
  plot_model(model, folder.file("model.dot"));
  CHECK(contents(folder.file("model.dot")) == to_dot(model));
  CHECK(folder.size() == 1);
}

TEST_CASE("without graphviz a picture is an error that says what to do, and no file is left") {
  const Folder folder;
  const Path none(folder.path.string());
  const std::string file = folder.file("model.svg");
  CHECK_THROWS_AS(plot_model(mission_model(), file), FileError);
  CHECK_THROWS_WITH(plot_model(mission_model(), file),
                    Contains("plot_model: '" + file + "'") && Contains("Install graphviz") && Contains("ends in .dot"));
  CHECK(folder.size() == 0);
}

TEST_CASE("a picture is what dot prints, and takes the old one's place") {
  const Folder folder, programs;
  write_program(programs, "echo \"drawn with $*\"; exec /bin/cat");
  const Path path(programs.path.string());
  const Model model = mission_model();
  std::ofstream(folder.file("a b'$(x).svg")) << "old";
  plot_model(model, folder.file("a b'$(x).svg"));
  CHECK(contents(folder.file("a b'$(x).svg")) == "drawn with -Tsvg\n" + to_dot(model));
  for (const std::string ending : {"png", "pdf", "jpg", "jpeg"}) {
    plot_model(model, folder.file("model." + ending));
    CHECK_THAT(contents(folder.file("model." + ending)), StartsWith("drawn with -T" + ending + "\n"));
  }
  CHECK(folder.size() == 5);
}

TEST_CASE("when dot fails the old picture stays") {
  const Folder folder, programs;
  write_program(programs, "echo half; exit 3");
  const Path path(programs.path.string());
  const std::string file = folder.file("model.svg");
  std::ofstream(file) << "old";
  CHECK_THROWS_WITH(plot_model(mission_model(), file), Contains("'dot' failed with status 3"));
  CHECK(contents(file) == "old");
  CHECK(folder.size() == 1);
}

TEST_CASE("names that no picture can have are errors") {
  CHECK_THROWS_AS(plot_model(mission_model(), "model"), ValueError);
  CHECK_THROWS_WITH(plot_model(mission_model(), "some.folder/model"),
                    Contains("got 'some.folder/model'; expected a name that ends in .svg, .png, .pdf, .jpg or .dot"));
  CHECK_THROWS_AS(plot_model(mission_model(), "/nonexistent/model.dot"), FileError);
}
