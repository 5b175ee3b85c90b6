#include "batch_source.hpp"

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/autograd/trial_draws.hpp>
#include <frost/layers/activity.hpp>

#include <algorithm>

namespace frost::models {

namespace {

// A prefix that changes again and again is not worth its features.
constexpr int most_drops = 3;

constexpr const char* draws_text = "one of them draws random numbers, which its is_random() does not say";
constexpr const char* penalty_text =
    "one of them asks for an activity penalty, which its penalizes_activity() does not say";

constexpr const char* leaf_text = "one of them uses a tensor that is trained, which is none of its weights";

bool are_recorded(const Tensors& features) {
  return std::any_of(features.begin(), features.end(), [](const Tensor& f) { return f.requires_grad(); });
}

// What a prefix may draw from without saying so.
std::vector<const Generator*> streams_of(ModelBase& model) { return {&model.stream(), &default_generator()}; }

// For all rows at once, without values.
Tensors feature_shapes(const FrozenPrefix& prefix, const Rows& rows, bool training) {
  const NoGrad guard;
  Tensors xs;
  for (const Tensor& x : rows.x) xs.push_back(abstract_tensor(x.shape(), x.dtype()));
  return prefix.features(xs, training);
}

bool have_rows(const Tensors& features, std::int64_t rows) {
  return std::all_of(features.begin(), features.end(),
                     [&](const Tensor& f) { return f.rank() > 0 && f.shape()[0] == rows; });
}

}  // namespace

BatchSource::BatchSource(ModelBase& model, const Compiled& compiled, FitData data, const FitOptions& options,
                         Progress& progress)
    : model_(model),
      compiled_(compiled),
      data_(std::move(data)),
      training_{.data = data_.training(), .trains = true},
      validation_{.data = data_.validation(), .trains = false},
      mode_(options.cache_frozen),
      budget_(options.cache_budget_bytes > 0 ? options.cache_budget_bytes : FeatureCache::default_budget()),
      progress_(progress) {}

void BatchSource::begin_epoch(double passes) {
  look(passes);
  begun_ = true;
}

void BatchSource::look(double passes) {
  if (mode_ == CacheFrozen::never || gives_up_) return;
  look_for_changes();
  const bool is_always = mode_ == CacheFrozen::always;
  if (gives_up_ || (passes <= 1 && !is_always)) return;
  FrozenPrefix found(model_,
                     [&](std::size_t output) { return compiled_.loss(output).squashing() != detail::Squashing::none; });
  if (!found.is_useful()) return refuse(found.obstacle());
  if (passes <= 1 || (prefix_ && found.ends_as(*prefix_))) return;
  start(std::move(found));
}

void BatchSource::start(FrozenPrefix prefix) {
  prefix_.reset();
  const bool validates = validation_.data.count > 0;
  const detail::TrialDraws draws(streams_of(model_));
  const Tensors features = feature_shapes(prefix, training_.data, true);
  const Tensors validation = validates ? feature_shapes(prefix, validation_.data, false) : Tensors();
  if (draws.any()) {
    gives_up_ = true;
    return refuse(draws_text);
  }
  if (!have_rows(features, training_.data.count) || !have_rows(validation, validation_.data.count))
    return refuse("the frozen layers do not keep rows apart");
  try {
    std::int64_t budget = budget_;
    training_.features.reset();
    validation_.features.reset();
    training_.features.emplace(features, budget);
    if (validates) validation_.features.emplace(validation, budget);
  } catch (const FileError& error) {
    if (mode_ == CacheFrozen::always) throw;
    gives_up_ = true;
    training_.features.reset();
    return refuse(fmt::format("the cached features ({} bytes) do not fit: {}",
                              FeatureCache::bytes_of(features) + FeatureCache::bytes_of(validation), error.what()));
  }
  set_rest(prefix);
  prefix_ = std::move(prefix);
}

void BatchSource::set_rest(const FrozenPrefix& prefix) {
  for (Part* part : {&training_, &validation_}) {
    part->rest = part->data;
    part->rest.part = prefix.rest();
    part->rest.x.clear();
    if (part->data.count > 0)
      for (const std::size_t i : prefix.inputs()) part->rest.x.push_back(part->data.x[i]);
  }
}

void BatchSource::refuse(const std::string& reason) {
  if (mode_ == CacheFrozen::always && !begun_)
    throw GraphError(
        fmt::format("fit: cache_frozen is CacheFrozen::always, but the outputs of frozen layers cannot be cached: {}. "
                    "Hint: CacheFrozen::automatic trains without the cache then",
                    reason.empty() ? "no layer is frozen" : reason));
  if (reason.empty() || reason == refused_) return;
  refused_ = reason;
  if (!prefix_) progress_.note("fit: the outputs of frozen layers are not cached: " + reason);
}

void BatchSource::drop(const std::string& reason) {
  prefix_.reset();
  for (Part* part : {&training_, &validation_}) {
    part->features.reset();
    part->rest = {};
  }
  gives_up_ = gives_up_ || ++drops_ >= most_drops;
  refused_ = reason;
  progress_.note("fit: the cached outputs of frozen layers are dropped: " + reason);
}

void BatchSource::look_for_changes() {
  const FitData::Change written = data_.look();
  if (!prefix_) return;
  if (written == FitData::Change::inputs) return drop("x was written");
  if (written == FitData::Change::targets) set_rest(*prefix_);
  if (const std::string change = prefix_->change(); !change.empty()) drop(change);
}

Rows BatchSource::batch(Part& part, const RowRange& range) {
  look_for_changes();
  if (!prefix_) return part.data.at(range);
  if (!part.features->holds(range)) return computed(part, range);
  Rows rows = part.rest.at(range);
  join(rows, part.features->read(range));
  return rows;
}

// The features come first, before inputs of the model; the masks among them stand apart.
void BatchSource::join(Rows& rows, const Tensors& features) const {
  const std::size_t cut = prefix_->cut().size();
  rows.x.insert(rows.x.begin(), features.begin(), features.begin() + static_cast<std::ptrdiff_t>(cut));
  for (std::size_t k = 0; k < prefix_->masked().size(); ++k) {
    rows.masks.resize(rows.x.size());
    rows.masks[prefix_->masked()[k]] = features[cut + k];
  }
}

Rows BatchSource::computed(Part& part, const RowRange& range) {
  const Rows data = part.data.at(range);
  const detail::TrialDraws draws(streams_of(model_));
  const ActivityPenalties penalties;
  const Tensors features = prefix_->features(data.x, part.trains);
  if (const char* surprise = draws.any()                   ? draws_text
                             : penalties.total().present() ? penalty_text
                             : are_recorded(features)      ? leaf_text
                                                           : nullptr) {
    gives_up_ = true;
    drop(surprise);
    return data;
  }
  part.features->write(range, features);
  Rows rows{.y = data.y, .weights = data.weights, .count = data.count, .part = part.rest.part};
  for (const std::size_t i : prefix_->inputs()) rows.x.push_back(data.x[i]);
  join(rows, features);
  return rows;
}

}  // namespace frost::models
