#pragma once
#include <frost/models/model.hpp>

namespace frost {

/// Which weights are written: all, moving statistics too, or those that are trained (`trainable_weights()`).
enum class Weights { all, trainable };

struct SaveWeightsOptions {
  Weights only = Weights::all;
};

struct LoadOptions {
  /// Names that differ, and shapes, are errors; else they are reported and the rest is loaded.
  bool strict = true;
  /// Weights show the pages of the file, see LoadSafetensorsOptions: many processes keep one copy of what is frozen.
  /// What is trained is copied when it is first written.
  bool map = false;
};

/// What loading found, by names of weights in the order of the model, of the rest in the order of the file.
struct LoadReport {
  std::vector<std::string> missing = {};     // in the model, not in the file
  std::vector<std::string> unexpected = {};  // in the file, not in the model
  std::vector<std::string> misshapen = {};   // in both, of other shapes or of kinds that do not convert
  std::int64_t loaded = 0;                   // weights that were written
};

/// Prints one line a name, the count of loaded weights first.
FROST_API std::ostream& operator<<(std::ostream& out, const LoadReport& report);

/// Writes a model's weights to a safetensors file by the paths of their layers: `lstm_1/kernel`, in a nested model
/// `encoder/lstm_1/kernel`. A weight that several layers share is written once, under the first path. The file appears
/// under its name when it is complete and on the disk.
///
///     save_weights(model, "head.safetensors", {.only = Weights::trainable});
///
/// Throws: ValueError when two weights have one path, when the model is not built, or when nothing is trained and
/// only that is asked for; FileError when writing fails.
FROST_API void save_weights(const Model& model, const std::string& path, const SaveWeightsOptions& options = {});

/// Reads weights by name, frozen or not; those of a model's file (save_model) too. What is frozen, optimizers and
/// states stay as they are. float32 and float64 are converted to the weight's dtype (to float32 by rounding), F16 and
/// BF16 too.
///
///     LoadReport report = load_weights(model, "head.safetensors", {.strict = false});   // the head alone
///
/// Throws: ValueError that lists all missing, unexpected and misshapen names when the loading is strict and there are
/// any, and in any case when no name fits; FileError when the file cannot be read or is malformed. Then no weight is
/// changed.
FROST_API LoadReport load_weights(const Model& model, const std::string& path, const LoadOptions& options = {});

}  // namespace frost
