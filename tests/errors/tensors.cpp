// Mistakes with tensors, operations and the tape.

#include "support.hpp"

using namespace frost;

namespace {

struct Leaves {
  Tensor w = tensor({{1., 2., 3.}, {4., 5., 6.}}).set_requires_grad(true);
  Tensor frozen = tensor({1., 2., 3.});
  Tensor i = tensor({1, 2, 3}, DType::int64);
  Tensor wide = tensor({1., 2., 3.}, DType::float64);
  Tensor none;

  // All that a failed call might have changed.
  std::string state() const {
    std::string all;
    for (const Tensor& t : {w, frozen, i, wide})
      all +=
          to_string(t) + (t.requires_grad() ? " trainable " : " frozen ") + (t.has_grad() ? to_string(t.grad()) : "");
    return all;
  }
};

struct Wrong : Function<Wrong> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return x * 2.; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy, dy}; }
};
struct Greedy : Function<Greedy> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x) {
    ctx.save(x);
    return x * 2.;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) { return {dy * ctx.saved<2>()[1]}; }
};
struct Bent : Function<Bent> {
  static Tensor forward(FunctionContext&, const Tensor& x) { return x * 2.; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy.reshape({-1})}; }
};

using Row = Mistake<Leaves&>;
using Rows = std::vector<Row>;

const Rows making = {
    {"uneven rows",
     [](Leaves&) {
       tensor({{1., 2.}, {3.}});
     },
     {"tensor", "depth 1", "got 2 and 1"}},
    {"a list among numbers",
     [](Leaves&) {
       tensor({{1., 2.}, 3.});
     },
     {"tensor", "uneven"}},
    {"a vector of another size",
     [](Leaves&) {
       from_vector(std::vector<float>{1, 2, 3}, {2, 2});
     },
     {"from_vector", "(2, 2)", "3"}},
    {"a blob that is nowhere",
     [](Leaves&) { from_blob(static_cast<const float*>(nullptr), {2}); },
     {"from_blob", "null", "2"}},
    {"digits behind the point below none",
     [](Leaves&) { set_print_options({.precision = -2}); },
     {"set_print_options", "precision -2"}},
    {"a negative size",
     [](Leaves&) {
       zeros({2, -3});
     },
     {"(2, -3)", "expected sizes of 0 or more"}},
    {"full of a negative size", [](Leaves&) { full({-1}, 7); }, {"(-1,)", "0 or more"}},
    {"a shape alone that is negative", [](Leaves&) { abstract_tensor({-3}); }, {"(-3,)", "0 or more"}},
    {"more elements than can be counted",
     [](Leaves&) {
       element_count({std::int64_t{1} << 40, std::int64_t{1} << 40});
     },
     {"element_count", "(1099511627776, 1099511627776)"}},
    {"normal numbers as integers", [](Leaves&) { Generator().normal({2}, DType::int64); }, {"randn", "int64"}},
    {"uniform numbers from nothing", [](Leaves&) { Generator().uniform({2}, 1, 0); }, {"uniform", "1", "0"}},
    {"integers from nothing", [](Leaves&) { Generator().integers(3, 3, {2}); }, {"3"}},
    {"a permutation of a generator's of -2", [](Leaves&) { Generator().permutation(-2); }, {"permutation", "-2"}},
    {"vector units that there are not",
     [](Leaves&) { set_simd_level(static_cast<SimdLevel>(9)); },
     {"set_simd_level", "9"}},
    {"arange without a step", [](Leaves&) { arange(0, 10, 0); }, {"arange", "step is 0", "0", "10"}},
    {"linspace of -1", [](Leaves&) { linspace(0, 1, -1); }, {"linspace", "-1", "expected 0 or more"}},
    {"eye of -1", [](Leaves&) { eye(-1); }, {"(-1, -1)", "expected sizes of 0 or more"}},
    {"randint of nothing", [](Leaves&) { randint(3, 3, {2}); }, {"randint", "low 3", "high 3"}},
    {"uniform upside down", [](Leaves&) { uniform({2}, 1, 0); }, {"uniform", "low 1", "high 0"}},
    {"integers from randn", [](Leaves&) { randn({2}, {.dtype = DType::int64}); }, {"randn", "int64", "float32"}},
    {"permutation of -1", [](Leaves&) { permutation(-1); }, {"permutation", "-1"}},
    {"a boolean default", [](Leaves&) { set_default_dtype(DType::boolean); }, {"set_default_dtype", "bool", "float32"}},
    {"no threads", [](Leaves&) { set_num_threads(0); }, {"set_num_threads", "got 0", "1 or more"}},
    {"integers that train", [](Leaves& l) { l.i.set_requires_grad(true); }, {"set_requires_grad", "int64", "float"}},
};

