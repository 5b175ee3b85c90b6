#pragma once
#include <frost/autograd/tensor.hpp>

#include <unordered_map>
#include <unordered_set>
#include <vector>

// Looking things up by which they are: time grows with their number, not with its square.
namespace frost::detail {

/// The same for all handles of a tensor, and for no others that live.
FROST_API const void* identity(const Tensor& tensor);

/// Things that have been met. A few are looked through, many are hashed.
class Met {
 public:
  /// Whether it is new.
  bool insert(const void* thing) {
    if (many_.empty()) {
      for (const void* known : few_)
        if (known == thing) return false;
      if (few_.size() < 32) {
        few_.push_back(thing);
        return true;
      }
      many_.insert(few_.begin(), few_.end());
    }
    return many_.insert(thing).second;
  }
  bool insert(const Tensor& tensor) { return insert(identity(tensor)); }

 private:
  std::vector<const void*> few_;
  std::unordered_set<const void*> many_;
};

/// The identities of tensors.
template <class Tensors>
std::unordered_set<const void*> identities(const Tensors& tensors) {
  std::unordered_set<const void*> all;
  for (const Tensor& t : tensors) all.insert(identity(t));
  return all;
}

}  // namespace frost::detail
