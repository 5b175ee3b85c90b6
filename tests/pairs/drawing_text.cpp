#include "drawing.hpp"

#include <ostream>

namespace pairs {

namespace {

const char* text(Wrap wrap) {
  constexpr const char* names[] = {"", "model", "sequential", "checkpoint", "built inside"};
  return names[static_cast<int>(wrap)];
}
const char* text(Front front) {
  constexpr const char* names[] = {"rows", "sequences", "masked sequences", "words"};
  return names[static_cast<int>(front)];
}
const char* text(End end) {
  constexpr const char* names[] = {"as they are", "lstm", "flatten"};
  return names[static_cast<int>(end)];
}
const char* text(Behind behind) {
  constexpr const char* names[] = {"", ", a reshape", ", a function", ", a hook"};
  return names[static_cast<int>(behind)];
}
const char* text(Act act) {
  constexpr const char* names[] = {
      "freeze", "thaw",          "freeze rows", "thaw rows",           "freeze statistics", "thaw statistics", "pause",
      "resume", "assign weight", "assign x",    "assign validation x", "poison x",          "rename"};
  return names[static_cast<int>(act)];
}
const char* text(Aim aim) {
  constexpr const char* names[] = {"layer", "inside", "biases", "kernels", "trunk"};
  return names[static_cast<int>(aim)];
}
const char* text(Meant meant) {
  constexpr const char* names[] = {"", ", weights", ", biases"};
  return names[static_cast<int>(meant)];
}
const char* text(Moment moment) {
  constexpr const char* names[] = {"begin", "after forward", "after backward", "end", "end of epoch"};
  return names[static_cast<int>(moment)];
}
const char* text(Between between) {
  constexpr const char* names[] = {"", "save and load, ", "clone, ", "weights by name, ", "keras, "};
  return names[static_cast<int>(between)];
}
const char* text(Validation validation) {
  constexpr const char* names[] = {"", ", validation split", ", validation data"};
  return names[static_cast<int>(validation)];
}

void print_part(std::ostream& out, const Part& part) {
  out << type_name(part.kind);
  if (!part.name.empty()) out << " '" << part.name << '\'';
  if (part.kind == Kind::dense) out << ' ' << part.activation;
  if (!part.constraint.empty()) out << ", " << part.constraint;
  if (part.kernel_l2 > 0) out << ", kernel l2";
  if (part.activity_l2 > 0) out << ", activity l2";
  if (part.kind == Kind::dropout && part.seed >= 0) out << ", seed " << part.seed;
}

void print_block(std::ostream& out, const Block& block) {
  out << "  " << block.name << ' ' << text(block.wrap) << (block.frozen_at_birth ? ", frozen at birth" : "")
      << (block.adds_input ? ", added to its input" : "");
  if (!block.shares.empty()) out << ", shares the first layer of " << block.shares;
  out << ':';
  for (const Part& part : block.parts) print_part(out << " [", part), out << ']';
  out << '\n';
}

void print_head(std::ostream& out, const Head& head) {
  out << "  " << head.name << ' ' << head.loss << (head.activation_apart ? ", activation apart" : "")
      << (head.in_checkpoint ? ", in a checkpoint" : "") << text(head.behind) << ", loss weight " << head.weight
      << '\n';
}

void print_event(std::ostream& out, const Event& e) {
  out << "    epoch " << e.epoch << " batch " << e.batch << ' ' << text(e.moment) << ": " << text(e.act);
  if (e.act == Act::freeze_rows || e.act == Act::thaw_rows) out << ' ' << e.row << " of " << e.path;
  if (e.act == Act::assign_weight || e.act == Act::rename) out << ' ' << e.path;
  if (e.act <= Act::thaw || (e.act >= Act::freeze_statistics && e.act <= Act::pause)) {
    out << ' ' << text(e.aim);
    if (e.aim <= Aim::inside) out << ' ' << e.path;
    out << text(e.meant) << (e.keep_stochastic ? ", keep stochastic" : "") << (e.keep_state ? ", keep state" : "");
  }
  out << '\n';
}

void print_segment(std::ostream& out, const Segment& s) {
  out << "  " << text(s.between) << (s.by_hand ? "by hand" : "fit") << ", " << s.epochs << " epochs of batches of "
      << s.batch_size;
  if (s.steps_per_epoch > 0) out << ", " << s.steps_per_epoch << " steps an epoch";
  if (s.cache_bytes > 0) out << ", cache of " << s.cache_bytes << " byte";
  out << (s.shuffle ? ", shuffled" : "") << text(s.validation) << (s.sample_weight ? ", sample weights" : "")
      << (s.class_weight ? ", class weights" : "") << (s.draws_beside ? ", another thread draws" : "") << '\n';
  for (const Event& event : s.events) print_event(out, event);
}

void print_optimizer(std::ostream& out, const OptimizerChoice& o) {
  out << (o.is_adam ? "Adam" : "SGD") << " rate " << o.learning_rate;
  if (o.momentum > 0) out << " momentum " << o.momentum << (o.nesterov ? " nesterov" : "");
  if (o.amsgrad) out << " amsgrad";
  if (o.weight_decay > 0) out << " decay " << o.weight_decay;
  if (o.clipnorm > 0) out << " clipnorm " << o.clipnorm;
  if (o.clipvalue > 0) out << " clipvalue " << o.clipvalue;
  if (o.global_clipnorm > 0) out << " global clipnorm " << o.global_clipnorm;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Drawing& d) {
  const Architecture& a = d.architecture;
  out << "drawing of seed " << d.seed << ": " << d.rows << " rows, " << d.validation_rows << " to validate on\n"
      << (a.is_sequential ? "  a Sequential" : "  a Model")
      << (a.frozen_before_built ? " frozen before it is built" : "") << " of " << text(a.front) << ", to the heads "
      << text(a.end) << ", loudness " << a.loudness << '\n';
  for (const Block& block : a.blocks) print_block(out, block);
  for (const Head& head : a.heads) print_head(out, head);
  print_optimizer(out << "  ", d.optimizer);
  for (const std::string& metric : d.metrics) out << ", " << metric;
  out << '\n';
  for (const Segment& segment : d.segments) print_segment(out, segment);
  return out;
}

}  // namespace pairs
