#include "own_layers.hpp"
#include "shrinking.hpp"
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cstdlib>
#include <iostream>

using namespace pairs;

namespace {

// Draws are of float64, and what they print of the first failure is the smallest drawing that fails alike.
class Double {
 public:
  Double() : before_(frost::default_dtype()) { frost::set_default_dtype(frost::DType::float64); }
  ~Double() { frost::set_default_dtype(before_); }
  Double(const Double&) = delete;
  Double& operator=(const Double&) = delete;

 private:
  frost::DType before_;
};

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// FROST_PAIRS_SEED is the first seed, FROST_PAIRS_DRAWS how many follow: to look where nobody did, or at one again.
void compare(std::uint64_t first, std::uint64_t draws) {
  const Double guard;
  register_own_layers();
  int failures = 0;
  constexpr int enough = 5;
  for (std::uint64_t seed = first; seed < first + draws && failures < enough; ++seed) {
    const Drawing drawing = draw(seed);
    const std::string found = difference_of(drawing);
    if (found.empty()) continue;
    const Drawing smallest = shrunk(drawing, [](const Drawing& less) { return !difference_of(less).empty(); });
    INFO("seed " << seed << " (FROST_PAIRS_SEED=" << seed << " FROST_PAIRS_DRAWS=1): " << found << '\n' << drawing);
    INFO("smallest: " << difference_of(smallest) << '\n' << smallest);
    CHECK(found.empty());
    ++failures;
  }
  CHECK(failures == 0);
}

}  // namespace

TEST_CASE("a few runs with cache, checkpoints, guards and files equal the plain ones") { compare(1, 100); }

TEST_CASE("thousands of runs with cache, checkpoints, guards and files equal the plain ones", "[slow]") {
  const std::uint64_t first = number_in("FROST_PAIRS_SEED", 1), draws = number_in("FROST_PAIRS_DRAWS", 10000);
  std::cout << "pairs: seeds " << first << " to " << first + draws - 1 << std::endl;
  compare(first, draws);
}
