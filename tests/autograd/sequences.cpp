// Recurrent layers, attention and group norms at the edges, and what their errors say.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;
Tensor normal(const Shape& shape) { return randn(shape, {.dtype = f64}); }
Tensor leaf(const Tensor& t) { return t.clone().set_requires_grad(true); }
double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() ? max(abs(a - b)).item<double>() : 0;
}
Tensor zero(const Shape& shape) { return zeros(shape, {.dtype = f64}); }

// A layer's weights for C features and U units: kernel, recurrent kernel, bias.
Tensors gru_weights(std::int64_t c, std::int64_t u) {
  return {normal({c, 3 * u}), normal({u, 3 * u}), normal({2, 3 * u})};
}
Tensors rnn_weights(std::int64_t c, std::int64_t u) { return {normal({c, u}), normal({u, u}), normal({u})}; }

}  // namespace

TEST_CASE("gru and simple_rnn follow their formulas step by step") {
  const std::int64_t n = 2, steps = 3, c = 2, u = 4;
  const Tensor x = normal({n, steps, c});
  const Tensors g = gru_weights(c, u), r = rnn_weights(c, u);
  Tensor h = zero({n, u}), s = zero({n, u});
  Tensors hs, ss;
  for (std::int64_t t = 0; t < steps; ++t) {
    const Tensor xt = x.slice(1, t, t + 1).reshape({n, c});
    const Tensor a = matmul(xt, g[0]) + g[2][0], b = matmul(h, g[1]) + g[2][1];
    const Tensor z = sigmoid((a + b).slice(1, 0, u)), reset = sigmoid((a + b).slice(1, u, 2 * u));
    const Tensor candidate = frost::tanh(a.slice(1, 2 * u, 3 * u) + reset * b.slice(1, 2 * u, 3 * u));
    hs.push_back(h = z * h + (1. - z) * candidate);
    ss.push_back(s = frost::tanh(matmul(xt, r[0]) + matmul(s, r[1]) + r[2]));
  }
  CHECK(largest_difference(gru(x, g[0], g[1], g[2], {.return_sequences = true}), frost::stack(hs, 1)) < 1e-13);
  CHECK(largest_difference(gru(x, g[0], g[1], g[2]), h) < 1e-13);
  CHECK(largest_difference(simple_rnn(x, r[0], r[1], r[2], {.return_sequences = true}), frost::stack(ss, 1)) < 1e-13);
  CHECK(largest_difference(simple_rnn(x, r[0], r[1], r[2]), s) < 1e-13);
  CHECK(largest_difference(gru(x, g[0], g[1], {}), gru(x, g[0], g[1], zero({2, 3 * u}))) < 1e-13);
  CHECK(largest_difference(simple_rnn(x, r[0], r[1], {}), simple_rnn(x, r[0], r[1], zero({u}))) < 1e-13);
}

TEST_CASE("recurrent layers without steps, without a batch and without features have values and zero gradients") {
  for (const Shape& shape : {Shape{2, 0, 3}, Shape{0, 4, 3}, Shape{2, 4, 0}}) {
    INFO(to_string(shape));
    const Tensor x = leaf(zero(shape));
    for (const bool is_gru : {true, false}) {
      Tensors w;
      for (const Tensor& t : is_gru ? gru_weights(shape[2], 2) : rnn_weights(shape[2], 2)) w.push_back(leaf(t));
      const Tensor last = is_gru ? gru(x, w[0], w[1], w[2]) : simple_rnn(x, w[0], w[1], w[2]);
      const Tensor all = is_gru ? gru(x, w[0], w[1], w[2], {.return_sequences = true})
                                : simple_rnn(x, w[0], w[1], w[2], {.return_sequences = true});
      CHECK(last.shape() == Shape{shape[0], 2});
      CHECK(all.shape() == Shape{shape[0], shape[1], 2});
      for (const Tensor& dw : grad(sum(last) + sum(all), w, {.retain_graph = true, .allow_unused = true}))
        if (dw.present()) CHECK(std::isfinite(sum(dw).item<double>()));
      if (shape[1] == 0) CHECK(largest_difference(last.detach(), zero({shape[0], 2})) == 0);
      if (shape[1] == 0) CHECK(largest_difference(grad(sum(last), {w[0]})[0], zero(w[0].shape())) == 0);
    }
  }
}

