#pragma once
#include <frost/autograd/grad.hpp>
#include <frost/autograd/tensor.hpp>

#include <array>
#include <cstddef>
#include <typeinfo>

namespace frost {

class FunctionContext;

namespace detail {

class Saved;

struct HeldData : Counted {
  virtual ~HeldData() = default;
};
template <class T>
struct Held : HeldData {
  T value{};
};

using FunctionBackward = Tensors (*)(FunctionContext& ctx, const Tensors& dys);

/// What a custom function keeps from its forward pass for its backward pass; lives with the node.
struct FunctionState : HeldData {
  struct Kept {
    enum Kind { input, output, other } kind;
    int number;
    Tensor value;  // of `other` alone
  };
  std::vector<bool> needs;
  Tensors to_save;
  std::vector<Kept> kept;
  Ref<HeldData> data;
  FunctionBackward backward = nullptr;
  std::string name;
};

FROST_API void begin_function(FunctionState& state, const std::type_info& type, const Tensors& inputs);
FROST_API Tensors finish_function(const Ref<FunctionState>& state, const std::type_info& type, const Tensors& inputs,
                                  const Tensors& outputs);
FROST_API Tensor kept_tensor(const FunctionState& state, const Saved* saved, std::size_t i);
[[noreturn]] FROST_API void wrong_saved_count(const FunctionState& state, std::size_t asked);
[[noreturn]] FROST_API void wrong_input(const FunctionState& state, int asked);
[[noreturn]] FROST_API void wrong_data(const FunctionState& state, const std::type_info& asked);

}  // namespace detail

/// What `forward` hands to `backward` of a custom operation.
class FunctionContext {
 public:
  explicit FunctionContext(detail::FunctionState& state, const detail::Saved* saved = nullptr)
      : state_(&state), saved_(saved) {}

  /// Whether the gradient of the i-th tensor argument is wanted. Save only what those that are wanted read.
  bool needs_grad(int i) const {
    if (i < 0 || static_cast<std::size_t>(i) >= state_->needs.size()) detail::wrong_input(*state_, i);
    return state_->needs[static_cast<std::size_t>(i)];
  }
  /// Keeps tensors for `backward`: inputs and outputs stay connected to the tape; others are constants.
  template <class... T>
  void save(const T&... tensors) {
    (state_->to_save.push_back(tensors), ...);
  }
  /// The tensors that `save` kept, in its order. Throws: GraphError unless N were kept.
  template <std::size_t N>
  std::array<Tensor, N> saved() const {
    if (state_->kept.size() != N) detail::wrong_saved_count(*state_, N);
    std::array<Tensor, N> tensors;
    for (std::size_t i = 0; i < N; ++i) tensors[i] = detail::kept_tensor(*state_, saved_, i);
    return tensors;
  }
  /// A value of any type that lives with the node: written in `forward`, read in `backward`.
  template <class T>
  T& data() {
    if (!state_->data) state_->data = detail::Ref<detail::HeldData>(new detail::Held<T>);
    auto* held = dynamic_cast<detail::Held<T>*>(state_->data.get());
    if (!held) detail::wrong_data(*state_, typeid(T));
    return held->value;
  }

 private:
  detail::FunctionState* state_;
  const detail::Saved* saved_;
};

/// A custom operation F with a gradient rule of its own.
///
///     struct Cube : Function<Cube> {
///       static Tensor forward(FunctionContext& ctx, const Tensor& x) {
///         if (ctx.needs_grad(0)) ctx.save(x);
///         return x * x * x;
///       }
///       static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
///         const auto [x] = ctx.saved<1>();
///         return {3. * x * x * dy};
///       }
///     };
///     Tensor y = Cube::apply(x);
///
/// `forward` takes tensors and any other arguments and runs unrecorded; it returns a Tensor, or Tensors for up to four
/// outputs, when `backward` takes `const Tensors&`. `backward` returns one gradient a tensor argument, absent where
/// none is needed. Throws: GraphError, in the function's name, for a wrong number or shape of gradients.
template <class F>
struct Function {
  template <class... A>
  static auto apply(const A&... arguments) {
    Tensors inputs;
    (collect(inputs, arguments), ...);
    detail::Ref<detail::FunctionState> state(new detail::FunctionState);
    detail::begin_function(*state, typeid(F), inputs);
    state->backward = [](FunctionContext& ctx, const Tensors& dys) {
      if constexpr (requires { F::backward(ctx, dys); })
        return F::backward(ctx, dys);
      else
        return F::backward(ctx, dys[0]);
    };
    FunctionContext ctx(*state);
    auto result = run(ctx, arguments...);
    if constexpr (std::is_same_v<decltype(result), Tensors>)
      return detail::finish_function(state, typeid(F), inputs, result);
    else
      return Tensor(detail::finish_function(state, typeid(F), inputs, {result})[0]);
  }

 private:
  template <class A>
  static void collect(Tensors& inputs, const A& argument) {
    if constexpr (std::is_convertible_v<const A&, const Tensor&>) inputs.push_back(argument);
  }
  template <class... A>
  static auto run(FunctionContext& ctx, const A&... arguments) {
    NoGrad guard;
    return F::forward(ctx, arguments...);
  }
};

}  // namespace frost
