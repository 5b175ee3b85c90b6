#include <frost/models/selector.hpp>

#include "expect.hpp"
#include "glob.hpp"
#include "selection.hpp"

#include <algorithm>

namespace frost {

using models::counted;
using models::expect;

namespace detail {

namespace {

std::vector<Selection::WeightEntry>::iterator first_weight(Selection& s, std::size_t layer) {
  return std::lower_bound(s.weights.begin(), s.weights.end(), layer,
                          [](const Selection::WeightEntry& w, std::size_t index) { return w.layer < index; });
}

// The paths of a layer that was met before, and of what is inside it.
void gather_again(Selection& s, const Layer& layer, const std::string& path) {
  const std::size_t index = s.entries.at(&layer.base());
  s.other_layer_paths.push_back({path, index});
  auto weight = static_cast<std::size_t>(first_weight(s, index) - s.weights.begin());
  for (const OwnWeight& w : layer.base().own_weights()) s.other_weight_paths.push_back({path + "/" + w.name, weight++});
  for (const Layer& inner : layer.base().sublayers()) gather_again(s, inner, path + "/" + inner.name());
}

void gather(Selection& s, const Layer& layer, const std::string& path) {
  const std::size_t index = s.layers.size();
  if (!s.entries.emplace(&layer.base(), index).second) return gather_again(s, layer, path);
  s.layers.push_back({layer, path, 0});
  for (const OwnWeight& w : layer.base().own_weights()) s.weights.push_back({&w, path + "/" + w.name, index});
  for (const Layer& inner : layer.base().sublayers()) gather(s, inner, path + "/" + inner.name());
  s.layers[index].end = s.layers.size();
}

}  // namespace

Selection::Selection(const Layer& of, const char* who) : root(of), operation(who) {
  // Paths begin inside a model; a layer that is no model stands for itself.
  if (ModelBase::of(of))
    for (const Layer& layer : of.base().sublayers()) gather(*this, layer, layer.name());
  else
    gather(*this, of, of.name());
}

Selection Selection::blank() const {
  Selection copy = *this;
  for (LayerEntry& e : copy.layers) e.is_selected = false;
  for (WeightEntry& e : copy.weights) e.is_selected = false;
  return copy;
}

void Selection::select_entry(std::size_t index) {
  std::vector<std::size_t> open = {index};
  while (!open.empty()) {
    const std::size_t first = open.back(), end = layers[first].end;
    open.pop_back();
    for (std::size_t i = first; i < end; ++i) {
      layers[i].is_selected = true;
      // A layer that several models hold stands in the first of them.
      for (const Layer& inner : layers[i].layer.base().sublayers())
        if (const auto at = entries.find(&inner.base());
            at != entries.end() && (at->second < first || at->second >= end) && !layers[at->second].is_selected)
          open.push_back(at->second);
    }
    for (auto w = first_weight(*this, first); w != weights.end() && w->layer < end; ++w) w->is_selected = true;
  }
}

void Selection::select(const Layer& layer) {
  if (const auto at = entries.find(&layer.base()); at != entries.end()) select_entry(at->second);
}

bool Selection::empty() const {
  return std::none_of(layers.begin(), layers.end(), [](const LayerEntry& e) { return e.is_selected; }) &&
         std::none_of(weights.begin(), weights.end(), [](const WeightEntry& e) { return e.is_selected; });
}

namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

void expect_some(const Selection& s, const std::string& selector, const std::string& near) {
  if (!s.empty()) return;
  std::vector<std::string> paths;
  for (const Selection::LayerEntry& e : s.layers) paths.push_back(e.path);
  for (const Selection::OtherPath& other : s.other_layer_paths) paths.push_back(other.path);
  if (near.find('/') != std::string::npos) {
    for (const Selection::WeightEntry& e : s.weights) paths.push_back(e.path);
    for (const Selection::OtherPath& other : s.other_weight_paths) paths.push_back(other.path);
  }
  expect(false, "{}: {} selects nothing in '{}'. {}", s.operation, selector, s.root.name(), near_names(near, paths));
}

ModelBase& expect_model(const Selection& s, const std::string& selector) {
  ModelBase* model = ModelBase::of(s.root);
  expect(model != nullptr, "{}: {} needs a model; '{}' is a layer of type {}", s.operation, selector, s.root.name(),
         s.root.type());
  return *model;
}

struct Everything : SelectorNode {
  void select(Selection& s) const override {
    for (Selection::LayerEntry& e : s.layers) e.is_selected = true;
    for (Selection::WeightEntry& e : s.weights) e.is_selected = true;
  }
  std::string text() const override { return "everything()"; }
};

struct Names : SelectorNode {
  Names(std::vector<std::string> list, bool is_single) : paths(std::move(list)), single(is_single) {}
  void select(Selection& s) const override {
    expect(!paths.empty(), "{}: names got none; expected one or more", s.operation);
    std::unordered_map<std::string, const Layer*> by_name;
    for (const Layer& l : s.root.base().sublayers()) by_name.emplace(l.name(), &l);
    for (const std::string& path : paths) {
      // The layer that is asked about may be named itself.
      if (!ModelBase::of(s.root) && path == s.root.name())
        s.select(s.root);
      else if (const auto at = by_name.find(path); at != by_name.end())
        s.select(*at->second);
      else
        s.select(require_layer(s.root, path, s.operation));
    }
  }
  std::string text() const override {
    std::string list;
    for (const std::string& path : paths) list += (list.empty() ? "" : ", ") + quoted(path);
    return single ? "named(" + list + ")" : "names({" + list + "})";
  }
  std::vector<std::string> paths;
  bool single;
};

struct Until : SelectorNode {
  explicit Until(std::string last) : path(std::move(last)) {}
  void select(Selection& s) const override {
    require_layer(s.root, path, s.operation);
    select_within(s, expect_model(s, text()), path);
  }
  std::string text() const override { return "until(" + quoted(path) + ")"; }

