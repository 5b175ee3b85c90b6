#include "drawing.hpp"

#include <algorithm>
#include <random>
#include <tuple>

namespace pairs {

namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits_() % n); }
  bool chance(double p) { return static_cast<double>(bits_() >> 11) < p * 9007199254740992.; }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
  std::uint64_t seed() { return bits_() % 1000000; }

 private:
  std::mt19937_64 bits_;
};

Part draw_part(Dice& dice, const std::string& name, bool in_steps) {
  Part part{.name = name};
  part.kind = dice.one_of(
      {Kind::dense, Kind::dense, Kind::dense, Kind::batch_norm, Kind::batch_norm, Kind::layer_norm, Kind::dropout});
  if (in_steps && dice.chance(0.5)) part.kind = dice.one_of({Kind::lstm, Kind::gru, Kind::conv, Kind::distributed});
  if (part.kind == Kind::dense) {
    part.activation = dice.one_of({"linear", "tanh", "relu", "sigmoid"});
    if (dice.chance(0.25)) part.activity_l2 = 0.03;
    if (dice.chance(0.2)) part.constraint = dice.one_of({"max_norm", "non_neg", "unit_norm"});
  }
  if ((part.kind == Kind::dense || part.kind == Kind::conv) && dice.chance(0.4)) part.kernel_l2 = 0.04;
  if (part.kind == Kind::dropout) {
    part.rate = 0.4;
    if (dice.chance(0.5)) part.seed = static_cast<std::int64_t>(dice.seed());
  }
  return part;
}

Block draw_block(Dice& dice, std::size_t number, const Architecture& so_far) {
  const std::string index = std::to_string(number);
  Block block{.name = "b" + index};
  block.wrap = dice.one_of(
      {Wrap::none, Wrap::none, Wrap::model, Wrap::sequential, Wrap::checkpoint, Wrap::checkpoint, Wrap::built_inside});
  const bool named = block.wrap == Wrap::none || dice.chance(0.7);
  const std::size_t parts = 1 + dice.below(block.wrap == Wrap::none ? 2 : 3);
  for (std::size_t i = 0; i < parts; ++i)
    block.parts.push_back(
        draw_part(dice, named ? "p" + index + "_" + std::to_string(i) : std::string(), comes_in_steps(so_far)));
  block.frozen_at_birth = dice.chance(0.15);
  block.adds_input = dice.chance(0.15);
  if (block.wrap == Wrap::model && named && dice.chance(0.8))
    for (const Block& other : so_far.blocks)
      if (other.wrap == Wrap::model && !other.parts[0].name.empty() && other.shares.empty()) {
        block.shares = other.name;
        block.parts[0] = other.parts[0];
        break;
      }
  return block;
}

Head draw_head(Dice& dice, std::size_t number) {
  Head head{.name = "h" + std::to_string(number)};
  head.target = dice.one_of({Target::labels, Target::labels, Target::one_hot, Target::bits, Target::numbers});
  switch (head.target) {
    case Target::labels:
      head.loss = "sparse_categorical_crossentropy";
      break;
    case Target::one_hot:
      head.loss = "categorical_crossentropy";
      break;
    case Target::bits:
      head.loss = "binary_crossentropy";
      break;
    case Target::numbers:
      head.loss = dice.one_of({"mse", "mae", "huber"});
      break;
  }
  head.behind = dice.one_of({Behind::nothing, Behind::nothing, Behind::reshape, Behind::function, Behind::hook});
  head.activation_apart = head.target != Target::numbers && dice.chance(0.3);
  head.in_checkpoint = dice.chance(0.2);
  head.weight = dice.one_of({1., 1., 0.5, 2.});
  return head;
}

Architecture draw_architecture(Dice& dice) {
  Architecture a;
  a.front = dice.one_of({Front::rows, Front::rows, Front::sequences, Front::masked, Front::masked, Front::embedded});
  const std::size_t blocks = 1 + dice.below(4);
  for (std::size_t i = 0; i < blocks; ++i) a.blocks.push_back(draw_block(dice, i, a));
  if (comes_in_steps(a)) a.end = dice.one_of({End::none, End::none, End::lstm, End::flatten});
  a.heads.push_back(draw_head(dice, 0));
  if (dice.chance(0.3)) a.heads.push_back(draw_head(dice, 1));
  const bool has_numbers =
      std::any_of(a.heads.begin(), a.heads.end(), [](const Head& h) { return h.target == Target::numbers; });
  a.loudness = dice.chance(0.2) && !has_numbers ? 25 : 1;  // a loss of numbers would blow up
  const bool shares = std::any_of(a.blocks.begin(), a.blocks.end(), [](const Block& b) { return !b.shares.empty(); });
  a.is_sequential = a.heads.size() == 1 && !shares && dice.chance(0.3);
  a.frozen_before_built = a.is_sequential && dice.chance(0.4);
  return a;
}

