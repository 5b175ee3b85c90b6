#pragma once
#include <frost/autograd/random.hpp>
#include <frost/autograd/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

namespace frost {

struct BatchOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  bool drop_last = false;                            ///< leaves out a last batch with fewer rows
  std::optional<std::uint64_t> seed = std::nullopt;  ///< absent: a stream from the default generator
};

/// Some rows of the inputs and of the targets.
struct Batch {
  Tensor x;
  Tensor y;
};

/// The rows of x and y in batches, for a range-based for. Each pass over a shuffled one has an order of its own.
class FROST_API Batches {
 public:
  Batches(const Tensor& x, const Tensor& y, const BatchOptions& options);

  class FROST_API Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    using pointer = const Batch*;
    using reference = Batch;

    Iterator() = default;
    /// Made when it is asked for: slices of x and y that share their values, or rows gathered in random order.
    Batch operator*() const;
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    friend class Batches;
    Iterator(const Batches* batches, std::int64_t index, Tensor order)
        : batches_(batches), index_(index), order_(std::move(order)) {}
    const Batches* batches_ = nullptr;
    std::int64_t index_ = 0;
    Tensor order_;
  };

  Iterator begin() const;
  Iterator end() const { return {this, size(), {}}; }
  /// The number of batches.
  std::int64_t size() const;

 private:
  Tensor x_;
  Tensor y_;
  BatchOptions options_;
  mutable Generator generator_;
};

/// The rows of x and y, `batch_size` at a time.
///
///     for (auto [xb, yb] : batches(x, y, {.batch_size = 32, .shuffle = true})) …
///
/// Throws: ShapeError when x and y have different numbers of rows or none at all; ValueError for a batch size below 1.
FROST_API Batches batches(const Tensor& x, const Tensor& y, const BatchOptions& options = {});

/// The rows of x with these numbers (int64), in their order. Throws: ShapeError, ValueError.
FROST_API Tensor gather_rows(const Tensor& x, const Tensor& rows);

}  // namespace frost
