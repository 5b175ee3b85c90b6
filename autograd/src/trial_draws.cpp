#include <frost/autograd/trial_draws.hpp>

#include "thread_state.hpp"

#include <algorithm>
#include <utility>

namespace frost::detail {

TrialDraws::TrialDraws(const std::vector<const Generator*>& generators)
    : outer_(std::exchange(thread_state().trial, this)) {
  for (const Generator* g : generators) still_.push_back({g});
}
TrialDraws::~TrialDraws() { thread_state().trial = outer_; }

bool TrialDraws::any() const {
  return std::any_of(still_.begin(), still_.end(), [](const Still& g) { return g.ahead > 0; });
}

// The generator is the one that the position is a part of.
std::optional<std::uint64_t> TrialDraws::take(const std::uint64_t& position, std::uint64_t blocks) {
  const auto address = reinterpret_cast<std::uintptr_t>(&position);
  for (Still& g : still_)
    if (address - reinterpret_cast<std::uintptr_t>(g.generator) < sizeof(Generator))
      return position + std::exchange(g.ahead, g.ahead + blocks);
  return outer_ ? outer_->take(position, blocks) : std::nullopt;
}

}  // namespace frost::detail
