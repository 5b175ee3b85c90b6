#include "support.hpp"

#include "support/catch.hpp"

#include <cmath>

using namespace frost;
using namespace io_test;
using Catch::Matchers::Contains;

namespace {

std::string numpy(const std::string& name) { return FROST_DATA_DIR "/numpy/" + name; }

std::string npy_of(const std::string& header, const std::string& data, char version = 1) {
  std::string length(version == 1 ? 2 : 4, '\0');
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<char>(header.size() >> 8 * i & 255);
  return std::string("\x93NUMPY") + version + '\0' + length + header + data;
}
std::string header_of(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

}  // namespace

TEST_CASE("arrays that NumPy wrote come back in their shape and order") {
  const Tensor rising = arange(24).reshape({2, 3, 4});
  const Tensor floats = rising.to(DType::float64) * 0.5 - 1.;
  for (const char* name : {"little_f8", "big_f8", "fortran", "version_1", "version_2", "version_3"}) {
    INFO(name);
    CHECK(same_bits<double>(load_npy(numpy(name + std::string(".npy"))), floats));
  }
  for (const char* name : {"little_f4", "big_f4", "little_f2", "big_f2", "fortran_big_f4"}) {
    INFO(name);
    CHECK(same_bits<float>(load_npy(numpy(name + std::string(".npy"))), floats.to(DType::float32)));
  }
  for (const char* name : {"little_i8", "little_i4", "little_i2", "i1", "big_i4", "big_i8"}) {
    INFO(name);
    CHECK(same_bits<std::int64_t>(load_npy(numpy(name + std::string(".npy"))), rising - 3));
  }
  for (const char* name : {"u1", "little_u2", "little_u4"}) {
    INFO(name);
    CHECK(same_bits<std::int64_t>(load_npy(numpy(name + std::string(".npy"))), rising * 5));
  }
  CHECK(same_bits<double>(load_npy(numpy("vector.npy")), arange(5).to(DType::float64)));
  std::vector<bool> thirds(24);
  for (std::size_t i = 0; i < 24; i += 3) thirds[i] = true;
  CHECK(same_bits<bool>(load_npy(numpy("booleans.npy")), from_vector(thirds, {2, 3, 4})));
  CHECK(same_bits<float>(load_npy(numpy("scalar.npy")), tensor(2.5)));
  CHECK(same_bits<float>(load_npy(numpy("empty.npy")), zeros({0, 3})));
}

TEST_CASE("half precision is widened exactly, subnormal and infinite numbers too") {
  const Tensor t = load_npy(numpy("halves.npy"));
  const auto x = t.data<float>();
  CHECK(x[0] == 0);
  CHECK((x[1] == 0 && std::signbit(x[1])));
  CHECK(x[2] == 1);
  CHECK(x[3] == -2);
  CHECK(x[4] == 65504);
  CHECK(x[5] == std::ldexp(1.f, -24));
  CHECK(x[6] == std::ldexp(1023.f, -24));
  CHECK(x[7] == INFINITY);
  CHECK(x[8] == -INFINITY);
  CHECK(std::isnan(x[9]));
}

TEST_CASE("archives that NumPy wrote come back by name") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    INFO(name);
    const auto arrays = load_npz(numpy(name));
    REQUIRE(arrays.size() == 3);
    CHECK(same_bits<float>(arrays.at("weights"), arange(24).reshape({2, 3, 4}).to(DType::float32) * 0.5 - 1.));
    CHECK(same_bits<std::int64_t>(arrays.at("layer/bias"), arange(3)));
    CHECK(same_bits<bool>(arrays.at("mask"), from_vector(std::vector<bool>{true, false}, {2})));
  }
}

TEST_CASE("npy and npz files come back to the bit and begin their data at a multiple of 64") {
  const Folder folder;
  const std::map<std::string, Tensor> all = {
      {"bools", from_vector(std::vector<bool>{true, false, true}, {3})},
      {"doubles", from_vector(std::vector<double>{-0., NAN, INFINITY, 5e-324, 1. / 3, 2}, {2, 3})},
      {"é/floats", tensor({{1.5}, {2.}})},
      {"empty", zeros({0, 3})},
      {"scalar", tensor(7)},
      {"whole", tensor({-1, 7}, DType::int64)}};
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.dtype() == DType::float32   ? same_bits<float>(a, b)
           : a.dtype() == DType::float64 ? same_bits<double>(a, b)
           : a.dtype() == DType::int64   ? same_bits<std::int64_t>(a, b)
                                         : same_bits<bool>(a, b);
  };
  for (const auto& [name, t] : all) {
    INFO(name);
    save_npy(folder / "x.npy", t);
    CHECK(same(load_npy(folder / "x.npy"), t));
    CHECK(read(folder / "x.npy").find('\n') % 64 == 63);
  }
  save_npz(folder / "x.npz", all);
  const auto loaded = load_npz(folder / "x.npz");
  REQUIRE(loaded.size() == all.size());
  for (const auto& [name, t] : all) CHECK(same(loaded.at(name), t));
  const std::string before = read(folder / "x.npz");
  save_npz(folder / "x.npz", loaded);
  CHECK(read(folder / "x.npz") == before);
  CHECK(folder.count() == 2);
  save_npz(folder / "none.npz", {});
  CHECK(load_npz(folder / "none.npz").empty());
}

