#include "trainer.hpp"

#include "expect.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>

#include <algorithm>
#include <cmath>

namespace frost::models {

namespace {

void find_penalties(const LayerBase& layer, bool& regularized, bool& constrained) {
  for (const OwnWeight& weight : layer.own_weights()) {
    regularized = regularized || !weight.regularizer.empty();
    constrained = constrained || !weight.constraint.empty();
  }
  for (const Layer& inner : layer.sublayers()) find_penalties(inner.base(), regularized, constrained);
}

std::int64_t rows_of(const char* what, const char* kind, const TensorList& list, std::size_t index) {
  const Tensor& t = list[index];
  expect(t.present(), "{}: {}[{}] is absent", what, kind, index);
  expect<ShapeError>(t.rank() > 0, "{}: {}[{}] is a scalar; expected rows", what, kind, index);
  return t.shape()[0];
}

// The first row of each input, to build a model with.
Tensors first_rows(const char* what, const TensorList& x) {
  Tensors first;
  for (std::size_t i = 0; i < x.size(); ++i) {
    expect<ShapeError>(rows_of(what, "x", x, i) > 0, "{}: there are no rows; got x of shape {}", what,
                       to_string(x[i].shape()));
    first.push_back(x[i].slice(0, 0, 1));
  }
  return first;
}

ModelBase& built(const Model& model, ModelBase& base, const char* what, const TensorList& x) {
  compiled(base, what);
  if (base.has_graph()) return base;
  const NoGrad guard;
  model.all(first_rows(what, x));
  model.reset_states();
  return base;
}

}  // namespace

Compiled& compiled(const ModelBase& model, const char* what) {
  auto* state = dynamic_cast<Compiled*>(model.training.get());
  expect<GraphError>(state != nullptr,
                     "{}: the model was not compiled; call compile({{.optimizer = …, .loss = …}}) first", what);
  return *state;
}

Trainer::Trainer(const Model& model, ModelBase& base, const char* what, const TensorList& x)
    : model_(model), base_(built(model, base, what, x)), what_(what), compiled_(compiled(base, what)), moving_(base) {
  output_names_ = base.output_names();
  const std::size_t outputs = output_names_.size();
  expect(compiled_.losses.size() == 1 || compiled_.losses.size() == outputs,
         "{}: the model has {} and was compiled with {} losses; expected one, or one an output", what,
         counted(outputs, "output"), compiled_.losses.size());
  expect(compiled_.loss_weights.empty() || compiled_.loss_weights.size() == outputs,
         "{}: the model has {} and was compiled with {}", what, counted(outputs, "output"),
         counted(compiled_.loss_weights.size(), "loss weight"));
  names_.push_back("loss");
  for (std::size_t i = 0; i < outputs && outputs > 1; ++i)
    if (compiled_.loss(i).is_there()) add_unique(names_, output_names_[i] + "_loss");
  for (std::size_t i = 0; i < outputs; ++i)
    for (const ResolvedMetric& metric : compiled_.metrics_of(i))
      add_unique(names_, outputs > 1 ? output_names_[i] + "_" + metric.name() : metric.name());
  means_ = no_means();
  find_penalties(base, regularized_, constrained_);
  ++compiled_.trainers;
}

Trainer::~Trainer() {
  if (has_gradients_) compiled_.optimizer.zero_grad();
  --compiled_.trainers;
}

Means Trainer::no_means() const {
  std::vector<double> weights;
  std::size_t metrics = 0;
  for (std::size_t i = 0; i < output_names_.size(); ++i) {
    if (compiled_.loss(i).is_there()) weights.push_back(compiled_.weight(i));
    metrics += compiled_.metrics_of(i).size();
  }
  return {std::move(weights), output_names_.size() > 1 ? Means::Losses::each : Means::Losses::whole, metrics};
}

std::string Trainer::about(std::size_t output) const {
  return output_names_.size() == 1 ? std::string(what_) : fmt::format("{}, output '{}'", what_, output_names_[output]);
}

Logs Trainer::logs(const std::vector<double>& values, const std::string& prefix) const {
  Logs logs;
  for (std::size_t i = 0; i < names_.size(); ++i) logs[prefix + names_[i]] = values[i];
  return logs;
}

Rows Trainer::prepare(const TensorList& x, const TensorList& y, const Tensor& sample_weight) const {
  const std::size_t inputs = base_.inputs().size(), outputs = output_names_.size();
  expect(x.size() == inputs, "{}: the model has {}; got {} in x", what_, counted(inputs, "input"), x.size());
  // Targets of every output, or of those alone that are compared with some.
  std::vector<std::size_t> compared;
  for (std::size_t i = 0; i < outputs; ++i)
    if (compiled_.has_targets(i)) compared.push_back(i);
  expect(y.size() == outputs || y.size() == compared.size(), "{}: the model has {}{}; got {} in y", what_,
         counted(outputs, "output"),
         compared.size() == outputs ? "" : fmt::format(", {} of them with a loss or metrics", compared.size()),
         y.size());
  const bool is_for_all = y.size() == outputs;
  Rows rows{.count = rows_of(what_, "x", x, 0)};
  for (std::size_t i = 1; i < inputs; ++i) rows_of(what_, "x", x, i);
  NoGrad guard;
  rows.x = base_.taken_inputs(x);
  for (std::size_t i = 1; i < inputs; ++i)
    expect<ShapeError>(rows_of(what_, "x", x, i) == rows.count,
                       "{}: the inputs have different numbers of rows; got {} and {}", what_, rows.count,
                       x[i].shape()[0]);
  rows.y.resize(outputs);
  for (std::size_t k = 0; k < compared.size(); ++k) {
    const std::size_t at = is_for_all ? compared[k] : k;
    expect<ShapeError>(rows_of(what_, "y", y, at) == rows.count,
                       "{}: x and y have different numbers of rows; got {} and {}; shapes {} and {}", what_, rows.count,
                       y[at].shape()[0], to_string(x[0].shape()), to_string(y[at].shape()));
    rows.y[compared[k]] = y[at];
  }
  expect<ShapeError>(rows.count > 0, "{}: there are no rows; got x of shape {}; expected one at least", what_,
                     to_string(x[0].shape()));

  for (const std::size_t i : compared) {
    const Symbol& output = base_.outputs()[i];
    rows.y[i] = compiled_.loss(i).targets(rows.y[i], output.shape(), output.dtype(), about(i));
  }
  if (sample_weight.present()) {
    expect<ShapeError>(sample_weight.size() == rows.count,
                       "{}: sample_weight has shape {}; expected one weight for each of {}", what_,
                       to_string(sample_weight.shape()), counted(rows.count, "row"));
    rows.weights = sample_weight.detach().to(base_.outputs()[0].dtype()).reshape({rows.count});
  }
  return rows;
}

void Trainer::weigh_classes(Rows& rows, const std::map<std::int64_t, double>& weights) const {
  expect(rows.y.size() == 1, "{}: class_weight is for models with one output; got {} outputs; use sample_weight", what_,
         rows.y.size());
  const Tensor by_row = class_weights(rows.y[0], weights).to(base_.outputs()[0].dtype());
  rows.weights = rows.weights.present() ? rows.weights * by_row : by_row;
}

Tensor Trainer::class_weights(const Tensor& y, const std::map<std::int64_t, double>& weights) const {
  const std::int64_t rows = y.shape()[0], width = y.size() / rows;
  const bool one_hot = compiled_.loss(0).kind() == LossKind::categorical_crossentropy;
  expect(one_hot ? y.rank() == 2 : width == 1,
         "{}: class_weight needs one label a row; got targets of shape {}; use sample_weight", what_,
         to_string(y.shape()));
  const Tensor labels = (one_hot ? argmax(y, -1) : y).to(DType::int64);
  std::vector<double> each;
  for (const std::int64_t label : labels.data<std::int64_t>()) {
    const auto found = weights.find(label);
    each.push_back(found == weights.end() ? 1. : found->second);
  }
  return from_vector(each, {rows});
}

void Trainer::expect_trainable() const {
  expect<GraphError>(!model_.trainable_weights().empty(),
                     "{}: 0 of {} weights are trainable; expected one at least; did you mean evaluate()?", what_,
                     model_.weights().size());
}

void Trainer::add_weights() const {
  expect<ValueError>(static_cast<bool>(compiled_.optimizer),
                     "{}: the model was compiled without an optimizer; expected .optimizer = Adam(…) or another",
                     what_);
  compiled_.optimizer.add(model_.weights());
}

// A part of the model draws from the model's stream.
Tensors Trainer::outputs(const Rows& batch, bool training) {
  CallOptions options{.training = training, .masks = batch.masks};
  masks_.clear();
  if (base_.plan().makes_masks) options.result_masks = &masks_;
  if (!batch.part) return model_.all(batch.x, options);
  if (training) options.stream = base_.call_stream();
  return batch.part.all(batch.x, options);
}

Tensor Trainer::total_loss(const Rows& batch, const Tensors& outputs, const detail::KeepLogits& logits,
                           const Tensor& activity) {
  means_.clear();
  Tensor total, penalty;
  std::size_t place = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!compiled_.loss(i).is_there()) continue;
    const LossWeights weights(batch.weights, mask_of(i), batch.count);
    Tensor loss =
        compiled_.loss(i)(batch.y[i], outputs[i], logits.of(outputs[i], compiled_.loss(i).squashing()), weights);
    means_.add_loss(place++, loss.item<double>(), weights.counted);
    if (compiled_.weight(i) != 1) loss = loss * compiled_.weight(i);
    total = total.present() ? total + loss : loss;
  }
  if (regularized_) penalty = regularization_loss(model_);
  if (activity.present()) penalty = penalty.present() ? penalty + activity.to(penalty.dtype()) : activity;
  means_.add_penalty(penalty.present() ? penalty.item<double>() : 0., static_cast<double>(batch.count));
  if (!penalty.present()) return total;
  return total + penalty.to(total.dtype());
}

