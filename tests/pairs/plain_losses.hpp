#pragma once
#include "plain_model.hpp"

// Losses and metrics by their formulas. A mask leaves steps out: means are over those that count.
namespace pairs {

/// How many rows, or steps that its mask leaves, a head's loss is the mean of.
double counted_by(const Result& result);
/// The mean loss of a head, a scalar; each row's is multiplied by its weight, where there are any.
frost::Tensor loss_of(const Head& head, const frost::Tensor& y, const Result& result, const frost::Tensor& row_weights);

/// A sum and the number of steps it is over: metrics of batches are added up.
struct Tally {
  double sum = 0;
  double count = 0;
  void add(const Tally& other) {
    sum += other.sum;
    count += other.count;
  }
  double mean() const { return count > 0 ? sum / count : 0; }
};
Tally metric_of(const std::string& metric, const Head& head, const frost::Tensor& y, const Result& result);

}  // namespace pairs
