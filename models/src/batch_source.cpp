#include "batch_source.hpp"

#include "expect.hpp"

#include <frost/autograd/abstract.hpp>

#include <algorithm>
#include <array>

namespace frost::models {

namespace {

// A prefix that changes again and again is not worth its features.
constexpr int most_drops = 3;

constexpr const char* draws_text = "one of them draws random numbers, which its is_random() does not say";

// Whether random numbers were drawn since; if so, they can be drawn again.
class Draws {
 public:
  explicit Draws(ModelBase& model) : of_{&model.stream(), &default_generator()}, before_{*of_[0], *of_[1]} {}
  bool taken_back() {
    bool any = false;
    for (std::size_t i = 0; i < of_.size(); ++i) {
      any = any || of_[i]->position() != before_[i].position();
      *of_[i] = before_[i];
    }
    return any;
  }

 private:
  std::array<Generator*, 2> of_;
  std::array<Generator, 2> before_;
};

// For all rows at once, without values.
Tensors feature_shapes(const FrozenPrefix& prefix, const Rows& rows, bool training) {
  Tensors xs;
  for (const Tensor& x : rows.x) xs.push_back(abstract_tensor(x.shape(), x.dtype()));
  return prefix.features(xs, training);
}

bool have_rows(const Tensors& features, std::int64_t rows) {
  return std::all_of(features.begin(), features.end(),
                     [&](const Tensor& f) { return f.rank() > 0 && f.shape()[0] == rows; });
}

}  // namespace

BatchSource::BatchSource(ModelBase& model, const Compiled& compiled, Rows rows, Rows validation,
                         const FitOptions& options, Progress& progress)
    : model_(model),
      compiled_(compiled),
      training_{.data = std::move(rows), .trains = true},
      validation_{.data = std::move(validation), .trains = false},
      mode_(options.cache_frozen),
      budget_(options.cache_budget_bytes > 0 ? options.cache_budget_bytes : FeatureCache::default_budget()),
      progress_(progress) {}

void BatchSource::begin_epoch(double passes) {
  look(passes);
  begun_ = true;
}

void BatchSource::look(double passes) {
  if (mode_ == CacheFrozen::never || gives_up_) return;
  drop_if_changed();
  const bool is_always = mode_ == CacheFrozen::always;
  if (gives_up_ || (passes <= 1 && !is_always)) return;
  FrozenPrefix found(model_,
                     [&](std::size_t output) { return compiled_.loss(output).squashing() != detail::Squashing::none; });
  if (!found.is_useful()) return refuse(found.obstacle());
  if (passes <= 1 || (prefix_ && found.ends_as(*prefix_))) return;
  const Tensors& x = training_.data.x;
  if (std::any_of(x.begin(), x.end(), [](const Tensor& t) { return t.requires_grad(); }))
    return refuse("x requires a gradient");
  start(std::move(found));
}

void BatchSource::start(FrozenPrefix prefix) {
  prefix_.reset();
  const bool validates = validation_.data.count > 0;
  Draws draws(model_);
  const Tensors features = feature_shapes(prefix, training_.data, true);
  const Tensors validation = validates ? feature_shapes(prefix, validation_.data, false) : Tensors();
  if (draws.taken_back()) {
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
  for (Part* part : {&training_, &validation_}) {
    part->rest = part->data;
    part->rest.part = prefix.rest();
    part->rest.x.clear();
    if (part->data.count > 0)
      for (const std::size_t i : prefix.inputs()) part->rest.x.push_back(part->data.x[i]);
  }
  prefix_ = std::move(prefix);
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

void BatchSource::drop_if_changed() {
  if (!prefix_) return;
  if (const std::string change = prefix_->change(); !change.empty()) drop(change);
}

Rows BatchSource::batch(Part& part, const RowRange& range) {
  drop_if_changed();
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
  Draws draws(model_);
  const Rows data = part.data.at(range);
  const Tensors features = prefix_->features(data.x, part.trains);
  if (draws.taken_back()) {
    gives_up_ = true;
    drop(draws_text);
    return data;
  }
  part.features->write(range, features);
  Rows rows{.y = data.y, .weights = data.weights, .count = data.count, .part = part.rest.part};
  for (const std::size_t i : prefix_->inputs()) rows.x.push_back(data.x[i]);
  join(rows, features);
  return rows;
}

}  // namespace frost::models
