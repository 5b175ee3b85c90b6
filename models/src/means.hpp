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
  /// Which losses are reported: the whole one, or that of each output behind it.
  enum class Losses { whole, each };
  /// One weight for each output that has a loss; `metrics` of all outputs together.
  Means(std::vector<double> loss_weights, Losses reported, std::size_t metrics);

  void clear();
  void add_penalty(double value, double rows) { all_[0].add(value, rows); }
  void add_loss(std::size_t output, double value, double counted) { all_[1 + output].add(value, counted); }
  void add_metric(std::size_t metric, double value, double counted) {
    all_[1 + weights_.size() + metric].add(value, counted);
  }
  void add(const Means& more);

  /// The whole loss, that of each output where they are reported, the metrics. 0 where nothing counted.
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
  Losses reported_ = Losses::whole;
  std::vector<Mean> all_;  // penalties, losses, metrics
};

}  // namespace frost::models
