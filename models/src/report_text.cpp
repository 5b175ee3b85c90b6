#include "describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace frost {

namespace {

using Row = std::array<std::string, 8>;

// "640", "131.1k", "8.4M".
std::string short_number(std::int64_t number) {
  if (number < 1000) return std::to_string(number);
  auto value = static_cast<double>(number);
  std::size_t power = 0;
  for (; value >= 999.95 && power < 4; ++power) value /= 1000;
  return fmt::format("{:.1f}{}", value, " kMGT"[power]);
}

constexpr std::size_t widest = 100;  // columns of the whole report
constexpr std::size_t least_name = 20;

// A text in lines that are not too long, broken between words.
void print_broken(std::ostream& out, const std::string& text, const std::string& indent) {
  std::string line;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t next = std::min(text.find(' ', text.find_first_not_of(' ', at)), text.size());
    std::string word = text.substr(at, next - at);
    if (!line.empty() && detail::width(line) + detail::width(word) > widest) {
      out << line << '\n';
      line = indent;
      word.erase(0, word.find_first_not_of(' '));
    }
    line += word;
    at = next;
  }
  out << line << '\n';
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "" : fmt::format("{:.0f} %", 100. * static_cast<double>(part) / static_cast<double>(whole));
}

Row row_of(const std::string& name, const StepCost& c) {
  return {name,
          "",
          "",
          short_number(c.saved_bytes),
          short_number(c.forward_flops),
          short_number(c.input_gradient_flops),
          short_number(c.weight_gradient_flops),
          short_number(c.optimizer_bytes)};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const FreezeReport& report) {
  // Two lines of titles, so that the numbers' columns are no wider than they need to be.
  const std::array<Row, 2> titles = {
      {{"", "", "On", "Saved", "Forward", "Input", "Weight", "Optimizer"},
       {"Layer (type)", "State", "tape", "bytes", "FLOPs", "gradient", "gradient", "bytes"}}};
  std::vector<Row> rows;
  for (const LayerReport& layer : report.layers) {
    Row row = row_of(layer.path + " (" + layer.type + ")", layer.cost);
    row[1] = layer.state == FreezeState::without_weights ? "" : detail::text_of(layer.state);
    row[2] = layer.nodes > 0 ? "yes" : "no";
    rows.push_back(std::move(row));
  }
  const StepCost &now = report.total, &all = report.all_trainable;
  rows.push_back(row_of("Total", now));
  rows.push_back(row_of("All trainable", all));
  rows.push_back({"In percent", "", "", percent(now.saved_bytes, all.saved_bytes),
                  percent(now.forward_flops, all.forward_flops),
                  percent(now.input_gradient_flops, all.input_gradient_flops),
                  percent(now.weight_gradient_flops, all.weight_gradient_flops),
                  percent(now.optimizer_bytes, all.optimizer_bytes)});

  std::array<std::size_t, 8> widths = {};
  for (std::size_t i = 0; i < widths.size(); ++i) {
    widths[i] = std::max(titles[0][i].size(), titles[1][i].size());
    for (const Row& row : rows) widths[i] = std::max(widths[i], detail::width(row[i]));
  }
  std::size_t line = 1;
  for (const std::size_t w : widths) line += w + 2;
  line -= 2;
  if (line > widest) {
    widths[0] -= std::min(widths[0] - least_name, line - widest);
    line = widest;
  }
  // Words to the left of their column, numbers to the right; a name that is too long has a line of its own.
  const auto print = [&](Row row) {
    if (detail::width(row[0]) > widths[0]) out << ' ' << std::exchange(row[0], "") << '\n';
    std::string text = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - detail::width(row[i]), ' ');
      text += (i < 3 ? row[i] + padding : padding + row[i]) + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };

  print_broken(
      out, fmt::format("Freeze report of \"{}\", a training step on a batch of {}", report.model, report.batch_size),
      "");
  out << std::string(line, '_') << '\n';
  for (const Row& row : titles) print(row);
  out << std::string(line, '=') << '\n';
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == report.layers.size()) out << std::string(line, '=') << '\n';
    print(rows[i]);
    if (i < report.layers.size()) print_broken(out, "   " + report.layers[i].reason, "     ");
  }
  out << std::string(line, '_') << '\n'
      << fmt::format("Predicted time of a step: {:.2f} of the time with everything trainable\n", report.relative_time);
  for (const std::string& note : report.notes) print_broken(out, "Note: " + note, "  ");
  return out;
}

}  // namespace frost