const Rows reading = {
    {"item of several", [](Leaves& l) { l.w.item<float>(); }, {"item", "one element", "(2, 3)"}},
    {"data of another type", [](Leaves& l) { l.w.data<double>(); }, {"data", "float64", "float32"}},
    {"mutable_data of another type",
     [](Leaves& l) { l.frozen.mutable_data<double>(); },
     {"mutable_data", "float64", "float32"}},
    {"mutable_data of what is computed",
     [](Leaves& l) {
       Tensor y = l.w * 2.;
       y.mutable_data<float>();
     },
     {"mutable_data", "leaf"}},
    {"the shape of nothing", [](Leaves& l) { l.none.shape(); }, {"shape", "absent"}},
    {"an index out of range", [](Leaves& l) { l.w[2]; }, {"got 2", "(2, 3)", "-2 to 1"}},
    {"an index into a scalar", [](Leaves& l) { sum(l.w)[0]; }, {"cannot be indexed", "0"}},
    {"a slice along no axis", [](Leaves& l) { l.w.slice(2, 0, 1); }, {"slice", "axis 2", "2 axes", "-2 to 1"}},
    {"a slice backwards", [](Leaves& l) { l.w.slice(0, 0, 1, -1); }, {"slice", "step -1", "flip"}},
};

const Rows elementwise = {
    {"shapes that do not broadcast",
     [](Leaves& l) {
       l.w + tensor({1., 2.});
     },
     {"add", "(2, 3)", "(2,)"}},
    {"two precisions", [](Leaves& l) { l.frozen* l.wide; }, {"multiply", "float32", "float64", "to(DType::"}},
    {"a fraction beside integers", [](Leaves& l) { l.i + 0.5; }, {"add", "0.5", "int64", "to(DType::float32)"}},
    {"integers divided", [](Leaves& l) { l.i / l.i; }, {"divide", "int64", "to(DType::"}},
    {"exp of integers", [](Leaves& l) { exp(l.i); }, {"exp", "int64", "to(DType::float32)"}},
    {"booleans added", [](Leaves& l) { (l.w > 1.) + (l.w > 1.); }, {"add", "boolean", "to(DType::int64)"}},
    {"nothing added", [](Leaves& l) { l.w + l.none; }, {"add", "absent"}},
    {"where of numbers", [](Leaves& l) { where(l.i, l.frozen, l.frozen); }, {"where", "int64", "bool"}},
    {"clip upside down", [](Leaves& l) { clip(l.w, 2, 1); }, {"clip", "2", "1"}},
    {"polygamma of order 0", [](Leaves& l) { polygamma(0, l.w); }, {"polygamma", "order 0"}},
};

