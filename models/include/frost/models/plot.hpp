#pragma once
#include <frost/models/model.hpp>

#include <string>

namespace frost {

/// The model as a graph in Graphviz' language DOT: a box a layer, with its type, output shape and weights, green where
/// it is trainable, blue where it is frozen, yellow where it is so in part, grey without weights. Nested models are
/// clusters. Throws: GraphError when the model is not built.
FROST_API std::string to_dot(const Model& model);

/// Draws the model into a file: `.dot` (or `.gv`) is the text of to_dot; `.svg`, `.png`, `.pdf` and `.jpg` (or `.jpeg`)
/// are drawn by Graphviz' program `dot`. An interruption leaves the old file or the new one, whole. Throws: ValueError
/// for another ending; FileError when `dot` is not installed or fails, or the file cannot be written.
FROST_API void plot_model(const Model& model, const std::string& path);

}  // namespace frost
