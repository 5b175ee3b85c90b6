// Mistakes with truth, counts, quantiles, functions of matrices and Fourier transforms.

#include "support.hpp"

#include <cmath>

using namespace frost;

namespace {

struct Given {
  Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}}).set_requires_grad(true);
  Tensor square = tensor({{0., 1.}, {0., 0.}});
  Tensor i = tensor({1, 2, -3}, DType::int64);
  Tensor wide = tensor({1., 2., 3.}, DType::float64);
};

const std::vector<Mistake<Given&>> mistakes = {
    {"any along no axis", [](Given& g) { any(g.x, 2); }, {"any", "axis 2", "-2 to 1"}},
    {"all along an axis twice",
     [](Given& g) {
       all(g.x, {0, -2});
     },
     {"all", "twice", "(2, 3)"}},
    {"the median of nothing", [](Given&) { median(zeros({0})); }, {"median", "(0,)", "one element"}},
    {"a quantile beyond 1", [](Given& g) { quantile(g.x, 90); }, {"quantile", "q = 90", "0 to 1"}},
    {"places in what is no row", [](Given& g) { searchsorted(sum(g.x), 1.); }, {"searchsorted", "scalar", "vector"}},
    {"nonzero of a shape", [](Given&) { nonzero(abstract_tensor({2})); }, {"nonzero", "depends on values"}},
    {"unique of a shape", [](Given&) { unique(abstract_tensor({2})); }, {"unique", "depends on values"}},
    {"unique_all of a shape", [](Given&) { unique_all(abstract_tensor({2})); }, {"unique_all", "depends on values"}},
    {"counts of negative numbers", [](Given& g) { bincount(g.i); }, {"bincount", "element 2 is -3", "0 or more"}},
    {"counts of fractions", [](Given& g) { bincount(g.wide); }, {"bincount", "float64", "to(DType::int64)"}},
    {"a histogram of no bins", [](Given& g) { histogram(g.x, 0); }, {"histogram", "0 bins", "1 or more"}},
    {"a histogram of NaN", [](Given& g) { histogram(g.x * std::nan("")); }, {"histogram", "nan", ".range"}},
    {"edges that fall",
     [](Given& g) {
       histogram(g.x, {1., 3., 2.});
     },
     {"histogram", "got 2 behind 3"}},
    {"allclose of other shapes", [](Given& g) { (void)allclose(g.x, g.square); }, {"allclose", "(2, 3)", "(2, 2)"}},
    {"a negative tolerance", [](Given& g) { (void)allclose(g.x, g.x, {.rtol = -1}); }, {"allclose", "rtol -1"}},
    {"the power of what is not square", [](Given& g) { matrix_power(g.x, 2); }, {"matrix_power", "(2, 3)", "square"}},
    {"a negative power of a singular matrix",
     [](Given& g) { matrix_power(g.square, -2); },
     {"matrix_power", "singular", "-2"}},
    {"the exponential of what is not square", [](Given& g) { expm(g.x); }, {"expm", "(2, 3)", "square"}},
    {"eigenvalues of infinities", [](Given& g) { eigvals(1. / g.square); }, {"eigvals", "(2, 2)", "infinities"}},
    {"gradients where eigenvectors lack",
     [](Given& g) { sum(eigvals(g.square.clone().set_requires_grad(true))).backward(); },
     {"eigvals", "lacks eigenvectors", "no gradient"}},
    {"a transform along no axis", [](Given& g) { fft(g.x, {.axis = 2}); }, {"fft", "axis 2"}},
    {"a transform of nothing", [](Given&) { ifft(zeros({0})); }, {"ifft", "(0,)", "n = 0"}},
    {"a transform of integers", [](Given& g) { rfft(g.i); }, {"rfft", "int64", "to(DType::"}},
    {"an unknown scaling", [](Given& g) { rfft(g.x, {.norm = "unit"}); }, {"rfft", "'unit'", "ortho"}},
    {"real numbers taken for complex ones", [](Given& g) { irfft(g.x); }, {"irfft", "(2, 3)", "(…, m, 2)"}},
    {"a right side that does not fit",
     [](Given& g) { solve(g.square, g.wide.to(DType::float32)); },
     {"solve", "(2, 2)", "(3,)", "(2,)"}},
};

}  // namespace

TEST_CASE("mistakes with values, functions of matrices and transforms say what came and change nothing") {
  for (const auto& mistake : mistakes) {
    Given given;
    const std::string before =
        to_string(given.x) + to_string(given.square) + to_string(given.i) + to_string(given.wide);
    check_mistake(mistake, given);
    INFO(mistake.name);
    CHECK(to_string(given.x) + to_string(given.square) + to_string(given.i) + to_string(given.wide) == before);
    CHECK_FALSE(given.x.has_grad());
  }
}
