#include <frost/layers/lambda.hpp>

#include "expect.hpp"

namespace frost {

using detail::expect;

namespace {

class LambdaBase : public LayerBase {
 public:
  LambdaBase(std::function<Tensor(const Tensors&)> function, const LambdaOptions& options)
      : function_(std::move(function)), o_(options) {
    configure(o_.name, true, default_dtype());
  }
  Tensor call(const Tensors& xs, const CallContext&) override {
    const Tensor y = function_(xs);
    expect(y.present(), "Lambda: the function gave an absent tensor; expected a result");
    return y;
  }
  bool is_random() const override { return o_.is_random; }
  Config config() const override {
    detail::fail(
        "config: a Lambda's function cannot be written; expected a class of yours with config(), made known by "
        "register_layer");
  }
  std::string type() const override { return "Lambda"; }

 private:
  std::function<Tensor(const Tensors&)> function_;
  LambdaOptions o_;
};

}  // namespace

Lambda::Lambda(Function function, const LambdaOptions& options, int)
    : Layer(layer<LambdaBase>(std::move(function), options)) {}

const Tensor& Lambda::only(const Tensors& xs) {
  expect<GraphError>(xs.size() == 1, "Lambda: got {} inputs; expected 1, as the function takes a tensor", xs.size());
  return xs[0];
}

}  // namespace frost
