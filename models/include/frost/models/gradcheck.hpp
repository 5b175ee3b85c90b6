#pragma once
#include <frost/layers/gradcheck.hpp>
#include <frost/models/loss.hpp>
#include <frost/models/model.hpp>

namespace frost {

/// Checks the gradients of a model's loss, given as in `compile`, by name or as a function:
/// `gradcheck(model, x, y, "categorical_crossentropy")`. See gradcheck of a layer.
/// Throws: ValueError for an unknown name; ShapeError, ValueError when y does not fit the output.
FROST_API GradcheckReport gradcheck(const Model& model, const Tensor& x, const Tensor& y_true, const Loss& loss,
                                    const GradcheckOptions& options = {});
/// The same for several inputs.
FROST_API GradcheckReport gradcheck(const Model& model, const Tensors& xs, const Tensor& y_true, const Loss& loss,
                                    const GradcheckOptions& options = {});

}  // namespace frost
