#include "families.hpp"

namespace frost::detail {

const std::vector<const Op*>& catalog() {
  static const std::vector<const Op*> all = [] {
    std::vector<const Op*> ops;
    for (const Family family : {unary_rows(),      binary_rows(),     selection_rows(),       reduce_rows(),
                                statistics_rows(), scan_rows(),       shape_rows(),           slice_rows(),
                                matrix_rows(),     index_rows(),      linalg_rows(),          recurrent_rows(),
                                loss_rows(),       batch_norm_rows(), layer_norm_rows(),      group_norm_rows(),
                                conv_rows(),       pool_rows(),       decomposition_rows(),   factorization_rows(),
                                eigh_rows(),       svd_rows(),        triangular_rows(),      special_rows(),
                                logical_rows(),    sorting_rows(),    matrix_function_rows(), eigvals_rows(),
                                fourier_rows()})
      ops.insert(ops.end(), family.begin(), family.end());
    return ops;
  }();
  return all;
}

}  // namespace frost::detail
