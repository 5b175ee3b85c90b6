#include "means.hpp"

namespace frost::models {

Means::Means(std::vector<double> loss_weights, Losses reported, std::size_t metrics)
    : weights_(std::move(loss_weights)), reported_(reported), all_(1 + weights_.size() + metrics) {}

void Means::clear() { all_.assign(all_.size(), {}); }

void Means::add(const Means& more) {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    all_[i].sum += more.all_[i].sum;
    all_[i].count += more.all_[i].count;
  }
}

std::vector<double> Means::values() const {
  if (all_.empty()) return {};
  std::vector<double> values;
  values.reserve(all_.size());
  double loss = all_[0].value();
  for (std::size_t i = 0; i < weights_.size(); ++i) loss += weights_[i] * all_[1 + i].value();
  values.push_back(loss);
  const std::size_t first = reported_ == Losses::each ? 1 : 1 + weights_.size();
  for (std::size_t i = first; i < all_.size(); ++i) values.push_back(all_[i].value());
  return values;
}

}  // namespace frost::models
