#include "describe.hpp"
#include "expect.hpp"
#include "terminal.hpp"

#include <frost/autograd/identity.hpp>
#include <frost/autograd/leaf.hpp>

#include <algorithm>
#include <iostream>
#include <map>

namespace frost {

namespace detail {

namespace {

using Row = std::vector<std::string>;

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

// What of a layer is frozen, where that is not all: its weights by name, and parts of weights.
std::vector<std::string> frozen_texts(const LayerBase& layer, const std::string& path = "") {
  std::vector<std::string> texts;
  for (const OwnWeight& w : layer.own_weights()) {
    if (w.is_state || !is_floating(w.parameter.dtype())) continue;
    const std::int64_t trained = trained_elements(w.parameter), size = w.parameter.size();
    if (!is_trained(w.parameter))
      texts.push_back("frozen: " + path + w.name);
    else if (trained < size)
      texts.push_back(fmt::format("frozen: {} of {} of {}{}", grouped(size - trained), grouped(size), path, w.name));
  }
  for (const Layer& inner : layer.sublayers()) {
    if (freeze_state(inner) == FreezeState::frozen) {
      texts.push_back("frozen: " + path + inner.name());
      continue;
    }
    for (const std::string& text : frozen_texts(inner.base(), path + inner.name() + "/")) texts.push_back(text);
  }
  return texts;
}

// "dense[0][0]", what each layer of a model is called on: a layer, which of its calls, which of that call's outputs.
class Connections {
 public:
  explicit Connections(const ModelBase& model) {
    std::map<std::pair<const Call*, int>, std::string> sources;
    for (std::size_t i = 0; i < model.inputs().size(); ++i)
      sources[port(model.inputs()[i])] = model.input_layers()[i].name() + "[0][0]";
    std::map<const LayerBase*, int> calls;
    for (const Step& step : model.plan().steps) {
      std::vector<std::string>& texts = texts_[step.base];
      for (const Symbol& s : step.call->inputs) texts.push_back(sources.at(port(s)));
      const int call = calls[step.base]++;
      for (std::size_t k = 0; k < step.call->outputs.size(); ++k)
        sources.try_emplace({step.call, static_cast<int>(k)}, fmt::format("{}[{}][{}]", step.base->name(), call, k));
    }
  }
  std::vector<std::string> of(const Layer& layer) const {
    const auto at = texts_.find(&layer.base());
    return at == texts_.end() ? std::vector<std::string>() : at->second;
  }

 private:
  static std::pair<const Call*, int> port(const Symbol& s) { return {&Graph::call(s), Graph::output(s)}; }
  std::map<const LayerBase*, std::vector<std::string>> texts_;
};

// The characters from `at` on, `count` of them at most, and where the next begin.
std::string characters(const std::string& text, std::size_t& at, std::size_t count) {
  const std::size_t begin = at;
  while (at < text.size() && count-- > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  }
  return text.substr(begin, at - begin);
}

class Table {
 public:
  Table(const ModelBase& model, const SummaryOptions& options) : options_(options), ties_(model) {
    titles_ = {"Layer (type)", "Output Shape", "Param #"};
    widths_ = {28, 26, 10};
    if (options.connections) add_column("Connected to", 20);
    if (options.show_trainable) add_column("Trainable", 10);
    add_layers(model, "");
    for (const std::vector<Row>& block : blocks_)
      for (const Row& row : block)
        for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width(row[i]) + 2);
  }

  // Takes from the widest columns what a line is too long.
  void fit(std::size_t limit) {
    constexpr std::size_t least = 8;
    while (line() > limit) {
      std::size_t& widest = *std::max_element(widths_.begin(), widths_.end());
      if (widest <= least) return;
      --widest;
    }
  }

