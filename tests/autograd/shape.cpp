#include "../support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor counting(const Shape& shape) {
  return reshape(arange(0., static_cast<double>(element_count(shape)), 1., {.dtype = DType::float64}), shape);
}
std::vector<double> values(const Tensor& t) {
  const auto data = t.data<double>();
  return {data.begin(), data.end()};
}
std::vector<double> gradient(const Tensor& y, const Tensor& x, const Tensor& g) {
  return values(grad(y, {x}, {.grad_output = g})[0]);
}
const double* address(const Tensor& t) { return t.data<double>().data(); }

}  // namespace

TEST_CASE("reshape infers one size and shares the buffer") {
  const Tensor x = counting({2, 6});
  const Tensor y = reshape(x, {3, -1});
  CHECK(y.shape() == Shape{3, 4});
  CHECK(address(y) == address(x));
}

TEST_CASE("reshape to the same shape is a new handle") {
  const Tensor x = counting({2, 3});
  CHECK_FALSE(reshape(x, {2, 3}).is_same(x));
}

TEST_CASE("a reshape that does not fit names both shapes") {
  CHECK_THROWS_WITH(reshape(zeros({2, 3}), {4, -1}), Contains("(2, 3)") && Contains("(4, -1)"));
  CHECK_THROWS_WITH(reshape(zeros({4}), {-1, -1}), Contains("one size may be -1"));
  CHECK_THROWS_AS(reshape(zeros({4}), {-2, -2}), ShapeError);
  CHECK_THROWS_AS(reshape(zeros({0}), {0, -1}), ShapeError);
  CHECK(reshape(zeros({0, 3}), {2, -1}).shape() == Shape{2, 0});
}

TEST_CASE("squeeze and expand_dims count negative axes from the end") {
  CHECK(squeeze(zeros({2, 1}), -1).shape() == Shape{2});
  CHECK(expand_dims(zeros({2, 3}), -1).shape() == Shape{2, 3, 1});
  CHECK(expand_dims(zeros({2, 3}), -3).shape() == Shape{1, 2, 3});
  CHECK_THROWS_WITH(squeeze(zeros({2, 1}), 0), Contains("size 2") && Contains("(2, 1)"));
}

TEST_CASE("transpose puts axis order[i] in place i") {
  const Tensor y = transpose(counting({2, 3, 4}), {2, 0, -2});
  CHECK(y.shape() == Shape{4, 2, 3});
  CHECK(y[3][1][2].item<double>() == 23);
  CHECK(y[1][0][2].item<double>() == 9);
  CHECK_THROWS_WITH(transpose(zeros({2, 3}), {0, 0}), Contains("(0, 0)") && Contains("each axis once"));
  CHECK_THROWS_AS(transpose(zeros({2, 3}), {0}), ShapeError);
}

TEST_CASE("a transposition larger than a tile is right") {
  const Tensor x = counting({67, 45}), y = transpose(x);
  bool same = true;
  for (int i = 0; i < 67; ++i)
    for (int j = 0; j < 45; ++j) same &= y.data<double>()[j * 67 + i] == x.data<double>()[i * 45 + j];
  CHECK(same);
  CHECK(values(transpose(y)) == values(x));
}

TEST_CASE("broadcast_to repeats, and its gradient sums") {
  const Tensor x = counting({3, 1}).clone().set_requires_grad(true);
  const Tensor y = broadcast_to(x, {2, 3, 2});
  CHECK(values(y) == std::vector<double>{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2});
  CHECK(gradient(y, x, ones_like(y)) == std::vector<double>{4, 4, 4});
  CHECK_THROWS_WITH(broadcast_to(x, {2, 2}), Contains("(3, 1)") && Contains("(2, 2)"));
}

TEST_CASE("concatenate joins along any axis and hands each input its piece of the gradient") {
  const Tensor a = counting({2, 1}).clone().set_requires_grad(true), b = counting({2, 2}).clone();
  const Tensor y = concatenate({a, b, a}, -1);
  CHECK(values(y) == std::vector<double>{0, 0, 1, 0, 1, 2, 3, 1});
  CHECK(gradient(y, a, counting({2, 4})) == std::vector<double>{3, 11});
  CHECK(tape_stats(y).saved_bytes + tape_stats(y).borrowed_bytes == 0);
}

