#include "../support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/layers.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {
struct Peeks : LayerBase {
  Tensor call(const Tensor& x, const CallContext&) override { return x * static_cast<double>(x.data<float>()[0]); }
};
}  // namespace

TEST_CASE("an Input has an unknown batch axis and the sizes that were given") {
  const Symbol s = Input({-1, 4}, {.dtype = DType::int64, .name = "words"});
  CHECK(s.shape() == Shape{-1, -1, 4});
  CHECK(s.dtype() == DType::int64);
  CHECK(s.layer().name() == "words");
  CHECK(s.layer().type() == "InputLayer");
  CHECK_THROWS_AS(Input({-2}), ShapeError);
}

TEST_CASE("a layer remembers what it was called on and what that gave") {
  Layer dense = Dense({.units = 3});
  CHECK_THROWS_WITH(dense.output(), Contains("was not called"));
  const Symbol x = Input({4});
  {
    const Symbol y = dense(x);
    CHECK(dense.output().is_same(y));
    CHECK(dense.input().is_same(x));
    const Symbol again = dense(x);
    CHECK_THROWS_WITH(dense.output(), Contains("2 times") && Contains("output_at"));
    CHECK(dense.output_at(1).is_same(again));
  }
  CHECK_THROWS_AS(dense.output(), GraphError);
}

TEST_CASE("unknown sizes come out as in real shapes") {
  seed(1);
  for (int trial = 0; trial < 50; ++trial) {
    Shape real = {3};
    Shape hidden;
    for (int axis = 0; axis < 2; ++axis) {
      const std::int64_t size = randint(1, 9, {1}).item<std::int64_t>();
      real.push_back(size);
      hidden.push_back(randint(0, 2, {1}).item<bool>() ? -1 : size);
    }
    const Layer layers[] = {Flatten(), Reshape({-1}), Activation("relu"), Dropout({.rate = 0.5}),
                            LSTM({.units = 2, .return_sequences = true})};
    for (const Layer& l : layers) {
      if (l.type() == "LSTM" && hidden[1] < 0) continue;
      const Shape promised = l(Input(hidden)).shape();
      const Shape got = l(zeros(real)).shape();
      REQUIRE(promised.size() == got.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK((promised[i] < 0 || promised[i] == got[i]));
    }
  }
}

TEST_CASE("a layer that reads values while shapes are asked for says what to do") {
  CHECK_THROWS_WITH(layer<Peeks>()(Input({2})), Contains("abstract") && Contains("output_shape"));
}

TEST_CASE("a chain of many symbolic calls ends without recursion") {
  Symbol x = Input({2});
  const Layer relu = Activation("relu");
  for (int i = 0; i < 20000; ++i) x = relu(x);
  CHECK(x.shape() == Shape{-1, 2});
}
