#include "support.hpp"

#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <functional>
#include <stop_token>
#include <thread>

using namespace frost;
using namespace io_test;

// Savers that end in mid-save. The system calls by which files come to be stand here, before the C library's own, and
// count; at a given one the process gets a signal.
namespace {

struct Fault {
  std::atomic<int> calls_left = -1;  // none of them when negative
  int signal = SIGKILL;
};
Fault fault;

bool is_due() { return fault.calls_left >= 0 && fault.calls_left-- == 0; }
void act() { ::raise(fault.signal); }

}  // namespace

#define FROST_INTERPOSED extern "C" __attribute__((visibility("default")))

FROST_INTERPOSED int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int mode = (flags & O_CREAT) ? va_arg(arguments, int) : 0;
  va_end(arguments);
  if ((flags & O_CREAT) && is_due()) act();
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
FROST_INTERPOSED ssize_t write(int descriptor, const void* from, std::size_t bytes) {
  if (is_due()) {
    const ssize_t half = ::syscall(SYS_write, descriptor, from, bytes / 2);
    act();
    return half + ::syscall(SYS_write, descriptor, static_cast<const char*>(from) + half, bytes - bytes / 2);
  }
  return ::syscall(SYS_write, descriptor, from, bytes);
}
FROST_INTERPOSED int fsync(int descriptor) {
  if (is_due()) act();
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
FROST_INTERPOSED int flock(int descriptor, int operation) noexcept {
  if (is_due()) act();
  return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
}
FROST_INTERPOSED int rename(const char* from, const char* to) noexcept {
  if (is_due()) act();
  return static_cast<int>(::syscall(SYS_rename, from, to));
}
FROST_INTERPOSED int unlink(const char* path) noexcept {
  if (is_due()) act();
  return static_cast<int>(::syscall(SYS_unlink, path));
}

namespace {

// A process that saves and is struck at a system call.
class Saver {
 public:
  Saver(int calls, int signal, const std::function<void()>& save) {
    process_ = ::fork();
    if (process_ == 0) {
      fault.signal = signal;
      fault.calls_left = calls;
      save();
      ::_exit(0);
    }
  }
  // Whether it came to its end.
  bool finished() const {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  void wait_until_stopped() const {
    int status = 0;
    ::waitpid(process_, &status, WUNTRACED);
    REQUIRE(WIFSTOPPED(status));
  }
  void go_on() const { ::kill(process_, SIGCONT); }

 private:
  pid_t process_;
};

// Each time in a folder of its own: save `before`, and `after` in a process that is killed at one call more; look.
void kill_everywhere(const std::function<void(const Folder&)>& before, const std::function<void(const Folder&)>& after,
                     const std::function<void(const Folder&)>& look) {
  int calls = 0;
  for (bool finished = false; !finished; ++calls) {
    INFO("killed at call " << calls);
    const Folder folder(in_memory());
    before(folder);
    const std::size_t files = folder.count();
    finished = Saver(calls, SIGKILL, [&] { after(folder); }).finished();
    look(folder);
    before(folder);  // the next save beside the killed one's sweeps
    CHECK(folder.count() == files);
  }
  CHECK(calls > 5);
}

Model model_of(std::int64_t units, double value) {
  const Symbol input = Input({3});
  Model model(input, Dense({.units = units, .name = "head"})(input));
  for (const Parameter& w : model.weights()) Parameter(w).assign(full(w.shape(), value));
  return model;
}

// That all weights are those of one model.
void check_whole(const Model& model) {
  const std::int64_t units = model.weights()[1].size();
  for (const Parameter& w : model.weights()) CHECK(distance(w, full(w.shape(), static_cast<double>(units))) == 0);
}

}  // namespace

TEST_CASE("a saver that is killed at any system call leaves the old file or the new one, and the next save sweeps",
          "[io]") {
  const Tensor old = full({4}, 1), fresh = full({40000}, 2);
  SECTION("safetensors") {
    kill_everywhere(
        [&](const Folder& f) {
          save_safetensors(f / "x", {{"x", old}});
        },
        [&](const Folder& f) {
          save_safetensors(f / "x", {{"x", fresh}});
        },
        [&](const Folder& f) {
          const Tensor x = load_safetensors(f / "x").at("x");
          CHECK((same_bits<float>(x, old) || same_bits<float>(x, fresh)));
        });
  }
  SECTION("npz") {
    kill_everywhere(
        [&](const Folder& f) {
          save_npz(f / "x.npz", {{"x", old}, {"y", old}});
        },
        [&](const Folder& f) {
          save_npz(f / "x.npz", {{"x", fresh}, {"y", fresh}});
        },
        [&](const Folder& f) {
          const auto tensors = load_npz(f / "x.npz");
          CHECK((same_bits<float>(tensors.at("x"), old) || same_bits<float>(tensors.at("x"), fresh)));
          CHECK(same_bits<float>(tensors.at("x"), tensors.at("y")));
        });
  }
  SECTION("a Keras model") {
    const Model small = model_of(2, 2), large = model_of(5, 5);
    kill_everywhere([&](const Folder& f) { save_keras(small, f / "model.json"); },
                    [&](const Folder& f) { save_keras(large, f / "model.json"); },
                    [&](const Folder& f) { check_whole(load_keras(f / "model.json")); });
  }
  SECTION("a Keras model of the same shapes") {
    const Model ones = model_of(2, 1), twos = model_of(2, 2);
    kill_everywhere([&](const Folder& f) { save_keras(ones, f / "model.json"); },
                    [&](const Folder& f) { save_keras(twos, f / "model.json"); },
                    [&](const Folder& f) {
                      const Tensors w = load_keras(f / "model.json").get_weights();
                      const Tensor first = w[0][0][0];
                      CHECK((distance(w[0], first) == 0 && distance(w[1], first) == 0));
                    });
  }
}

TEST_CASE("a first saver that is killed at any system call leaves no file under the name, or the whole", "[io]") {
  const Model model = model_of(5, 5);
  int calls = 0;
  for (bool finished = false; !finished; ++calls) {
    INFO("killed at call " << calls);
    const Folder folder(in_memory());
    const std::string path = folder / "model.json";
    finished = Saver(calls, SIGKILL, [&] { save_keras(model, path); }).finished();
    if (fs::exists(path)) check_whole(load_keras(path));
    save_keras(model, path);
    check_whole(load_keras(path));
    CHECK(folder.count() == 2);
  }
  CHECK(calls > 5);
}

TEST_CASE("the weights that a copy of the topology names stay when the model is saved again", "[io]") {
  const Folder folder;
  const std::string path = folder / "model.json", copy = folder / "before.json";
  save_keras(model_of(2, 2), path);
  fs::copy_file(path, copy);
  save_keras(model_of(5, 5), path);
  save_keras(model_of(5, 5), folder / "model.txt");  // whose weights would be called as the first one's
  CHECK(load_keras(path).weights()[1].size() == 5);
  check_whole(load_keras(copy));
  check_whole(load_keras(folder / "model.txt"));
  fs::remove(copy);
  save_keras(model_of(5, 5), path);
  CHECK(folder.count() == 4);
}

TEST_CASE("a save beside one that is at work lets it finish", "[io]") {
  const Model small = model_of(2, 2), large = model_of(5, 5);
  int calls = 0;
  for (bool finished = false; !finished; ++calls) {
    INFO("stopped at call " << calls);
    const Folder folder(in_memory());
    const std::string path = folder / "model.json";
    save_keras(small, path);
    const Saver saver(calls, SIGSTOP, [&] {
      save_keras(large, path);
      save_npz(folder / "x.npz", {{"x", ones({3})}});
      if (fault.calls_left >= 0) ::raise(SIGSTOP);  // struck or not, it stops once
    });
    saver.wait_until_stopped();
    finished = fs::exists(folder / "x.npz");
    save_keras(small, path);
    save_npy(folder / "y.npy", ones({1}));
    check_whole(load_keras(path));
    saver.go_on();
    CHECK(saver.finished());
    check_whole(load_keras(path));
    CHECK(load_npz(folder / "x.npz").at("x").size() == 3);
    save_keras(small, path);
    CHECK(folder.count() == 4);
  }
  CHECK(calls > 10);
}

TEST_CASE("who loads a Keras model that others save meanwhile gets one of them, whole", "[io]") {
  const Folder folder(in_memory());
  const std::string path = folder / "model.json";
  const Model small = model_of(2, 2), large = model_of(5, 5);
  save_keras(small, path);
  const auto saving = [&](const Model& model) {
    return std::jthread([&path, model](const std::stop_token& stop) {
      while (!stop.stop_requested()) save_keras(model, path);
    });
  };
  {
    const std::jthread first = saving(small), second = saving(large);
    for (int i = 0; i < 200; ++i) check_whole(load_keras(path));
  }
  save_keras(small, path);
  CHECK(folder.count() == 2);
}

TEST_CASE("what replaces a private file is private from the start", "[io]") {
  const Model model = model_of(5, 5);
  const auto owner_alone = fs::perms::owner_read | fs::perms::owner_write;
  int calls = 0;
  for (bool finished = false; !finished; ++calls) {
    INFO("killed at call " << calls);
    const Folder folder(in_memory());
    const std::string path = folder / "model.json";
    save_keras(model, path);
    for (const auto& file : fs::directory_iterator(fs::path(path).parent_path()))
      fs::permissions(file.path(), owner_alone);
    finished = Saver(calls, SIGKILL, [&] { save_keras(model, path); }).finished();
    for (const auto& file : fs::directory_iterator(fs::path(path).parent_path()))
      CHECK(file.status().permissions() == owner_alone);
  }
}
