#include <frost/layers/initializer.hpp>

#include "expect.hpp"

#include <frost/autograd/make.hpp>

#include <cmath>
#include <utility>

namespace frost {

using detail::expect;

namespace {

Tensor scaled_to(const std::vector<double>& values, const Shape& shape, DType dtype) {
  return from_vector(values, shape).to(dtype);
}

std::vector<double> normal_values(std::int64_t count, Generator& random) {
  const Tensor drawn = random.normal({count}, DType::float64);
  const auto data = drawn.data<double>();
  return {data.begin(), data.end()};
}

Tensor normal(const Shape& shape, DType dtype, Generator& random, double mean, double stddev) {
  std::vector<double> values = normal_values(element_count(shape), random);
  for (double& v : values) v = mean + stddev * v;
  return scaled_to(values, shape, dtype);
}

Tensor normal_within_two(const Shape& shape, DType dtype, Generator& random, double mean, double stddev) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  std::vector<double> values;
  values.reserve(count);
  while (values.size() < count)
    for (const double v : normal_values(static_cast<std::int64_t>(count - values.size()), random))
      if (std::abs(v) <= 2) values.push_back(mean + stddev * v);
  return scaled_to(values, shape, dtype);
}

// Inputs and outputs of one unit, as Keras counts: a kernel's leading axes are its receptive field.
std::pair<double, double> fans(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (std::size_t i = 0; i + 2 < shape.size(); ++i) field *= static_cast<double>(shape[i]);
  return {field * static_cast<double>(shape[shape.size() - 2]), field * static_cast<double>(shape.back())};
}

double dot(const double* a, const double* b, std::size_t n) {
  double s[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (std::size_t k = 0; k < 4; ++k) s[k] += a[i + k] * b[i + k];
  for (; i < n; ++i) s[0] += a[i] * b[i];
  return (s[0] + s[1]) + (s[2] + s[3]);
}

// Makes the rows orthonormal, one after the other: Gram-Schmidt, each twice, which is as accurate as Householder's
// reflections (Giraud et al. 2005). R's diagonal is positive, so that the result is distributed uniformly.
void orthonormalize(std::vector<double>& rows, std::size_t count, std::size_t length) {
  for (std::size_t i = 0; i < count; ++i) {
    double* row = &rows[i * length];
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) {
        const double* other = &rows[j * length];
        const double along = dot(row, other, length);
        for (std::size_t k = 0; k < length; ++k) row[k] -= along * other[k];
      }
      const double norm = std::sqrt(dot(row, row, length));
      for (std::size_t k = 0; k < length; ++k) row[k] /= norm;
    }
  }
}

Tensor orthogonal_matrix(const Shape& shape, DType dtype, Generator& random, double gain) {
  expect<ShapeError>(shape.size() >= 2, "orthogonal: got shape {}; expected two axes or more", to_string(shape));
  const auto columns = static_cast<std::size_t>(shape.back());
  const std::size_t size = static_cast<std::size_t>(element_count(shape));
  if (size == 0) return zeros(shape, {.dtype = dtype});
  const std::size_t rows = size / columns;
  const std::size_t count = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<double> basis = normal_values(static_cast<std::int64_t>(size), random);
  orthonormalize(basis, count, length);
  std::vector<double> values(size);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < length; ++k)
      values[rows <= columns ? i * columns + k : k * columns + i] = gain * basis[i * length + k];
  return scaled_to(values, shape, dtype);
}

Tensor identity_matrix(const Shape& shape, DType dtype, Generator&) {
  expect<ShapeError>(shape.size() == 2, "identity: got shape {}; expected two axes", to_string(shape));
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i)
    values[static_cast<std::size_t>(i * shape[1] + i)] = 1;
  return scaled_to(values, shape, dtype);
}

void expect_stddev(const char* who, double stddev) {
  expect(stddev >= 0 && std::isfinite(stddev), "{}: got stddev {}; expected a finite number from 0", who, stddev);
}

Config numbers(const char* first, double a, const char* second, double b) {
  Config config = Config::object();
  config.set(first, a).set(second, b);
  return config;
}
Config number(const char* name, double value) {
  Config config = Config::object();
  config.set(name, value);
  return config;
}

Initializer scaling(const std::string& name, double scale, const char* mode, const char* distribution) {
  return {name, [scale, mode, distribution](const Shape& shape, DType dtype, Generator& random) {
            return variance_scaling({.scale = scale, .mode = mode, .distribution = distribution})(shape, dtype, random);
          }};
}

Initializer from_name(const std::string& name) {
  if (name == "constant") return constant(0);
  if (name == "zeros" || name == "ones")
    return {name, [value = name == "ones"](const Shape& shape, DType dtype, Generator&) {
              return full(shape, value, {.dtype = dtype});
            }};
  if (name == "random_normal") return random_normal();
  if (name == "random_uniform") return random_uniform();
  if (name == "truncated_normal") return truncated_normal();
  if (name == "variance_scaling") return variance_scaling();
  if (name == "glorot_uniform") return scaling(name, 1, "fan_avg", "uniform");
  if (name == "glorot_normal") return scaling(name, 1, "fan_avg", "truncated_normal");
  if (name == "he_uniform") return scaling(name, 2, "fan_in", "uniform");
  if (name == "he_normal") return scaling(name, 2, "fan_in", "truncated_normal");
  if (name == "lecun_uniform") return scaling(name, 1, "fan_in", "uniform");
  if (name == "lecun_normal") return scaling(name, 1, "fan_in", "truncated_normal");
  if (name == "orthogonal") return orthogonal();
  if (name == "identity") return {name, identity_matrix};
  detail::fail(
      "initializer: got '{}'; expected zeros, ones, constant, random_normal, random_uniform, truncated_normal, "
      "variance_scaling, glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, "
      "orthogonal or identity",
      name);
}

}  // namespace

