#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <sstream>
#include <thread>
#include <utility>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

using Doubles = std::vector<double>;

template <class X, class Y>
concept CanAssign = requires(X&& x, Y&& y) {
  std::forward<X>(x) = std::forward<Y>(y);
};
template <class X, class Y>
concept CanAdd = requires(X&& x, Y&& y) {
  std::forward<X>(x) += std::forward<Y>(y);
};
template <class X>
concept HasData = requires(X&& x) {
  std::forward<X>(x).template data<float>();
};
template <class X>
concept HasMutableData = requires(X&& x) {
  std::forward<X>(x).template mutable_data<float>();
};

static_assert(CanAssign<Tensor&, Tensor> && !CanAssign<Tensor, Tensor> && !CanAssign<Tensor, Tensor&>);
static_assert(CanAdd<Tensor&, Tensor> && CanAdd<Tensor&, double> && !CanAdd<Tensor, Tensor> && !CanAdd<Tensor, double>);
static_assert(!CanAdd<Parameter&, Tensor> && !CanAdd<Parameter&, double> && !CanAdd<Parameter&, int>);
static_assert(CanAssign<Parameter&, Parameter> && !CanAssign<Parameter, Parameter>);
static_assert(HasData<Tensor&> && HasData<const Tensor&> && !HasData<Tensor> && !HasData<const Tensor> &&
              !HasData<Parameter>);
static_assert(HasMutableData<Tensor&> && !HasMutableData<Tensor>);

Tensor counted(const Shape& shape) { return arange(element_count(shape)).to(DType::float64).reshape(shape).clone(); }

}  // namespace

// ------------------------------------------------------------------------------------------------------------- truth

TEST_CASE("a boolean tensor of one element is true or false") {
  const Tensor loss = tensor(0.05), a = tensor({1., 2.}), b = tensor({1., 3.});
  CHECK(static_cast<bool>(loss < 0.1));
  CHECK_FALSE(static_cast<bool>(loss > 0.1));
  CHECK((loss < 0.1 && loss > 0.));
  CHECK(!(loss > 1.));
  CHECK(static_cast<bool>((a == a).all()));
  CHECK_FALSE(static_cast<bool>((a == b).all()));
  CHECK(static_cast<bool>((a == b).any()));
  int steps = 0;
  for (Tensor tol = tensor(8.); tol > 1.; tol = tol / 2.) ++steps;
  CHECK(steps == 3);
}

TEST_CASE("the truth of any other tensor is an error that says how to ask") {
  const auto truth = [](const Tensor& t) { return static_cast<bool>(t); };
  CHECK_THROWS_WITH(truth(tensor(1.)), Contains("float32") && Contains("present()"));
  CHECK_THROWS_WITH(truth(tensor(1)), Contains("int64"));
  CHECK_THROWS_WITH(truth(tensor({1., 2.}) > 0.), Contains("(2,)") && Contains("all()"));
  CHECK_THROWS_WITH(truth(Tensor()), Contains("absent") && Contains("present()"));
  CHECK_THROWS_WITH(!(tensor({1., 2.}) > 0.), Contains("(2,)"));
  CHECK_FALSE(Tensor().present());
  CHECK(tensor(0.).present());
}

TEST_CASE("comparisons with == and != give tensors") {
  const Tensor x = tensor({1., 2., 3.}), n = tensor({1, 2, 3});
  CHECK(((x == 2.).to_vector<bool>() == std::vector<bool>{false, true, false}));
  CHECK(((2. == x).to_vector<bool>() == std::vector<bool>{false, true, false}));
  CHECK(((x != 2.).to_vector<bool>() == std::vector<bool>{true, false, true}));
  CHECK(((2. != x).to_vector<bool>() == std::vector<bool>{true, false, true}));
  CHECK(((x == x * 1.).to_vector<bool>() == std::vector<bool>{true, true, true}));
  CHECK(((n == 3).to_vector<bool>() == std::vector<bool>{false, false, true}));
  const Tensor inside = (x > 1.) & (x < 3.), outside = ~inside;
  CHECK((inside.to_vector<bool>() == std::vector<bool>{false, true, false}));
  CHECK((outside.to_vector<bool>() == std::vector<bool>{true, false, true}));
  CHECK(((inside | outside).to_vector<bool>() == std::vector<bool>{true, true, true}));
  CHECK(((inside ^ inside).to_vector<bool>() == std::vector<bool>{false, false, false}));
  CHECK_THROWS_WITH(x & inside, Contains("operator&") && Contains("float32") && Contains("logical_and"));
  CHECK_THROWS_WITH(~n, Contains("operator~") && Contains("int64"));
}

