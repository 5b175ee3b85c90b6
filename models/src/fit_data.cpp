#include "fit_data.hpp"

#include "expect.hpp"

#include <cmath>

namespace frost::models {

namespace {

// The last rows, as Keras splits them off, before any shuffling.
Rows split_off(Rows& rows, double fraction) {
  const auto kept = static_cast<std::int64_t>(std::floor(static_cast<double>(rows.count) * (1 - fraction)));
  expect(kept > 0 && kept < rows.count,
         "fit: validation_split {} of {} leaves {} to train on and {} to validate on; expected one at least of "
         "each",
         fraction, counted(rows.count, "row"), kept, rows.count - kept);
  Rows validation = rows.slice(kept, rows.count);
  rows = rows.slice(0, kept);
  return validation;
}

}  // namespace

FitData::FitData(const Trainer& trainer, const TensorList& x, const TensorList& y, const FitOptions& options)
    : trainer_(trainer),
      x_(x),
      y_(y),
      weights_(options.sample_weight),
      class_weight_(options.class_weight),
      validation_split_(options.validation_split),
      validation_data_(options.validation_data) {
  prepare();
  const auto see = [&](const Tensors& tensors, bool is_input) {
    for (const Tensor& t : tensors)
      if (t.present()) seen_.push_back({t, detail::Contents(t), is_input});
  };
  see(x_, true);
  see(validation_data_.x, true);
  see(y_, false);
  see(validation_data_.y, false);
  if (weights_.present()) see({weights_}, false);
}

// Sample weights go with the rows that they are of; class weights are for the rows that are trained on.
void FitData::prepare() {
  Rows rows = trainer_.prepare(x_, y_, weights_), validation;
  if (!validation_data_.empty())
    validation = trainer_.prepare(validation_data_.x, validation_data_.y);
  else if (validation_split_ > 0)
    validation = split_off(rows, validation_split_);
  if (!class_weight_.empty()) trainer_.weigh_classes(rows, class_weight_);
  training_ = std::move(rows);
  validation_ = std::move(validation);
}

FitData::Change FitData::look() {
  Change change = Change::nothing;
  for (Seen& seen : seen_) {
    if (seen.contents.are_of(seen.tensor)) continue;
    seen.contents = detail::Contents(seen.tensor);
    if (change != Change::inputs) change = seen.is_input ? Change::inputs : Change::targets;
  }
  if (change != Change::nothing) prepare();
  return change;
}

}  // namespace frost::models
