#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <cstring>
#include <thread>
#include <utility>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

Tensor random(const Shape& shape, std::uint64_t key) { return Generator(key).normal(shape, f64); }
Tensor leaf(const Shape& shape, std::uint64_t key) { return random(shape, key).set_requires_grad(true); }

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<double>().data(), b.data<double>().data(), static_cast<std::size_t>(a.size()) * 8) == 0;
}

std::int64_t count(const char* kernel) {
  const auto counts = kernel_counts();
  const auto found = counts.find(kernel);
  return found == counts.end() ? 0 : found->second;
}

// A layer with dropout.
Tensor block(const Tensor& x, const Tensor& w, const Tensor& b, Generator& stream) {
  const Tensor h = tanh(matmul(x, w) + b);
  const Tensor kept = stream.uniform(h.shape(), 0, 1, f64) >= 0.4;
  return h * (kept.to(f64) * (1 / 0.6));
}

}  // namespace

TEST_CASE("gradients through checkpoints equal those without, to the bit, dropout included") {
  const Tensor x = leaf({5, 4}, 1);
  Tensors w, b;
  for (std::uint64_t i = 0; i < 6; ++i) {
    w.push_back(leaf({4, 4}, 10 + i));
    b.push_back(leaf({4}, 20 + i));
  }
  const auto gradients = [&](std::size_t every) {
    Generator stream(7);
    Tensor h = x;
    for (std::size_t i = 0; i < w.size(); i += every) {
      const auto part = [&, i](const auto& t) {
        Tensor y = t;
        for (std::size_t k = i; k < std::min(i + every, w.size()); ++k) y = block(y, w[k], b[k], stream);
        return y;
      };
      h = every == 1 ? part(h) : checkpoint(part, h);
    }
    const std::uint64_t drawn = stream.position();
    sum(square(h)).backward();
    CHECK(stream.position() == drawn);
    Tensors found = {x.grad()};
    x.zero_grad();
    for (const Tensors& list : {w, b})
      for (const Tensor& t : list) {
        found.push_back(t.grad());
        t.zero_grad();
      }
    found.push_back(tensor(static_cast<double>(drawn), f64));
    return found;
  };
  const Tensors expected = gradients(1);
  for (const std::size_t every : {2, 3, 6}) {
    const Tensors found = gradients(every);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(same_bits(found[i], expected[i]));
  }
}

TEST_CASE("random numbers of every kind and stream are the same when a checkpoint runs again") {
  const Tensor x = leaf({6}, 1);
  Tensors seen;
  const auto f = [&](const Tensor& t) {
    Generator local = default_generator().split();
    const Tensor r = local.normal({6}, f64) + uniform({6}, 0, 1, {.dtype = f64}) + randint(0, 100, {6}).to(f64) +
                     permutation(6).to(f64);
    seen.push_back(r);
    return t * r;
  };
  seed(3);
  const Tensor y = checkpoint(f, x);
  const std::uint64_t position = default_generator().position();
  seed(4);  // what is drawn again does not depend on where the streams are now
  randn({3});
  sum(y).backward();
  REQUIRE(seen.size() == 2);
  CHECK(same_bits(seen[0], seen[1]));
  CHECK(same_bits(x.grad(), seen[0]));
  seed(3);
  f(x);
  CHECK(default_generator().position() == position);
}

TEST_CASE("checkpoints nest") {
  const Tensor x = leaf({4, 3}, 1), w = leaf({3, 3}, 2), v = leaf({3, 3}, 3), c = leaf({3}, 4);
  const auto run = [&](bool nested) {
    Generator stream(9);
    const auto inner = [&](const Tensor& t) { return block(t, v, c, stream); };
    const auto outer = [&](const Tensor& t) {
      const Tensor h = block(t, w, c * 2., stream);
      return sin(nested ? checkpoint(inner, h) : inner(h));
    };
    return grad(sum(nested ? checkpoint(outer, x) : outer(x)), {x, w, v});
  };
  const Tensors expected = run(false), found = run(true);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(found[i], expected[i]));
}