// ------------------------------------------------------------------------------------------------------ assignment

TEST_CASE("a part of a leaf is written by its name") {
  Tensor x = counted({3, 4});
  x.assign_at({0, 1}, 70.);
  x.assign_at({-1, -1}, tensor(80., DType::float64));
  x.assign_at(1, tensor({1., 2., 3., 4.}, DType::float64));
  CHECK((x.to_vector<double>() == Doubles{0, 70, 2, 3, 1, 2, 3, 4, 8, 9, 10, 80}));
  x.assign_at(x > 60., 0.);
  CHECK((x.to_vector<double>() == Doubles{0, 0, 2, 3, 1, 2, 3, 4, 8, 9, 10, 0}));
  x.assign_at(tensor({2, 0}), tensor({{1.}, {2.}}, DType::float64));
  CHECK((x.to_vector<double>() == Doubles{2, 2, 2, 2, 1, 2, 3, 4, 1, 1, 1, 1}));
  x.assign_slice(1, 1, 3, 9);
  CHECK((x.to_vector<double>() == Doubles{2, 9, 9, 2, 1, 9, 9, 4, 1, 9, 9, 1}));
  x.assign_slice(0, 0, 3, tensor({1., 2., 3., 4.}, DType::float64), 2);
  CHECK((x.to_vector<double>() == Doubles{1, 2, 3, 4, 1, 9, 9, 4, 1, 2, 3, 4}));
  x.assign_slice(0, 1, 3, 0, std::numeric_limits<std::int64_t>::max());
  CHECK((x.to_vector<double>() == Doubles{1, 2, 3, 4, 0, 0, 0, 0, 1, 2, 3, 4}));
  x.assign_at({}, 5);
  CHECK(static_cast<bool>((x == 5.).all()));
}

TEST_CASE("a mask of the first axes and repeated rows are written as in NumPy") {
  const Tensor x = counted({3, 2});
  x.assign_at(tensor({true, false, true}), tensor({{7., 8.}, {9., 10.}}, DType::float64));
  CHECK((x.to_vector<double>() == Doubles{7, 8, 2, 3, 9, 10}));
  x.assign_at(tensor({1, 1}), tensor({{1., 1.}, {2., 2.}}, DType::float64));
  CHECK((x.to_vector<double>() == Doubles{7, 8, 2, 2, 9, 10}));
  x.assign_at(tensor({false, false, false}), 3.);
  CHECK((x.to_vector<double>() == Doubles{7, 8, 2, 2, 9, 10}));
}

