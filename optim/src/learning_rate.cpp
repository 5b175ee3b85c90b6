#include <frost/optim/learning_rate.hpp>

#include "expect.hpp"

#include <cmath>

namespace frost {

using optim::expect;

LearningRateScheduleBase::~LearningRateScheduleBase() = default;

const LearningRateScheduleBase& LearningRateSchedule::base() const {
  expect(static_cast<bool>(impl_), "learning rate: the schedule is absent; expected CosineDecay({{…}}) or another");
  return *impl_;
}

double LearningRateSchedule::operator()(std::int64_t step) const {
  expect(step >= 0, "{}: the step is out of range; got {}; expected 0 or more", base().type(), step);
  const double rate = base().at(step);
  expect(std::isfinite(rate) && rate >= 0, "{}: the learning rate of step {} is {}; expected a finite number from 0",
         base().type(), step, rate);
  return rate;
}

LearningRate::LearningRate(const LearningRateSchedule& schedule) : schedule_(schedule) { (void)schedule.base(); }

std::string to_string(const LearningRate& rate) {
  return rate.schedule() ? rate.schedule().base().type() : fmt::format("{}", rate.at(0));
}

}  // namespace frost
