#pragma once
// Programs of several threads, for tests.

#include <atomic>
#include <exception>
#include <thread>
#include <vector>

/// Runs body(0), …, body(count − 1), each on a thread of its own, all begun at once; throws what one of them threw.
template <class Body>
void on_threads(int count, const Body& body) {
  std::atomic<int> waiting{count};
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      for (--waiting; waiting > 0;) std::this_thread::yield();
      try {
        body(t);
      } catch (...) {
        errors[static_cast<std::size_t>(t)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}
