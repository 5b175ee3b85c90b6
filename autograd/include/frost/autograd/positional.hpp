#pragma once
#include <frost/autograd/shape.hpp>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>

// Options of which the first may also stand in front of the others: Dense({.units = 10}), Dense(10),
// Dense(10, {.use_bias = false}).
namespace frost {

/// An option that knows whether it was given. It is used as a T.
template <class T>
class FirstOption;

template <class T>
requires std::is_arithmetic_v<T>
class FirstOption<T> {
 public:
  FirstOption() = default;
  template <class V>
  requires(std::integral<V> || (std::floating_point<V> && std::floating_point<T>)) FirstOption(V value)
      : value_(static_cast<T>(value)), given_(true) {}
  static FirstOption by_default(T value) {
    FirstOption option(value);
    option.given_ = false;
    return option;
  }

  operator T() const { return value_; }
  bool given() const { return given_; }

 private:
  T value_ = {};
  bool given_ = false;
};

template <class T>
requires std::is_class_v<T>
class FirstOption<T> : public T {
 public:
  FirstOption() : given_(false) {}
  using T::T;
  FirstOption(const T& value) : T(value) {}
  static FirstOption by_default(const T& value) {
    FirstOption option(value);
    option.given_ = false;
    return option;
  }

  bool given() const { return given_; }

 private:
  bool given_ = true;
};

namespace detail {

/// What an option is when it is not given: `FirstOption<double> rate = by_default(0.5)`.
template <class T>
FirstOption<T> by_default(const T& value) {
  return FirstOption<T>::by_default(value);
}

template <class M>
struct FieldOf;
template <class O, class T>
struct FieldOf<T O::*> {
  using Options = O;
  using Value = T;
};
template <class O, class T>
struct FieldOf<FirstOption<T> O::*> {
  using Options = O;
  using Value = T;
};
template <class O, class T>
struct FieldOf<std::optional<T> O::*> {
  using Options = O;
  using Value = T;
};
template <auto Field>
using ValueOf = typename FieldOf<decltype(Field)>::Value;

template <class A>
concept Whole = std::integral<A> && !std::same_as<A, bool>;

/// What may stand in front for an option of type T: a number, or a T itself. Braces are none of these.
template <class A, class T>
concept StandsFor = std::same_as<A, T> || Whole<A> ||(std::floating_point<A>&& std::floating_point<T>);

/// Whether an option was given: one that is a plain number, as a layer's units, says no by 0.
template <class T>
bool is_given(const T& option) {
  if constexpr (std::is_same_v<T, std::int64_t>)
    return option != 0;
  else if constexpr (requires { option.given(); })
    return option.given();
  else if constexpr (requires { option.has_value(); })
    return option.has_value();
  else
    return !option.empty();
}

FROST_API std::string text_of_option(std::int64_t value);
FROST_API std::string text_of_option(double value);
template <class T>
std::string text_of_option(const T& option) {
  if constexpr (requires { *option; })
    return text_of_option(*option);
  else if constexpr (requires { option.begin(); })
    return to_string(Shape(std::vector<std::int64_t>(option.begin(), option.end())));
  else
    return to_string(option);
}
template <class T>
requires std::is_arithmetic_v<T> std::string text_of_option(const FirstOption<T>& option) {
  return text_of_option(static_cast<T>(option));
}

/// Throws: ValueError in the name of the class. `signature` is of a function whose template argument `Field` is the
/// option, for its name.
[[noreturn]] FROST_API void fail_given_twice(const std::type_info& made, const char* signature,
                                             const std::string& in_front, const std::string& among);

/// Puts what stands in front among the options.
template <class Made, auto Field, class Options, class A>
Options with_first(Options options, const A& value) {
  auto& option = options.*Field;
  const auto before = option;
  option = value;
  if (is_given(before))
    fail_given_twice(typeid(Made), __PRETTY_FUNCTION__, text_of_option(option), text_of_option(before));
  return options;
}

/// The constructors of a class, made from `Options`, that take the option `First` in front, or `First` and `Second`.
/// The class says `using Positional::Positional` and declares its constructor from options itself.
template <class Made, class Handle, auto First, auto... Second>
class Positional : public Handle {
  using Options = typename FieldOf<decltype(First)>::Options;

 public:
  template <StandsFor<ValueOf<First>> A>
  explicit Positional(A first, const Options& options = {}) : Handle(Made(with_first<Made, First>(options, first))) {}

 protected:
  template <std::same_as<Handle> H>
  explicit Positional(const H& made) : Handle(made) {}
};

template <class Made, class Handle, auto First, auto Second>
class Positional<Made, Handle, First, Second> : public Handle {
  using Options = typename FieldOf<decltype(First)>::Options;

 public:
  template <StandsFor<ValueOf<First>> A>
  explicit Positional(A first, const Options& options = {}) : Handle(Made(with_first<Made, First>(options, first))) {}
  template <StandsFor<ValueOf<First>> A, StandsFor<ValueOf<Second>> B>
  explicit Positional(A first, B second, const Options& options = {})
      : Handle(Made(with_first<Made, Second>(with_first<Made, First>(options, first), second))) {}
  /// The second in braces: {3, 5}.
  template <StandsFor<ValueOf<First>> A, Whole B>
  requires requires(std::vector<std::int64_t> sizes) { ValueOf<Second>::of(sizes); }
  explicit Positional(A first, std::initializer_list<B> second, const Options& options = {})
      : Positional(first, ValueOf<Second>::of({second.begin(), second.end()}), options) {}

 protected:
  template <std::same_as<Handle> H>
  explicit Positional(const H& made) : Handle(made) {}
};

}  // namespace detail

}  // namespace frost
