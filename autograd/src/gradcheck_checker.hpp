#pragma once
#include <frost/autograd/gradcheck_subject.hpp>

#include "gradcheck_difference.hpp"

namespace frost::detail {

/// "101": which of the differentiable inputs are trainable.
std::string pattern_text(const std::vector<bool>& trainable);

/// One pass of the checker over one subject.
class GradcheckChecker {
 public:
  /// Differentiates what is enabled; the rest is frozen.
  GradcheckChecker(GradcheckSubject& subject, const std::vector<bool>& enabled, const GradcheckOptions& options,
                   GradcheckReport& report)
      : subject_(subject), enabled_(enabled), options_(options), report_(report) {}
  void check();

 private:
  struct Recorded {
    Tensors leaves, outputs;
  };
  using Rows = std::vector<std::vector<Numbers>>;  // [output][element of it][input] → the elements of the input

  Numbers evaluate(const Tensors& values);
  Recorded record(const std::vector<bool>& enabled);
  /// The gradients of ⟨g, output⟩ for all differentiable inputs, frozen or not; what has none is absent.
  Tensors gradients(const Recorded& recorded, std::size_t output, const Tensor& g);
  /// Those of the enabled inputs, absent ones as zeros.
  Numbers elements(const Tensors& gradients);
  void check_unwritten(const Recorded& recorded, const char* by);
  bool is_steady();
  /// Whether the function and its gradient are fit for a comparison with differences; if not, it is noted why.
  bool check_determinism();
  void compute_rows();
  void check_linear();
  void check_input(std::size_t input);
  void check_projections();
  void check_patterns();
  void check_pattern(const std::vector<bool>& trainable, const Tensors& outputs, const std::vector<Tensors>& expected);
  void compare_bits(std::size_t input, std::size_t output, const Tensor& found, const Tensor& full);
  /// Compares and notes a failure or a kink.
  void compare(double analytic, const Difference& numeric, GradcheckFailure where);
  bool is_close(double analytic, const Difference& numeric) const;
  void note_failure(double analytic, double numeric, GradcheckFailure where);
  void fail_with(const std::string& message);
  GradcheckFailure place(std::size_t input, std::size_t output) const;
  Line line(std::size_t input, const std::vector<double>& direction, double step);
  Tensor random_like(const Tensor& like, std::size_t number) const;

  GradcheckSubject& subject_;
  const std::vector<bool> enabled_;
  const GradcheckOptions options_;
  GradcheckReport& report_;
  bool records_always_ = false;  // the function takes gradients itself
  Numbers here_;
  Tensors projections_;  // of the outputs
  Rows rows_;
};

}  // namespace frost::detail
