#pragma once
#include <frost/models/model.hpp>

namespace frost {

/// A model that Keras trained, from a TensorFlow.js layers model: `model.json` (Keras' topology and a manifest) with
/// its binary shards beside it, float32, int32, uint8, bool, or quantised to uint8, uint16 or float16. `path` may be
/// the folder. Weights are found by name; what was saved frozen is frozen; the layers keep the file's order and names.
/// The model is not compiled.
///
///     Model base = load_keras("mobilenet/model.json");
///     freeze(base, until("out_relu"));
///
/// In these files `hard_sigmoid` means clip(0.2·x + 0.5, 0, 1), and a GRU that says nothing has reset_after false.
/// Throws: FileError, with file, place and reason, when a file cannot be read or is malformed, or a layer or a field of
/// its config is not known; ValueError that lists weights that are missing, unexpected or misshapen. `.h5` and `.keras`
/// files are a FileError that says which formats load.
FROST_API Model load_keras(const std::string& path);

/// Writes a model as a TensorFlow.js layers model: topology and manifest to `path`, `model.json` in a folder that is
/// there, and the weights as float32 beside it, to `NAME.weights.bin`, or to `NAME.weights-K.bin` while the topology
/// that is replaced names that file. A stop at any moment leaves the old model or the new one; the old weights are
/// removed last. What is frozen is written layer by layer, as the format has it.
/// Throws: ValueError for layers and options that the format has no word for, and for a name that ends in .h5 or
/// .keras, which are other formats; FileError when writing fails.
FROST_API void save_keras(const Model& model, const std::string& path);

}  // namespace frost
