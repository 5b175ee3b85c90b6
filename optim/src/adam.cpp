#include <frost/optim/adam.hpp>

#include "adam_rule.hpp"
#include "entries.hpp"

namespace frost {

namespace {

struct AdamRule : optim::AdamRuleOf<AdamOptions> {
  static constexpr const char* type = "Adam";
  explicit AdamRule(const AdamOptions& options) : AdamRuleOf(type, options) {}
};

}  // namespace

const optim::Entry optim::adam = entry_of<AdamRule>;
OptimizerBase* Adam::make(const AdamOptions& options) { return new optim::RuledOptimizer<AdamRule>(options); }

}  // namespace frost
