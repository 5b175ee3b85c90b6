// C++ numbers beside tensors: integers are exact whatever their size, and a conversion that cannot be right is an error
// with the number.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType i64 = DType::int64, f32 = DType::float32;
constexpr std::int64_t odd = (std::int64_t{1} << 53) + 1;  // no double is this number
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

Tensor one(std::int64_t value) { return from_vector(std::vector<std::int64_t>{value}, {1}); }
std::int64_t only(const Tensor& x) { return x.item<std::int64_t>(); }
bool holds(const Tensor& x) { return x.item<bool>(); }

}  // namespace

TEST_CASE("an integer beyond 2^53 is exact beside an int64 tensor") {
  const Tensor zero = one(0);
  for (const std::int64_t n : {odd, -odd, most, least, most - 1, std::int64_t{3} << 60}) {
    INFO(n);
    CHECK(only(zero + n) == n);
    CHECK(only(n + zero) == n);
    CHECK(only(one(n) - n) == 0);
    CHECK(only(n - one(n)) == 0);
    CHECK(only(one(1) * n) == n);
    CHECK(only(n * one(1)) == n);
    CHECK(only(maximum(one(least), n)) == n);
    CHECK(only(minimum(one(most), n)) == n);
    CHECK(only(where(tensor({0}, DType::boolean), zero, n)) == n);
    CHECK(only(clip(one(n), n, n)) == n);
    CHECK(only(clip(zero, n, most)) == std::max<std::int64_t>(n, 0));
    CHECK(holds(equal(one(n), n)));
    CHECK_FALSE(holds(not_equal(one(n), n)));
    CHECK_FALSE(holds(one(n) < n));
    CHECK(holds(one(n) <= n));
    CHECK_FALSE(holds(one(n) > n));
    CHECK(holds(n >= one(n)));
    if (n != least) {
      CHECK(holds(one(n - 1) < n));
      CHECK_FALSE(holds(equal(one(n - 1), n)));
    }
  }
}

TEST_CASE("makers of int64 tensors keep integers beyond 2^53") {
  const TensorOptions as_int64 = {.dtype = i64};
  for (const std::int64_t n : {odd, -odd, most, least}) {
    INFO(n);
    CHECK(only(full({1}, n, as_int64)) == n);
    CHECK(only(full_like(one(0), n)) == n);
    CHECK(only(tensor({n}, i64)) == n);
    CHECK(only(pad(zeros({0}, as_int64), {.pad_width = {{1, 0}}, .value = n})) == n);
    CHECK(only(sum(full({1}, n, as_int64))) == n);
    CHECK(to_string(one(n)) == "[" + std::to_string(n) + "]");
  }
  const Tensor range = arange(odd, odd + 4);
  REQUIRE(range.shape() == Shape{4});
  for (std::int64_t i = 0; i < 4; ++i) CHECK(only(range[i]) == odd + i);
  const Tensor down = arange(most, most - 5, -2);
  REQUIRE(down.shape() == Shape{3});
  CHECK(only(down[2]) == most - 4);
  const Tensor whole = arange(least, most, most);
  REQUIRE(whole.shape() == Shape{3});
  CHECK(only(whole[1]) == -1);
  CHECK(only(whole[2]) == most - 1);
  CHECK(arange(3, 3).size() == 0);
  CHECK(arange(5, 1).size() == 0);
  CHECK(arange(0, 7, 3).size() == 3);
  CHECK(arange(0, 6, 3).size() == 2);
  const Tensor drawn = randint(odd, odd + 1, {3});
  CHECK(only(drawn[2]) == odd);
}

