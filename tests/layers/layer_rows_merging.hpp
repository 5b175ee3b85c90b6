#pragma once
#include "layer_check.hpp"

namespace layer_test {

inline std::vector<LayerCase> activation_rows() {
  using namespace frost;
  return {
      {.name = "ReLU", .make = [] { return ReLU(); }, .inputs = {{2, 5}}, .outputs = {{2, 5}}, .may_be_unknown = {1}},
      {.name = "ReLU with everything",
       .make = [] { return ReLU({.max_value = 1.5, .negative_slope = 0.3, .threshold = 0.25}); },
       .inputs = {{3, 7}},
       .outputs = {{3, 7}},
       .may_be_unknown = {1},
       .refused = {{{"ReLU", "max_value -1"}, [] { return ReLU({.max_value = -1}); }},
                   {{"ReLU", "negative_slope -0.5"}, [] { return ReLU({.negative_slope = -0.5}); }},
                   {{"ReLU", "threshold -2"}, [] { return ReLU({.threshold = -2}); }}}},
      {.name = "Softmax",
       .make = [] { return Softmax({.axis = 1}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .may_be_unknown = {1, 2},
       .refused = {{{"Softmax", "axis 2", "(2, 3)"}, [] { return Softmax({.axis = 2}); }, {{2, 3}}},
                   {{"Softmax", "(2,)"}, [] { return Softmax(); }, {{2}}},
                   {{"Softmax", "no axis"}, [] { return Softmax({.axis = Axes()}); }}}},
      {.name = "Softmax over two axes",
       .make =
           [] {
             return Softmax({.axis = {1, -1}});
           },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .may_be_unknown = {1, 2}},
      {.name = "LeakyReLU",
       .make = [] { return LeakyReLU(); },
       .inputs = {{2, 5}},
       .outputs = {{2, 5}},
       .may_be_unknown = {1},
       .refused = {{{"LeakyReLU", "alpha -1"}, [] { return LeakyReLU({.alpha = -1}); }}}},
      {.name = "ELU",
       .make = [] { return ELU({.alpha = 0.5}); },
       .inputs = {{2, 5}},
       .outputs = {{2, 5}},
       .may_be_unknown = {1}},
      {.name = "PReLU",
       .make = [] { return PReLU(); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .weights = {"alpha (3, 4)"},
       .refused = {{{"PReLU", "shared axis 0"}, [] { return PReLU({.shared_axes = 0}); }, {{2, 3}}},
                   {{"PReLU", "shared axis 2", "(None, 3)"}, [] { return PReLU({.shared_axes = 2}); }, {{2, 3}}}}},
      {.name = "PReLU with shared axes",
       .make =
           [] {
             return PReLU({.shared_axes = {1, 2}});
           },
       .inputs = {{2, 3, 2, 4}},
       .outputs = {{2, 3, 2, 4}},
       .weights = {"alpha (1, 1, 4)"},
       .may_be_unknown = {1, 2}},
  };
}

inline std::vector<LayerCase> merging_rows() {
  using namespace frost;
  return {
      {.name = "Add",
       .make = [] { return Add(); },
       .inputs = {{2, 3, 4}, {2, 3, 4}, {2, 4}},
       .outputs = {{2, 3, 4}},
       .refused = {{{"Add", "(2, 3)", "(1, 3)"}, [] { return Add(); }, {{2, 3}, {1, 3}}},
                   {{"add", "(2, 3)", "(2, 4)"}, [] { return Add(); }, {{2, 3}, {2, 4}}}}},
      {.name = "Subtract",
       .make = [] { return Subtract(); },
       .inputs = {{2, 3}, {2, 1}},
       .outputs = {{2, 3}},
       .refused = {{{"Subtract", "3 inputs"}, [] { return Subtract(); }, {{2, 3}, {2, 3}, {2, 3}}}}},
      {.name = "Multiply", .make = [] { return Multiply(); }, .inputs = {{2, 3}, {2, 3}, {2, 3}}, .outputs = {{2, 3}}},
      {.name = "Average", .make = [] { return Average(); }, .inputs = {{2, 3}, {2, 3}, {2, 3}}, .outputs = {{2, 3}}},
      {.name = "Maximum", .make = [] { return Maximum(); }, .inputs = {{2, 3}, {2, 3}}, .outputs = {{2, 3}}},
      {.name = "Minimum", .make = [] { return Minimum(); }, .inputs = {{2, 3}, {2, 3}}, .outputs = {{2, 3}}},
      {.name = "Concatenate",
       .make = [] { return Concatenate(); },
       .inputs = {{2, 3, 1}, {2, 3, 2}},
       .outputs = {{2, 3, 3}},
       .may_be_unknown = {1},
       .refused = {{{"Concatenate", "axis 0"}, [] { return Concatenate({.axis = 0}); }},
                   {{"Concatenate", "axis 2", "(None, 3)"}, [] { return Concatenate({.axis = 2}); }, {{2, 3}, {2, 3}}},
                   {{"(2, 3, 1)", "(2, 4, 2)"}, [] { return Concatenate({.axis = 1}); }, {{2, 3, 1}, {2, 4, 2}}}}},
      {.name = "Concatenate along steps",
       .make = [] { return Concatenate({.axis = 1}); },
       .inputs = {{2, 3, 2}, {2, 1, 2}},
       .outputs = {{2, 4, 2}}},
      {.name = "Dot",
       .make = [] { return Dot({.axes = 1}); },
       .inputs = {{2, 3}, {2, 3}},
       .outputs = {{2, 1}},
       .refused = {{{"Dot", "0 axes"}, [] { return Dot({}); }},
                   {{"Dot", "axis 0"}, [] { return Dot({.axes = 0}); }, {{2, 3}, {2, 3}}},
                   {{"Dot", "axis 2", "(2, 3)"}, [] { return Dot({.axes = 2}); }, {{2, 3}, {2, 3}}},
                   {{"Dot", "1 inputs"}, [] { return Dot({.axes = 1}); }, {{2, 3}}}}},
      {.name = "Dot of cosines",
       .make =
           [] {
             return Dot({.axes = {2, -2}, .normalize = true});
           },
       .inputs = {{2, 3, 4}, {2, 4, 2}},
       .outputs = {{2, 3, 2}}},
      {.name = "Permute",
       .make =
           [] {
             return Permute({3, 1, 2});
           },
       .inputs = {{2, 3, 4, 5}},
       .outputs = {{2, 5, 3, 4}},
       .may_be_unknown = {1, 3},
       .refused = {{{"Permute", "(0, 1)"},
                    [] {
                      return Permute({0, 1});
                    }},
                   {{"Permute", "(1, 1)"},
                    [] {
                      return Permute({1, 1});
                    }},
                   {{"Permute", "(2, 3)", "2 axes"},
                    [] {
                      return Permute({2, 1});
                    },
                    {{2, 3}}}}},
      {.name = "RepeatVector",
       .make = [] { return RepeatVector(3); },
       .inputs = {{2, 4}},
       .outputs = {{2, 3, 4}},
       .may_be_unknown = {1},
       .refused = {{{"RepeatVector", "n 0"}, [] { return RepeatVector(0); }},
                   {{"RepeatVector", "(2, 3, 4)"}, [] { return RepeatVector(2); }, {{2, 3, 4}}}}},
      {.name = "Operation of two",
       .make = [] { return (Input(4) / Input(4)).layer(); },
       .inputs = {{2, 4}, {2, 4}},
       .outputs = {{2, 4}},
       .refused = {{{"divide", "got 1 inputs; expected 2"}, [] { return (Input(4) / Input(4)).layer(); }, {{2, 4}}}}},
      {.name = "Operation with a number",
       .make = [] { return (2. - Input(4)).layer(); },
       .inputs = {{2, 4}},
       .outputs = {{2, 4}},
       .may_be_unknown = {1}},
      {.name = "Operation that slices",
       .make =
           [] {
             return Input({3, 4}).slice(2, 0, 4, 2).layer();
           },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 2}},
       .may_be_unknown = {1}},
      {.name = "Lambda",
       .make = [] { return Lambda([](const Tensor& x) { return x * x; }); },
       .inputs = {{2, 4}},
       .outputs = {{2, 4}},
       .may_be_unknown = {1},
       .refused = {{{"Lambda", "2 inputs"}, [] { return Lambda([](const Tensor& x) { return x; }); }, {{2, 4}, {2, 4}}},
                   {{"Lambda", "absent"}, [] { return Lambda([](const Tensor&) { return Tensor(); }); }, {{2, 4}}}},
       .has_config = false},
      {.name = "Lambda of two",
       .make = [] { return Lambda([](const Tensors& xs) { return xs[0] * xs[1] - xs[1]; }); },
       .inputs = {{2, 4}, {2, 4}},
       .outputs = {{2, 4}},
       .has_config = false},
      {.name = "BatchNormalization of axis 1",
       .make = [] { return BatchNormalization({.axis = 1}); },
       .inputs = {{3, 2, 4}},
       .outputs = {{3, 2, 4}},
       .weights = {"gamma (2,)", "beta (2,)", "moving_mean (2,)", "moving_variance (2,)"},
       .may_be_unknown = {2},
       .training = true,
       .differs_in_training = true},
      {.name = "LayerNormalization of two axes",
       .make =
           [] {
             return LayerNormalization({.axis = {3, 1}});
           },
       .inputs = {{2, 3, 2, 4}},
       .outputs = {{2, 3, 2, 4}},
       .weights = {"gamma (3, 4)", "beta (3, 4)"},
       .may_be_unknown = {2},
       .refused = {{{"LayerNormalization", "twice"},
                    [] {
                      return LayerNormalization({.axis = {1, -1}});
                    },
                    {{2, 3}}},
                   {{"LayerNormalization", "axis 2"}, [] { return LayerNormalization({.axis = 2}); }, {{2, 3}}}}},
  };
}

}  // namespace layer_test
