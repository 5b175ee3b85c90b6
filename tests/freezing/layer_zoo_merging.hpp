#pragma once
#include "zoo_layer.hpp"

// Activations with parameters, norms over groups, and layers that move or scale their input.
namespace freezing_test {

inline std::vector<ZooLayer> activation_zoo() {
  using namespace frost;
  using Bytes = std::int64_t;
  const Tensor flat = some_rows(5, 6, 25), sequence = some_rows(5, 7 * 4, 26).reshape({5, 7, 4});
  const auto nothing = [](const Trained&, const Sizes&) -> Bytes { return 0; };
  const auto output = [](const Trained& t, const Sizes& s) -> Bytes { return t.any() ? s.output : 0; };
  const auto input = [](const Trained& t, const Sizes& s) -> Bytes { return t.any() ? s.input : 0; };
  return {
      {"ReLU", [] { return ReLU(); }, flat, {}, {"relu.dx"}, output},
      {"LeakyReLU", [] { return LeakyReLU(); }, flat, {}, {"leaky_relu.dx"}, input},
      {"ELU", [] { return ELU(); }, flat, {}, {"elu.dx"}, input},
      {"Operation", [] { return tanh(Input(6)).layer(); }, flat, {}, {"tanh.dx"}, output},
      {"Softmax", [] { return Softmax(); }, flat, {}, {"softmax.dx"}, output},
      // dalpha reads relu(-x), which the way to the input reads too, beside relu(x).
      {"PReLU",
       [] { return PReLU(); },
       flat,
       {"multiply.db"},
       {"negative.dx"},
       [](const Trained& t, const Sizes& s) -> Bytes { return (t.any() ? s.input : 0) + (t.below ? s.input : 0); }},
      {"Permute",
       [] {
         return Permute({2, 1});
       },
       sequence,
       {},
       {},
       nothing},
      {"RepeatVector", [] { return RepeatVector(3); }, flat, {}, {}, nothing},
      {"Rescaling", [] { return Rescaling({.scale = 0.5, .offset = 1}); }, flat, {}, {}, nothing},
      {"GaussianNoise", [] { return GaussianNoise({.stddev = 0.5, .seed = 3}); }, flat, {}, {}, nothing, true},
      // dgamma reads the normalised x; dx the moved x, and a mean and a scale for each of 5 rows and 2 groups.
      {"GroupNormalization",
       [] { return GroupNormalization({.groups = 2}); },
       sequence,
       {"multiply.db", "add.db"},
       {"layer_norm.dx"},
       [](const Trained& t, const Sizes& s) -> Bytes {
         return (t.weight(0) ? s.input : 0) + (t.below ? s.input + 2 * 5 * 2 * 4 : 0);
       }},
      // The moved input is the layer's own, and as large.
      {"LayerNormalization of axis 1",
       [] { return LayerNormalization({.axis = 1}); },
       sequence,
       {"layer_norm.dgamma", "layer_norm.dbeta"},
       {"layer_norm.dx"},
       [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) || t.below ? s.input + 2 * 20 * 4 : 0; }},
  };
}

}  // namespace freezing_test
