#include <frost/models/print.hpp>

#include "progress.hpp"

#include <frost/layers/print.hpp>

#include <cmath>
#include <ostream>

namespace frost {

namespace {

// Loss first, as everywhere that both are printed.
template <class Values, class Text>
std::string line_of(const Values& values, const Text& text) {
  std::string line;
  const auto append = [&](const auto& entry) {
    line += (line.empty() ? "" : " - ") + entry.first + ": " + models::value_text(text(entry.second));
  };
  for (const auto& entry : values)
    if (entry.first == "loss") append(entry);
  for (const auto& entry : values)
    if (entry.first != "loss") append(entry);
  return line;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Model& model) {
  if (!model || !model.is_built()) return out << static_cast<const Layer&>(model);
  model.summary(out);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Evaluation& evaluation) {
  return out << line_of(evaluation.values(), [](double value) { return value; });
}

std::ostream& operator<<(std::ostream& out, const History& history) {
  for (std::size_t epoch = 0; epoch < history.epochs(); ++epoch)
    out << "epoch " << epoch + 1 << ": " << line_of(history.values(), [epoch](const std::vector<double>& all) {
      return epoch < all.size() ? all[epoch] : NAN;
    }) << '\n';
  return out;
}

}  // namespace frost
