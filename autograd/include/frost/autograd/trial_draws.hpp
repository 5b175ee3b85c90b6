#pragma once
#include <frost/autograd/random.hpp>

#include <optional>
#include <vector>

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
  /// Where so many blocks are taken from without moving their generator, whose position is given; nothing: it is to be
  /// moved, for it is none of these.
  std::optional<std::uint64_t> take(const std::uint64_t& position, std::uint64_t blocks);

 private:
  struct Still {
    const Generator* generator;
    std::uint64_t ahead = 0;  // blocks that were drawn beyond its position
  };
  std::vector<Still> still_;
  TrialDraws* outer_;
};

}  // namespace frost::detail
