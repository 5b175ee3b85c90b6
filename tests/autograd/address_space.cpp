// Processes whose address space is nearly used up. The sanitizers need all of theirs.
#include "support/catch.hpp"

#include <frost/autograd.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

using namespace frost;

namespace {

rlim_t mapped() {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void leave(rlim_t bytes) {
  rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = mapped() + bytes;
  setrlimit(RLIMIT_AS, &limit);
}

// What a child process finds: an empty text where all is well. It is killed when it takes too long.
std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(20);
    std::string found;
    try {
      found = body();
    } catch (const std::exception& error) {
      found = std::string("uncaught: ") + error.what();
    }
    const auto written = write(ends[1], found.data(), found.size());
    _exit(written == static_cast<ssize_t>(found.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string found;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;)
    found.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? found : "exit " + std::to_string(WEXITSTATUS(status));
}

double train(const Tensor& w, int steps) {
  const Tensor x = full({8, 16}, 0.5);
  double loss = 0;
  for (int i = 0; i < steps; ++i) {
    w.zero_grad();
    const Tensor l = mean(square(tanh(x * w)));
    loss = l.item<double>();
    l.backward();
    w.assign(w - 0.1 * w.grad());
  }
  return loss;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("where the address space ends, a tensor is an error and all goes on after it") {
  const Tensor plain = full({16}, 0.5, {.requires_grad = true});
  const double expected = train(plain, 10);
  for (const rlim_t left : {1, 6, 40, 200}) {
    INFO(left << " MiB left");
    CHECK(in_child([&]() -> std::string {
            const Tensor w = full({16}, 0.5, {.requires_grad = true});
            train(w, 4);
            leave(left << 20);
            std::vector<Tensor> kept;
            try {
              for (int i = 0; i < 1000; ++i) kept.push_back(full({1 << 10, 1 << 8}, 1.));
              return "no error";
            } catch (const Error& error) {
              if (!contains(error.what(), "(1024, 256)") || !contains(error.what(), "1048576 bytes"))
                return error.what();
            }
            kept.clear();
            return train(w, 6) == expected ? "" : "other results";
          }) == "");
  }
}

TEST_CASE("where the address space ends, a long tape is an error and all goes on after it") {
  const Tensor plain = full({16}, 0.5, {.requires_grad = true});
  const double expected = train(plain, 10);
  CHECK(in_child([&]() -> std::string {
          const Tensor w = full({16}, 0.5, {.requires_grad = true});
          train(w, 4);
          leave(8 << 20);
          try {
            Tensor y = w;
            for (int i = 0; i < 1000000; ++i) y = y * 1.;
            return "no error";
          } catch (const Error& error) {
            if (!contains(error.what(), "out of memory") || !contains(error.what(), "bytes")) return error.what();
          }
          return train(w, 6) == expected ? "" : "other results";
        }) == "");
}

TEST_CASE("memory kept for reuse is given back where other sizes need it") {
  CHECK(in_child([]() -> std::string {
          for (int i = 0; i < 40; ++i) full({1 << 18}, 1.);
          std::vector<Tensor> many;
          for (int i = 0; i < 40; ++i) many.push_back(full({1 << 18}, 1.));
          many.clear();
          leave(4 << 20);
          return full({6 << 20}, 1.).sum().item<double>() == 6 << 20 ? "" : "a wrong sum";
        }) == "");
}

TEST_CASE("a product near the end of the address space is right or an error") {
  for (const rlim_t left : {2, 12, 60, 120, 128, 140, 270, 600}) {
    INFO(left << " MiB left");
    CHECK(in_child([&]() -> std::string {
            const Tensor a = full({600, 600}, 1.);
            Tensor l = full({30, 30}, 1.);
            leave(left << 20);
            try {
              if (matmul(a, a)[0][0].item<float>() != 600) return "a wrong product";
              if (inv(eye(30))[0][0].item<float>() != 1) return "a wrong inverse";
            } catch (const Error& error) {
              if (!contains(error.what(), "out of memory") || !contains(error.what(), "bytes")) return error.what();
            }
            return (a + a)[0][0].item<float>() == 2 ? "" : "a wrong sum";
          }) == "");
  }
}

#endif
