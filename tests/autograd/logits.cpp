#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/logits.hpp>

using namespace frost;
using detail::KeepLogits;
using detail::Squashing;

namespace {

Tensor scores() { return tensor({{1., 2., 3.}, {3., 2., 1.}}, {.requires_grad = true}); }

struct Same : Function<Same> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return x; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
};

}  // namespace

TEST_CASE("a softmax and a sigmoid keep their logits while somebody asks for them") {
  const Tensor x = scores();
  CHECK_FALSE(KeepLogits::is_active());
  const Tensor before = softmax(x);
  const KeepLogits keep(Squashing::softmax | Squashing::sigmoid);
  CHECK(KeepLogits::is_active());
  CHECK_FALSE(keep.of(before, Squashing::softmax).present());
  const Tensor y = softmax(x), s = sigmoid(x);
  CHECK(keep.of(y, Squashing::softmax).is_same(x));
  CHECK(keep.of(s, Squashing::sigmoid).is_same(x));
  CHECK_FALSE(keep.of(y, Squashing::sigmoid).present());
  CHECK_FALSE(keep.of(s, Squashing::softmax).present());
  CHECK(keep.of(reshape(y, {2, 1, 3}), Squashing::softmax).shape() == Shape{2, 1, 3});
  CHECK(keep.of(reshape(reshape(y, {6}), {1, 2, 3}), Squashing::softmax).shape() == Shape{1, 2, 3});
  CHECK(keep.of(reshape(s, {6}), Squashing::sigmoid).shape() == Shape{6});
  const KeepLogits only(Squashing::sigmoid);
  CHECK_FALSE(only.of(softmax(x), Squashing::softmax).present());
}

TEST_CASE("there are no logits of what is no softmax any more, recorded or not") {
  const KeepLogits keep(Squashing::softmax);
  for (const bool records : {true, false}) {
    const Tensor x = records ? scores() : scores().detach();
    const auto of = [&](const Tensor& t) { return keep.of(t, Squashing::softmax); };
    const Tensor y = softmax(x, -1);
    REQUIRE(of(y).present());
    CHECK_FALSE(of(y * 1.).present());
    CHECK_FALSE(of(y.detach()).present());
    CHECK_FALSE(of(y.clone()).present());
    CHECK_FALSE(of(y.slice(0, 0, 2)).present());
    CHECK_FALSE(of(Same::apply(y)).present());
    CHECK_FALSE(of(checkpoint([](const Tensor& t) { return softmax(t); }, x)).present());
    CHECK_FALSE(of(checkpoint([](const Tensor& t) { return t; }, y)).present());
    CHECK_FALSE(of(checkpoint([&](const Tensor&) { return y; }, x)).present());
    CHECK_FALSE(of(reshape(y, {6})).present());
    CHECK_FALSE(of(reshape(y, {3, 2})).present());
    CHECK_FALSE(of(y[0]).present());
    CHECK_FALSE(of(x).present());
    CHECK_FALSE(of(softmax(x, 0)).present());
    CHECK(of(y).present());
    detail::lose_logits(y);
    CHECK_FALSE(of(y).present());
  }
}

TEST_CASE("a hook, and a gradient asked for at the probabilities, take precedence over their logits") {
  const KeepLogits keep(Squashing::softmax);
  const auto of = [&](const Tensor& t) { return keep.of(t, Squashing::softmax); };
  const Tensor y = softmax(scores()), z = reshape(y, {2, 1, 3}), later = reshape(z, {2, 3});
  const HookHandle hook = register_hook(z, [](const Tensor&) {});
  CHECK(of(y).present());
  CHECK_FALSE(of(z).present());
  CHECK_FALSE(of(later).present());
  hook.remove();
  CHECK(of(later).present());
  const Tensor unrecorded = softmax(scores().detach()), asked = reshape(unrecorded.set_requires_grad(true), {2, 1, 3});
  CHECK_FALSE(of(unrecorded).present());
  CHECK_FALSE(of(asked).present());
}

TEST_CASE("what is cut from the tape has logits that are cut, and what was written has none") {
  const KeepLogits keep(Squashing::softmax);
  const auto of = [&](const Tensor& t) { return keep.of(t, Squashing::softmax); };
  const Tensor x = scores(), recorded = softmax(x);
  {
    const NoGrad guard;
    CHECK_FALSE(of(softmax(x)).requires_grad());
    CHECK_FALSE(of(reshape(recorded, {2, 1, 3})).requires_grad());
  }
  CHECK(of(recorded).requires_grad());
  const Tensor values = scores().detach(), y = softmax(values);
  y.assign(y * 0.5);
  CHECK_FALSE(of(y).present());
  const Tensor z = softmax(values);
  values.assign(values * 2.);
  CHECK_FALSE(of(z).present());
}

TEST_CASE("logits are kept as long as the probabilities are, and no longer") {
  const KeepLogits keep(Squashing::sigmoid);
  const std::int64_t before = memory_stats().live_bytes;
  Tensor y = sigmoid(ones({1000}) * 2.);
  CHECK(memory_stats().live_bytes - before >= 8000);
  for (int i = 0; i < 20; ++i) y = sigmoid(y);
  CHECK(memory_stats().live_bytes - before < 13000);  // not a chain of them
  y = y * 2.;
  CHECK(memory_stats().live_bytes - before < 5000);
}