TEST_CASE("concatenate and stack name what does not fit") {
  CHECK_THROWS_WITH(concatenate({zeros({2, 3}), zeros({2, 4})}), Contains("(2, 3)") && Contains("(2, 4)"));
  CHECK_THROWS_WITH(stack({zeros({2}), zeros({3})}), Contains("(2,)") && Contains("(3,)"));
  CHECK_THROWS_AS(concatenate({}), ValueError);
  CHECK_THROWS_AS(concatenate({zeros({2}), Tensor()}), ValueError);
  CHECK_THROWS_AS(concatenate({zeros({}), zeros({})}), ShapeError);
  CHECK_THROWS_WITH(concatenate({zeros({2}), zeros({2}, {.dtype = DType::float64})}),
                    Contains("float32") && Contains("float64"));
}

TEST_CASE("stack makes a new axis") {
  CHECK(stack({zeros({2, 3}), zeros({2, 3})}, -1).shape() == Shape{2, 3, 2});
  CHECK(stack({zeros({}), zeros({})}).shape() == Shape{2});
}

TEST_CASE("an index and a leading slice share the buffer, and other slices copy") {
  const Tensor x = counting({4, 3});
  CHECK(address(x[2]) == address(x) + 6);
  CHECK(address(x[-1]) == address(x) + 9);
  CHECK(address(x.slice(0, 1, 3)) == address(x) + 3);
  CHECK(address(x.slice(0, 0, 4, 2)) != address(x));
  CHECK(address(x.slice(1, 0, 2)) != address(x));
}

TEST_CASE("slices have NumPy's meaning of negative and large bounds") {
  const Tensor x = counting({5});
  CHECK(values(x.slice(0, -2, 100)) == std::vector<double>{3, 4});
  CHECK(values(x.slice(0, -100, 5, 2)) == std::vector<double>{0, 2, 4});
  CHECK(x.slice(0, 3, 1).shape() == Shape{0});
  CHECK(values(slice(counting({3, 4}), {.starts = {1, -3}, .stops = {3, -1}, .steps = {1, 1}})) ==
        std::vector<double>{5, 6, 9, 10});
  CHECK_FALSE(slice(x, {.starts = {0}, .stops = {5}}).is_same(x));
}

TEST_CASE("bad slices and indices are errors with the values in them") {
  CHECK_THROWS_WITH(counting({3})[3], Contains("got 3") && Contains("-3 to 2"));
  CHECK_THROWS_AS(counting({})[0], ShapeError);
  CHECK_THROWS_WITH(counting({3}).slice(0, 0, 3, 0), Contains("step 0"));
  CHECK_THROWS_AS(counting({3}).slice(1, 0, 3), ShapeError);
  CHECK_THROWS_WITH(slice(counting({3}), {.starts = {0, 1}, .stops = {1}}), Contains("2 starts, 1 stops"));
}

TEST_CASE("the gradient of a slice is zero outside it") {
  const Tensor x = counting({2, 4}).clone().set_requires_grad(true);
  const Tensor g = ones({2, 2}, {.dtype = DType::float64});
  CHECK(gradient(x.slice(1, 1, 4, 2), x, g) == std::vector<double>{0, 1, 0, 1, 0, 1, 0, 1});
  CHECK(gradient(x[1], x, counting({4})) == std::vector<double>{0, 0, 0, 0, 0, 1, 2, 3});
}

TEST_CASE("gradients of overlapping slices add up, whatever else the tensor is used for") {
  const Tensor x = counting({3, 4}).clone().set_requires_grad(true);
  const auto every = [&] {
    return sum(x.slice(1, 0, 3)) + sum(x.slice(1, 1, 4, 2)) + sum(x.slice(0, 1, 3)) + sum(x[2]);
  };
  const std::vector<double> expected = {1, 2, 1, 1, 2, 3, 2, 2, 3, 4, 3, 3};
  CHECK(gradient(every(), x, ones({}, {.dtype = DType::float64})) == expected);
  // The first gradient is g itself, which is not ours to write.
  const Tensor g = ones({3, 4}, {.dtype = DType::float64});
  grad(concatenate({x.slice(1, 0, 2), x.slice(1, 0, 2)}, 1) + x, {x}, {.grad_output = g});
  CHECK(values(g) == std::vector<double>(12, 1));
}

