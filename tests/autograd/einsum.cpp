// Sums of products over named axes: every kind of equation against loops over all letters, and errors.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <map>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor normal(const Shape& shape) { return randn(shape, {.dtype = DType::float64}); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}

// The definition: a loop over all values of all letters. `operands` and `output` are lists of letters.
Tensor by_loops(const Tensors& xs, const std::vector<std::string>& operands, const std::string& output) {
  std::map<char, std::int64_t> size, value;
  for (std::size_t i = 0; i < xs.size(); ++i)
    for (std::size_t k = 0; k < operands[i].size(); ++k) {
      std::int64_t& n = size.try_emplace(operands[i][k], 1).first->second;
      if (xs[i].shape()[k] != 1) n = xs[i].shape()[k];
    }
  Shape shape;
  for (const char c : output) shape.push_back(size[c]);
  std::int64_t count = 1, points = 1;
  for (const std::int64_t n : shape) count *= n;
  for (const auto& [c, n] : size) points *= n;
  std::vector<double> y(static_cast<std::size_t>(count));
  for (std::int64_t p = 0; p < points; ++p) {
    std::int64_t rest = p;
    for (const auto& [c, n] : size) {
      value[c] = rest % n;
      rest /= n;
    }
    double product = 1;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      std::int64_t at = 0;
      for (std::size_t k = 0; k < operands[i].size(); ++k)
        at = at * xs[i].shape()[k] + (xs[i].shape()[k] == 1 ? 0 : value[operands[i][k]]);
      product *= xs[i].data<double>()[static_cast<std::size_t>(at)];
    }
    std::int64_t at = 0;
    for (const char c : output) at = at * size[c] + value[c];
    y[static_cast<std::size_t>(at)] += product;
  }
  return from_vector(y, shape);
}

struct Row {
  std::string equation;
  std::vector<Shape> shapes;
  std::vector<std::string> operands;  // as the definition has them, an ellipsis spelled with digits
  std::string output;
};
const std::vector<Row> rows = {{"ij,jk", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ik"},
                               {"ba", {{2, 3}}, {"ba"}, "ab"},
                               {"aB,Bc", {{2, 3}, {3, 2}}, {"aB", "Bc"}, "ac"},
                               {"bA", {{2, 3}}, {"bA"}, "Ab"},
                               {"ii", {{3, 3}}, {"ii"}, ""},
                               {"iij->ji", {{3, 3, 2}}, {"iij"}, "ji"},
                               {"ijij->i", {{2, 3, 2, 3}}, {"ijij"}, "i"},
                               {"iii->i", {{2, 2, 2}}, {"iii"}, "i"},
                               {"iij,jkk->ki", {{2, 2, 3}, {3, 2, 2}}, {"iij", "jkk"}, "ki"},
                               {"i,i,i->", {{3}, {3}, {3}}, {"i", "i", "i"}, ""},
                               {"i,j,k->kij", {{2}, {3}, {1}}, {"i", "j", "k"}, "kij"},
                               {",ij->j", {{}, {2, 3}}, {"", "ij"}, "j"},
                               {"ij,jk,kl,lm->mi", {{2, 3}, {3, 2}, {2, 4}, {4, 2}}, {"ij", "jk", "kl", "lm"}, "mi"},
                               {"bji,bkj->bki", {{2, 3, 2}, {2, 4, 3}}, {"bji", "bkj"}, "bki"},
                               {"ij,ij->ij", {{1, 3}, {2, 1}}, {"ij", "ij"}, "ij"},
                               {"ij,jk->ik", {{2, 0}, {0, 3}}, {"ij", "jk"}, "ik"},
                               {" i j , j -> i ", {{2, 3}, {3}}, {"ij", "j"}, "i"},
                               {"...ij,...jk->...ik", {{2, 1, 3, 2}, {4, 2, 3}}, {"01ij", "1jk"}, "01ik"},
                               {"...ij,jk", {{2, 3, 4}, {4, 2}}, {"0ij", "jk"}, "0ik"},
                               {"i...->...i", {{2, 3, 4}}, {"i01"}, "01i"},
                               {"i...,...->i", {{2, 3}, {3}}, {"i0", "0"}, "i"},
                               {"...,...", {{2, 1}, {3}}, {"01", "1"}, "01"},
                               {"ii...->i...", {{2, 2, 3}}, {"ii0"}, "i0"},
                               {"a...b,b...c->a...c", {{2, 4, 3}, {3, 4, 2}}, {"a0b", "b0c"}, "a0c"},
                               {"...i->...i", {{3}}, {"i"}, "i"}};

}  // namespace

