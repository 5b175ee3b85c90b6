#include "support.hpp"

#include "support/catch.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <limits>

using namespace frost;
using Catch::Matchers::Contains;
using namespace io_test;

namespace {

std::string file_of(std::uint64_t length, const std::string& header, std::size_t data_bytes) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, '\0');
}
std::string file_of(const std::string& header, std::size_t data_bytes) {
  return file_of(header.size(), header, data_bytes);
}
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + '}';
}

}  // namespace

TEST_CASE("safetensors come back to the bit") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  const double nan = std::bit_cast<double>(0x7ff4dead0000beef);
  const std::map<std::string, Tensor> saved = {
      {"bools", from_vector(std::vector<bool>{true, false, true}, {3})},
      {"doubles", from_vector(std::vector<double>{-0., nan, INFINITY, 5e-324, 1. / 3, 2}, {2, 3})},
      {"empty", zeros({0, 3})},
      {"floats/é\"\n", from_vector(std::vector<float>{1.f / 3, -0.f, NAN}, {3, 1})},
      {"integers", from_vector(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -1, 7, 8}, {2, 2})},
      {"scalar", tensor(2.5)}};
  save_safetensors(path, saved);
  const std::map<std::string, Tensor> loaded = load_safetensors(path);
  REQUIRE(loaded.size() == saved.size());
  CHECK(same_bits<bool>(loaded.at("bools"), saved.at("bools")));
  CHECK(same_bits<double>(loaded.at("doubles"), saved.at("doubles")));
  CHECK(same_bits<float>(loaded.at("empty"), saved.at("empty")));
  CHECK(same_bits<float>(loaded.at("floats/é\"\n"), saved.at("floats/é\"\n")));
  CHECK(same_bits<std::int64_t>(loaded.at("integers"), saved.at("integers")));
  CHECK(same_bits<float>(loaded.at("scalar"), saved.at("scalar")));

  const std::string before = read(path);
  save_safetensors(path, loaded);
  CHECK(read(path) == before);
  CHECK(folder.count() == 1);
}

TEST_CASE("a safetensors file begins its data at a multiple of 64, wide elements first") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {{"a", zeros({3}, {.dtype = DType::boolean})},
                          {"b", zeros({3})},
                          {"c", zeros({1}, {.dtype = DType::float64})},
                          {"d", zeros({1}, {.dtype = DType::int64})}});
  const std::string bytes = read(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK((8 + length) % 64 == 0);
  const std::string header = bytes.substr(8, length);
  CHECK(header.starts_with(R"({"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"d":)"));
  CHECK_THAT(header, Contains(R"("b":{"dtype":"F32","shape":[3],"data_offsets":[16,28]})"));
  CHECK_THAT(header, Contains(R"("a":{"dtype":"BOOL","shape":[3],"data_offsets":[28,31]})"));
  CHECK(bytes.size() == 8 + length + 31);
}

TEST_CASE("a safetensors file without tensors is valid") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {});
  CHECK(load_safetensors(path).empty());
  write(path, file_of(R"({"__metadata__":{"format":"pt"}}   )", 0));
  CHECK(load_safetensors(path).empty());
}

TEST_CASE("loaded tensors are leaves that count as users' data") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {{"w", tensor({1., 2.})}});
  const Tensor w = load_safetensors(path).at("w");
  CHECK(w.is_leaf());
  CHECK_FALSE(w.requires_grad());
  const Tensor x = tensor({3., 4.}).set_requires_grad(true);
  const TapeStats stats = tape_stats(x * w);
  CHECK(stats.borrowed_bytes == 8);
  CHECK(stats.saved_bytes == 0);
}

TEST_CASE("safetensors whose data are not aligned to their elements load") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  const std::string header = '{' + entry("a", "BOOL", "[1]", "[0,1]") + ',' + entry("b", "F64", "[1]", "[1,9]") + '}';
  std::string bytes = file_of(header, 9);
  const double value = 1.5;
  std::memcpy(bytes.data() + bytes.size() - 8, &value, 8);
  write(path, bytes);
  CHECK(load_safetensors(path).at("b").item<double>() == 1.5);
}

