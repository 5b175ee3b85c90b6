#pragma once
#include "expect.hpp"

#include <cmath>

// What the options of optimizers and schedules are asked for. Throws: ValueError with the option's name and value.
namespace frost::optim {

inline void expect_below_one(const char* type, const char* name, double value) {
  expect(value >= 0 && value < 1, "{}: {} is out of range; got {}; expected 0 to 1, 1 left out", type, name, value);
}
inline void expect_fraction(const char* type, const char* name, double value) {
  expect(value >= 0 && value <= 1, "{}: {} is out of range; got {}; expected 0 to 1", type, name, value);
}
inline void expect_from_zero(const char* type, const char* name, double value) {
  expect(std::isfinite(value) && value >= 0, "{}: {} is out of range; got {}; expected a finite number from 0", type,
         name, value);
}
inline void expect_above_zero(const char* type, const char* name, double value) {
  expect(std::isfinite(value) && value > 0, "{}: {} is out of range; got {}; expected a finite number above 0", type,
         name, value);
}

/// Of an optimizer that keeps moments: Adam and its kin.
template <class Options>
void expect_moments(const char* type, const Options& o) {
  expect_below_one(type, "beta_1", o.beta_1);
  expect_below_one(type, "beta_2", o.beta_2);
  expect_from_zero(type, "epsilon", o.epsilon);
}

}  // namespace frost::optim
