#include "../support/catch.hpp"

#include <frost/frost.hpp>

#include <functional>
#include <sstream>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() == 0 ? 0 : max(abs(a - b)).item<double>();
}

// The same text for symbols and for tensors.
struct Expression {
  std::string name;
  std::function<Symbol(const Symbol&, const Symbol&)> of_symbols;
  std::function<Tensor(const Tensor&, const Tensor&)> of_tensors;
};
template <class F>
Expression expression(const std::string& name, const F& f) {
  return {name, [f](const Symbol& a, const Symbol& b) -> Symbol { return f(a, b); },
          [f](const Tensor& a, const Tensor& b) -> Tensor { return f(a, b); }};
}

const Tensor c = tensor({{0.5, 1.5, 2.5}}, DType::float64);

std::vector<Expression> expressions() {
  return {
      expression("a + b", [](const auto& a, const auto& b) { return a + b; }),
      expression("a - b", [](const auto& a, const auto& b) { return a - b; }),
      expression("a * b", [](const auto& a, const auto& b) { return a * b; }),
      expression("a / b", [](const auto& a, const auto& b) { return a / b; }),
      expression("-a", [](const auto& a, const auto&) { return -a; }),
      expression("2. * relu(a) + 1", [](const auto& a, const auto&) { return 2. * relu(a) + 1; }),
      expression("1 - a", [](const auto& a, const auto&) { return 1 - a; }),
      expression("a - 1", [](const auto& a, const auto&) { return a - 1; }),
      expression("2. / a", [](const auto& a, const auto&) { return 2. / a; }),
      expression("a / 2", [](const auto& a, const auto&) { return a / 2; }),
      expression("c - a", [](const auto& a, const auto&) { return c - a; }),
      expression("a / c", [](const auto& a, const auto&) { return a / c; }),
      expression("power", [](const auto& a, const auto& b) { return power(a, b) + power(2., a) + power(a, 3); }),
      expression("maximum",
                 [](const auto& a, const auto& b) { return maximum(a, b) + maximum(a, 1.) + minimum(c, b); }),
      expression("atan2", [](const auto& a, const auto& b) { return atan2(a, b) + logaddexp(a, b) * atan2(1., b); }),
      expression("tanh", [](const auto& a, const auto& b) { return tanh(a) * exp(b) + sigmoid(a) * sqrt(b); }),
      expression("logs", [](const auto& a, const auto& b) { return log(a) + log1p(b) + log2(a) + expm1(b); }),
      expression("roots", [](const auto& a, const auto& b) { return rsqrt(a) + square(b) + reciprocal(a) + abs(b); }),
      expression("angles", [](const auto& a, const auto& b) { return sin(a) + cos(b) + tan(a) + atan(b) + asinh(a); }),
      expression("arcs", [](const auto& a,
                            const auto& b) { return asin(a / 9.) + acos(b / 9.) + atanh(a / 9.) + acosh(b + 1.); }),
      expression("hyperbolic",
                 [](const auto& a, const auto& b) { return sinh(a) + cosh(b) + erf(a) + erfinv(b / 9.); }),
      expression("gamma", [](const auto& a, const auto& b) { return lgamma(a) + digamma(b) + trigamma(a); }),
      expression("steps", [](const auto& a, const auto& b) { return floor(a) + ceil(b) + round(a) + sign(b); }),
      expression("activations",
                 [](const auto& a, const auto& b) {
                   return softplus(a) + softsign(b) + relu6(a) + selu(b) + silu(a) + mish(b);
                 }),
      expression("sigmoids",
                 [](const auto& a, const auto& b) {
                   return log_sigmoid(a) + hard_sigmoid(b) + gelu(a) + gelu(b, {.approximate = true});
                 }),
      expression("slopes",
                 [](const auto& a, const auto& b) {
                   return leaky_relu(a - 2.) + leaky_relu(b - 2., 0.3) + elu(a - 2., 0.5) + clip(b, 1, 2.);
                 }),
      expression("softmax", [](const auto& a, const auto& b) { return softmax(a) + log_softmax(b, 1); }),
      expression("slice", [](const auto& a, const auto& b) { return a.slice(1, 0, 2) + b.slice(-1, 1, 3); }),
      expression("strides", [](const auto& a, const auto&) { return a.slice(1, 0, 3, 2).slice(0, 1, 3); }),
      expression("index", [](const auto& a, const auto& b) { return a[0] + b[-1]; }),
      expression("used twice",
                 [](const auto& a, const auto&) {
                   const auto s = square(a);
                   return s * s + s;
                 }),
  };
}

