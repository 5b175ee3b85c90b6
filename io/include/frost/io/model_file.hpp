#pragma once
#include <frost/models/model.hpp>
#include <frost/models/tensor_list.hpp>

namespace frost {

struct SaveOptions {
  /// Inputs that the file keeps with the outputs which the model gives now: `verify` replays them.
  TensorList test_inputs = {};
};

struct LoadModelOptions {
  /// Frozen weights show the pages of the file, read-only and shared with other processes; thawing copies what is
  /// written.
  bool map = false;
};

/// Writes a model to one file: architecture, weights, what is frozen, and, when it is compiled with losses and metrics
/// that have names, how it is trained: optimizer, its state, random streams. Training goes on from the file as if it
/// had not stopped. It is a safetensors file whose metadata holds the rest as JSON; it appears under its name when it
/// is complete and on the disk. Also `model.save("model.frost")`. Throws: ValueError for a layer whose class has no
/// `config`, an option that is a function, or a model that is not built; FileError when writing fails.
FROST_API void save_model(const Model& model, const std::string& path, const SaveOptions& options = {});

/// The model that a file holds. Classes of your own must have been made known by register_layer and register_optimizer.
/// Throws: FileError when the file cannot be read, is malformed, is another program's or of a later version.
FROST_API Model load_model(const std::string& path, const LoadModelOptions& options = {});

/// What replaying a file's test vectors gave.
struct VerifyReport {
  std::int64_t outputs = 0;
  /// The greatest distance of an element, divided by the greatest absolute element of its output.
  double largest_error = 0;
  bool ok(double tolerance = 1e-5) const { return outputs > 0 && largest_error <= tolerance; }
};

/// Runs a model on the test inputs of a file and compares with the outputs there.
/// Throws: FileError when the file has none; ShapeError when they do not fit the model.
FROST_API VerifyReport verify(const Model& model, const std::string& path);

/// Writes what of a model is trainable, and a SHA-256 of all the rest: a fine-tuned head of a few hundred kB that
/// belongs to one base. Throws: ValueError when nothing is trainable; FileError when writing fails.
FROST_API void save_delta(const Model& model, const std::string& path);

/// Reads the weights of a delta into a model with the same base.
/// Throws: FileError, naming both hashes, when what is not in the delta differs from the base that it was made on;
/// ValueError for names and shapes that do not fit. Then nothing is changed.
FROST_API void load_delta(const Model& model, const std::string& path);

}  // namespace frost
