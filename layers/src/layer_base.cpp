#include "elementwise_flops.hpp"
#include "expect.hpp"

#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops/elementwise.hpp>
#include <frost/layers/copying.hpp>
#include <frost/layers/graph.hpp>
#include <frost/layers/weight_budget.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <typeinfo>

namespace frost {

using detail::expect;
using detail::fail;
using detail::Graph;

namespace {

// "models::(anonymous namespace)::Scale<int>" becomes "Scale".
std::string bare_class_name(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  const std::string full = text ? text : type.name();
  std::free(text);
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < full.size(); ++i) {
    if (full[i] == '<' || full[i] == '(') ++depth;
    if (full[i] == '>' || full[i] == ')') --depth;
    if (depth == 0 && full[i] == ':' && full[i + 1] == ':') begin = i + 2;
  }
  std::size_t end = begin;
  while (end < full.size() && (std::isalnum(static_cast<unsigned char>(full[end])) || full[end] == '_')) ++end;
  return full.substr(begin, end - begin);
}

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)); }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)); }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

// Keras' rule: (.)([A-Z][a-z0-9]+) and then ([a-z])([A-Z]) become \1_\2. "MaxPooling2D" is max_pooling2d.
std::string snake_case(const std::string& name) {
  std::string words;
  for (std::size_t i = 0; i < name.size();) {
    if (i + 2 < name.size() && is_upper(name[i + 1]) && (is_lower(name[i + 2]) || is_digit(name[i + 2]))) {
      words += name[i];
      words += '_';
      words += name[i + 1];
      for (i += 2; i < name.size() && (is_lower(name[i]) || is_digit(name[i])); ++i) words += name[i];
    } else {
      words += name[i++];
    }
  }
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(words[i])));
    if (i + 1 < words.size() && is_lower(words[i]) && is_upper(words[i + 1])) out += '_';
  }
  return !out.empty() && out[0] == '_' ? "private" + out : out;
}

// Which of the default calls have been tried: each hands on to one that has not.
enum : std::uint8_t { tried_one = 1, tried_many = 2, tried_all = 4 };

}  // namespace

LayerBase::LayerBase() : made_in_(detail::current_run()) {}
LayerBase::~LayerBase() {
  for (const Layer& inner : sublayers_) Graph::let_go(*this, inner);
}
LayerBase::LayerBase(const LayerBase& other)
    : name_(other.name_),
      named_(other.named_),
      trainable_(other.trainable_),
      keep_stochastic_(other.keep_stochastic_),
      keep_state_(other.keep_state_),
      keep_statistics_(other.keep_statistics_),
      container_(other.container_),
      dtype_(other.dtype_),
      copy_(other.copy_),
      made_in_(detail::current_run()) {}

Layer LayerBase::copy_unbuilt() const {
  expect(copy_ != nullptr,
         "clone: the class '{}' does not say how it is copied: it has no copy constructor, or was not made by "
         "layer<{}>(…). Override Layer copy_unbuilt() const in it.",
         type(), type());
  expect((is_built() ? made_before_build_ : weights_.size() + sublayers_.size()) == 0,
         "clone: the class '{}' does not say how it is copied: its constructor adds weights or layers, which a copy "
         "would share. Add them in build, or override Layer copy_unbuilt() const in it.",
         type());
  return Layer(detail::Ref<LayerBase>(copy_(*this)));
}

bool LayerBase::moves_states() const {
  return !keeps_statistics() &&
         std::any_of(weights_.begin(), weights_.end(), [](const OwnWeight& w) { return w.is_state; });
}

LayerFlops LayerBase::flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const {
  LayerFlops flops;
  for (const Shape& shape : inputs) flops.input_gradient.elements += detail::elements_of(shape);
  for (const Shape& shape : outputs) flops.forward.elements += detail::elements_of(shape);
  for (const OwnWeight& w : weights_)
    flops.weight_gradients.push_back({.elements = w.is_state ? 0 : flops.forward.elements});
  return flops;
}

Tensors LayerBase::compute_mask(const Tensors&, const Tensors& masks) const {
  if (!supports_masking()) return {};
  Tensor all;
  for (const Tensor& mask : masks)
    if (mask.present()) all = all.present() ? where(mask, all, mask) : mask;
  return {all};
}

const Tensor& CallContext::mask(std::size_t input) const {
  static const Tensor absent;
  return masks_ && input < masks_->given.size() ? masks_->given[input] : absent;
}

detail::CallMasks::~CallMasks() = default;
detail::SharedStream::~SharedStream() = default;

bool LayerBase::trainable() const { return detail::decided(&trainable_, made_in_, trainable_); }
bool LayerBase::keeps_statistics() const { return detail::decided(&keep_statistics_, made_in_, keep_statistics_); }

void LayerBase::build(const Shape&) {}
void LayerBase::build(const std::vector<Shape>& inputs) {
  if (!inputs.empty()) build(inputs.front());
}

