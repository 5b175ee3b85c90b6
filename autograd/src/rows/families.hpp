#pragma once
#include "op.hpp"

// The one table of all rows: catalog.cpp lists the families, each family its rows.
namespace frost::detail {

Family unary_rows();
Family binary_rows();
Family selection_rows();
Family reduce_rows();
Family statistics_rows();
Family scan_rows();
Family shape_rows();
Family slice_rows();
Family matrix_rows();
Family index_rows();
Family linalg_rows();
Family recurrent_rows();
Family loss_rows();
Family batch_norm_rows();
Family layer_norm_rows();
Family group_norm_rows();
Family conv_rows();
Family pool_rows();
Family decomposition_rows();
Family factorization_rows();
Family eigh_rows();
Family svd_rows();
Family triangular_rows();
Family special_rows();
Family logical_rows();
Family sorting_rows();
Family matrix_function_rows();
Family eigvals_rows();
Family fourier_rows();

}  // namespace frost::detail
