#include "plain_model.hpp"

#include <algorithm>

// What layers compute, by their formulas.
namespace pairs {

using namespace frost;

namespace {

Tensor activated(const std::string& name, const Tensor& x) {
  if (name == "tanh") return tanh(x);
  if (name == "sigmoid") return sigmoid(x);
  if (name == "relu") return maximum(x, 0.);
  if (name == "softmax") {
    const Tensor e = exp(x - max(x, -1, true).detach());
    return e / sum(e, -1, true);
  }
  return x;
}

// x as it is, and its gradient times a factor.
Tensor with_gradient_times(const Tensor& x, double factor) { return x * factor + x.detach() * (1 - factor); }

// 1 where a step counts: (N, T, 1).
Tensor counts_of(const Tensor& mask) { return expand_dims(mask.to(DType::float64), -1); }

Tensor step_of(const Tensor& x, std::int64_t t) { return squeeze(x.slice(1, t, t + 1), 1); }

}  // namespace

Tensor Pass::leaf(std::size_t weight) {
  const PlainWeight& w = model_.weights[weight];
  if (!leaves_[weight].present())
    leaves_[weight] = from_vector(w.values, w.shape).set_requires_grad(is_grad_enabled() && w.trains());
  return leaves_[weight];
}

Tensor Pass::value(const std::string& path) {
  for (std::size_t i = 0; i < model_.weights.size(); ++i)
    for (const std::string& one : model_.weights[i].paths)
      if (one == path) return leaf(i);
  throw ValueError("pairs: there is no weight " + path);
}

std::vector<std::size_t> Pass::recorded() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < leaves_.size(); ++i)
    if (leaves_[i].present() && leaves_[i].requires_grad()) found.push_back(i);
  return found;
}

std::vector<Result> Pass::run(const Tensor& x) {
  const Architecture& a = model_.architecture();
  Flow flow{.x = x};
  if (a.front == Front::masked) {
    flow.mask = sum(not_equal(x, 0.), -1) > 0.;
    flow.x = x * counts_of(flow.mask);
  }
  if (a.front == Front::embedded) {
    flow.mask = not_equal(x, 0);
    flow.x = take(value("embedding/embeddings"), x);
  }
  for (const Block& one : a.blocks) flow = block(one, flow);
  if (a.end == End::lstm) flow = recurrent("end", true, false, flow);
  if (a.end == End::flatten) flow = {.x = reshape(flow.x, {flow.x.shape()[0], -1})};
  std::vector<Result> results;
  for (const Head& one : a.heads) results.push_back(head(one, flow));
  return results;
}

Flow Pass::block(const Block& block, Flow flow) {
  const Flow before = flow;
  const bool keeps_mask = block.wrap == Wrap::checkpoint || block.wrap == Wrap::built_inside;
  for (std::size_t i = 0; i < block.parts.size(); ++i) {
    flow = part((block.wrap == Wrap::none ? "" : block.name + "/") + name_in(block, i), flow);
    if (keeps_mask) flow.mask = before.mask;
  }
  if (block.adds_input) flow = {before.x + flow.x, flow.mask.present() ? flow.mask : before.mask};
  return flow;
}

Flow Pass::part(const std::string& path, Flow flow) {
  PlainLayer& layer = *model_.find_layer(path);
  switch (layer.part.kind) {
    case Kind::dense:
      return {dense(path, layer, flow.x), flow.mask};
    case Kind::distributed:
      return {matmul(flow.x, value(path + "/dense/kernel")) + value(path + "/dense/bias"), flow.mask};
    case Kind::lstm:
      return recurrent(path, true, true, flow);
    case Kind::gru:
      return recurrent(path, false, true, flow);
    case Kind::batch_norm:
      return {batch_norm(path, layer, flow), flow.mask};
    case Kind::layer_norm: {
      const Tensor centred = flow.x - mean(flow.x, -1, true);
      const Tensor scale = sqrt(mean(square(centred), -1, true) + 1e-3);
      return {centred / scale * value(path + "/gamma") + value(path + "/beta"), flow.mask};
    }
    case Kind::dropout: {
      if (!training_ || !(layer.trains() || layer.keep_stochastic)) return flow;
      Generator& random = layer.own ? *layer.own : model_.stream;
      const Tensor kept = random.uniform(flow.x.shape(), 0, 1, DType::float64) >= layer.part.rate;
      return {flow.x * kept.to(DType::float64) / (1 - layer.part.rate), flow.mask};
    }
    case Kind::conv: {
      const Tensor kernel = value(path + "/kernel"), edge = zeros({flow.x.shape()[0], 1, width});
      const Tensor padded = concatenate({edge, flow.x, edge}, 1);
      Tensor y = value(path + "/bias");
      for (std::int64_t k = 0; k < 3; ++k) y = y + matmul(padded.slice(1, k, k + steps), kernel[k]);
      return {y, {}};
    }
  }
  return flow;
}