TEST_CASE("a checkpoint's function may hold tensors that were computed before") {
  const Tensor x = leaf({3}, 1), a = leaf({3}, 2);
  const Tensor h = exp(a), twice = h * 2.;
  const auto f = [&](const Tensor& t) { return t * h + sin(twice) * t * t; };
  const Tensors expected = grad(sum(f(x)), {x, a, h}, {.retain_graph = true});
  const Tensors found = grad(sum(checkpoint(f, x)), {x, a, h}, {.retain_graph = true});
  for (std::size_t i = 0; i < 3; ++i) CHECK(max(abs(found[i] - expected[i])).item<double>() < 1e-15);
  // Also when that is the argument itself, or the result.
  const auto own = [&](const Tensor& t) { return t * h; };
  CHECK(max(abs(grad(sum(checkpoint(own, h)), {a}, {.retain_graph = true})[0] - 2. * h * h)).item<double>() < 1e-14);
  CHECK(same_bits(grad(sum(checkpoint([&](const Tensor&) { return h; }, x)), {a}, {.retain_graph = true})[0], h));
  CHECK(same_bits(grad(sum(checkpoint([](const Tensor& t) { return t; }, x)), {x})[0], ones_like(x)));
  sum(checkpoint(f, x)).backward();  // and the graph below is still whole
  CHECK(max(abs(a.grad() - expected[1])).item<double>() < 1e-15);
}