const Rows products = {
    {"inner sizes",
     [](Leaves&) {
       matmul(ones({3, 4}), ones({5, 6}));
     },
     {"matmul: inner sizes differ; got (3, 4) and (5, 6); expected (m, k) and (k, n)"}},
    {"a scalar", [](Leaves&) { matmul(ones({}), ones({5})); }, {"matmul", "scalar", "()"}},
    {"two precisions", [](Leaves& l) { matmul(l.w, l.wide); }, {"matmul", "float32", "float64"}},
    {"linear's kernel",
     [](Leaves&) {
       linear(ones({2, 3}), ones({4, 5}));
     },
     {"linear", "(2, 3)", "(4, 5)"}},
    {"linear's bias",
     [](Leaves&) {
       linear(ones({2, 3}), ones({3, 5}), ones({4}));
     },
     {"linear", "bias", "(4,)", "(5,)"}},
    {"an lstm's input",
     [](Leaves&) {
       lstm(ones({2, 3}), ones({3, 8}), ones({2, 8}), ones({8}));
     },
     {"lstm", "(2, 3)", "three axes"}},
    {"an lstm's kernel",
     [](Leaves&) {
       lstm(ones({2, 3, 4}), ones({3, 8}), ones({2, 8}), ones({8}));
     },
     {"lstm", "kernel", "(3, 8)", "(4, 8)"}},
};

const Rows reductions = {
    {"an axis out of range", [](Leaves& l) { sum(l.w, {2}); }, {"sum", "axis 2", "-2 to 1"}},
    {"an axis twice",
     [](Leaves& l) {
       mean(l.w, {0, -2});
     },
     {"mean", "twice", "(2, 3)"}},
    {"the mean of integers", [](Leaves& l) { mean(l.i); }, {"mean", "int64", "to(DType::"}},
    {"the maximum of nothing",
     [](Leaves&) {
       max(zeros({0, 3}), {0});
     },
     {"max", "(0, 3)", "one element"}},
    {"argmax of nothing",
     [](Leaves&) {
       argmax(zeros({3, 0}));
     },
     {"argmax", "(3, 0)"}},
    {"softmax along no axis", [](Leaves& l) { softmax(l.w, 5); }, {"softmax", "axis 5"}},
    {"cumsum along no axis", [](Leaves& l) { cumsum(l.w, 5); }, {"cumsum", "axis 5"}},
    {"a negative ddof", [](Leaves& l) { l.w.var({}, false, -1); }, {"var", "-1"}},
};

