#include "../support/catch.hpp"
#include "layer_rows_recurrent.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

// Gaps at the start, in the middle, at the end; a row of which nothing counts, and one of which everything does.
const std::vector<std::vector<bool>> pattern = {{true, true, true, false, false},
                                                {false, false, true, true, true},
                                                {true, false, true, false, true},
                                                {false, false, false, false, false},
                                                {true, true, true, true, true}};
Tensor mask_of(const std::vector<std::vector<bool>>& rows) {
  std::vector<std::int64_t> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  const auto n = static_cast<std::int64_t>(rows.size());
  return not_equal(from_vector(flat, {n, static_cast<std::int64_t>(rows[0].size())}), 0.);
}
double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return max(abs(a - b)).item<double>();
}

struct Kind {
  std::string name;
  std::function<Layer(bool sequences, bool state, bool backwards)> make;
};
std::vector<Kind> kinds() {
  return {
      {"LSTM",
       [](bool s, bool r, bool b) {
         return LSTM({.units = 3, .return_sequences = s, .return_state = r, .go_backwards = b, .dtype = f64});
       }},
      {"LSTM stepwise",
       [](bool s, bool r, bool b) {
         return LSTM({.units = 3,
                      .activation = "softsign",
                      .return_sequences = s,
                      .return_state = r,
                      .go_backwards = b,
                      .dtype = f64});
       }},
      {"GRU",
       [](bool s, bool r, bool b) {
         return GRU({.units = 3, .return_sequences = s, .return_state = r, .go_backwards = b, .dtype = f64});
       }},
      {"GRU stepwise",
       [](bool s, bool r, bool b) {
         return GRU({.units = 3,
                     .return_sequences = s,
                     .return_state = r,
                     .go_backwards = b,
                     .reset_after = false,
                     .dtype = f64});
       }},
      {"SimpleRNN",
       [](bool s, bool r, bool b) {
         return SimpleRNN({.units = 3, .return_sequences = s, .return_state = r, .go_backwards = b, .dtype = f64});
       }},
      {"RNN",
       [](bool s, bool r, bool b) {
         return RNN(layer<layer_test::TestCell>(3, f64),
                    {.return_sequences = s, .return_state = r, .go_backwards = b, .dtype = f64});
       }},
  };
}

// What a layer that knows no masks gives for the steps of a row that count, in the order in which they are read.
Tensors expected_of(const Layer& sequences, const Tensor& row, const std::vector<bool>& counts, bool backwards,
                    std::size_t states) {
  const auto steps = static_cast<std::int64_t>(counts.size());
  std::vector<std::int64_t> kept;
  for (std::int64_t t = 0; t < steps; ++t)
    if (counts[static_cast<std::size_t>(t)]) kept.push_back(t);
  const Tensor zero = zeros({1, 3}, {.dtype = f64});
  Tensors ys;
  if (!kept.empty()) ys = sequences.all(take(row, from_vector(kept, {static_cast<std::int64_t>(kept.size())}), 1));
  Tensors shown;
  std::int64_t done = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    done += counts[static_cast<std::size_t>(backwards ? steps - 1 - i : i)];
    shown.push_back(done ? squeeze(ys[0].slice(1, done - 1, done), 1) : zero);
  }
  Tensors all = {stack(shown, 1)};
  for (std::size_t k = 0; k < states; ++k) all.push_back(kept.empty() ? zero : ys[1 + k]);
  return all;
}

}  // namespace

