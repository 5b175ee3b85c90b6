#pragma once
#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// What the tests of freezing share.
namespace freezing_test {

inline bool same_bits(const frost::Tensor& a, const frost::Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const auto equal = [&]<class S>(S) {
    const auto x = a.data<S>(), y = b.data<S>();
    return x.empty() || std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
  };
  switch (a.dtype()) {
    case frost::DType::float32:
      return equal(float{});
    case frost::DType::float64:
      return equal(double{});
    case frost::DType::int64:
      return equal(std::int64_t{});
    case frost::DType::boolean:
      break;
  }
  return equal(bool{});
}
inline bool same_bits(const frost::Tensors& a, const frost::Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_bits(a[i], b[i])) return false;
  return a.size() == b.size();
}

inline std::int64_t elements(const frost::Parameters& weights) {
  std::int64_t count = 0;
  for (const frost::Parameter& w : weights) count += w.size();
  return count;
}

/// How often a kernel ran since the last reset.
inline std::int64_t count_of(const std::string& kernel) {
  const auto counts = frost::kernel_counts();
  const auto found = counts.find(kernel);
  return found == counts.end() ? 0 : found->second;
}

struct NamedOptimizer {
  std::string name;
  std::function<frost::Optimizer()> make;
};
/// Every optimizer with every option that could move a weight.
inline std::vector<NamedOptimizer> every_optimizer() {
  using namespace frost;
  std::vector<NamedOptimizer> all;
  for (const double decay : {0., 0.1}) {
    const std::string tail = decay > 0 ? " with weight decay" : "";
    const auto add = [&](const std::string& name, const auto& options) {
      auto decayed = options;
      decayed.weight_decay = decay;
      if constexpr (requires { decayed.momentum; })
        all.push_back({name + tail, [decayed] { return Optimizer(SGD(decayed)); }});
      else
        all.push_back({name + tail, [decayed] { return Optimizer(Adam(decayed)); }});
    };
    add("SGD", SGDOptions{.learning_rate = 0.05});
    add("momentum", SGDOptions{.learning_rate = 0.05, .momentum = 0.9});
    add("nesterov", SGDOptions{.learning_rate = 0.05, .momentum = 0.9, .nesterov = true});
    add("clipped SGD", SGDOptions{.learning_rate = 0.05, .momentum = 0.9, .clipvalue = 0.1});
    add("Adam", AdamOptions{.learning_rate = 0.01});
    add("AMSGrad", AdamOptions{.learning_rate = 0.01, .amsgrad = true});
    add("Adam with clipnorm", AdamOptions{.learning_rate = 0.01, .clipnorm = 0.1});
    add("Adam with global_clipnorm", AdamOptions{.learning_rate = 0.01, .global_clipnorm = 0.1});
    for (const char* type : {"RMSprop", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta", "Ftrl", "Lion", "Adafactor"})
      all.push_back({type + tail, [=] {
                       return make_optimizer(type, {{"learning_rate", 0.05}, {"weight_decay", decay}});
                     }});
  }
  return all;
}

/// Three Dense layers: a, b and head.
inline frost::Model small_model(std::uint64_t seed = 3) {
  using namespace frost;
  frost::seed(seed);
  const Symbol input = Input({4});
  const Symbol a = Dense({.units = 6, .activation = "tanh", .name = "a"})(input);
  const Symbol b = Dense({.units = 5, .activation = "tanh", .name = "b"})(a);
  return Model(input, Dense({.units = 2, .name = "head"})(b));
}
inline frost::Tensor some_rows(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  frost::Generator generator(seed);
  return generator.normal({rows, columns});
}
/// Steps of an optimizer on a fixed batch.
inline void train(const frost::Layer& model, const frost::Optimizer& optimizer, int steps) {
  const frost::Tensor x = some_rows(8, 4, 11), y = some_rows(8, 2, 12);
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    mean(square(model(x, {.training = true}) - y)).backward();
    optimizer.step();
  }
}

}  // namespace freezing_test