TEST_CASE("pad continues by a constant, by reflection and by the edge") {
  const Tensor x = counting({3});
  CHECK(values(pad(x, {.pad_width = {{1, 2}}, .value = 9})) == std::vector<double>{9, 0, 1, 2, 9, 9});
  CHECK(values(pad(x, {.pad_width = {{2, 3}}, .mode = "reflect"})) == std::vector<double>{2, 1, 0, 1, 2, 1, 0, 1});
  CHECK(values(pad(x, {.pad_width = {{1, 2}}, .mode = "edge"})) == std::vector<double>{0, 0, 1, 2, 2, 2});
  CHECK_FALSE(pad(x, {.pad_width = {{0, 0}}}).is_same(x));
}

TEST_CASE("bad padding is an error with the values in it") {
  CHECK_THROWS_WITH(pad(zeros({2}), {.pad_width = {{1, -1}}}), Contains("(1, -1)"));
  CHECK_THROWS_WITH(pad(zeros({2}), {.pad_width = {}}), Contains("0 pairs") && Contains("(2,)"));
  CHECK_THROWS_WITH(pad(zeros({2}), {.pad_width = {{1, 1}}, .mode = "wrap"}), Contains("wrap") && Contains("reflect"));
  CHECK_THROWS_AS(pad(zeros({0}), {.pad_width = {{1, 0}}, .mode = "edge"}), ShapeError);
}

TEST_CASE("flip reverses the axes named, or all") {
  CHECK(values(flip(counting({2, 2}))) == std::vector<double>{3, 2, 1, 0});
  CHECK(values(flip(counting({2, 2}), {-1})) == std::vector<double>{1, 0, 3, 2});
}

TEST_CASE("roll, repeat and tile are NumPy's") {
  CHECK(values(roll(counting({4}), -1, 0)) == std::vector<double>{1, 2, 3, 0});
  CHECK(values(roll(counting({4}), 6, 0)) == std::vector<double>{2, 3, 0, 1});
  CHECK(values(repeat(counting({2}), 2, 0)) == std::vector<double>{0, 0, 1, 1});
  CHECK(tile(zeros({2, 3}), {2}).shape() == Shape{2, 6});
  CHECK(tile(zeros({3}), {2, 2}).shape() == Shape{2, 6});
  CHECK_THROWS_WITH(repeat(zeros({2}), -1, 0), Contains("-1"));
}

TEST_CASE("triangles and diagonals are right off the main diagonal and beyond the corners") {
  const Tensor x = counting({2, 3});
  CHECK(values(tril(x)) == std::vector<double>{0, 0, 0, 3, 4, 0});
  CHECK(values(triu(x, 1)) == std::vector<double>{0, 1, 2, 0, 0, 5});
  CHECK(values(tril(x, -9)) == std::vector<double>(6, 0.));
  CHECK(values(triu(x, -9)) == values(x));
  CHECK(values(diagonal(x, 1)) == std::vector<double>{1, 5});
  CHECK(diagonal(x, 7).shape() == Shape{0});
  CHECK(values(diag(counting({2}))) == std::vector<double>{0, 0, 0, 1});
  CHECK(trace(x).item<double>() == 4);
  CHECK_THROWS_WITH(diagonal(zeros({2})), Contains("(2,)") && Contains("matrix"));
  CHECK_THROWS_AS(tril(zeros({2})), ShapeError);
  CHECK_THROWS_AS(diag(zeros({2, 2})), ShapeError);
}

TEST_CASE("shape operations accept every dtype") {
  const Tensor x = from_vector(std::vector<bool>{true, false, false, true}, {2, 2});
  CHECK(transpose(flip(x, {0})).to_vector<bool>()[0] == false);
  CHECK(concatenate({x, x}).shape() == Shape{4, 2});
  CHECK(pad(arange(2), {.pad_width = {{1, 0}}, .value = 7}).to_vector<std::int64_t>()[0] == 7);
}

TEST_CASE("an empty array broadcasts against a column") {
  CHECK(multiply(zeros({2, 1}), zeros({2, 0})).shape() == Shape{2, 0});
  CHECK((zeros({3, 1, 2}) < zeros({3, 0, 1})).shape() == Shape{3, 0, 2});
}