Initializer::Initializer(const char* name) : Initializer(std::string(detail::given("initializer", name))) {}
Initializer::Initializer(const std::string& name) : Initializer(from_name(name)) {}

namespace {

// Some make their values in a list of their own.
[[noreturn]] void no_memory_for(const std::string& name, const Shape& shape, DType dtype) {
  throw Error(fmt::format("initializer '{}': out of memory: a {} weight of shape {} takes {} bytes", name,
                          name_of(dtype), to_string(shape),
                          static_cast<double>(element_count(shape)) * static_cast<double>(size_of(dtype))));
}

}  // namespace

Tensor Initializer::operator()(const Shape& shape, DType dtype, Generator& random) const {
  for (const std::int64_t size : shape)
    expect<ShapeError>(size >= 0, "initializer '{}': got shape {}; expected sizes of 0 or more", name_,
                       to_string(shape));
  Tensor values;
  try {
    values = make_(shape, dtype, random);
  } catch (const std::bad_alloc&) {
    no_memory_for(name_, shape, dtype);
  } catch (const std::length_error&) {
    no_memory_for(name_, shape, dtype);
  }
  expect<ShapeError>(values.present() && values.shape() == shape,
                     "initializer '{}': its function gave shape {}; expected {}", name_,
                     values.present() ? to_string(values.shape()) : "absent", to_string(shape));
  return values.dtype() == dtype ? values : values.to(dtype);
}

Initializer constant(double value) {
  return {"constant",
          [value](const Shape& shape, DType dtype, Generator&) { return full(shape, value, {.dtype = dtype}); },
          number("value", value)};
}
Initializer random_normal(double mean, double stddev) {
  expect_stddev("random_normal", stddev);
  return {"random_normal",
          [mean, stddev](const Shape& shape, DType dtype, Generator& random) {
            return normal(shape, dtype, random, mean, stddev);
          },
          numbers("mean", mean, "stddev", stddev)};
}
Initializer random_uniform(double low, double high) {
  expect(low <= high && std::isfinite(high - low),
         "random_uniform: got low {} and high {}; expected finite low <= high", low, high);
  return {"random_uniform",
          [low, high](const Shape& shape, DType dtype, Generator& random) {
            return random.uniform(shape, low, high, dtype);
          },
          numbers("minval", low, "maxval", high)};
}
Initializer truncated_normal(double mean, double stddev) {
  expect_stddev("truncated_normal", stddev);
  return {"truncated_normal",
          [mean, stddev](const Shape& shape, DType dtype, Generator& random) {
            return normal_within_two(shape, dtype, random, mean, stddev);
          },
          numbers("mean", mean, "stddev", stddev)};
}
Initializer orthogonal(double gain) {
  return {"orthogonal",
          [gain](const Shape& shape, DType dtype, Generator& random) {
            return orthogonal_matrix(shape, dtype, random, gain);
          },
          number("gain", gain)};
}

Initializer variance_scaling(const VarianceScalingOptions& o) {
  expect(o.scale > 0, "variance_scaling: got scale {}; expected more than 0", o.scale);
  expect(o.mode == "fan_in" || o.mode == "fan_out" || o.mode == "fan_avg",
         "variance_scaling: got mode '{}'; expected fan_in, fan_out or fan_avg", o.mode);
  const bool is_uniform = o.distribution == "uniform";
  const bool is_truncated = o.distribution == "truncated_normal" || o.distribution == "normal";
  expect(is_uniform || is_truncated || o.distribution == "untruncated_normal",
         "variance_scaling: got distribution '{}'; expected truncated_normal, untruncated_normal or uniform",
         o.distribution);
  Config parameters = number("scale", o.scale);
  parameters.set("mode", o.mode).set("distribution", o.distribution);
  return {"variance_scaling",
          [o, is_uniform, is_truncated](const Shape& shape, DType dtype, Generator& random) {
            const auto [in, out] = fans(shape);
            const double fan = o.mode == "fan_in" ? in : o.mode == "fan_out" ? out : (in + out) / 2;
            const double variance = o.scale / std::max(fan, 1.);
            if (is_uniform) {
              const double limit = std::sqrt(3 * variance);
              return random.uniform(shape, -limit, limit, dtype);
            }
            // The standard deviation of a standard normal cut at ±2.
            if (is_truncated)
              return normal_within_two(shape, dtype, random, 0, std::sqrt(variance) / .87962566103423978);
            return normal(shape, dtype, random, 0, std::sqrt(variance));
          },
          parameters};
}

}  // namespace frost
