#pragma once
#include "node.hpp"

#include <bit>
#include <cstdint>
#include <unordered_map>
#include <vector>

// What a walk notes of leaves and of other threads' nodes. Both may be in walks of several threads at once, so that the
// walk keeps these notes to itself; those of its own thread's nodes are in the nodes.
namespace frost::detail {

struct LeafNote {
  TensorImpl* leaf;
  Tensor gradient = {};    // gathered so far
  bool is_target = false;  // its gradient is asked for
};

class LeafNotes {
 public:
  /// The note of a leaf, made where there is none. It stays where it is until the next one is made.
  LeafNote& at(TensorImpl* leaf) {
    if (LeafNote* note = find(leaf)) return *note;
    if (notes_.empty()) notes_.reserve(2 * few);
    notes_.push_back({leaf});
    if (notes_.size() > few) place_last();
    return notes_.back();
  }
  LeafNote* find(const TensorImpl* leaf) {
    if (notes_.size() <= few) {
      for (LeafNote& note : notes_)
        if (note.leaf == leaf) return &note;
      return nullptr;
    }
    const std::uint32_t place = places_[place_of(leaf)];
    return place ? &notes_[place - 1] : nullptr;
  }

  auto begin() { return notes_.begin(); }  // in the order in which they were made
  auto end() { return notes_.end(); }

 private:
  static constexpr std::size_t few = 8;  // that are looked through one by one

  // Where in the table the leaf is, or the empty place where it belongs.
  std::size_t place_of(const TensorImpl* leaf) const {
    const std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(leaf) * 0x9e3779b97f4a7c15;
    std::size_t i = mixed >> (64 - std::countr_zero(places_.size()));
    while (places_[i] && notes_[places_[i] - 1].leaf != leaf) i = (i + 1) & (places_.size() - 1);
    return i;
  }
  void place_last() {
    if (2 * notes_.size() > places_.size()) {
      places_.assign(4 * std::bit_ceil(notes_.size()), 0);
      for (std::uint32_t n = 1; n < notes_.size(); ++n) places_[place_of(notes_[n - 1].leaf)] = n;
    }
    places_[place_of(notes_.back().leaf)] = static_cast<std::uint32_t>(notes_.size());
  }

  std::vector<LeafNote> notes_;
  std::vector<std::uint32_t> places_;  // an open-addressed table of numbers in notes_, from 1
};

struct NodeNote {
  std::uint8_t flags = 0;
  Tensor gradients[max_outputs] = {};
};

}  // namespace frost::detail