OptimizerChoice draw_optimizer(Dice& dice) {
  OptimizerChoice o{.is_adam = dice.chance(0.6)};
  if (o.is_adam) {
    o.amsgrad = dice.chance(0.3);
  } else if (dice.chance(0.6)) {
    o.momentum = 0.8;
    o.nesterov = dice.chance(0.5);
  }
  if (dice.chance(0.3)) o.weight_decay = 0.1;
  switch (dice.below(6)) {
    case 0:
      o.clipnorm = 0.1;
      break;
    case 1:
      o.clipvalue = 0.03;
      break;
    case 2:
      o.global_clipnorm = 0.2;
      break;
    default:
      break;
  }
  return o;
}

// The model's paths, from which events choose.
struct Paths {
  std::vector<std::string> layers, weights;
};

Event draw_event(Dice& dice, const Segment& segment, const Paths& paths) {
  Event e;
  e.epoch = static_cast<int>(dice.below(static_cast<std::size_t>(segment.epochs)));
  e.batch = static_cast<std::int64_t>(dice.below(3));
  e.moment =
      segment.by_hand
          ? dice.one_of({Moment::after_forward, Moment::after_forward, Moment::after_backward, Moment::batch_end})
          : dice.one_of({Moment::epoch_begin, Moment::batch_end, Moment::batch_end, Moment::epoch_end});
  e.aim = dice.one_of({Aim::layer, Aim::layer, Aim::inside, Aim::biases, Aim::kernels, Aim::trunk, Aim::trunk});
  e.path = dice.one_of(paths.layers);
  e.meant = dice.one_of({Meant::both, Meant::both, Meant::both, Meant::weights, Meant::biases});
  e.row = static_cast<std::int64_t>(dice.below(2));
  e.seed = dice.seed();
  return e;
}

// A layer inside another, or that one where there is none.
std::string one_inside(Dice& dice, const std::string& path, const Paths& paths) {
  std::vector<std::string> inside;
  for (const std::string& layer : paths.layers)
    if (layer.starts_with(path + "/")) inside.push_back(layer);
  return inside.empty() ? path : dice.one_of(inside);
}

// What begins may end, with the same aim, at any other moment from then on.
void begin_and_end(Dice& dice, Segment& segment, Event begin, Act begins, Act ends, const Paths& paths) {
  begin.act = begins;
  Event end = begin;
  end.act = ends;
  const Event later = draw_event(dice, segment, paths);
  end.moment = later.moment;
  if (std::tuple(later.epoch, later.batch) >= std::tuple(begin.epoch, begin.batch)) {
    end.epoch = later.epoch;
    end.batch = later.batch;
  }
  if (begin.aim == Aim::layer && dice.chance(0.5)) end.path = one_inside(dice, begin.path, paths);
  segment.events.push_back(begin);
  if (dice.chance(0.8)) segment.events.push_back(end);
}

// Writes a weight of a frozen layer while a step still needs it.
void freeze_and_assign(Dice& dice, Segment& segment, Event e, const Paths& paths) {
  const std::string weight = dice.one_of(paths.weights);
  e.act = Act::freeze;
  e.aim = Aim::layer;
  e.path = weight.substr(0, weight.rfind('/'));
  e.meant = Meant::both;
  segment.events.push_back(e);
  if (segment.by_hand) e.moment = Moment::after_forward;
  ++e.batch;
  e.act = Act::assign_weight;
  e.path = weight;
  segment.events.push_back(e);
}

// Freezes a layer that has layers inside, and thaws one of these.
void freeze_around(Dice& dice, Segment& segment, Event e, const Paths& paths) {
  std::vector<std::string> outer;
  for (const std::string& layer : paths.layers)
    if (layer.find('/') != std::string::npos) outer.push_back(layer.substr(0, layer.rfind('/')));
  e.aim = Aim::layer;
  e.meant = Meant::both;
  if (!outer.empty()) e.path = dice.one_of(outer);
  e.act = Act::freeze;
  segment.events.push_back(e);
  e.path = one_inside(dice, e.path, paths);
  e.act = Act::thaw;
  segment.events.push_back(e);
}

