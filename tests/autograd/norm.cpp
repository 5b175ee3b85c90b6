#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/batch_moments.hpp>

#include <cstring>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr TensorOptions f64{.dtype = DType::float64};

double largest(const Tensor& t) { return max(abs(t)).item<double>(); }
bool same_bits(const Tensor& a, const Tensor& b) {
  const auto x = a.data<float>(), y = b.data<float>();
  return a.shape() == b.shape() && std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
}
Tensor trainable(const Tensor& t) { return t.clone().set_requires_grad(true); }

// What the fused operations compute, out of others.
Tensor plain_batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  const Tensor centred = x - mean(x, {0});
  return centred / sqrt(mean(square(centred), {0}) + 1e-3) * gamma + beta;
}
Tensor plain_layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  const Tensor centred = x - mean(x, {-1}, true);
  return centred / sqrt(mean(square(centred), {-1}, true) + 1e-3) * gamma + beta;
}

// Values and gradients of two functions of the same three inputs agree.
template <class F, class G>
void check_agree(const F& fused, const G& plain, const Tensors& inputs) {
  const Tensor g = randn(inputs[0].shape(), f64);
  Tensors x;
  for (const Tensor& t : inputs) x.push_back(trainable(t));
  const Tensor a = fused(x[0], x[1], x[2]), b = plain(x[0], x[1], x[2]);
  CHECK(largest(a.detach() - b.detach()) < 1e-11);
  const Tensors da = grad(a, x, {.grad_output = g}), db = grad(b, x, {.grad_output = g});
  for (std::size_t i = 0; i < 3; ++i) CHECK(largest(da[i] - db[i]) < 1e-9);
}

}  // namespace

TEST_CASE("batch norm and layer norm over many blocks of rows agree with plain operations") {
  seed(1);
  const std::int64_t channels = GENERATE(1, 7, 70);
  const Tensors inputs = {randn({210000 / channels, channels}, f64) * 2. + 3., randn({channels}, f64),
                          randn({channels}, f64)};
  check_agree([](auto&... x) { return batch_norm_train(x...); }, plain_batch_norm, inputs);
  check_agree([](auto&... x) { return layer_norm(x...); }, plain_layer_norm, inputs);
}

TEST_CASE("batch norm is accurate in float32 where the mean is a thousand deviations away") {
  seed(2);
  const Tensor x = randn({20000, 3}, f64) + 1000.;
  const Tensor y = batch_norm_train(x.to(DType::float32), ones({3}), zeros({3}));
  CHECK(largest(y.to(DType::float64) -
                batch_norm_train(x.to(DType::float32).to(DType::float64), ones({3}, f64), zeros({3}, f64))) < 2e-4);
}

TEST_CASE("the moments of a batch come with the norm, and are on no tape") {
  seed(3);
  const Tensor x = trainable(randn({4, 5, 6}, f64));
  const detail::BatchMoments batch = detail::batch_norm_moments(x, ones({6}, f64), zeros({6}, f64));
  CHECK(largest(batch.mean - mean(x.detach(), {0, 1})) < 1e-12);
  CHECK(largest(batch.variance - var(x.detach(), {0, 1}, false)) < 1e-12);
  CHECK_FALSE(batch.mean.requires_grad());
  CHECK_FALSE(batch.variance.requires_grad());
  CHECK(batch.y.requires_grad());
}

TEST_CASE("norms give the same bits for every number of threads") {
  seed(4);
  const Tensor x = randn({5000, 96}), g = randn({5000, 96}), gamma = randn({96}), beta = randn({96});
  const auto run = [&] {
    Tensors all;
    for (const auto& norm : {batch_norm_train(trainable(x), gamma, beta), layer_norm(trainable(x), gamma, beta)})
      all.push_back(norm.detach());
    const Tensors inputs = {trainable(x), trainable(gamma), trainable(beta)};
    for (const Tensor& y : {batch_norm_train(inputs[0], inputs[1], inputs[2]),
                            batch_norm_infer(inputs[0], inputs[1], inputs[2], beta, square(gamma)),
                            layer_norm(inputs[0], inputs[1], inputs[2])})
      for (const Tensor& d : grad(y, inputs, {.grad_output = g})) all.push_back(d);
    return all;
  };
  const int threads = num_threads();
  set_num_threads(1);
  const Tensors one = run();
  set_num_threads(2);
  const Tensors two = run();
  set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(same_bits(one[i], two[i]));
}

