#pragma once
#include <frost/optim/optimizer.hpp>

namespace frost {

/// An optimizer from what `base().type()` and `base().config()` gave: `make_optimizer("Adam", config)`. Options that
/// are left out have their defaults. Throws: ValueError for a type or an option that is not known.
FROST_API Optimizer make_optimizer(const std::string& type, const std::map<std::string, double>& config);

/// Makes a class of yours known to make_optimizer, and so to files of models.
/// Throws: ValueError when the name is a built-in optimizer's.
FROST_API void register_optimizer(const std::string& type, Optimizer (*make)(const std::map<std::string, double>&));

}  // namespace frost
