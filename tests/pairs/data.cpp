#include "data.hpp"

#include <limits>

namespace pairs {

using namespace frost;

namespace {

Data data_of(const Drawing& drawing, std::int64_t rows, std::uint64_t seed) {
  const Architecture& a = drawing.architecture;
  Data data{.x = other_inputs(a, rows, seed)};
  Generator random(seed + 1);
  Shape shape = {rows};
  if (goes_out_in_steps(a)) shape.push_back(steps);
  for (const Head& head : a.heads) {
    Shape wide = shape;
    wide.push_back(classes);
    const Tensor labels = random.integers(0, classes, shape);
    switch (head.target) {
      case Target::labels:
        data.y.push_back(labels);
        break;
      case Target::one_hot:
        data.y.push_back(one_hot(labels, classes).to(DType::float64));
        break;
      case Target::bits:
        data.y.push_back(random.integers(0, 2, wide).to(DType::float64));
        break;
      case Target::numbers:
        data.y.push_back(random.normal(wide, DType::float64));
        break;
    }
  }
  data.sample_weight = random.uniform({rows}, 0.2, 2, DType::float64);
  return data;
}

}  // namespace

Data training_data(const Drawing& drawing) { return data_of(drawing, drawing.rows, drawing.seed * 8 + 1); }
Data validation_data(const Drawing& drawing) { return data_of(drawing, drawing.validation_rows, drawing.seed * 8 + 5); }

Tensor other_inputs(const Architecture& architecture, std::int64_t rows, std::uint64_t seed) {
  Generator random(seed);
  // The first step of each row counts.
  const Tensor counts = concatenate(
      {ones({rows, 1}), (random.uniform({rows, steps - 1}, 0, 1, DType::float64) < 0.6).to(DType::float64)}, 1);
  switch (architecture.front) {
    case Front::rows:
      return random.normal({rows, width}, DType::float64);
    case Front::sequences:
      return random.normal({rows, steps, width}, DType::float64);
    case Front::masked:
      return random.normal({rows, steps, width}, DType::float64) * expand_dims(counts, -1);
    case Front::embedded:
      return random.integers(1, words, {rows, steps}) * counts.to(DType::int64);
  }
  return {};
}

Tensor poisoned(const Tensor& x, std::int64_t row) {
  if (!is_floating(x.dtype())) return x;
  const auto all = x.data<double>();
  std::vector<double> values(all.begin(), all.end());
  values[static_cast<std::size_t>(row * (x.size() / x.shape()[0]))] = std::numeric_limits<double>::quiet_NaN();
  return from_vector(values, x.shape());
}

Tensor other_values(const std::string& path, const Shape& shape, std::uint64_t seed) {
  const Tensor values = Generator(seed).normal(shape, DType::float64) * 0.6;
  return path.ends_with("moving_variance") ? square(values) + 0.5 : values;
}

const std::map<std::int64_t, double>& class_weights() {
  static const std::map<std::int64_t, double> weights = {{0, 0.3}, {2, 3.}};
  return weights;
}

}  // namespace pairs
