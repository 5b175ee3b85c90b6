#pragma once
#include "layer_check.hpp"

namespace layer_test {

inline std::vector<LayerCase> attention_rows() {
  using namespace frost;
  const Tensor triangle = tensor({{{1, 0, 0}, {1, 1, 0}}, {{0, 1, 1}, {0, 0, 1}}}, DType::int64) > 0.;
  Generator numbers(19);
  const Tensor query = numbers.normal({2, 2, 4}), value = numbers.normal({2, 3, 3});
  return {
      {.name = "Attention",
       .make = [] { return Attention(); },
       .inputs = {{2, 3, 4}, {2, 5, 4}},
       .outputs = {{2, 3, 4}},
       .may_be_unknown = {1},
       .refused =
           {{{"Attention", "'sum'"}, [] { return Attention({.score_mode = "sum"}); }},
            {{"Attention", "dropout 1"}, [] { return Attention({.dropout = 1}); }},
            {{"Attention", "4 inputs"}, [] { return Attention(); }, {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}, {2, 3, 4}}},
            {{"Attention", "(2, 4)"}, [] { return Attention(); }, {{2, 3, 4}, {2, 4}}},
            {{"Attention", "(2, 5, 4)", "(2, 6, 4)"}, [] { return Attention(); }, {{2, 3, 4}, {2, 5, 4}, {2, 6, 4}}}}},
      {.name = "Attention with a scale, causal",
       .make = [] { return Attention({.use_scale = true, .causal = true}); },
       .inputs = {{2, 3, 4}, {2, 5, 6}, {2, 5, 4}},
       .outputs = {{2, 3, 6}},
       .weights = {"scale ()"}},
      {.name = "Attention of sums",
       .make = [] { return Attention({.use_scale = true, .score_mode = "concat"}); },
       .inputs = {{2, 2, 3}, {2, 4, 3}},
       .outputs = {{2, 2, 3}},
       .weights = {"scale ()", "concat_score_weight ()"}},
      {.name = "Attention with dropout",
       .make = [] { return Attention({.dropout = 0.5}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .training = true,
       .differs_in_training = true},
      {.name = "MultiHeadAttention",
       .make = [] { return MultiHeadAttention({.num_heads = 2, .key_dim = 3}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .weights = {"query/kernel (4, 2, 3)", "query/bias (2, 3)", "key/kernel (4, 2, 3)", "key/bias (2, 3)",
                   "value/kernel (4, 2, 3)", "value/bias (2, 3)", "attention_output/kernel (2, 3, 4)",
                   "attention_output/bias (4,)"},
       .may_be_unknown = {1},
       .refused = {{{"MultiHeadAttention", "num_heads 0"}, [] { return MultiHeadAttention({.key_dim = 2}); }},
                   {{"MultiHeadAttention", "key_dim -1"},
                    [] { return MultiHeadAttention({.num_heads = 1, .key_dim = -1}); }},
                   {{"MultiHeadAttention", "value_dim 0"},
                    [] { return MultiHeadAttention({.num_heads = 1, .key_dim = 1, .value_dim = 0}); }},
                   {{"MultiHeadAttention", "output_shape 0"},
                    [] { return MultiHeadAttention({.num_heads = 1, .key_dim = 1, .output_shape = 0}); }},
                   {{"MultiHeadAttention", "dropout -1"},
                    [] { return MultiHeadAttention({.num_heads = 1, .key_dim = 1, .dropout = -1}); }},
                   {{"MultiHeadAttention", "(None, 4)", "(N, T, C)"},
                    [] { return MultiHeadAttention({.num_heads = 1, .key_dim = 1}); },
                    {{2, 4}}},
                   {{"MultiHeadAttention", "float32", "booleans"},
                    [] { return MultiHeadAttention({.num_heads = 1, .key_dim = 1, .attention_mask = true}); },
                    {{2, 4, 3}, {2, 4, 3}, {2, 4, 4}}}}},
      {.name = "MultiHeadAttention of key and value, causal",
       .make =
           [] {
             return MultiHeadAttention(
                 {.num_heads = 2, .key_dim = 3, .value_dim = 2, .use_bias = false, .output_shape = 5, .causal = true});
           },
       .inputs = {{2, 3, 4}, {2, 4, 2}, {2, 4, 3}},
       .outputs = {{2, 3, 5}},
       .weights = {"query/kernel (4, 2, 3)", "key/kernel (3, 2, 3)", "value/kernel (2, 2, 2)",
                   "attention_output/kernel (2, 2, 5)"}},
      {.name = "MultiHeadAttention with a mask",
       .make =
           [] { return MultiHeadAttention({.num_heads = 2, .key_dim = 2, .use_bias = false, .attention_mask = true}); },
       .inputs = {{2, 2, 4}, {2, 3, 3}, {2, 2, 3}},
       .outputs = {{2, 2, 4}},
       .weights = {"query/kernel (4, 2, 2)", "key/kernel (3, 2, 2)", "value/kernel (3, 2, 2)",
                   "attention_output/kernel (2, 2, 4)"},
       .values = {query, value, triangle}},
      {.name = "MultiHeadAttention with dropout",
       .make = [] { return MultiHeadAttention({.num_heads = 1, .key_dim = 2, .dropout = 0.5, .use_bias = false}); },
       .inputs = {{2, 3, 2}},
       .outputs = {{2, 3, 2}},
       .weights = {"query/kernel (2, 1, 2)", "key/kernel (2, 1, 2)", "value/kernel (2, 1, 2)",
                   "attention_output/kernel (1, 2, 2)"},
       .training = true,
       .differs_in_training = true},
  };
}

inline std::vector<LayerCase> scaling_rows() {
  using namespace frost;
  return {
      {.name = "GroupNormalization",
       .make = [] { return GroupNormalization({.groups = 2}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .weights = {"gamma (4,)", "beta (4,)"},
       .may_be_unknown = {1},
       .refused = {{{"GroupNormalization", "0 groups"}, [] { return GroupNormalization({.groups = 0}); }},
                   {{"GroupNormalization", "epsilon -1"}, [] { return GroupNormalization({.epsilon = -1}); }},
                   {{"GroupNormalization", "4 channels", "32 groups"},
                    [] { return GroupNormalization(); },
                    {{2, 3, 4}}},
                   {{"GroupNormalization", "axis 3"},
                    [] { return GroupNormalization({.groups = 1, .axis = 3}); },
                    {{2, 3, 4}}}}},
      {.name = "GroupNormalization of axis 1, each channel its own",
       .make = [] { return GroupNormalization({.groups = -1, .axis = 1, .scale = false}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 3, 4}},
       .weights = {"beta (3,)"}},
      {.name = "Rescaling",
       .make = [] { return Rescaling({.scale = 0.5, .offset = -1}); },
       .inputs = {{2, 3}},
       .outputs = {{2, 3}},
       .may_be_unknown = {1},
       .refused = {{{"Rescaling", "inf"}, [] { return Rescaling({.scale = 1. / 0.}); }}}},
      {.name = "Normalization with numbers",
       .make =
           [] {
             return Normalization({.mean = {1, 2, 3}, .variance = {4}});
           },
       .inputs = {{2, 2, 3}},
       .outputs = {{2, 2, 3}},
       .may_be_unknown = {1},
       .refused = {{{"Normalization", "1 numbers", "0"}, [] { return Normalization({.mean = {1}}); }},
                   {{"Normalization", "variance -1"}, [] { return Normalization({.mean = {1}, .variance = {-1}}); }},
                   {{"Normalization", "2 numbers", "expected 1 or 3"},
                    [] {
                      return Normalization({.mean = {1, 2}, .variance = {1}});
                    },
                    {{2, 3}}},
                   {{"Normalization", "axis 2"}, [] { return Normalization({.axis = 2}); }, {{2, 3}}}}},
      {.name = "GaussianNoise",
       .make = [] { return GaussianNoise({.stddev = 0.5}); },
       .inputs = {{2, 3}},
       .outputs = {{2, 3}},
       .may_be_unknown = {1},
       .training = true,
       .differs_in_training = true,
       .refused = {{{"GaussianNoise", "stddev -1"}, [] { return GaussianNoise({.stddev = -1}); }}}},
  };
}

}  // namespace layer_test
