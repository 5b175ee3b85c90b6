#pragma once
#include "model_base.hpp"

#include <frost/models/freeze.hpp>

namespace frost::detail {

/// The layers and weights below a layer, and which of them are selected. Every layer stands here once, under the first
/// of its paths.
struct Selection {
  struct LayerEntry {
    Layer layer;
    std::string path;
    std::size_t end;  // the first entry that is not inside this layer
    bool is_selected = false;
  };
  struct WeightEntry {
    const OwnWeight* own;
    std::string path;
    std::size_t layer;  // its entry
    bool is_selected = false;
  };

  struct OtherPath {
    std::string path;
    std::size_t entry;  // of the layer or weight
  };

  /// Errors are thrown in the name of `who`.
  explicit Selection(const Layer& of, const char* who);
  /// What a selector selects. Throws: ValueError, in the name of `operation`, when that is nothing.
  static Selection of(const char* operation, const Layer& model, const Selector& selector);
  /// Throws: ValueError when nothing that is selected is meant by `what`, so that nothing would be frozen, unless all
  /// layers are.
  void expect_meant(Freeze what) const;
  /// The same layers and weights, none selected.
  Selection blank() const;

  /// Selects a layer, its weights and everything inside it.
  void select(const Layer& layer);
  void select_entry(std::size_t index);
  bool empty() const;
  /// Whether every layer is selected: what is said to them is said to the model as well.
  bool has_all_layers() const;

  Layer root;
  const char* operation;
  std::string selector = {};                 // as it was written
  std::vector<LayerEntry> layers;            // each before what is inside it
  std::vector<WeightEntry> weights;          // in the order of their layers
  std::vector<OtherPath> other_layer_paths;  // of layers that several models hold
  std::vector<OtherPath> other_weight_paths;
  std::unordered_map<const LayerBase*, std::size_t> entries;
};

/// Whether a weight is of the kind that freezing is about: no state, and a weight or bias as `what` says.
bool is_meant(const OwnWeight& weight, Freeze what);

}  // namespace frost::detail