void Trainer::measure(const Rows& batch, const Tensors& outputs) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const LossWeights counts({}, mask_of(i), batch.count);
    for (const ResolvedMetric& metric : compiled_.metrics_of(i))
      means_.add_metric(at++, metric(batch.y[i], outputs[i], counts.mask), counts.counted);
  }
}

void Trainer::drop_gradients() {
  compiled_.optimizer.zero_grad();
  has_gradients_ = false;
}

// All that may fail on account of the batch comes before the first gradient.
void Trainer::backpropagate(const Rows& batch, const Place& place) {
  const detail::KeepLogits logits(compiled_.squashings());
  const ActivityPenalties penalties;
  const Tensors outputs = this->outputs(batch, true);
  const Tensor total = total_loss(batch, outputs, logits, penalties.total());
  auto loss = total.item<double>();
  if (std::isnan(loss)) loss = std::abs(loss);  // a sign says nothing of it
  expect(
      std::isfinite(loss),
      "{}: the loss is {} in epoch {}, batch {}; expected a finite number. Weights, statistics and states are as the "
      "batch before left them; a smaller learning rate or clipping may help",
      what_, loss, place.epoch + 1, place.batch + 1);
  if (!total.requires_grad()) expect_trainable();
  {
    const NoGrad guard;
    measure(batch, outputs);
  }
  drop_gradients();  // of the user's own
  has_gradients_ = true;
  total.backward();
}

const Means& Trainer::train(const Rows& batch, const Place& place) {
  if (has_gradients_) drop_gradients();
  moving_.note();
  try {
    backpropagate(batch, place);
  } catch (...) {
    moving_.bring_back();
    throw;
  }
  moving_.forget();
  compiled_.optimizer.step();
  if (constrained_) apply_constraints(model_);
  return means_;
}

const Means& Trainer::test(const Rows& batch) {
  const NoGrad guard;
  const detail::KeepLogits logits(compiled_.squashings());
  const ActivityPenalties penalties;
  const Tensors outputs = this->outputs(batch, false);
  total_loss(batch, outputs, logits, penalties.total());
  measure(batch, outputs);
  return means_;
}

std::vector<double> Trainer::evaluate(std::int64_t rows, std::int64_t batch_size,
                                      const std::function<Rows(const RowRange&)>& batch, Progress* progress) {
  Means means = no_means();
  std::int64_t done = 0;
  for (std::int64_t start = 0; start < rows; start += batch_size) {
    const RowRange range{.start = start, .stop = std::min(start + batch_size, rows)};
    means.add(test(batch(range)));
    if (progress) progress->batch(++done, names_, means);
  }
  return means.values();
}

}  // namespace frost::models
