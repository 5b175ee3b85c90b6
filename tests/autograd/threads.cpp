// What several threads do at once with shared weights, graphs, generators and gradients.
#include "support/threads.hpp"
#include "op.hpp"
#include "parallel.hpp"
#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/leaf.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

using namespace frost;

namespace {

Tensor numbers(std::vector<double> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return from_vector(std::move(values), {n});
}

std::vector<double> values_of(const Tensor& t) {
  const Tensor wide = t.to(DType::float64);
  const auto values = wide.data<double>();
  return {values.begin(), values.end()};
}

bool is_equal(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = values_of(a), y = values_of(b);
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](double u, double v) { return u == v || (u != u && v != v); });
}

}  // namespace

TEST_CASE("threads that ask for gradients of one weight all get their own") {
  const Tensor w = numbers({1, 2, 3}).set_requires_grad(true);
  on_threads(4, [&](int t) {
    const Tensor x = numbers({1. + t, 2, -1});
    const std::vector<double> expected = {2 * (1. + t) * (1. + t), 16, 6};
    for (int i = 0; i < 1500; ++i)
      if (values_of(grad(sum(square(w * x)), {w})[0]) != expected) throw Error("another thread's gradient");
  });
  CHECK_FALSE(w.has_grad());
}

TEST_CASE("a walk of many weights on several threads gives each its gradients") {
  Tensors weights;
  for (int i = 0; i < 40; ++i) weights.push_back(numbers({1. + i}).set_requires_grad(true));
  on_threads(4, [&](int t) {
    for (int round = 0; round < 30; ++round) {
      Tensor y = numbers({1. + t});
      for (const Tensor& w : weights) y = y + w * w * (1. + t);
      const Tensors found = grad(y.sum(), weights);
      for (std::size_t i = 0; i < found.size(); ++i)
        if (found[i].item<double>() != 2 * (1. + static_cast<double>(i)) * (1. + t)) throw Error("a wrong gradient");
    }
  });
}

TEST_CASE("backward passes of several threads add up in the gradient of a shared weight") {
  const Tensor w = numbers({3, -2}).set_requires_grad(true);
  const Tensor rows = from_vector(std::vector<double>(10, 1.), {5, 2}).set_requires_grad(true);
  detail::set_frozen_part(rows, {{true, false, false, true, false}, {}});
  on_threads(4, [&](int t) {
    const Tensor x = numbers({1, 1. + t});
    for (int i = 0; i < 300; ++i) (sum(w * x) + sum(rows * x)).backward();
  });
  CHECK(values_of(w.grad()) == std::vector<double>{1200, 300. * (1 + 2 + 3 + 4)});
  CHECK(values_of(rows.grad()[0]) == std::vector<double>{0, 0});
  CHECK(values_of(rows.grad()[4]) == std::vector<double>{1200, 3000});
}

TEST_CASE("a gradient that one thread reads while others add to it is a sum that stood there") {
  const Tensor w = numbers({1}).set_requires_grad(true);
  sum(w * 1.).backward();
  on_threads(3, [&](int t) {
    double before = 0;
    for (int i = 0; i < 400; ++i) {
      if (t != 0) {
        sum(w * 1.).backward();
        continue;
      }
      const double now = w.grad().item<double>();
      if (now < before || now != std::floor(now)) throw Error("a torn gradient");
      before = now;
    }
  });
  CHECK(w.grad().item<double>() == 801);
}

TEST_CASE("threads may walk one graph together when each keeps it") {
  const Tensor w = numbers({1, 2, 3}).set_requires_grad(true);
  const Tensor x = numbers({2, 3, 4}).set_requires_grad(true);
  Tensor h = tanh(w * x);
  for (int i = 0; i < 50; ++i) h = h * w + x;
  const Tensors expected = grad(h.sum(), {w, x, h}, {.retain_graph = true});
  on_threads(4, [&](int t) {
    for (int i = 0; i < 40; ++i) {
      const double scale = 1. + t;
      const Tensor loss = (h * scale).sum();
      const Tensors found = grad(loss, {w, x, h}, {.retain_graph = true});
      for (std::size_t k = 0; k < 2; ++k)
        for (std::size_t j = 0; j < 3; ++j)
          if (std::abs(values_of(found[k])[j] / (scale * values_of(expected[k])[j]) - 1) > 1e-12)
            throw Error("a wrong gradient");
      if (values_of(found[2]) != std::vector<double>(3, scale)) throw Error("a wrong gradient of a computed tensor");
    }
  });
  h.sum().backward();
  CHECK(values_of(w.grad()) == values_of(expected[0]));
}

