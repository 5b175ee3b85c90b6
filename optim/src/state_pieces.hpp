#pragma once
#include <frost/optim/optimizer.hpp>

#include <vector>

// A weight's state in pieces whose elements were updated equally often: one, unless rows were thawed on the way.
namespace frost::optim {

using detail::FrozenPart;
using detail::Ref;
using detail::StatePiece;

/// Nothing is remembered yet of the elements that `part` leaves of the weight: tensors of the values in `fresh`.
StatePiece fresh_piece(const Tensor& weight, const Ref<FrozenPart>& part, const std::vector<double>& fresh);
/// What the pieces of a weight with this frozen part are once another one is: what trains in both keeps its state, the
/// rest starts afresh.
std::vector<StatePiece> laid_out(const Tensor& weight, const std::vector<StatePiece>& pieces,
                                 const Ref<FrozenPart>& before, const Ref<FrozenPart>& now,
                                 const std::vector<double>& fresh);
/// Has each piece lie in what `part` leaves or have nothing in common with it.
void split_at(const Shape& shape, std::vector<StatePiece>& pieces, const Ref<FrozenPart>& part);
/// Whether two parts leave a common element.
bool overlap(const Shape& shape, const Ref<FrozenPart>& a, const Ref<FrozenPart>& b);

/// The pieces as one state of the weight's shape, fresh where no piece is; and back.
OptimizerState joined(const Tensor& weight, const std::vector<StatePiece>& pieces, bool counts_apart,
                      const std::vector<double>& fresh);
std::vector<StatePiece> pieces_of(const Tensor& weight, const OptimizerState& state, const Ref<FrozenPart>& part);

}  // namespace frost::optim
