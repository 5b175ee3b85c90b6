#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>
#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

Tensor leaf(Literal values) { return tensor(values, {.dtype = DType::float64, .requires_grad = true}); }
Tensor data(Literal values) { return tensor(values, DType::float64); }

class AnomalyMode {
 public:
  AnomalyMode() { set_anomaly_mode(true); }
  ~AnomalyMode() { set_anomaly_mode(false); }
};

struct Slope : Function<Slope> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return x * 1.; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy * nan_value}; }
};

// Written by hand: no operation of the library runs in it.
struct ByHand : Function<ByHand> {
  static Tensor forward(FunctionContext&, const Tensor& x) {
    return from_vector(std::vector<double>{x.data<double>()[0] / 0.}, {1});
  }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
};

}  // namespace

TEST_CASE("without anomaly mode nothing is looked at") {
  CHECK_FALSE(anomaly_mode());
  CHECK(std::isnan(log(data(-1.)).item<double>()));
}

TEST_CASE("anomaly mode names the operation that first makes a NaN or an infinity, and what it was given") {
  const AnomalyMode on;
  CHECK(anomaly_mode());
  CHECK_THROWS_AS(log(data({1., -2.})), Error);
  CHECK_THROWS_WITH(log(data({1., -2., -0.5})),
                    Contains("log: the forward pass made a NaN") &&
                        Contains("input 'x': (3,) of float64, min -2, max 1, 0 NaN, 0 infinite") &&
                        Contains("output: (3,) of float64, min 0, max 0, 2 NaN, 0 infinite"));
  CHECK_THROWS_WITH(data({1., 2.}) / data({0., 1.}), Contains("divide") && Contains("made an infinity"));
  CHECK_THROWS_WITH(sum(exp(data({1., 1000.}))), Contains("exp: the forward pass made an infinity"));
  CHECK_THROWS_WITH(data(infinity) - data(infinity), Contains("subtract: the forward pass made a NaN"));
  CHECK_THROWS_WITH(ByHand::apply(data({1.})), Contains("ByHand: the forward pass made an infinity"));
  CHECK_THROWS_WITH(data({nan_value, 1.}) * 2., Contains("carries on a NaN that no operation made"));
}

TEST_CASE("infinities that were there are carried on, and views and integers are left alone") {
  const AnomalyMode on;
  const Tensor scores = data({{1., 2.}, {3., 4.}}) + data({{0., -infinity}, {0., 0.}});
  CHECK(softmax(scores)[0][1].item<double>() == 0);
  CHECK(data({nan_value, 1.}).reshape({2, 1}).size() == 2);
  CHECK((data({nan_value, 1.}) > 0.).dtype() == DType::boolean);
}

TEST_CASE("anomaly mode names the gradient that first makes a NaN or an infinity, and changes no gradient") {
  const AnomalyMode on;
  const Tensor x = leaf({4., 0.}), w = leaf({1., 1.});
  w.set_grad(data({5., 5.}));
  CHECK_THROWS_WITH(sum(sqrt(x) * w).backward(),
                    Contains("sqrt: the gradient of input 'x' made an infinity out of finite values") &&
                        Contains("gradient of the output: (2,) of float64, min 1, max 1, 0 NaN, 0 infinite"));
  CHECK_FALSE(x.has_grad());
  CHECK(w.grad().to_vector<double>()[0] == 5);
  CHECK_THROWS_WITH(grad(sum(sqrt(x) * w), {x}, {.create_graph = true}), Contains("sqrt: the gradient of input 'x'"));
  CHECK_THROWS_WITH(Slope::apply(x).backward({.grad_output = data({1., 2.})}),
                    Contains("Slope: the gradient of input 0 made a NaN"));
  const auto f = [](const Tensor& t) { return sum(sqrt(t)); };
  CHECK_THROWS_WITH(checkpoint(f, x).backward(), Contains("sqrt: the gradient of input 'x'"));
  CHECK_THROWS_WITH(jacobian(f, x), Contains("sqrt: the gradient of input 'x'"));
}

TEST_CASE("anomaly mode changes no bit of what is right, fused operations and in-place rules included") {
  const Tensor x = Generator(1).normal({4, 6, 3}, DType::float64),
               kernel = Generator(2).normal({3, 16}, DType::float64),
               recurrent = Generator(3).normal({4, 16}, DType::float64);
  const Tensor labels = tensor({0, 1, 2, 3}, DType::int64);
  const auto run = [&] {
    const Tensor k = kernel.clone().set_requires_grad(true), r = recurrent.clone().set_requires_grad(true);
    const Tensor h = lstm(x, k, r, Tensor());
    const Tensor loss = sum(log_softmax(h) * h) + sum(h[0] * h[1]) + sum(h.slice(0, 0, 4, 2));
    return grad(loss, {k, r});
  };
  const Tensors expected = run();
  const AnomalyMode on;
  const Tensors found = run();
  for (std::size_t i = 0; i < 2; ++i) CHECK(max(abs(found[i] - expected[i])).item<double>() == 0);
}
