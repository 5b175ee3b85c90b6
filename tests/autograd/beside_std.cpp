// A program that uses both namespaces: what can be called without saying whose it is, and the members and aliases for
// what cannot. tests/checks/ambiguous_names.sh holds the list of these.
#include "support/catch.hpp"

#include <algorithm>
#include <any>
#include <complex>
#include <functional>
#include <numeric>
#include <stack>
#include <valarray>

#include <frost/autograd.hpp>

using namespace std;
using namespace frost;

TEST_CASE("operations are called unqualified beside namespace std") {
  const Tensor x = tensor({{1., 2.}, {3., 5.}}, DType::float64), v = x[0];
  const Tensor i = tensor({0, 1, 1}, DType::int64);
  CHECK(all(x).item<bool>());
  CHECK(nonzero(x).shape() == Shape{4, 2});
  CHECK(unique(x).size() == 4);
  CHECK(unique_all(i).counts.size() == 2);
  CHECK(bincount(i, {.minlength = 3}).size() == 3);
  CHECK(histogram(x, 2).counts.size() == 2);
  CHECK(median(x).item<double>() == 2.5);
  CHECK(quantile(x, {0., 1.}).size() == 2);
  CHECK(searchsorted(v, 1.5).item<int>() == 1);
  CHECK(allclose(x, x));
  CHECK(matrix_power(x, 2).rank() == 2);
  CHECK(expm(x).rank() == 2);
  CHECK(eigvals(x).shape() == Shape{2, 2});
  CHECK(irfft(rfft(v)).size() == 2);
  CHECK(ifft(fft(v)).shape() == Shape{2, 2});
  CHECK(solve(x, v).size() == 2);
  CHECK(abs(x).rank() + norm(x).rank() + round(x).rank() + exp(x).rank() + sort(x).rank() == 8);
}

TEST_CASE("what is ambiguous beside namespace std has a member or an alias") {
  const Tensor x = tensor({{1., 2.}, {3., 5.}}, DType::float64);
  CHECK(stacked({x, x}).shape() == Shape{2, 2, 2});
  CHECK(stacked({x, x}, -1).shape() == Shape{2, 2, 2});
  CHECK(x.slice(0, 0, 1).shape() == Shape{1, 2});
  CHECK(x.std().rank() == 0);
  const Tensor high = x > 2., low = x < 4.;
  CHECK(high.any().item<bool>());
  CHECK((high & low).any(1).size() == 2);
  CHECK((high | low).all().item<bool>());
  CHECK((~high).size() == 4);
  CHECK(high.logical_and(low).logical_or(low.logical_not()).size() == 4);
}
