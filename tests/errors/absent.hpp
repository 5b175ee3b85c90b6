#pragma once
// A table of calls on handles that are absent: each is a frost::Error that says so.

#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <sstream>
#include <string>
#include <vector>

struct Absent {
  const char* call;
  void (*make)();
};

#define FROST_ABSENT(...)                     \
  Absent {                                    \
#__VA_ARGS__, [] { (void)(__VA_ARGS__); } \
  }

inline void check_absent(const std::vector<Absent>& table, const char* says = "absent") {
  for (const Absent& row : table) {
    INFO(row.call);
    std::string text;
    try {
      row.make();
    } catch (const frost::Error& error) {
      text = error.what();
    }
    CHECK_THAT(text, Catch::Matchers::Contains(says));
  }
}