TEST_CASE("what does not fit a part leaves all of the tensor as it was") {
  const Tensor x = counted({3, 2});
  const Doubles before = x.to_vector<double>();
  CHECK_THROWS_WITH(x.assign_at({3, 0}, 1.), Contains("assign_at") && Contains("got 3") && Contains("(3, 2)"));
  CHECK_THROWS_WITH(x.assign_at({0, 0, 0}, 1.), Contains("got 3 indices"));
  CHECK_THROWS_WITH(x.assign_at(tensor({0, 5}), 1.), Contains("got 5"));
  CHECK_THROWS_WITH(x.assign_at(tensor({true, false}), 1.), Contains("mask") && Contains("(2,)"));
  CHECK_THROWS_WITH(x.assign_at(0, tensor({1., 2., 3.}, DType::float64)), Contains("(3,)") && Contains("(2,)"));
  CHECK_THROWS_WITH(x.assign_at(0, tensor({1.f, 2.f})), Contains("float32") && Contains("float64"));
  CHECK_THROWS_WITH(x.assign_at(Tensor(), 1.), Contains("absent"));
  CHECK_THROWS_WITH(x.assign_at(0, Tensor()), Contains("absent"));
  CHECK_THROWS_WITH(x.assign_slice(2, 0, 1, 1.), Contains("assign_slice"));
  CHECK_THROWS_WITH(x.assign_slice(0, 0, 2, 1., 0), Contains("step 0"));
  CHECK_THROWS_WITH((x + 1.).set_requires_grad(true).exp().assign_at(0, 1.), Contains("'exp'"));
  CHECK_THROWS_WITH(tensor({1, 2}).assign_at(0, 1.5), Contains("1.5"));
  CHECK(x.to_vector<double>() == before);
}

TEST_CASE("writing a part that a backward pass needs is found out") {
  const Tensor w = counted({3}).set_requires_grad(true);
  const Tensor loss = sum(square(w));
  w.assign_at(1, 5.);
  CHECK_THROWS_WITH(loss.backward(), Contains("version"));
  const Tensor again = sum(square(w));
  again.backward();
  CHECK((w.grad().to_vector<double>() == Doubles{0, 10, 4}));
}

TEST_CASE("a part that a checkpoint's function writes is written once") {
  const Tensor calls = zeros(2), w = tensor({1., 2.}, DType::float64).set_requires_grad(true);
  const Tensor y = checkpoint(
      [&](const Tensor& x) {
        calls.assign_at(0, calls[0] + 1.);
        calls.assign_slice(0, 1, 2, calls.slice(0, 1, 2) + 2.);
        return sum(square(x)) * calls.to(DType::float64).sum();
      },
      w);
  y.backward();
  CHECK((calls.to_vector<float>() == std::vector<float>{1, 2}));
  CHECK((w.grad().to_vector<double>() == Doubles{6, 12}));
}

TEST_CASE("other handles of the same buffer keep their values when a part is written") {
  const Tensor x = counted({2, 2}), before = x.detach(), row = x[0];
  x.assign_at({0, 0}, 9.);
  CHECK(before.to_vector<double>()[0] == 0);
  CHECK(row.to_vector<double>()[0] == 0);
  CHECK(x.to_vector<double>()[0] == 9);
}

TEST_CASE("writing to a part or another form of a tensor is an error that says how") {
  Tensor x = counted({2, 3});
  const Tensor value = zeros({3}, {.dtype = DType::float64});
  CHECK_THROWS_WITH(x[0].assign(value), Contains("assign_at") && Contains("clone()"));
  CHECK_THROWS_WITH(x.slice(0, 0, 1).assign(zeros({1, 3}, {.dtype = DType::float64})), Contains("assign_slice"));
  CHECK_THROWS_WITH(x.slice(1, 0, 1).assign(zeros({2, 1}, {.dtype = DType::float64})), Contains("assign_slice"));
  CHECK_THROWS_WITH(x.reshape({-1}).assign(zeros({6}, {.dtype = DType::float64})), Contains("clone()"));
  CHECK_THROWS_WITH(x.transpose().assign(zeros({3, 2}, {.dtype = DType::float64})), Contains("clone()"));
  CHECK_THROWS_WITH(x[tensor({0})].assign(zeros({1, 3}, {.dtype = DType::float64})), Contains("assign_at"));
  CHECK_THROWS_WITH(x[x > 2.].assign(zeros({3}, {.dtype = DType::float64})), Contains("assign_at"));
  Tensor row = x[1];
  CHECK_THROWS_WITH(row.mutable_data<double>(), Contains("mutable_data"));
  CHECK_THROWS_WITH(row.assign_at(0, 1.), Contains("assign_at"));
  Tensor own = x[1].clone();
  own.assign(value);
  CHECK((x.to_vector<double>() == Doubles{0, 1, 2, 3, 4, 5}));
}

