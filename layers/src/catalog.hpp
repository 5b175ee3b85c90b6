#pragma once
#include <frost/layers/config.hpp>

// The makers of the built-in layers from their configs. A new layer adds its maker here and a row in catalog.cpp.
namespace frost::detail {

Layer activation_from(const Config& config);
Layer batch_normalization_from(const Config& config);
Layer dense_from(const Config& config);
Layer dropout_from(const Config& config);
Layer embedding_from(const Config& config);
Layer flatten_from(const Config& config);
Layer layer_normalization_from(const Config& config);
Layer lstm_from(const Config& config);
Layer reshape_from(const Config& config);

}  // namespace frost::detail
