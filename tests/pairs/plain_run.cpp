#include "plain_run.hpp"

#include "data.hpp"
#include "plain_events.hpp"
#include "plain_losses.hpp"
#include "plain_optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace pairs {

using namespace frost;

namespace {

Tensor rows_at(const Tensor& x, const std::vector<std::int64_t>& rows) {
  return take(x, from_vector(rows, {static_cast<std::int64_t>(rows.size())}));
}

// What is reported: the loss, the heads' losses where there are several, metrics. A mean is over what counts of it: the
// whole loss is the sum of the means.
struct Report {
  struct Loss {
    double weight = 1;
    Tally mean = {};
  };
  Tally penalty = {};
  std::map<std::string, Loss> losses = {};
  std::map<std::string, Tally> metrics = {};

  void add(const Report& batch) {
    penalty.add(batch.penalty);
    for (const auto& [name, loss] : batch.losses) {
      losses[name].weight = loss.weight;
      losses[name].mean.add(loss.mean);
    }
    for (const auto& [name, tally] : batch.metrics) metrics[name].add(tally);
  }
  double loss() const {
    double sum = penalty.mean();
    for (const auto& [name, loss] : losses) sum += loss.weight * loss.mean.mean();
    return sum;
  }
  void note(Record& record, const std::string& where, const std::string& prefix = "") const {
    std::map<std::string, double> values = {};
    if (!losses.empty()) values["loss"] = loss();
    if (losses.size() > 1)
      for (const auto& [name, one] : losses) values[name] = one.mean.mean();
    for (const auto& [name, tally] : metrics) values[name] = tally.mean();
    for (const auto& [name, value] : values) record.note(where + ' ' + prefix + name, {value});
  }
};

class PlainRun {
 public:
  explicit PlainRun(const Drawing& drawing) : drawing_(drawing), model_(drawing.architecture) {}

  Record run() {
    for (PlainWeight& w : model_.weights)
      w.values = starting_values(w.paths[0], w.shape, drawing_.seed, drawing_.architecture.loudness);
    freeze_at_birth();
    compile(0);
    for (std::size_t i = 0; i < drawing_.segments.size(); ++i) {
      segment_ = &drawing_.segments[i];
      where_ = "segment " + std::to_string(i);
      prepare(i);
      data_ = training_data(drawing_);
      validation_ = validation_data(drawing_);
      const bool goes_on = segment_->by_hand ? loop() : fit();
      if (!segment_->by_hand && has_stepped_) zero_gradients(model_);
      while (!guards_.empty()) end_guard();
      note_weights();
      if (!goes_on) break;
    }
    return record_;
  }

 private:
  void freeze_at_birth() {
    if (drawing_.architecture.frozen_before_built) set_frozen(model_, {.aim = Aim::trunk}, true);
    for (const Block& block : drawing_.architecture.blocks) {
      if (!block.frozen_at_birth) continue;
      const std::string path = block.wrap == Wrap::none ? name_in(block, 0) : block.name;
      set_frozen(model_, {.aim = Aim::layer, .path = path}, true);
    }
  }

  // The streams of a model that is compiled after seed(…).
  void compile(std::size_t segment) {
    Generator root(drawing_.seed * 100 + segment);
    shuffle_ = root.split();
    model_.stream = root.split();
    for (PlainWeight& w : model_.weights) w.has_state = false;
  }

