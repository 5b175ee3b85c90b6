#pragma once
#include <frost/autograd/random.hpp>

#include <optional>

namespace frost::detail {

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

  /// The one that this thread is in; null: none.
  static TrialDraws* current();
  /// Where a draw of so many blocks begins, if the position is that of a generator that is not to move.
  std::optional<std::uint64_t> take(const std::uint64_t& position, std::uint64_t blocks);

 private:
  struct Still {
    const Generator* generator;
    std::uint64_t ahead = 0;  // blocks that were drawn beyond its position
  };
  std::vector<Still> still_;
  TrialDraws* before_;
};

}  // namespace frost::detail
