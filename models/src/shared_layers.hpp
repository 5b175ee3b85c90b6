#pragma once
#include "model_base.hpp"

#include <map>

namespace frost::models {

/// The layers that several models of a tree of models hold, by number: `shared_object_id`, as Keras writes it.
class SharedLayers {
 public:
  explicit SharedLayers(const ModelBase& root) { visit(root); }
  /// The config of a model of the tree with the numbers in its entries.
  Config numbered(const ModelBase& model, const Config& config) const;

 private:
  static constexpr std::int64_t none = -1;

  void visit(const ModelBase& model);

  std::unordered_map<const LayerBase*, std::int64_t> numbers_;  // none for a layer of one model
  std::int64_t count_ = 0;
};

/// The layers that a config's numbers stand for, as they are made.
class MadeLayers {
 public:
  /// The layer of an entry: the one that was made for its number, or a new one.
  /// Throws: ValueError where that one has another type or name.
  template <class F>
  Layer get(const Config& entry, const std::string& type, const std::string& name, const F& make) {
    const Config* number = entry.find("shared_object_id");
    if (!number || number->is_null()) return make();
    if (const Made* made = find(number->integer(), type, name)) return made->layer;
    const Layer layer = make();
    made_.emplace(number->integer(), Made{type, name, layer});
    return layer;
  }

 private:
  struct Made {
    std::string type, name;
    Layer layer;
  };

  const Made* find(std::int64_t number, const std::string& type, const std::string& name) const;

  std::map<std::int64_t, Made> made_;
};

}  // namespace frost::models
