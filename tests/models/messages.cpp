#include "models/support.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

using namespace frost;
using Catch::Matchers::Contains;

// How errors call things.

namespace {

template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was wrong";
}
std::size_t count(const std::string& text, const std::string& word) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::size_t found = 0;
  for (std::size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("an error names a layer once") {
  CHECK(count(complaint([] { Dense({.units = 2})(Input({-1})); }), "dense") == 1);
  CHECK(count(complaint([] { LSTM({.units = 2})(Input({5})); }), "lstm") == 1);
  CHECK(count(complaint([] { Reshape({5})(Input({4, 3})); }), "reshape") == 1);
  CHECK(count(complaint([] { Embedding({.input_dim = 3, .output_dim = 2})(ones({1, 2})); }), "embedding:") == 1);
  CHECK(count(complaint([] { Conv2D({.filters = 2, .kernel_size = {3, 3}})(ones({1, 4})); }), "conv2d") == 1);
  const Symbol input = Input({4, 3});
  const Symbol x = Dense({.units = 3})(input);
  const Model model(input, Dense({.units = 3})(x));
  CHECK_THAT(complaint([&] {
               model.get_layer("dense_1")(ones({2, 7}));
             }),
             Contains("dense_1: ") && !Contains("Dense:"));
  CHECK_THAT(complaint([] { Dense({.units = 2, .name = "head"})(Input({-1})); }), Contains("head: "));
}

TEST_CASE("unknown sizes are None, and nobody sees the sizes of the passes that find them") {
  const std::vector<void (*)()> mistakes = {
      [] {
        LSTM({.units = 2})
        (Input({5}));
      },
      [] { Dense({.units = 2})(Input({-1})); },
      [] {
        Concatenate()({Input({-1, 4}), Input({-1, 5, 6})});
      },
      [] {
        Add()({Input({-1, 4}), Input({-1, 5})});
      },
      [] {
        Conv2D({.filters = 2, .kernel_size = {3, 3}})(Input({-1, 4}));
      },
      [] {
        Model(Input({-1, 4}), Dense({.units = 2})(Input({-1, 4})));
      },
  };
  for (const auto& mistake : mistakes) {
    const std::string text = complaint(mistake);
    CHECK_THAT(text, Contains("None") && !Contains("-1") && !Contains("3360") && !Contains("6720"));
  }
}

TEST_CASE("one is no plural") {
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 1})(input));
  CHECK_THAT(complaint([&] { model(Tensors{ones({1, 2}), ones({1, 2})}); }), Contains("1 input;"));
  CHECK_THAT(complaint([&] { model.get_layer(2); }), Contains("2 layers"));
  CHECK_THAT(complaint([&] { Sequential().get_layer(0); }), Contains("0 layers"));
  CHECK_THAT(complaint([&] { model.set_weights({ones({1})}); }), Contains("2 weights") && Contains("1 tensor"));
  CHECK_THAT(complaint([&] { Model(Symbols{input}, Symbols{}); }), Contains("1 input and 0 outputs"));
  CHECK_THAT(complaint([&] { model.compile({.loss = {"mse", "mae"}}); }), Contains("2 losses for 1 output;"));
}

TEST_CASE("a loss that is no number has no sign") {
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 1})(input));
  model.compile({.optimizer = SGD(), .loss = [](const Tensor&, const Tensor& p) { return sum(p) * -std::nan(""); }});
  const std::string text = complaint([&] { model.fit(ones({1, 2}), ones({1, 1}), {.verbose = 0}); });
  CHECK_THAT(text, Contains("the loss is nan") && !Contains("-nan"));
}
