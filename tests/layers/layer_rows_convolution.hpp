#pragma once
#include "layer_check.hpp"

namespace layer_test {

inline std::vector<LayerCase> convolution_rows() {
  using namespace frost;
  return {
      {.name = "Conv2D",
       .make = [] { return Conv2D({.filters = 4, .kernel_size = 3}); },
       .inputs = {{2, 5, 4, 2}},
       .outputs = {{2, 3, 2, 4}},
       .weights = {"kernel (3, 3, 2, 4)", "bias (4,)"},
       .may_be_unknown = {1, 2},
       .refused =
           {{{"Conv2D", "filters 0"}, [] { return Conv2D({.kernel_size = 3}); }},
            {{"Conv2D", "no kernel_size"}, [] { return Conv2D({.filters = 3}); }},
            {{"Conv2D", "kernel_size (3, 0)"},
             [] {
               return Conv2D({.filters = 3, .kernel_size = {3, 0}});
             }},
            {{"Conv2D", "strides (-1, -1)"}, [] { return Conv2D({.filters = 3, .kernel_size = 3, .strides = -1}); }},
            {{"Conv2D", "dilation_rate (0, 0)"},
             [] { return Conv2D({.filters = 3, .kernel_size = 3, .dilation_rate = 0}); }},
            {{"Conv2D", "padding 'full'", "'same'"},
             [] { return Conv2D({.filters = 3, .kernel_size = 3, .padding = "full"}); }},
            {{"Conv2D", "2 groups", "3 filters"}, [] { return Conv2D({.filters = 3, .kernel_size = 3, .groups = 2}); }},
            {{"Conv2D", "(None, 4, 4, 3)", "multiple of 2"},
             [] { return Conv2D({.filters = 4, .kernel_size = 3, .groups = 2}); },
             {{1, 4, 4, 3}}},
            {{"(None, 4, 4)", "(N, H, W, C)"}, [] { return Conv2D({.filters = 4, .kernel_size = 3}); }, {{1, 4, 4}}},
            {{"5 elements", "4"}, [] { return Conv2D({.filters = 4, .kernel_size = 5}); }, {{1, 4, 4, 2}}}}},
      {.name = "Conv2D with everything",
       .make =
           [] {
             return Conv2D({.filters = 6,
                            .kernel_size = {3, 2},
                            .strides = {2, 1},
                            .padding = "same",
                            .dilation_rate = {1, 2},
                            .groups = 2,
                            .activation = "tanh",
                            .use_bias = false,
                            .kernel_regularizer = "l2",
                            .kernel_constraint = "max_norm"});
           },
       .inputs = {{2, 5, 4, 4}},
       .outputs = {{2, 3, 4, 6}},
       .weights = {"kernel (3, 2, 2, 6)"},
       .may_be_unknown = {1, 2}},
      {.name = "Conv2D of single elements",
       .make = [] { return Conv2D({.filters = 3, .kernel_size = 1, .activation = "sigmoid"}); },
       .inputs = {{2, 3, 2, 4}},
       .outputs = {{2, 3, 2, 3}},
       .weights = {"kernel (1, 1, 4, 3)", "bias (3,)"},
       .may_be_unknown = {1, 2}},
      {.name = "Conv1D",
       .make = [] { return Conv1D({.filters = 3, .kernel_size = 2}); },
       .inputs = {{2, 5, 2}},
       .outputs = {{2, 4, 3}},
       .weights = {"kernel (2, 2, 3)", "bias (3,)"},
       .may_be_unknown = {1},
       .refused = {{{"Conv1D", "filters -2"}, [] { return Conv1D({.filters = -2, .kernel_size = 2}); }},
                   {{"Conv1D", "kernel_size 0"}, [] { return Conv1D({.filters = 2}); }},
                   {{"Conv1D", "padding 'full'", "'causal'"},
                    [] { return Conv1D({.filters = 2, .kernel_size = 2, .padding = "full"}); }},
                   {{"(None, 3)", "(N, T, C)"}, [] { return Conv1D({.filters = 2, .kernel_size = 2}); }, {{2, 3}}}}},
      {.name = "Conv1D, causal",
       .make =
           [] {
             return Conv1D(
                 {.filters = 3, .kernel_size = 2, .padding = "causal", .dilation_rate = 2, .activation = "tanh"});
           },
       .inputs = {{2, 5, 2}},
       .outputs = {{2, 5, 3}},
       .weights = {"kernel (2, 2, 3)", "bias (3,)"},
       .may_be_unknown = {1}},
      {.name = "Conv1D, causal, in groups",
       .make = [] { return Conv1D({.filters = 4, .kernel_size = 3, .padding = "causal", .groups = 2}); },
       .inputs = {{2, 5, 4}},
       .outputs = {{2, 5, 4}},
       .weights = {"kernel (3, 2, 4)", "bias (4,)"},
       .may_be_unknown = {1}},
      {.name = "Conv1D, same, in groups",
       .make = [] { return Conv1D({.filters = 2, .kernel_size = 3, .strides = 2, .padding = "same", .groups = 2}); },
       .inputs = {{2, 5, 4}},
       .outputs = {{2, 3, 2}},
       .weights = {"kernel (3, 2, 2)", "bias (2,)"},
       .may_be_unknown = {1}},
      {.name = "DepthwiseConv2D",
       .make = [] { return DepthwiseConv2D({.kernel_size = 3, .strides = 2, .padding = "same"}); },
       .inputs = {{2, 5, 4, 3}},
       .outputs = {{2, 3, 2, 3}},
       .weights = {"depthwise_kernel (3, 3, 3, 1)", "bias (3,)"},
       .may_be_unknown = {1, 2},
       .refused = {{{"DepthwiseConv2D", "kernel_size (0, 0)"}, [] { return DepthwiseConv2D({.kernel_size = 0}); }},
                   {{"DepthwiseConv2D", "depth_multiplier 0"},
                    [] { return DepthwiseConv2D({.kernel_size = 3, .depth_multiplier = 0}); }},
                   {{"DepthwiseConv2D", "padding 'causal'"},
                    [] { return DepthwiseConv2D({.kernel_size = 3, .padding = "causal"}); }}}},
      {.name = "DepthwiseConv2D with two filters a channel",
       .make =
           [] {
             return DepthwiseConv2D(
                 {.kernel_size = {2, 3}, .depth_multiplier = 2, .dilation_rate = {2, 1}, .activation = "tanh"});
           },
       .inputs = {{2, 4, 4, 3}},
       .outputs = {{2, 2, 2, 6}},
       .weights = {"depthwise_kernel (2, 3, 3, 2)", "bias (6,)"},
       .may_be_unknown = {1, 2}},
      {.name = "SeparableConv2D",
       .make =
           [] { return SeparableConv2D({.filters = 3, .kernel_size = 2, .padding = "same", .depth_multiplier = 2}); },
       .inputs = {{2, 3, 4, 2}},
       .outputs = {{2, 3, 4, 3}},
       .weights = {"depthwise_kernel (2, 2, 2, 2)", "pointwise_kernel (1, 1, 4, 3)", "bias (3,)"},
       .may_be_unknown = {1, 2},
       .refused = {{{"SeparableConv2D", "filters 0"}, [] { return SeparableConv2D({.kernel_size = 2}); }},
                   {{"SeparableConv2D", "strides (0, 1)"},
                    [] {
                      return SeparableConv2D({.filters = 1, .kernel_size = 2, .strides = {0, 1}});
                    }}}},
      {.name = "Conv2DTranspose",
       .make = [] { return Conv2DTranspose({.filters = 2, .kernel_size = 3, .strides = 2}); },
       .inputs = {{2, 2, 3, 3}},
       .outputs = {{2, 5, 7, 2}},
       .weights = {"kernel (3, 3, 2, 3)", "bias (2,)"},
       .may_be_unknown = {1, 2},
       .refused = {{{"Conv2DTranspose", "filters 0"}, [] { return Conv2DTranspose({.kernel_size = 2}); }},
                   {{"Conv2DTranspose", "dilation_rate (2, 2)"},
                    [] { return Conv2DTranspose({.filters = 1, .kernel_size = 2, .dilation_rate = 2}); }},
                   {{"Conv2DTranspose", "output_padding 2", "stride 2"},
                    [] {
                      return Conv2DTranspose({.filters = 1, .kernel_size = 3, .strides = 2, .output_padding = 2});
                    }}}},
      {.name = "Conv2DTranspose, same",
       .make =
           [] {
             return Conv2DTranspose({.filters = 2,
                                     .kernel_size = {2, 3},
                                     .strides = {1, 2},
                                     .padding = "same",
                                     .activation = "tanh",
                                     .use_bias = false});
           },
       .inputs = {{2, 2, 3, 3}},
       .outputs = {{2, 2, 6, 2}},
       .weights = {"kernel (2, 3, 2, 3)"},
       .may_be_unknown = {1, 2}},
      {.name = "Conv2DTranspose with output padding",
       .make =
           [] {
             return Conv2DTranspose(
                 {.filters = 2, .kernel_size = 3, .strides = {2, 3}, .padding = "same", .output_padding = {0, 2}});
           },
       .inputs = {{2, 2, 3, 2}},
       .outputs = {{2, 3, 9, 2}},
       .weights = {"kernel (3, 3, 2, 2)", "bias (2,)"},
       .may_be_unknown = {1, 2}},
      {.name = "Conv2DTranspose, valid, with output padding beyond the windows",
       .make =
           [] {
             return Conv2DTranspose({.filters = 2, .kernel_size = 3, .strides = 3, .output_padding = {1, 2}});
           },
       .inputs = {{1, 2, 2, 2}},
       .outputs = {{1, 7, 8, 2}},
       .weights = {"kernel (3, 3, 2, 2)", "bias (2,)"},
       .may_be_unknown = {1, 2}},
  };
}

inline std::vector<LayerCase> pooling_rows() {
  using namespace frost;
  return {
      {.name = "MaxPooling2D",
       .make = [] { return MaxPooling2D(); },
       .inputs = {{2, 4, 5, 2}},
       .outputs = {{2, 2, 2, 2}},
       .may_be_unknown = {1, 2},
       .refused = {{{"MaxPooling2D", "pool_size (0, 0)"}, [] { return MaxPooling2D({.pool_size = 0}); }},
                   {{"MaxPooling2D", "strides (1, -1)"},
                    [] {
                      return MaxPooling2D({.strides = {1, -1}});
                    }},
                   {{"MaxPooling2D", "padding 'full'"}, [] { return MaxPooling2D({.padding = "full"}); }},
                   {{"(None, 3, 3)", "(N, H, W, C)"}, [] { return MaxPooling2D(); }, {{1, 3, 3}}}}},
      {.name = "MaxPooling2D, overlapping",
       .make =
           [] {
             return MaxPooling2D({.pool_size = 3, .strides = {2, 1}, .padding = "same"});
           },
       .inputs = {{2, 4, 3, 2}},
       .outputs = {{2, 2, 3, 2}},
       .may_be_unknown = {1, 2}},
      {.name = "AveragePooling2D",
       .make =
           [] {
             return AveragePooling2D({.pool_size = {2, 3}, .strides = 1, .padding = "same"});
           },
       .inputs = {{2, 3, 4, 2}},
       .outputs = {{2, 3, 4, 2}},
       .may_be_unknown = {1, 2},
       .refused = {{{"AveragePooling2D", "pool_size (-2, -2)"}, [] { return AveragePooling2D({.pool_size = -2}); }}}},
      {.name = "MaxPooling1D",
       .make = [] { return MaxPooling1D(); },
       .inputs = {{2, 5, 3}},
       .outputs = {{2, 2, 3}},
       .may_be_unknown = {1},
       .refused = {{{"MaxPooling1D", "strides 0"}, [] { return MaxPooling1D({.strides = 0}); }},
                   {{"(None, 3)", "(N, T, C)"}, [] { return MaxPooling1D(); }, {{1, 3}}}}},
      {.name = "AveragePooling1D",
       .make = [] { return AveragePooling1D({.pool_size = 3, .strides = 2, .padding = "same"}); },
       .inputs = {{2, 5, 3}},
       .outputs = {{2, 3, 3}},
       .may_be_unknown = {1},
       .refused = {{{"AveragePooling1D", "pool_size 0"}, [] { return AveragePooling1D({.pool_size = 0}); }}}},
      {.name = "GlobalAveragePooling2D",
       .make = [] { return GlobalAveragePooling2D(); },
       .inputs = {{2, 3, 2, 4}},
       .outputs = {{2, 4}},
       .may_be_unknown = {1, 2},
       .refused = {{{"(None, 3, 3)", "(N, H, W, C)"}, [] { return GlobalAveragePooling2D(); }, {{1, 3, 3}}}}},
      {.name = "GlobalAveragePooling2D that keeps axes",
       .make = [] { return GlobalAveragePooling2D({.keepdims = true}); },
       .inputs = {{2, 3, 2, 4}},
       .outputs = {{2, 1, 1, 4}},
       .may_be_unknown = {1, 2}},
      {.name = "GlobalMaxPooling2D",
       .make = [] { return GlobalMaxPooling2D(); },
       .inputs = {{2, 3, 2, 4}},
       .outputs = {{2, 4}},
       .may_be_unknown = {1, 2}},
      {.name = "GlobalAveragePooling1D",
       .make = [] { return GlobalAveragePooling1D(); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 4}},
       .may_be_unknown = {1}},
      {.name = "GlobalMaxPooling1D",
       .make = [] { return GlobalMaxPooling1D({.keepdims = true}); },
       .inputs = {{2, 3, 4}},
       .outputs = {{2, 1, 4}},
       .may_be_unknown = {1},
       .refused = {{{"(None, 3, 3, 2)", "(N, T, C)"}, [] { return GlobalMaxPooling1D(); }, {{1, 3, 3, 2}}}}},
      {.name = "ZeroPadding2D",
       .make = [] { return ZeroPadding2D(); },
       .inputs = {{2, 2, 3, 2}},
       .outputs = {{2, 4, 5, 2}},
       .may_be_unknown = {1, 2},
       .refused = {{{"ZeroPadding2D", "-1"}, [] { return ZeroPadding2D({.padding = -1}); }},
                   {{"(None, 3, 3)", "(N, H, W, C)"}, [] { return ZeroPadding2D(); }, {{1, 3, 3}}}}},
      {.name = "ZeroPadding2D, uneven",
       .make =
           [] {
             return ZeroPadding2D({.padding = {{0, 1}, {2, 3}}});
           },
       .inputs = {{2, 2, 3, 2}},
       .outputs = {{2, 3, 8, 2}},
       .may_be_unknown = {1, 2}},
      {.name = "Cropping2D",
       .make =
           [] {
             return Cropping2D({.cropping = {{0, 1}, {1, 2}}});
           },
       .inputs = {{2, 3, 5, 2}},
       .outputs = {{2, 2, 2, 2}},
       .may_be_unknown = {1, 2},
       .refused = {{{"Cropping2D", "-3"},
                    [] {
                      return Cropping2D({.cropping = {0, -3}});
                    }},
                   {{"(1, 4, 4, 2)", "((2, 2), (2, 2))"}, [] { return Cropping2D({.cropping = 2}); }, {{1, 4, 4, 2}}}}},
      {.name = "UpSampling2D",
       .make = [] { return UpSampling2D(); },
       .inputs = {{2, 2, 3, 2}},
       .outputs = {{2, 4, 6, 2}},
       .may_be_unknown = {1, 2},
       .refused = {{{"UpSampling2D", "size (0, 0)"}, [] { return UpSampling2D({.size = 0}); }},
                   {{"UpSampling2D", "'cubic'", "'bilinear'"},
                    [] { return UpSampling2D({.interpolation = "cubic"}); }}}},
      {.name = "UpSampling2D, bilinear",
       .make =
           [] {
             return UpSampling2D({.size = {2, 3}, .interpolation = "bilinear"});
           },
       .inputs = {{2, 2, 3, 2}},
       .outputs = {{2, 4, 9, 2}},
       .may_be_unknown = {1, 2}},
      {.name = "LocalResponseNormalization",
       .make = [] { return LocalResponseNormalization({.depth_radius = 1, .bias = 2, .alpha = 0.3, .beta = 0.75}); },
       .inputs = {{2, 2, 2, 5}},
       .outputs = {{2, 2, 2, 5}},
       .may_be_unknown = {1, 2},
       .refused = {{{"LocalResponseNormalization", "depth_radius -1"},
                    [] { return LocalResponseNormalization({.depth_radius = -1}); }},
                   {{"LocalResponseNormalization", "bias 0"}, [] { return LocalResponseNormalization({.bias = 0}); }},
                   {{"LocalResponseNormalization", "alpha -0.5"},
                    [] { return LocalResponseNormalization({.alpha = -0.5}); }}}},
      {.name = "SpatialDropout1D",
       .make = [] { return SpatialDropout1D({.rate = 0.5}); },
       .inputs = {{4, 3, 6}},
       .outputs = {{4, 3, 6}},
       .may_be_unknown = {1, 2},
       .training = true,
       .differs_in_training = true,
       .refused = {{{"SpatialDropout1D", "rate 1"}, [] { return SpatialDropout1D({.rate = 1}); }},
                   {{"(None, 3)", "(N, T, C)"}, [] { return SpatialDropout1D({.rate = 0.5}); }, {{2, 3}}}}},
      {.name = "SpatialDropout2D",
       .make = [] { return SpatialDropout2D({.rate = 0.5}); },
       .inputs = {{4, 2, 2, 6}},
       .outputs = {{4, 2, 2, 6}},
       .may_be_unknown = {1, 2, 3},
       .training = true,
       .differs_in_training = true,
       .refused = {{{"SpatialDropout2D", "rate -0.1"}, [] { return SpatialDropout2D({.rate = -0.1}); }}}},
  };
}

}  // namespace layer_test
