#include "catalog.hpp"

#include "fields.hpp"

#include <frost/layers/graph.hpp>

#include <map>
#include <mutex>

namespace frost {

using detail::expect;

namespace {

struct Maker {
  const char* type;
  Layer (*make)(const Config&);
};
constexpr Maker built_in[] = {
    {"Activation", detail::activation_from},
    {"Add", detail::add_from},
    {"Attention", detail::attention_from},
    {"Average", detail::average_from},
    {"AveragePooling1D", detail::average_pooling1d_from},
    {"AveragePooling2D", detail::average_pooling2d_from},
    {"BatchNormalization", detail::batch_normalization_from},
    {"Bidirectional", detail::bidirectional_from},
    {"Concatenate", detail::concatenate_from},
    {"Conv1D", detail::conv1d_from},
    {"Conv2D", detail::conv2d_from},
    {"Conv2DTranspose", detail::conv2d_transpose_from},
    {"Cropping2D", detail::cropping2d_from},
    {"Dense", detail::dense_from},
    {"DepthwiseConv2D", detail::depthwise_conv2d_from},
    {"Dot", detail::dot_from},
    {"Dropout", detail::dropout_from},
    {"ELU", detail::elu_from},
    {"Embedding", detail::embedding_from},
    {"Flatten", detail::flatten_from},
    {"GRU", detail::gru_from},
    {"GaussianNoise", detail::gaussian_noise_from},
    {"GlobalAveragePooling1D", detail::global_average_pooling1d_from},
    {"GlobalAveragePooling2D", detail::global_average_pooling2d_from},
    {"GlobalMaxPooling1D", detail::global_max_pooling1d_from},
    {"GlobalMaxPooling2D", detail::global_max_pooling2d_from},
    {"GroupNormalization", detail::group_normalization_from},
    {"LSTM", detail::lstm_from},
    {"LayerNormalization", detail::layer_normalization_from},
    {"LeakyReLU", detail::leaky_re_lu_from},
    {"LocalResponseNormalization", detail::local_response_normalization_from},
    {"Masking", detail::masking_from},
    {"MaxPooling1D", detail::max_pooling1d_from},
    {"MaxPooling2D", detail::max_pooling2d_from},
    {"Maximum", detail::maximum_from},
    {"Minimum", detail::minimum_from},
    {"MultiHeadAttention", detail::multi_head_attention_from},
    {"Multiply", detail::multiply_from},
    {"Normalization", detail::normalization_from},
    {"Operation", detail::operation_from},
    {"PReLU", detail::p_re_lu_from},
    {"Permute", detail::permute_from},
    {"RNN", detail::rnn_from},
    {"ReLU", detail::re_lu_from},
    {"RepeatVector", detail::repeat_vector_from},
    {"Rescaling", detail::rescaling_from},
    {"Reshape", detail::reshape_from},
    {"SeparableConv2D", detail::separable_conv2d_from},
    {"SimpleRNN", detail::simple_rnn_from},
    {"Softmax", detail::softmax_from},
    {"SpatialDropout1D", detail::spatial_dropout1d_from},
    {"SpatialDropout2D", detail::spatial_dropout2d_from},
    {"Subtract", detail::subtract_from},
    {"TimeDistributed", detail::time_distributed_from},
    {"UpSampling2D", detail::up_sampling2d_from},
    {"ZeroPadding2D", detail::zero_padding2d_from},
};

const Maker* find_built_in(const std::string& type) {
  for (const Maker& m : built_in)
    if (type == m.type) return &m;
  return nullptr;
}

struct Registered {
  std::mutex mutex;
  std::map<std::string, Layer (*)(const Config&)> makers;
};
Registered& registered() {
  static Registered all;
  return all;
}

std::vector<std::string> known_types() {
  std::vector<std::string> names;
  for (const Maker& m : built_in) names.emplace_back(m.type);
  for (const auto& [type, make] : registered().makers) names.push_back(type);
  return names;
}

// What a factory of the user's own may have left to us.
void apply_common(const Layer& layer, const Config& config) {
  const Config* name = config.find("name");
  if (name && !name->is_null() && layer.name() != name->text()) layer.set_name(name->text());
  const Config* trainable = config.find("trainable");
  if (!trainable || trainable->is_null()) return;
  if (!trainable->boolean())
    layer.set_trainable(false);
  else if (!layer.trainable())
    detail::Graph::set_trainable_flag(layer.base(), true);  // what is inside has flags of its own
}

}  // namespace

Layer make_layer(const std::string& type, const Config& config) {
  Layer (*make)(const Config&) = nullptr;
  if (const Maker* maker = find_built_in(type)) {
    make = maker->make;
  } else {
    const std::lock_guard lock(registered().mutex);
    const auto at = registered().makers.find(type);
    expect(at != registered().makers.end(),
           "make_layer: the layer type '{}' is not known; a class of your own is made known by register_layer. {}",
           type, detail::near_names(type, known_types()));
    make = at->second;
  }
  const Layer layer = make(config);
  expect(static_cast<bool>(layer), "make_layer: the factory of '{}' gave an absent layer", type);
  apply_common(layer, config);
  return layer;
}

void register_layer(const std::string& type, Layer (*make)(const Config&)) {
  expect(!type.empty() && make, "register_layer: got type '{}' and {} factory; expected both", type, make ? "a" : "no");
  expect(!find_built_in(type), "register_layer: '{}' is a built-in layer", type);
  const std::lock_guard lock(registered().mutex);
  registered().makers[type] = make;
}

Config LayerBase::config() const {
  detail::fail(
      "config: the class '{}' does not say what its options are. Override Config config() const in it, and make it "
      "known by register_layer(\"{}\", …)",
      type(), type());
}

namespace {

// As Keras means it: nothing trains inside a layer that is not trainable.
bool trains_inside(const Layer& layer) {
  const std::vector<Layer>& inner = layer.base().sublayers();
  return layer.trainable() || std::any_of(inner.begin(), inner.end(), trains_inside);
}

}  // namespace

Config Layer::config() const {
  Config config = Config::object();
  config.set("name", name()).set("trainable", trains_inside(*this));
  if (base().dtype_) config.set("dtype", name_of(*base().dtype_));
  const Config options = base().config();
  for (const std::string& key : options.keys()) config.set(key, options.at(key));
  return config;
}

}  // namespace frost
