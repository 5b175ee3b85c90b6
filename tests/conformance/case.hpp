#pragma once
#include <frost/autograd/tensor.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace conformance {

using Key = std::optional<std::string>;

/// One reference case; the keys name tensors of the group's safetensors file.
struct Case {
  std::string name, op;
  nlohmann::json attrs;
  std::vector<std::string> inputs;
  std::vector<bool> diff;
  std::string output;
  Key grad_output;
  std::vector<Key> grads;
  std::vector<Key> vs, ggrads;
  Key gg_grad_output;
};

/// The cases of a group's JSON. Throws: std::runtime_error when it is no list of cases.
std::vector<Case> read_cases(const std::string& path);

/// What is wrong in one quantity of a case: "output", "grads[0]", "ggrads[1]", "gg_grad_output".
struct Problem {
  std::string quantity, text;
};

/// Runs a case: the value, the gradients as training computes them and as they are recorded, their derivatives.
std::vector<Problem> run(const Case& c, const std::map<std::string, frost::Tensor>& tensors);

}  // namespace conformance
