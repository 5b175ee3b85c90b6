#pragma once
#include "zoo_layer.hpp"

// Recurrent layers out of single operations, and what wraps layers. With two steps the recurrent kernel is used once.
namespace freezing_test {

inline std::vector<ZooLayer> recurrent_zoo() {
  using namespace frost;
  using Bytes = std::int64_t;
  const Tensor pairs = some_rows(5, 2 * 3, 25).reshape({5, 2, 3});
  const std::vector<std::string> simple = {"linear.dkernel", "matmul.db", "linear.dbias"};
  // The state after the first step, and what tanh gives.
  constexpr Bytes state = 5 * 4 * 4;
  const auto states = [](const Trained& t, const Sizes& s) -> Bytes {
    return (t.weight(0) ? s.input : 0) + (t.any() ? 2 * state : 0);
  };
  // Beside the recurrent kernel's one product GRU keeps gates and their parts, once something before them is trained.
  const auto gru = [](const Trained& t, const Sizes& s) -> Bytes {
    if (!t.weight(0) && !t.weight(2) && !t.below) return t.weight(1) ? 7 * state : 0;
    return 13 * state + (t.weight(0) ? s.input : 0) + (t.weight(2) ? state : 0);
  };
  // Gates, cell and tanh of two steps in each direction; outputs for the recurrent kernel; the input once.
  const auto both_ways = [](const Trained& t, const Sizes& s) -> Bytes {
    Bytes sum = t.weight(0) || t.weight(3) ? s.input : 0;
    for (const int first : {0, 3}) {
      const bool any = t.below || t.weight(first) || t.weight(first + 1) || t.weight(first + 2);
      sum += (any ? 10 * state : 0) + (t.weight(first + 1) ? 2 * state : 0);
    }
    return sum;
  };
  const std::vector<std::string> lstm = {"lstm.dkernel", "lstm.drecurrent_kernel", "lstm.dbias"};
  std::vector<std::string> lstms = lstm;
  lstms.insert(lstms.end(), lstm.begin(), lstm.end());
  const auto dense = [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) ? s.input : 0; };
  return {
      {"SimpleRNN", [] { return SimpleRNN({.units = 4}); }, pairs, simple, {"linear.dx"}, states},
      {"SimpleRNN of sequences backwards",
       [] { return SimpleRNN({.units = 4, .return_sequences = true, .go_backwards = true}); },
       pairs,
       simple,
       {"linear.dx"},
       states},
      {.name = "GRU",
       .make = [] { return GRU({.units = 4}); },
       .input = pairs,
       .weight_kernels = {"linear.dkernel", "linear.dkernel", "linear.dbias"},
       .saved = gru,
       .weight_uses = {1, 1, 2}},
      {"Bidirectional LSTM", [] { return Bidirectional(LSTM({.units = 4})); }, pairs, lstms, {}, both_ways},
      {"TimeDistributed Dense",
       [] { return TimeDistributed(Dense({.units = 4})); },
       pairs,
       {"linear.dkernel", "linear.dbias"},
       {"linear.dx"},
       dense},
      // A number for each step.
      {"Masking",
       [] { return Masking(); },
       pairs,
       {},
       {},
       [](const Trained& t, const Sizes&) -> Bytes { return t.any() ? 5 * 2 * 4 : 0; }},
  };
}

}  // namespace freezing_test