void draw_story(Dice& dice, Segment& segment, const Paths& paths) {
  Event e = draw_event(dice, segment, paths);
  const auto one = [&](Act act) {
    e.act = act;
    segment.events.push_back(e);
  };
  switch (dice.below(14)) {
    case 0:
    case 1:
    case 2:
      e.keep_stochastic = dice.chance(0.2);
      e.keep_state = dice.chance(0.3);
      return begin_and_end(dice, segment, e, Act::freeze, Act::thaw, paths);
    case 3:
      return dice.chance(0.4) ? one(Act::thaw) : freeze_around(dice, segment, e, paths);
    case 4:
    case 5:
      e.path = dice.one_of(paths.weights);
      return begin_and_end(dice, segment, e, Act::freeze_rows, Act::thaw_rows, paths);
    case 6:
      e.aim = dice.one_of({Aim::layer, Aim::trunk});
      return begin_and_end(dice, segment, e, Act::freeze_statistics, Act::thaw_statistics, paths);
    case 7:
    case 8:
      return begin_and_end(dice, segment, e, Act::pause, Act::resume, paths);
    case 9:
      e.path = dice.one_of(paths.weights);
      return one(Act::assign_weight);
    case 10:
      return one(segment.validation == Validation::data && dice.chance(0.5) ? Act::assign_validation_x : Act::assign_x);
    case 11:
    case 12:
      return freeze_and_assign(dice, segment, e, paths);
    default:
      if (dice.chance(0.1)) return one(Act::rename);
      if (!segment.by_hand && dice.chance(0.3)) return one(Act::poison_x);
      e.aim = Aim::trunk;  // what is frozen from the first batch on may be computed once
      e.epoch = 0;
      e.batch = 0;
      e.moment = segment.by_hand ? Moment::batch_end : Moment::epoch_begin;
      return one(Act::freeze);
  }
}

Segment draw_segment(Dice& dice, bool is_first, const Architecture& a, const Paths& paths) {
  Segment s;
  if (!is_first)
    s.between = dice.one_of({Between::nothing, Between::save_and_load, Between::save_and_load, Between::clone,
                             Between::weights_by_name, Between::keras, Between::keras});
  s.by_hand = dice.chance(0.35);
  s.epochs = 1 + static_cast<int>(dice.below(3));
  s.batch_size = 2 + static_cast<std::int64_t>(dice.below(3));
  if (!s.by_hand) {
    s.shuffle = dice.chance(0.4);
    s.steps_per_epoch = dice.chance(0.3) ? 1 + static_cast<std::int64_t>(dice.below(4)) : 0;
    s.draws_beside = dice.chance(0.1);
    s.cache_bytes = dice.chance(0.2) ? 1 : 0;
    s.validation = dice.one_of({Validation::none, Validation::split, Validation::data});
    s.sample_weight = dice.chance(0.3);
    s.class_weight = a.heads.size() == 1 && !goes_out_in_steps(a) &&
                     (a.heads[0].target == Target::labels || a.heads[0].target == Target::one_hot) && dice.chance(0.3);
  }
  const std::size_t stories = dice.below(4);
  for (std::size_t i = 0; i < stories; ++i) draw_story(dice, s, paths);
  std::stable_sort(s.events.begin(), s.events.end(), [](const Event& x, const Event& y) {
    return std::tuple(x.epoch, x.batch) < std::tuple(y.epoch, y.batch);
  });
  return s;
}

}  // namespace

Drawing draw(std::uint64_t seed) {
  Dice dice(seed * 0x9e3779b97f4a7c15 + 1);
  Drawing d{.seed = seed, .architecture = draw_architecture(dice)};
  d.optimizer = draw_optimizer(dice);
  d.optimizer.learning_rate = d.architecture.loudness > 1 ? 0.002 : 0.02;
  const bool has_labels = std::any_of(d.architecture.heads.begin(), d.architecture.heads.end(),
                                      [](const Head& h) { return h.target == Target::labels; });
  d.metrics = {"accuracy"};
  if (!has_labels) d.metrics.push_back(dice.one_of({"mae", "mse"}));
  const Paths paths{trunk_paths(d.architecture), weight_paths(d.architecture)};
  const std::size_t segments = 1 + dice.below(3);
  for (std::size_t i = 0; i < segments; ++i) d.segments.push_back(draw_segment(dice, i == 0, d.architecture, paths));
  return tidied(d);
}

}  // namespace pairs
