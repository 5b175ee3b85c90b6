#pragma once
#include <xtensor/xadapt.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xsort.hpp>

#include <array>
#include <vector>

// xtensor's door inside the library. It is slow to compile: few files include it.
namespace frost::detail {

/// Values as a one-dimensional expression, without a copy.
template <class S>
auto as_vector(const std::vector<S>& values) {
  return xt::adapt(values, std::array<std::size_t, 1>{values.size()});
}

}  // namespace frost::detail
