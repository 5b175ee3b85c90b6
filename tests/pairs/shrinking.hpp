#pragma once
#include "drawing.hpp"

#include <functional>

namespace pairs {

/// What the two runs of a drawing differ in, in words; empty when they do not. An error of the clever run is a
/// difference.
std::string difference_of(const Drawing& drawing);

/// The smallest drawing that still fails, found by leaving out one thing after another.
Drawing shrunk(const Drawing& drawing, const std::function<bool(const Drawing&)>& fails);

}  // namespace pairs
