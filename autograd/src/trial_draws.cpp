#include <frost/autograd/trial_draws.hpp>

#include <algorithm>
#include <utility>

namespace frost::detail {

namespace {
thread_local constinit TrialDraws* current_trial __attribute__((tls_model("initial-exec"))) = nullptr;
}

TrialDraws::TrialDraws(const std::vector<const Generator*>& generators) : before_(std::exchange(current_trial, this)) {
  for (const Generator* g : generators) still_.push_back({g});
}
TrialDraws::~TrialDraws() { current_trial = before_; }

bool TrialDraws::any() const {
  return std::any_of(still_.begin(), still_.end(), [](const Still& s) { return s.ahead > 0; });
}

TrialDraws* TrialDraws::current() { return current_trial; }

std::optional<std::uint64_t> TrialDraws::take(const std::uint64_t& position, std::uint64_t blocks) {
  const auto at = reinterpret_cast<std::uintptr_t>(&position);
  for (Still& s : still_)  // the position is a part of its generator
    if (at - reinterpret_cast<std::uintptr_t>(s.generator) < sizeof(Generator))
      return position + std::exchange(s.ahead, s.ahead + blocks);
  return {};
}

}  // namespace frost::detail
