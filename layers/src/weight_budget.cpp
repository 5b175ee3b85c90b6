#include <frost/layers/weight_budget.hpp>

#include "expect.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace frost::detail {

namespace {

thread_local WeightBudget* innermost = nullptr;

constexpr std::int64_t let_through = std::int64_t{1} << 20;

}  // namespace

WeightBudget::WeightBudget(std::int64_t elements)
    : before_(std::exchange(innermost, this)), elements_(elements), left_(elements) {}
WeightBudget::~WeightBudget() { innermost = before_; }

std::int64_t WeightBudget::for_file(std::int64_t elements) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4;
  return 2 * std::clamp<std::int64_t>(elements, 0, most) + let_through;
}

void WeightBudget::take(const std::string& layer, const std::string& weight, const Shape& shape) {
  if (!innermost) return;
  std::int64_t count = 1;
  bool fits = true;
  for (const std::int64_t size : shape) fits &= size >= 0 && !__builtin_mul_overflow(count, size, &count);
  expect(fits && count <= innermost->left_,
         "{}: the weight '{}' has shape {}; expected {} elements at most in all weights, which is what the file can "
         "hold",
         layer, weight, to_string(shape), innermost->elements_);
  innermost->left_ -= count;
}

}  // namespace frost::detail