TEST_CASE("a reshaped tensor whose origin is gone, and a leaf that trains, may be written") {
  const Tensor x = counted({6}).clone().reshape({2, 3});
  x.assign(zeros({2, 3}, {.dtype = DType::float64}));
  CHECK(static_cast<bool>((x == 0.).all()));
  const Tensor base = counted({3, 2});
  const Tensor w = base.transpose().set_requires_grad(true);
  w.assign(ones({2, 3}, {.dtype = DType::float64}));
  CHECK(static_cast<bool>((w.detach() == 1.).all()));
  CHECK(base.to_vector<double>()[1] == 1);
}

TEST_CASE("+= and its kin rebind the handle and are recorded") {
  const Tensor w = tensor({1., 2.}, DType::float64).set_requires_grad(true);
  Tensor y = w;
  y += 1.;
  y *= w;
  y -= tensor({1., 1.}, DType::float64);
  y /= 2.;
  CHECK((w.to_vector<double>() == Doubles{1, 2}));
  CHECK((y.detach().to_vector<double>() == Doubles{.5, 2.5}));
  sum(y).backward();
  CHECK((w.grad().to_vector<double>() == Doubles{1.5, 2.5}));
}

TEST_CASE("a clone is recorded, and a detached clone is not") {
  const Tensor w = tensor({1., 2.}, DType::float64).set_requires_grad(true);
  const Tensor copy = w.clone();
  CHECK(copy.requires_grad());
  CHECK_FALSE(copy.is_leaf());
  sum(square(copy)).backward();
  CHECK((w.grad().to_vector<double>() == Doubles{2, 4}));
  CHECK_FALSE(w.detach().clone().requires_grad());
  Tensor own = w.detach().clone();
  own.mutable_data<double>()[0] = 7;
  CHECK(w.to_vector<double>()[0] == 1);
  const Tensor frozen = tensor({1., 2.});
  CHECK(frozen.clone().is_leaf());
  CHECK(tape_stats(sum(w.clone())).saved_bytes == 0);
  {
    NoGrad guard;
    CHECK(w.clone().is_leaf());
  }
}

// -------------------------------------------------------------------------------------------------------- indexing

TEST_CASE("places, masks and rows choose parts") {
  const Tensor x = counted({2, 3, 2});
  CHECK((x[{1, 2}].to_vector<double>() == Doubles{10, 11}));
  CHECK(x[{1, -1, 0}].item<double>() == 10);
  CHECK((x[{0}].to_vector<double>() == x[0].to_vector<double>()));
  CHECK((x[{0}].shape() == Shape{3, 2}));
  CHECK((x[tensor({1, 1, 0})].shape() == Shape{3, 3, 2}));
  CHECK((x[x > 8.].to_vector<double>() == Doubles{9, 10, 11}));
  CHECK((x[tensor({false, true})].shape() == Shape{1, 3, 2}));
  const std::size_t i = 1;
  CHECK((x[i].to_vector<double>()[0] == 6));
  CHECK_THROWS_WITH((x[{0, 3}]), Contains("got 3") && Contains("axis 1"));
  CHECK_THROWS_WITH((x[{0, 0, 0, 0}]), Contains("got 4 indices"));
  CHECK_THROWS_WITH((x[Tensor()]), Contains("absent"));
}

TEST_CASE("gradients flow back to the chosen parts") {
  const auto chosen = [](const Tensors& in) {
    const Tensor& x = in[0];
    return sum(square(x[{1, 2}])) + sum(x[tensor({1, 1})]) + sum(power(x[x.detach() > 0.3], 3.));
  };
  CHECK(
      gradcheck(chosen, Tensors{uniform({2, 3, 2}, 0.4, 1., {.dtype = DType::float64})}, {.second_order = true}).ok());
}

// ---------------------------------------------------------------------------------------------------------- makers

