#include <frost/models/training.hpp>

#include "batch_source.hpp"
#include "by_output.hpp"
#include "expect.hpp"
#include "trainer.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace frost {

using models::BatchSource;
using models::Compiled;
using models::expect;
using models::FitData;
using models::Means;
using models::Progress;
using models::RowRange;
using models::Rows;
using models::Trainer;

namespace {

std::int64_t batches_of(std::int64_t rows, std::int64_t batch_size) { return (rows + batch_size - 1) / batch_size; }

void expect_batch_size(const char* what, const char* name, std::int64_t size) {
  expect(size >= 1, "{}: {} is out of range; got {}; expected 1 at least", what, name, size);
}

void expect_options(const FitOptions& o) {
  expect_batch_size("fit", "batch_size", o.batch_size);
  if (o.validation_batch_size != 0) expect_batch_size("fit", "validation_batch_size", o.validation_batch_size);
  expect(o.epochs >= 0 && o.initial_epoch >= 0,
         "fit: epochs and initial_epoch are out of range; got {} and {}; expected numbers from 0", o.epochs,
         o.initial_epoch);
  expect(o.steps_per_epoch >= 0, "fit: steps_per_epoch is out of range; got {}; expected a number from 0",
         o.steps_per_epoch);
  expect(o.validation_split >= 0 && o.validation_split < 1,
         "fit: validation_split is out of range; got {}; expected 0 to 1, 1 left out", o.validation_split);
  expect(o.validation_split == 0 || o.validation_data.empty(),
         "fit: both validation_split and validation_data were given; expected one of them");
  expect(o.validation_data.empty() == o.validation_data.y.empty(),
         "fit: validation_data has {} and {}; expected {{x, y}}", models::counted(o.validation_data.x.size(), "input"),
         models::counted(o.validation_data.y.size(), "target"));
  for (const Callback& callback : o.callbacks) expect(static_cast<bool>(callback), "fit: a callback is absent");
  expect(o.cache_budget_bytes >= 0, "fit: cache_budget_bytes is out of range; got {}; expected a number from 0",
         o.cache_budget_bytes);
}

class Callbacks {
 public:
  explicit Callbacks(const std::vector<Callback>& callbacks) : all_(callbacks) {
    for (const Callback& c : all_) c.base().reset_stop();
  }
  bool empty() const { return all_.empty(); }
  bool stop() const {
    return std::any_of(all_.begin(), all_.end(), [](const Callback& c) { return c.base().stops(); });
  }
  // Throws: ValueError when a callback watches what will not be reported, or does not know how.
  void expect_monitored(const std::vector<std::string>& names) const {
    for (const Callback& c : all_) {
      const std::string wanted = c.base().monitored();
      if (wanted.empty()) continue;
      if (std::find(names.begin(), names.end(), wanted) != names.end()) {
        c.base().check_monitored();
        continue;
      }
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "'" : ", '") + name + "'";
      expect(false, "fit: a callback monitors '{}', which is not reported; expected one of {}", wanted, list);
    }
  }
  template <class Call>
  void each(const Call& call) const {
    for (const Callback& c : all_) call(c.base());
  }

 private:
  const std::vector<Callback>& all_;
};

// One call of fit, its data checked.
class Fit {
 public:
  Fit(Model model, ModelBase& base, Trainer& trainer, FitData data, const FitOptions& options)
      : model_(std::move(model)),
        trainer_(trainer),
        shuffle_(models::compiled(base, "fit").shuffle),
        options_(options),
        callbacks_(options.callbacks),
        names_(trainer.names()),
        batches_(batches_of(data.training().count, options.batch_size)),
        steps_(options.steps_per_epoch > 0 ? options.steps_per_epoch : batches_),
        progress_(options.verbose, steps_),
        source_(base, models::compiled(base, "fit"), std::move(data), options, progress_) {
    if (source_.validation_rows() > 0)
      for (const std::string& name : trainer.names()) names_.push_back("val_" + name);
    callbacks_.expect_monitored(names_);
  }

  History run() {
    History history;
    callbacks_.each([&](CallbackBase& c) { c.on_train_begin(model_); });
    for (int epoch = options_.initial_epoch; epoch < options_.epochs && !callbacks_.stop(); ++epoch)
      history.add(run_epoch(epoch));
    callbacks_.each([&](CallbackBase& c) { c.on_train_end(model_); });
    return history;
  }

