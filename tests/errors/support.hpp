#pragma once
// A table of mistakes: what a user did, and what the error must say.

#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <string>
#include <vector>

template <class... A>
struct Mistake {
  std::string name;
  void (*make)(A...);
  std::vector<std::string> says;
};

/// Makes the mistake: a frost::Error whose text has every fragment.
template <class... A, class... B>
void check_mistake(const Mistake<A...>& mistake, B&... given) {
  INFO(mistake.name);
  std::string text;
  try {
    mistake.make(given...);
  } catch (const frost::Error& error) {
    text = error.what();
  }
  CHECK_FALSE(text.empty());  // no frost::Error came
  for (const std::string& fragment : mistake.says) CHECK_THAT(text, Catch::Matchers::Contains(fragment));
}
