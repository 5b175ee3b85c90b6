#include <frost/optim/adamw.hpp>

#include "adam_rule.hpp"
#include "entries.hpp"

namespace frost {

namespace {

struct AdamWRule : optim::AdamRuleOf<AdamWOptions> {
  static constexpr const char* type = "AdamW";
  explicit AdamWRule(const AdamWOptions& options) : AdamRuleOf(type, options) {}
};

}  // namespace

const optim::Entry optim::adamw = entry_of<AdamWRule>;
OptimizerBase* AdamW::make(const AdamWOptions& options) { return new optim::RuledOptimizer<AdamWRule>(options); }

}  // namespace frost
