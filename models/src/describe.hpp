#pragma once
#include "model_base.hpp"

#include <frost/models/report.hpp>

// What tables and pictures of models say of a layer.
namespace frost::detail {

/// Whether a layer's weights, those of the layers inside it too, are trained. Moving statistics are passed over.
FreezeState freeze_state(const Layer& layer);
/// "trainable", "frozen", "partly", "no weights".
const char* text_of(FreezeState state);

/// The shapes of what the layers give in a model: "(None, 32)", as a list where there are several, and always of an
/// Input; "multiple" where a layer's calls differ; empty where there are none.
class OutputTexts {
 public:
  explicit OutputTexts(const ModelBase& model);
  const std::string& of(const Layer& layer) const;

 private:
  std::unordered_map<const LayerBase*, std::string> texts_;
};

/// "1,234,567".
std::string grouped(std::int64_t number);
/// The number of characters, of which UTF-8 may need several bytes each.
std::size_t width(const std::string& text);

}  // namespace frost::detail
