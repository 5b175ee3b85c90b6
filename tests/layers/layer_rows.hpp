#pragma once
#include "layer_rows_attention.hpp"
#include "layer_rows_basic.hpp"
#include "layer_rows_convolution.hpp"
#include "layer_rows_merging.hpp"
#include "layer_rows_recurrent.hpp"

namespace layer_test {

/// Every layer there is. A family of layers adds its table here.
inline std::vector<LayerCase> every_layer() {
  std::vector<LayerCase> all;
  for (const auto& table : {basic_rows(), convolution_rows(), pooling_rows(), activation_rows(), attention_rows(),
                            scaling_rows(), merging_rows(), recurrent_rows()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

}  // namespace layer_test