TEST_CASE("what a checkpoint holds, its forward and its backward pass may belong to different threads") {
  const Tensor x = leaf({3}, 1), a = leaf({3}, 2);
  Tensor h, y;
  std::thread([&] {
    h = exp(a);
    for (int i = 0; i < 10'000; ++i) h = h * 1.;  // numbered far above what the next thread records
  }).join();
  std::thread([&] { y = sum(checkpoint([&](const Tensor& t) { return t * h * t; }, x)); }).join();
  CHECK(same_bits(grad(y, {h}, {.retain_graph = true})[0], x.detach() * x.detach()));
  y.backward();
  CHECK(max(abs(a.grad() - exp(a.detach()) * x.detach() * x.detach())).item<double>() < 1e-14);
  CHECK(max(abs(x.grad() - 2. * h.detach() * x.detach())).item<double>() < 1e-14);
}

TEST_CASE("a checkpoint can be differentiated again") {
  const Tensor x = leaf({4}, 1), w = leaf({4, 4}, 2);
  const auto f = [&](const auto& t) { return sum(softmax(matmul(w, tanh(t))) * t); };
  const auto kept = [&](const auto& t) { return checkpoint(f, t); };
  CHECK(max(abs(hessian(kept, x) - hessian(f, x))).item<double>() < 1e-15);
  const auto mixed = [&](const auto& g) {
    return grad(sum(square(grad(g(x), {x}, {.create_graph = true})[0])), {w, x});
  };
  const Tensors expected = mixed(f), found = mixed(kept);
  for (std::size_t i = 0; i < 2; ++i) CHECK(max(abs(found[i] - expected[i])).item<double>() < 1e-14);
  CHECK(gradcheck(
      [&](const Tensors& t) { return checkpoint([](const Tensors& u) { return tanh(matmul(u[0], u[1])); }, t); },
      {random({2, 3}, 3), random({3, 2}, 4)}, {.second_order = true, .every_freeze_pattern = true}));
}

TEST_CASE("frozen leaves cost a checkpoint nothing") {
  const Tensor x = random({3, 4}, 1), w = leaf({4, 4}, 2), frozen = random({4, 4}, 3);
  frozen.set_requires_grad(true).set_requires_grad(false);
  const auto f = [&](const auto& t) { return tanh(matmul(matmul(t, w), frozen)); };
  reset_kernel_counts();
  const Tensor y = checkpoint(f, x);
  CHECK(tape_stats(y).nodes == 1);
  CHECK(tape_stats(y).saved_bytes == 0);
  sum(y).backward();
  CHECK(count("matmul.da") == 1);  // through the frozen product to w
  CHECK(count("matmul.db") == 1);
  CHECK_FALSE(frozen.has_grad());
  w.set_requires_grad(false);
  CHECK_FALSE(checkpoint(f, x).requires_grad());
  w.set_requires_grad(true);
  const Tensor z = sum(checkpoint(f, x) + leaf({3, 4}, 5));
  w.set_requires_grad(false);  // frozen since: nothing is computed again
  reset_kernel_counts();
  z.backward();
  CHECK(count("matmul") == 0);
}

TEST_CASE("a checkpoint holds any number of leaves, and grad computes those that it is asked for") {
  Tensors w;
  for (std::uint64_t i = 0; i < 150; ++i) w.push_back(leaf({2}, i));
  const Tensor x = leaf({2}, 1000);
  const auto f = [&](const Tensor& t) {
    Tensor y = t;
    for (const Tensor& v : w) y = y * 0.5 + v * v;
    return y;
  };
  const Tensors expected = grad(sum(f(x)), w), found = grad(sum(checkpoint(f, x)), w);
  for (std::size_t i = 0; i < w.size(); ++i) CHECK(same_bits(found[i], expected[i]));
  CHECK(same_bits(grad(sum(checkpoint(f, x)), {w[140]})[0], expected[140]));
}

TEST_CASE("with checkpoints every 8 a chain of 64 layers keeps about the root of what it kept") {
  const std::int64_t n = 64;
  const Shape shape = {64, 256};
  const std::int64_t activation = 64 * 256 * 8;
  const Tensor x = leaf(shape, 1);
  Tensors scales;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(n); ++i) scales.push_back(leaf({256}, i));
  struct Use {
    std::int64_t saved, forward_peak, peak;
  };
  const auto run = [&](std::int64_t every) {
    const std::int64_t before = memory_stats().live_bytes;
    reset_peak_memory();
    Tensor h = x;
    for (std::int64_t i = 0; i < n; i += every) {
      const auto part = [&, i](const Tensor& t) {
        Tensor y = t;
        for (std::int64_t k = i; k < i + every; ++k) y = tanh(y * scales[static_cast<std::size_t>(k)]);
        return y;
      };
      h = every == 1 ? part(h) : checkpoint(part, h);
    }
    const Tensor loss = sum(h);
    h = Tensor();
    Use use{tape_stats(loss).saved_bytes, memory_stats().peak_bytes - before, 0};
    loss.backward();
    use.peak = memory_stats().peak_bytes - before;
    x.zero_grad();
    for (const Tensor& s : scales) s.zero_grad();
    return use;
  };
  const Use all = run(1), some = run(8);
  INFO("in activations: all " << all.saved / activation << ", " << all.peak / activation << "; checkpoints "
                              << some.saved / activation << ", " << some.peak / activation);
  CHECK(all.saved >= 64 * activation);
  CHECK(some.saved <= 8 * activation);                    // the inputs of the parts
  CHECK(some.forward_peak <= (8 + 16 + 4) * activation);  // and one part's results
  CHECK(some.peak <= (8 + 16 + 8) * activation);
  CHECK(all.peak >= 64 * activation);
}

