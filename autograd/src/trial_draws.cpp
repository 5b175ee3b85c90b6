#include <frost/autograd/trial_draws.hpp>

#include "draw_journal.hpp"

#include <algorithm>

namespace frost::detail {

TrialDraws::TrialDraws(const std::vector<const Generator*>& generators)
    : journal_(std::make_unique<DrawJournal>()), before_(thread_state().journal) {
  journal_->outer = before_;
  for (const Generator* g : generators) journal_->still.push_back({g});
  thread_state().journal = journal_.get();
}
TrialDraws::~TrialDraws() { thread_state().journal = before_; }

bool TrialDraws::any() const {
  return std::any_of(journal_->still.begin(), journal_->still.end(),
                     [](const StillGenerator& g) { return g.ahead > 0; });
}

}  // namespace frost::detail