const Rows shapes = {
    {"reshape to another size", [](Leaves& l) { reshape(l.w, {4}); }, {"reshape", "(2, 3)", "6", "(4,)"}},
    {"reshape with two unknowns",
     [](Leaves& l) {
       reshape(l.w, {-1, -1});
     },
     {"reshape", "(-1, -1)"}},
    {"transpose with an axis twice",
     [](Leaves& l) {
       transpose(l.w, {0, 0});
     },
     {"transpose", "(0, 0)", "(2, 3)"}},
    {"squeeze of more than one", [](Leaves& l) { squeeze(l.w, 0); }, {"squeeze", "size 2", "expected 1"}},
    {"expand_dims too far", [](Leaves& l) { expand_dims(l.w, 4); }, {"expand_dims", "axis 4"}},
    {"broadcast_to what does not fit",
     [](Leaves& l) {
       broadcast_to(l.w, {2, 4});
     },
     {"broadcast_to", "(2, 3)", "(2, 4)"}},
    {"concatenate of nothing", [](Leaves&) { concatenate({}); }, {"concatenate", "no tensors"}},
    {"concatenate of other widths",
     [](Leaves&) {
       concatenate({ones({2, 3}), ones({2, 4})}, 0);
     },
     {"concatenate", "(2, 3)", "(2, 4)"}},
    {"stack of other shapes",
     [](Leaves&) {
       stack({ones({2}), ones({3})});
     },
     {"stack", "(2,)", "(3,)"}},
    {"pad in an unknown mode",
     [](Leaves& l) {
       pad(l.frozen, {.pad_width = {{1, 1}}, .mode = "wrap"});
     },
     {"pad", "'wrap'", "reflect"}},
    {"repeat -1 times", [](Leaves& l) { repeat(l.w, -1, 0); }, {"repeat", "-1"}},
    {"take out of range",
     [](Leaves& l) { take(l.frozen, tensor({5}, DType::int64)); },
     {"take", "got 5", "size 3", "to 2"}},
    {"take by floats", [](Leaves& l) { take(l.frozen, l.frozen); }, {"take", "int64", "float32"}},
    {"embedding out of range", [](Leaves& l) { embedding(l.w, tensor({2}, DType::int64)); }, {"embedding", "got 2"}},
    {"one_hot out of range", [](Leaves& l) { one_hot(l.i, 3); }, {"one_hot", "got 3", "0 to 2"}},
    {"scatter_add of another shape",
     [](Leaves& l) { scatter_add(l.frozen, tensor({0}, DType::int64), ones({2})); },
     {"scatter_add", "(2,)", "(1,)"}},
    {"take_along_axis of another rank",
     [](Leaves& l) { take_along_axis(l.w, tensor({0}, DType::int64), 1); },
     {"take_along_axis", "(1,)", "(2, 3)"}},
    {"slice with lists of two lengths",
     [](Leaves& l) {
       slice(l.w, {.starts = {0, 0}, .stops = {1}});
     },
     {"slice", "2 starts, 1 stops"}},
    {"swapaxes out of range", [](Leaves& l) { swapaxes(l.w, 0, 7); }, {"axis 7"}},
    {"flip out of range", [](Leaves& l) { flip(l.w, {3}); }, {"flip", "axis 3"}},
    {"roll out of range", [](Leaves& l) { roll(l.w, 1, 3); }, {"roll", "axis 3"}},
    {"tile -1 times", [](Leaves& l) { tile(l.w, {-1}); }, {"tile", "-1"}},
    {"tril of a vector", [](Leaves& l) { tril(l.frozen); }, {"tril", "(3,)", "two axes"}},
    {"trace of a vector", [](Leaves& l) { trace(l.frozen); }, {"trace", "(3,)", "matrix"}},
    {"one_hot of depth -1", [](Leaves& l) { one_hot(l.i, -1); }, {"one_hot", "-1"}},
    {"diag of a matrix", [](Leaves& l) { diag(l.w); }, {"diag", "(2, 3)", "vector"}},
};

const Rows losses = {
    {"targets of another shape",
     [](Leaves&) {
       mean_squared_error(ones({2, 3}), ones({2, 4}));
     },
     {"mean_squared_error", "(2, 3)", "(2, 4)"}},
    {"a label too large",
     [](Leaves& l) {
       sparse_categorical_crossentropy(l.i, ones({3, 3}) * 0.3);
     },
     {"sparse_categorical_crossentropy", "got 3 in row 2", "0 to 2 for 3 classes"}},
    {"labels as floats",
     [](Leaves& l) {
       sparse_categorical_crossentropy(l.frozen, ones({3, 4}));
     },
     {"sparse_categorical_crossentropy", "int64", "float32"}},
    {"other rows",
     [](Leaves& l) {
       sparse_categorical_crossentropy(l.i, ones({2, 4}));
     },
     {"sparse_categorical_crossentropy", "(3,)", "(2, 4)"}},
    {"a loss in two precisions",
     [](Leaves& l) { mean_absolute_error(l.frozen, l.wide); },
     {"mean_absolute_error", "float32", "float64"}},
    {"a loss of nothing", [](Leaves& l) { hinge(l.none, l.frozen); }, {"hinge", "y_true", "absent"}},
    {"a negative delta", [](Leaves&) { huber(ones({2}), ones({2}), {.delta = -1}); }, {"huber", "delta", "-1"}},
    {"too much smoothing",
     [](Leaves&) {
       categorical_crossentropy(ones({2, 2}), ones({2, 2}), {.label_smoothing = 2});
     },
     {"categorical_crossentropy", "label_smoothing", "2", "0 to 1"}},
};