  // Selects what the layer depends on, then the layer itself; of a layer inside another, the part up to it.
  static void select_within(Selection& s, ModelBase& model, const std::string& path) {
    model.expect_graph(s.operation);
    Layer last;
    std::string rest;
    for (const Layer& l : model.layers()) {
      const std::string& name = l.name();
      const bool leads_on =
          path.size() > name.size() && path[name.size()] == '/' && !path.compare(0, name.size(), name);
      if (name != path && !(leads_on && find_layer(l, path.substr(name.size() + 1)))) continue;
      last = l;
      rest = name == path ? "" : path.substr(name.size() + 1);
      if (rest.empty()) break;
    }
    const std::vector<Step>& steps = model.plan().steps;
    std::vector<const Call*> needed;
    std::unordered_set<const Call*> open;  // inside the model and not yet among them
    for (const Step& step : steps) {
      open.insert(step.call);
      if (step.layer.is_same(last)) needed.push_back(step.call);
    }
    for (const Call* call : needed) open.erase(call);
    for (std::size_t i = 0; i < needed.size(); ++i) {
      for (const Symbol& input : needed[i]->inputs) {
        s.select(input.layer());
        const Call* call = &Graph::call(input);
        if (open.erase(call)) needed.push_back(call);
      }
    }
    ModelBase* inner = rest.empty() ? nullptr : ModelBase::of(last);
    if (inner)
      select_within(s, *inner, rest);
    else
      s.select(last);
  }
  std::string path;
};

struct AllButLast : SelectorNode {
  explicit AllButLast(std::int64_t n) : count(n) {}
  void select(Selection& s) const override {
    const std::vector<Layer>& layers = expect_model(s, text()).layers();
    expect(count >= 0 && count < static_cast<std::int64_t>(layers.size()),
           "{}: {} selects nothing; the model '{}' has {}", s.operation, text(), s.root.name(),
           counted(layers.size(), "layer"));
    for (std::size_t i = 0; i + static_cast<std::size_t>(count) < layers.size(); ++i) s.select(layers[i]);
  }
  std::string text() const override { return "all_but_last(" + std::to_string(count) + ")"; }
  std::int64_t count;
};

struct OfType : SelectorNode {
  explicit OfType(std::string name) : type(std::move(name)) {}
  void select(Selection& s) const override {
    for (std::size_t i = 0; i < s.layers.size(); ++i)
      if (s.layers[i].layer.type() == type) s.select_entry(i);
    if (!s.empty()) return;
    std::vector<std::string> types;
    for (const Selection::LayerEntry& e : s.layers)
      if (std::find(types.begin(), types.end(), e.layer.type()) == types.end()) types.push_back(e.layer.type());
    expect(false, "{}: {} selects nothing in '{}'. {}", s.operation, text(), s.root.name(), near_names(type, types));
  }
  std::string text() const override { return "of_type(" + quoted(type) + ")"; }
  std::string type;
};

struct Matching : SelectorNode {
  explicit Matching(std::string pattern) : glob(std::move(pattern)) {}
  void select(Selection& s) const override {
    select_matching(s, glob);
    if (!s.empty()) return;
    const std::string deep = models::across_levels(glob);
    Selection below = s.blank();
    select_matching(below, deep);
    expect(below.empty(), "{}: {} selects nothing in '{}'. Hint: '*' ends at a slash, {} selects something",
           s.operation, text(), s.root.name(), Matching(deep).text());
    expect_some(s, text(), glob);
  }
  std::string text() const override { return "matching(" + quoted(glob) + ")"; }