  void prepare(std::size_t segment) {
    if (segment_->between != Between::nothing)
      for (PlainWeight& w : model_.weights) w.gradient.reset();
    switch (segment_->between) {
      case Between::nothing:
        return;
      case Between::save_and_load:
        break;
      case Between::clone:
        restart_what_is_built_again();
        compile(segment);
        return;
      case Between::weights_by_name: {
        PlainModel fresh(drawing_.architecture);
        for (std::size_t i = 0; i < fresh.weights.size(); ++i) fresh.weights[i].values = model_.weights[i].values;
        model_ = fresh;
        freeze_at_birth();
        compile(segment);
        break;
      }
      case Between::keras:
        for (PlainWeight& w : model_.weights) {
          for (double& v : w.values) v = static_cast<float>(v);
          w.frozen.assign(w.frozen.size(), false);
          w.keeps_state = false;
          w.flag = model_.find_layer(w.paths[0].substr(0, w.paths[0].rfind('/')))->flag;
        }
        for (PlainLayer& layer : model_.layers) layer.keep_stochastic = layer.keep_statistics = false;
        compile(segment);
        break;
    }
    model_.restart_generators();
  }

  // A copy of a layer that makes its layers in `build` makes them anew.
  void restart_what_is_built_again() {
    PlainModel fresh(drawing_.architecture);
    for (const Block& block : drawing_.architecture.blocks)
      for (std::size_t i = 0; i < block.parts.size() && block.wrap == Wrap::built_inside; ++i) {
        const std::string path = block.name + "/" + name_in(block, i);
        model_.find_layer(path)->own = fresh.find_layer(path)->own;
      }
  }

  Tensor row_weights() const {
    Tensor weights = segment_->sample_weight ? data_.sample_weight : Tensor();
    return weights;
  }

  // Of the training rows alone: what is validated on has no class weights.
  Tensor with_class_weights(const Tensor& weights) const {
    if (!segment_->class_weight) return weights;
    const Tensor labels = drawing_.architecture.heads[0].target == Target::labels ? data_.y[0] : argmax(data_.y[0], -1);
    std::vector<double> each;
    for (const std::int64_t label : labels.data<std::int64_t>()) {
      const auto found = class_weights().find(label);
      each.push_back(found == class_weights().end() ? 1 : found->second);
    }
    const Tensor factors = from_vector(each, {drawing_.rows});
    return weights.present() ? weights * factors : factors;
  }

  bool fit() {
    std::int64_t rows = drawing_.rows, validation_rows = 0;
    const Tensor weights = row_weights(), training_weights = with_class_weights(weights);
    Data validation = validation_;
    if (segment_->validation == Validation::data) validation_rows = drawing_.validation_rows;
    if (segment_->validation == Validation::split) {
      validation = data_;
      rows = static_cast<std::int64_t>(std::floor(static_cast<double>(drawing_.rows) * (1 - split_fraction)));
      validation_rows = drawing_.rows - rows;
    }
    const std::int64_t batches = (rows + segment_->batch_size - 1) / segment_->batch_size;
    const std::int64_t per_epoch = segment_->steps_per_epoch > 0 ? segment_->steps_per_epoch : batches;
    std::vector<std::int64_t> order;
    std::int64_t position = 0;
    has_stepped_ = false;
    for (int epoch = 0; epoch < segment_->epochs; ++epoch) {
      const std::string place = where_ + " epoch " + std::to_string(epoch);
      happen(epoch, 0, Moment::epoch_begin);
      Report means;
      for (std::int64_t step = 0; step < per_epoch; ++step, ++position) {
        if (position % batches == 0) order = new_order(rows);
        const std::int64_t start = position % batches * segment_->batch_size;
        const std::vector<std::int64_t> batch(order.begin() + start,
                                              order.begin() + std::min(start + segment_->batch_size, rows));
        Report found;
        if (!train(batch, training_weights, true, epoch, step, found)) {
          record_.note(place + ": no number", {});
          return false;
        }
        has_stepped_ = true;
        means.add(found);
        means.note(record_, place + " batch " + std::to_string(step));
        happen(epoch, step, Moment::batch_end);
      }
      validation = segment_->validation == Validation::data ? validation_ : data_;
      const Report found = evaluate(validation, segment_->validation == Validation::split ? weights : Tensor(),
                                    segment_->validation == Validation::split ? rows : 0, validation_rows);
      means.note(record_, place);
      found.note(record_, place, "val_");
      happen(epoch, 0, Moment::epoch_end);
    }
    return true;
  }