Tensor values(int seed) {
  return Generator(static_cast<std::uint64_t>(seed)).uniform({4, 3}, 0.3, 2.7, DType::float64);
}

Model model_of(const Expression& e) {
  const InputOptions wide = {.dtype = DType::float64};
  const Symbol a = Input(3, wide), b = Input(3, wide);
  return Model(Symbols{a, b}, e.of_symbols(a, b));
}

std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const Layer& l : model.layers()) names.push_back(l.name());
  return names;
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an expression of symbols is a model that computes the expression of tensors") {
  for (const Expression& e : expressions()) {
    CAPTURE(e.name);
    const Tensor a = values(1), b = values(2), expected = e.of_tensors(a, b);
    const Model model = model_of(e);
    CHECK(distance(model(Tensors{a, b}), expected) == 0);
    const Shape promised = model.output().shape(), got = expected.shape();
    REQUIRE(promised.size() == got.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK((promised[i] == got[i] || promised[i] == -1));
    CHECK(distance(model.clone()(Tensors{a, b}), expected) == 0);
    const Model again = make_model("Functional", model.config());
    again.set_weights(model.get_weights());
    CHECK(distance(again(Tensors{a, b}), expected) == 0);
  }
}

TEST_CASE("gradients go through expressions of symbols") {
  const InputOptions wide = {.dtype = DType::float64};
  const Symbol x = Input(3, wide);
  const Layer dense = Dense(3, {.dtype = DType::float64});
  const Symbol h = dense(x);
  const Model model(x, 2. * tanh(h) * (h + x) - c * sigmoid(h) / (1. + square(x)));
  CHECK(gradcheck(model, values(3), {.second_order = true}));
  freeze(model, named("dense"));
  CHECK(gradcheck(model, values(3)));
}

TEST_CASE("the layers of an expression are named after its operations, and counted") {
  const Symbol x = Input(3), shortcut = Input(3);
  const Symbol s = x + shortcut, t = 2. * relu(x) + s;
  const Model model({x, shortcut}, t);
  CHECK(names_of(model) == Names{"input_1", "input_2", "relu", "add", "multiply", "add_1"});
  CHECK(model.get_layer("relu").type() == "Operation");
  CHECK(model.count_params() == 0);
  std::ostringstream out;
  model.summary(out);
  CHECK_THAT(out.str(), Contains(" multiply (Operation)") && Contains(" add_1 (Operation)"));
  const Symbol part = x.slice(0, 1, 2);
  CHECK(names_of(Model(x, part - (-x[0]))) == Names{"input_1", "index", "slice", "negative", "subtract"});
}

TEST_CASE("handles of symbols move on with += and its kin") {
  Symbol x = Input(2);
  const Symbol start = x;
  x += 1.;
  x *= start;
  x -= tensor({{1., 2.}}, DType::float32);
  x /= 2;
  const Tensor v = tensor({{3., 4.}}, DType::float32);
  CHECK(distance(Model(start, x)(v), ((v + 1.) * v - tensor({{1., 2.}}, DType::float32)) / 2) == 0);
}

TEST_CASE("a constant belongs to its layer: kept, copied, never trained") {
  Tensor shift = tensor({{1., 2., 3.}}, DType::float32);
  const Symbol x = Input(3);
  const Model model(x, Dense(1)(x * shift));
  shift.assign(zeros({1, 3}));
  const Layer multiply = model.get_layer("multiply");
  REQUIRE(multiply.weights().size() == 1);
  CHECK(multiply.weights()[0].name() == "multiply/constant");
  CHECK(multiply.trainable_weights().empty());
  CHECK(distance(Model(x, multiply.output())(ones({1, 3})), tensor({{1., 2., 3.}}, DType::float32)) == 0);
  const Model copy = model.clone();
  multiply.weights()[0].assign(zeros({1, 3}));
  CHECK(copy.get_layer("multiply").weights()[0].data<float>()[2] == 3);
  thaw(model, everything());
  CHECK(model.trainable_weights().size() == 2);
  CHECK_FALSE(multiply.base().moves_states());

  const Symbol words = Input(-1, {.dtype = DType::int64});
  const Model shifted(words, words + tensor({{7}}, DType::int64));
  CHECK(equal(shifted(tensor({{1, 2}}, DType::int64)), tensor({{8, 9}}, DType::int64)).to_vector<bool>()[1]);
  CHECK(shifted.output().dtype() == DType::int64);
}

