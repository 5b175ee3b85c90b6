#include <frost/layers/print.hpp>

#include <algorithm>
#include <ostream>

namespace frost {

std::ostream& operator<<(std::ostream& out, const Layer& layer) {
  if (!layer) return out << "<absent layer>";
  out << '<' << layer.type() << " name=" << layer.name();
  if (!layer.is_built()) return out << ", built=no>";
  const Parameters all = layer.weights(), trained = layer.trainable_weights();
  if (all.empty()) return out << '>';
  const char* trains = trained.empty() ? "no" : trained.size() == all.size() ? "yes" : "partly";
  return out << ", params=" << layer.count_params() << ", trainable=" << trains << '>';
}

std::ostream& operator<<(std::ostream& out, const Symbol& symbol) {
  if (!symbol) return out << "<absent symbol>";
  out << "<Symbol shape=(";
  const Shape shape = symbol.shape();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i) out << ", ";
    if (shape[i] < 0)
      out << "None";
    else
      out << shape[i];
  }
  return out << (shape.size() == 1 ? ",)" : ")") << ", dtype=" << symbol.dtype() << ", layer=" << symbol.layer().name()
             << '>';
}

}  // namespace frost
