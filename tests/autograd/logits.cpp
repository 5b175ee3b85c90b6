#include "support/catch.hpp"

#include <frost/autograd.hpp>

using namespace frost;

TEST_CASE("the logits of a softmax are remembered while somebody asks for them") {
  const Tensor x = tensor({{1., 2., 3.}, {3., 2., 1.}}, {.requires_grad = true});
  CHECK_FALSE(detail::KeepLogits::wanted());
  const detail::KeepLogits keep;
  const Tensor y = softmax(x);
  CHECK(keep.of(y).is_same(x));
  CHECK(keep.of(reshape(y, {2, 1, 3})).shape() == Shape{2, 1, 3});
}

TEST_CASE("there are no logits of what is no softmax any more") {
  const Tensor x = tensor({{1., 2., 3.}, {3., 2., 1.}}, {.requires_grad = true});
  const detail::KeepLogits keep;
  const Tensor y = softmax(x, -1);
  CHECK_FALSE(keep.of(y * 1.));
  CHECK_FALSE(keep.of(y.detach()));
  CHECK_FALSE(keep.of(y.clone()));
  CHECK_FALSE(keep.of(reshape(y, {6})));
  CHECK_FALSE(keep.of(reshape(y, {3, 2})));
  CHECK_FALSE(keep.of(y[0]));
  CHECK_FALSE(keep.of(x));
  const Tensor across = softmax(x, 0);
  CHECK_FALSE(keep.of(across));
}

TEST_CASE("as many softmaxes are remembered as were asked for") {
  const detail::KeepLogits keep(2);
  const Tensor a = softmax(randn({2, 3})), b = softmax(randn({2, 3})), c = softmax(randn({2, 3}));
  CHECK_FALSE(keep.of(a));
  CHECK(keep.of(b));
  CHECK(keep.of(c));
  {
    const detail::KeepLogits inner;
    const Tensor d = softmax(randn({2, 3}));
    CHECK(inner.of(d));
    CHECK_FALSE(keep.of(d));
  }
  CHECK(keep.of(softmax(randn({2, 3}))));
}
