#pragma once
#include "node.hpp"

namespace frost::detail {

/// While it lives, a walk's rules run: recorded, or as first-order rules.
class GradMode {
 public:
  explicit GradMode(bool create_graph)
      : state_(thread_state()), enabled_(state_.grad_enabled), in_rule_(state_.in_rule) {
    state_.grad_enabled = create_graph;
    state_.in_rule = !create_graph;
  }
  ~GradMode() {
    state_.grad_enabled = enabled_;
    state_.in_rule = in_rule_;
  }

 private:
  ThreadState& state_;
  bool enabled_, in_rule_;
};

/// Throws when a pass has freed what the node had saved.
[[noreturn]] void graph_is_gone(const Node& node);
inline void expect_alive(const Node& node) {
  if (node.flags & Node::released) [[unlikely]]
    graph_is_gone(node);
}

/// Throws, in the name of `op`, unless the output is on the tape.
void expect_recorded(const char* op, const Tensor& output);

/// The gradient that a pass starts from: the given one, checked, or 1 for a tensor with one element.
Tensor starting_gradient(const char* op, const Tensor& output, const Tensor& given);

}  // namespace frost::detail
