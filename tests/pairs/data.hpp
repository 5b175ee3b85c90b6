#pragma once
#include "drawing.hpp"

#include <frost/autograd.hpp>

#include <map>

// The data of a drawing: each run makes its own.
namespace pairs {

struct Data {
  frost::Tensor x = {};
  frost::Tensors y = {};  // one a head
  frost::Tensor sample_weight = {};
};

Data training_data(const Drawing& drawing);
Data validation_data(const Drawing& drawing);
/// Inputs of as many rows from another seed, which a callback may put in their place.
frost::Tensor other_inputs(const Architecture& architecture, std::int64_t rows, std::uint64_t seed);
/// x with a number that is none in a row.
frost::Tensor poisoned(const frost::Tensor& x, std::int64_t row);
/// Values for a weight of a shape.
frost::Tensor other_values(const std::string& path, const frost::Shape& shape, std::uint64_t seed);

const std::map<std::int64_t, double>& class_weights();

}  // namespace pairs