TEST_CASE("a frozen inference batch norm above something trainable keeps two weights by reference and no input") {
  const Tensor x = trainable(ones({64, 8}));
  const Tensor y = batch_norm_infer(-x, ones({8}), zeros({8}), zeros({8}), ones({8}));
  CHECK(tape_stats(y).saved_bytes == 0);
  CHECK(tape_stats(y).borrowed_bytes == 2 * 8 * 4);
}

TEST_CASE("where only beta trains, a norm keeps nothing") {
  const Tensor x = ones({64, 8}) * 2., gamma = ones({8}), beta = trainable(zeros({8}));
  for (const Tensor& y :
       {batch_norm_train(x, gamma, beta), batch_norm_infer(x, gamma, beta, gamma, gamma), layer_norm(x, gamma, beta)}) {
    CHECK(tape_stats(y).nodes == 1);
    CHECK(tape_stats(y).saved_bytes == 0);
    CHECK(tape_stats(y).borrowed_bytes == 0);
    y.backward({.grad_output = ones({64, 8})});
    CHECK(beta.grad().to_vector<float>()[0] == 64);
    beta.zero_grad();
  }
}

TEST_CASE("gradients that freezing made unnecessary are not computed") {
  const Tensor x = trainable(ones({4, 3})), gamma = ones({3}), beta = zeros({3});
  reset_kernel_counts();
  sum(batch_norm_train(x, gamma, beta)).backward();
  sum(layer_norm(x, gamma, beta)).backward();
  sum(batch_norm_infer(x, gamma, beta, beta, gamma)).backward();
  const auto counts = kernel_counts();
  for (const std::string op : {"batch_norm_train", "layer_norm", "batch_norm_infer"}) {
    CHECK(counts.at(op + ".dx") == 1);
    CHECK(counts.count(op + ".dgamma") == 0);
    CHECK(counts.count(op + ".dbeta") == 0);
  }
}

TEST_CASE("an empty batch gives an empty result and gradients of zero") {
  const Tensors x = {trainable(zeros({0, 3})), trainable(ones({3})), trainable(zeros({3}))};
  for (const Tensor& y : {batch_norm_train(x[0], x[1], x[2]), layer_norm(x[0], x[1], x[2])}) {
    CHECK(y.shape() == Shape{0, 3});
    const Tensors d = grad(y, x, {.grad_output = zeros({0, 3})});
    CHECK(d[0].shape() == Shape{0, 3});
    CHECK(largest(d[2]) == 0);
  }
}

TEST_CASE("the errors of norms name the operation, the input and what was expected") {
  const Tensor x = ones({2, 3}), c = ones({3});
  CHECK_THROWS_WITH(
      batch_norm_train(x, ones({2}), c),
      Contains("batch_norm_train: gamma has the wrong shape; got (2,); expected (3,) for x of shape (2, 3)"));
  CHECK_THROWS_WITH(layer_norm(x, c, ones({3, 1})), Contains("layer_norm: beta") && Contains("(3, 1)"));
  CHECK_THROWS_WITH(layer_norm(x, ones({3}, f64), c), Contains("float32") && Contains("float64"));
  CHECK_THROWS_WITH(batch_norm_infer(x, c, c, Tensor(), c), Contains("moving mean is absent"));
  CHECK_THROWS_WITH(batch_norm_train(ones({2, 3}, {.dtype = DType::int64}), c, c), Contains("floating"));
  CHECK_THROWS_AS(layer_norm(ones({}), c, c), ShapeError);
}