TEST_CASE("einsum follows its definition") {
  for (const Row& r : rows) {
    INFO(r.equation);
    Tensors xs;
    for (const Shape& shape : r.shapes) xs.push_back(normal(shape));
    CHECK(largest_difference(einsum(xs, r.equation), by_loops(xs, r.operands, r.output)) < 1e-12);
  }
}

TEST_CASE("einsum has gradients to second order under every set of frozen operands") {
  for (const Row& r : rows) {
    INFO(r.equation);
    Tensors xs;
    bool has_elements = true;
    for (const Shape& shape : r.shapes) {
      xs.push_back(normal(shape));
      has_elements &= xs.back().size() > 0;
    }
    if (has_elements) {
      const auto report =
          gradcheck([&](const Tensors& x) { return einsum(x, r.equation); }, xs, {.second_order = true});
      CHECK(report.ok());
    }
  }
}

TEST_CASE("einsum and tensordot of integers are exact") {
  const Tensor a = arange(6).reshape({2, 3}), b = arange(1, 7).reshape({3, 2});
  const Tensor expected = tensor({{13, 16}, {40, 52}}, DType::int64);
  CHECK(to_string(einsum({a, b}, "ij,jk")) == to_string(expected));
  CHECK(to_string(einsum({a, b}, "...j,j...->...")) == to_string(tensor({13, 52}, DType::int64)));
  CHECK(to_string(tensordot(a, b, {.axes = {{1}, {0}}})) == to_string(expected));
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  const Tensor one = from_vector(std::vector<std::int64_t>{large}, {1});
  CHECK(einsum({one, ones({1}, {.dtype = DType::int64})}, "i,i").item<std::int64_t>() == large);
}

TEST_CASE("einsum says what is wrong with an equation or an operand") {
  const Tensor m = zeros({2, 3}), s = zeros({3, 3});
  CHECK_THROWS_WITH(einsum({m}, "i1->i"), Contains("'i1->i' has '1'"));
  CHECK_THROWS_WITH(einsum({m}, "ij->k"), Contains("has 'k' in the output and in no operand"));
  CHECK_THROWS_WITH(einsum({m}, "ij->ii"), Contains("has 'i' twice in the output"));
  CHECK_THROWS_WITH(einsum({m}, "ij,jk"), Contains("names 2 operands; got 1"));
  CHECK_THROWS_WITH(einsum({}, "i"), Contains("names 1 operands; got 0"));
  CHECK_THROWS_WITH(einsum({m}, "ijk"), Contains("names 3 axes of operand 0; got shape (2, 3)"));
  CHECK_THROWS_WITH(einsum({m}, "ii"), Contains("'i' in 'ii' has two sizes; got 2") && Contains("3"));
  CHECK_THROWS_WITH(einsum({m, m}, "ij,jk"), Contains("'j' in 'ij,jk' has two sizes; got 3") && Contains("2"));
  CHECK_THROWS_WITH(einsum({m}, "i.j"), Contains("has '.'"));
  CHECK_THROWS_WITH(einsum({m}, "...i..."), Contains("has ... twice in an operand"));
  CHECK_THROWS_WITH(einsum({m}, "...ijk"), Contains("names 3 axes of operand 0 beside ...; got shape (2, 3)"));
  CHECK_THROWS_WITH(einsum({m, s}, "...,..."), Contains("'...' in '...,...' has two sizes; got 2") && Contains("3"));
  CHECK_THROWS_WITH(einsum({m, s.to(DType::float64)}, "ij,jk"), Contains("float32 and float64"));
  CHECK_THROWS_WITH(einsum({Tensor()}, "i"), Contains("operand 0 is absent"));
}

TEST_CASE("tensordot sums over pairs of axes, and over none") {
  const Tensor a = normal({2, 3, 4}), b = normal({4, 3, 5});
  CHECK(largest_difference(tensordot(a, b, {.axes = {{-1, 1}, {0, 1}}}), einsum({a, b}, "ijk,kjl->il")) < 1e-12);
  CHECK(largest_difference(tensordot(a, b, {.axes = {{}, {}}}), einsum({a, b}, "ijk,lmn->ijklmn")) < 1e-12);
  CHECK(tensordot(normal({2, 0}), normal({0, 3}), {.axes = {{1}, {0}}}).shape() == Shape{2, 3});
  CHECK_THROWS_WITH(tensordot(a, b, {.axes = {{0}, {0}}}), Contains("got shapes (2, 3, 4) and (4, 3, 5)"));
  CHECK_THROWS_WITH(tensordot(a, b, {.axes = {{1}, {1, 2}}}), Contains("got 1 axes of a and 2 of b"));
  CHECK_THROWS_WITH(tensordot(a, b, {.axes = {{1, 1}, {1, 1}}}), Contains("is named twice"));
  CHECK_THROWS_WITH(tensordot(a, b, {.axes = {{3}, {1}}}), Contains("3"));
}
