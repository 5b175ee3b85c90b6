#pragma once
#include <frost/autograd/ops/elementwise.hpp>
#include <frost/layers/symbol.hpp>

#include <initializer_list>

// The operations of symbols. Each is a layer named after it, of type Operation, without weights: what the function of
// that name gives for tensors, which the model computes when it is called. A constant tensor is kept by the layer,
// under the name `constant`, and never trained. Other functions of tensors are put into a model by a Lambda.
//
//     Symbol x = Input({8});
//     Symbol y = 2. * relu(Dense(8)(x)) + x;   // the layers dense, relu, multiply, add
namespace frost {

namespace detail {

/// What an operation is of: a symbol, a number, or a tensor that stays as it is.
class FROST_API Operand {
 public:
  /// Throws: ValueError for an absent symbol.
  Operand(const Symbol& symbol);
  /// Throws: ValueError for an absent tensor and one that requires a gradient, which belongs into a layer.
  Operand(const Tensor& constant);
  template <class T>
  requires(std::is_convertible_v<T, Scalar> && !std::derived_from<T, Tensor> && !std::derived_from<T, Symbol>)
      Operand(T number)
      : number_(number) {}

  const Symbol& symbol() const { return symbol_; }
  const Tensor& constant() const { return constant_; }
  Scalar number() const { return number_; }

