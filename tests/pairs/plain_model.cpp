#include "plain_model.hpp"

#include <algorithm>
#include <cmath>

namespace pairs {

using namespace frost;

namespace {

std::int64_t elements(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  return n;
}

}  // namespace

bool PlainWeight::trains() const {
  return !is_state && flag && !pauses.now() && std::find(frozen.begin(), frozen.end(), false) != frozen.end();
}

bool PlainWeight::has_gradient() const {
  return gradient && std::find(gradient->known.begin(), gradient->known.end(), true) != gradient->known.end();
}

std::vector<double> starting_values(const std::string& path, const Shape& shape, std::uint64_t seed, double loudness) {
  const std::string name = path.substr(path.rfind('/') + 1);
  std::uint64_t key = seed;
  for (const char c : path) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  Generator random(key);
  Tensor values = random.normal(shape, DType::float64) * 0.6;
  if (name == "gamma") values = values + 1.;
  if (name == "moving_variance") values = square(values) + 0.5;
  if (name == "kernel" && path[0] == 'h') values = values * loudness;
  const auto all = values.data<double>();
  return {all.begin(), all.end()};
}

PlainModel::PlainModel(const Architecture& architecture) : architecture_(architecture) {
  if (architecture.front == Front::masked) add_container("masking");
  if (architecture.front == Front::embedded) {
    add_container("embedding");
    add_weight("embeddings", layers.back(), {words, width});
  }
  for (const Block& block : architecture.blocks) add_block(block);
  if (architecture.end == End::lstm) add_part({.name = "end", .kind = Kind::lstm}, {"end"});
  if (architecture.end == End::flatten) add_container("flatten");
  const std::int64_t features = architecture.end == End::flatten ? steps * width : width;
  for (const Head& head : architecture.heads) {
    for (const std::string& name : layers_of(head)) add_container(name);
    if (head.in_checkpoint) add_container(dense_of(head));
    const PlainLayer dense = *find_layer(dense_of(head));
    add_weight("kernel", dense, {features, classes});
    add_weight("bias", dense, {classes});
  }
  restart_generators();
}

PlainLayer* PlainModel::find_layer(const std::string& path) {
  for (PlainLayer& layer : layers)
    if (std::find(layer.paths.begin(), layer.paths.end(), path) != layer.paths.end()) return &layer;
  return nullptr;
}

PlainWeight* PlainModel::find_weight(const std::string& path) {
  for (PlainWeight& weight : weights)
    if (std::find(weight.paths.begin(), weight.paths.end(), path) != weight.paths.end()) return &weight;
  return nullptr;
}

void PlainModel::restart_generators() {
  for (PlainLayer& layer : layers)
    if (layer.part.kind == Kind::dropout && layer.part.seed >= 0)
      layer.own = Generator(static_cast<std::uint64_t>(layer.part.seed));
}

void PlainModel::add_container(const std::string& path) { layers.push_back({.paths = {path}}); }

void PlainModel::add_block(const Block& block) {
  const std::string folder = block.wrap == Wrap::none ? "" : block.name + "/";
  if (block.wrap != Wrap::none) add_container(block.name);
  for (std::size_t i = 0; i < block.parts.size(); ++i) {
    if (i == 0 && !block.shares.empty()) continue;
    std::vector<std::string> paths = {folder + name_in(block, i)};
    if (i == 0)
      for (const Block& other : architecture_.blocks)
        if (other.shares == block.name) paths.push_back(other.name + "/" + block.parts[0].name);
    add_part(block.parts[i], paths);
  }
  if (block.adds_input) add_container(block.name + "_sum");
}

void PlainModel::add_part(const Part& part, const std::vector<std::string>& paths) {
  layers.push_back({.paths = paths, .part = part});
  const PlainLayer layer = layers.back();
  switch (part.kind) {
    case Kind::dense:
      add_weight("kernel", layer, {width, width});
      add_weight("bias", layer, {width});
      break;
    case Kind::lstm:
      add_weight("kernel", layer, {width, 4 * width});
      add_weight("recurrent_kernel", layer, {width, 4 * width});
      add_weight("bias", layer, {4 * width});
      break;
    case Kind::gru:
      add_weight("kernel", layer, {width, 3 * width});
      add_weight("recurrent_kernel", layer, {width, 3 * width});
      add_weight("bias", layer, {2, 3 * width});
      break;
    case Kind::batch_norm:
    case Kind::layer_norm:
      add_weight("gamma", layer, {width});
      add_weight("beta", layer, {width});
      if (part.kind == Kind::layer_norm) break;
      add_weight("moving_mean", layer, {width});
      add_weight("moving_variance", layer, {width});
      break;
    case Kind::dropout:
      break;
    case Kind::conv:
      add_weight("kernel", layer, {3, width, width});
      add_weight("bias", layer, {width});
      break;
    case Kind::distributed:
      layers.push_back({.part = {.name = "dense"}});
      for (const std::string& path : paths) layers.back().paths.push_back(path + "/dense");
      add_weight("kernel", layer, {width, width}, "/dense");
      add_weight("bias", layer, {width}, "/dense");
      break;
  }
}

void PlainModel::add_weight(const std::string& name, const PlainLayer& layer, const Shape& shape,
                            const std::string& inside) {
  PlainWeight weight{.shape = shape, .is_state = name.starts_with("moving_")};
  for (const std::string& path : layer.paths) weight.paths.push_back(path + inside + "/" + name);
  if (name == "kernel") {
    weight.l2 = layer.part.kernel_l2;
    weight.constraint = layer.part.constraint;
  }
  weight.frozen.assign(static_cast<std::size_t>(elements(shape)), false);
  weight.values.resize(weight.frozen.size());
  weights.push_back(weight);
}

}  // namespace pairs