TEST_CASE("braces say the dtype") {
  CHECK(tensor({1, 2}).dtype() == DType::int64);
  CHECK(tensor({{1, 2}, {3, 4}}).dtype() == DType::int64);
  CHECK(tensor({1, 2.5}).dtype() == DType::float32);
  CHECK(tensor({1.f, 2.f}).dtype() == DType::float32);
  CHECK(tensor({true, false}).dtype() == DType::boolean);
  CHECK(tensor({true, 2}).dtype() == DType::int64);
  CHECK(tensor({}).dtype() == DType::float32);
  CHECK(tensor(5).dtype() == DType::int64);
  CHECK(tensor({1, 2}, DType::float32).dtype() == DType::float32);
  CHECK(tensor({1, 2}, {.dtype = DType::float32}).dtype() == DType::float32);
  CHECK(tensor({1., 2.}, {.requires_grad = true}).requires_grad());
  CHECK(tensor({1, 2}, {.dtype = DType::float32, .requires_grad = true}).requires_grad());
  CHECK_THROWS_WITH(tensor({1, 2}, {.requires_grad = true}), Contains("int64") && Contains("1."));
  CHECK(tensor({9007199254740993}).item<std::int64_t>() == 9007199254740993);
}

TEST_CASE("one size makes one axis, and braces stay a shape") {
  const std::size_t n = 4;
  CHECK((zeros(3).shape() == Shape{3}));
  CHECK((zeros(n, {.dtype = DType::int64}).shape() == Shape{4}));
  CHECK((zeros({n}).shape() == Shape{4}));
  CHECK((zeros({n, 2}).shape() == Shape{4, 2}));
  CHECK((zeros({}).shape() == Shape{}));
  CHECK((zeros({0}).shape() == Shape{0}));
  CHECK((ones(2).to_vector<float>() == std::vector<float>{1, 1}));
  CHECK((full(2, 7.).to_vector<float>() == std::vector<float>{7, 7}));
  CHECK((randn(5).shape() == Shape{5}));
  CHECK((uniform(5, 2., 3.).shape() == Shape{5}));
  CHECK_THROWS_AS(zeros(-1), ShapeError);
}

TEST_CASE("vectors, spans and arrays are copied, and one size is inferred") {
  const std::vector<float> v{1, 2, 3, 4, 5, 6};
  CHECK((from_vector(v).shape() == Shape{6}));
  CHECK((from_vector(v, {2, -1}).shape() == Shape{2, 3}));
  CHECK((from_vector(std::span(v).subspan(2), {-1, 2}).to_vector<float>() == std::vector<float>{3, 4, 5, 6}));
  const std::array<double, 2> a{1, 2};
  CHECK(from_vector(a).dtype() == DType::float64);
  CHECK(from_vector(std::vector<std::uint8_t>{1, 255}).dtype() == DType::int64);
  CHECK(from_vector(std::vector<bool>{true, false}).dtype() == DType::boolean);
  CHECK_THROWS_WITH(from_vector(v, {4, -1}), Contains("6 values") && Contains("(4, -1)"));
  CHECK_THROWS_AS(from_vector(v, {-1, -1}), ShapeError);
  CHECK_THROWS_AS(from_vector(v, {0, -1}), ShapeError);
  CHECK_THROWS_AS(from_vector(std::vector<std::uint64_t>{~std::uint64_t{0}}), ValueError);
}

TEST_CASE("a tensor over borrowed memory shows it, never writes it, and gives it back once") {
  int given_back = 0;
  std::vector<double> memory{1, 2, 3, 4};
  Tensor kept;
  {
    const Tensor x = from_blob(memory.data(), {2, 2}, [&](double* p) { given_back += p == memory.data(); });
    CHECK(x.data<double>().data() == memory.data());
    const Tensor w = tensor(2., DType::float64).set_requires_grad(true);
    kept = sum(x * w);
    x.assign_at(0, 0.);
    CHECK(memory[0] == 1);
  }
  CHECK(given_back == 0);
  kept.backward();
  kept = Tensor();
  CHECK(given_back == 1);
  CHECK(from_blob(std::as_const(memory).data(), {4}).to_vector<double>() == memory);
  CHECK_THROWS_WITH(from_blob(static_cast<float*>(nullptr), {2}), Contains("null"));
  CHECK_THROWS_AS(from_blob(memory.data(), {-2}, [&](double*) { ++given_back; }), ShapeError);
  CHECK(given_back == 1);
}

