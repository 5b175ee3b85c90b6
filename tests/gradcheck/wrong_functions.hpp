#pragma once
// Functions with a backward pass that is wrong, each in its own way: what a gradient checker must not let through.
#include <frost/autograd.hpp>
#include <frost/autograd/gradcheck.hpp>

#include <functional>
#include <string>
#include <vector>

namespace frost::wrong {

struct Wrong {
  std::string name;
  std::function<Tensors(const Tensors&)> call;
  std::vector<Shape> shapes;
  GradcheckOptions options = {};
};

// A function of one tensor: what it computes and what its backward pass says.
#define FROST_WRONG_UNARY(Name, value, gradient)                      \
  struct Name : Function<Name> {                                      \
    static Tensor forward(FunctionContext& ctx, const Tensor& x) {    \
      ctx.save(x);                                                    \
      return value;                                                   \
    }                                                                 \
    static Tensors backward(FunctionContext& ctx, const Tensor& dy) { \
      const auto [x] = ctx.saved<1>();                                \
      return {gradient};                                              \
    }                                                                 \
  };
// The same of two tensors.
#define FROST_WRONG_BINARY(Name, value, first, second)                              \
  struct Name : Function<Name> {                                                    \
    static Tensor forward(FunctionContext& ctx, const Tensor& a, const Tensor& b) { \
      ctx.save(a, b);                                                               \
      return value;                                                                 \
    }                                                                               \
    static Tensors backward(FunctionContext& ctx, const Tensor& dy) {               \
      const auto [a, b] = ctx.saved<2>();                                           \
      return {first, second};                                                       \
    }                                                                               \
  };

inline Tensor t(const Tensor& x) { return x.transpose({1, 0}); }
inline Tensor only_element(const Tensor& like, std::int64_t element, double value) {
  Tensor mask = zeros(like.shape(), {.dtype = like.dtype()});
  mask.mutable_data<double>()[static_cast<std::size_t>(element)] = value;
  return mask;
}

FROST_WRONG_UNARY(Sign, x* x, -2. * x * dy)
FROST_WRONG_UNARY(ForgetsFactor, x* x, x* dy)
FROST_WRONG_UNARY(FactorClose, sin(x), 1.0005 * cos(x) * dy)
FROST_WRONG_UNARY(FactorPercent, exp(x), 1.01 * exp(x) * dy)
FROST_WRONG_UNARY(IgnoresGradient, x* x, 2. * x + 0. * dy)
FROST_WRONG_UNARY(SignOfGradient, x* x, 2. * x * abs(dy))
FROST_WRONG_UNARY(SquaresGradient, x* x, 2. * x * dy * dy)
FROST_WRONG_UNARY(Offset, x* x, 2. * x * dy + 0.01)
FROST_WRONG_UNARY(ReadsOutputInsteadOfInput, tanh(x), (1. - x * x) * dy)
FROST_WRONG_UNARY(DropsTerm, x* sin(x), sin(x) * dy)
FROST_WRONG_UNARY(ZeroGradient, x* x, 0. * x * dy)
FROST_WRONG_UNARY(AbsentGradient, x* x, Tensor(x * 0.).size() + dy.size() > 0 ? Tensor() : dy)
FROST_WRONG_UNARY(Transposed, t(x), dy)
FROST_WRONG_UNARY(TransposedValues, x* x, 2. * t(x) * dy)
FROST_WRONG_UNARY(WrongAxisFlip, flip(x, {0}) * 2., flip(dy, {1}) * 2. + 0. * x)
FROST_WRONG_UNARY(WrongAxisCumsum, cumsum(x, 1), flip(cumsum(flip(dy, {0}), 0), {0}) + 0. * x)
FROST_WRONG_UNARY(CumsumForward, cumsum(x, 1), cumsum(dy, 1) + 0. * x)
FROST_WRONG_UNARY(RollSameWay, roll(x, 1, 1), roll(dy, 1, 1) + 0. * x)
FROST_WRONG_UNARY(MeanAsSum, mean(x, {1}, true), 0. * x + dy)
FROST_WRONG_UNARY(WrongAxisSoftmax, softmax(x, 1), softmax(x, 1) * (dy - sum(dy * softmax(x, 1), {0}, true)))
FROST_WRONG_UNARY(SoftmaxDiagonal, softmax(x, 1), softmax(x, 1) * (1. - softmax(x, 1)) * dy)
FROST_WRONG_UNARY(VarianceWithoutMean, var(x, {1}, true), 2. * x * dy * (1. / 3.))
FROST_WRONG_UNARY(MaxToAll, max(x, {1}, true), 0. * x + dy)
FROST_WRONG_UNARY(ClippedDerivative, sigmoid(x), clip(sigmoid(x) * (1. - sigmoid(x)), 0., 0.2) * dy)
FROST_WRONG_UNARY(OneElement, sin(x), cos(x) * dy + only_element(x, 5, 0.02) * dy)
FROST_WRONG_UNARY(NextElement, sin(x), cos(x) * dy + 0.01 * roll(dy, 1, 1))
FROST_WRONG_UNARY(LastRow, x* x, 2. * x * dy * (1. - 0.5 * only_element(x, 0, 1.)))
FROST_WRONG_UNARY(WrongBranch, where(x > 0., x* x, x), where(x > 0., 2. * x, -1.) * dy)
FROST_WRONG_UNARY(NextToKink, relu(x), where(x > 0., dy * 1.1, 0. * dy))
FROST_WRONG_UNARY(WrongWhereLarge, x* x, where(x > 1., 2.1 * x, 2. * x) * dy)
FROST_WRONG_UNARY(NaNGradient, x* x, sqrt(0. * x - 1.) * dy)
FROST_WRONG_UNARY(RenormWithoutNorm, x / norm(x, {1}, true), dy / norm(x, {1}, true))
FROST_WRONG_UNARY(AveragedOverRow, 3. * x, mean(3. * dy, {1}, true) + 0. * x)
FROST_WRONG_UNARY(FactorTiny, sin(x), (1. + 3e-4) * cos(x) * dy)
FROST_WRONG_UNARY(OneElementSlightly, sin(x), cos(x) * dy * (1. + only_element(x, 77, 1e-3)))
FROST_WRONG_UNARY(ZeroForLarge, x* x, where(abs(x) > 2.2, 0. * x, 2. * x) * dy)
FROST_WRONG_UNARY(EpsilonInside, sqrt(x* x + 1.), x / sqrt(x * x + 1. + 1e-3) * dy)

inline void scribble(const Tensor& x) { const_cast<double*>(x.data<double>().data())[0] += 1e-3; }
FROST_WRONG_UNARY(WritesItsInput, x* x, (scribble(x), 2. * x * dy))

FROST_WRONG_BINARY(ProductSwapped, a* b, dy* a, dy* b)
FROST_WRONG_BINARY(QuotientSign, a / b, dy / b, dy* a / (b * b))
FROST_WRONG_BINARY(SecondMissing, a* b, dy* b, Tensor(a * 0.) * dy)
FROST_WRONG_BINARY(MatmulOrder, matmul(a, b), matmul(dy, b), matmul(t(a), dy))
FROST_WRONG_BINARY(MatmulWithoutTranspose, matmul(a, b), matmul(dy, t(b)), matmul(a, dy))
// b has one row that serves all of a's: its gradient is the sum, not the first row or the mean.
FROST_WRONG_BINARY(BroadcastNotSummed, a* b, dy* b, (dy * a).slice(0, 0, 1))
FROST_WRONG_BINARY(BroadcastMean, a* b, dy* b, mean(dy* a, {0}, true))
FROST_WRONG_BINARY(BroadcastShape, a* b, dy* b, dy* a)

// Right only when everything is trainable.
struct NeedsEverything : Function<NeedsEverything> {
  static Tensor forward(FunctionContext& ctx, const Tensor& a, const Tensor& b) {
    ctx.save(a, b);
    ctx.data<bool>() = ctx.needs_grad(0) && ctx.needs_grad(1);
    return a * b;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [a, b] = ctx.saved<2>();
    return {dy * b, ctx.data<bool>() ? dy * a : dy * a * 2.};
  }
};
struct SavesOnlyTogether : Function<SavesOnlyTogether> {
  static Tensor forward(FunctionContext& ctx, const Tensor& a, const Tensor& b) {
    if (ctx.needs_grad(0) && ctx.needs_grad(1)) ctx.save(a, b);
    return a * b;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [a, b] = ctx.saved<2>();
    return {dy * b, dy * a};
  }
};
struct SwapsWhenFrozen : Function<SwapsWhenFrozen> {
  static Tensor forward(FunctionContext& ctx, const Tensor& a, const Tensor& b) {
    ctx.save(a, b);
    return a * b;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [a, b] = ctx.saved<2>();
    if (!ctx.needs_grad(0)) return {Tensor(), dy * b};
    return {dy * b, dy * a};
  }
};

// Wrong only at second order: the rule is cut from the tape, or reads what is not connected to it.
struct DetachedRule : Function<DetachedRule> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {3. * x.detach() * x.detach() * dy};
  }
};
struct HalfDetachedRule : Function<HalfDetachedRule> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {3. * x * x.detach() * dy};
  }
};
struct DetachedGradient : Function<DetachedGradient> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return sin(x);
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {cos(x) * dy.detach()};
  }
};
struct SavesIntermediate : Function<SavesIntermediate> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(2. * x);
    return x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [twice] = ctx.saved<1>();
    return {twice * dy};
  }
};
struct HidesItsInput : Function<HidesItsInput> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.data<Tensor>() = x.detach();
    return x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) { return {2. * ctx.data<Tensor>() * dy}; }
};
struct WrongWhenRecorded : Function<WrongWhenRecorded> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {(is_grad_enabled() ? 2.1 : 2.) * x * dy};
  }
};