TEST_CASE("what a checkpoint cannot repeat is an error in the backward pass") {
  const Tensor x = leaf({3}, 1);
  const Tensor w = Parameter("scale/gain", random({3}, 2));
  {
    const Tensor y = checkpoint([&](const Tensor& t) { return t * w; }, x);
    w.assign(random({3}, 3));
    CHECK_THROWS_WITH(sum(y).backward(), Contains("'scale/gain' was assigned") && Contains("version"));
    CHECK_FALSE(x.has_grad());
  }
  {
    int calls = 0;
    const Tensor y =
        checkpoint([&](const Tensor& t) { return ++calls == 1 ? t * uniform({3}, 0, 1, {.dtype = f64}) : t * 2.; }, x);
    CHECK_THROWS_WITH(sum(y).backward(), Contains("other random numbers") && Contains("got 0 draws; expected 1"));
  }
  {
    int calls = 0;
    const Tensor y =
        checkpoint([&](const Tensor& t) { return ++calls == 1 ? t * 2. : t * uniform({3}, 0, 1, {.dtype = f64}); }, x);
    CHECK_THROWS_WITH(sum(y).backward(), Contains("other random numbers") && Contains("no more draws"));
  }
  {
    int calls = 0;
    const Tensor y = checkpoint([&](const Tensor& t) { return ++calls == 1 ? t : t.slice(0, 0, 2); }, x);
    CHECK_THROWS_WITH(sum(y).backward(), Contains("got shape (2,); expected (3,)"));
  }
  CHECK_THROWS_WITH(checkpoint([](const Tensor&) { return Tensor(); }, x), Contains("absent"));
  CHECK_THROWS_WITH(checkpoint([](const Tensor& t) { return matmul(t, random({4, 4}, 1)); }, x), Contains("matmul"));
  CHECK(uniform({3}).size() == 3);  // the journal of the call that threw is gone
}

TEST_CASE("a checkpoint may be walked twice when the graph is retained, and not otherwise") {
  const Tensor x = leaf({3}, 1), w = leaf({3}, 2);
  Generator stream(5);
  const Tensor y =
      sum(checkpoint([&](const Tensor& t) { return block(expand_dims(t, 0), expand_dims(w, 1), w, stream); }, x));
  const Tensor first = grad(y, {x}, {.retain_graph = true})[0];
  CHECK(same_bits(grad(y, {x}, {.retain_graph = true})[0], first));
  y.backward();
  CHECK(same_bits(x.grad(), first));
  CHECK_THROWS_WITH(y.backward(), Contains("retain_graph"));
}

TEST_CASE("under NoGrad a checkpoint just calls its function") {
  const Tensor x = leaf({3}, 1);
  const NoGrad guard;
  CHECK_FALSE(checkpoint([](const auto& t) { return t * 2.; }, x).requires_grad());
}

TEST_CASE("100 steps with checkpoints leave no memory behind") {
  const Tensor x = leaf({8}, 1), w = leaf({8, 8}, 2);
  const auto step = [&] {
    Tensor h = x;
    for (int i = 0; i < 4; ++i) h = checkpoint([&](const auto& t) { return tanh(matmul(w, t)); }, h);
    sum(h).backward();
    x.zero_grad();
    w.zero_grad();
  };
  step();
  const std::int64_t before = memory_stats().live_bytes;
  for (int i = 0; i < 100; ++i) step();
  CHECK(memory_stats().live_bytes == before);
}

TEST_CASE("a checkpoint's function may itself take gradients, whichever are asked of it") {
  const Tensor x = leaf({3}, 1), w = leaf({3}, 2);
  const auto f = [&](const auto& t) {
    const Tensor y = sum(tanh(t * w) * t);
    return y + sum(square(grad(y, {t}, {.create_graph = true})[0]));
  };
  const Tensors expected = grad(f(x), {x, w});
  CHECK(same_bits(grad(checkpoint(f, x), {x})[0], expected[0]));
  CHECK(same_bits(grad(checkpoint(f, x), {w})[0], expected[1]));
  const Tensor y = checkpoint(f, x);
  x.set_requires_grad(false);  // the second run takes the gradient all the same
  y.backward();
  CHECK(same_bits(w.grad(), expected[1]));
}

