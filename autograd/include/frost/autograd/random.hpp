#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstdint>

namespace frost {

/// Counter-based random numbers: Philox 4×32-10 (Salmon et al. 2011). Its state is a key and a position, so that it can
/// be kept in a file and taken up again. The same seed gives the same values on every machine and for every number of
/// threads. Several threads may draw from one: each gets numbers that no other gets, which ones depends on their order.
class FROST_API Generator {
 public:
  explicit Generator(std::uint64_t seed = 0, std::uint64_t position = 0) : key_(seed), position_(position) {}
  Generator(const Generator& other);
  Generator& operator=(const Generator& other);

  std::uint64_t key() const;
  /// How many blocks of four 32-bit numbers have been drawn.
  std::uint64_t position() const;

  /// 64 random bits.
  std::uint64_t next();
  /// A new generator, independent of this one, that this one's next value seeds: one a purpose.
  Generator split();

  /// Standard normal values.
  Tensor normal(const Shape& shape, DType dtype = default_dtype());
  /// Uniform in [low, high).
  Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = default_dtype());
  /// Uniform int64 in low, …, high − 1.
  Tensor integers(std::int64_t low, std::int64_t high, const Shape& shape);
  /// 0, …, n − 1 in random order, int64.
  Tensor permutation(std::int64_t n);

 private:
  std::uint64_t key_;
  std::uint64_t position_;
};

/// The process' generator, which `seed` starts anew and randn, uniform, randint, permutation draw from. Any thread may.
FROST_API Generator& default_generator();

}  // namespace frost
