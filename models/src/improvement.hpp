#pragma once
#include "expect.hpp"
#include "metrics.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace frost::models {

/// Whether a watched value gets better: smaller, or for accuracies larger.
class Improvement {
 public:
  /// Throws: ValueError, in the name of `what`, for an unknown mode or an empty name.
  Improvement(const char* what, const std::string& monitor, const std::string& mode, double min_delta)
      : min_delta_(std::abs(min_delta)) {
    expect(mode == "auto" || mode == "min" || mode == "max", "{}: unknown mode '{}'; expected 'auto', 'min' or 'max'",
           what, mode);
    expect(!monitor.empty(), "{}: monitor is empty; expected a name such as 'val_loss'", what);
    const Direction direction = mode == "auto" ? direction_of(monitor) : Direction::smaller;
    is_known_ = direction != Direction::unknown;
    larger_ = mode == "max" || direction == Direction::larger;
    reset();
  }

  /// Throws: ValueError, in the name of `what`, where the mode is "auto" and the value none that Keras names.
  void expect_known(const char* what, const std::string& monitor) const {
    expect(
        is_known_,
        "{}: whether '{}' is to be small or large is not known; got mode 'auto'; expected 'min' or 'max' for a value "
        "other than a loss or an accuracy",
        what, monitor);
  }

  void reset() { best_ = larger_ ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity(); }
  bool better(double value, double than) const {
    return larger_ ? value - min_delta_ > than : value + min_delta_ < than;
  }
  /// Notes the value if it is the best one so far, and says so.
  bool note(double value) {
    if (!better(value, best_)) return false;
    best_ = value;
    return true;
  }

 private:
  double min_delta_;
  double best_ = 0;
  bool larger_ = false;
  bool is_known_ = true;
};

}  // namespace frost::models
