#include "support.hpp"

#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>

using namespace frost;
using namespace io_test;
using Catch::Matchers::Contains;

// What stands at a path and is no regular file: it is neither replaced nor waited for.
namespace {

Model small_model() {
  const Symbol input = Input({3});
  Model model(input, Dense({.units = 2, .name = "head"})(input));
  model.compile({.optimizer = SGD(), .loss = "mse"});
  return model;
}

struct Access {
  std::string name;
  std::function<void(const std::string&)> run;
};

std::vector<Access> writers() {
  const Model model = small_model();
  const Tensor x = ones({2, 3}), y = ones({2, 2});
  return {{"save_safetensors",
           [x](const std::string& p) {
             save_safetensors(p, {{"x", x}});
           }},
          {"save_npy", [x](const std::string& p) { save_npy(p, x); }},
          {"save_npz",
           [x](const std::string& p) {
             save_npz(p, {{"x", x}});
           }},
          {"save_npz of nothing", [](const std::string& p) { save_npz(p, {}); }},
          {"save_model", [model](const std::string& p) { save_model(model, p); }},
          {"save_weights", [model](const std::string& p) { save_weights(model, p); }},
          {"save_delta", [model](const std::string& p) { save_delta(model, p); }},
          {"save_keras", [model](const std::string& p) { save_keras(model, p); }},
          {"save_csv", [](const std::string& p) { History().save_csv(p); }},
          {"plot_model", [model](const std::string& p) { plot_model(model, p); }},
          {"CSVLogger", [model, x, y](const std::string& p) mutable {
             model.fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {CSVLogger(p)}});
           }}};
}

std::vector<Access> readers() {
  const Model model = small_model();
  return {{"load_safetensors", [](const std::string& p) { load_safetensors(p); }},
          {"load_safetensors, mapped", [](const std::string& p) { load_safetensors(p, {.map = true}); }},
          {"load_npy", [](const std::string& p) { load_npy(p); }},
          {"load_npz", [](const std::string& p) { load_npz(p); }},
          {"load_model", [](const std::string& p) { load_model(p); }},
          {"load_weights", [model](const std::string& p) { load_weights(model, p); }},
          {"load_delta", [model](const std::string& p) { load_delta(model, p); }},
          {"load_torch", [model](const std::string& p) { load_torch(model, p); }},
          {"load_keras", [](const std::string& p) { load_keras(p); }},
          {"verify", [model](const std::string& p) { verify(model, p); }},
          {"load_csv", [](const std::string& p) { load_csv(p); }},
          {"load_idx", [](const std::string& p) { load_idx(p); }},
          {"load_digits", [](const std::string& p) { load_digits(p); }}};
}

// The text of the FileError; empty when none came. CSVLogger's may wear the name of who called it.
std::string error_of(const Access& access, const std::string& path) {
  try {
    access.run(path);
  } catch (const FileError& error) {
    return error.what();
  }
  return "";
}

// What is no regular file, each under the ending that plot_model asks for.
std::vector<std::string> make_special(const Folder& folder) {
  std::vector<std::string> paths = {folder / "fifo.dot", folder / "socket.dot", folder / "folder.dot"};
  REQUIRE(::mkfifo(paths[0].c_str(), 0600) == 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, paths[1].c_str(), sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(socket);
  fs::create_directory(paths[2]);
  const std::string device = folder / "device.dot";
  if (::mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) paths.push_back(device);  // as /dev/zero
  for (const std::string& target : std::vector<std::string>(paths)) {
    paths.push_back(target + ".link.dot");
    fs::create_symlink(fs::path(target).filename(), paths.back());
  }
  return paths;
}

mode_t kind_of(const std::string& path) {
  struct stat status = {};
  ::lstat(path.c_str(), &status);
  return status.st_mode;
}

}  // namespace

TEST_CASE("saving onto what is no regular file is an error that leaves it as it is", "[io]") {
  const Folder folder;
  const std::vector<std::string> paths = make_special(folder);
  const std::size_t count = folder.count();
  for (const Access& writer : writers())
    for (const std::string& path : paths) {
      INFO(writer.name << " to " << path);
      const mode_t before = kind_of(path);
      CHECK_THAT(error_of(writer, path), Contains(path) && Contains("regular file"));
      CHECK(kind_of(path) == before);
    }
  CHECK(folder.count() == count);
  CHECK(fs::is_empty(folder / "folder.dot"));
}

TEST_CASE("reading what is no regular file is an error at once", "[io]") {
  const Folder folder;
  const std::vector<std::string> paths = make_special(folder);
  for (const Access& reader : readers())
    for (const std::string& path : paths) {
      if (fs::is_directory(path) && reader.name == "load_keras") continue;  // takes a folder
      INFO(reader.name << " of " << path);
      CHECK_THAT(error_of(reader, path), Contains(path) && (Contains("regular file") || Contains("No such device")));
    }
}

TEST_CASE("a path with a zero byte is an error that shows it, and the part before it stays as it is", "[io]") {
  const Folder folder;
  const std::string before = folder / "x.dot", path = before + std::string("\0y.dot", 6);
  std::vector<Access> all = writers();
  for (const Access& reader : readers()) all.push_back(reader);
  all.push_back({"load_fashion_mnist", [](const std::string& p) { load_fashion_mnist({.folder = p}); }});
  for (const bool exists : {false, true}) {
    if (exists) write(before, "before");
    for (const Access& access : all) {
      INFO(access.name);
      CHECK_THAT(error_of(access, path), Contains("zero byte") && Contains("x.dot\\0y.dot"));
    }
    CHECK(folder.count() == (exists ? 1 : 0));
  }
  CHECK(read(before) == "before");
}

TEST_CASE("saving to a symbolic link writes what it leads to, be it there or not", "[io]") {
  const Folder folder;
  fs::create_directory(folder / "inner");
  fs::create_symlink("inner/new.npy", folder / "dangling");
  fs::create_symlink("dangling", folder / "second");
  save_npy(folder / "second", ones({2}));
  CHECK(fs::is_symlink(folder / "dangling"));
  CHECK(fs::is_symlink(folder / "second"));
  CHECK(!fs::is_symlink(folder / "inner/new.npy"));
  CHECK(load_npy(folder / "inner/new.npy").shape() == Shape{2});
  save_npy(folder / "second", ones({3}));
  CHECK(load_npy(folder / "inner/new.npy").shape() == Shape{3});
  CHECK(folder.count() == 3);
}

TEST_CASE("saving to a symbolic link that leads nowhere is an error that leaves the link", "[io]") {
  const Folder folder;
  fs::create_symlink("nowhere/new.npy", folder / "dangling");
  fs::create_symlink("circle", folder / "circle");
  for (const char* name : {"dangling", "circle"}) {
    INFO(name);
    CHECK_THROWS_AS(save_npy(folder / name, ones({2})), FileError);
    CHECK(fs::is_symlink(folder / name));
  }
  CHECK(folder.count() == 2);
}

TEST_CASE("a file has the longest name that there can be", "[io]") {
  const Folder folder;
  const std::string path = folder / (std::string(251, 'x') + ".npy");
  save_npy(path, ones({2}));
  CHECK(load_npy(path).shape() == Shape{2});
}
