#include "support.hpp"

#include "support/catch.hpp"

#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

using namespace frost;
using namespace io_test;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t megabyte = 1 << 20;

// A file of one float32 tensor of zeros, which take no room on the disk.
void write_sparse(const std::string& path, const std::string& name, std::int64_t rows, std::int64_t columns) {
  const std::string bytes = std::to_string(rows * columns * 4);
  std::string header = R"({")" + name + R"(":{"dtype":"F32","shape":[)" + std::to_string(rows) + ',' +
                       std::to_string(columns) + R"(],"data_offsets":[0,)" + bytes + "]}}";
  header.append(120 - header.size(), ' ');
  write(path, safetensors_of(header, ""));
  fs::resize_file(path, 128 + static_cast<std::uintmax_t>(rows * columns * 4));
}

Model table(std::int64_t rows, std::int64_t columns) {
  const Symbol input = Input({1}, {.dtype = DType::int64});
  const Symbol x =
      Embedding({.input_dim = rows, .output_dim = columns, .embeddings_initializer = "zeros", .name = "table"})(input);
  return Model(input, x);
}

}  // namespace

TEST_CASE("mapped tensors have the values of the file, of every dtype") {
  const Folder folder;
  const std::map<std::string, Tensor> saved = {{"a", arange(5).to(DType::float64) * 0.5},
                                               {"b", arange(6)},
                                               {"c", tensor({{1.5, 2.}, {3., 4.}})},
                                               {"d", from_vector(std::vector<bool>{true, false}, {2})},
                                               {"e", zeros({0, 3})}};
  save_safetensors(folder / "t.safetensors", saved);
  const std::int64_t live = memory_stats().live_bytes;
  const auto mapped = load_safetensors(folder / "t.safetensors", {.map = true});
  CHECK(memory_stats().live_bytes - live <= 2);  // the booleans
  CHECK(same_bits<double>(mapped.at("a"), saved.at("a")));
  CHECK(same_bits<std::int64_t>(mapped.at("b"), saved.at("b")));
  CHECK(same_bits<float>(mapped.at("c"), saved.at("c")));
  CHECK(same_bits<bool>(mapped.at("d"), saved.at("d")));
  CHECK(same_bits<float>(mapped.at("e"), saved.at("e")));
}

TEST_CASE("what writes a mapped tensor writes a copy, and replacing the file changes no tensor") {
  const Folder folder;
  const std::string path = folder / "t.safetensors";
  save_safetensors(path, {{"w", tensor({1., 2.})}});
  const std::string bytes = read(path);
  Tensor w = load_safetensors(path, {.map = true}).at("w");
  const Tensor same = w, before = w.detach();
  w.assign(tensor({5., 6.}));
  CHECK(same_bits<float>(same, tensor({5., 6.})));
  CHECK(same_bits<float>(before, tensor({1., 2.})));
  Tensor v = load_safetensors(path, {.map = true}).at("w");
  v.mutable_data<float>()[0] = 7;
  CHECK(same_bits<float>(v, tensor({7., 2.})));
  CHECK(read(path) == bytes);

  const Tensor kept = load_safetensors(path, {.map = true}).at("w");
  save_safetensors(path, {{"w", tensor({8., 9.})}});
  CHECK(same_bits<float>(kept, tensor({1., 2.})));
}

TEST_CASE("a mapped tensor takes part in recorded operations and lives as long as its node") {
  const Folder folder;
  save_safetensors(folder / "t.safetensors", {{"w", tensor({1., 2.})}});
  const Tensor x = tensor({3., 4.}).set_requires_grad(true);
  const Tensor y = (x * load_safetensors(folder / "t.safetensors", {.map = true}).at("w")).sum();
  CHECK(tape_stats(y).saved_bytes == 0);
  y.backward();
  CHECK(same_bits<float>(x.grad(), tensor({1., 2.})));
}