TEST_CASE("what a checkpoint's function assigns outside is assigned once, and every reading gets what it got") {
  const auto run = [](int depth, bool twice) {
    const Tensor x = leaf({3}, 1);
    Tensor state = random({3}, 2), count = zeros({1}, {.dtype = f64});
    const Parameter w("w", random({3}, 3));
    const std::function<Tensor(const Tensor&)> f = [&](const Tensor& t) {
      const Tensor before[] = {state.detach(), count.detach(), w.detach()};  // so that they take fresh buffers
      Tensor y = t * state;
      state.assign(state + t.detach());
      y = y + t * state * 10.;
      y = y + t * w;
      w.assign(w.detach() * 2.);
      y = y + t * w * w;
      Tensor local = zeros({3}, {.dtype = f64});  // its own
      local.assign(t.detach() * t.detach());
      local.mutable_data<double>()[0] += 1;
      count.mutable_data<double>()[0] += 1;
      return y + t * local + state.slice(0, 0, 1).item<double>() * t * count;
    };
    const std::function<Tensor(const Tensor&)> once = [&](const Tensor& t) { return checkpoint(f, t * 1.); };
    const auto call = [&](const Tensor& t) {
      return depth == 0 ? f(t * 1.) : depth == 1 ? once(t) : checkpoint(once, t);
    };
    Tensor y = call(x);
    if (twice) y = y + call(x * 2.);
    Tensors found = grad(sum(y), {x, w}, {.retain_graph = true});
    for (const Tensor& g : grad(sum(y), {x, w})) found.push_back(g);
    for (const Tensor& t : {state, count, Tensor(w)}) found.push_back(t.clone());
    return found;
  };
  for (const bool twice : {false, true}) {
    const Tensors expected = run(0, twice);
    for (const int depth : {1, 2}) {
      const Tensors found = run(depth, twice);
      for (std::size_t i = 0; i < found.size(); ++i) CHECK(max(abs(found[i] - expected[i])).item<double>() < 1e-12);
    }
  }
}

TEST_CASE("a checkpoint's function finds the flags that its first run found, and may ask for others once") {
  const Tensor x = leaf({3}, 1), other = leaf({3}, 2);
  const auto f = [&](const auto& t) { return other.requires_grad() ? t * t : t * 5.; };
  const Tensor y = checkpoint(f, x);
  other.set_requires_grad(false);
  sum(y).backward();
  CHECK(same_bits(x.grad(), x.detach() * 2.));
  bool begun = false;
  const Tensor w = leaf({3}, 3);
  const auto lazy = [&](const Tensor& t) {
    if (!std::exchange(begun, true)) CHECK_FALSE(other.requires_grad());
    return w.requires_grad() ? t * t : t;
  };
  const Tensor once = checkpoint(lazy, x);
  w.set_requires_grad(false);
  other.set_requires_grad(true);
  CHECK(same_bits(grad(sum(once), {x})[0], x.detach() * 2.));
}

TEST_CASE("a boolean mask that was assigned since a checkpoint selected by it is an error") {
  const Tensor x = leaf({3}, 1), mask = tensor({true, false, true}, DType::boolean);
  const Tensor y = checkpoint([&](const Tensor& t) { return masked_select(t, mask); }, x);
  mask.assign(tensor({true, true, false}, DType::boolean));
  CHECK_THROWS_WITH(sum(y).backward(), Contains("was assigned"));
}

TEST_CASE("several inputs, some of them constants, go through nested checkpoints in both orders") {
  const Tensor a = leaf({2, 3}, 1), b = leaf({3, 2}, 2), c = random({2, 2}, 3);
  const auto inner = [](const Tensors& t) { return tanh(matmul(t[0], t[1])) * t[2]; };
  const auto outer = [&](const Tensors& t) {
    return checkpoint(inner, t) + checkpoint(inner, {t[2], sin(t[0]), t[0]}).slice(1, 0, 2) * t[2];
  };
  const auto plain = [&](const Tensors& t) { return inner(t) + inner({t[2], sin(t[0]), t[0]}).slice(1, 0, 2) * t[2]; };
  const auto second = [&](const auto& f) {
    const Tensors first = grad(sum(square(f(Tensors{a, b, c}))), {a, b}, {.create_graph = true});
    return grad(sum(first[0]) + sum(square(first[1])), {a, b});
  };
  const Tensors expected = second(plain);
  const Tensors found = second([&](const Tensors& t) { return checkpoint(outer, t); });
  for (std::size_t i = 0; i < 2; ++i) CHECK(max(abs(found[i] - expected[i])).item<double>() < 1e-12);
}
