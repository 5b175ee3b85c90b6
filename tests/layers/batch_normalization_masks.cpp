#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

#include <cstring>
#include <limits>

using namespace frost;
using Catch::Matchers::Contains;

// A batch norm leaves masked steps out of the moments that it trains with.

namespace {

constexpr DType f64 = DType::float64;
constexpr double epsilon = 1e-3;

double largest(const Tensor& t) { return max(abs(t)).item<double>(); }
Tensor normal(const Shape& shape, std::uint64_t key = 1) { return Generator(key).normal(shape, f64); }
Tensor flags(const std::vector<std::vector<int>>& rows) {
  std::vector<std::int64_t> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return from_vector(all, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size())}) > 0;
}
Layer built(BatchNormalizationOptions options, const Shape& shape) {
  options.dtype = f64;
  const Layer norm = BatchNormalization(options);
  norm(zeros(shape, {.dtype = f64}));
  Generator random(7);
  for (const Parameter& w : norm.weights()) w.assign(random.uniform(w.shape(), 0.5, 1.5, f64));
  return norm;
}
CallOptions training(const Tensor& mask) { return {.training = true, .masks = {mask}}; }

// Two rows of three steps, of which four count.
const Tensor mask = flags({{1, 1, 0}, {1, 0, 1}});
Tensor counted(const Tensor& x) { return boolean_mask(x, mask); }

}  // namespace

TEST_CASE("moments are those of the steps that count, and normalise all steps") {
  const Layer norm = built({}, {2, 3, 2});
  const Tensors w = norm.get_weights();
  Tensor x = normal({2, 3, 2});
  const Tensor y = norm(x, training(mask));
  const Tensor m = mean(counted(x), {0}), v = mean(square(counted(x) - m), {0});
  CHECK(largest(y - ((x - m) / sqrt(v + epsilon) * w[0] + w[1])) < 1e-12);
  CHECK(largest(norm.get_weights()[2] - (w[2] * 0.99 + m * 0.01)) < 1e-12);
  CHECK(largest(norm.get_weights()[3] - (w[3] * 0.99 + v * 0.01)) < 1e-12);
}

TEST_CASE("what stands in a masked step is not seen by the others, not even a NaN") {
  const Layer a = built({.momentum = 0.5}, {2, 3, 2}), b = built({.momentum = 0.5}, {2, 3, 2});
  const Tensor x = normal({2, 3, 2});
  Tensor other = x.clone();
  other.mutable_data<double>()[2 * 2] = std::numeric_limits<double>::quiet_NaN();  // row 0, step 2
  other.mutable_data<double>()[4 * 2] = 1e9;                                       // row 1, step 1
  const Tensor ya = a(x, training(mask)), yb = b(other, training(mask));
  CHECK(largest(counted(ya) - counted(yb)) == 0);
  for (std::size_t i = 2; i < 4; ++i) CHECK(largest(a.get_weights()[i] - b.get_weights()[i]) == 0);
}

TEST_CASE("a mask that leaves all steps changes no bit") {
  const Layer a = built({}, {2, 3, 2}), b = built({}, {2, 3, 2});
  const Tensor x = normal({2, 3, 2});
  CHECK(largest(a(x, training(flags({{1, 1, 1}, {1, 1, 1}}))) - b(x, {.training = true})) == 0);
  CHECK(largest(a.get_weights()[3] - b.get_weights()[3]) == 0);
}

TEST_CASE("where no step counts the moving statistics normalise and stay as they are") {
  const Layer norm = built({}, {2, 3, 2});
  const Tensors before = norm.get_weights();
  const Tensor x = normal({2, 3, 2});
  const Tensor y = norm(x, training(flags({{0, 0, 0}, {0, 0, 0}})));
  CHECK(largest(y - norm(x)) < 1e-12);
  for (std::size_t i = 0; i < 4; ++i) CHECK(largest(norm.get_weights()[i] - before[i]) == 0);
}

TEST_CASE("the unbiased variance counts the steps that do") {
  const Layer norm = built({.momentum = 0, .unbiased_statistics = true}, {2, 3, 2});
  const Tensor x = normal({2, 3, 2});
  norm(x, training(mask));
  CHECK(largest(norm.get_weights()[3] - var(counted(x), {0}, false) * (4. / 3)) < 1e-12);
}

