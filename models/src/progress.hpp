#pragma once
#include "means.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace frost::models {

/// A value as it is printed, of four places: 0.3042, 1.2000e-05, nan.
std::string value_text(double value);

/// What is printed while a model trains: on a terminal a bar that is written over, elsewhere a plain line an epoch, and
/// nothing at all when verbose is 0. With verbose 2 a terminal gets plain lines too.
class Progress {
 public:
  Progress(int verbose, std::int64_t batches);

  /// Starts an epoch, counted from 0; epochs ≤ 0: there are none, as in evaluate.
  void begin(int epoch, int epochs);
  void batch(std::int64_t done, const std::vector<std::string>& names, const Means& means);
  /// Prints a line of its own, unless verbose is 0.
  void note(const std::string& line);
  void end(const std::vector<std::string>& names, const std::vector<double>& values);

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  enum class Style { silent, lines, bar } style_;
  std::int64_t batches_;
  std::int64_t done_ = 0;
  std::string heading_;
  std::size_t shown_ = 0;  // characters of the bar on the screen
  double last_ = -1;       // when the bar was written
  Clock::time_point start_;
};

}  // namespace frost::models