TEST_CASE("tensors that are not aligned in a mapped file are copied") {
  const Folder folder;
  double value = 1.5;
  std::string data(9, '\0');
  std::memcpy(data.data() + 1, &value, 8);
  write(folder / "t.safetensors", safetensors_of(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},)"
                                                 R"("b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}})",
                                                 data));
  CHECK(load_safetensors(folder / "t.safetensors", {.map = true}).at("b").item<double>() == 1.5);
}

TEST_CASE("a gigabyte that is mapped adds no memory of the process' own") {
  const Folder folder;
  write_sparse(folder / "t.safetensors", "w", 1 << 18, 1024);
  const std::int64_t before = private_bytes();
  const Tensor w = load_safetensors(folder / "t.safetensors", {.map = true}).at("w");
  CHECK(w.size() == megabyte * 256);
  CHECK(w[(1 << 18) - 1].sum().item<float>() == 0);
  CHECK(private_bytes() - before < 50 * megabyte);
}

TEST_CASE("a frozen model over a mapped file shares its weights, and thawing copies what is trained") {
  const Folder folder;
  constexpr std::int64_t rows = 1 << 14, columns = 1024;  // 64 MB
  write_sparse(folder / "t.safetensors", "table/embeddings", rows, columns);
  const std::string path = folder / "t.safetensors";
  const std::int64_t live = memory_stats().live_bytes;
  const Model model = table(rows, columns);
  freeze(model, everything());
  CHECK(memory_stats().live_bytes - live >= 64 * megabyte);
  CHECK(model.load_weights(path, {.map = true}).loaded == 1);
  CHECK(memory_stats().live_bytes - live < megabyte);
  CHECK(model(tensor({{7}, {9}}, DType::int64)).sum().item<float>() == 0);

  const Tensor frozen_values = model.weights()[0].detach();
  thaw(model, everything());
  SGD optimizer({.learning_rate = 1.});
  optimizer.add(model.weights());
  sum(model(tensor({{7}}, DType::int64))).backward();
  optimizer.step();
  CHECK(memory_stats().live_bytes - live >= 64 * megabyte);
  CHECK(model.weights()[0][7].to_vector<float>()[3] == -1);
  CHECK(frozen_values[7].to_vector<float>()[3] == 0);
  CHECK(load_safetensors(path, {.map = true}).at("table/embeddings")[7].to_vector<float>()[3] == 0);
}

TEST_CASE("a frozen gigabyte of a model is shared", "[slow]") {
  const Folder folder;
  constexpr std::int64_t rows = 1 << 18, columns = 1024;
  write_sparse(folder / "t.safetensors", "table/embeddings", rows, columns);
  const std::int64_t before = private_bytes();
  const Model model = table(rows, columns);
  freeze(model, everything());
  model.load_weights(folder / "t.safetensors", {.map = true});
  CHECK(private_bytes() - before < 50 * megabyte);
  CHECK(model(tensor({{7}, {262143}}, DType::int64)).sum().item<float>() == 0);
  CHECK(private_bytes() - before < 50 * megabyte);
}

TEST_CASE("mapping weights between forward and backward pass leaves what the tape saved") {
  const Folder folder;
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 2, .name = "b"})(Dense({.units = 4, .name = "a"})(input)));
  const Tensor x = ones({5, 3});
  sum(square(model(x))).backward();
  Tensors expected;
  for (const Parameter& p : model.weights()) {
    expected.push_back(p.grad().clone());
    p.zero_grad();
  }
  const Tensor loss = sum(square(model(x)));
  save_safetensors(
      folder / "t.safetensors",
      {{"a/kernel", zeros({3, 4})}, {"a/bias", zeros({4})}, {"b/kernel", zeros({4, 2})}, {"b/bias", zeros({2})}});
  model.load_weights(folder / "t.safetensors", {.map = true});
  loss.backward();
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(same_bits<float>(model.weights()[i].grad(), expected[i]));
  CHECK(model(x).sum().item<float>() == 0);
}
