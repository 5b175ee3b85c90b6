#pragma once
#include <frost/autograd/tensor.hpp>
#include <frost/layers/config.hpp>

#include <string>
#include <vector>

namespace frost::io {

struct ManifestWeight {
  std::string name;
  Tensor value;
};

/// The tensors of a TensorFlow.js weights manifest, from the shards beside `path`. Quantised values are
/// scale·q + min. Throws: FileError for a malformed manifest and shards that do not hold what it says; nothing is
/// allocated that the shards' sizes do not warrant.
std::vector<ManifestWeight> read_manifest(const std::string& path, const Config& manifest);

}  // namespace frost::io
