#include "describe.hpp"

#include <frost/autograd/leaf.hpp>

#include <algorithm>

namespace frost::detail {

std::int64_t trained_elements(const Parameter& weight) {
  if (!is_trained(weight)) return 0;
  const Ref<FrozenPart>& part = frozen_part(weight);
  return part ? part->trained() : weight.size();
}

namespace {

bool is_state(const Layer& layer, const Parameter& weight) {
  for (const OwnWeight& w : layer.base().own_weights())
    if (w.is_state && w.parameter.is_same(weight)) return true;
  for (const Layer& inner : layer.base().sublayers())
    if (is_state(inner, weight)) return true;
  return false;
}

// As a list where there are several; an Input's always is one.
std::string shapes_text(const std::vector<Shape>& shapes, bool as_list) {
  std::string out;
  for (const Shape& s : shapes) out += (out.empty() ? "" : ", ") + symbolic_text(s);
  return shapes.size() == 1 && !as_list ? out : "[" + out + "]";
}

}  // namespace

FreezeState freeze_state(const Layer& layer) {
  const Parameters weights = layer.weights();
  if (weights.empty()) return FreezeState::without_weights;
  bool all = true, any = false;
  for (const Parameter& w : weights) {
    if (is_state(layer, w)) continue;
    const std::int64_t trained = trained_elements(w);
    any |= trained > 0;
    all &= trained == w.size() && is_trained(w);
  }
  return !any ? FreezeState::frozen : all ? FreezeState::trainable : FreezeState::partly;
}

const char* text_of(FreezeState state) {
  switch (state) {
    case FreezeState::without_weights:
      return "no weights";
    case FreezeState::trainable:
      return "trainable";
    case FreezeState::frozen:
      return "frozen";
    case FreezeState::partly:
      return "partly";
  }
  return "";
}

OutputTexts::OutputTexts(const ModelBase& model) {
  for (const Symbol& s : model.inputs())
    if (is_input(s.layer())) texts_.emplace(&s.layer().base(), shapes_text({s.shape()}, true));
  for (const Step& step : model.plan().steps) {
    if (is_input(step.layer)) continue;
    std::vector<Shape> shapes;
    for (const Call::Output& output : step.call->outputs) shapes.push_back(output.shape);
    const std::string here = shapes_text(shapes, false);
    const auto [known, is_new] = texts_.emplace(step.base, here);
    if (!is_new && known->second != here) known->second = "multiple";
  }
}

const std::string& OutputTexts::of(const Layer& layer) const {
  static const std::string none;
  const auto at = texts_.find(&layer.base());
  return at == texts_.end() ? none : at->second;
}

std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace frost::detail
