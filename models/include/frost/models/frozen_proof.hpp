#pragma once
#include <frost/models/selector.hpp>

#include <memory>

namespace frost {

/// The fingerprints of weights at one moment, to prove later that none of them moved by a bit:
///
///     FrozenProof proof = assert_frozen(model, until("flatten"));
///     model.fit(x, y);
///     proof.check();
///
/// Moving statistics of what is selected count as well. Of a weight that is frozen in part when the proof is taken,
/// that part counts. A proof keeps 16 bytes for each 1024 of the weights, and may be copied.
class FROST_API FrozenProof {
 public:
  /// Throws: Error that names the first weight that moved and says where.
  void check() const;
  /// The names of all weights that moved, in the model's order.
  std::vector<std::string> moved() const;

 private:
  friend FROST_API FrozenProof assert_frozen(const Layer& model, const Selector& selector);
  struct Entry;
  std::shared_ptr<const std::vector<Entry>> entries_;
};

/// Takes the fingerprints of all weights that a selector selects.
/// Throws: ValueError when it selects no weight.
[[nodiscard]] FROST_API FrozenProof assert_frozen(const Layer& model, const Selector& selector);

}  // namespace frost