TEST_CASE("malformed safetensors are errors that name file, place and reason") {
  const Folder folder;
  const std::string path = folder / "bad.safetensors";
  const std::string good = entry("w", "F32", "[2]", "[0,8]");
  const auto one = [](const std::string& inner) { return '{' + inner + '}'; };
  struct Case {
    std::string bytes;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"", "got 0 bytes"},
      {"1234567", "got 7 bytes"},
      {file_of(100, "{}", 0), "length at byte 0 does not fit; got 100; expected at most 2"},
      {file_of(~std::uint64_t{0}, "{}", 0), "length at byte 0 does not fit; got 18446744073709551615"},
      {file_of(~std::uint64_t{0} - 7, "{}", 0), "length at byte 0 does not fit"},
      {file_of("", 0), "not JSON at byte"},
      {file_of("{", 0), "not JSON at byte"},
      {file_of("{}x", 0), "not JSON at byte"},
      {file_of(one("\"\xff\":1"), 0), "not JSON at byte"},
      {file_of("[]", 0), "got a list; expected an object"},
      {file_of("null", 0), "got null; expected an object"},
      {file_of("3", 0), "got the number 3; expected an object"},
      {file_of(std::string(100'000, '['), 0), "got a list; expected an object"},
      {file_of(R"({"w":)" + std::string(100'000, '['), 0), "got a list; expected an object"},
      {file_of(one(R"("w":{"dtype":)" + std::string(100'000, '{')), 0), "'dtype' has the wrong kind; got an object"},
      {file_of(one(R"("w":{"shape":)" + std::string(100'000, '[')), 0), "'shape' has the wrong kind; got a list"},
      {file_of(one(R"("w":1)"), 0), "'w' has the wrong kind; got the number 1; expected an object"},
      {file_of(one(R"("w":{})"), 0), "tensor 'w' lacks dtype, shape or data_offsets"},
      {file_of(one(R"("w":{"dtype":"F32","shape":[2]})"), 8), "lacks"},
      {file_of(one(R"("w":{"dtype":7})"), 0), "got the number 7; expected a string"},
      {file_of(one(R"("w":{"colour":"red"})"), 0), "'colour' is not known"},
      {file_of(one(R"("w":{"dtype":"F32","dtype":"F64"})"), 0), "'dtype' stands twice"},
      {file_of(one(entry("w", "F8_E4M3", "[2]", "[0,2]")), 2),
       "'dtype' is not known; got 'F8_E4M3'; expected one of F64, F32, F16"},
      {file_of(one(entry("w", "F32", "2", "[0,8]")), 8), "'shape' has the wrong kind"},
      {file_of(one(entry("w", "F32", "[-2]", "[0,8]")), 8), "'shape' has the wrong kind; got the negative number -2"},
      {file_of(one(entry("w", "F32", "[2.0]", "[0,8]")), 8), "got the number 2.0"},
      {file_of(one(entry("w", "F32", "[\"2\"]", "[0,8]")), 8), "got the string '2'"},
      {file_of(one(entry("w", "F32", "[true]", "[0,8]")), 8), "got a boolean"},
      {file_of(one(entry("w", "F32", "[2]", "[0,8,9]")), 8), "more than 2 numbers"},
      {file_of(one(entry("w", "F32", "[2]", "[8]")), 8), "data_offsets has 1 numbers; expected 2"},
      {file_of(one(entry("w", "F32", "[2]", "[-8,0]")), 8), "the negative number -8"},
      {file_of(one(entry("w", "F32", "[2]", "[8,0]")), 8), "out of range; got [8, 0]"},
      {file_of(one(entry("w", "F32", "[2]", "[8,16]")), 8),
       "out of range; got [8, 16]; expected rising numbers up to 8"},
      {file_of(one(entry("w", "F32", "[2]", "[0,18446744073709551615]")), 8), "too large"},
      {file_of(one(entry("w", "F32", "[2]", "[0,99999999999999999999999]")), 8), "got the number 999"},
      {file_of(one(entry("w", "F32", "[3]", "[0,8]")), 8), "got 8 bytes; expected 12 for (3,) of F32"},
      {file_of(one(entry("w", "F64", "[2]", "[0,8]")), 8), "got 8 bytes; expected 16"},
      {file_of(one(entry("w", "F32", "[4611686018427387904,4]", "[0,0]")), 0), "more than any file holds"},
      {file_of(one(entry("w", "F32", "[9223372036854775807,2,0]", "[0,0]")), 0), "more than any file holds"},
      {file_of(one(entry("w", "F32", "[1000000000]", "[0,4000000000]")), 8), "out of range"},
      {file_of(one(good), 7), "out of range"},
      {file_of(one(good), 9), "1 bytes behind byte 8 of the data belong to no tensor"},
      {file_of(one(good + ',' + entry("v", "F32", "[2]", "[4,12]")), 12), "'v': its data overlap another tensor's"},
      {file_of(one(good + ',' + entry("v", "F32", "[2]", "[0,8]")), 8), "its data overlap another tensor's"},
      {file_of(one(good + ',' + entry("v", "F32", "[2]", "[12,20]")), 20), "'v': its data follow a hole; got begin 12"},
      {file_of(one(good + ',' + entry("w", "F32", "[2]", "[8,16]")), 16), "the name 'w' stands twice"},
      {file_of(one(good + R"(,"__metadata__":{"a":1})"), 8), "metadata 'a' has the wrong kind; got the number 1"},
      {file_of(one(R"("__metadata__":{"a":"1","a":"2"})"), 0), "metadata 'a' stands twice"},
      {file_of(one(R"("__metadata__":{},"__metadata__":{})"), 0), "'__metadata__' stands twice"},
      {file_of(one(entry("w", "BOOL", "[2]", "[0,2]")), 0) + std::string("\1\2"), "element 1 is no boolean; got 2"},
  };
  for (const Case& c : cases) {
    write(path, c.bytes);
    INFO(c.bytes.substr(0, 200));
    const std::int64_t live = memory_stats().live_bytes;
    CHECK_THROWS_AS(load_safetensors(path), FileError);
    CHECK_THROWS_WITH(load_safetensors(path), Contains(path) && Contains(c.reason));
    CHECK(memory_stats().live_bytes == live);
  }
}

TEST_CASE("a safetensors file cut short anywhere is an error") {
  const Folder folder(in_memory());
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {{"a", zeros({2, 2})}, {"b", zeros({3}, {.dtype = DType::float64})}});
  const std::string whole = read(path);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    write(path, whole.substr(0, n));
    CHECK_THROWS_AS(load_safetensors(path), FileError);
  }
}

TEST_CASE("a safetensors file with any one byte changed is read or refused, never worse") {
  const Folder folder(in_memory());
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {{"a", zeros({2, 2})}, {"b", zeros({1}, {.dtype = DType::boolean})}});
  const std::string whole = read(path);
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char c : {'\0', '\xff', '{', '}', '[', '"', '9', '-', static_cast<char>(whole[i] ^ 1)}) {
      std::string changed = whole;
      changed[i] = c;
      write(path, changed);
      try {
        load_safetensors(path);
      } catch (const FileError&) {
      }
    }
}

TEST_CASE("a file that is missing or is none is an error that names it") {
  const Folder folder;
  CHECK_THROWS_WITH(load_safetensors(folder / "absent"), Contains("absent") && Contains("No such file"));
  CHECK_THROWS_WITH(load_safetensors(folder / "."), Contains("is not a regular file"));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(load_safetensors(folder / "pipe"), Contains("is not a regular file"));
  CHECK_THROWS_AS(save_safetensors(folder / "no/such/folder", {{"w", zeros({1})}}), FileError);
}

TEST_CASE("a file of another format is an error that says which") {
  CHECK_THROWS_WITH(load_safetensors(FROST_DATA_DIR "/numpy/stored.npz"), Contains("begins as a zip archive"));
  CHECK_THROWS_WITH(load_safetensors(FROST_DATA_DIR "/numpy/vector.npy"), Contains("load_npy reads it"));
  const Folder folder;
  write(folder / "x.h5", "\x89HDF\r\n\x1a\n" + std::string(100, ' '));
  CHECK_THROWS_WITH(load_safetensors(folder / "x.h5"), Contains("begins as an HDF5 file"));
}

TEST_CASE("what a safetensors file cannot hold is refused before anything is written") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  CHECK_THROWS_WITH(save_safetensors(path, {{"w", Tensor{}}}), Contains("the tensor 'w' is absent"));
  CHECK_THROWS_WITH(save_safetensors(path, {{"__metadata__", zeros({1})}}), Contains("'__metadata__'"));
  CHECK_THROWS_AS(save_safetensors(path, {{"\xff", zeros({1})}}), ValueError);
  CHECK(folder.count() == 0);
}

TEST_CASE("saving that fails half-way leaves the old file and nothing else") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {{"w", ones({3})}});
  const std::string before = read(path);
  {
    struct Limit {  // files may not grow beyond 64 kB
      rlimit before;
      void (*handler)(int);
      Limit() : handler(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit small{1 << 16, before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
      }
      ~Limit() {
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
      }
    } limit;
    CHECK_THROWS_WITH(save_safetensors(path, {{"w", ones({100'000})}}),
                      Contains(path) && Contains("cannot be written"));
  }
  CHECK(read(path) == before);
  CHECK(folder.count() == 1);
}

TEST_CASE("saving keeps a file's permissions and writes through a symbolic link") {
  const Folder folder;
  const std::string path = folder / "t.safetensors", link = folder / "link";
  save_safetensors(path, {{"w", zeros({1})}});
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("t.safetensors", link);
  save_safetensors(link, {{"w", ones({1})}});
  CHECK(fs::is_symlink(link));
  CHECK(load_safetensors(path).at("w").item<float>() == 1);
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("elements that Frost has no dtype for are widened") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  const auto load = [&]<class T>(const char* dtype, const std::vector<T>& values) {
    const std::string data(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    const std::string header =
        '{' + entry("t", dtype, '[' + std::to_string(values.size()) + ']', "[0," + std::to_string(data.size()) + ']') +
        '}';
    write(path, file_of(header, 0) + data);
    return load_safetensors(path).at("t");
  };
  const auto whole = [](const std::vector<std::int64_t>& values) {
    return from_vector(values, {static_cast<std::int64_t>(values.size())});
  };
  CHECK(same_bits<std::int64_t>(load("I32", std::vector<std::int32_t>{-2147483647 - 1, 7}), whole({-2147483648, 7})));
  CHECK(same_bits<std::int64_t>(load("I16", std::vector<std::int16_t>{-32768, 7}), whole({-32768, 7})));
  CHECK(same_bits<std::int64_t>(load("I8", std::vector<std::int8_t>{-128, 7}), whole({-128, 7})));
  CHECK(same_bits<std::int64_t>(load("U32", std::vector<std::uint32_t>{4294967295, 7}), whole({4294967295, 7})));
  CHECK(same_bits<std::int64_t>(load("U16", std::vector<std::uint16_t>{65535, 7}), whole({65535, 7})));
  CHECK(same_bits<std::int64_t>(load("U8", std::vector<std::uint8_t>{255, 7}), whole({255, 7})));
  CHECK(same_bits<float>(load("F16", std::vector<std::uint16_t>{0x3c00, 0xc000, 0x7bff, 1}),
                         from_vector(std::vector<float>{1, -2, 65504, std::ldexp(1.f, -24)}, {4})));
  CHECK(same_bits<float>(load("BF16", std::vector<std::uint16_t>{0x3f80, 0xc000, 0x7f80, 0x4049}),
                         from_vector(std::vector<float>{1, -2, INFINITY, 3.140625f}, {4})));
  // More than one block of the reader.
  std::vector<std::uint8_t> many(200'001);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::uint8_t>(i % 251);
  const Tensor t = load("U8", many);
  for (std::size_t i = 0; i < many.size(); i += 997) CHECK(t.data<std::int64_t>()[i] == many[i]);
}