// --------------------------------------------------------------------------------------------------------- printing

TEST_CASE("print options change what is printed, as NumPy's do") {
  struct Restored {
    PrintOptions before = print_options();
    ~Restored() { set_print_options(before); }
  } restored;
  const Tensor x = tensor({0.123456789, 2., 3.}, DType::float64);
  set_print_options({.precision = 2});
  CHECK(to_string(x) == "[0.12 2.   3.  ]");
  set_print_options({.threshold = 4, .edge_items = 1});
  CHECK(to_string(arange(6)) == "[0 ... 5]");
  set_print_options({.line_width = 10});
  CHECK(to_string(arange(6)) == "[0 1 2 3\n 4 5]");
  set_print_options({.suppress = true});
  CHECK(to_string(tensor({1e-9, 1.}, DType::float64)) == "[0. 1.]");
  CHECK_THROWS_WITH(set_print_options({.precision = -1}), Contains("precision -1"));
  CHECK_THROWS_AS(set_print_options({.line_width = 0}), ValueError);
  CHECK(print_options().suppress);
  std::ostringstream out;
  out << DType::float64;
  CHECK(out.str() == "float64");
}

// ------------------------------------------------------------------------------------------------------- transforms

TEST_CASE("the derivatives of functions of lists come in blocks") {
  const Tensors xs{tensor({1., 2.}, DType::float64), tensor({3.}, DType::float64)};
  const auto f = [](const Tensors& x) { return sum(square(x[0]) * x[1]); };
  const std::vector<Tensors> h = hessian(f, xs);
  REQUIRE((h.size() == 2 && h[0].size() == 2));
  CHECK((h[0][0].to_vector<double>() == Doubles{6, 0, 0, 6}));
  CHECK((h[0][1].to_vector<double>() == Doubles{2, 4}));
  CHECK((h[0][1].shape() == Shape{2, 1}));
  CHECK((h[1][0].to_vector<double>() == Doubles{2, 4}));
  CHECK((h[1][1].to_vector<double>() == Doubles{0}));
  const Tensors vs{tensor({1., 1.}, DType::float64), tensor({2.}, DType::float64)};
  const Tensors hv = hvp(f, xs, vs);
  CHECK((hv[0].to_vector<double>() == Doubles{6 + 4, 6 + 8}));
  CHECK((hv[1].to_vector<double>() == Doubles{6}));
  const Tensors j = jacobian([](const Tensors& x) { return x[0] * x[1]; }, xs);
  CHECK((j[0].to_vector<double>() == Doubles{3, 0, 0, 3}));
  CHECK((j[1].to_vector<double>() == Doubles{1, 2}));
  CHECK_THROWS_WITH(hvp(f, xs, {vs[0]}), Contains("2 inputs") && Contains("1 vectors"));
}

TEST_CASE("one tensor, a list of one and generic functions are told apart") {
  const Tensor x = tensor({1., 2.}, DType::float64);
  const auto [y, pullback] = vjp([](const Tensor& t) { return square(t); }, x);
  CHECK((pullback(ones_like(y))[0].to_vector<double>() == Doubles{2, 4}));
  const auto listed = vjp([](const auto& t) { return square(t[0]); }, {x});
  CHECK((listed.output.shape() == Shape{2}));
  const auto [z, tangent] = jvp([](const auto& t) { return square(t); }, x, ones_like(x));
  CHECK((tangent.to_vector<double>() == Doubles{2, 4}));
  CHECK((jvp([](const auto& t) { return t[0] * t[1]; }, {x, x}, {x, x}).tangent.to_vector<double>() == Doubles{2, 8}));
}
