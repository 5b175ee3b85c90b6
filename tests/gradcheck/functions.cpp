#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <algorithm>
#include <functional>
#include <sstream>

using namespace frost;

namespace {

Tensor some(const Shape& shape, std::uint64_t seed = 3) { return Generator(seed).normal(shape, DType::float64); }

std::vector<double> values(const Tensor& t) {
  const std::span<const double> data = t.data<double>();
  return {data.begin(), data.end()};
}

std::string text_of(const GradcheckReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}

Tensor product(const Tensors& x) { return x[0] * x[1]; }
Tensor cube(const Tensor& x) { return x * x * x; }

// 2x with a gradient that is wrong in one element.
struct Doubled : Function<Doubled> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return 2. * x; }
  static Tensors backward(FunctionContext&, const Tensor& dy) {
    const Tensor factor = tensor({{2., 2.}, {2., 2.5}}, DType::float64);
    return {factor * dy};
  }
};

struct HardReLU : Function<HardReLU> {  // its slope is 1.2 where it should be 1
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return relu(x);
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {where(x > 0., 1.2 * dy, 0. * dy)};
  }
};

}  // namespace

TEST_CASE("gradcheck takes functions of one tensor and of several") {
  const auto one = [](const Tensor& x) { return tanh(x); };
  const auto several = [](const Tensors& x) { return matmul(x[0], x[1]); };
  const auto list = [](const Tensors& x) { return Tensors{x[0] * x[1], sum(x[1])}; };
  const auto generic = [](const auto& x) { return exp(x); };
  const std::function<Tensor(const Tensors&)> erased = [](const Tensors& x) { return x[0] * x[0]; };
  CHECK(gradcheck(one, some({2, 3})).ok());
  CHECK(gradcheck(several, {some({2, 3}), some({3, 2})}));
  CHECK(gradcheck(list, {some({2, 3}), some({3})}).compared == 6 * 6 + 6 * 3 + 1 * 6 + 1 * 3);
  CHECK(gradcheck(generic, some({4})));
  CHECK(gradcheck(product, {some({4}), some({4}, 8)}));
  CHECK(gradcheck(cube, some({4})));
  CHECK(gradcheck(&cube, some({4})));
  CHECK(gradcheck(erased, {some({4})}));
  CHECK(gradcheck(erased, Tensors{some({4})}));
  CHECK(gradcheck(one, some({2, 3}),
                  {.second_order = true, .every_freeze_pattern = true, .eps = 1e-6, .atol = 1e-6, .rtol = 1e-4}));
}

TEST_CASE("gradcheck promotes float32 and leaves integers and flags alone") {
  const Tensor x = Generator(5).normal({2, 3}, DType::float32);
  DType seen = DType::float32, fresh = DType::float32;
  const auto f = [&](const Tensors& in) {
    seen = in[0].dtype();
    fresh = zeros({1}).dtype();
    return take(in[0], in[1], 1) + sum(where(in[2], in[0], 0. * in[0]));
  };
  const Tensor flags = x > 0.f;
  const GradcheckReport report = gradcheck(f, {x, tensor({2, 0, 2}, DType::int64), flags});
  INFO(report);
  CHECK(report.ok());
  CHECK(seen == DType::float64);
  CHECK(fresh == DType::float64);
  CHECK(default_dtype() == DType::float32);
  CHECK(x.dtype() == DType::float32);
  CHECK(gradcheck([](const Tensor& t) { return t * t * t; }, x));
  CHECK_FALSE(gradcheck(HardReLU::apply<Tensor>, x));
}

TEST_CASE("a failure says input, element, order, analytic and numeric value and both errors") {
  const GradcheckReport report = gradcheck(Doubled::apply<Tensor>, some({2, 2}));
  REQUIRE(report.failures.size() == 1);
  const GradcheckFailure& f = report.failures[0];
  CHECK(f.input == 0);
  CHECK(f.input_name == "input 0");
  CHECK(f.output == 0);
  CHECK(f.index == Shape({1, 1}));
  CHECK(f.output_index == Shape({1, 1}));
  CHECK(f.analytic == 2.5);
  CHECK(f.numeric == Approx(2));
  CHECK(f.abs_error == Approx(0.5));
  CHECK(f.rel_error == Approx(0.2));
  CHECK(f.order == 1);
  CHECK(f.pattern.empty());
  const std::string text = text_of(report);
  INFO(text);
  CHECK(text.find("1 failure, 16 compared") != std::string::npos);
  CHECK(text.find("first order: d output 0[1, 1] / d input 0[1, 1]: analytic 2.5, numeric 2") != std::string::npos);
}

TEST_CASE("the fast mode names the wrong entries too") {
  const GradcheckReport report = gradcheck(Doubled::apply<Tensor>, some({2, 2}), {.mode = GradcheckMode::fast});
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].index == Shape({1, 1}));
  CHECK(gradcheck([](const Tensor& x) { return tanh(x); }, some({30, 30}), {.mode = GradcheckMode::fast}).compared ==
        1);
}

