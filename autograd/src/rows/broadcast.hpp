#pragma once
#include "array.hpp"
#include "kernels/elementwise.hpp"
#include "parallel.hpp"

// How two operands that broadcast are walked: runs of the innermost axis, each of which one kernel call handles.
namespace frost::detail {

struct BroadcastPlan {
  static constexpr int max_axes = 64;

  kernels::Operands operands = kernels::Operands::vector_vector;
  std::int64_t run = 1;  // elements of a run
  std::int64_t runs = 1;
  int axes = 0;  // the axes outside the run
  std::int64_t size[max_axes] = {};
  std::int64_t step_a[max_axes] = {};  // elements from one entry of the axis to the next; 0 where the operand repeats
  std::int64_t step_b[max_axes] = {};

  /// Calls body(offset in a, offset in b, offset in y, elements) for pieces that cover y.
  template <class Body>
  void each_run(const Body& body) const {
    if (runs == 1) {
      parallel_for(run, [&](std::int64_t begin, std::int64_t end) {
        body(operands == kernels::Operands::scalar_vector ? 0 : begin,
             operands == kernels::Operands::vector_scalar ? 0 : begin, begin, end - begin);
      });
      return;
    }
    parallel_for(
        runs,
        [&](std::int64_t begin, std::int64_t end) {
          std::int64_t index[max_axes], a = 0, b = 0;
          for (std::int64_t rest = begin, i = axes - 1; i >= 0; --i) {
            index[i] = rest % size[i];
            rest /= size[i];
            a += index[i] * step_a[i];
            b += index[i] * step_b[i];
          }
          for (std::int64_t r = begin; r < end; ++r) {
            body(a, b, r * run, run);
            for (int i = axes - 1; i >= 0; --i) {
              a += step_a[i];
              b += step_b[i];
              if (++index[i] < size[i]) break;
              a -= index[i] * step_a[i];
              b -= index[i] * step_b[i];
              index[i] = 0;
            }
          }
        },
        parallel_grain / (run < parallel_grain ? run : parallel_grain) + 1);
  }
};

/// The plan for operands of shapes a and b, whose broadcast shape is y.
BroadcastPlan plan_broadcast(const ShapeRef& a, const ShapeRef& b, const ShapeRef& y);

}  // namespace frost::detail
