// Memory: what is bounded, what is given back, and what an allocation that fails leaves behind.
#include "array.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

#include <frost/autograd.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

Tensor unwritten(std::int64_t bytes) { return detail::make_tensor(detail::make_shape({bytes / 4}), DType::float32); }

// One thread makes tensors and hands them to another, which drops them.
void hand_on(int count, std::int64_t elements) {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Tensor> queue;
  on_threads(2, [&](int t) {
    for (int i = 0; i < count; ++i) {
      Tensor made = t == 0 ? detail::make_tensor(detail::make_shape({elements}), DType::float32) : Tensor();
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return t == 0 ? queue.size() < 64 : !queue.empty(); });
      if (t == 0) {
        queue.push_back(std::move(made));
      } else {
        made = std::move(queue.front());
        queue.pop_front();
      }
      changed.notify_one();
    }
  });
}

void train(const Tensor& w, int steps) {
  const Tensor x = full({8, 16}, 0.5);
  for (int i = 0; i < steps; ++i) {
    w.zero_grad();
    mean(square(tanh(x * w))).backward();
    w.assign(w - 0.1 * w.grad());
  }
}

}  // namespace

TEST_CASE("memory does not grow where one thread makes what another drops") {
  hand_on(1000, 64);
  for (const std::int64_t elements : {1, 64, 5000, 20000}) {
    const std::int64_t before = memory_stats().reserved_bytes;
    hand_on(elements < 1000 ? 40000 : 4000, elements);
    CHECK(memory_stats().reserved_bytes - before < 8 * mebibyte);
  }
}

TEST_CASE("memory that threads leave behind is used by the next ones") {
  const auto use = [] {
    on_threads(2, [](int) {
      Tensor y = full({1000}, 1., {.requires_grad = true});
      for (int i = 0; i < 500; ++i) y = y * 1.;
    });
  };
  for (int i = 0; i < 3; ++i) use();
  const std::int64_t before = memory_stats().reserved_bytes;
  for (int i = 0; i < 20; ++i) use();
  CHECK(memory_stats().reserved_bytes - before < 8 * mebibyte);
}

TEST_CASE("training in steady state asks the system for nothing") {
  const Tensor w = full({16}, 0.5, {.requires_grad = true});
  train(w, 3);
  const std::int64_t before = memory_stats().reserved_bytes;
  train(w, 50);
  CHECK(memory_stats().reserved_bytes == before);
}

TEST_CASE("free lists keep a bounded number of bytes") {
  {
    std::vector<Tensor> many;
    for (int i = 0; i < 6; ++i) many.push_back(unwritten(256 * mebibyte));
    CHECK(memory_stats().reserved_bytes >= 6 * 256 * mebibyte);
  }
  CHECK(memory_stats().cached_bytes <= 1024 * mebibyte + 8 * mebibyte);
  CHECK(memory_stats().reserved_bytes <= 1024 * mebibyte + memory_stats().live_bytes + 64 * mebibyte);
  release_memory();
}

TEST_CASE("release_memory gives what nobody uses back to the system") {
  release_memory();
  const std::int64_t before = memory_stats().reserved_bytes;
  const Tensor kept = full({1000}, 3.);
  {
    const Tensor large = unwritten(64 * mebibyte);
    Tensor y = full({4}, 1., {.requires_grad = true});
    for (int i = 0; i < 30000; ++i) y = y * 1.;
    CHECK(memory_stats().reserved_bytes - before > 70 * mebibyte);
  }
  release_memory();
  CHECK(memory_stats().reserved_bytes - before < mebibyte);
  CHECK(memory_stats().cached_bytes < 4 * mebibyte);
  CHECK(kept.sum().item<float>() == 3000);
}

TEST_CASE("memory_stats says how much of what is reserved nobody uses") {
  release_memory();
  const MemoryStats before = memory_stats();
  unwritten(16 * mebibyte);
  const MemoryStats after = memory_stats();
  // Under the address sanitizer nothing is kept, and nothing more reserved.
  const std::int64_t unaccounted =
      (after.reserved_bytes - before.reserved_bytes) - (after.cached_bytes - before.cached_bytes);
  CHECK((unaccounted >= 0 && unaccounted < 4096));
  const Tensor again = unwritten(16 * mebibyte);
  CHECK(memory_stats().cached_bytes <= before.cached_bytes + mebibyte);
}

TEST_CASE("a tensor that memory cannot hold is an error that says its shape and bytes") {
  const std::int64_t live = memory_stats().live_bytes;
  CHECK_THROWS_WITH(zeros({1 << 22, 1 << 22}), Contains("(4194304, 4194304)") && Contains("70368744177664 bytes"));
  CHECK_THROWS_WITH(zeros({1 << 22, (1 << 22) + 1}), Contains("(4194304, 4194305)"));
  for (int power = 46; power < 60; ++power) {
    INFO("2^" << power << " bytes");
    CHECK_THROWS_AS(zeros({std::int64_t{1} << (power - 3)}, {.dtype = DType::float64}), Error);
    CHECK_THROWS_AS(zeros({(std::int64_t{1} << power) - 1}, {.dtype = DType::boolean}), Error);
    CHECK_THROWS_AS(randint(0, 2, {(std::int64_t{1} << (power - 3)) + 1}), Error);
  }
  const Tensor column = ones({1 << 22, 1}), row = ones({1, 1 << 22});
  CHECK_THROWS_WITH(column + row, Contains("(4194304, 4194304)") && Contains("70368744177664 bytes"));
  CHECK_THROWS_WITH(matmul(column, row), Contains("(4194304, 4194304)"));
  CHECK_THROWS_AS(broadcast_to(row, {1 << 22, 1 << 22}), Error);
  CHECK_THROWS_AS(randn({1 << 30, 1 << 20}), Error);
  CHECK(memory_stats().live_bytes - live == 2 * 4 * (1 << 22));
}

TEST_CASE("a gradient that memory cannot hold is an error that leaves every gradient as it was") {
  const Tensor w = full({1, 1 << 22}, 2., {.requires_grad = true});
  const Tensor v = full({1 << 22, 1}, 2., {.requires_grad = true});
  (w * 3.).sum().backward();
  Tensor seen;
  const Tensor h = w * 1.;
  const HookHandle handle = register_hook(h, [&](const Tensor& g) { seen = g + v; });
  CHECK_THROWS_AS((h.sum() + v.sum()).backward(), Error);
  CHECK_FALSE(v.has_grad());
  CHECK(w.grad()[0][0].item<float>() == 3);
  handle.remove();
  (h.sum() + v.sum()).backward();
  CHECK(w.grad()[0][0].item<float>() == 4);
  CHECK(v.grad()[0].item<float>() == 1);
}
