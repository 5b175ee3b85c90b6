#include "../support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor counting(const Shape& shape) {
  return reshape(arange(0., static_cast<double>(element_count(shape)), 1., {.dtype = DType::float64}), shape);
}
Tensor trainable(const Shape& shape) { return counting(shape).clone().set_requires_grad(true); }
Tensor indices(Literal values) { return tensor(values, DType::int64); }
std::vector<double> values(const Tensor& t) {
  const auto data = t.data<double>();
  return {data.begin(), data.end()};
}
std::vector<double> gradient(const Tensor& y, const Tensor& x) {
  return values(grad(y, {x}, {.grad_output = ones_like(y)})[0]);
}

}  // namespace

TEST_CASE("take puts the shape of the indices in place of the axis") {
  const Tensor x = counting({2, 3});
  CHECK(take(x, indices({{0, 1}, {2, 2}}), 1).shape() == Shape{2, 2, 2});
  CHECK(values(take(x, indices(-1), 1)) == std::vector<double>{2, 5});
  CHECK(take(x, zeros({0}, {.dtype = DType::int64})).shape() == Shape{0, 3});
}

TEST_CASE("repeated indices accumulate in the gradient of take") {
  const Tensor x = trainable({3});
  CHECK(gradient(take(x, indices({2, 0, -1, 2})), x) == std::vector<double>{1, 0, 3});
}

TEST_CASE("take keeps its indices alone") {
  const Tensor x = trainable({100, 2});
  const Tensor y = take(x, indices({1, 2}));
  CHECK(tape_stats(y).saved_bytes + tape_stats(y).borrowed_bytes == 16);
}

TEST_CASE("an index out of range is an error that names it") {
  const Tensor x = counting({3, 2});
  CHECK_THROWS_AS(take(x, indices({0, 3})), ValueError);
  CHECK_THROWS_WITH(take(x, indices({0, 3})), Contains("take") && Contains("got 3") && Contains("-3 to 2"));
  CHECK_THROWS_WITH(take(x, indices({-4})), Contains("-4"));
  CHECK_THROWS_WITH(take_along_axis(x, indices({{5, 0}}), 0), Contains("got 5"));
  CHECK_THROWS_WITH(embedding(x, indices({-1})), Contains("embedding") && Contains("-1") && Contains("0 to 2"));
  CHECK_THROWS_WITH(scatter_add(x, indices({-1}), zeros({1, 2}, {.dtype = DType::float64})), Contains("-1"));
  CHECK_THROWS_WITH(one_hot(indices({4}), 4), Contains("got 4") && Contains("0 to 3"));
  CHECK_THROWS_AS(one_hot(indices({-1}), 4), ValueError);
}

TEST_CASE("an index out of range in an empty array is an error") {
  CHECK_THROWS_AS(take(zeros({0, 2}), indices({0})), ValueError);
  CHECK_THROWS_AS(take(zeros({2, 0}), indices({2})), ValueError);
}

TEST_CASE("indices that are not int64 are an error that names to") {
  CHECK_THROWS_WITH(take(zeros({3}), zeros({1})), Contains("float32") && Contains("to(DType::int64)"));
  CHECK_THROWS_AS(one_hot(zeros({2}), 3), ValueError);
  CHECK_THROWS_AS(embedding(zeros({2, 2}), Tensor()), ValueError);
}

TEST_CASE("take_along_axis reads along one axis and broadcasts along the others") {
  const Tensor x = counting({2, 3});
  CHECK(values(take_along_axis(x, indices({{2}, {0}}), 1)) == std::vector<double>{2, 3});
  CHECK(values(take_along_axis(x, indices({{0, -1}}), 1)) == std::vector<double>{0, 2, 3, 5});
  CHECK_THROWS_WITH(take_along_axis(x, indices({0}), 1), Contains("(1,)") && Contains("(2, 3)"));
  CHECK_THROWS_AS(take_along_axis(x, indices({{0}, {0}, {0}}), 1), ShapeError);
}

TEST_CASE("repeated indices accumulate in the gradient of take_along_axis") {
  const Tensor x = trainable({2, 2});
  CHECK(gradient(take_along_axis(x, indices({{1, 1, 0}}), 1), x) == std::vector<double>{1, 2, 1, 2});
}

TEST_CASE("scatter_add adds every update, also at repeated indices") {
  const Tensor x = counting({3, 2});
  const Tensor updates = ones({2, 2}, {.dtype = DType::float64});
  CHECK(values(scatter_add(x, indices({1, 1}), updates)) == std::vector<double>{0, 1, 4, 5, 4, 5});
  CHECK(values(x) == values(counting({3, 2})));
  CHECK_THROWS_WITH(scatter_add(x, indices({1}), updates), Contains("(2, 2)") && Contains("(1, 2)"));
  CHECK_THROWS_WITH(scatter_add(x, indices({1, 1}), updates.to(DType::float32)), Contains("float32"));
}

TEST_CASE("scatter_add keeps nothing when its updates are frozen") {
  const Tensor x = trainable({3});
  const Tensor y = scatter_add(x, indices({0}), ones({1}, {.dtype = DType::float64}));
  CHECK(tape_stats(y).saved_bytes + tape_stats(y).borrowed_bytes == 0);
}

TEST_CASE("one_hot has the default dtype and a new last axis") {
  const Tensor y = one_hot(indices({{2, 0}}), 3);
  CHECK(y.shape() == Shape{1, 2, 3});
  CHECK(y.dtype() == default_dtype());
  CHECK(y.data<float>()[2] == 1);
  CHECK(sum(y).item<float>() == 2);
}

TEST_CASE("embedding looks rows up and adds their gradients") {
  const Tensor weights = trainable({3, 2});
  const Tensor y = embedding(weights, indices({{0, 2}, {2, 2}}));
  CHECK(y.shape() == Shape{2, 2, 2});
  CHECK(gradient(y, weights) == std::vector<double>{1, 1, 0, 0, 3, 3});
  CHECK_THROWS_WITH(embedding(zeros({3}), indices({0})), Contains("(3,)"));
}
