#include "shrinking.hpp"

#include "clever_run.hpp"
#include "plain_run.hpp"

#include <exception>
#include <sstream>

namespace pairs {

namespace {

// Every drawing that is a little less.
std::vector<Drawing> smaller(const Drawing& from) {
  std::vector<Drawing> all;
  const auto add = [&](const auto& change) {
    Drawing less = from;
    change(less);
    all.push_back(tidied(less));
  };
  const auto without = [](auto& list, std::size_t i) { list.erase(list.begin() + static_cast<std::ptrdiff_t>(i)); };
  const Architecture& a = from.architecture;

  for (std::size_t i = 0; i < from.segments.size() && from.segments.size() > 1; ++i)
    add([&](Drawing& d) { without(d.segments, i); });
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    add([&](Drawing& d) { without(d.architecture.blocks, i); });
    for (std::size_t k = 0; k < a.blocks[i].parts.size(); ++k) {
      add([&](Drawing& d) { without(d.architecture.blocks[i].parts, k); });
      add([&](Drawing& d) { d.architecture.blocks[i].parts[k].activation = "linear"; });
      add([&](Drawing& d) { d.architecture.blocks[i].parts[k].constraint.clear(); });
      add([&](Drawing& d) { d.architecture.blocks[i].parts[k].kernel_l2 = 0; });
      add([&](Drawing& d) { d.architecture.blocks[i].parts[k].activity_l2 = 0; });
    }
    add([&](Drawing& d) { d.architecture.blocks[i].frozen_at_birth = false; });
    add([&](Drawing& d) { d.architecture.blocks[i].adds_input = false; });
    add([&](Drawing& d) { d.architecture.blocks[i].shares.clear(); });
    if (!a.blocks[i].parts[0].name.empty()) add([&](Drawing& d) { d.architecture.blocks[i].wrap = Wrap::none; });
  }
  for (std::size_t i = 0; i < a.heads.size(); ++i) {
    if (a.heads.size() > 1) add([&](Drawing& d) { without(d.architecture.heads, i); });
    add([&](Drawing& d) { d.architecture.heads[i].behind = Behind::nothing; });
    add([&](Drawing& d) { d.architecture.heads[i].activation_apart = false; });
    add([&](Drawing& d) { d.architecture.heads[i].in_checkpoint = false; });
    add([&](Drawing& d) { d.architecture.heads[i].weight = 1; });
  }
  add([&](Drawing& d) { d.architecture.front = Front::rows; });
  if (a.front > Front::sequences) add([&](Drawing& d) { d.architecture.front = Front::sequences; });
  add([&](Drawing& d) { d.architecture.is_sequential = false; });
  add([&](Drawing& d) { d.architecture.frozen_before_built = false; });
  add([&](Drawing& d) { d.architecture.loudness = 1; });
  add([&](Drawing& d) { d.optimizer = {}; });
  if (from.optimizer.is_adam) add([&](Drawing& d) { d.optimizer = {.is_adam = true}; });
  add([&](Drawing& d) { d.metrics.clear(); });
  for (std::size_t i = 0; i < from.segments.size(); ++i) {
    const Segment& s = from.segments[i];
    for (std::size_t k = 0; k < s.events.size(); ++k) {
      add([&](Drawing& d) { without(d.segments[i].events, k); });
      add([&](Drawing& d) { d.segments[i].events[k].keep_state = d.segments[i].events[k].keep_stochastic = false; });
    }
    if (s.epochs > 1) add([&](Drawing& d) { --d.segments[i].epochs; });
    add([&](Drawing& d) { d.segments[i].between = Between::nothing; });
    add([&](Drawing& d) { d.segments[i].batch_size = from.rows; });
    add([&](Drawing& d) { d.segments[i].steps_per_epoch = 0; });
    add([&](Drawing& d) { d.segments[i].cache_bytes = 0; });
    add([&](Drawing& d) { d.segments[i].shuffle = d.segments[i].draws_beside = false; });
    add([&](Drawing& d) { d.segments[i].validation = Validation::none; });
    add([&](Drawing& d) { d.segments[i].sample_weight = d.segments[i].class_weight = false; });
  }
  return all;
}

std::string text_of(const Drawing& drawing) {
  std::ostringstream text;
  text << drawing;
  return text.str();
}

// Rows of sequences need layers for sequences.
bool is_possible(const Drawing& drawing) {
  if (comes_in_steps(drawing.architecture)) return true;
  for (const Block& block : drawing.architecture.blocks)
    for (const Part& part : block.parts)
      if (part.kind == Kind::lstm || part.kind == Kind::gru || part.kind == Kind::conv ||
          part.kind == Kind::distributed)
        return false;
  return true;
}

}  // namespace

std::string difference_of(const Drawing& drawing) {
  const Record plain = run_plainly(drawing);
  try {
    return difference(plain, run_cleverly(drawing));
  } catch (const std::exception& error) {
    return std::string("the clever run throws: ") + error.what();
  }
}

Drawing shrunk(const Drawing& drawing, const std::function<bool(const Drawing&)>& fails) {
  Drawing smallest = drawing;
  bool found = true;
  while (found) {
    found = false;
    for (const Drawing& less : smaller(smallest)) {
      if (!is_possible(less) || text_of(less) == text_of(smallest) || !fails(less)) continue;
      smallest = less;
      found = true;
      break;
    }
  }
  return smallest;
}

}  // namespace pairs