TEST_CASE("masks pass elementwise operations, and slices cut them") {
  const Symbol x = Input({-1, 2});
  const Symbol masked = Masking()(x);
  const Tensor v = tensor({{{1., 1.}, {0., 0.}, {2., 2.}}}, DType::float32);
  const auto mask_of = [&](const Symbol& y) {
    Tensors masks;
    Model(x, y)(v, {.result_masks = &masks});
    return masks.empty() ? std::string("none") : to_string(masks[0]);
  };
  CHECK(mask_of(masked) == "[[ True False  True]]");
  CHECK(mask_of(2. * relu(masked) + masked) == "[[ True False  True]]");
  CHECK(mask_of(masked + x) == "[[ True False  True]]");
  CHECK(mask_of(masked * tensor({{1., 2.}}, DType::float32)) == "[[ True False  True]]");
  CHECK(mask_of(masked.slice(1, 1, 99)) == "[[False  True]]");
  CHECK(mask_of(masked.slice(1, 0, 99, 2)) == "[[ True  True]]");
  CHECK(mask_of(masked.slice(-1, 0, 1)) == "[[ True False  True]]");
  CHECK(mask_of(masked[0]) == "none");
  CHECK(mask_of(x + 1.) == "none");
}

TEST_CASE("operations take part of several outputs") {
  const Symbol x = Input({5, 3});
  const Symbols states = LSTM(4, {.return_sequences = true, .return_state = true}).all(x);
  const Model model(x, Symbols{states[0] * 2., states[1] + states[2]});
  const Tensors y = model.all(ones({2, 5, 3}));
  CHECK(y[0].shape() == Shape{2, 5, 4});
  CHECK(y[1].shape() == Shape{2, 4});
}

TEST_CASE("mistakes with symbols say what is wrong") {
  const Symbol a = Input(3), b = Input(4);
  CHECK_THROWS_AS(a + b, ShapeError);
  CHECK_THROWS_WITH(a + b, Contains("add") && Contains("(None, 3)") && Contains("(None, 4)"));
  CHECK_THROWS_WITH(a + Symbol(), Contains("absent"));
  CHECK_THROWS_WITH(a * Tensor(), Contains("absent"));
  CHECK_THROWS_WITH(a * ones({3}, {.requires_grad = true}), Contains("requires a gradient") && Contains("add_weight"));
  CHECK_THROWS_AS(relu(Symbol()), Error);
  CHECK_THROWS_AS(a.slice(2, 0, 1), Error);
  CHECK_THROWS_AS(softmax(a, 5), Error);
  CHECK_THROWS_WITH(make_layer("Operation", Config::object()), Contains("Operation"));
  Config config = relu(a).layer().config();
  CHECK_THROWS_WITH(make_layer("Operation", Config(config).set("operation", "rellu")), Contains("'relu'"));
  CHECK_THROWS_WITH(make_layer("Operation", Config(config).set("operation", "add")), Contains("1 operands"));
  CHECK_THROWS_WITH(make_layer("Operation", Config(config).set("operation", "softmax")), Contains("0 arguments"));
  CHECK_THROWS_WITH(make_layer("Operation", config)(Tensors{ones({1}), ones({1})}),
                    Contains("got 2 inputs; expected 1"));
}

TEST_CASE("the functions of tensors are found by their names alone, as before") {
  const Tensor x = values(4);
  CHECK(Activation(softplus)(x.to(DType::float32)).shape() == x.shape());
  CHECK(Dense(2, {.activation = relu})(ones({1, 2})).shape() == Shape{1, 2});
  CHECK(gradcheck(square, x));
  const auto of_tensors = [](auto f) { return f(tensor({{1., 4.}})); };
  CHECK(of_tensors(silu).shape() == Shape{1, 2});
  CHECK(distance(frost::relu(x), x) == 0);
  CHECK(distance(checkpoint(sigmoid, x), sigmoid(x)) == 0);
}