  static void select_matching(Selection& s, const std::string& pattern) {
    for (std::size_t i = 0; i < s.layers.size(); ++i)
      if (models::matches_glob(pattern, s.layers[i].path)) s.select_entry(i);
    for (const Selection::OtherPath& other : s.other_layer_paths)
      if (models::matches_glob(pattern, other.path)) s.select_entry(other.entry);
    for (Selection::WeightEntry& w : s.weights) w.is_selected |= models::matches_glob(pattern, w.path);
    for (const Selection::OtherPath& other : s.other_weight_paths)
      s.weights[other.entry].is_selected |= models::matches_glob(pattern, other.path);
  }
  std::string glob;
};

struct SelectedBy : SelectorNode {
  explicit SelectedBy(Ref<LayerPredicate> p) : predicate(std::move(p)) {}
  void select(Selection& s) const override {
    for (std::size_t i = 0; i < s.layers.size(); ++i)
      if (predicate->holds(s.layers[i].layer)) s.select_entry(i);
    expect_some(s, text(), "");
  }
  std::string text() const override { return "selected_by(…)"; }
  Ref<LayerPredicate> predicate;
};

struct Either : SelectorNode {
  Either(Selector x, Selector y) : a(std::move(x)), b(std::move(y)) {}
  void select(Selection& s) const override {
    Selection other = s.blank();
    a.node().select(s);
    b.node().select(other);
    for (std::size_t i = 0; i < s.layers.size(); ++i) s.layers[i].is_selected |= other.layers[i].is_selected;
    for (std::size_t i = 0; i < s.weights.size(); ++i) s.weights[i].is_selected |= other.weights[i].is_selected;
  }
  std::string text() const override { return fmt::format("({} | {})", a.text(), b.text()); }
  Selector a, b;
};

struct Both : SelectorNode {
  Both(Selector x, Selector y) : a(std::move(x)), b(std::move(y)) {}
  void select(Selection& s) const override {
    Selection other = s.blank();
    a.node().select(s);
    b.node().select(other);
    for (std::size_t i = 0; i < s.layers.size(); ++i) s.layers[i].is_selected &= other.layers[i].is_selected;
    for (std::size_t i = 0; i < s.weights.size(); ++i) s.weights[i].is_selected &= other.weights[i].is_selected;
  }
  std::string text() const override { return fmt::format("({} & {})", a.text(), b.text()); }
  Selector a, b;
};

struct Not : SelectorNode {
  explicit Not(Selector x) : a(std::move(x)) {}
  void select(Selection& s) const override {
    a.node().select(s);
    for (Selection::WeightEntry& w : s.weights) w.is_selected = !w.is_selected;
    for (Selection::LayerEntry& e : s.layers) e.is_selected = !e.is_selected;
    // A layer is left over only if everything in it is.
    for (const Selection::WeightEntry& w : s.weights)
      if (!w.is_selected && !w.own->is_state) s.layers[w.layer].is_selected = false;
    for (std::size_t i = s.layers.size(); i-- > 0;)
      for (std::size_t k = i + 1; k < s.layers[i].end; ++k) s.layers[i].is_selected &= s.layers[k].is_selected;
  }
  std::string text() const override { return fmt::format("!{}", a.text()); }
  Selector a;
};

template <class N, class... A>
Selector make(A&&... arguments) {
  return Selector(Ref<SelectorNode>(new N(std::forward<A>(arguments)...)));
}

}  // namespace

Selector selected_by(Ref<LayerPredicate> predicate) { return make<SelectedBy>(std::move(predicate)); }

}  // namespace detail

const detail::SelectorNode& Selector::node() const {
  expect(static_cast<bool>(node_), "the selector is absent; expected everything(), named(…) or another");
  return *node_;
}

Selector operator|(const Selector& a, const Selector& b) {
  expect(a.node_ && b.node_, "|: a selector is absent");
  return detail::make<detail::Either>(a, b);
}
Selector operator&(const Selector& a, const Selector& b) {
  expect(a.node_ && b.node_, "&: a selector is absent");
  return detail::make<detail::Both>(a, b);
}
Selector operator!(const Selector& a) {
  expect(static_cast<bool>(a.node_), "!: the selector is absent");
  return detail::make<detail::Not>(a);
}
Selector everything() { return detail::make<detail::Everything>(); }
Selector named(const std::string& path) { return detail::make<detail::Names>(std::vector<std::string>{path}, true); }
Selector names(const std::vector<std::string>& paths) { return detail::make<detail::Names>(paths, false); }
Selector until(const std::string& path) { return detail::make<detail::Until>(path); }
Selector all_but_last(std::int64_t n) { return detail::make<detail::AllButLast>(n); }
Selector of_type(const std::string& type) { return detail::make<detail::OfType>(type); }
Selector matching(const std::string& glob) { return detail::make<detail::Matching>(glob); }

}  // namespace frost
