#pragma once
#include <frost/autograd/given.hpp>
#include <frost/autograd/tensor.hpp>

#include <type_traits>

namespace frost {

/// Every entry of the Jacobian, or one random projection of it for each input and output.
enum class GradcheckMode { slow, fast };

struct GradcheckOptions {
  /// Also checks the gradients of the gradients.
  bool second_order = false;
  /// Also checks every set of frozen inputs: gradients of the others stay as they are, bit for bit.
  bool every_freeze_pattern = false;
  GradcheckMode mode = GradcheckMode::slow;
  /// The step of the differences, times max(1, |x|).
  double eps = 1e-6;
  /// An entry passes when |analytic − numeric| ≤ atol + rtol·|numeric|, beyond the rounding of the difference itself.
  double atol = 1e-6;
  double rtol = 1e-4;
};

/// An entry of the Jacobian that is wrong, or, with a message alone, something else that must not be.
struct GradcheckFailure {
  /// Which input, −1 when the failure belongs to none. At second order the gradients of the outputs are inputs too.
  int input = -1;
  std::string input_name = {};
  int output = -1;
  std::string output_name = {};
  /// The element of the input and of the output; the latter is empty for a projection of the output.
  Shape index = {};
  Shape output_index = {};
  double analytic = 0;
  double numeric = 0;
  double abs_error = 0;
  double rel_error = 0;
  /// 1, or 2 where a gradient of the gradient is wrong.
  int order = 1;
  /// The set of frozen inputs: a 1 for each differentiable input that was trainable, a 0 for one that was frozen.
  /// Empty: all were trainable.
  std::string pattern = {};
  /// In which part of the check it was, and what was wrong.
  std::string message = {};
};

/// An entry where the function has a kink or a jump: its one-sided differences disagree. It is no failure.
struct GradcheckKink {
  int input = -1;
  std::string input_name = {};
  int output = -1;
  Shape index = {};
  double analytic = 0;
  /// The differences to the left and to the right.
  double left = 0;
  double right = 0;
  int order = 1;
};

/// One set of frozen inputs that was checked, and what the tape kept under it.
struct GradcheckPattern {
  /// For each differentiable input whether it was trainable.
  std::vector<bool> trainable = {};
  std::int64_t saved_bytes = 0;
  std::int64_t borrowed_bytes = 0;
};

struct GradcheckReport {
  std::vector<GradcheckFailure> failures = {};
  std::vector<GradcheckKink> non_differentiable = {};
  /// The sets of frozen inputs that were checked. There are 2^k of them for k differentiable inputs: all are checked
  /// up to k = 6, beyond that each input alone, all but one, all up to one, and 64 random ones.
  std::vector<GradcheckPattern> patterns = {};
  double possible_patterns = 0;
  /// How many entries were compared, or projections in fast mode.
  std::int64_t compared = 0;
  /// The function or its gradient gave two results for the same inputs.
  bool non_deterministic = false;
  /// What was not checked, and how random numbers were drawn.
  std::vector<std::string> notes = {};

  bool ok() const { return failures.empty(); }
  explicit operator bool() const { return ok(); }
};

/// Prints the verdict, the first failures, and what was checked.
FROST_API std::ostream& operator<<(std::ostream& out, const GradcheckReport& report);

namespace detail {

using GradcheckCall = Tensors (*)(const void* function, const Tensors& xs);
FROST_API GradcheckReport gradcheck(const void* function, GradcheckCall call, const Tensors& xs,
                                    const GradcheckOptions& options);

template <class F>
GradcheckReport gradcheck_many(const F& f, const Tensors& xs, const GradcheckOptions& options) {
  static_assert(std::is_invocable_v<const F&, const Tensors&>,
                "gradcheck: the function must take a Tensor, or Tensors where there are several");
  given_function("gradcheck", f);
  const auto call = [&f](const Tensors& x) -> Tensors {
    if constexpr (std::is_convertible_v<std::invoke_result_t<const F&, const Tensors&>, Tensor>)
      return {f(x)};
    else
      return f(x);
  };
  return gradcheck(
      &call, [](const void* function, const Tensors& x) { return (*static_cast<decltype(&call)>(function))(x); }, xs,
      options);
}

template <class F>
GradcheckReport gradcheck_one(const F& f, const Tensor& x, const GradcheckOptions& options) {
  given_function("gradcheck", f);
  const auto of_list = [&f](const Tensors& xs) { return f(xs[0]); };
  return gradcheck_many(of_list, {x}, options);
}

}  // namespace detail

/// Compares the gradients of f with central differences, in float64: float32 inputs are promoted, and while f runs new
/// tensors are float64 by default. Integer and boolean inputs are passed as they are. f takes a Tensor or Tensors and
/// returns a Tensor or Tensors, of which those that are not floating are left out.
///
///     GradcheckReport r = gradcheck([](const Tensor& x) { return tanh(x); }, randn({2, 3}));
///     if (!r) std::cout << r;
///
/// Besides wrong entries these are failures: another result or gradient for the same inputs, an input that was written
/// to, a gradient that is not linear in the gradient of the output, an error of a backward pass. The inputs are copied;
/// no `.grad()` is read or changed.
/// Throws: ValueError when no input is floating, a result is float32, or options are negative; what f throws on its
/// forward pass.
template <class F>
GradcheckReport gradcheck(const F& f, const Tensor& x, const GradcheckOptions& options = {}) {
  if constexpr (std::is_invocable_v<const F&, const Tensor&>)
    return detail::gradcheck_one(f, x, options);
  else
    return detail::gradcheck_many(f, {x}, options);
}
/// The same for several inputs.
template <class F>
GradcheckReport gradcheck(const F& f, const Tensors& xs, const GradcheckOptions& options = {}) {
  return detail::gradcheck_many(f, xs, options);
}

}  // namespace frost
