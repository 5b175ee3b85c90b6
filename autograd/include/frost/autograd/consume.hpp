#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/export.hpp>

namespace frost {

class Tensor;

namespace detail {

/// While it lives, the first elementwise operation of this thread on x may write its result over x's values: where it
/// records nothing and nobody else shows or keeps them. A promise that x is not read again.
class FROST_API Consume {
 public:
  [[nodiscard]] explicit Consume(const Tensor& x);
  ~Consume();
  Consume(const Consume&) = delete;
  Consume& operator=(const Consume&) = delete;

 private:
  const Counted* before_;
};

}  // namespace detail

}  // namespace frost
