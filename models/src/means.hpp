#pragma once
#include <cstddef>
#include <vector>

namespace frost::models {

/// What is reported, as means over what was seen: an output's loss and metrics over what counts of it, rows or the
/// steps that its mask leaves, and penalties over rows. How rows were put into batches makes no difference.
class Means {
 public:
  /// Of nothing.
  Means() = default;
  /// One loss weight an output; `metrics` of all outputs together.
  Means(std::vector<double> loss_weights, std::size_t metrics);

  void clear();
  void add_penalty(double value, double rows) { all_[0].add(value, rows); }
  void add_loss(std::size_t output, double value, double counted) { all_[1 + output].add(value, counted); }
  void add_metric(std::size_t metric, double value, double counted) {
    all_[1 + weights_.size() + metric].add(value, counted);
  }
  void add(const Means& more);

  /// The whole loss, that of each output where there are several, the metrics. 0 where nothing counted.
  std::vector<double> values() const;

 private:
  struct Mean {
    double sum = 0, count = 0;
    void add(double value, double n) {
      if (n > 0) sum += value * n;  // what no element is in may be NaN
      count += n;
    }
    double value() const { return count > 0 ? sum / count : 0.; }
  };
  std::vector<double> weights_;
  std::vector<Mean> all_;  // penalties, losses, metrics
};

}  // namespace frost::models
