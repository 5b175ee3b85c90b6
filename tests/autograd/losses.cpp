#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cmath>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

Tensor data(Literal values) { return tensor(values, DType::float64); }
Tensor integers(Literal values) { return tensor(values, DType::int64); }
Tensor leaf(Literal values) { return data(values).set_requires_grad(true); }
Tensor leaf(const Tensor& t) { return t.clone().set_requires_grad(true); }
double value(const Tensor& t) { return t.item<double>(); }
double at(const Tensor& t, std::size_t i) { return t.data<double>()[i]; }
const double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("the losses of regression are their formulas") {
  const Tensor t = data({1., 2., -1.}), p = data({1.5, 0., -1.});
  CHECK(value(mean_squared_error(t, p)) == Approx((0.25 + 4) / 3));
  CHECK(value(mean_absolute_error(t, p)) == Approx(2.5 / 3));
  CHECK(value(huber(t, p)) == Approx((0.125 + 1.5) / 3));
  CHECK(value(huber(t, p, {.delta = 0.25})) == Approx((0.25 * 0.5 - 0.03125 + 0.25 * 2 - 0.03125) / 3));
  CHECK(value(poisson(data({2.}), data({3.}))) == Approx(3 - 2 * std::log(3 + 1e-7)));
}

TEST_CASE("the gradient of huber is the error, cut to ±delta, also for infinite errors") {
  const Tensor p = leaf({0., 0.5, 1., 3., -2., infinity});
  const Tensor zero = zeros({6}, {.dtype = DType::float64});
  huber(zero, p).backward();
  const double expected[] = {0, 0.5, 1, 1, -1, 1};
  for (std::size_t i = 0; i < 6; ++i) CHECK(at(p.grad(), i) == Approx(expected[i] / 6));

  const Tensor q = leaf({0., 2.});
  const Tensor first = grad(huber(data({0., 0.}), q), {q}, {.create_graph = true})[0];
  const Tensor second = grad(sum(first), {q})[0];
  CHECK(at(second, 0) == Approx(0.5));
  CHECK(at(second, 1) == 0);
}

TEST_CASE("hinge maps labels that are all 0 or 1, and no others") {
  const Tensor p = data({{0.3, -2.}, {0.5, 2.}});
  CHECK(value(hinge(data({{1., 0.}, {0., 1.}}), p)) == value(hinge(data({{1., -1.}, {-1., 1.}}), p)));
  CHECK(value(hinge(data({{1., 0.}, {0., -1.}}), p)) == Approx((0.7 + 1 + 1 + 3) / 4));
}

TEST_CASE("cosine_similarity of a zero vector is 0 with gradient 0, and any axis may be chosen") {
  const Tensor t = data({{1., 2.}, {3., 4.}});
  const Tensor p = leaf({{0., 0.}, {3., 4.}});
  const Tensor loss = cosine_similarity(t, p);
  CHECK(value(loss) == Approx(-0.5));
  loss.backward();
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(at(p.grad(), i)) < 1e-15);
  CHECK(value(cosine_similarity(t, t, {.axis = 0})) == Approx(-1));
  CHECK_THROWS_AS(cosine_similarity(t, t, {.axis = 2}), ShapeError);
}

TEST_CASE("probabilities that are clipped pass no gradient") {
  const Tensor p = leaf({{0., 1., 0.4}, {0.5, 0.2, 0.3}});
  const Tensor t = data({{0.5, 0.5, 0.}, {1., 0., 0.}});
  kl_divergence(t, p).backward();
  CHECK(at(p.grad(), 0) == 0);
  CHECK(at(p.grad(), 1) == Approx(-0.25));
  p.zero_grad();
  binary_crossentropy(t, p).backward();
  CHECK(at(p.grad(), 0) == 0);
  CHECK(at(p.grad(), 1) == 0);
  CHECK(at(p.grad(), 2) == Approx(1 / 0.6 / 6));
}

TEST_CASE("nothing overflows on the way to a finite loss from logits") {
  const Tensor logits = leaf({{800., -800., 0.}});
  const Tensor loss = binary_crossentropy(data({{1., 1., 0.}}), logits, {.from_logits = true});
  CHECK(value(loss) == Approx((800 + std::log(2.)) / 3));
  loss.backward();
  CHECK(at(logits.grad(), 0) == 0);
  CHECK(at(logits.grad(), 1) == Approx(-1. / 3));
  CHECK(value(categorical_crossentropy(data({{0., 1., 0.}}), logits, {.from_logits = true})) == Approx(1600));
  CHECK(value(sparse_categorical_crossentropy(integers({2}), logits, {.from_logits = true})) == Approx(800));
  // An accurate small loss.
  CHECK(value(binary_crossentropy(data({1.}), data({40.}), {.from_logits = true})) == Approx(std::exp(-40.)));
}

TEST_CASE("a class of probability 0 and logit −∞ costs nothing where it is not meant") {
  const Tensor logits = leaf({{0., -infinity}});
  const Tensor loss = categorical_crossentropy(data({{1., 0.}}), logits, {.from_logits = true});
  CHECK(value(loss) == 0);
  loss.backward();
  CHECK(at(logits.grad(), 0) == 0);
  CHECK(at(logits.grad(), 1) == 0);
}

