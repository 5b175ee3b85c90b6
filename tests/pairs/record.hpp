#pragma once
#include <string>
#include <vector>

// What a run leaves behind, in the order in which it came about.
namespace pairs {

struct Entry {
  std::string what = {};
  std::vector<double> values = {};
};

struct Record {
  std::vector<Entry> entries = {};
  /// A backward pass refused to go on after one of its weights was written: right, and the end of the run.
  bool refused = false;

  void note(const std::string& what, const std::vector<double>& values) { entries.push_back({what, values}); }
};

/// Where two records part, in words; empty when they do not. Values are the same within 1e-10 of their size.
/// A training that diverges is compared up to there.
std::string difference(const Record& plain, const Record& clever);

}  // namespace pairs
