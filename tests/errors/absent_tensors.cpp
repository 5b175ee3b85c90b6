// Tensors that are absent, as `Tensor{}` and what was moved from are: an error of whoever is given one.

#include "absent.hpp"

using namespace frost;

namespace {

const Tensor none;
const Tensor x = ones({2, 2});
const Tensor i = tensor({0, 1}, DType::int64);
const Tensor b = x > 0.;
const Tensor leaf = x.clone().set_requires_grad(true);
const Tensor image = ones({1, 4, 4, 2});
const Tensor steps = ones({2, 3, 2});

const std::vector<Absent> members = {
    FROST_ABSENT(none.shape()),
    FROST_ABSENT(Tensor().shape()),
    FROST_ABSENT(none.size()),
    FROST_ABSENT(none.rank()),
    FROST_ABSENT(none.dtype()),
    FROST_ABSENT(none.item<float>()),
    FROST_ABSENT(none.item<int>()),
    FROST_ABSENT(none.item<bool>()),
    FROST_ABSENT(none.data<float>()),
    FROST_ABSENT([] {
      Tensor t;
      t.mutable_data<float>();
    }()),
    FROST_ABSENT(none.is_leaf()),
    FROST_ABSENT(none.requires_grad()),
    FROST_ABSENT(none.set_requires_grad(true)),
    FROST_ABSENT(none.set_requires_grad(false)),
    FROST_ABSENT(none.grad()),
    FROST_ABSENT(none.has_grad()),
    FROST_ABSENT(none.zero_grad()),
    FROST_ABSENT(none.set_grad(x)),
    FROST_ABSENT(x.clone().set_requires_grad(true).set_grad(none)),
    FROST_ABSENT(none.assign(x)),
    FROST_ABSENT(x.clone().assign(none)),
    FROST_ABSENT(none.backward()),
    FROST_ABSENT(none.backward({.retain_graph = true})),
    FROST_ABSENT(none.detach()),
    FROST_ABSENT(none.clone()),
    FROST_ABSENT(none.to(DType::float64)),
    FROST_ABSENT(none.to(DType::float32)),
    FROST_ABSENT(none[0]),
    FROST_ABSENT(none.slice(0, 0, 1)),
    FROST_ABSENT(none.reshape({4})),
    FROST_ABSENT(none.transpose()),
    FROST_ABSENT(none.squeeze(0)),
    FROST_ABSENT(none.expand_dims(0)),
    FROST_ABSENT(none.sum()),
    FROST_ABSENT(none.mean()),
    FROST_ABSENT(none.max()),
    FROST_ABSENT(none.min()),
    FROST_ABSENT(none.prod()),
    FROST_ABSENT(none.var()),
    FROST_ABSENT(none.std()),
    FROST_ABSENT(none.norm()),
    FROST_ABSENT(none.logsumexp()),
    FROST_ABSENT(none.argmax()),
    FROST_ABSENT(none.argmin()),
    FROST_ABSENT(none.tanh()),
    FROST_ABSENT(none.exp()),
    FROST_ABSENT(none.log()),
    FROST_ABSENT(none.sqrt()),
    FROST_ABSENT(none.square()),
    FROST_ABSENT(none.abs()),
    FROST_ABSENT(none.flatten()),
    FROST_ABSENT(none.swapaxes(0, 1)),
    FROST_ABSENT(none.broadcast_to({2, 2})),
    FROST_ABSENT(none.flip()),
    FROST_ABSENT(none.repeat(2, 0)),
    FROST_ABSENT(none.take(i)),
    FROST_ABSENT(x.take(none)),
    FROST_ABSENT(none.any()),
    FROST_ABSENT(none.all()),
    FROST_ABSENT(none.cumsum()),
    FROST_ABSENT(none.cumprod()),
    FROST_ABSENT(none.sort()),
    FROST_ABSENT(none.argsort()),
    FROST_ABSENT(none.softmax()),
    FROST_ABSENT(none.log_softmax()),
    FROST_ABSENT(none.matmul(x)),
    FROST_ABSENT(x.matmul(none)),
    FROST_ABSENT(none.power(2.)),
    FROST_ABSENT(none.clip(0., 1.)),
    FROST_ABSENT(none.sigmoid()),
    FROST_ABSENT(none.relu()),
    FROST_ABSENT(none.sin()),
    FROST_ABSENT(none.cos()),
    FROST_ABSENT(none.sign()),
    FROST_ABSENT(none.floor()),
    FROST_ABSENT(none.ceil()),
    FROST_ABSENT(none.round()),
    FROST_ABSENT(none.logical_and(b)),
    FROST_ABSENT(none.logical_or(b)),
    FROST_ABSENT(none.logical_not()),
    FROST_ABSENT(none.to_vector<float>()),
    FROST_ABSENT(none[Index({0, 0})]),
    FROST_ABSENT(x[Index(none)]),
    FROST_ABSENT(none.assign_at(0, 1.)),
    FROST_ABSENT(x.clone().assign_at(0, none)),
    FROST_ABSENT(x.clone().assign_at(none, 1.)),
    FROST_ABSENT(none.assign_slice(0, 0, 1, 1.)),
    FROST_ABSENT(x.clone().assign_slice(0, 0, 1, none)),
    FROST_ABSENT(none == x),
    FROST_ABSENT(none != x),
    FROST_ABSENT(none& b),
    FROST_ABSENT(none | b),
    FROST_ABSENT(none ^ b),
    FROST_ABSENT(~none),
    FROST_ABSENT(static_cast<bool>(none)),
    FROST_ABSENT([] {
      Tensor t;
      t += 1.;
    }()),
    FROST_ABSENT([] {
      Tensor t;
      t -= 1.;
    }()),
    FROST_ABSENT([] {
      Tensor t;
      t *= 1.;
    }()),
    FROST_ABSENT([] {
      Tensor t;
      t /= 1.;
    }()),
    FROST_ABSENT(Parameter().name()),
    FROST_ABSENT(Parameter().set_name("w")),
    FROST_ABSENT(Parameter("w", none)),
    FROST_ABSENT(Parameter(none).name()),
};

const std::vector<Absent> makers = {
    FROST_ABSENT(zeros_like(none)),
    FROST_ABSENT(ones_like(none)),
    FROST_ABSENT(full_like(none, 1)),
};

const std::vector<Absent> elementwise = {
    FROST_ABSENT(add(none, x)),
    FROST_ABSENT(add(x, none)),
    FROST_ABSENT(add(none, 1.)),
    FROST_ABSENT(add(1., none)),
    FROST_ABSENT(none + x),
    FROST_ABSENT(x + none),
    FROST_ABSENT(none + 1.),
    FROST_ABSENT(1. + none),
    FROST_ABSENT(subtract(none, x)),
    FROST_ABSENT(subtract(x, none)),
    FROST_ABSENT(subtract(none, 1.)),
    FROST_ABSENT(subtract(1., none)),
    FROST_ABSENT(none - x),
    FROST_ABSENT(1. - none),
    FROST_ABSENT(multiply(none, x)),
    FROST_ABSENT(multiply(x, none)),
    FROST_ABSENT(multiply(none, 1.)),
    FROST_ABSENT(none* x),
    FROST_ABSENT(none * 2.),
    FROST_ABSENT(divide(none, x)),
    FROST_ABSENT(divide(x, none)),
    FROST_ABSENT(divide(1., none)),
    FROST_ABSENT(none / x),
    FROST_ABSENT(1. / none),
    FROST_ABSENT(power(none, x)),
    FROST_ABSENT(power(x, none)),
    FROST_ABSENT(power(none, 2.)),
    FROST_ABSENT(power(2., none)),
    FROST_ABSENT(maximum(none, x)),
    FROST_ABSENT(maximum(x, none)),
    FROST_ABSENT(maximum(none, 0.)),
    FROST_ABSENT(minimum(none, x)),
    FROST_ABSENT(minimum(0., none)),
    FROST_ABSENT(atan2(none, x)),
    FROST_ABSENT(atan2(x, none)),
    FROST_ABSENT(logaddexp(none, x)),
    FROST_ABSENT(logaddexp(x, none)),
    FROST_ABSENT(where(none, x, x)),
    FROST_ABSENT(where(b, none, x)),
    FROST_ABSENT(where(b, x, none)),
    FROST_ABSENT(where(none, x, 0.)),
    FROST_ABSENT(where(b, none, 0.)),
    FROST_ABSENT(where(b, 0., none)),
    FROST_ABSENT(-none),
    FROST_ABSENT(none < x),
    FROST_ABSENT(x < none),
    FROST_ABSENT(none < 1.),
    FROST_ABSENT(none <= x),
    FROST_ABSENT(none > x),
    FROST_ABSENT(1. > none),
    FROST_ABSENT(none >= x),
    FROST_ABSENT(equal(none, x)),
    FROST_ABSENT(equal(x, none)),
    FROST_ABSENT(not_equal(none, x)),
    FROST_ABSENT(not_equal(1., none)),
    FROST_ABSENT(negative(none)),
    FROST_ABSENT(abs(none)),
    FROST_ABSENT(sign(none)),
    FROST_ABSENT(exp(none)),
    FROST_ABSENT(expm1(none)),
    FROST_ABSENT(log(none)),
    FROST_ABSENT(log1p(none)),
    FROST_ABSENT(log2(none)),
    FROST_ABSENT(sqrt(none)),
    FROST_ABSENT(rsqrt(none)),
    FROST_ABSENT(square(none)),
    FROST_ABSENT(reciprocal(none)),
    FROST_ABSENT(sin(none)),
    FROST_ABSENT(cos(none)),
    FROST_ABSENT(tan(none)),
    FROST_ABSENT(asin(none)),
    FROST_ABSENT(acos(none)),
    FROST_ABSENT(atan(none)),
    FROST_ABSENT(sinh(none)),
    FROST_ABSENT(cosh(none)),
    FROST_ABSENT(tanh(none)),
    FROST_ABSENT(asinh(none)),
    FROST_ABSENT(acosh(none)),
    FROST_ABSENT(atanh(none)),
    FROST_ABSENT(erf(none)),
    FROST_ABSENT(erfinv(none)),
    FROST_ABSENT(lgamma(none)),
    FROST_ABSENT(digamma(none)),
    FROST_ABSENT(trigamma(none)),
    FROST_ABSENT(floor(none)),
    FROST_ABSENT(ceil(none)),
    FROST_ABSENT(round(none)),
    FROST_ABSENT(sigmoid(none)),
    FROST_ABSENT(softplus(none)),
    FROST_ABSENT(softsign(none)),
    FROST_ABSENT(relu(none)),
    FROST_ABSENT(relu6(none)),
    FROST_ABSENT(selu(none)),
    FROST_ABSENT(silu(none)),
    FROST_ABSENT(mish(none)),
    FROST_ABSENT(log_sigmoid(none)),
    FROST_ABSENT(hard_sigmoid(none)),
    FROST_ABSENT(polygamma(1, none)),
    FROST_ABSENT(leaky_relu(none)),
    FROST_ABSENT(elu(none)),
    FROST_ABSENT(gelu(none)),
    FROST_ABSENT(gelu(none, {.approximate = true})),
    FROST_ABSENT(clip(none, 0, 1)),
    FROST_ABSENT(logical_and(none, b)),
    FROST_ABSENT(logical_and(b, none)),
    FROST_ABSENT(logical_or(none, b)),
    FROST_ABSENT(logical_xor(b, none)),
    FROST_ABSENT(logical_not(none)),
    FROST_ABSENT(isnan(none)),
    FROST_ABSENT(isinf(none)),
    FROST_ABSENT(isfinite(none)),
    FROST_ABSENT(nan_to_num(none)),
    FROST_ABSENT(masked_select(none, b)),
    FROST_ABSENT(masked_select(x, none)),
    FROST_ABSENT(boolean_mask(none, b)),
    FROST_ABSENT(boolean_mask(x, none)),
    FROST_ABSENT(nonzero(none)),
    FROST_ABSENT(unique(none)),
    FROST_ABSENT(unique_all(none)),
    FROST_ABSENT(bincount(none)),
    FROST_ABSENT(histogram(none)),
    FROST_ABSENT(histogram(none, 3)),
    FROST_ABSENT(histogram(none, {0., 1.})),
    FROST_ABSENT(histogram(none, x[0])),
    FROST_ABSENT(histogram(x, none)),
    FROST_ABSENT(allclose(none, x)),
    FROST_ABSENT(allclose(x, none)),
    FROST_ABSENT(allclose(none, 1.)),
};

const std::vector<Absent> reductions = {
    FROST_ABSENT(sum(none)),
    FROST_ABSENT(sum(none, {0})),
    FROST_ABSENT(mean(none)),
    FROST_ABSENT(max(none)),
    FROST_ABSENT(min(none)),
    FROST_ABSENT(prod(none)),
    FROST_ABSENT(logsumexp(none)),
    FROST_ABSENT(norm(none)),
    FROST_ABSENT(var(none)),
    FROST_ABSENT(var(none, {0})),
    FROST_ABSENT(frost::std(none)),
    FROST_ABSENT(frost::std(none, {0})),
    FROST_ABSENT(argmax(none)),
    FROST_ABSENT(argmin(none)),
    FROST_ABSENT(cumsum(none)),
    FROST_ABSENT(cumprod(none)),
    FROST_ABSENT(softmax(none)),
    FROST_ABSENT(log_softmax(none)),
    FROST_ABSENT(sort(none)),
    FROST_ABSENT(argsort(none)),
    FROST_ABSENT(topk(none, 1)),
    FROST_ABSENT(any(none)),
    FROST_ABSENT(all(none)),
    FROST_ABSENT(median(none)),
    FROST_ABSENT(quantile(none, 0.5)),
    FROST_ABSENT(quantile(none, {0.5, 1.})),
    FROST_ABSENT(quantile(none, x[0])),
    FROST_ABSENT(quantile(x, none)),
    FROST_ABSENT(searchsorted(none, x)),
    FROST_ABSENT(searchsorted(x[0], none)),
    FROST_ABSENT(searchsorted(none, 1.)),
};

const std::vector<Absent> shapes = {
    FROST_ABSENT(reshape(none, {4})),
    FROST_ABSENT(transpose(none)),
    FROST_ABSENT(swapaxes(none, 0, 1)),
    FROST_ABSENT(squeeze(none, 0)),
    FROST_ABSENT(expand_dims(none, 0)),
    FROST_ABSENT(broadcast_to(none, {2, 2})),
    FROST_ABSENT(concatenate({x, none})),
    FROST_ABSENT(concatenate({none})),
    FROST_ABSENT(stack({none, x})),
    FROST_ABSENT(stacked({none, x})),
    FROST_ABSENT(split(none, 2)),
    FROST_ABSENT(split_at(none, {1})),
    FROST_ABSENT(meshgrid({ones({2}), none})),
    FROST_ABSENT(slice(none, {.starts = {0}, .stops = {1}})),
    FROST_ABSENT(pad(none, {.pad_width = {{1, 1}}})),
    FROST_ABSENT(flip(none)),
    FROST_ABSENT(roll(none, 1, 0)),
    FROST_ABSENT(repeat(none, 2, 0)),
    FROST_ABSENT(tile(none, {2})),
    FROST_ABSENT(tril(none)),
    FROST_ABSENT(triu(none)),
    FROST_ABSENT(diagonal(none)),
    FROST_ABSENT(diag(none)),
    FROST_ABSENT(trace(none)),
    FROST_ABSENT(take(none, i)),
    FROST_ABSENT(take(x, none)),
    FROST_ABSENT(embedding(none, i)),
    FROST_ABSENT(embedding(x, none)),
    FROST_ABSENT(take_along_axis(none, i, 0)),
    FROST_ABSENT(take_along_axis(x, none, 0)),
    FROST_ABSENT(scatter_add(none, i, x)),
    FROST_ABSENT(scatter_add(x, none, x)),
    FROST_ABSENT(scatter_add(x, i, none)),
    FROST_ABSENT(one_hot(none, 2)),
    FROST_ABSENT(gather_rows(none, i)),
    FROST_ABSENT(gather_rows(x, none)),
};

const std::vector<Absent> products = {
    FROST_ABSENT(matmul(none, x)),
    FROST_ABSENT(matmul(x, none)),
    FROST_ABSENT(linear(none, x)),
    FROST_ABSENT(linear(x, none)),
    FROST_ABSENT(outer(none, x[0])),
    FROST_ABSENT(outer(x[0], none)),
    FROST_ABSENT(einsum({none, x}, "ij,jk->ik")),
    FROST_ABSENT(einsum({x, none}, "ij,jk->ik")),
    FROST_ABSENT(tensordot(none, x)),
    FROST_ABSENT(tensordot(x, none)),
    FROST_ABSENT(cross(none, ones({3}))),
    FROST_ABSENT(cross(ones({3}), none)),
    FROST_ABSENT(kron(none, x)),
    FROST_ABSENT(kron(x, none)),
    FROST_ABSENT(inv(none)),
    FROST_ABSENT(det(none)),
    FROST_ABSENT(logdet(none)),
    FROST_ABSENT(solve(none, x)),
    FROST_ABSENT(solve(x, none)),
    FROST_ABSENT(cholesky(none)),
    FROST_ABSENT(cholesky(none, {.symmetrize = true})),
    FROST_ABSENT(qr(none)),
    FROST_ABSENT(eigh(none)),
    FROST_ABSENT(svd(none)),
    FROST_ABSENT(pinv(none)),
    FROST_ABSENT(lstsq(none, x)),
    FROST_ABSENT(lstsq(x, none)),
    FROST_ABSENT(slogdet(none)),
    FROST_ABSENT(solve_triangular(none, x)),
    FROST_ABSENT(solve_triangular(x, none)),
    FROST_ABSENT(matrix_power(none, 2)),
    FROST_ABSENT(expm(none)),
    FROST_ABSENT(eigvals(none)),
    FROST_ABSENT(fft(none)),
    FROST_ABSENT(ifft(none)),
    FROST_ABSENT(rfft(none)),
    FROST_ABSENT(irfft(none)),
};

const std::vector<Absent> networks = {
    FROST_ABSENT(conv1d(none, ones({1, 2, 2}))),
    FROST_ABSENT(conv1d(steps, none)),
    FROST_ABSENT(conv2d(none, ones({1, 1, 2, 2}))),
    FROST_ABSENT(conv2d(image, none)),
    FROST_ABSENT(conv2d_transpose(none, ones({1, 1, 2, 2}))),
    FROST_ABSENT(conv2d_transpose(image, none)),
    FROST_ABSENT(max_pool2d(none)),
    FROST_ABSENT(avg_pool2d(none)),
    FROST_ABSENT(lstm(none, ones({2, 8}), ones({2, 8}), ones({8}))),
    FROST_ABSENT(lstm(steps, none, ones({2, 8}), ones({8}))),
    FROST_ABSENT(lstm(steps, ones({2, 8}), none, ones({8}))),
    FROST_ABSENT(lstm_with_state(none, ones({2, 8}), ones({2, 8}), ones({8}), x, x)),
    FROST_ABSENT(lstm_with_state(steps, ones({2, 8}), ones({2, 8}), ones({8}), none, x)),
    FROST_ABSENT(lstm_with_state(steps, ones({2, 8}), ones({2, 8}), ones({8}), x, none)),
    FROST_ABSENT(gru(none, ones({2, 6}), ones({2, 6}), ones({2, 6}))),
    FROST_ABSENT(gru(steps, none, ones({2, 6}), ones({2, 6}))),
    FROST_ABSENT(gru(steps, ones({2, 6}), none, ones({2, 6}))),
    FROST_ABSENT(simple_rnn(none, x, x, ones({2}))),
    FROST_ABSENT(simple_rnn(steps, none, x, ones({2}))),
    FROST_ABSENT(simple_rnn(steps, x, none, ones({2}))),
    FROST_ABSENT(batch_norm_train(none, ones({2}), ones({2}))),
    FROST_ABSENT(batch_norm_infer(none, ones({2}), ones({2}), ones({2}), ones({2}))),
    FROST_ABSENT(batch_norm_infer(x, ones({2}), ones({2}), none, ones({2}))),
    FROST_ABSENT(batch_norm_infer(x, ones({2}), ones({2}), ones({2}), none)),
    FROST_ABSENT(layer_norm(none, ones({2}), ones({2}))),
    FROST_ABSENT(group_norm(none, ones({2}), ones({2}), {.groups = 1})),
    FROST_ABSENT(local_response_norm(none)),
    FROST_ABSENT(attention(none, steps, steps)),
    FROST_ABSENT(attention(steps, none, steps)),
    FROST_ABSENT(attention(steps, steps, none)),
};

const std::vector<Absent> losses = {
    FROST_ABSENT(mean_squared_error(none, x)),
    FROST_ABSENT(mean_squared_error(x, none)),
    FROST_ABSENT(mean_absolute_error(none, x)),
    FROST_ABSENT(mean_absolute_error(x, none)),
    FROST_ABSENT(kl_divergence(none, x)),
    FROST_ABSENT(kl_divergence(x, none)),
    FROST_ABSENT(hinge(none, x)),
    FROST_ABSENT(hinge(x, none)),
    FROST_ABSENT(poisson(none, x)),
    FROST_ABSENT(poisson(x, none)),
    FROST_ABSENT(huber(none, x)),
    FROST_ABSENT(huber(x, none)),
    FROST_ABSENT(cosine_similarity(none, x)),
    FROST_ABSENT(cosine_similarity(x, none)),
    FROST_ABSENT(binary_crossentropy(none, x)),
    FROST_ABSENT(binary_crossentropy(x, none, {.from_logits = true})),
    FROST_ABSENT(sparse_categorical_crossentropy(none, x)),
    FROST_ABSENT(sparse_categorical_crossentropy(i, none)),
    FROST_ABSENT(categorical_crossentropy(none, x)),
    FROST_ABSENT(categorical_crossentropy(x, none)),
};

const std::vector<Absent> tape = {
    FROST_ABSENT(grad(none, {x})),
    FROST_ABSENT(grad(sum(leaf), {none})),
    FROST_ABSENT(register_hook(none, [](const Tensor&) {})),
    FROST_ABSENT(to_dot(none)),
    FROST_ABSENT(tape_stats(none)),
    FROST_ABSENT(vjp([](const Tensors& v) { return v[0]; }, {none})),
    FROST_ABSENT(vjp([](const Tensors& v) { return v[0]; }, {x}).pullback(none)),
    FROST_ABSENT(vjp([](const Tensors&) { return Tensor(); }, {x})),
    FROST_ABSENT(Pullback()(x)),
    FROST_ABSENT(Vjp().pullback(x)),
    FROST_ABSENT(jvp([](const Tensors& v) { return v[0]; }, {none}, {x})),
    FROST_ABSENT(jvp([](const Tensors& v) { return v[0]; }, {x}, {none})),
    FROST_ABSENT(jvp([](const Tensors&) { return Tensor(); }, {x}, {x})),
    FROST_ABSENT(jacobian([](const Tensor& v) { return v; }, none)),
    FROST_ABSENT(jacobian([](const Tensor&) { return Tensor(); }, x)),
    FROST_ABSENT(hessian([](const Tensor& v) { return sum(v); }, none)),
    FROST_ABSENT(hvp([](const Tensor& v) { return sum(v); }, none, x)),
    FROST_ABSENT(hvp([](const Tensor& v) { return sum(v); }, x, none)),
    FROST_ABSENT(checkpoint([](const Tensor& v) { return v; }, none)),
    FROST_ABSENT(checkpoint([](const Tensor&) { return Tensor(); }, x)),
    FROST_ABSENT(freeze_rows(none, {0})),
    FROST_ABSENT(thaw_rows(none, {0})),
    FROST_ABSENT(freeze_slices(none, 0, {0})),
    FROST_ABSENT(thaw_slices(none, 0, {0})),
    FROST_ABSENT(freeze_slices(none, 0, 0, 1)),
    FROST_ABSENT(thaw_slices(none, 0, 0, 1)),
    FROST_ABSENT(clip_grad_norm({none}, 1)),
    FROST_ABSENT(batches(none, x)),
    FROST_ABSENT(batches(x, none)),
    FROST_ABSENT(*Batches::Iterator()),
    FROST_ABSENT(train_test_split(none, x)),
    FROST_ABSENT(train_test_split(x, none)),
};

struct Twice : Function<Twice> {
  static Tensor forward(FunctionContext&, const Tensor& v) { return v * 2.; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy * 2.}; }
};
struct Nothing : Function<Nothing> {
  static Tensor forward(FunctionContext&, const Tensor&) { return {}; }
  static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
};

