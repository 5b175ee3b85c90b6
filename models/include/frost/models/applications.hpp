#pragma once
#include <frost/models/model.hpp>

// Networks of the literature with fresh weights, and Keras' names of layers where Keras has them. All throw ValueError
// for a width that is not above 0, classes below 1 and an input that is no image, ShapeError for images that are too
// small.
namespace frost {

struct ApplicationOptions {
  /// Height, width and channels, −1 for an unknown size where the top allows it; empty: the network's own.
  Shape input_shape = {};
  /// What the numbers of channels are multiplied by.
  double width = 1;
  /// Whether the classifier is there, a softmax over the classes; without it the model ends with the features.
  bool include_top = true;
  std::int64_t classes = 1000;
  std::string name = {};
};

/// The network of Krizhevsky, Sutskever and Hinton (2012) for images of 227×227×3: conv1 … conv5, of which conv2, conv4
/// and conv5 have two groups; fc6, fc7, fc8. ReLU, local response normalisation and overlapping pooling stand in this
/// order, relu1, norm1, pool1; dropout is 0.5. 60,965,224 weights.
///
///     Model net = alexnet({.width = 0.25, .classes = 10});
///     freeze_weights(net, {"conv1", "conv2"}, Freeze::both);
///
/// Channels are kept even, because of the groups. Without the top the last layer is pool5.
/// Throws: ValueError for a width that is not above 0, or that makes 2³¹ channels or more, here and below.
FROST_API Model alexnet(const ApplicationOptions& options = {});

/// MobileNetV2 (Sandler et al. 2018) for images of 224×224×3 or other sizes, unknown ones too: Conv1, bn_Conv1,
/// Conv1_relu, expanded_conv_depthwise, …, block_1_expand, …, out_relu, global_average_pooling2d, predictions.
/// 3,538,984 weights, 2,257,984 without the top. `width` is Keras' alpha: channels become multiples of 8, and the 1,280
/// of the last convolution grow only.
FROST_API Model mobilenet_v2(const ApplicationOptions& options = {});

/// ResNet (He et al. 2015) of 18, 34, 50, 101 or 152 layers for images of 224×224×3 or other sizes, unknown ones too:
/// conv1_pad, conv1_conv, …, conv2_block1_1_conv, …, avg_pool, predictions. From 50 on a block is three convolutions,
/// as Keras has it, with biases: 25,636,712 weights for 50, 23,587,712 without the top. For 18 and 34 it is two without
/// biases, of 3×3, which like PyTorch's pad both sides alike: 11,699,112 and 21,814,696.
/// Throws: ValueError for another depth.
FROST_API Model resnet(int depth, const ApplicationOptions& options = {});

}  // namespace frost