TEST_CASE("sparse, categorical and smoothed cross-entropies agree, from logits and from probabilities") {
  const Tensor logits = data({{0.2, -1., 0.7}, {2., 0.1, -0.3}}), labels = integers({2, 0});
  const Tensor t = data({{0., 0., 1.}, {1., 0., 0.}}), p = softmax(logits);
  const double loss = value(sparse_categorical_crossentropy(labels, logits, {.from_logits = true}));
  CHECK(value(categorical_crossentropy(t, logits, {.from_logits = true})) == Approx(loss));
  CHECK(value(sparse_categorical_crossentropy(labels.reshape({2, 1}), 3. * p)) == Approx(loss));
  CHECK(value(categorical_crossentropy(t, 3. * p)) == Approx(loss));
  const Tensor smooth = t * 0.9 + 0.1 / 3;
  CHECK(value(categorical_crossentropy(t, logits, {.from_logits = true, .label_smoothing = 0.1})) ==
        Approx(value(categorical_crossentropy(smooth, logits, {.from_logits = true}))));
  CHECK(value(categorical_crossentropy(t, p, {.label_smoothing = 0.1})) ==
        Approx(value(categorical_crossentropy(smooth, p))));
}

TEST_CASE("y_true gets a gradient where it requires one") {
  const Tensor logits = data({{0.2, -1., 0.7}});
  const Tensor t = leaf({{0.2, 0.5, 0.3}});
  categorical_crossentropy(t, logits, {.from_logits = true}).backward();
  const Tensor expected = -log_softmax(logits);
  for (std::size_t i = 0; i < 3; ++i) CHECK(at(t.grad(), i) == Approx(at(expected, i)));
  t.zero_grad();
  mean_squared_error(t, logits).backward();
  CHECK(at(t.grad(), 0) == Approx(0).margin(1e-15));
  CHECK(at(t.grad(), 1) == Approx(1.));
}

TEST_CASE("a cross-entropy from logits keeps logits, labels and one number a row") {
  const Tensor logits = tanh(leaf(randn({4, 3}, {.dtype = DType::float64})));
  const Tensor loss = sparse_categorical_crossentropy(integers({0, 1, 2, 0}), logits, {.from_logits = true});
  const TapeStats stats = tape_stats(loss);
  CHECK(stats.nodes == 2);
  CHECK(stats.saved_bytes == 4 * 3 * 8 + 4 * 8);
  CHECK(stats.borrowed_bytes == 4 * 8);
}

TEST_CASE("the mean over no rows is NaN") {
  const TensorOptions f64{.dtype = DType::float64};
  const Tensor logits = leaf(zeros({0, 3}, f64));
  const Tensor loss = categorical_crossentropy(zeros({0, 3}, f64), logits, {.from_logits = true});
  CHECK(std::isnan(value(loss)));
  loss.backward();
  CHECK(logits.grad().shape() == Shape{0, 3});
  CHECK(std::isnan(value(sparse_categorical_crossentropy(from_vector(std::vector<std::int64_t>{}, {0}),
                                                         zeros({0, 3}, f64), {.from_logits = true}))));
  CHECK(std::isnan(value(mean_squared_error(zeros({0}), zeros({0})))));
}

TEST_CASE("losses say which shapes, dtypes and labels do not fit") {
  CHECK_THROWS_WITH(mean_squared_error(zeros({3, 1}), zeros({3})),
                    Contains("mean_squared_error: y_true and y_pred must have one shape; got (3, 1) and (3,)"));
  CHECK_THROWS_AS(hinge(zeros({3}), zeros({2})), ShapeError);
  CHECK_THROWS_WITH(huber(zeros({3}), zeros({3}, {.dtype = DType::float64})), Contains("float32 and float64"));
  CHECK_THROWS_WITH(mean_absolute_error(integers({1, 2}), zeros({2})), Contains("int64 and float32"));
  CHECK_THROWS_WITH(poisson(Tensor(), zeros({2})), Contains("y_true is absent"));
  CHECK_THROWS_WITH(huber(zeros({3}), zeros({3}), {.delta = -1}), Contains("delta is negative; got -1"));
  CHECK_THROWS_WITH(categorical_crossentropy(zeros({2, 3}), zeros({2, 3}), {.label_smoothing = 1.5}), Contains("1.5"));
  CHECK_THROWS_AS(categorical_crossentropy(zeros({}), zeros({})), ShapeError);

  for (const bool from_logits : {false, true}) {
    const SparseCategoricalCrossentropyOptions options{.from_logits = from_logits};
    const Tensor scores = ones({3, 4});
    CHECK_THROWS_WITH(sparse_categorical_crossentropy(integers({0, 4, 1}), scores, options),
                      Contains("a label is out of range; got 4 in row 1; expected 0 to 3 for 4 classes"));
    CHECK_THROWS_WITH(sparse_categorical_crossentropy(integers({0, 1, -1}), scores, options),
                      Contains("got -1 in row 2"));
    CHECK_THROWS_AS(sparse_categorical_crossentropy(integers({0, 1, -1}), scores, options), ValueError);
    CHECK_THROWS_WITH(sparse_categorical_crossentropy(zeros({3}), scores, options),
                      Contains("labels are int64; got float32; convert with to(DType::int64)"));
    CHECK_THROWS_WITH(sparse_categorical_crossentropy(integers({0, 1}), scores, options),
                      Contains("got shapes (2,) and (3, 4); expected (3,) or the same with a 1 at its end"));
    CHECK_THROWS_AS(sparse_categorical_crossentropy(integers({{0, 1, 2}}), scores, options), ShapeError);
  }
}