const Rows tape = {
    {"backward of several elements", [](Leaves& l) { (l.w * 2.).backward(); }, {"backward", "(2, 3)", "grad_output"}},
    {"backward of what is not recorded",
     [](Leaves& l) { sum(l.frozen).backward(); },
     {"backward", "nothing was recorded", "requires a gradient"}},
    {"backward twice",
     [](Leaves& l) {
       const Tensor copy = l.w.detach().clone().set_requires_grad(true), y = sum(square(copy));
       y.backward();
       y.backward();
     },
     {"backward", "retain_graph"}},
    {"a grad_output of another shape",
     [](Leaves& l) { (l.w * 2.).backward({.grad_output = ones({2})}); },
     {"backward", "(2,)", "(2, 3)"}},
    {"a grad_output of another dtype",
     [](Leaves& l) {
       (l.w * 2.).backward({.grad_output = ones({2, 3}, {.dtype = DType::float64})});
     },
     {"backward", "float64", "float32"}},
    {"the gradient of nothing", [](Leaves& l) { l.none.backward(); }, {"backward", "absent"}},
    {"a gradient that is not there", [](Leaves& l) { l.w.grad(); }, {"grad", "no gradient", "backward"}},
    {"the gradient of what is frozen", [](Leaves& l) { l.frozen.grad(); }, {"grad", "no gradient", "frozen"}},
    {"grad of an unused input", [](Leaves& l) { grad(sum(l.w), {l.frozen}); }, {"grad", "allow_unused"}},
    {"grad for nothing", [](Leaves& l) { grad(sum(l.w), {l.none}); }, {"grad", "input 0", "absent"}},
    {"freezing what is computed",
     [](Leaves& l) { (l.w * 2.).set_requires_grad(false); },
     {"set_requires_grad", "'multiply'", "detach()"}},
    {"assigning another shape",
     [](Leaves& l) {
       l.w.assign(ones({3, 2}));
     },
     {"assign", "(3, 2)", "(2, 3)"}},
    {"assigning another dtype",
     [](Leaves& l) {
       l.w.assign(ones({2, 3}, {.dtype = DType::float64}));
     },
     {"assign", "float64", "float32", "to(DType::float32)"}},
    {"assigning to what is computed", [](Leaves& l) { (l.w * 2.).assign(l.w); }, {"assign", "leaf"}},
    {"a gradient of another shape", [](Leaves& l) { l.w.set_grad(ones({3})); }, {"set_grad", "(3,)", "(2, 3)"}},
    {"a gradient for what is frozen",
     [](Leaves& l) { l.frozen.set_grad(ones({3})); },
     {"set_grad", "does not require a gradient"}},
    {"a value changed since",
     [](Leaves& l) {
       const Tensor v = l.w.detach().clone().set_requires_grad(true), y = sum(square(v));
       v.assign(zeros({2, 3}));
       y.backward();
     },
     {"square", "version"}},
    {"too many gradients", [](Leaves& l) { sum(Wrong::apply(l.w)).backward(); }, {"Wrong", "2", "1"}},
    {"a gradient that is bent", [](Leaves& l) { sum(Bent::apply(l.w)).backward(); }, {"Bent", "(6,)", "(2, 3)"}},
    {"more saved than was kept", [](Leaves& l) { sum(Greedy::apply(l.w)).backward(); }, {"Greedy", "saved<2>", "1"}},
    {"rows of what is computed", [](Leaves& l) { freeze_rows(l.w * 2., {0}); }, {"freeze_rows", "computed"}},
    {"a row out of range",
     [](Leaves& l) {
       freeze_rows(l.w, {0, 2});
     },
     {"freeze_rows", "got index 2", "0 to 1"}},
    {"thawing a negative row", [](Leaves& l) { thaw_rows(l.w, {-1}); }, {"thaw_rows", "-1", "0 to 1"}},
    {"a slice of no axis", [](Leaves& l) { freeze_slices(l.w, 2, {0}); }, {"freeze_slices", "axis 2"}},
};

