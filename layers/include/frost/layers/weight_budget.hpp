#pragma once
#include <frost/autograd/shape.hpp>

#include <string>

// What a model's file may ask for: its topology says sizes before there are values for them.
namespace frost::detail {

/// While one lives, the weights that this thread's layers add may have so many elements together: as many as the file
/// can hold that the model is read from.
class FROST_API WeightBudget {
 public:
  [[nodiscard]] explicit WeightBudget(std::int64_t elements);
  ~WeightBudget();
  WeightBudget(const WeightBudget&) = delete;
  WeightBudget& operator=(const WeightBudget&) = delete;

  /// The budget for the elements that a file holds. A model that is not the file's should be told what differs, which
  /// takes its weights: some more than the file has are let through.
  static std::int64_t for_file(std::int64_t elements);
  /// Counts a weight, if there is a budget. Throws: ValueError that names layer, weight, shape and limit.
  static void take(const std::string& layer, const std::string& weight, const Shape& shape);

 private:
  WeightBudget* before_;
  std::int64_t elements_, left_;
};

}  // namespace frost::detail