// Other from call to call.
struct NoisyForward : Function<NoisyForward> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * x + 1e-9 * uniform(x.shape(), 0, 1, {.dtype = x.dtype()});
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {2. * x * dy};
  }
};
struct NoisyBackward : Function<NoisyBackward> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x] = ctx.saved<1>();
    return {2. * x * dy + 1e-9 * uniform(x.shape(), 0, 1, {.dtype = x.dtype()})};
  }
};
struct WritesInForward : Function<WritesInForward> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    scribble(x);
    return x * 2.;
  }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {2. * dy}; }
};
struct ReadsStaleGradient : Function<ReadsStaleGradient> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.data<Tensor>() = x;
    return x * x;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const Tensor& x = ctx.data<Tensor>();
    return {x.has_grad() ? x.grad() : 2. * x * dy};
  }
};
struct TooFewGradients : Function<TooFewGradients> {
  static Tensor forward(FunctionContext&, const Tensor& a, const Tensor& b) { return a + b; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
};

// Several outputs.
struct OutputsSwapped : Function<OutputsSwapped> {
  static Tensors forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return {sin(x), cos(x)};
  }
  static Tensors backward(FunctionContext& ctx, const Tensors& dys) {
    const auto [x] = ctx.saved<1>();
    return {dys[1] * cos(x) - dys[0] * sin(x)};
  }
};
struct SecondOutputForgotten : Function<SecondOutputForgotten> {
  static Tensors forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return {sin(x), cos(x)};
  }
  static Tensors backward(FunctionContext& ctx, const Tensors& dys) {
    const auto [x] = ctx.saved<1>();
    return {dys[0] * cos(x)};
  }
};

