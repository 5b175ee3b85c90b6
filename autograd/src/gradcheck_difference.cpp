#include "gradcheck_difference.hpp"

#include <algorithm>
#include <limits>

// Note [Kinks]
// Where the differences to the left and to the right disagree by more than the tolerance, either the function is bent,
// or a kink lies at the point or within the step. With a step 256 times smaller, a bend disagrees 256 times less; a
// kink within the old step is no longer met; at a kink of the point itself nothing changes. Where they agree, but not
// with the gradient, kinks on both sides may hide the slope between them: then the smaller step finds another one.
namespace frost::detail {

const Numbers& Line::at(double t) {
  const auto [found, is_new] = known_.try_emplace(t);
  if (is_new) found->second = at_(t);
  return found->second;
}

Difference Line::difference(const Project& project, double h) {
  const Projected above = project(at(h)), below = project(at(-h)), here = project(here_);
  constexpr double roundings = 8 * std::numeric_limits<double>::epsilon();
  Difference d;
  d.right = (above.value - here.value) / h;
  d.left = (here.value - below.value) / h;
  d.value = (above.value - below.value) / (2 * h);
  d.noise = roundings * std::max({above.magnitude, below.magnitude, here.magnitude}) / h;
  return d;
}

Difference Line::derivative(const Project& project, double analytic, double atol, double rtol) {
  Difference far = difference(project, step_);
  const auto jump = [](const Difference& d) { return std::abs(d.right - d.left); };
  const auto tolerance = [&](const Difference& d) {
    return atol + rtol * std::max(std::abs(d.left), std::abs(d.right)) + d.noise;
  };
  const auto is_finite = [](const Difference& d) { return std::isfinite(d.left) && std::isfinite(d.right); };
  const auto fits = [&](const Difference& d) {
    return std::abs(analytic - d.value) <= atol + rtol * std::abs(d.value) + d.noise;
  };
  const bool is_straight = is_finite(far) && jump(far) <= tolerance(far);
  if (is_straight && fits(far)) return far;
  Difference near = difference(project, step_ / 256);
  if (!is_finite(near)) {  // the edge of where the function is defined
    near.is_smooth = false;
    return near;
  }
  if (is_straight) {
    if (near.noise <= atol && fits(near)) return near;
    if (std::abs(near.value - far.value) <= tolerance(far) + near.noise) return far;
    near.is_smooth = jump(near) <= tolerance(near);
    return near;
  }
  near.is_smooth = is_finite(far) ? jump(near) - near.noise < 0.5 * jump(far) : jump(near) <= tolerance(near);
  if (!near.is_smooth || !is_finite(far)) return near;
  return std::abs(near.value - far.value) <= tolerance(far) + near.noise ? far : near;
}

}  // namespace frost::detail