Tensor Pass::dense(const std::string& path, const PlainLayer& layer, const Tensor& x) {
  const Tensor y = activated(layer.part.activation, matmul(x, value(path + "/kernel")) + value(path + "/bias"));
  if (layer.part.activity_l2 > 0 && layer.trains()) {
    const Tensor penalty = sum(square(y)) * (layer.part.activity_l2 / static_cast<double>(x.shape()[0]));
    activity_ = activity_.present() ? activity_ + penalty : penalty;
  }
  return y;
}

Tensor Pass::batch_norm(const std::string& path, const PlainLayer& layer, const Flow& flow) {
  constexpr double momentum = 0.8;
  PlainWeight &means = *model_.find_weight(path + "/moving_mean"),
              &variances = *model_.find_weight(path + "/moving_variance");
  const Tensor gamma = value(path + "/gamma"), beta = value(path + "/beta");
  const auto normalized = [&](const Tensor& m, const Tensor& v) {
    return (flow.x - m) / sqrt(v + norm_epsilon) * gamma + beta;
  };
  const bool moves = training_ && !layer.keep_statistics &&
                     (model_.find_weight(path + "/gamma")->trains() || model_.find_weight(path + "/beta")->trains());
  if (!moves) return normalized(from_vector(means.values, means.shape), from_vector(variances.values, variances.shape));

  const Tensor rows = reshape(flow.x, {-1, width});
  const Tensor counts = flow.mask.present() ? reshape(counts_of(flow.mask), {-1, 1}) : ones({rows.shape()[0], 1});
  const Tensor n = sum(counts);
  if (n.item<double>() == 0)
    return normalized(from_vector(means.values, means.shape), from_vector(variances.values, variances.shape));
  const Tensor m = sum(rows * counts, 0) / n;
  const Tensor v = sum(square(rows - m) * counts, 0) / n;
  const auto follow = [&](PlainWeight& statistic, const Tensor& batch) {
    for (std::size_t i = 0; i < statistic.values.size(); ++i)
      statistic.values[i] = statistic.values[i] * momentum + batch.data<double>()[i] * (1 - momentum);
  };
  follow(means, m);
  follow(variances, v);
  return normalized(m, v);
}

Flow Pass::recurrent(const std::string& path, bool is_lstm, bool sequences, const Flow& flow) {
  const Tensor kernel = value(path + "/kernel"), inner = value(path + "/recurrent_kernel"),
               bias = value(path + "/bias");
  const auto part = [](const Tensor& z, std::int64_t k) { return z.slice(1, k * width, (k + 1) * width); };
  const auto sigmoid = [](const Tensor& z) { return activated("sigmoid", z); };
  Tensor h = zeros({flow.x.shape()[0], width}), c = h, y = h;
  Tensors outputs;
  for (std::int64_t t = 0; t < steps; ++t) {
    const Tensor from_x = matmul(step_of(flow.x, t), kernel), from_h = matmul(h, inner);
    Tensor next_h, next_c = c;
    if (is_lstm) {
      const Tensor z = from_x + from_h + bias;
      next_c = sigmoid(part(z, 1)) * c + sigmoid(part(z, 0)) * tanh(part(z, 2));
      next_h = sigmoid(part(z, 3)) * tanh(next_c);
    } else {
      const Tensor a = from_x + bias[0], b = from_h + bias[1];
      const Tensor update = sigmoid(part(a, 0) + part(b, 0)), reset = sigmoid(part(a, 1) + part(b, 1));
      next_h = update * h + (1. - update) * tanh(part(a, 2) + reset * part(b, 2));
    }
    const Tensor counts = flow.mask.present() ? flow.mask.slice(1, t, t + 1) : ones({flow.x.shape()[0], 1}) > 0.;
    h = where(counts, next_h, h);
    c = where(counts, next_c, c);
    y = where(counts, next_h, y);
    outputs.push_back(y);
  }
  return sequences ? Flow{stack(outputs, 1), flow.mask} : Flow{y, {}};
}

Result Pass::head(const Head& head, const Flow& flow) {
  Result result{.mask = flow.mask};
  const std::string path = dense_of(head);
  const Tensor scores = matmul(flow.x, value(path + "/kernel")) + value(path + "/bias");
  const std::string activation = head.target == Target::numbers ? "linear"
                                 : head.target == Target::bits  ? "sigmoid"
                                                                : "softmax";
  result.values = activated(activation, scores);
  // A reshape is no other operation; without gradients there is no hook.
  const bool is_last =
      head.behind == Behind::nothing || head.behind == Behind::reshape || (head.behind == Behind::hook && !training_);
  if (activation != "linear" && !head.in_checkpoint && is_last) result.logits = scores;
  if (head.behind == Behind::function || head.behind == Behind::hook)
    result.values = with_gradient_times(result.values, gradient_factor);
  if (head.behind == Behind::reshape) result.mask = {};
  return result;
}

}  // namespace pairs
