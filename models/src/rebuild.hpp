#pragma once
#include "model_base.hpp"

namespace frost::detail {

/// A model like this one that shares nothing with it: layers, weights, flags and names are copied, what it was compiled
/// with is not. Throws: ValueError that names a layer whose class does not say how it is copied.
Model copy_model(const ModelBase& model);

/// The same layers between inputs of other shapes, without the batch axis. Nested models are made anew.
/// Throws: ShapeError that names the layer that does not fit.
Model with_input_shapes(const ModelBase& model, const std::vector<Shape>& shapes);

}  // namespace frost::detail