TEST_CASE("a recurrent layer with a mask gives what it gives for the steps that count alone") {
  const bool sequences = GENERATE(true, false), backwards = GENERATE(true, false), state = GENERATE(true, false);
  const Tensor x = Generator(3).normal({5, 5, 4}, f64), mask = mask_of(pattern);
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name, sequences, backwards, state);
    const Layer layer = kind.make(sequences, state, backwards), plain = kind.make(true, true, backwards);
    layer.all(x);
    plain.all(x);
    plain.set_weights(layer.get_weights());
    Tensors masks;
    const Tensors ys = layer.all(x, {.masks = {mask}, .result_masks = &masks});
    for (std::int64_t n = 0; n < 5; ++n) {
      CAPTURE(n);
      const Tensors expected =
          expected_of(plain, x.slice(0, n, n + 1), pattern[static_cast<std::size_t>(n)], backwards, ys.size() - 1);
      const Tensor shown = sequences ? expected[0] : squeeze(expected[0].slice(1, 4, 5), 1);
      CHECK(distance(ys[0].slice(0, n, n + 1), shown) < 1e-12);
      for (std::size_t k = 1; k < ys.size(); ++k) CHECK(distance(ys[k].slice(0, n, n + 1), expected[k]) < 1e-12);
    }
    // Outputs at every step have the mask of the input, others and states have none.
    REQUIRE(masks.size() == (sequences ? 1u : 0u));
    if (sequences) CHECK(sum(not_equal(masks[0], mask)).item<double>() == 0);
  }
}

TEST_CASE("gradients run through masked steps as finite differences say, to x and to every weight") {
  const Tensor mask = mask_of(pattern);
  for (const Kind& kind : kinds())
    for (const bool backwards : {false, true}) {
      CAPTURE(kind.name, backwards);
      const Layer layer = kind.make(true, false, backwards);
      const Tensor x = Generator(4).normal({5, 5, 4}, f64);
      layer(x);
      const GradcheckReport by_x =
          gradcheck([&](const Tensor& t) { return layer(t, {.masks = {mask}}); }, x, {.mode = GradcheckMode::fast});
      INFO(by_x);
      CHECK(by_x.ok());
      // What is left out has no influence.
      const Tensor leaf = x.clone().detach().set_requires_grad(true);
      const Tensor g = grad(sum(square(layer(leaf, {.masks = {mask}}))), {leaf})[0];
      CHECK(max(abs(where(expand_dims(mask, -1), 0., g))).item<double>() == 0);
      CHECK(max(abs(g)).item<double>() > 0);
    }
  const Symbol words = Input({5}, {.dtype = DType::int64});
  for (const bool fused : {true, false}) {
    Symbol y = Embedding({.input_dim = 6, .output_dim = 3, .mask_zero = true})(words);
    y = Bidirectional(LSTM({.units = 2, .activation = fused ? "tanh" : "softsign", .return_sequences = true}))(y);
    y = GRU({.units = 2, .reset_after = fused})(y);
    const Model model(words, Dense({.units = 1})(y));
    const Tensor x = tensor({{1, 2, 0, 0, 3}, {0, 0, 4, 5, 0}, {1, 1, 2, 3, 5}}, DType::int64);
    const GradcheckReport report = gradcheck(model, x, {.mode = GradcheckMode::fast});
    INFO(report);
    CHECK(report.ok());
  }
}

TEST_CASE("a mask of which everything counts changes nothing, and one that does not fit is an error") {
  const Layer lstm = LSTM({.units = 2});
  const Tensor x = randn({2, 3, 4});
  const Tensor all = not_equal(ones({2, 3}), 0.);
  CHECK(distance(lstm(x, {.masks = {all}}), lstm(x)) == 0);
  CHECK_THROWS_WITH(lstm(x, {.masks = {not_equal(ones({2, 4}), 0.)}}), Contains("(2, 4)") && Contains("(2, 3)"));
  CHECK_THROWS_WITH(lstm(x, {.masks = {ones({2, 3})}}), Contains("float32") && Contains("boolean"));
}

TEST_CASE("a stateful layer keeps the state of the last step that counts") {
  const Layer gru = GRU({.units = 2, .stateful = true});
  const Tensor x = randn({2, 3, 4}), mask = mask_of({{true, true, false}, {true, false, false}});
  const Tensor first = gru(x, {.masks = {mask}}), second = gru(x);
  gru.reset_states();
  const Tensors rows = {gru(concatenate({x.slice(0, 0, 1).slice(1, 0, 2), x.slice(0, 0, 1)}, 1))};
  CHECK(distance(second.slice(0, 0, 1), rows[0]) < 1e-6);
}