Tensor LayerBase::call(const Tensor& x, const CallContext& context) {
  CallContext next = context;
  next.tried_ |= tried_one;
  return call_by_default({x}, next);
}
Tensor LayerBase::call(const Tensors& xs, const CallContext& context) {
  CallContext next = context;
  next.tried_ |= tried_many;
  return call_by_default(xs, next);
}
Tensors LayerBase::call_all(const Tensors& xs, const CallContext& context) {
  CallContext next = context;
  next.tried_ |= tried_all;
  return {call_by_default(xs, next)};
}

Tensor LayerBase::call_by_default(const Tensors& xs, const CallContext& context) {
  if (!(context.tried_ & tried_many)) return call(xs, context);
  if (!(context.tried_ & tried_one) && xs.size() == 1) return call(xs[0], context);
  if (!(context.tried_ & tried_all)) {
    Tensors ys = call_all(xs, context);
    expect<GraphError>(ys.size() == 1, "{}: the layer has {} outputs; use all(…)", type(), ys.size());
    return ys[0];
  }
  if (xs.size() == 1) fail("{}: the class overrides none of the calls", type());
  fail("{}: the layer takes one input; got {}", type(), xs.size());
}

std::string LayerBase::type() const { return bare_class_name(typeid(*this)); }
std::string LayerBase::default_name() const { return snake_case(type()); }
const std::string& LayerBase::name() const {
  if (name_.empty()) name_ = default_name();
  return name_;
}

DType LayerBase::dtype() const { return dtype_ ? *dtype_ : default_dtype(); }

void LayerBase::configure(const std::string& name, bool trainable, DType dtype) {
  if (!name.empty()) {
    name_ = name;
    named_ = true;
  }
  trainable_ = trainable;
  dtype_ = dtype;
  // Said after something was added, it is said to that as well.
  for (const OwnWeight& w : weights_) Graph::take_over(*this, w);
  for (const Layer& inner : sublayers_) Graph::take_over(*this, inner);
}

Parameter LayerBase::make_weight(const std::string& name, const Shape& shape, const Initializer& initializer,
                                 const WeightOptions& options, bool is_state) {
  for (const OwnWeight& w : weights_)
    expect(w.name != name, "{}: the layer already has a weight '{}'", name_.empty() ? type() : name_, name);
  for (const std::int64_t size : shape)
    expect<ShapeError>(size >= 0,
                       "weight '{}': its shape depends on a size of the input that is unknown; got {}; expected "
                       "known sizes. Give the Input those sizes.",
                       name, to_string(shape));
  detail::WeightBudget::take(name_.empty() ? type() : name_, name, shape);
  const detail::Copying* copying = detail::Copying::current();
  const DType own_type = options.dtype.value_or(dtype()), type = copying ? copying->dtype_for(own_type) : own_type;
  // A constructor's weights get the layer's name once there is a handle: the class is not known before.
  const Tensor start = copying ? zeros(shape, {.dtype = type}) : initializer(shape, type);
  Parameter parameter(name_ + "/" + name, start, !is_state && is_floating(type));
  weights_.push_back({parameter, name, options.regularizer, options.constraint, is_state});
  Graph::take_over(*this, weights_.back());
  return parameter;
}

Parameter LayerBase::add_weight(const std::string& name, const Shape& shape, const Initializer& initializer,
                                const WeightOptions& options) {
  return make_weight(name, shape, initializer, options, false);
}

Parameter LayerBase::add_weight(const std::string& name, const Parameter& shared) {
  expect(shared.present(), "weight '{}': the weight to share is absent", name);
  for (const OwnWeight& w : weights_)
    expect(w.name != name, "{}: the layer already has a weight '{}'", name_.empty() ? type() : name_, name);
  const detail::Copying* copying = detail::Copying::current();
  const Parameter& parameter = copying ? copying->copy_of(shared) : shared;
  weights_.push_back({.parameter = parameter, .name = name, .is_shared = true});
  if (!copying) Graph::take_over(*this, weights_.back());  // a copy's flag is that of what it is a copy of
  return parameter;
}

Parameter LayerBase::add_state(const std::string& name, const Shape& shape, const Initializer& initializer) {
  return make_weight(name, shape, initializer, {}, true);
}

Layer LayerBase::add_layer(const Layer& layer) {
  expect(static_cast<bool>(layer), "add_layer: the layer is absent");
  Graph::expect_outside("add_layer", *this, layer);
  const auto namesake = std::find_if(sublayers_.begin(), sublayers_.end(),
                                     [&](const Layer& l) { return !l.is_same(layer) && l.name() == layer.name(); });
  if (namesake != sublayers_.end()) {
    // A given name stays, as in a model: the other layer moves on.
    const Layer& renamed = Graph::has_given_name(layer.base()) ? *namesake : layer;
    expect(!Graph::has_given_name(renamed.base()),
           "add_layer: there is a layer '{}' already; the names in a layer must differ: set_name(…)", layer.name());
    Graph::set_name(renamed.base(), detail::TakenNames(sublayers_).take_free(renamed), Graph::Name::counted);
  }
  Graph::add_sublayer(*this, layer);
  Graph::take_over(*this, layer);
  return layer;
}

namespace detail {

void set_copier(LayerBase& layer, LayerBase* (*copy)(const LayerBase&)) { Graph::set_copier(layer, copy); }

}  // namespace detail

}  // namespace frost
