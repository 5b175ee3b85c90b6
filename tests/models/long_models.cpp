// Models of very many layers: what is done with all of them takes time that grows with their number.
#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <chrono>
#include <filesystem>
#include <sstream>

using namespace frost;

namespace {

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Layers of several types, each once, in a line.
Model chain(std::int64_t layers) {
  const Symbol input = Input({2});
  Symbol x = input;
  for (std::int64_t i = 0; i < layers; ++i)
    x = i % 3 == 0 ? Dense({.units = 2})(x) : i % 3 == 1 ? Activation("tanh")(x) : LayerNormalization()(x);
  return Model(input, x);
}

struct TemporaryFile {
  std::string path = (std::filesystem::temp_directory_path() /
                      ("frost_long_" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".frost"))
                         .string();
  ~TemporaryFile() { std::filesystem::remove(path); }
};

// What a user does with a whole model, each within a time that only a square of the number would exceed.
void check_everything(std::int64_t layers, double limit) {
  Model model = chain(1);
  Sequential sequential;
  std::vector<std::string> names;
  Optimizer optimizer = Adam();
  const TemporaryFile file;
  const Tensor x = ones({1, 2});
  const std::vector<std::pair<const char*, std::function<void()>>> steps = {
      {"build", [&] { model = chain(layers); }},
      {"call",
       [&] {
         CHECK(model(x).shape() == Shape{1, 2});
       }},
      {"backward", [&] { sum(model(x)).backward(); }},
      {"clone", [&] { CHECK(model.clone().count_params() == model.count_params()); }},
      {"add one by one",
       [&] {
         sequential.add(InputLayer(Shape{2}));
         for (std::int64_t i = 0; i < layers; ++i) sequential.add(Dense({.units = 2}));
         CHECK(sequential.layers().size() == static_cast<std::size_t>(layers));
       }},
      {"from a list",
       [&] {
         std::vector<Layer> list;
         for (std::int64_t i = 0; i < layers; ++i) list.push_back(Dense({.units = 2}));
         CHECK(Sequential(list)(x).shape() == Shape{1, 2});
       }},
      {"weights", [&] { CHECK(model.weights().size() > static_cast<std::size_t>(layers)); }},
      {"summary",
       [&] {
         std::ostringstream out;
         model.summary(out);
         CHECK(out.str().size() > 0);
       }},
      {"selectors",
       [&] {
         for (const Layer& l : model.layers()) names.push_back(l.name());
         freeze(model, all_but_last(1));
         thaw(model, frost::names(names));
         freeze(model, until(names.back()));
         thaw(model, matching("dense_*") | of_type("LayerNormalization"));
         const FreezeGuard guard(model, everything());
       }},
      {"optimizer",
       [&] {
         optimizer.add(model.weights());
         optimizer.step();
       }},
      {"config", [&] { CHECK(model.config().at("layers").elements().size() == static_cast<std::size_t>(layers) + 1); }},
      {"save and load",
       [&] {
         model.compile({.optimizer = Adam(), .loss = "mse"});
         model.save(file.path);
         const Model again = load_model(file.path);
         CHECK(again.count_params() == model.count_params());
       }},
      {"end",
       [&] {
         model = chain(1);
         sequential = Sequential();
       }},
  };
  for (const auto& [name, run] : steps) {
    const double seconds = seconds_of(run);
    INFO(name << " of " << layers << " layers took " << seconds << " s");
    CHECK(seconds < limit);
  }
}

}  // namespace

TEST_CASE("what is done with 3,000 layers takes a moment", "[clocked]") { check_everything(3000, 5); }

TEST_CASE("what is done with 30,000 layers takes ten times as long", "[slow]") { check_everything(30000, 40); }

TEST_CASE("100,000 layers in a line are built, saved and loaded within a minute", "[slow]") {
  const TemporaryFile file;
  const double seconds = seconds_of([&] {
    Sequential model;
    model.add(InputLayer(Shape{2}));
    for (int i = 0; i < 100'000; ++i) model.add(Dense({.units = 2}));
    model.save(file.path);
    const Model again = load_model(file.path);
    CHECK(again.count_params() == 600'000);
  });
  INFO(seconds << " s");
  CHECK(seconds < 60);
}

TEST_CASE("an equation of a million letters is read in a moment", "[clocked]") {
  for (const char* middle : {"", "->a", "->ab", ",ab->", "1"}) {
    const std::string equation = std::string(500'000, 'a') + middle + std::string(500'000, 'b');
    const double seconds = seconds_of([&] { CHECK_THROWS_AS(einsum({ones({2, 2}), ones({2, 2})}, equation), Error); });
    CHECK(seconds < 1);
  }
  std::string many;
  Tensors operands;
  for (int i = 0; i < 100'000; ++i) {
    many += i == 0 ? "ab" : ",ab";
    operands.push_back(ones({1, 1}, {.dtype = DType::float64}));
  }
  Tensor y;
  CHECK(seconds_of([&] { y = einsum(operands, many + "->a"); }) < 10);
  CHECK(y.item<double>() == 1);
}
