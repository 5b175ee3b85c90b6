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
  const auto dense = [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) ? s.input : 0; };
  return {
      {"SimpleRNN", [] { return SimpleRNN({.units = 4}); }, pairs, simple, {"linear.dx"}, states},
      {"SimpleRNN of sequences backwards",
       [] { return SimpleRNN({.units = 4, .return_sequences = true, .go_backwards = true}); },
       pairs,
       simple,
       {"linear.dx"},
       states},
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