TEST_CASE("numbers that int64 has no place for are errors with the number") {
  const TensorOptions as_int64 = {.dtype = i64};
  const Tensor x = one(3);
  for (const double bad : {1e30, -1e30, not_a_number, infinity, 0x1p63}) {
    const std::string text = bad != bad ? "nan" : bad == infinity ? "inf" : bad > 1e29 ? "1e+30" : "";
    INFO(bad);
    CHECK_THROWS_WITH(full({2}, bad, as_int64), Contains("full: got ") && Contains(text) && Contains("int64"));
    CHECK_THROWS_WITH(full_like(x, bad), Contains("full_like: got ") && Contains(text));
    CHECK_THROWS_WITH(tensor({{1., bad}}, i64), Contains("tensor: got ") && Contains(text));
    CHECK_THROWS_WITH(x + bad, Contains("add: ") && Contains(text));
    CHECK_THROWS_WITH(bad * x, Contains("multiply: ") && Contains(text));
    CHECK_THROWS_WITH(x < bad, Contains(text));
    CHECK_THROWS_WITH(from_vector(std::vector<double>{1, bad}, {2}).to(i64),
                      Contains("to: element 1 is ") && Contains(text));
    CHECK_THROWS_WITH(from_vector(std::vector<double>{bad}, {}).item<int>(), Contains("item: ") && Contains(text));
    CHECK_THROWS_AS(linspace(0, bad, 3, as_int64), ValueError);
    CHECK_THROWS_AS(randint(0, bad, {2}), ValueError);
    if (bad != -1e30) CHECK_THROWS_AS(arange(0., bad, 1., as_int64), ValueError);
  }
  CHECK_THROWS_AS(x + (std::uint64_t{1} << 63), ValueError);
  CHECK_THROWS_WITH(from_vector(std::vector<std::uint64_t>{1, std::uint64_t{1} << 63}, {2}),
                    Contains("from_vector: got 9223372036854775808"));
  CHECK(only(full({1}, -0x1p63, as_int64)) == least);
  CHECK(only(from_vector(std::vector<double>{-0x1p63}, {1}).to(i64)) == least);
  CHECK(to_string(from_vector(std::vector<float>{-1.7F, 2.9F}, {2}).to(i64)) == "[-1  2]");
}

TEST_CASE("numbers that float32 has no place for are errors, infinities and NaN are not") {
  const Tensor x = ones({2}, {.dtype = f32});
  CHECK_THROWS_WITH(full({2}, 1e300, {.dtype = f32}), Contains("full: got 1e+300; float32 ends at 3.4028235e+38"));
  CHECK_THROWS_WITH(x * 1e39, Contains("multiply: got 1e+39; float32 ends at"));
  CHECK_THROWS_WITH(tensor({-1e300}, f32), Contains("tensor: got -1e+300"));
  CHECK_THROWS_AS(linspace(0, 1e300, 3, {.dtype = f32}), ValueError);
  CHECK_THROWS_AS(arange(0., 3e300, 1e300, {.dtype = f32}), ValueError);
  CHECK_THROWS_WITH(from_vector(std::vector<double>{1e300}, {}).item<float>(),
                    Contains("item: got 1e+300; float ends"));
  CHECK(std::isinf(full({1}, infinity, {.dtype = f32}).item<float>()));
  CHECK(std::isnan((x[0] * not_a_number).item<float>()));
  CHECK(holds((x < infinity).to(i64).sum() > 1));
  CHECK(full({1}, 1e300, {.dtype = DType::float64}).item<double>() == 1e300);
}

TEST_CASE("item refuses what the type asked for has no place for") {
  const auto item_of = [](double v) { return from_vector(std::vector<double>{v}, {}); };
  CHECK_THROWS_WITH(item_of(3e9).item<int>(), Contains("item: 3000000000 is out of the range of the type asked for"));
  CHECK_THROWS_AS(item_of(not_a_number).item<int>(), ValueError);
  CHECK_THROWS_AS(item_of(-1).item<unsigned>(), ValueError);
  CHECK_THROWS_AS(item_of(256).item<unsigned char>(), ValueError);
  CHECK_THROWS_AS(item_of(0x1p63).item<std::int64_t>(), ValueError);
  CHECK_THROWS_AS(item_of(0x1p64).item<std::uint64_t>(), ValueError);
  CHECK_THROWS_AS(one(odd).item<int>(), ValueError);
  CHECK_THROWS_AS(one(-1).item<std::uint64_t>(), ValueError);
  CHECK(item_of(-0.9).item<unsigned>() == 0);
  CHECK(item_of(255.5).item<unsigned char>() == 255);
  CHECK(item_of(-2147483648.).item<int>() == std::numeric_limits<int>::min());
  CHECK(item_of(-0x1p63).item<std::int64_t>() == least);
  CHECK(item_of(0x1p63).item<std::uint64_t>() == std::uint64_t{1} << 63);
  CHECK(one(most).item<std::uint64_t>() == static_cast<std::uint64_t>(most));
  CHECK(one(odd).item<std::int64_t>() == odd);
  CHECK(item_of(not_a_number).item<bool>());
}

