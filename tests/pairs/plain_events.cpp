#include "plain_events.hpp"

#include <algorithm>

namespace pairs {

namespace {

struct Selection {
  std::vector<bool> layers = {};
  std::vector<bool> weights = {};
};

bool is_inside(const std::string& path, const std::string& folder) { return path.starts_with(folder + "/"); }

bool is_of_a_head(const std::string& path, const Architecture& architecture) {
  const std::vector<std::string> heads = layers_of_heads(architecture);
  return std::find(heads.begin(), heads.end(), path.substr(0, path.find('/'))) != heads.end();
}

bool is_aimed_at(const std::string& path, const Event& event, const Architecture& architecture) {
  const std::string name = path.substr(path.rfind('/') + 1);
  switch (event.aim) {
    case Aim::layer:
      return path == event.path || is_inside(path, event.path);
    case Aim::inside:
      return is_inside(path, event.path);
    case Aim::biases:
      return name == "bias";
    case Aim::kernels:
      return name == "kernel" && !is_of_a_head(path, architecture);
    case Aim::trunk:
      return !is_of_a_head(path, architecture);
  }
  return false;
}

// Selecting under one of its paths selects a layer.
Selection select(const PlainModel& model, const Event& event) {
  const auto is_selected = [&](const auto& one) {
    return std::any_of(one.paths.begin(), one.paths.end(),
                       [&](const std::string& path) { return is_aimed_at(path, event, model.architecture()); });
  };
  Selection selection;
  for (const PlainLayer& layer : model.layers) selection.layers.push_back(is_selected(layer));
  for (const PlainWeight& weight : model.weights)
    selection.weights.push_back(is_selected(weight) && !weight.is_state &&
                                (event.meant == Meant::both || weight.is_bias() == (event.meant == Meant::biases)));
  return selection;
}

template <class T>
void set_flag(T& one, bool trains) {
  one.flag = trains;
  if (trains) one.pauses.lifted = one.pauses.count;
}

template <class T>
void give_back(T& one, const T& before, bool was_paused) {
  if (was_paused) --one.pauses.count;
  one.pauses.lifted = std::min(before.pauses.lifted, one.pauses.count);
  one.flag = before.flag;
}

}  // namespace

bool finds_anything(const PlainModel& model, const Event& event) {
  const Selection selection = select(model, event);
  const auto any = [](const std::vector<bool>& flags) {
    return std::find(flags.begin(), flags.end(), true) != flags.end();
  };
  return any(selection.weights) || (event.meant == Meant::both && any(selection.layers));
}

void set_frozen(PlainModel& model, const Event& event, bool freezes) {
  const Selection selection = select(model, event);
  for (std::size_t i = 0; i < model.weights.size(); ++i) {
    if (!selection.weights[i]) continue;
    PlainWeight& weight = model.weights[i];
    set_flag(weight, !freezes);
    weight.keeps_state = freezes && event.keep_state;
    if (freezes) weight.gradient.reset();
  }
  if (event.meant != Meant::both) return;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    if (!selection.layers[i]) continue;
    set_flag(model.layers[i], !freezes);
    model.layers[i].keep_stochastic = freezes && event.keep_stochastic;
  }
}

void set_rows(PlainModel& model, const Event& event, bool freezes) {
  PlainWeight& weight = *model.find_weight(event.path);
  const std::size_t row = weight.values.size() / static_cast<std::size_t>(weight.shape[0]);
  for (std::size_t i = 0; i < row; ++i) {
    const std::size_t at = static_cast<std::size_t>(event.row) * row + i;
    if (weight.gradient) weight.gradient->known[at] = weight.gradient->known[at] && !weight.frozen[at] && !freezes;
    weight.frozen[at] = freezes;
  }
}

void set_statistics(PlainModel& model, const Event& event, bool keeps) {
  const Selection selection = select(model, event);
  for (std::size_t i = 0; i < model.layers.size(); ++i)
    if (selection.layers[i]) model.layers[i].keep_statistics = keeps;
}

PlainGuard begin_pause(PlainModel& model, const Event& event) {
  PlainGuard guard{.layers = model.layers, .weights = model.weights};
  const Selection selection = select(model, event);
  guard.paused_weights = selection.weights;
  guard.paused_layers = selection.layers;
  if (event.meant != Meant::both) guard.paused_layers.assign(model.layers.size(), false);
  for (std::size_t i = 0; i < model.weights.size(); ++i) model.weights[i].pauses.count += guard.paused_weights[i];
  for (std::size_t i = 0; i < model.layers.size(); ++i) model.layers[i].pauses.count += guard.paused_layers[i];
  return guard;
}

void end_pause(PlainModel& model, const PlainGuard& guard) {
  for (std::size_t i = 0; i < model.weights.size(); ++i) {
    PlainWeight& weight = model.weights[i];
    const PlainWeight& before = guard.weights[i];
    give_back(weight, before, guard.paused_weights[i]);
    weight.keeps_state = before.keeps_state;
    for (std::size_t k = 0; k < weight.frozen.size() && weight.gradient; ++k)
      weight.gradient->known[k] = weight.gradient->known[k] && weight.frozen[k] == before.frozen[k];
    weight.frozen = before.frozen;
    if (guard.paused_weights[i]) weight.gradient = before.gradient;
    if (!weight.flag) weight.gradient.reset();
  }
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    PlainLayer& layer = model.layers[i];
    const PlainLayer& before = guard.layers[i];
    give_back(layer, before, guard.paused_layers[i]);
    layer.keep_stochastic = before.keep_stochastic;
    layer.keep_statistics = before.keep_statistics;
  }
}

}  // namespace pairs