const std::vector<Absent> functions = {
    FROST_ABSENT(Twice::apply(none)),
    FROST_ABSENT(Nothing::apply(x)),
    FROST_ABSENT(dropout(none, 0.5, CallContext())),
    FROST_ABSENT(dropout(none, 0.5, CallContext(true, nullptr))),
    FROST_ABSENT(ActivationFunction("relu")(none)),
    FROST_ABSENT(ActivationFunction("relu")(Tensor())),
    FROST_ABSENT(Regularizer("l2")(none)),
    FROST_ABSENT(max_norm()(none)),
    FROST_ABSENT(non_neg()(none)),
    FROST_ABSENT(unit_norm()(none)),
};

}  // namespace

TEST_CASE("a member of an absent tensor is an error") { check_absent(members); }
TEST_CASE("making a tensor like an absent one is an error") { check_absent(makers); }
TEST_CASE("an elementwise operation on an absent tensor is an error") { check_absent(elementwise); }
TEST_CASE("a reduction of an absent tensor is an error") { check_absent(reductions); }
TEST_CASE("rearranging or indexing an absent tensor is an error") { check_absent(shapes); }
TEST_CASE("a product with an absent tensor is an error") { check_absent(products); }
TEST_CASE("a network's operation on an absent tensor is an error") { check_absent(networks); }
TEST_CASE("a loss of an absent tensor is an error") { check_absent(losses); }
TEST_CASE("what walks, transforms or takes apart an absent tensor is an error") { check_absent(tape); }
TEST_CASE("a function of the user's own and a layer's part on an absent tensor is an error") {
  check_absent(functions);
}