TEST_CASE("the fast mode tells of a large Jacobian the projection alone") {
  const Tensor large = some({1200});
  const GradcheckReport wrong = gradcheck(HardReLU::apply<Tensor>, large, {.mode = GradcheckMode::fast});
  REQUIRE(wrong.failures.size() == 1);
  CHECK(wrong.failures[0].index.empty());
  CHECK(wrong.failures[0].input == 0);
  Tensor kinked = large.clone();
  kinked.mutable_data<double>()[7] = 0;
  const GradcheckReport kink =
      gradcheck([](const Tensor& t) { return relu(t); }, kinked, {.mode = GradcheckMode::fast});
  CHECK(kink.ok());
  CHECK(kink.non_differentiable.size() == 1);
}

TEST_CASE("kinks are reported apart and are no failures") {
  for (const GradcheckMode mode : {GradcheckMode::slow, GradcheckMode::fast}) {
    const Tensor x = tensor({-1., 0., 2.}, DType::float64);
    const GradcheckReport kink = gradcheck([](const Tensor& t) { return relu(t); }, x, {.mode = mode});
    CHECK(kink.ok());
    REQUIRE(kink.non_differentiable.size() == 1);
    CHECK(kink.non_differentiable[0].index == Shape({1}));
    CHECK(kink.non_differentiable[0].left == 0);
    CHECK(kink.non_differentiable[0].right == Approx(1));
    CHECK(text_of(kink).find("not differentiable at 1 entry") != std::string::npos);
    CHECK(gradcheck([](const Tensor& t) { return abs(t); }, x, {.mode = mode}).non_differentiable.size() == 1);
    const Tensor ties = tensor({{1., 1., 0.}}, DType::float64);
    const GradcheckReport tie = gradcheck([](const Tensor& t) { return max(t, 1); }, ties, {.mode = mode});
    CHECK(tie.ok());
    CHECK(tie.non_differentiable.size() == 2);
    CHECK_FALSE(gradcheck(HardReLU::apply<Tensor>, x, {.mode = mode}));  // next to the kink it is still wrong
    // A kink within the step, not at the point itself, hides nothing.
    const Tensor close = tensor({1e-7, -1e-7}, DType::float64);
    const GradcheckReport near = gradcheck([](const Tensor& t) { return relu(t); }, close, {.mode = mode});
    CHECK(near.ok());
    CHECK(near.non_differentiable.empty());
    CHECK_FALSE(gradcheck(HardReLU::apply<Tensor>, close, {.mode = mode}));
  }
}

TEST_CASE("kinks on both sides of a point do not hide the slope between them") {
  const auto dead_zone = [](const Tensor& x) { return relu(x - 2e-7) - relu(0. - x - 2e-7); };
  for (const GradcheckMode mode : {GradcheckMode::slow, GradcheckMode::fast}) {
    const GradcheckReport report = gradcheck(dead_zone, tensor({0., 1e-8, -3e-8}, DType::float64), {.mode = mode});
    INFO(report);
    CHECK(report.ok());
    CHECK(report.non_differentiable.empty());
  }
}

TEST_CASE("strong curvature and large inputs raise no false alarm") {
  CHECK(gradcheck([](const Tensor& x) { return exp(20. * x); }, tensor({0.4, -0.3, 1.}, DType::float64)));
  CHECK(gradcheck([](const Tensor& x) { return 1. / x; }, tensor({1e-3, -2e-3, 1e4}, DType::float64)));
  CHECK(gradcheck([](const Tensor& x) { return log(x); }, tensor({1e-5, 1., 1e8}, DType::float64)));
  CHECK(gradcheck([](const Tensor& x) { return sqrt(x); }, tensor({1e-8, 4., 1e10}, DType::float64)));
}

TEST_CASE("every set of frozen inputs is checked, and what the tape keeps is reported") {
  const auto f = [](const Tensors& x) { return x[0] * x[1]; };
  const GradcheckReport report = gradcheck(f, {some({3}), some({3}, 4)}, {.every_freeze_pattern = true});
  CHECK(report.ok());
  REQUIRE(report.patterns.size() == 4);
  CHECK(report.possible_patterns == 4);
  for (const GradcheckPattern& p : report.patterns)
    CHECK(p.saved_bytes + p.borrowed_bytes == 24 * (p.trainable[0] + p.trainable[1]));
  CHECK(text_of(report).find("4 of 4 freeze patterns") != std::string::npos);
}

