#pragma once
#include <frost/autograd/tensor.hpp>
#include <frost/data/datasets.hpp>

#include <string>

namespace frost {

/// An array from a file in the IDX format of the MNIST data sets, plain or compressed by gzip: two zero bytes, the type
/// of the elements, the number of axes, their sizes, the elements, all of it big-endian. Bytes and integers give int64,
/// float and double their own. See http://yann.lecun.com/exdb/mnist.
/// Throws: FileError, which says what is wrong, when the file cannot be read, is no IDX file, has another length than
/// its header says, or is damaged.
FROST_API Tensor load_idx(const std::string& path);

struct FashionMnistOptions {
  /// Where the four files are; empty: where Debian's package dataset-fashion-mnist puts them.
  std::string folder = {};
  /// At most so many rows of each of the two sets, the first ones; 0: all.
  std::int64_t max_rows = 0;
};
/// Zalando's pictures of clothes (Xiao, Rasul and Vollgraf 2017): images (60000, 28, 28) to train on and (10000, 28,
/// 28) to test with, values from 0 to 1, and labels from 0 to 9, int64: T-shirt, trouser, pullover, dress, coat,
/// sandal, shirt, sneaker, bag, ankle boot. Throws: FileError, which says which package to install, when there are no
/// such files, and when they do not fit together; ValueError for a negative max_rows.
FROST_API TrainTestSplit load_fashion_mnist(const FashionMnistOptions& options = {});

}  // namespace frost
