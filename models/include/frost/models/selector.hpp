#pragma once
#include <frost/autograd/given.hpp>
#include <frost/layers/layer.hpp>

#include <concepts>
#include <string>
#include <vector>

namespace frost {

namespace detail {
struct Selection;
struct SelectorNode : Counted {
  virtual ~SelectorNode() = default;
  virtual void select(Selection& selection) const = 0;
  virtual std::string text() const = 0;
};
struct LayerPredicate : Counted {
  virtual ~LayerPredicate() = default;
  virtual bool holds(const Layer& layer) const = 0;
};
template <class P>
struct LayerPredicateOf : LayerPredicate {
  explicit LayerPredicateOf(const P& p) : predicate(p) {}
  bool holds(const Layer& layer) const override { return predicate(layer); }
  P predicate;
};
}  // namespace detail

/// Says which layers and weights of a model are meant. Selecting a layer selects everything inside it. Selectors are
/// combined: `all_but_last(3) & !named("lstm")`, `of_type("Dense") | matching("*/bias")`.
class FROST_API Selector {
 public:
  explicit Selector(detail::Ref<detail::SelectorNode> node) : node_(std::move(node)) {}
  const detail::SelectorNode& node() const;
  /// As it was written: `all_but_last(3) & !named("lstm")`.
  std::string text() const { return node().text(); }

 private:
  friend FROST_API Selector operator|(const Selector& a, const Selector& b);
  friend FROST_API Selector operator&(const Selector& a, const Selector& b);
  friend FROST_API Selector operator!(const Selector& a);
  detail::Ref<detail::SelectorNode> node_;
};

/// What either selects.
FROST_API Selector operator|(const Selector& a, const Selector& b);
/// What both select.
FROST_API Selector operator&(const Selector& a, const Selector& b);
/// What the other does not select.
FROST_API Selector operator!(const Selector& a);

/// All layers.
FROST_API Selector everything();
/// The layer of a name or path, "outer/inner". Unknown: an error that lists near names.
FROST_API Selector named(const std::string& path);
/// The layers of these names; every one must exist.
FROST_API Selector names(const std::vector<std::string>& paths);
/// A layer and every layer that it depends on.
FROST_API Selector until(const std::string& path);
/// layers() without the last n, input and weightless layers counted.
FROST_API Selector all_but_last(std::int64_t n);
/// Layers of a type, nested ones too: of_type("Dense").
FROST_API Selector of_type(const std::string& type);
/// Layers and weights whose path matches a glob: `*` any text within a name, `**` any text, `**/` any number of names,
/// none included; `?` any character, `[a-z]` a set. `dense_*` selects layers, `block2/*` all that stands in block2,
/// `*/bias` the weights of that name of the model's own layers, `**/bias` those of nested layers too.
FROST_API Selector matching(const std::string& glob);

namespace detail {
FROST_API Selector selected_by(Ref<LayerPredicate> predicate);
}
/// Layers, nested ones too, for which predicate(layer) is true.
template <std::predicate<const Layer&> P>
Selector selected_by(const P& predicate) {
  detail::given_function("selected_by", predicate);
  return detail::selected_by(detail::Ref<detail::LayerPredicate>(new detail::LayerPredicateOf<P>(predicate)));
}

}  // namespace frost