 private:
  Symbol symbol_;
  Tensor constant_;
  Scalar number_ = 0;
};

/// The symbol of a new Operation's call. Throws what the operation throws.
FROST_API Symbol call_operation(const char* operation, const std::vector<Operand>& operands,
                                const std::vector<Scalar>& arguments = {});

}  // namespace detail

namespace symbolic {

using detail::call_operation;
using detail::Operand;

// Of two: a symbol with a symbol, a number or a constant tensor. Shapes broadcast as those of tensors do.

inline Symbol add(const Operand& a, const Operand& b) { return call_operation("add", {a, b}); }
inline Symbol subtract(const Operand& a, const Operand& b) { return call_operation("subtract", {a, b}); }
inline Symbol multiply(const Operand& a, const Operand& b) { return call_operation("multiply", {a, b}); }
inline Symbol divide(const Operand& a, const Operand& b) { return call_operation("divide", {a, b}); }
inline Symbol power(const Operand& a, const Operand& b) { return call_operation("power", {a, b}); }
inline Symbol maximum(const Operand& a, const Operand& b) { return call_operation("maximum", {a, b}); }
inline Symbol minimum(const Operand& a, const Operand& b) { return call_operation("minimum", {a, b}); }
inline Symbol atan2(const Operand& a, const Operand& b) { return call_operation("atan2", {a, b}); }
inline Symbol logaddexp(const Operand& a, const Operand& b) { return call_operation("logaddexp", {a, b}); }

inline Symbol operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Symbol operator-(const Operand& a, const Operand& b) { return subtract(a, b); }
inline Symbol operator*(const Operand& a, const Operand& b) { return multiply(a, b); }
inline Symbol operator/(const Operand& a, const Operand& b) { return divide(a, b); }
/// The handle becomes that of the result.
inline Symbol& operator+=(Symbol& a, const Operand& b) { return a = add(a, b); }
inline Symbol& operator-=(Symbol& a, const Operand& b) { return a = subtract(a, b); }
inline Symbol& operator*=(Symbol& a, const Operand& b) { return a = multiply(a, b); }
inline Symbol& operator/=(Symbol& a, const Operand& b) { return a = divide(a, b); }

// Of one, element by element.

inline Symbol negative(const Symbol& x) { return call_operation("negative", {x}); }
inline Symbol abs(const Symbol& x) { return call_operation("abs", {x}); }
inline Symbol sign(const Symbol& x) { return call_operation("sign", {x}); }
inline Symbol exp(const Symbol& x) { return call_operation("exp", {x}); }
inline Symbol expm1(const Symbol& x) { return call_operation("expm1", {x}); }
inline Symbol log(const Symbol& x) { return call_operation("log", {x}); }
inline Symbol log1p(const Symbol& x) { return call_operation("log1p", {x}); }
inline Symbol log2(const Symbol& x) { return call_operation("log2", {x}); }
inline Symbol sqrt(const Symbol& x) { return call_operation("sqrt", {x}); }
inline Symbol rsqrt(const Symbol& x) { return call_operation("rsqrt", {x}); }
inline Symbol square(const Symbol& x) { return call_operation("square", {x}); }
inline Symbol reciprocal(const Symbol& x) { return call_operation("reciprocal", {x}); }
inline Symbol sin(const Symbol& x) { return call_operation("sin", {x}); }
inline Symbol cos(const Symbol& x) { return call_operation("cos", {x}); }
inline Symbol tan(const Symbol& x) { return call_operation("tan", {x}); }
inline Symbol asin(const Symbol& x) { return call_operation("asin", {x}); }
inline Symbol acos(const Symbol& x) { return call_operation("acos", {x}); }
inline Symbol atan(const Symbol& x) { return call_operation("atan", {x}); }
inline Symbol sinh(const Symbol& x) { return call_operation("sinh", {x}); }
inline Symbol cosh(const Symbol& x) { return call_operation("cosh", {x}); }
inline Symbol tanh(const Symbol& x) { return call_operation("tanh", {x}); }
inline Symbol asinh(const Symbol& x) { return call_operation("asinh", {x}); }
inline Symbol acosh(const Symbol& x) { return call_operation("acosh", {x}); }
inline Symbol atanh(const Symbol& x) { return call_operation("atanh", {x}); }
inline Symbol erf(const Symbol& x) { return call_operation("erf", {x}); }
inline Symbol erfinv(const Symbol& x) { return call_operation("erfinv", {x}); }
inline Symbol lgamma(const Symbol& x) { return call_operation("lgamma", {x}); }
inline Symbol digamma(const Symbol& x) { return call_operation("digamma", {x}); }
inline Symbol trigamma(const Symbol& x) { return call_operation("trigamma", {x}); }
inline Symbol floor(const Symbol& x) { return call_operation("floor", {x}); }
inline Symbol ceil(const Symbol& x) { return call_operation("ceil", {x}); }
inline Symbol round(const Symbol& x) { return call_operation("round", {x}); }
inline Symbol sigmoid(const Symbol& x) { return call_operation("sigmoid", {x}); }
inline Symbol softplus(const Symbol& x) { return call_operation("softplus", {x}); }
inline Symbol softsign(const Symbol& x) { return call_operation("softsign", {x}); }
inline Symbol relu(const Symbol& x) { return call_operation("relu", {x}); }
inline Symbol relu6(const Symbol& x) { return call_operation("relu6", {x}); }
inline Symbol selu(const Symbol& x) { return call_operation("selu", {x}); }
inline Symbol silu(const Symbol& x) { return call_operation("silu", {x}); }
inline Symbol mish(const Symbol& x) { return call_operation("mish", {x}); }
inline Symbol log_sigmoid(const Symbol& x) { return call_operation("log_sigmoid", {x}); }
inline Symbol hard_sigmoid(const Symbol& x) { return call_operation("hard_sigmoid", {x}); }
inline Symbol operator-(const Symbol& x) { return negative(x); }
inline Symbol leaky_relu(const Symbol& x, double alpha = 0.2) { return call_operation("leaky_relu", {x}, {alpha}); }
inline Symbol elu(const Symbol& x, double alpha = 1) { return call_operation("elu", {x}, {alpha}); }
inline Symbol gelu(const Symbol& x, const GeluOptions& options = {}) {
  return call_operation(options.approximate ? "gelu_approximate" : "gelu", {x});
}
inline Symbol clip(const Symbol& x, Scalar min, Scalar max) { return call_operation("clip", {x}, {min, max}); }
/// Over one axis.
inline Symbol softmax(const Symbol& x, std::int64_t axis = -1) { return call_operation("softmax", {x}, {axis}); }
inline Symbol log_softmax(const Symbol& x, std::int64_t axis = -1) {
  return call_operation("log_softmax", {x}, {axis});
}

}  // namespace symbolic

inline Symbol Symbol::operator[](std::int64_t index) const { return detail::call_operation("index", {*this}, {index}); }
inline Symbol Symbol::slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) const {
  return detail::call_operation("slice", {*this}, {axis, start, stop, step});
}

}  // namespace frost
