#pragma once

#include "kernels/simd/vec.hpp"

#define FROST_CONCATENATE_2(a, b) a##b
#define FROST_CONCATENATE(a, b) FROST_CONCATENATE_2(a, b)
/// A table's name in this unit: FROST_TABLE(binary_) is binary_avx2 in the unit for AVX2.
#define FROST_TABLE(prefix) FROST_CONCATENATE(prefix, FROST_ARCH_NAME)

namespace frost::kernels {
namespace {

/// The vector of this unit's architecture.
template <class S>
using Vector = Vec<S, FROST_ARCH>;

}  // namespace
}  // namespace frost::kernels
