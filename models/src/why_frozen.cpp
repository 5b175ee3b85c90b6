#include <frost/models/why.hpp>

#include "describe.hpp"
#include "expect.hpp"
#include "selection.hpp"

#include <frost/autograd/leaf.hpp>

#include <algorithm>

namespace frost {

using detail::Graph;
using detail::Selection;

namespace {

std::string quoted(const std::string& name) { return "'" + name + "'"; }

class Inquiry {
 public:
  explicit Inquiry(const Model& model) : selection_(model, "why_frozen") {}

  std::string of(const std::string& path) const {
    for (const Selection::WeightEntry& w : selection_.weights)
      if (w.path == path) return of_weight(w);
    for (std::size_t i = 0; i < selection_.layers.size(); ++i)
      if (selection_.layers[i].path == path) return of_layer(i);
    std::vector<std::string> paths;
    for (const Selection::LayerEntry& l : selection_.layers) paths.push_back(l.path);
    for (const Selection::WeightEntry& w : selection_.weights) paths.push_back(w.path);
    throw ValueError(fmt::format("why_frozen: there is no layer or weight '{}' in '{}'. {}", path,
                                 selection_.root.name(), detail::near_names(path, paths)));
  }

 private:
  std::string of_layer(std::size_t index) const {
    const Selection::LayerEntry& layer = selection_.layers[index];
    std::vector<std::string> lines;
    for (const Selection::WeightEntry& w : selection_.weights)
      if (w.layer >= index && w.layer < layer.end) lines.push_back(of_weight(w));
    if (lines.empty())
      return layer.path + (layer.layer.is_built() ? " has no weights: there is nothing to freeze."
                                                  : " is not built: its weights are not known yet.");
    std::string text = layer.path;
    switch (detail::freeze_state(layer.layer)) {
      case FreezeState::trainable:
        return text + " is trainable" + guarded_by(index) + ".";
      case FreezeState::partly:
        text += " is trained in part:";
        break;
      default:
        text += " is not trained:";
    }
    for (const std::string& line : lines) text += "\n  " + line;
    return text;
  }

  std::string of_weight(const Selection::WeightEntry& w) const {
    const Parameter& weight = w.own->parameter;
    if (w.own->is_state) return w.path + " is a statistic, never trained by gradients; " + statistic_text(w);
    if (!is_floating(weight.dtype()))
      return w.path + " is of " + name_of(weight.dtype()) + ", and only floating weights are trained.";
    return w.path + verdict(w) + tie_text(w);
  }

  std::string statistic_text(const Selection::WeightEntry& w) const {
    const Layer& layer = selection_.layers[w.layer].layer;
    if (layer.keeps_statistics()) return "freeze_statistics keeps it as it is.";
    if (!layer.base().moves_states()) return "it stays as it is because its layer is frozen.";
    return "it moves when the model is called in training.";
  }

  std::string verdict(const Selection::WeightEntry& w) const {
    const Parameter& weight = w.own->parameter;
    const detail::Ref<detail::FrozenPart>& part = detail::frozen_part(weight);
    if (!detail::leaf_state(weight).trainable)
      return frozen_text(w) + (detail::is_paused(weight) ? " A FreezeGuard pauses it as well." : "");
    if (detail::is_paused(weight))
      return " is paused by a FreezeGuard: its own flag is trainable, and it is trained again when the guard ends.";
    if (!part) return " is trainable" + guarded_by(w.layer) + ".";
    if (part->trained() == 0)
      return " is not trained: freeze_rows or freeze_slices froze all of it. thaw_rows or thaw_slices ends that.";
    std::string axes;
    for (std::size_t a = 0; a < part->flags().size(); ++a) {
      const std::vector<bool>& flags = part->flags()[a];
      if (const auto frozen = std::count(flags.begin(), flags.end(), true))
        axes += fmt::format("{}{} of {} {}", axes.empty() ? "" : " and ", frozen, flags.size(),
                            a == 0 ? "rows" : "indices along axis " + std::to_string(a));
    }
    return fmt::format(" is trained in part: {} are frozen, {} of {} elements train. {} ends that.", axes,
                       detail::grouped(part->trained()), detail::grouped(weight.size()),
                       part->flags()[0].empty() ? "thaw_slices" : "thaw_rows");
  }

  // The flags that the weight's flag went with: of its layer, and of what is around that.
  std::string frozen_text(const Selection::WeightEntry& w) const {
    const Selection::LayerEntry& layer = selection_.layers[w.layer];
    const std::string kept =
        detail::keeps_state(w.own->parameter) ? " Optimizers keep their state of it." : std::string();
    if (layer.layer.trainable())
      return fmt::format(
          " is frozen by its own flag{}; that of its layer '{}' is trainable. thaw(model, matching(\"{}\")) trains "
          "it.{}",
          by_kind(w), layer.path, w.path, kept);
    std::string with = "its layer " + quoted(layer.path), highest = "named(\"" + layer.path + "\")";
    for (std::size_t i = w.layer; i-- > 0;) {
      const Selection::LayerEntry& outer = selection_.layers[i];
      if (outer.end <= w.layer) continue;  // not around it
      if (outer.layer.trainable()) return with_text(with, highest, kept);
      with += " and all of " + quoted(outer.path);
    }
    if (!selection_.root.trainable()) with += " and all of the model " + quoted(selection_.root.name());
    return with_text(with, highest, kept);
  }
  static std::string with_text(const std::string& with, const std::string& selector, const std::string& kept) {
    return " is frozen with " + with + ". thaw(model, " + selector + ") trains it." + kept;
  }

  // Whether all weights of its kind in the layer are frozen, and the others are not.
  std::string by_kind(const Selection::WeightEntry& w) const {
    const Freeze kind = detail::is_meant(*w.own, Freeze::biases) ? Freeze::biases : Freeze::weights;
    int others = 0;
    for (const Selection::WeightEntry& v : selection_.weights) {
      if (v.layer != w.layer || !detail::is_meant(*v.own, Freeze::both)) continue;
      const bool is_frozen = !detail::leaf_state(v.own->parameter).trainable;
      if (detail::is_meant(*v.own, kind) != is_frozen) return "";
      others += !is_frozen;
    }
    return others == 0 ? "" : kind == Freeze::biases ? ", as Freeze::biases does" : ", as Freeze::weights does";
  }

  // A flag further up that is off all the same: what was thawed after it trains.
  std::string guarded_by(std::size_t layer) const {
    for (std::size_t i = layer + 1; i-- > 0;)
      if (selection_.layers[i].end > layer && !selection_.layers[i].layer.trainable())
        return ": it was thawed after " + quoted(selection_.layers[i].path) + " was frozen";
    return selection_.root.trainable()
               ? ""
               : ": it was thawed after the model " + quoted(selection_.root.name()) + " was frozen";
  }

  std::string tie_text(const Selection::WeightEntry& w) const {
    std::string others;
    for (const Selection::WeightEntry& v : selection_.weights)
      if (v.path != w.path && v.own->parameter.is_same(w.own->parameter))
        others += (others.empty() ? "" : ", ") + v.path;
    return others.empty() ? "" : " It is the same weight as " + others + ": they are frozen and thawed together.";
  }

  Selection selection_;
};

}  // namespace

std::string why_frozen(const Model& model, const std::string& path) { return Inquiry(model).of(path); }

}  // namespace frost