 private:
  Logs run_epoch(int epoch) {
    callbacks_.each([&](CallbackBase& c) { c.on_epoch_begin(model_, epoch); });
    source_.begin_epoch(static_cast<double>(options_.epochs - epoch) * static_cast<double>(steps_) /
                        static_cast<double>(batches_));
    progress_.begin(epoch, options_.epochs);
    Means means = trainer_.no_means();
    for (std::int64_t step = 0; step < steps_; ++step) {
      means.add(trainer_.train(source_.batch(next_range()), {epoch, step}));
      progress_.batch(step + 1, trainer_.names(), means);
      if (callbacks_.empty()) continue;
      const Logs logs = trainer_.logs(means.values());
      callbacks_.each([&](CallbackBase& c) { c.on_batch_end(model_, static_cast<int>(step), logs); });
      if (callbacks_.stop()) break;
    }
    std::vector<double> values = means.values();
    Logs logs = trainer_.logs(values);
    if (source_.validation_rows() > 0) {
      const std::int64_t size =
          options_.validation_batch_size > 0 ? options_.validation_batch_size : options_.batch_size;
      const std::vector<double> found = trainer_.evaluate(
          source_.validation_rows(), size, [&](const RowRange& range) { return source_.validation_batch(range); });
      values.insert(values.end(), found.begin(), found.end());
      logs.merge(trainer_.logs(found, "val_"));
    }
    progress_.end(names_, values);
    callbacks_.each([&](CallbackBase& c) { c.on_epoch_end(model_, epoch, logs); });
    return logs;
  }

  // Rows are put in a new order when all were used, whichever epoch that is in.
  RowRange next_range() {
    if (next_ == 0 && options_.shuffle) order_ = shuffle_.permutation(source_.rows());
    const std::int64_t start = next_ * options_.batch_size;
    next_ = (next_ + 1) % batches_;
    return {start, std::min(start + options_.batch_size, source_.rows()), order_};
  }

  Model model_;
  Trainer& trainer_;
  Generator& shuffle_;
  const FitOptions& options_;
  Callbacks callbacks_;
  std::vector<std::string> names_;
  std::int64_t batches_;
  std::int64_t steps_;
  std::int64_t next_ = 0;  // batch
  Tensor order_;           // of the rows
  Progress progress_;
  BatchSource source_;
};

// Where a batch's rows go in the whole result.
void copy_rows(const Tensor& from, Tensor& to, std::int64_t start) {
  const auto copy = [&]<class S>(S) {
    const std::span<const S> values = from.data<S>();
    const std::span<S> all = to.mutable_data<S>();
    std::copy(values.begin(), values.end(), all.begin() + start * (from.size() / from.shape()[0]));
  };
  switch (from.dtype()) {
    case DType::float32:
      return copy(float{});
    case DType::float64:
      return copy(double{});
    case DType::int64:
      return copy(std::int64_t{});
    case DType::boolean:
      return copy(bool{});
  }
}

Tensors predict_rows(const Model& model, const ModelBase& base, const TensorList& x, const PredictOptions& o) {
  expect_batch_size("predict", "batch_size", o.batch_size);
  expect(!x.empty(), "predict: no inputs were given");
  for (const Tensor& input : x) {
    expect(input.present(), "predict: an input is absent");
    expect(input.rank() > 0 && input.shape()[0] == x[0].shape()[0],
           "predict: the inputs must have the same number of rows");
    expect<ShapeError>(input.shape()[0] > 0, "predict: there are no rows; got shape {}", to_string(input.shape()));
  }
  NoGrad guard;
  if (base.has_graph()) base.check_inputs(x);
  const std::int64_t rows = x[0].shape()[0];
  if (rows <= o.batch_size) return model.all(Tensors(x));
  const std::int64_t batches = batches_of(rows, o.batch_size);
  Progress progress(o.verbose, batches);
  const Means nothing;
  progress.begin(0, 0);
  Tensors results;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const std::int64_t start = batch * o.batch_size, stop = std::min(start + o.batch_size, rows);
    Tensors part;
    for (const Tensor& input : x) part.push_back(input.slice(0, start, stop));
    const Tensors outputs = model.all(part);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      Shape shape = outputs[k].shape();
      expect<ShapeError>(!shape.empty() && shape[0] == stop - start,
                         "predict: an output of shape {} does not have the batch's {}; call the model instead",
                         to_string(shape), models::counted(stop - start, "row"));
      shape[0] = rows;
      if (batch == 0) results.push_back(zeros(shape, {.dtype = outputs[k].dtype()}));
      expect<ShapeError>(results[k].shape() == shape, "predict: outputs of different batches differ; got {} and {}",
                         to_string(shape), to_string(results[k].shape()));
      copy_rows(outputs[k], results[k], start);
    }
    progress.batch(batch + 1, {}, nothing);
  }
  progress.end({}, {});
  return results;
}

}  // namespace

