#pragma once
#include <frost/layers/layer.hpp>
#include <frost/layers/symbol.hpp>

#include <iosfwd>

namespace frost {

/// Prints `<Dense name=dense1, params=330, trainable=yes>`; "partly" where some of the weights are frozen, and
/// `built=no` for a layer that has no weights yet.
FROST_API std::ostream& operator<<(std::ostream& out, const Layer& layer);
/// Prints `<Symbol shape=(None, 32), dtype=float32, layer=dense1>`.
FROST_API std::ostream& operator<<(std::ostream& out, const Symbol& symbol);

}  // namespace frost
