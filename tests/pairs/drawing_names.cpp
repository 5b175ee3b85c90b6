#include "plain_events.hpp"

#include <algorithm>

namespace pairs {

std::string type_name(Kind kind) {
  switch (kind) {
    case Kind::dense:
      return "dense";
    case Kind::lstm:
      return "lstm";
    case Kind::gru:
      return "gru";
    case Kind::batch_norm:
      return "batch_normalization";
    case Kind::layer_norm:
      return "layer_normalization";
    case Kind::dropout:
      return "dropout";
    case Kind::conv:
      return "conv1d";
    case Kind::distributed:
      return "time_distributed";
  }
  return {};
}

std::string name_in(const Block& block, std::size_t part) {
  const Part& one = block.parts[part];
  if (!one.name.empty()) return one.name;
  const auto end = block.parts.begin() + static_cast<std::ptrdiff_t>(part);
  const auto before = std::count_if(block.parts.begin(), end, [&](const Part& p) { return p.kind == one.kind; });
  return type_name(one.kind) + (before > 0 ? "_" + std::to_string(before) : "");
}

std::vector<std::string> layers_of(const Head& head) {
  std::vector<std::string> names = {head.in_checkpoint ? head.name + "_kept" : head.name};
  if (head.activation_apart && !head.in_checkpoint) names.push_back(head.name + "_activation");
  if (head.behind != Behind::nothing) names.push_back(head.name + "_behind");
  return names;
}

std::vector<std::string> layers_of_heads(const Architecture& architecture) {
  std::vector<std::string> names;
  for (const Head& head : architecture.heads)
    for (const std::string& name : layers_of(head)) names.push_back(name);
  return names;
}

std::string dense_of(const Head& head) { return head.in_checkpoint ? head.name + "_kept/" + head.name : head.name; }

std::vector<std::string> trunk_paths(const Architecture& architecture) {
  const std::vector<std::string> heads = layers_of_heads(architecture);
  std::vector<std::string> paths;
  for (const PlainLayer& layer : PlainModel(architecture).layers)
    for (const std::string& path : layer.paths)
      if (std::find(heads.begin(), heads.end(), path.substr(0, path.find('/'))) == heads.end()) paths.push_back(path);
  return paths;
}

std::vector<std::string> weight_paths(const Architecture& architecture) {
  std::vector<std::string> paths;
  for (const PlainWeight& weight : PlainModel(architecture).weights) paths.push_back(weight.paths[0]);
  return paths;
}

bool is_known_to_keras(const Architecture& architecture) {
  return std::none_of(architecture.blocks.begin(), architecture.blocks.end(),
                      [](const Block& b) { return b.wrap == Wrap::checkpoint || b.wrap == Wrap::built_inside; }) &&
         std::none_of(architecture.heads.begin(), architecture.heads.end(), [](const Head& h) {
           return h.in_checkpoint || h.behind == Behind::function || h.behind == Behind::hook;
         });
}

bool comes_in_steps(const Architecture& architecture) { return architecture.front != Front::rows; }
bool goes_out_in_steps(const Architecture& architecture) {
  return comes_in_steps(architecture) && architecture.end == End::none;
}

Drawing tidied(Drawing d) {
  Architecture& a = d.architecture;
  if (!comes_in_steps(a)) a.end = End::none;
  if (a.heads.size() > 1) a.is_sequential = false;
  a.frozen_before_built = a.frozen_before_built && a.is_sequential && a.front != Front::embedded;
  for (Block& block : a.blocks) {
    block.adds_input = block.adds_input && !a.is_sequential;
    if (std::none_of(a.blocks.begin(), a.blocks.end(), [&](const Block& other) {
          return &other < &block && other.name == block.shares && !other.parts.empty() && !block.parts.empty() &&
                 other.parts[0].name == block.parts[0].name && other.parts[0].kind == block.parts[0].kind;
        }))
      block.shares.clear();
  }
  std::erase_if(a.blocks, [](const Block& block) { return block.parts.empty(); });
  const PlainModel model(a);
  const std::vector<std::string> layers = trunk_paths(a), weights = weight_paths(a);
  const auto is_among = [](const std::string& path, const std::vector<std::string>& paths) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  // A model's file has a layer that two models share twice: it cannot be read again.
  const bool shares = std::any_of(a.blocks.begin(), a.blocks.end(), [](const Block& b) { return !b.shares.empty(); });
  for (Segment& segment : d.segments) {
    if (segment.between == Between::keras && (shares || !is_known_to_keras(a))) segment.between = Between::nothing;
    if (segment.between == Between::save_and_load && shares) segment.between = Between::clone;
    std::erase_if(segment.events, [&](const Event& e) {
      switch (e.act) {
        case Act::freeze_rows:
        case Act::thaw_rows:
          return !is_among(e.path, weights) || e.path.find("/moving_") != std::string::npos;
        case Act::assign_weight:
          return !is_among(e.path, weights);
        case Act::freeze_statistics:
        case Act::thaw_statistics:
          return e.aim != Aim::trunk && (e.aim != Aim::layer || !is_among(e.path, layers));
        case Act::assign_x:
        case Act::poison_x:
          return false;
        case Act::assign_validation_x:
          return segment.validation != Validation::data;
        case Act::resume:
          return false;
        case Act::rename:
          return !is_among(e.path, layers) || e.path.find('/') != std::string::npos;
        default:
          if (e.aim == Aim::inside && shares) return true;  // a glob matches the first path of a layer alone
          return ((e.aim == Aim::layer || e.aim == Aim::inside) && !is_among(e.path, layers)) ||
                 !finds_anything(model, e);
      }
    });
  }
  return d;
}

}  // namespace pairs
