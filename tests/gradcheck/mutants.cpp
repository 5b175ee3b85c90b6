#include "support/catch.hpp"

#include "wrong_functions.hpp"

#include <iostream>

using namespace frost;

TEST_CASE("the slow mode catches every wrong function") {
  const std::vector<wrong::Wrong> all = wrong::all();
  CHECK(all.size() >= 60);
  for (const wrong::Wrong& w : all) {
    INFO(w.name);
    CHECK_FALSE(gradcheck(w.call, wrong::inputs(w), w.options).ok());
  }
}

// docs/gradient_checking.md states this number.
TEST_CASE("the fast mode catches as many wrong functions as the page says") {
  std::string missed;
  int tried = 0, caught = 0;
  for (wrong::Wrong& w : wrong::all()) {
    w.options.mode = GradcheckMode::fast;
    int misses = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed, ++tried)
      gradcheck(w.call, wrong::inputs(w, seed), w.options).ok() ? ++misses : ++caught;
    if (misses) missed += w.name + " " + std::to_string(misses) + " ";
  }
  std::cout << "fast mode: " << caught << " of " << tried << " caught; missed of 20: " << missed << '\n';
  CHECK(caught >= 0.99 * tried);
}
