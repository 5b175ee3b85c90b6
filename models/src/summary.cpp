#include "describe.hpp"

#include <frost/autograd/identity.hpp>

#include <algorithm>
#include <array>
#include <iostream>

namespace frost {

namespace detail {

namespace {

using Row = std::array<std::string, 4>;

std::string trainable_text(const Layer& layer) {
  switch (freeze_state(layer)) {
    case FreezeState::without_weights:
      return "";
    case FreezeState::trainable:
      return "yes";
    case FreezeState::partly:
      return "partly";
    case FreezeState::frozen:
      return "no";
  }
  return "";
}

// Where weights that several layers share belong: to the layer that added them.
class Ties {
 public:
  explicit Ties(const LayerBase& root) { gather(root, ""); }

  /// "shares encoder/kernel", for each weight of the layer that is another one's.
  std::vector<std::string> of(const Layer& layer) const {
    std::vector<std::string> texts;
    for (const OwnWeight& w : layer.base().own_weights()) {
      if (!w.is_shared) continue;
      const auto owner = owners_.find(identity(w.parameter));
      texts.push_back("shares " + (owner != owners_.end() ? owner->second : w.parameter.name()));
    }
    return texts;
  }

 private:
  void gather(const LayerBase& layer, const std::string& path) {
    for (const OwnWeight& w : layer.own_weights())
      if (!w.is_shared) owners_.emplace(identity(w.parameter), path + w.name);
    for (const Layer& inner : layer.sublayers()) gather(inner.base(), path + inner.name() + "/");
  }
  std::unordered_map<const void*, std::string> owners_;  // their paths
};

// A row a layer, a nested model's layers indented below it.
void add_rows(const ModelBase& model, const std::string& indent, const Ties& ties, std::vector<Row>& rows) {
  const OutputTexts outputs(model);
  for (const Layer& layer : model.layers()) {
    rows.push_back({indent + layer.name() + " (" + layer.type() + ")", outputs.of(layer),
                    std::to_string(layer.count_params()), trainable_text(layer)});
    for (const std::string& tie : ties.of(layer)) rows.push_back({indent + "  " + tie, "", "", ""});
    if (const ModelBase* nested = ModelBase::of(layer)) add_rows(*nested, indent + "  ", ties, rows);
  }
}

}  // namespace

}  // namespace detail

void Model::summary() const { summary(std::cout); }

void Model::summary(std::ostream& out) const {
  using detail::Row;
  ModelBase& m = model();
  m.expect_graph("summary");
  const Row titles = {"Layer (type)", "Output Shape", "Param #", "Trainable"};
  std::vector<Row> rows;
  const detail::Ties ties(m);
  detail::add_rows(m, "", ties, rows);

  std::array<std::size_t, 4> widths = {28, 26, 10, 10};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], detail::width(row[i]) + 2);
  const std::size_t line = 1 + widths[0] + widths[1] + widths[2] + widths[3];
  const auto print = [&](const Row& row) {
    std::string text = " ";
    for (std::size_t i = 0; i < row.size(); ++i) text += row[i] + std::string(widths[i] - detail::width(row[i]), ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };

  out << "Model: \"" << name() << "\"\n" << std::string(line, '_') << '\n';
  print(titles);
  out << std::string(line, '=') << '\n';
  for (std::size_t i = 0; i < rows.size(); ++i) {
    print(rows[i]);
    if (i + 1 < rows.size()) out << '\n';
  }
  std::int64_t total = 0, trained = 0;
  for (const Parameter& w : weights()) {
    total += w.size();
    trained += detail::trained_elements(w);
  }
  out << std::string(line, '=') << "\nTotal params: " << detail::grouped(total)
      << "\nTrainable params: " << detail::grouped(trained)
      << "\nNon-trainable params: " << detail::grouped(total - trained) << '\n';
}

}  // namespace frost
