#pragma once
#include <frost/autograd/gradcheck.hpp>

// What the gradient checker checks: a function, or a layer with its weights, which cannot be handed to it.
namespace frost::detail {

class FROST_API GradcheckSubject {
 public:
  virtual ~GradcheckSubject();

  /// The floating results at these values. `leaves` becomes the tensors that stood for the inputs, fresh ones of these
  /// values; of them those that are enabled require a gradient. Recorded where the thread records.
  virtual Tensors run(const Tensors& values, const std::vector<bool>& enabled, Tensors& leaves) = 0;

  /// "training, second order, trainable 101"
  std::string stage() const;

  Tensors values;                   // float64 where floating
  std::vector<bool> differentiate;  // which of them
  std::vector<std::string> names;
  std::string label;    // in front of messages
  std::string pattern;  // of what is frozen; empty: nothing is
  int order = 1;
  bool is_closed = false;  // nothing but the values can be recorded
};

/// While it lives, new tensors are float64 by default.
class FROST_API DefaultFloat64 {
 public:
  [[nodiscard]] DefaultFloat64();
  ~DefaultFloat64();
  DefaultFloat64(const DefaultFloat64&) = delete;
  DefaultFloat64& operator=(const DefaultFloat64&) = delete;

 private:
  DType before_;
};

/// A copy of an input in float64 where it is floating; absent ones stay absent.
FROST_API Tensor gradcheck_value(const Tensor& x);
/// The results without those that are not floating.
FROST_API Tensors gradcheck_outputs(Tensors outputs);
/// Gives a leaf a gradient that spoils what is computed from it.
FROST_API void poison_gradient(const Tensor& leaf);
/// A fresh leaf of these values. One that requires a gradient has a poisoned one.
FROST_API Tensor gradcheck_leaf(const Tensor& value, bool requires_grad);
/// Checks a subject and adds to a report.
FROST_API void gradcheck(GradcheckSubject& subject, const GradcheckOptions& options, GradcheckReport& report);

}  // namespace frost::detail