TEST_CASE("threads may take second derivatives over one graph") {
  const Tensor w = numbers({1, 2}).set_requires_grad(true);
  const Tensor y = (w * w * w).sum();
  on_threads(4, [&](int) {
    for (int i = 0; i < 40; ++i) {
      const Tensor first = grad(y, {w}, {.create_graph = true})[0];
      const Tensor second = grad(first.sum(), {w}, {.retain_graph = true})[0];
      if (values_of(second) != std::vector<double>{6, 12}) throw Error("a wrong second derivative");
    }
  });
}

TEST_CASE("a graph that one thread made is walked and freed by another") {
  const Tensor w = numbers({2}).set_requires_grad(true);
  Tensor loss;
  on_threads(1, [&](int) {
    Tensor h = w * 1.;
    for (int i = 0; i < 2000; ++i) h = h * 1.;
    loss = h.sum();
  });
  loss.backward();
  CHECK(w.grad().item<double>() == 1);
  CHECK_THROWS_WITH(loss.backward(), Catch::Matchers::Contains("the graph is gone"));
}

TEST_CASE("every operation's rules give several threads that share a graph the same gradients") {
  for (const detail::Op* op : detail::catalog()) {
    if (!op->samples || !op->differentiable) continue;
    for (const detail::Sample& sample : op->samples()) {
      Tensors inputs, targets;
      for (const Tensor& x : sample.inputs) {
        inputs.push_back(x.present() ? x.detach() : Tensor());
        if (!x.present() || !is_floating(x.dtype())) continue;
        inputs.back().set_requires_grad(true);
        targets.push_back(inputs.back());
      }
      const Tensor y = sample.call(inputs);
      if (targets.empty() || !y.requires_grad()) continue;
      const GradOptions options{.grad_output = ones_like(y), .retain_graph = true, .allow_unused = true};
      const Tensors expected = grad(y, targets, options);
      on_threads(2, [&](int) {
        const Tensors found = grad(y, targets, options);
        for (std::size_t i = 0; i < found.size(); ++i) {
          if (found[i].present() != expected[i].present()) throw Error(op->name);
          if (found[i].present() && !is_equal(found[i], expected[i])) throw Error(op->name);
        }
      });
    }
  }
}

TEST_CASE("no two threads draw the same numbers from the default generator") {
  seed(7);
  constexpr int threads = 4, draws = 500;
  std::vector<std::vector<std::int64_t>> drawn(threads);
  on_threads(threads, [&](int t) {
    for (int i = 0; i < draws; ++i) {
      const Tensor some = randint(0, std::int64_t{1} << 62, {3});
      const auto values = some.data<std::int64_t>();
      drawn[static_cast<std::size_t>(t)].insert(drawn[static_cast<std::size_t>(t)].end(), values.begin(), values.end());
    }
  });
  std::set<std::int64_t> all;
  for (const auto& some : drawn) all.insert(some.begin(), some.end());
  CHECK(all.size() == threads * draws * 3);
  CHECK(default_generator().position() == threads * draws * 3);
}

TEST_CASE("generators that are split and copied while others draw from them are whole") {
  seed(3);
  std::set<std::uint64_t> keys;
  std::vector<std::vector<std::uint64_t>> seen(4);
  on_threads(4, [&](int t) {
    for (int i = 0; i < 300; ++i) {
      seen[static_cast<std::size_t>(t)].push_back(default_generator().split().key());
      const Generator copy = default_generator();
      if (copy.key() != 3) throw Error("a torn copy");
    }
  });
  for (const auto& some : seen) keys.insert(some.begin(), some.end());
  CHECK(keys.size() == 1200);
}

TEST_CASE("an error in a loop that is split over threads reaches its caller") {
  set_num_threads(2);
  std::atomic<std::int64_t> done{0};
  CHECK_THROWS_WITH(detail::parallel_for(
                        1000,
                        [&](std::int64_t begin, std::int64_t end) {
                          if (begin > 0) throw ValueError("no memory for a piece");
                          done += end - begin;
                        },
                        1),
                    "no memory for a piece");
  CHECK(done > 0);
  set_num_threads(1);
}