TEST_CASE("what NumPy can write and Frost has no dtype for is refused by name") {
  for (const char* name : {"object", "complex", "text", "record", "uint64"}) {
    const std::string path = numpy("refused_" + std::string(name) + ".npy");
    INFO(name);
    CHECK_THROWS_AS(load_npy(path), FileError);
    CHECK_THROWS_WITH(load_npy(path),
                      Contains(path) && (Contains("dtype is not known") || Contains("expected a string")));
  }
  CHECK_THROWS_WITH(load_npz(numpy("refused_uint64.npz")), Contains("entry 'a.npy'") && Contains("'<u8'"));
}

TEST_CASE("malformed npy files are errors that name file, place and reason") {
  const Folder folder;
  const std::string path = folder / "bad.npy", eight(8, '\0');
  struct Case {
    std::string bytes;
    const char* reason;
  };
  const std::string good = header_of("<f4", "(2,)");
  std::string many_axes = "(";
  for (int i = 0; i < 65; ++i) many_axes += "1,";
  many_axes += ')';
  const std::vector<Case> cases = {
      {"", "is no npy file; got 0 bytes"},
      {std::string("\x93NUMPX\1\0\2\0{}", 12), "expected \\x93NUMPY at byte 0"},
      {npy_of(good, eight, 4), "version is not known; got 4"},
      {std::string("\x93NUMPY\1\0\xff\xff{}", 12),
       "header's length at byte 8 does not fit; got 65535; expected at most 2"},
      {std::string("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14), "got 4294967295"},
      {std::string("\x93NUMPY\2\0\0\0", 10), "ends inside the header"},
      {npy_of("", ""), "malformed at byte 10; got the end; expected '{'"},
      {npy_of("{}", ""), "lacks descr, fortran_order or shape"},
      {npy_of("{'descr': '<f4'}", ""), "lacks"},
      {npy_of("{'descr': '<f4', 'descr': '<f8'}", ""), "'descr' stands twice"},
      {npy_of("{'colour': '<f4'}", ""), "got the key 'colour'"},
      {npy_of("{'descr' '<f4'}", ""), "malformed at byte 19; got '''; expected ':'"},
      {npy_of("{'descr': <f4}", ""), "expected a string"},
      {npy_of("{'descr': '<f4", ""), "expected a string"},
      {npy_of("{'descr': [('a', '<f4')]}", ""), "got '['; expected a string"},
      {npy_of("{'descr': '" + std::string(1000, 'x') + "'}", ""), "long or not printable"},
      {npy_of("{'descr': '\x01'}", ""), "long or not printable"},
      {npy_of(good + "x", eight), "got 'x'; expected the end"},
      {npy_of(good.substr(0, 20), eight), "malformed"},
      {npy_of(header_of("<f4", "(2,)", "Maybe"), eight), "expected True or False"},
      {npy_of(header_of("<f4", "2"), eight), "got '2'; expected '('"},
      {npy_of(header_of("<f4", "(-2,)"), eight), "expected a size of 0 or more"},
      {npy_of(header_of("<f4", "(2.5,)"), eight), "got '.'; expected ')'"},
      {npy_of(header_of("<f4", "(99999999999999999999,)"), eight), "expected a size of 0 or more"},
      {npy_of(header_of("<f4", "((2,),)"), eight), "expected a size"},
      {npy_of(header_of("<f4", std::string(60000, '(')), eight), "expected a size"},
      {npy_of(header_of("<f4", "(9223372036854775807, 4)"), eight), "more than any file holds"},
      {npy_of(header_of("<f4", "(9223372036854775807, 4, 0)"), ""), "more than any file holds"},
      {npy_of(header_of("<f4", "(1000000000,)"), eight), "got 8 bytes; expected 4000000000 for (1000000000,)"},
      {npy_of(header_of("<f4", many_axes), eight), "more than 64 axes"},
      {npy_of(good, eight.substr(1)), "got 7 bytes; expected 8"},
      {npy_of(good, eight + "x"), "got 9 bytes; expected 8"},
      {npy_of(header_of("f4", "(2,)"), eight), "got 'f4'"},
      {npy_of(header_of("|f4", "(2,)"), eight), "got '|f4'"},
      {npy_of(header_of("<f16", "(2,)"), eight), "got '<f16'"},
      {npy_of(header_of("|b1", "(2,)"), "\1\2"), "element 1 is no boolean; got 2"},
  };
  for (const Case& c : cases) {
    write(path, c.bytes);
    INFO(c.bytes.substr(0, 200));
    const std::int64_t live = memory_stats().live_bytes;
    CHECK_THROWS_AS(load_npy(path), FileError);
    CHECK_THROWS_WITH(load_npy(path), Contains(path) && Contains(c.reason));
    CHECK(memory_stats().live_bytes == live);
  }
}

TEST_CASE("npy and npz files cut short or with any byte changed are read or refused, never worse") {
  const Folder folder(in_memory());
  const std::string path = folder / "x";
  const auto attempt = [&](const std::string& bytes, bool archive) {
    write(path, bytes);
    try {
      archive ? (void)load_npz(path) : (void)load_npy(path);
      return true;
    } catch (const FileError&) {
      return false;
    }
  };
  for (const char* name : {"little_f4.npy", "booleans.npy", "stored.npz", "deflated.npz"}) {
    const std::string whole = read(numpy(name));
    const bool archive = std::string(name).ends_with(".npz");
    INFO(name);
    for (std::size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(attempt(whole.substr(0, n), archive));
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const char c : {'\0', '\xff', static_cast<char>(whole[i] ^ 1)}) {
        std::string changed = whole;
        changed[i] = c;
        attempt(changed, archive);
      }
  }
}

TEST_CASE("an array in an archive with a changed bit is an error") {
  const Folder folder;
  save_npz(folder / "x.npz", {{"a", full({10}, 1.5)}});
  std::string bytes = read(folder / "x.npz");
  bytes[bytes.find("NUMPY") + 140] ^= 1;
  write(folder / "x.npz", bytes);
  CHECK_THROWS_WITH(load_npz(folder / "x.npz"), Contains("x.npz: entry 'a.npy' is damaged"));
}

TEST_CASE("an archive that claims more than is allowed is refused before memory is taken") {
  const Folder folder;
  save_npz(folder / "x.npz", {{"a", zeros({1000})}, {"b", zeros({1000})}});
  CHECK(load_npz(folder / "x.npz", {.max_bytes = 8000}).size() == 2);
  CHECK_THROWS_WITH(load_npz(folder / "x.npz", {.max_bytes = 7999}),
                    Contains("entry 'b.npy'") && Contains("got 8000 bytes") && Contains("max_bytes = 7999"));

  // The directory of the archive claims a terabyte.
  std::string bytes = read(folder / "x.npz");
  const std::size_t directory = bytes.find("PK\1\2");
  REQUIRE(directory != std::string::npos);
  for (std::size_t i = 24; i < 28; ++i) bytes[directory + i] = '\x7f';
  write(folder / "x.npz", bytes);
  reset_peak_memory();
  const std::int64_t before = memory_stats().peak_bytes;
  CHECK_THROWS_AS(load_npz(folder / "x.npz"), FileError);
  CHECK(memory_stats().peak_bytes - before < 100'000);
}

TEST_CASE("what npy and npz files cannot hold is refused before anything is written") {
  const Folder folder;
  CHECK_THROWS_WITH(save_npy(folder / "x.npy", Tensor{}), Contains("the tensor is absent"));
  CHECK_THROWS_WITH(save_npz(folder / "x.npz", {{"w", Tensor{}}}), Contains("'w' is absent"));
  CHECK_THROWS_WITH(save_npz(folder / "x.npz", {{"", tensor(1)}}), Contains("a name is empty"));
  CHECK(folder.count() == 0);
  CHECK_THROWS_AS(save_npy(folder / "no/such/folder", tensor(1)), FileError);
  CHECK_THROWS_AS(save_npz(folder / "no/such/folder", {{"w", tensor(1)}}), FileError);
  CHECK_THROWS_WITH(load_npy(folder / "absent"), Contains("absent") && Contains("No such file"));
  CHECK_THROWS_WITH(load_npz(folder / "absent"), Contains("absent") && Contains("No such file"));
  CHECK_THROWS_WITH(load_npz(numpy("vector.npy")), Contains("is no zip archive"));
}