  void print(std::ostream& out) const {
    out << std::string(line(), '_') << '\n';
    print_row(out, titles_);
    out << std::string(line(), '=') << '\n';
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      for (std::size_t k = 0; k < blocks_[i].size(); ++k) {
        if (k > 0 && !blocks_[i][k][0].empty()) out << '\n';
        print_row(out, blocks_[i][k]);
      }
      if (i + 1 < blocks_.size()) out << '\n';
    }
    out << std::string(line(), '=') << '\n';
  }

 private:
  void add_column(const char* title, std::size_t least) {
    titles_.emplace_back(title);
    widths_.push_back(least);
  }
  std::size_t line() const {
    std::size_t sum = 1;
    for (const std::size_t w : widths_) sum += w;
    return sum;
  }
  Row blank() const { return Row(titles_.size()); }

  // A block of rows a layer, a nested model's layers indented below it.
  void add_layers(const ModelBase& model, const std::string& indent) {
    const OutputTexts outputs(model);
    const Connections connections(model);
    for (const Layer& layer : model.layers()) {
      std::vector<Row> block(1, blank());
      block[0][0] = indent + layer.name() + " (" + layer.type() + ")";
      block[0][1] = outputs.of(layer);
      block[0][2] = std::to_string(layer.count_params());
      if (options_.show_trainable) block[0].back() = trainable_text(layer);
      if (options_.connections) {
        const std::vector<std::string> sources = connections.of(layer);
        for (std::size_t i = 0; i < sources.size(); ++i) {
          if (i > 0) block.push_back(blank());
          block.back()[3] = sources[i];
        }
      }
      const ModelBase* nested = ModelBase::of(layer);
      std::vector<std::string> texts = ties_.of(layer);
      if (freeze_state(layer) == FreezeState::partly && options_.show_trainable && !(nested && options_.expand_nested))
        for (const std::string& text : frozen_texts(layer.base())) texts.push_back(text);
      for (const std::string& text : texts) {
        block.push_back(blank());
        block.back()[0] = indent + "  " + text;
      }
      blocks_.push_back(std::move(block));
      if (nested && options_.expand_nested) add_layers(*nested, indent + "  ");
    }
  }

  // Cells that are too long go on in the lines below.
  void print_row(std::ostream& out, const Row& row) const {
    std::vector<std::size_t> at(row.size());
    do {
      std::string text = " ";
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::size_t room = widths_[i] > width(row[i]) ? widths_[i] : widths_[i] - 1;
        const std::string part = characters(row[i], at[i], room);
        text += part + std::string(widths_[i] - width(part), ' ');
      }
      text.erase(text.find_last_not_of(' ') + 1);
      out << text << '\n';
    } while ([&] {
      for (std::size_t i = 0; i < row.size(); ++i)
        if (at[i] < row[i].size()) return true;
      return false;
    }());
  }

  const SummaryOptions& options_;
  Ties ties_;
  Row titles_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<Row>> blocks_;
};

}  // namespace

}  // namespace detail

void Model::summary() const { summary(std::cout, {}); }
void Model::summary(const SummaryOptions& options) const { summary(std::cout, options); }
void Model::summary(std::ostream& out) const { summary(out, {}); }

void Model::summary(std::ostream& out, const SummaryOptions& options) const {
  ModelBase& m = model();
  m.expect_graph("summary");
  models::expect(options.line_length >= 0, "summary: line_length is out of range; got {}; expected a number from 0",
                 options.line_length);
  detail::Table table(m, options);
  const std::size_t limit =
      options.line_length > 0 ? static_cast<std::size_t>(options.line_length) : models::terminal_width(out);
  if (limit > 0) table.fit(limit);
  out << "Model: \"" << name() << "\"\n";
  table.print(out);
  std::int64_t total = 0, trained = 0;
  for (const Parameter& w : weights()) {
    total += w.size();
    trained += detail::trained_elements(w);
  }
  out << "Total params: " << detail::grouped(total) << "\nTrainable params: " << detail::grouped(trained)
      << "\nNon-trainable params: " << detail::grouped(total - trained) << '\n';
}

}  // namespace frost