inline Tensors results(const Tensor& y) { return {y}; }
inline Tensors results(const Tensors& ys) { return ys; }

template <class F>
Wrong one(const char* name, const Shape& shape = {2, 3}, const GradcheckOptions& options = {}) {
  return {name, [](const Tensors& x) { return results(F::apply(x[0])); }, {shape}, options};
}
template <class F>
Wrong two(const char* name, const Shape& a = {2, 3}, const Shape& b = {2, 3}, const GradcheckOptions& options = {}) {
  return {name, [](const Tensors& x) { return results(F::apply(x[0], x[1])); }, {a, b}, options};
}
#define FROST_ONE(Name, ...) one<Name>(#Name __VA_OPT__(, ) __VA_ARGS__)
#define FROST_TWO(Name, ...) two<Name>(#Name __VA_OPT__(, ) __VA_ARGS__)

inline std::vector<Wrong> all() {
  const GradcheckOptions patterns{.every_freeze_pattern = true}, second{.second_order = true};
  return {FROST_ONE(Sign),
          FROST_ONE(ForgetsFactor),
          FROST_ONE(FactorClose),
          FROST_ONE(FactorPercent),
          FROST_ONE(IgnoresGradient),
          FROST_ONE(SignOfGradient),
          FROST_ONE(SquaresGradient),
          FROST_ONE(Offset),
          FROST_ONE(ReadsOutputInsteadOfInput),
          FROST_ONE(DropsTerm),
          FROST_ONE(ZeroGradient),
          FROST_ONE(AbsentGradient),
          FROST_ONE(Transposed, {3, 3}),
          FROST_ONE(TransposedValues, {3, 3}),
          FROST_ONE(WrongAxisFlip),
          FROST_ONE(WrongAxisCumsum),
          FROST_ONE(CumsumForward),
          FROST_ONE(RollSameWay),
          FROST_ONE(MeanAsSum),
          FROST_ONE(WrongAxisSoftmax),
          FROST_ONE(SoftmaxDiagonal),
          FROST_ONE(VarianceWithoutMean),
          FROST_ONE(MaxToAll),
          FROST_ONE(ClippedDerivative),
          FROST_ONE(OneElement, {20, 20}),
          FROST_ONE(NextElement, {10, 10}),
          FROST_ONE(LastRow, {12, 12}),
          FROST_ONE(WrongBranch),
          FROST_ONE(NextToKink),
          FROST_ONE(WrongWhereLarge, {6, 6}),
          FROST_ONE(NaNGradient),
          FROST_ONE(RenormWithoutNorm, {4, 5}),
          FROST_ONE(AveragedOverRow),
          FROST_ONE(FactorTiny),
          FROST_ONE(OneElementSlightly, {20, 20}),
          FROST_ONE(ZeroForLarge, {20, 20}),
          FROST_ONE(EpsilonInside, {6, 6}),
          FROST_ONE(WritesItsInput),
          FROST_TWO(ProductSwapped),
          FROST_TWO(QuotientSign),
          FROST_TWO(SecondMissing),
          FROST_TWO(MatmulOrder, {3, 3}, {3, 3}),
          FROST_TWO(MatmulWithoutTranspose, {3, 3}, {3, 3}),
          FROST_TWO(BroadcastNotSummed, {4, 3}, {1, 3}),
          FROST_TWO(BroadcastMean, {4, 3}, {1, 3}),
          FROST_TWO(BroadcastShape, {4, 3}, {1, 3}),
          FROST_TWO(NeedsEverything, {2, 3}, {2, 3}, patterns),
          FROST_TWO(SavesOnlyTogether, {2, 3}, {2, 3}, patterns),
          FROST_TWO(SwapsWhenFrozen, {2, 3}, {2, 3}, patterns),
          FROST_ONE(DetachedRule, {2, 3}, second),
          FROST_ONE(HalfDetachedRule, {2, 3}, second),
          FROST_ONE(DetachedGradient, {2, 3}, second),
          FROST_ONE(SavesIntermediate, {2, 3}, second),
          FROST_ONE(HidesItsInput, {2, 3}, second),
          FROST_ONE(WrongWhenRecorded, {2, 3}, second),
          FROST_ONE(OutputsSwapped),
          FROST_ONE(SecondOutputForgotten),
          FROST_ONE(NoisyForward),
          FROST_ONE(NoisyBackward),
          FROST_ONE(WritesInForward),
          FROST_ONE(ReadsStaleGradient),
          FROST_TWO(TooFewGradients)};
}

inline Tensors inputs(const Wrong& wrong, std::uint64_t seed = 11) {
  Generator random(seed);
  Tensors x;
  for (const Shape& shape : wrong.shapes) x.push_back(random.normal(shape, DType::float64));
  return x;
}

}  // namespace frost::wrong
