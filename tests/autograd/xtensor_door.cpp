#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/xtensor.hpp>

#include <cmath>

using namespace frost;

TEST_CASE("a tensor passes through xtensor and comes back") {
  const Tensor a = tensor({{1., 2.}, {3., 4.}});
  auto view = as_xtensor<float>(a);
  Tensor b = from_xtensor(xt::sin(view) + 1.f);
  CHECK(b.shape() == Shape{2, 2});
  CHECK(b.dtype() == DType::float32);
  CHECK(b.is_leaf());
  for (std::size_t i = 0; i < 4; ++i) CHECK(b.data<float>()[i] == Approx(std::sin(a.data<float>()[i]) + 1.f));
}

TEST_CASE("as_xtensor shows the tensor's own memory") {
  const Tensor a = tensor({{1., 2., 3.}, {4., 5., 6.}}, DType::float64);
  auto view = as_xtensor<double>(a);
  CHECK(&view(0, 0) == a.data<double>().data());
  CHECK(view.dimension() == 2);
  CHECK(view.shape()[1] == 3);
  CHECK(view(1, 0) == 4);
  CHECK_THROWS_AS(as_xtensor<float>(a), ValueError);
  static_assert(std::is_const_v<std::remove_reference_t<decltype(view(0, 0))>>);
}

TEST_CASE("a view keeps its values alive and as they were") {
  auto view = as_xtensor<float>(tensor({1., 2.}));
  tensor({7., 8.});  // would take the freed memory
  CHECK(view(1) == 2);

  const Tensor leaf = tensor({1., 2.});
  auto before = as_xtensor<float>(leaf);
  auto copy = before;
  leaf.assign(tensor({5., 6.}));
  CHECK(before(0) == 1);
  CHECK(copy(0) == 1);
  CHECK(leaf.data<float>()[0] == 5);
}

TEST_CASE("from_xtensor takes the expression's type, any shape and any layout") {
  CHECK(from_xtensor(xt::xarray<double>{{1, 2}, {3, 4}}).dtype() == DType::float64);
  CHECK(to_string(from_xtensor(xt::transpose(xt::xarray<double>{{1, 2}, {3, 4}}))) == "[[1. 3.]\n [2. 4.]]");
  CHECK(to_string(from_xtensor(xt::xarray<int>{{1, 2}, {3, 4}})) == "[[1 2]\n [3 4]]");
  CHECK(from_xtensor(xt::xarray<int>{1}).dtype() == DType::int64);
  const xt::xarray<double> x{{1, -2}, {-3, 4}};
  CHECK(to_string(from_xtensor(x > 0.)) == "[[ True False]\n [False  True]]");
  CHECK(from_xtensor(xt::sum(x)).item<double>() == 0);
  CHECK(from_xtensor(xt::sum(x)).shape() == Shape{});
  CHECK(from_xtensor(xt::view(x, xt::all(), 1)).shape() == Shape{2});
  CHECK(from_xtensor(xt::xarray<float>::from_shape({0, 3})).shape() == Shape{0, 3});
  xt::xarray<float, xt::layout_type::column_major> columns = {{1, 2, 3}, {4, 5, 6}};
  CHECK(to_string(from_xtensor(columns)) == "[[1. 2. 3.]\n [4. 5. 6.]]");
}

TEST_CASE("booleans, integers and scalars pass through xtensor") {
  CHECK(as_xtensor<bool>(tensor({1, 0, 1}, DType::boolean))(2));
  CHECK(xt::sum(as_xtensor<std::int64_t>(arange(5)))() == 10);
  CHECK(as_xtensor<float>(tensor(2.))() == 2);
  CHECK(as_xtensor<float>(zeros({0, 2})).size() == 0);
}