TEST_CASE("clip takes bounds beyond the dtype's range as none") {
  CHECK(only(clip(one(most), 0, 1e30)) == most);
  CHECK(only(clip(one(least), -infinity, infinity)) == least);
  CHECK(only(clip(one(7), -infinity, 3)) == 3);
  const Tensor x = full({1}, 1e38, {.dtype = f32});
  CHECK(clip(x, -1e300, 1e300).item<float>() == 1e38F);
  CHECK_THROWS_WITH(clip(x, 1e300, 1e301), Contains("clip: got bounds 1e+300"));
  CHECK_THROWS_WITH(clip(one(1), odd, odd - 1), Contains("clip: the lower bound is above"));
}

TEST_CASE("windows, strides and repetitions that overflow are errors, others do what they say") {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  const Tensor x = ones({1, 4, 4, 2}), kernel = ones({3, 3, 2, 1}), point = ones({1, 1, 2, 1});
  for (const char* padding : {"valid", "same"})
    for (const std::int64_t dilation : {huge, huge + 1, most}) {
      CHECK_THROWS_WITH(conv2d(x, kernel, {}, {.padding = padding, .dilation = {dilation, 1}}),
                        Contains("conv2d: ") && Contains(std::to_string(dilation)));
      CHECK(conv2d(x, point, {}, {.padding = padding, .dilation = {dilation}}).shape() == Shape{1, 4, 4, 1});
    }
  CHECK_THROWS_AS(conv1d(ones({1, 4, 2}), ones({3, 2, 1}), {}, {.padding = "causal", .dilation = huge}), ShapeError);
  for (const std::int64_t stride : {huge, most}) {
    CHECK(conv2d(x, kernel, {}, {.strides = {stride}, .padding = "same"}).shape() == Shape{1, 1, 1, 1});
    CHECK(conv2d(x, kernel, {}, {.strides = {stride}}).item<float>() == 18);
    CHECK(max_pool2d(x, {.pool_size = {2}, .strides = {stride}}).shape() == Shape{1, 1, 1, 2});
    CHECK_THROWS_AS(conv2d_transpose(x, ones({3, 3, 1, 2}), {.strides = {stride}}), ShapeError);
  }
  CHECK_THROWS_AS(max_pool2d(x, {.pool_size = {most}, .padding = "same"}), ShapeError);
  CHECK_THROWS_AS(avg_pool2d(x, {.pool_size = {huge}}), ShapeError);
  CHECK_THROWS_AS(conv2d(x, ones({1, 1, 2, 4}), {}, {.groups = huge}), ShapeError);
  CHECK_THROWS_AS(tile(x, {huge, 1, 1, 1, 4}), ShapeError);
  CHECK_THROWS_AS(tile(ones({4}), {huge}), ShapeError);
  CHECK_THROWS_AS(repeat(ones({4}), huge, 0), ShapeError);
  CHECK_THROWS_AS(reshape(ones({4}), {huge, 4}), ShapeError);
  CHECK_THROWS_AS(pad(ones({4}), {.pad_width = {{most, most}}}), ShapeError);
  CHECK_THROWS_AS(eye(std::int64_t{1} << 33), ShapeError);
  CHECK_THROWS_AS(zeros({huge, 4}), ShapeError);
}