TEST_CASE("beyond six inputs single ones, all but one, prefixes and 64 random sets are checked") {
  Tensors xs;
  for (int i = 0; i < 10; ++i) xs.push_back(some({2}, 10 + static_cast<std::uint64_t>(i)));
  const auto product = [](const Tensors& x) {
    Tensor y = x[0];
    for (std::size_t i = 1; i < x.size(); ++i) y = y * x[i];
    return y;
  };
  const GradcheckReport report = gradcheck(product, xs, {.every_freeze_pattern = true});
  CHECK(report.ok());
  CHECK(report.possible_patterns == 1024);
  CHECK(report.patterns.size() > 64);
  CHECK(report.patterns.size() <= 64 + 30 + 1);
  int singles = 0, all_but_one = 0, prefixes = 0;
  for (const GradcheckPattern& p : report.patterns) {
    const auto trainable = std::count(p.trainable.begin(), p.trainable.end(), true);
    singles += trainable == 1;
    all_but_one += trainable == 9;
    prefixes += std::is_sorted(p.trainable.rbegin(), p.trainable.rend());
  }
  CHECK(singles >= 10);
  CHECK(all_but_one >= 10);
  CHECK(prefixes >= 11);
}

TEST_CASE("a failure under a freeze pattern says which") {
  struct Half : Function<Half> {
    static Tensor forward(FunctionContext& ctx, const Tensor& a, const Tensor& b) {
      ctx.save(a, b);
      return a * b;
    }
    static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
      const auto [a, b] = ctx.saved<2>();
      return {ctx.needs_grad(1) ? dy * b : 0.5 * dy * b, dy * a};
    }
  };
  const auto f = [](const Tensors& x) { return Half::apply(x[0], x[1]); };
  const Tensors xs = {some({3}), some({3}, 4)};
  CHECK(gradcheck(f, xs).ok());
  const GradcheckReport report = gradcheck(f, xs, {.every_freeze_pattern = true});
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].pattern == "10");
  CHECK(report.failures[0].input == 0);
  CHECK(text_of(report).find("trainable 10") != std::string::npos);
}

TEST_CASE("second derivatives are checked under every pattern, without KeepInputs of the caller") {
  const auto f = [](const Tensors& x) { return softmax(matmul(x[0], x[1]), 1) * x[2]; };
  const GradcheckReport report =
      gradcheck(f, {some({2, 3}), some({3, 4}), some({4})}, {.second_order = true, .every_freeze_pattern = true});
  INFO(report);
  CHECK(report.ok());
  CHECK(report.patterns.size() == 8);
}

TEST_CASE("functions that take gradients themselves can be checked") {
  const auto slope = [](const Tensor& x) {
    const Tensor leaf = x.requires_grad() ? x : x.detach().set_requires_grad(true);
    return grad(sum(leaf * leaf * leaf), {leaf}, {.create_graph = true})[0];
  };
  const GradcheckReport report = gradcheck(slope, some({3}));
  INFO(report);
  CHECK(report.ok());
}

TEST_CASE("gradcheck leaves the inputs, their gradients and what a function closes over alone") {
  const Tensor x = some({3}).set_requires_grad(true), w = some({3}, 9).set_requires_grad(true);
  sum(x * w).backward();
  const Tensor before_x = x.clone(), dx = x.grad().clone(), dw = w.grad().clone();
  const auto f = [&](const Tensor& t) { return t * w; };
  CHECK(gradcheck(f, x, {.second_order = true, .every_freeze_pattern = true}));
  NoGrad guard;
  CHECK(gradcheck(f, x));
  CHECK(values(x) == values(before_x));
  CHECK(values(x.grad()) == values(dx));
  CHECK(values(w.grad()) == values(dw));
}

TEST_CASE("what changes from call to call is told as such") {
  const GradcheckReport report = gradcheck([](const Tensor& x) { return x + uniform(x.shape()); }, some({3}));
  CHECK(report.non_deterministic);
  CHECK_FALSE(report.ok());
  CHECK(text_of(report).find("the result for the same inputs differs") != std::string::npos);
}

TEST_CASE("gradcheck refuses what it cannot check") {
  const auto same = [](const Tensor& x) { return x * 2.; };
  CHECK_THROWS_WITH(gradcheck(same, tensor({1, 2}, DType::int64)),
                    Catch::Matchers::Contains("nothing to differentiate"));
  CHECK_THROWS_WITH(gradcheck([](const Tensor& x) { return x.to(DType::float32); }, some({2})),
                    Catch::Matchers::Contains("output 0 is float32; expected float64"));
  CHECK_THROWS_WITH(gradcheck(same, some({2}), {.eps = 0}), Catch::Matchers::Contains("got eps 0"));
  CHECK_THROWS_WITH(gradcheck(same, some({2}), {.rtol = -1}), Catch::Matchers::Contains("rtol -1"));
  CHECK_THROWS_WITH(gradcheck([](const Tensor&) { return Tensor(); }, some({2})), Catch::Matchers::Contains("absent"));
  CHECK_THROWS_WITH(gradcheck([](const Tensor& x) { return argmax(x); }, some({2})),
                    Catch::Matchers::Contains("no result is floating"));
  CHECK_THROWS_AS(gradcheck([](const Tensor& x) { return matmul(x, x); }, some({2, 3})), ShapeError);
  CHECK(default_dtype() == DType::float32);
  CHECK_FALSE(gradcheck([](const Tensor& x) { return log(x); }, tensor({-1.}, DType::float64)));
}
