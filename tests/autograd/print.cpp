#include "support/catch.hpp"

#include "array.hpp"

#include <frost/autograd.hpp>

#include <limits>
#include <sstream>

using namespace frost;

namespace {
constexpr double missing = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
}

// The expected texts are NumPy 1.24's.
TEST_CASE("tensors print as NumPy prints arrays") {
  struct Case {
    const char* what;
    Tensor tensor;
    const char* text;
  };
  const std::vector<Case> cases = {
      {"a matrix", tensor({{1., 2.}, {3., 4.}}),
       "[[1. 2.]\n"
       " [3. 4.]]"},
      {"alignment and signs", tensor({{-1., 2.5}, {10.25, 4.}}),
       "[[-1.    2.5 ]\n"
       " [10.25  4.  ]]"},
      {"float32 digits", tensor({0.1, 0.2, 1. / 3}), "[0.1        0.2        0.33333334]"},
      {"float64 digits, rounded to eight", tensor({0.1, 2. / 3, 100.}, DType::float64),
       "[  0.1          0.66666667 100.        ]"},
      {"a ratio above 1000", tensor({0.5, 1234.5}, DType::float64), "[5.0000e-01 1.2345e+03]"},
      {"a ratio of 1000", tensor({1., 1000.}, DType::float64), "[   1. 1000.]"},
      {"values of 1e8 and more", tensor({1., 1e8}, DType::float64), "[1.e+00 1.e+08]"},
      {"values below 1e-4", tensor({1e-5, 2.5e-5}, DType::float64), "[1.0e-05 2.5e-05]"},
      {"exponents of three digits", tensor({1e-300, -1e5, 0.}, DType::float64), "[ 1.e-300 -1.e+005  0.e+000]"},
      {"own digits instead of zeros", tensor({2.2810010e+07, 1.3691283e-04, 4.8760239e-02}),
       "[2.2810010e+07 1.3691283e-04 4.8760239e-02]"},
      {"whole numbers above 2^24", tensor({-86738544., 1e7}), "[-86738544.  10000000.]"},
      {"nan and infinities", tensor({1., missing, inf, -inf}), "[  1.  nan  inf -inf]"},
      {"nan alone", tensor({missing, missing}), "[nan nan]"},
      {"nan beside exponents", tensor({missing, 1e10}, DType::float64), "[   nan 1.e+10]"},
      {"negative zero", tensor({-0., 0.}), "[-0.  0.]"},
      {"integers", tensor({{1, -20}, {300, 4}}, DType::int64),
       "[[  1 -20]\n"
       " [300   4]]"},
      {"booleans", tensor({{1, 0}, {1, 1}}, DType::boolean),
       "[[ True False]\n"
       " [ True  True]]"},
      {"planes", arange(12).reshape({2, 3, 2}),
       "[[[ 0  1]\n"
       "  [ 2  3]\n"
       "  [ 4  5]]\n"
       "\n"
       " [[ 6  7]\n"
       "  [ 8  9]\n"
       "  [10 11]]]"},
      {"four axes", arange(8).reshape({2, 2, 1, 2}),
       "[[[[0 1]]\n"
       "\n"
       "  [[2 3]]]\n"
       "\n"
       "\n"
       " [[[4 5]]\n"
       "\n"
       "  [[6 7]]]]"},
      {"a long line", arange(30) * 1000,
       "[    0  1000  2000  3000  4000  5000  6000  7000  8000  9000 10000 11000\n"
       " 12000 13000 14000 15000 16000 17000 18000 19000 20000 21000 22000 23000\n"
       " 24000 25000 26000 27000 28000 29000]"},
      {"a long line of floats", linspace(0, 1, 13, {.dtype = DType::float64}),
       "[0.         0.08333333 0.16666667 0.25       0.33333333 0.41666667\n"
       " 0.5        0.58333333 0.66666667 0.75       0.83333333 0.91666667\n"
       " 1.        ]"},
      {"1000 elements in full, 1001 in part", arange(1001), "[   0    1    2 ...  998  999 1000]"},
      {"a large matrix", arange(4000).reshape({40, 100}),
       "[[   0    1    2 ...   97   98   99]\n"
       " [ 100  101  102 ...  197  198  199]\n"
       " [ 200  201  202 ...  297  298  299]\n"
       " ...\n"
       " [3700 3701 3702 ... 3797 3798 3799]\n"
       " [3800 3801 3802 ... 3897 3898 3899]\n"
       " [3900 3901 3902 ... 3997 3998 3999]]"},
      {"a long and narrow matrix", arange(1200).reshape({600, 2}),
       "[[   0    1]\n"
       " [   2    3]\n"
       " [   4    5]\n"
       " ...\n"
       " [1194 1195]\n"
       " [1196 1197]\n"
       " [1198 1199]]"},
      {"no elements", zeros({0}), "[]"},
      {"no elements, two axes", zeros({0, 3}), "[]"},
      {"one element", tensor({1.}), "[1.]"}};
  for (const Case& c : cases) {
    INFO(c.what);
    CHECK(to_string(c.tensor) == c.text);
  }
}

TEST_CASE("a tensor without axes prints as a NumPy scalar") {
  CHECK(to_string(tensor(1.)) == "1.0");
  CHECK(to_string(tensor(0.1)) == "0.1");
  CHECK(to_string(tensor(0.1, DType::float64)) == "0.1");
  CHECK(to_string(tensor(1e16, DType::float64)) == "1e+16");
  CHECK(to_string(tensor(123456789012345., DType::float64)) == "123456789012345.0");
  CHECK(to_string(tensor(1e-5, DType::float64)) == "1e-05");
  CHECK(to_string(tensor(1.5e-5, DType::float64)) == "1.5e-05");
  CHECK(to_string(tensor(missing)) == "nan");
  CHECK(to_string(tensor(-inf)) == "-inf");
  CHECK(to_string(tensor(-7, DType::int64)) == "-7");
  CHECK(to_string(tensor(1, DType::boolean)) == "True");
}

TEST_CASE("a thousand elements print in full") {
  const std::string text = to_string(arange(1000));
  CHECK(text.find("...") == std::string::npos);
  CHECK(text.find(" 500 ") != std::string::npos);
}

TEST_CASE("a tensor prints through a stream, recorded or not") {
  std::ostringstream out;
  out << tensor({1., 2.}, {.requires_grad = true}) * 2. << '|' << tensor({1, 2}, DType::int64);
  CHECK(out.str() == "[2. 4.]|[1 2]");
}

TEST_CASE("absent and abstract tensors print without values") {
  CHECK(to_string(Tensor{}) == "Tensor()");
  CHECK(to_string(detail::make_abstract(detail::make_shape({2, 3}), DType::float64)) == "Tensor((2, 3), float64)");
}