TEST_CASE("frozen, with kept statistics and outside of training a mask changes nothing") {
  const Tensor x = normal({2, 3, 2});
  const auto same = [&](const Layer& norm, bool trains) {
    const Tensors before = norm.get_weights();
    const Tensor y = norm(x, {.training = trains, .masks = {mask}});
    CHECK(largest(y - norm(x)) == 0);
    for (std::size_t i = 0; i < 4; ++i) CHECK(largest(norm.get_weights()[i] - before[i]) == 0);
  };
  const Layer norm = built({}, {2, 3, 2});
  same(norm, false);
  freeze_statistics(norm, everything());
  same(norm, true);
  norm.set_trainable(false);
  thaw_statistics(norm, everything());
  same(norm, true);
}

TEST_CASE("images of which steps are masked, and channels of another axis") {
  {
    const Layer norm = built({.momentum = 0}, {2, 3, 2, 2});
    const Tensor x = normal({2, 3, 2, 2});
    norm(x, training(mask));
    CHECK(largest(norm.get_weights()[2] - mean(counted(x), {0, 1})) < 1e-12);
  }
  {
    const Layer norm = built({.axis = 2, .momentum = 0}, {2, 3, 2, 4});
    const Tensor x = normal({2, 3, 2, 4});
    const Tensor y = norm(x, training(mask));
    CHECK(y.shape() == x.shape());
    CHECK(largest(norm.get_weights()[2] - mean(counted(x), {0, 2})) < 1e-12);
  }
  {  // The steps are the channels: each has the rows that count in it.
    const Layer norm = built({.axis = 1, .momentum = 0}, {2, 3, 4});
    const Tensor x = normal({2, 3, 4}), before = norm.get_weights()[2];
    norm(x, training(flags({{1, 0, 0}, {1, 1, 0}})));
    const Tensor moved = norm.get_weights()[2];
    CHECK(moved[0].item<double>() == Approx(mean(transpose(x, {1, 0, 2})[0]).item<double>()).epsilon(1e-12));
    CHECK(moved[1].item<double>() == Approx(mean(x[1][1]).item<double>()).epsilon(1e-12));
    CHECK(moved[2].item<double>() == before[2].item<double>());
  }
}

namespace {
/// A batch norm in training whose input has a mask.
struct Masked : LayerBase {
  void build(const Shape& input) override {
    norm_ = add_layer(BatchNormalization({.dtype = f64}));
    norm_(ones({1, input[1], input[2]}, {.dtype = f64}));
  }
  Tensor call(const Tensor& x, const CallContext&) override { return square(norm_(x, training(mask))); }

 private:
  Layer norm_;
};
}  // namespace

TEST_CASE("the gradients of a masked batch norm are right, of both orders and under every set of frozen weights") {
  const GradcheckReport report = gradcheck(layer<Masked>(), normal({2, 3, 2}).set_requires_grad(true),
                                           {.second_order = true, .every_freeze_pattern = true});
  INFO(report);
  CHECK(report.ok());
}

TEST_CASE("inside a TimeDistributed the masked steps are left out as well") {
  const Layer norm = built({.momentum = 0}, {6, 2}), other = built({.momentum = 0}, {2, 3, 2});
  const Tensor x = normal({2, 3, 2});
  CHECK(largest(TimeDistributed(norm)(x, training(mask)) - other(x, training(mask))) < 1e-12);
  CHECK(largest(norm.get_weights()[2] - mean(counted(x), {0})) < 1e-12);
}

TEST_CASE("a mask that does not fit is an error") {
  const Layer norm = built({}, {2, 3, 2});
  CHECK_THROWS_WITH(norm(normal({2, 3, 2}), training(flags({{1, 1}, {1, 0}}))),
                    Contains("batch_normalization: ") && Contains("(2, 2)") && Contains("(2, 3, 2)"));
}

TEST_CASE("in a model the mask of its input reaches a batch norm, nested and in fit") {
  const Symbol row = Input({3, 2}, {.dtype = f64});
  const Model inner(row, BatchNormalization({.momentum = 0, .dtype = f64, .name = "norm"})(row), {.name = "inner"});
  const Symbol input = Input({3, 2}, {.dtype = f64});
  const Model model(input, Dense({.units = 1, .dtype = f64})(inner(Masking()(input))));
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  Tensor x = normal({2, 3, 2});
  x = x * expand_dims(mask, -1).to(f64);
  model.fit(x, zeros({2, 3, 1}, {.dtype = f64}), {.verbose = 0});
  CHECK(largest(model.get_layer("inner/norm").get_weights()[2] - mean(counted(x), {0})) < 1e-12);
}
