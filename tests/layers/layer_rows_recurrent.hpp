#pragma once
#include "layer_check.hpp"

namespace layer_test {

class TestCell : public frost::RNNCellBase {  // a leaky integrator of one's own, with two states
 public:
  explicit TestCell(std::int64_t units = 2, frost::DType dtype = frost::default_dtype()) : units_(units) {
    configure("", true, dtype);
  }
  void build(const frost::Shape& input) override {
    kernel_ = add_weight("kernel", {input.back(), units_});
    leak_ = add_weight("leak", {units_}, frost::constant(0.5));
  }
  frost::Tensors call_all(const frost::Tensors& xs, const frost::CallContext&) override {
    const frost::Tensor fast = tanh(matmul(xs[0], kernel_) + xs[1] * leak_);
    const frost::Tensor slow = xs[2] * leak_ + fast;
    return {fast * slow, fast, slow};
  }
  std::vector<std::int64_t> state_sizes() const override { return {units_, units_}; }
  frost::Config config() const override {
    frost::Config config = frost::Config::object();
    config.set("units", units_);
    return config;
  }

 private:
  std::int64_t units_;
  frost::Parameter kernel_, leak_;
};

inline frost::Layer test_cell() {
  frost::register_layer("TestCell",
                        [](const frost::Config& c) { return frost::layer<TestCell>(c.at("units").integer()); });
  return frost::layer<TestCell>();
}

inline std::vector<LayerCase> recurrent_rows() {
  using namespace frost;
  const std::vector<std::string> gru = {"kernel (4, 6)", "recurrent_kernel (2, 6)", "bias (2, 6)"},
                                 simple = {"kernel (4, 2)", "recurrent_kernel (2, 2)", "bias (2,)"};
  std::vector<std::string> both;
  for (const char* direction : {"forward", "backward"})
    for (const char* weight : {"kernel (4, 8)", "recurrent_kernel (2, 8)", "bias (8,)"})
      both.push_back(std::string(direction) + "_lstm/" + weight);
  return {
      {.name = "LSTM with initial states, stepwise",
       .make = [] { return LSTM({.units = 2, .activation = "softsign", .return_state = true}); },
       .inputs = {{2, 3, 4}, {2, 2}, {2, 2}},
       .outputs = {{2, 2}, {2, 2}, {2, 2}},
       .weights = {"kernel (4, 8)", "recurrent_kernel (2, 8)", "bias (8,)"}},
      {.name = "LSTM with initial states, fused",
       .make = [] { return LSTM({.units = 2, .return_sequences = true, .go_backwards = true}); },
       .inputs = {{2, 3, 4}, {2, 2}, {2, 2}},
       .outputs = {{2, 3, 2}},
       .weights = {"kernel (4, 8)", "recurrent_kernel (2, 8)", "bias (8,)"}},
      {.name = "LSTM with dropout",
       .make = [] { return LSTM({.units = 2, .dropout = 0.4, .recurrent_dropout = 0.3}); },
       .inputs = {{3, 3, 4}},
       .outputs = {{3, 2}},
       .weights = {"kernel (4, 8)", "recurrent_kernel (2, 8)", "bias (8,)"},
       .training = true,
       .differs_in_training = true},
      {.name = "GRU",
       .make = [] { return GRU({.units = 2, .return_sequences = true}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}},
       .weights = gru,
       .may_be_unknown = {1},
       .refused = {{{"GRU", "0 units"}, [] { return GRU({}); }},
                   {{"GRU", "dropout rate 1"}, [] { return GRU({.units = 1, .dropout = 1}); }},
                   {{"GRU", "(2, 3)", "(2, 2)"}, [] { return GRU({.units = 2}); }, {{2, 3, 4}, {2, 3}}}}},
      {.name = "GRU that resets before the product",
       .make = [] { return GRU({.units = 2, .go_backwards = true, .reset_after = false}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 2}},
       .weights = {"kernel (4, 6)", "recurrent_kernel (2, 6)", "bias (6,)"},
       .may_be_unknown = {1}},
      {.name = "GRU without bias, backwards",
       .make = [] { return GRU({.units = 2, .use_bias = false, .return_sequences = true, .go_backwards = true}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}},
       .weights = {"kernel (4, 6)", "recurrent_kernel (2, 6)"}},
      {.name = "GRU from a state to a state, with other activations",
       .make =
           [] {
             return GRU(
                 {.units = 2, .activation = "softsign", .recurrent_activation = "softplus", .return_state = true});
           },
       .inputs = {{2, 3, 4}, {2, 2}},
       .outputs = {{2, 2}, {2, 2}},
       .weights = gru},
      {.name = "GRU with dropout",
       .make = [] { return GRU({.units = 2, .dropout = 0.4, .recurrent_dropout = 0.3, .reset_after = false}); },
       .inputs = {{3, 3, 4}},
       .outputs = {{3, 2}},
       .weights = {"kernel (4, 6)", "recurrent_kernel (2, 6)", "bias (6,)"},
       .training = true,
       .differs_in_training = true},
      {.name = "SimpleRNN",
       .make = [] { return SimpleRNN({.units = 2}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 2}},
       .weights = simple,
       .may_be_unknown = {1},
       .refused = {{{"SimpleRNN", "-1 units"}, [] { return SimpleRNN({.units = -1}); }},
                   {{"SimpleRNN", "(None, 3)", "(N, T, C)"}, [] { return SimpleRNN({.units = 1}); }, {{2, 3}}}}},
      {.name = "SimpleRNN with sequences and state, backwards",
       .make =
           [] { return SimpleRNN({.units = 2, .return_sequences = true, .return_state = true, .go_backwards = true}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}, {2, 2}},
       .weights = simple},
      {.name = "SimpleRNN with dropout and another activation",
       .make =
           [] { return SimpleRNN({.units = 2, .activation = "softsign", .dropout = 0.4, .recurrent_dropout = 0.3}); },
       .inputs = {{3, 3, 4}},
       .outputs = {{3, 2}},
       .weights = simple,
       .training = true,
       .differs_in_training = true},
      {.name = "RNN",
       .make = [] { return RNN(test_cell(), {.return_sequences = true, .return_state = true}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}, {2, 2}, {2, 2}},
       .weights = {"test_cell/kernel (4, 2)", "test_cell/leak (2,)"},
       .may_be_unknown = {1},
       .refused = {{{"RNN", "'dense'", "RNNCellBase"}, [] { return RNN(Dense({.units = 1})); }}}},
      {.name = "Bidirectional",
       .make = [] { return Bidirectional(LSTM({.units = 2})); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 4}},
       .weights = both,
       .may_be_unknown = {1},
       .refused = {{{"Bidirectional", "'dense'", "Dense"}, [] { return Bidirectional(Dense({.units = 1})); }},
                   {{"Bidirectional", "'max'"},
                    [] { return Bidirectional(LSTM({.units = 1}), {.merge_mode = "max"}); }}}},
      {.name = "Bidirectional of sequences with states",
       .make =
           [] {
             return Bidirectional(LSTM({.units = 2, .return_sequences = true, .return_state = true}),
                                  {.merge_mode = "mul"});
           },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}},
       .weights = both},
      {.name = "Bidirectional that is not merged",
       .make = [] { return Bidirectional(LSTM({.units = 2, .return_sequences = true}), {.merge_mode = "none"}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}, {2, 3, 2}},
       .weights = both},
      {.name = "TimeDistributed",
       .make = [] { return TimeDistributed(Dense({.units = 2, .activation = "tanh"})); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}},
       .weights = {"dense/kernel (4, 2)", "dense/bias (2,)"},
       .may_be_unknown = {1},
       .refused = {{{"TimeDistributed", "(None, 3)", "(N, T, …)"},
                    [] { return TimeDistributed(Dense({.units = 1})); },
                    {{2, 3}}}}},
      {.name = "TimeDistributed LSTM",
       .make = [] { return TimeDistributed(LSTM({.units = 2, .return_sequences = true})); },
       .inputs = {{2, 2, 3, 4}},
       .outputs = {{2, 2, 3, 2}},
       .weights = {"lstm/kernel (4, 8)", "lstm/recurrent_kernel (2, 8)", "lstm/bias (8,)"}},
      {.name = "Masking",
       .make = [] { return Masking({.mask_value = 0.5}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .may_be_unknown = {1, 2}},
  };
}

}  // namespace layer_test
