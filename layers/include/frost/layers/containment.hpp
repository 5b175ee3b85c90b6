#pragma once
#include <frost/autograd/leaf.hpp>
#include <frost/layers/graph.hpp>

namespace frost::detail {

/// The flags of a layer, or of a weight that is no state, once it is in a layer with the holder's flags. More pauses
/// may be lifted than there are: restoring them counts those that are.
Graph::Flags taken_over(const Graph::Flags& holder, Graph::Flags inner);
LeafState taken_over(const Graph::Flags& holder, LeafState weight);

}  // namespace frost::detail
