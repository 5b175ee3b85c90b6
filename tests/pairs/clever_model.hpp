#pragma once
#include "drawing.hpp"

#include <frost/models.hpp>
#include <frost/optim.hpp>

#include <map>

// The model of a drawing as a user writes it.
namespace pairs {

/// A model that is not built if it is a Sequential that is frozen before.
frost::Model model_of(const Architecture& architecture, const frost::Tensor& x);
frost::Optimizer optimizer_of(const OptimizerChoice& choice);
frost::Losses losses_of(const Architecture& architecture);

/// All weights by their paths; a weight that stands in two places has both.
std::map<std::string, frost::Parameter> weights_by_path(const frost::Model& model);

frost::Selector selector_of(const Event& event, const Architecture& architecture);
frost::FreezeOptions options_of(const Event& event);

}  // namespace pairs