  bool loop() {
    std::int64_t step = 0;
    for (int epoch = 0; epoch < segment_->epochs; ++epoch)
      for (std::int64_t start = 0, batch = 0; start < drawing_.rows; start += segment_->batch_size, ++batch, ++step) {
        std::vector<std::int64_t> rows;
        for (std::int64_t i = start; i < std::min(start + segment_->batch_size, drawing_.rows); ++i) rows.push_back(i);
        Report found;
        if (!train(rows, {}, false, epoch, batch, found)) return false;
        record_.note(where_ + " step " + std::to_string(step) + " loss", {found.loss()});
        happen(epoch, batch, Moment::batch_end);
      }
    return true;
  }

  std::vector<std::int64_t> new_order(std::int64_t rows) {
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < rows; ++i) order.push_back(i);
    if (!segment_->shuffle) return order;
    const Tensor drawn = shuffle_.permutation(rows);
    const auto all = drawn.data<std::int64_t>();
    return {all.begin(), all.end()};
  }

  // A step, unless the loss is no number: then nothing has moved.
  bool train(const std::vector<std::int64_t>& rows, const Tensor& weights, bool by_fit, int epoch, std::int64_t step,
             Report& report) {
    const PlainModel before = model_;
    zero_gradients(model_);
    Pass pass(model_, true);
    const Tensor x = rows_at(data_.x, rows);
    std::vector<Result> results = pass.run(x);
    if (!by_fit)
      for (Result& result : results) result.logits = result.mask = Tensor();  // a loop by hand sees values alone
    const Tensor total = total_loss(pass, results, rows_of_targets(data_, rows),
                                    weights.present() ? rows_at(weights, rows) : Tensor(), rows.size(), report);
    if (!by_fit) happen(epoch, step, Moment::after_forward);
    if (by_fit && !std::isfinite(total.item<double>())) {
      model_ = before;
      return false;
    }
    keep_gradients(pass, total);
    if (!by_fit) happen(epoch, step, Moment::after_backward);
    pairs::step(model_, drawing_.optimizer);
    constrain(model_);
    return true;
  }

  Tensors rows_of_targets(const Data& data, const std::vector<std::int64_t>& rows) const {
    Tensors y;
    for (const Tensor& one : data.y) y.push_back(rows_at(one, rows));
    return y;
  }

  Tensor total_loss(Pass& pass, const std::vector<Result>& results, const Tensors& y, const Tensor& weights,
                    std::size_t rows, Report& report) {
    const std::vector<Head>& heads = drawing_.architecture.heads;
    const auto n = static_cast<double>(rows);
    Tensor total, penalty = zeros({});
    for (std::size_t i = 0; i < heads.size(); ++i) {
      const std::string name = layers_of(heads[i]).back();
      const Tensor loss = loss_of(heads[i], y[i], results[i], weights);
      const double counted = counted_by(results[i]);
      report.losses[name + "_loss"] = {heads[i].weight, {loss.item<double>() * counted, counted}};
      total = total.present() ? total + loss * heads[i].weight : loss * heads[i].weight;
      for (const std::string& metric : drawing_.metrics)
        report.metrics[heads.size() > 1 ? name + "_" + metric : metric] = metric_of(metric, heads[i], y[i], results[i]);
    }
    for (std::size_t i = 0; i < model_.weights.size(); ++i) {
      const PlainWeight& w = model_.weights[i];
      if (w.l2 == 0 || !w.trains()) continue;
      std::vector<double> counted;
      for (const bool is_frozen : w.frozen) counted.push_back(!is_frozen);
      penalty = penalty + sum(square(pass.leaf(i)) * from_vector(counted, w.shape)) * w.l2;
    }
    if (pass.activity().present()) penalty = penalty + pass.activity();
    report.penalty = {penalty.item<double>() * n, n};
    return total + penalty;
  }