TEST_CASE("attention with one key gives its value, and causal queries do not look ahead, nor past the last key") {
  const Tensor value = normal({1, 3});
  CHECK(largest_difference(attention(normal({4, 2}), normal({1, 2}), value), broadcast_to(value, {4, 3})) < 1e-14);

  const Tensor q = normal({5, 2}), k = normal({3, 2}), v = leaf(normal({3, 4}));
  const Tensor y = attention(q, k, v, {.causal = true});
  CHECK(largest_difference(y[0].detach(), v[0].detach()) < 1e-14);
  CHECK(largest_difference(grad(y[1], {v}, {.grad_output = normal({4})})[0][2], zero({4})) == 0);
  CHECK(largest_difference(y.slice(0, 2, 5).detach(), attention(q.slice(0, 2, 5), k, v).detach()) < 1e-14);

  // Scores that overflow when exponentiated.
  const Tensor large = attention(1e3 * normal({2, 3}), 1e3 * normal({4, 3}), normal({4, 2}));
  CHECK(std::isfinite(sum(large).item<double>()));
  CHECK(attention(zero({0, 3, 2}), zero({0, 4, 2}), zero({0, 4, 5})).shape() == Shape{0, 3, 5});
  CHECK(attention(normal({2, 1, 3, 2}), normal({4, 5, 2}), normal({4, 5, 1})).shape() == Shape{2, 4, 3, 1});
}

TEST_CASE("group_norm: one group of each channel, one of all, and groups that the values do not depend on") {
  const Tensor x = normal({2, 3, 2, 6}), gamma = normal({6}), beta = normal({6});
  for (const std::int64_t groups : {1, 2, 3, 6}) {
    INFO(groups << " groups");
    const std::int64_t width = 6 / groups;
    const Tensor parts = x.reshape({2, 6, groups, width});
    const Tensor centred = parts - mean(parts, {1, 3}, true);
    const Tensor expected = (centred * rsqrt(mean(square(centred), {1, 3}, true) + 1e-3)).reshape(x.shape());
    CHECK(largest_difference(group_norm(x, gamma, beta, {.groups = groups}), expected * gamma + beta) < 1e-12);
    CHECK(largest_difference(group_norm(x, {}, {}, {.groups = groups}), expected) < 1e-12);
  }
  // A group of one element is its mean.
  CHECK(largest_difference(group_norm(normal({3, 4}), {}, {}, {.groups = 4}), zero({3, 4})) == 0);
  CHECK(group_norm(zero({0, 5, 4}), {}, {}, {.groups = 2}).shape() == Shape{0, 5, 4});
}

TEST_CASE("batch norm of an empty batch has zero gradients of gamma and beta, and no NaN") {
  const Tensor gamma = leaf(normal({3})), beta = leaf(normal({3}));
  sum(batch_norm_train(zero({0, 3}), gamma, beta)).backward();
  CHECK(largest_difference(gamma.grad(), zero({3})) == 0);
  CHECK(largest_difference(beta.grad(), zero({3})) == 0);
}

TEST_CASE("recurrent layers, attention and group_norm say what does not fit") {
  const Tensor x = zeros({2, 4, 3});
  CHECK_THROWS_WITH(gru(x, zeros({3, 6}), zeros({2, 5}), {}), Contains("got (2, 5); expected (units, 3·units)"));
  CHECK_THROWS_WITH(gru(x, zeros({4, 6}), zeros({2, 6}), {}),
                    Contains("kernel has the wrong shape; got (4, 6); expected "
                             "(3, 6) for x of shape (2, 4, 3)"));
  CHECK_THROWS_WITH(gru(x, zeros({3, 6}), zeros({2, 6}), zeros({6})), Contains("bias has the wrong shape; got (6,)"));
  CHECK_THROWS_WITH(simple_rnn(x[0], zeros({3, 2}), zeros({2, 2}), {}), Contains("(4, 3)"));
  CHECK_THROWS_WITH(simple_rnn(x, zeros({3, 2}, {.dtype = f64}), zeros({2, 2}), {}), Contains("float32 and float64"));
  CHECK_THROWS_WITH(simple_rnn(x, Tensor(), zeros({2, 2}), {}), Contains("kernel is absent"));
  CHECK_THROWS_WITH(attention(x, zeros({2, 4, 5}), x), Contains("(2, 4, 3) and (2, 4, 5)"));
  CHECK_THROWS_WITH(attention(x, x, zeros({2, 5, 3})), Contains("(2, 4, 3) and (2, 5, 3)"));
  CHECK_THROWS_WITH(attention(zeros({3}), x, x), Contains("(3,)"));
  CHECK_THROWS_WITH(group_norm(x, {}, {}, {.groups = 2}), Contains("2 groups do not divide 3 channels"));
  CHECK_THROWS_WITH(group_norm(x, zeros({2}), {}, {.groups = 3}), Contains("got (2,); expected (3,)"));
  CHECK_THROWS_WITH(local_response_norm(x, {.depth_radius = -1}), Contains("got depth_radius -1"));
}
