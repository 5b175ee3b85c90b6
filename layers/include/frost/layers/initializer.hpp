#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/random.hpp>
#include <frost/autograd/tensor.hpp>
#include <frost/layers/config.hpp>

#include <concepts>
#include <functional>

namespace frost {

/// How a weight starts: one of Keras' initializers by name (`"glorot_uniform"`, `"zeros"`), one of the makers below, or
/// a function Tensor(const Shape&, DType, Generator&). The known names are zeros, ones, constant, random_normal,
/// random_uniform, truncated_normal, variance_scaling, glorot_uniform, glorot_normal, he_uniform, he_normal,
/// lecun_uniform, lecun_normal, orthogonal, identity. Throws: ValueError for another name.
class FROST_API Initializer {
 public:
  using Maker = std::function<Tensor(const Shape&, DType, Generator&)>;

  Initializer(const char* name);
  Initializer(const std::string& name);
  template <class F>
  requires(std::is_invocable_r_v<Tensor, const F&, const Shape&, DType, Generator&>) Initializer(const F& make)
      : Initializer("custom", Maker(detail::given_function("initializer", make))) {}
  Initializer(const std::string& name, Maker make, Config parameters = Config::object())
      : name_(name), make_(detail::given_function("initializer", make)), parameters_(std::move(parameters)) {}

  const std::string& name() const { return name_; }
  /// What the maker was given, under Keras' names.
  const Config& parameters() const { return parameters_; }
  /// Fresh values. Throws: ShapeError when the initializer cannot make the shape, or the function's result differs.
  Tensor operator()(const Shape& shape, DType dtype = default_dtype(), Generator& random = default_generator()) const;

 private:
  std::string name_;
  Maker make_;
  Config parameters_;
};

/// Every element is `value`.
FROST_API Initializer constant(double value);
/// Normal with the given mean and standard deviation. Throws: ValueError unless 0 ≤ stddev < ∞.
FROST_API Initializer random_normal(double mean = 0, double stddev = 0.05);
/// Uniform in [low, high). Throws: ValueError unless low ≤ high, both finite.
FROST_API Initializer random_uniform(double low = -0.05, double high = 0.05);
/// Normal, drawn again where farther than two standard deviations from the mean. Throws: as random_normal.
FROST_API Initializer truncated_normal(double mean = 0, double stddev = 0.05);
/// A random orthogonal matrix times `gain` (Saxe et al. 2014): the Q of a normal matrix with all axes but the last as
/// rows. Throws when called: ShapeError for fewer than two axes.
FROST_API Initializer orthogonal(double gain = 1);

struct VarianceScalingOptions {
  double scale = 1;
  std::string mode = "fan_in";                    // or "fan_out", "fan_avg"
  std::string distribution = "truncated_normal";  // or "untruncated_normal", "uniform"
};
/// Values of variance scale / n, n being the number of inputs (fan_in), of outputs (fan_out) or their mean. Glorot's
/// (2010) is scale 1 and fan_avg, He's (2015) 2 and fan_in, LeCun's (1998) 1 and fan_in.
FROST_API Initializer variance_scaling(const VarianceScalingOptions& options = {});

}  // namespace frost
