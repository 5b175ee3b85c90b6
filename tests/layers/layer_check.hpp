#pragma once
#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>

#include <functional>

// What every layer must be able to do, in every_layer.cpp. A layer joins by a row in one of the tables of
// layer_rows.hpp.
namespace layer_test {

/// Options, or an input, that are refused: making the layer, or calling it on `inputs`, is an error whose text has all
/// of `says` in it.
struct Refused {
  std::vector<std::string> says;
  std::function<frost::Layer()> make;
  std::vector<frost::Shape> inputs = {};
};

struct LayerCase {
  std::string name;
  std::function<frost::Layer()> make;
  /// The inputs' shapes, with the batch.
  std::vector<frost::Shape> inputs;
  std::vector<frost::Shape> outputs;
  /// "kernel (3, 3, 2, 4)" for each weight, in order.
  std::vector<std::string> weights = {};
  /// The axes of each input, beside the batch, whose size the layer need not know to be built.
  std::vector<int> may_be_unknown = {};
  /// Called so throughout, with a stream that begins anew for every call.
  bool training = false;
  /// Whether training draws random numbers, or uses the batch's statistics.
  bool differs_in_training = false;
  /// Inputs that are not normal numbers: indices.
  frost::Tensors values = {};
  std::vector<Refused> refused = {};
  /// Whether the layer can be written as a config: not where a function is among its options.
  bool has_config = true;
};

}  // namespace layer_test
