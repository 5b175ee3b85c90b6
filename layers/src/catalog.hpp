#pragma once
#include <frost/layers/config.hpp>

// The makers of the built-in layers from their configs. A new layer adds its maker here and a row in catalog.cpp.
namespace frost::detail {

Layer activation_from(const Config& config);
Layer add_from(const Config& config);
Layer attention_from(const Config& config);
Layer average_from(const Config& config);
Layer average_pooling1d_from(const Config& config);
Layer average_pooling2d_from(const Config& config);
Layer batch_normalization_from(const Config& config);
Layer bidirectional_from(const Config& config);
Layer concatenate_from(const Config& config);
Layer conv1d_from(const Config& config);
Layer conv2d_from(const Config& config);
Layer conv2d_transpose_from(const Config& config);
Layer cropping2d_from(const Config& config);
Layer dense_from(const Config& config);
Layer depthwise_conv2d_from(const Config& config);
Layer dot_from(const Config& config);
Layer dropout_from(const Config& config);
Layer elu_from(const Config& config);
Layer embedding_from(const Config& config);
Layer flatten_from(const Config& config);
Layer gaussian_noise_from(const Config& config);
Layer global_average_pooling1d_from(const Config& config);
Layer global_average_pooling2d_from(const Config& config);
Layer global_max_pooling1d_from(const Config& config);
Layer global_max_pooling2d_from(const Config& config);
Layer group_normalization_from(const Config& config);
Layer gru_from(const Config& config);
Layer layer_normalization_from(const Config& config);
Layer leaky_re_lu_from(const Config& config);
Layer local_response_normalization_from(const Config& config);
Layer lstm_from(const Config& config);
Layer masking_from(const Config& config);
Layer max_pooling1d_from(const Config& config);
Layer max_pooling2d_from(const Config& config);
Layer maximum_from(const Config& config);
Layer minimum_from(const Config& config);
Layer multi_head_attention_from(const Config& config);
Layer multiply_from(const Config& config);
Layer normalization_from(const Config& config);
Layer operation_from(const Config& config);
Layer p_re_lu_from(const Config& config);
Layer permute_from(const Config& config);
Layer re_lu_from(const Config& config);
Layer repeat_vector_from(const Config& config);
Layer rescaling_from(const Config& config);
Layer reshape_from(const Config& config);
Layer rnn_from(const Config& config);
Layer separable_conv2d_from(const Config& config);
Layer simple_rnn_from(const Config& config);
Layer softmax_from(const Config& config);
Layer spatial_dropout1d_from(const Config& config);
Layer spatial_dropout2d_from(const Config& config);
Layer subtract_from(const Config& config);
Layer time_distributed_from(const Config& config);
Layer up_sampling2d_from(const Config& config);
Layer zero_padding2d_from(const Config& config);

}  // namespace frost::detail