TEST_CASE("a tensor that was moved from is absent, and its copies stay") {
  Tensor moved = x.clone();
  const Tensor kept = moved, taken = std::move(moved);
  CHECK_FALSE(moved.present());
  CHECK_THROWS_AS(moved.shape(), Error);
  CHECK_THROWS_AS(moved + 1., Error);
  CHECK_THROWS_AS(kept + moved, Error);
  CHECK(kept.is_same(taken));
  Batches moved_batches = batches(x, x);
  const Batches other = std::move(moved_batches);
  CHECK_THROWS_AS(moved_batches.size(), Error);
  CHECK_THROWS_AS(moved_batches.begin(), Error);
  CHECK_THROWS_AS(moved_batches.end(), Error);
  CHECK(other.size() == 1);
}

TEST_CASE("a tensor that may be left out may be absent") {
  CHECK(conv2d(image, ones({1, 1, 2, 3}), none).shape() == Shape{1, 4, 4, 3});
  CHECK(linear(x, x, none).shape() == Shape{2, 2});
  CHECK(lstm(steps, ones({2, 8}), ones({2, 8}), none).shape() == Shape{2, 2});
  CHECK(gru(steps, ones({2, 6}), ones({2, 6}), none).shape() == Shape{2, 2});
  CHECK(simple_rnn(steps, x, x, none).shape() == Shape{2, 2});
  CHECK(batch_norm_train(x, none, none).shape() == Shape{2, 2});
  CHECK(layer_norm(x, none, none).shape() == Shape{2, 2});
  CHECK(group_norm(image, none, none, {.groups = 1}).shape() == image.shape());
  CHECK_NOTHROW(sum(leaf).backward({.grad_output = none}));
  CHECK(checkpoint([](const Tensors& v) { return v[0]; }, Tensors{x, none}).shape() == x.shape());  // if f takes it
}

TEST_CASE("what tells of a tensor tells that it is absent") {
  std::ostringstream text;
  text << none;
  CHECK(text.str() == to_string(none));
  CHECK_FALSE(none.present());
  CHECK(none.is_same(Tensor()));
  CHECK_FALSE(has_values(none));
  CHECK(why_no_gradient(none) == "the tensor is absent");
  CHECK(why_no_gradient(none, x) == "the tensor is absent");
  CHECK(why_no_gradient(x, none) == "the output is absent");
  CHECK_NOTHROW(HookHandle().remove());  // as a hook that is removed already
}