const Rows transforms = {
    {"vjp of integers",
     [](Leaves& l) { vjp([](const Tensors& x) { return x[0]; }, {l.i}); },
     {"vjp", "input 0", "int64"}},
    {"vjp at nothing", [](Leaves& l) { vjp([](const Tensors& x) { return x[0]; }, {l.none}); }, {"vjp", "absent"}},
    {"pulling another shape back",
     [](Leaves& l) { vjp([](const Tensors& x) { return x[0]; }, {l.w}).pullback(l.frozen); },
     {"pullback", "(3,)", "(2, 3)"}},
    {"a tangent too few",
     [](Leaves& l) {
       jvp([](const Tensors& x) { return x[0] + x[1]; }, {l.w, l.w}, {l.w});
     },
     {"jvp", "2 inputs", "1 tangents"}},
    {"a tangent of another dtype",
     [](Leaves& l) { jvp([](const Tensors& x) { return x[0]; }, {l.frozen}, {l.wide}); },
     {"jvp", "tangent 0", "float64", "float32"}},
    {"the Jacobian of integers",
     [](Leaves& l) { jacobian([](const Tensor& x) { return argmax(x); }, l.w); },
     {"jacobian", "int64"}},
    {"the Hessian of several elements",
     [](Leaves& l) { hessian([](const Tensor& x) { return x * x; }, l.w); },
     {"hessian", "one element", "(2, 3)"}},
    {"hvp with another shape",
     [](Leaves& l) { hvp([](const Tensor& x) { return sum(x); }, l.w, l.frozen); },
     {"hvp", "(3,)", "(2, 3)"}},
    {"a checkpoint of nothing",
     [](Leaves& l) { checkpoint([](const Tensor&) { return Tensor(); }, l.w); },
     {"checkpoint", "absent"}},
    {"a checkpoint that another number of draws repeats",
     [](Leaves& l) {
       int runs = 0;
       const auto f = [&](const Tensor& x) { return runs++ == 0 ? x * 2. : x * uniform({2, 3}); };
       sum(checkpoint(f, l.w)).backward();
     },
     {"checkpoint", "random numbers", "no more draws"}},
    {"a hook on integers", [](Leaves& l) { register_hook(l.i, [](const Tensor&) {}); }, {"register_hook", "int64"}},
    {"a hook that bends the gradient",
     [](Leaves& l) {
       const Tensor y = l.w * 2.;
       register_hook(y, [](const Tensor& g) { return g.reshape({-1}); });
       sum(y).backward();
     },
     {"register_hook", "(6,)", "(2, 3)"}},
    {"a picture of nothing", [](Leaves& l) { to_dot(l.none); }, {"to_dot", "absent"}},
};

void check_all(const Rows& rows) {
  for (const Row& row : rows) {
    Leaves leaves;
    const std::string before = leaves.state();
    check_mistake(row, leaves);
    INFO(row.name);
    CHECK(leaves.state() == before);
  }
}

}  // namespace

TEST_CASE("making a tensor wrongly says what came and changes nothing") { check_all(making); }
TEST_CASE("reading a tensor wrongly says what came and changes nothing") { check_all(reading); }
TEST_CASE("elementwise mistakes say what came and change nothing") { check_all(elementwise); }
TEST_CASE("mistakes in products say what came and change nothing") { check_all(products); }
TEST_CASE("mistakes in reductions say what came and change nothing") { check_all(reductions); }
TEST_CASE("mistakes with shapes and indices say what came and change nothing") { check_all(shapes); }
TEST_CASE("mistakes in losses say what came and change nothing") { check_all(losses); }
TEST_CASE("mistakes with the tape say what came and change nothing") { check_all(tape); }
TEST_CASE("mistakes with transforms, checkpoints and hooks say what came and change nothing") { check_all(transforms); }
