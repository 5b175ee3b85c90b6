#include "state_pieces.hpp"

#include <frost/autograd/make.hpp>

#include <algorithm>

namespace frost::optim {

using detail::trained_in_both;
using detail::trained_in_first;

namespace {

bool is_empty(const Ref<FrozenPart>& part) { return part && part->trained() == 0; }

StatePiece piece_within(const StatePiece& piece, const Ref<FrozenPart>& part) {
  StatePiece made{part, {.steps = piece.state.steps}};
  for (const Tensor& t : piece.state.tensors) made.state.tensors.push_back(detail::lay_out(t, piece.part, part));
  return made;
}

bool equally_often(const std::vector<StatePiece>& pieces) {
  return std::all_of(pieces.begin(), pieces.end(),
                     [&](const StatePiece& p) { return p.state.steps == pieces[0].state.steps; });
}

// A part, and how often its elements were updated.
struct Counted {
  FrozenPart::Flags flags;
  std::int64_t count;

  bool operator==(const Counted&) const = default;
};

// Elements from an axis on, by their counts. Indices with the same ones behind them belong together.
std::vector<Counted> by_count(const Shape& shape, std::size_t axis, const std::int64_t* counts) {
  if (axis == shape.size()) return {{FrozenPart::Flags(shape.size()), *counts}};
  std::int64_t stride = 1;
  for (std::size_t k = axis + 1; k < shape.size(); ++k) stride *= shape[k];
  struct Group {
    std::vector<Counted> rest;
    std::vector<bool> others;
  };
  std::vector<Group> groups;
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    std::vector<Counted> rest = by_count(shape, axis + 1, counts + i * stride);
    auto at = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.rest == rest; });
    if (at == groups.end())
      at = groups.insert(at, {std::move(rest), std::vector<bool>(static_cast<std::size_t>(shape[axis]), true)});
    at->others[static_cast<std::size_t>(i)] = false;
  }
  std::vector<Counted> all;
  for (Group& group : groups)
    for (Counted& c : group.rest) {
      c.flags[axis] = group.others;
      all.push_back(std::move(c));
    }
  return all;
}

}  // namespace

StatePiece fresh_piece(const Tensor& weight, const Ref<FrozenPart>& part, const std::vector<double>& fresh) {
  StatePiece piece{part, {}};
  const Shape& shape = part ? part->trained_shape() : weight.shape();
  for (const double value : fresh) piece.state.tensors.push_back(full(shape, value, {.dtype = weight.dtype()}));
  return piece;
}

std::vector<StatePiece> laid_out(const Tensor& weight, const std::vector<StatePiece>& pieces,
                                 const Ref<FrozenPart>& before, const Ref<FrozenPart>& now,
                                 const std::vector<double>& fresh) {
  std::vector<StatePiece> made;
  for (const StatePiece& piece : pieces)
    if (const Ref<FrozenPart> kept = trained_in_both(weight.shape(), piece.part, now); !is_empty(kept))
      made.push_back(piece_within(piece, kept));
  for (const Ref<FrozenPart>& thawed : trained_in_first(weight.shape(), now, before))
    made.push_back(fresh_piece(weight, thawed, fresh));
  if (made.size() < 2 || !equally_often(made)) return made;
  StatePiece whole{{}, joined(weight, made, false, fresh)};
  return {piece_within(whole, now)};
}

void split_at(const Shape& shape, std::vector<StatePiece>& pieces, const Ref<FrozenPart>& part) {
  std::vector<StatePiece> made;
  for (StatePiece& piece : pieces) {
    const std::vector<Ref<FrozenPart>> outside = trained_in_first(shape, piece.part, part);
    if (outside.empty()) {
      made.push_back(std::move(piece));
      continue;
    }
    if (const Ref<FrozenPart> inside = trained_in_both(shape, piece.part, part); !is_empty(inside))
      made.push_back(piece_within(piece, inside));
    for (const Ref<FrozenPart>& rest : outside) made.push_back(piece_within(piece, rest));
  }
  pieces = std::move(made);
}

bool overlap(const Shape& shape, const Ref<FrozenPart>& a, const Ref<FrozenPart>& b) {
  return !is_empty(trained_in_both(shape, a, b));
}

OptimizerState joined(const Tensor& weight, const std::vector<StatePiece>& pieces, bool counts_apart,
                      const std::vector<double>& fresh) {
  OptimizerState all;
  for (const StatePiece& piece : pieces) all.steps = std::max(all.steps, piece.state.steps);
  for (std::size_t k = 0; k < fresh.size(); ++k) {
    Tensor whole = full(weight.shape(), fresh[k], {.dtype = weight.dtype()});
    for (const StatePiece& piece : pieces) {
      const Tensor& own = piece.state.tensors[k];
      piece.part ? piece.part->scatter(own, whole) : whole.assign(own);
    }
    all.tensors.push_back(whole);
  }
  if (!counts_apart && equally_often(pieces)) return all;
  const Tensor counts = zeros(weight.shape(), {.dtype = DType::float64});
  for (const StatePiece& piece : pieces) {
    const Shape& shape = piece.part ? piece.part->trained_shape() : weight.shape();
    const Tensor own = full(shape, static_cast<double>(piece.state.steps), {.dtype = DType::float64});
    piece.part ? piece.part->scatter(own, counts) : counts.assign(own);
  }
  all.own_steps = counts.to(DType::int64);
  return all;
}

std::vector<StatePiece> pieces_of(const Tensor& weight, const OptimizerState& state, const Ref<FrozenPart>& part) {
  const Shape& shape = weight.shape();
  std::vector<Counted> counted = {{FrozenPart::Flags(shape.size()), state.steps}};
  if (state.own_steps.present() && weight.size() > 0)
    counted = by_count(shape, 0, state.own_steps.data<std::int64_t>().data());
  std::vector<StatePiece> pieces;
  for (const Counted& c : counted) {
    const bool is_all = counted.size() == 1;
    const Ref<FrozenPart> own =
        trained_in_both(shape, is_all ? Ref<FrozenPart>() : Ref<FrozenPart>(new FrozenPart(shape, c.flags)), part);
    if (is_empty(own)) continue;
    StatePiece piece{own, {.steps = c.count}};
    for (const Tensor& t : state.tensors) piece.state.tensors.push_back(own ? own->gather(t) : t.detach().clone());
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace frost::optim
