#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace frost {

/// Inputs and targets, a row each.
struct Dataset {
  Tensor x;
  Tensor y;
};

/// The handwritten digits of `data/digits.csv.gz`: images (1797, 8, 8) with values from 0 to 1, and labels (1797,),
/// int64, from 0 to 9. Throws: FileError when the file is missing or is another one.
FROST_API Dataset load_digits(const std::string& path);

/// The same from the file that is installed with the library, `share/frost/digits.csv.gz`: beside the library wherever
/// that was moved, or where it was built for. Throws: FileError that says where it was looked for.
FROST_API Dataset load_digits();

struct SplitOptions {
  double test_fraction = 0.25;
  bool shuffle = true;
  std::optional<std::uint64_t> seed = std::nullopt;  ///< absent: a stream from the default generator
};

struct TrainTestSplit {
  Tensor x_train;
  Tensor y_train;
  Tensor x_test;
  Tensor y_test;
};

/// Parts rows into two sets: `auto [x_train, y_train, x_test, y_test] = train_test_split(x, y, {.seed = 1});`
/// The test set has ⌈test_fraction·rows⌉ of them, the last ones when they are not shuffled.
/// Throws: ShapeError when x and y have different numbers of rows; ValueError when one of the sets would be empty.
FROST_API TrainTestSplit train_test_split(const Tensor& x, const Tensor& y, const SplitOptions& options = {});

}  // namespace frost