  // Into the weights that train now, of those that trained in the forward pass.
  void keep_gradients(const Pass& pass, const Tensor& total) {
    const std::vector<std::size_t> recorded = pass.recorded();
    Tensors leaves;
    for (const std::size_t i : recorded) leaves.push_back(const_cast<Pass&>(pass).leaf(i));
    const Tensors found = grad(total, leaves, {.allow_unused = true});
    for (std::size_t k = 0; k < recorded.size(); ++k) {
      PlainWeight& w = model_.weights[recorded[k]];
      if (!found[k].present() || !w.trains()) continue;
      const auto values = found[k].data<double>();
      if (!w.gradient) w.gradient = {std::vector<double>(values.size()), std::vector<bool>(values.size(), false)};
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (w.frozen[i]) continue;
        w.gradient->values[i] += values[i];
        w.gradient->known[i] = true;
      }
    }
  }

  Report evaluate(const Data& data, const Tensor& weights, std::int64_t first, std::int64_t count) {
    const NoGrad guard;
    Report means;
    for (std::int64_t start = 0; start < count; start += segment_->batch_size) {
      std::vector<std::int64_t> rows;
      for (std::int64_t i = start; i < std::min(start + segment_->batch_size, count); ++i) rows.push_back(first + i);
      Pass pass(model_, false);
      const std::vector<Result> results = pass.run(rows_at(data.x, rows));
      Report found;
      total_loss(pass, results, rows_of_targets(data, rows), weights.present() ? rows_at(weights, rows) : Tensor(),
                 rows.size(), found);
      means.add(found);
    }
    return means;
  }

  void happen(int epoch, std::int64_t batch, Moment moment) {
    for (const Event& event : segment_->events)
      if (event.epoch == epoch && event.moment == moment && (event.batch == batch || is_once_an_epoch(moment)))
        happen(event);
  }

  void happen(const Event& event) {
    switch (event.act) {
      case Act::freeze:
      case Act::thaw:
        return set_frozen(model_, event, event.act == Act::freeze);
      case Act::freeze_rows:
      case Act::thaw_rows:
        return set_rows(model_, event, event.act == Act::freeze_rows);
      case Act::freeze_statistics:
      case Act::thaw_statistics:
        return set_statistics(model_, event, event.act == Act::freeze_statistics);
      case Act::pause:
        guards_.push_back(begin_pause(model_, event));
        return;
      case Act::resume:
        if (!guards_.empty()) end_guard();
        return;
      case Act::assign_weight: {
        PlainWeight& w = *model_.find_weight(event.path);
        const Tensor values = other_values(event.path, w.shape, event.seed);
        std::copy(values.data<double>().begin(), values.data<double>().end(), w.values.begin());
        return;
      }
      case Act::assign_x:
        data_.x = other_inputs(drawing_.architecture, drawing_.rows, event.seed);
        return;
      case Act::assign_validation_x:
        validation_.x = other_inputs(drawing_.architecture, drawing_.validation_rows, event.seed);
        return;
      case Act::poison_x:
        data_.x = poisoned(data_.x, event.row);
        return;
      case Act::rename:
        return;
    }
  }

  void end_guard() {
    end_pause(model_, guards_.back());
    guards_.pop_back();
  }

  void note_weights() {
    for (const PlainWeight& w : model_.weights) {
      record_.note(where_ + " ends with " + w.paths[0], w.values);
      record_.note(where_ + " ends with gradients of " + w.paths[0], {w.has_gradient() ? 1. : 0.});
    }
  }

  const Drawing& drawing_;
  PlainModel model_;
  Generator shuffle_;
  const Segment* segment_ = nullptr;
  std::string where_;
  Data data_, validation_;
  std::vector<PlainGuard> guards_;
  bool has_stepped_ = false;
  Record record_;
};

}  // namespace

Record run_plainly(const Drawing& drawing) { return PlainRun(drawing).run(); }

}  // namespace pairs
