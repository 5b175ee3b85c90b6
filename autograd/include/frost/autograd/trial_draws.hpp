#pragma once
#include <frost/autograd/random.hpp>

#include <memory>

namespace frost::detail {

struct DrawJournal;

/// While it lives, this thread draws from some generators without moving them: what it computes is kept if it drew
/// none of their numbers, and else computed again with the same. Other threads draw as ever.
class FROST_API TrialDraws {
 public:
  [[nodiscard]] explicit TrialDraws(const std::vector<const Generator*>& generators);
  ~TrialDraws();
  TrialDraws(const TrialDraws&) = delete;
  TrialDraws& operator=(const TrialDraws&) = delete;

  /// Whether any of their numbers were drawn so far.
  bool any() const;

 private:
  std::unique_ptr<DrawJournal> journal_;
  DrawJournal* before_;
};

}  // namespace frost::detail
