#pragma once
#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

// What the tests of models share.
namespace models_test {

/// What `action` writes to standard output, by whatever means.
template <class Action>
std::string printed(const Action& action) {
  std::cout.flush();
  std::fflush(stdout);
  std::FILE* file = std::tmpfile();
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(::fileno(file), STDOUT_FILENO);
  action();
  std::cout.flush();
  std::fflush(stdout);
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

inline bool same_bits(const frost::Tensor& a, const frost::Tensor& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data<float>().data(), b.data<float>().data(), a.data<float>().size_bytes()) == 0;
}
inline bool same_bits(const frost::Tensors& a, const frost::Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_bits(a[i], b[i])) return false;
  return a.size() == b.size();
}

/// Points in three clusters, and their labels.
struct Clusters {
  frost::Tensor x, labels, one_hot;
};
inline Clusters clusters(std::int64_t rows) {
  frost::Generator generator(5);
  const frost::Tensor labels = generator.integers(0, 3, {rows});
  const frost::Tensor centres = frost::tensor({{2., 0.}, {-1., 2.}, {-1., -2.}});
  return {frost::take(centres, labels) + generator.normal({rows, 2}) * 0.3, labels, frost::one_hot(labels, 3)};
}
/// A small classifier of them.
inline frost::Model classifier(const std::string& loss = "sparse_categorical_crossentropy",
                               const frost::Optimizer& optimizer = frost::Adam({.learning_rate = 0.05})) {
  frost::seed(3);
  const frost::Symbol input = frost::Input({2});
  const frost::Symbol hidden = frost::Dense({.units = 8, .activation = "tanh"})(input);
  const frost::Model model(input, frost::Dense({.units = 3, .activation = "softmax"})(hidden));
  model.compile({.optimizer = optimizer, .loss = loss, .metrics = {"accuracy"}});
  return model;
}

}  // namespace models_test
