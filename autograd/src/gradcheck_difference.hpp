#pragma once
#include <cmath>
#include <functional>
#include <map>
#include <vector>

// Differences of a function along one line. See Note [Kinks].
namespace frost::detail {

/// The elements of every output.
using Numbers = std::vector<std::vector<double>>;

/// One number out of all outputs, and the size of what was summed to it, from which its rounding follows.
struct Projected {
  double value = 0;
  double magnitude = 0;
};

struct Difference {
  double value = 0;
  double left = 0, right = 0;
  double noise = 0;  // what rounding may have done
  bool is_smooth = true;
};

/// The outputs at t along a line, each evaluated once.
class Line {
 public:
  using At = std::function<Numbers(double t)>;
  Line(const Numbers& here, double step, At at) : here_(here), step_(step), at_(std::move(at)) {}

  using Project = std::function<Projected(const Numbers&)>;
  /// The derivative; with a smaller step where the first one does not fit.
  Difference derivative(const Project& project, double analytic, double atol, double rtol);

 private:
  const Numbers& at(double t);
  Difference difference(const Project& project, double h);

  const Numbers& here_;
  double step_;
  At at_;
  std::map<double, Numbers> known_;
};

}  // namespace frost::detail