TEST_CASE("Masking leaves out steps at the mask's value and makes them 0") {
  const Layer masking = Masking({.mask_value = -1});
  const Tensor x = tensor({{{1., 2.}, {-1., -1.}, {-1., 3.}}});
  Tensors masks;
  const Tensor y = masking(x, {.result_masks = &masks});
  CHECK(distance(y, tensor({{{1., 2.}, {0., 0.}, {-1., 3.}}})) == 0);
  REQUIRE(masks.size() == 1);
  CHECK(distance(masks[0].to(DType::float32), tensor({{1., 0., 1.}})) == 0);
  CHECK_THROWS_WITH(masking(ones({3})), Contains("(3,)"));
}

TEST_CASE("layers that keep the steps hand the mask on, others drop it") {
  const Tensor x = randn({2, 3, 4}), mask = mask_of({{true, false, true}, {true, true, false}});
  const auto mask_after = [&](const Layer& layer) {
    Tensors masks;
    layer.all(x, {.masks = {mask}, .result_masks = &masks});
    return !masks.empty() && masks[0].present() && sum(not_equal(masks[0], mask)).item<double>() == 0;
  };
  CHECK(mask_after(Dense({.units = 2})));
  CHECK(mask_after(Activation("relu")));
  CHECK(mask_after(Dropout({.rate = 0.5})));
  CHECK(mask_after(LayerNormalization()));
  CHECK(mask_after(BatchNormalization()));
  CHECK(mask_after(TimeDistributed(Dense({.units = 2}))));
  CHECK(mask_after(Bidirectional(LSTM({.units = 2, .return_sequences = true}))));
  CHECK_FALSE(mask_after(Bidirectional(LSTM({.units = 2}))));
  CHECK_FALSE(mask_after(LSTM({.units = 2})));
  CHECK_FALSE(mask_after(Flatten()));
  CHECK_FALSE(mask_after(Reshape({4, 3})));
}

namespace {

struct KeepsSteps : LayerBase {  // two inputs that have the same steps
  Tensor call(const Tensors& xs, const CallContext& context) override {
    seen = context.has_masks() ? (context.mask(0).present() ? 1 : 0) + (context.mask(1).present() ? 2 : 0) : 0;
    return xs[0] + xs[1];
  }
  bool supports_masking() const override { return true; }
  int seen = -1;
};

}  // namespace

TEST_CASE("of several inputs a step counts that counts in each which has a mask") {
  const Layer join = layer<KeepsSteps>();
  const Tensor x = ones({1, 3, 2}), a = mask_of({{true, true, false}}), b = mask_of({{false, true, true}});
  Tensors masks;
  const auto seen = [&] { return static_cast<KeepsSteps&>(join.base()).seen; };
  join({x, x}, {.masks = {a, b}, .result_masks = &masks});
  CHECK(seen() == 3);
  CHECK(distance(masks.at(0).to(f64), tensor({{0., 1., 0.}}, f64)) == 0);
  join({x, x}, {.masks = {Tensor(), b}, .result_masks = &masks});
  CHECK(seen() == 2);
  CHECK(distance(masks.at(0).to(f64), tensor({{0., 1., 1.}}, f64)) == 0);
  join({x, x}, {.result_masks = &masks});
  CHECK(seen() == 0);
  CHECK(masks.empty());
}

TEST_CASE("a TimeDistributed layer gets the masks of its steps") {
  const Tensor x = tensor({{{1, 2, 0}, {0, 0, 0}}}, DType::int64);
  const Layer words = TimeDistributed(Embedding({.input_dim = 4, .output_dim = 2, .mask_zero = true}));
  const Layer inner = LSTM({.units = 2}), sentences = TimeDistributed(inner);
  Tensors masks;
  const Tensor y = words(x, {.result_masks = &masks});
  REQUIRE(masks.size() == 1);
  CHECK(masks[0].shape() == Shape{1, 2, 3});
  Tensors after;
  const Tensor z = sentences(y, {.masks = masks, .result_masks = &after});
  REQUIRE(after.size() == 1);
  CHECK(distance(after[0].to(f64), tensor({{1., 0.}}, f64)) == 0);
  CHECK(distance(z[0][0], inner(y[0].slice(0, 0, 1).slice(1, 0, 2))[0]) < 1e-6);
  CHECK(max(abs(z[0][1])).item<double>() == 0);
}