void Model::compile(const CompileOptions& options) const {
  ModelBase& base = model();
  const auto* before = dynamic_cast<const Compiled*>(base.training.get());
  expect<GraphError>(!before || before->trainers == 0,
                     "compile: the model is being trained or evaluated; compile it before or after");
  auto state = std::make_unique<Compiled>();
  const std::vector<std::string> outputs = base.output_names();
  state->losses = models::losses_by_output(options.loss, outputs);
  state->loss_weights = models::weights_by_output(options.loss_weights, outputs);
  state->metrics = models::metrics_by_output(options.metrics, outputs);
  state->optimizer = options.optimizer;
  // Of a model that is to be built `fit` adds them.
  if (const Tensors there = Layer::weights(); state->optimizer && !there.empty()) state->optimizer.add(there);
  state->shuffle = default_generator().split();
  base.restart_stream();
  base.training = std::move(state);
}

Optimizer Model::optimizer() const {
  const auto* state = dynamic_cast<const Compiled*>(model().training.get());
  return state ? state->optimizer : Optimizer();
}

History Model::fit(const TensorList& x, const TensorList& y) const { return fit(x, y, {}); }

History Model::fit(const TensorList& x, const TensorList& y, const FitOptions& options) const {
  expect_options(options);
  Trainer trainer(*this, model(), "fit", x);
  FitData data(trainer, x, y, options);
  trainer.expect_trainable();
  trainer.add_weights();
  Fit fit(*this, model(), trainer, std::move(data), options);
  return fit.run();
}

Evaluation Model::evaluate(const TensorList& x, const TensorList& y) const { return evaluate(x, y, {}); }

Evaluation Model::evaluate(const TensorList& x, const TensorList& y, const EvaluateOptions& options) const {
  expect_batch_size("evaluate", "batch_size", options.batch_size);
  Trainer trainer(*this, model(), "evaluate", x);
  const Rows rows = trainer.prepare(x, y);
  Progress progress(options.verbose, batches_of(rows.count, options.batch_size));
  progress.begin(0, 0);
  const std::vector<double> values = trainer.evaluate(
      rows.count, options.batch_size, [&](const RowRange& range) { return rows.at(range); }, &progress);
  progress.end(trainer.names(), values);
  return Evaluation(trainer.logs(values));
}

Tensor Model::predict(const TensorList& x) const { return predict(x, {}); }

Tensor Model::predict(const TensorList& x, const PredictOptions& options) const {
  const std::size_t outputs = model().has_graph() ? model().outputs().size() : 0;
  expect<GraphError>(outputs <= 1, "predict: the model has {} outputs; use predict_all", outputs);
  const Tensors results = predict_rows(*this, model(), x, options);
  expect<GraphError>(results.size() == 1, "predict: the model has {} outputs; use predict_all", results.size());
  return results[0];
}

Tensors Model::predict_all(const TensorList& x) const { return predict_all(x, {}); }

Tensors Model::predict_all(const TensorList& x, const PredictOptions& options) const {
  return predict_rows(*this, model(), x, options);
}

Evaluation Model::train_on_batch(const TensorList& x, const TensorList& y) const {
  Trainer trainer(*this, model(), "train_on_batch", x);
  const Rows rows = trainer.prepare(x, y);
  trainer.expect_trainable();
  trainer.add_weights();
  return Evaluation(trainer.logs(trainer.train(rows.slice(0, rows.count), {}).values()));
}

Evaluation Model::test_on_batch(const TensorList& x, const TensorList& y) const {
  Trainer trainer(*this, model(), "test_on_batch", x);
  const Rows rows = trainer.prepare(x, y);
  return Evaluation(trainer.logs(trainer.test(rows).values()));
}

}  // namespace frost
