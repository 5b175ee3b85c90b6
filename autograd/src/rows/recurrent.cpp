#include "elementwise.hpp"

// Recurrent layers out of public operations: the input's part of all steps is one product, so that a frozen kernel
// keeps no x and a frozen recurrent kernel no states.
namespace frost {

using namespace detail;

namespace {

// Checks what a recurrent layer of `blocks` blocks is given. The bias' shape is `bias_rows` rows, or a vector for 0.
void expect_recurrent(const char* op, std::int64_t blocks, std::int64_t bias_rows, const Tensor& x,
                      const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias) {
  const struct {
    const char* name;
    const Tensor& value;
  } inputs[] = {{"x", x}, {"kernel", kernel}, {"recurrent_kernel", recurrent_kernel}, {"bias", bias}};
  for (const auto& input : inputs) {
    if (&input.value == &bias && !bias.present()) continue;
    expect(input.value.present(), "{}: {} is absent", op, input.name);
    expect(input.value.dtype() == x.dtype(), "{}: the dtypes of x and {} differ; got {} and {}", op, input.name,
           name_of(x.dtype()), name_of(input.value.dtype()));
  }
  expect_floating(op, x);
  const ShapeRef &input = shape_of(x), &recurrent = shape_of(recurrent_kernel);
  expect<ShapeError>(input.rank() == 3, "{}: x must have three axes (batch, steps, features); got shape {}", op,
                     text(input));
  expect<ShapeError>(recurrent.rank() == 2 && recurrent[1] == blocks * recurrent[0],
                     "{}: the recurrent kernel has the wrong shape; got {}; expected (units, {}units)", op,
                     text(recurrent), blocks == 1 ? "" : fmt::format("{}·", blocks));
  const std::int64_t units = recurrent[0], columns = blocks * units;
  const auto expect_shape = [&](const char* name, const Tensor& value, const Shape& shape) {
    expect<ShapeError>(shape_of(value).dims() == shape,
                       "{}: {} has the wrong shape; got {}; expected {} for x of shape {} and {} units", op, name,
                       text(value), text(shape), text(input), units);
  };
  expect_shape("kernel", kernel, {input[2], columns});
  if (bias.present()) expect_shape("bias", bias, bias_rows ? Shape{bias_rows, columns} : Shape{columns});
}

// Runs step(part of the input, h) over the second axis of from_input (N, T, …). The first step gets no h: it is zero.
template <class Step>
Tensor run_steps(const Tensor& from_input, std::int64_t units, bool return_sequences, const Step& step) {
  const std::int64_t batch = shape_of(from_input)[0], steps = shape_of(from_input)[1];
  if (is_abstract(from_input))
    return make_abstract(make_shape(return_sequences ? Shape{batch, steps, units} : Shape{batch, units}),
                         from_input.dtype());
  // Out of the input all the same, so that it is recorded.
  if (steps == 0) return return_sequences ? from_input.slice(2, 0, units) : sum(from_input.slice(2, 0, units), 1);
  Tensor h;
  Tensors hs;
  for (std::int64_t t = 0; t < steps; ++t) {
    h = step(squeeze(from_input.slice(1, t, t + 1), 1), h);
    if (return_sequences) hs.push_back(h);
  }
  return return_sequences ? stack(hs, 1) : h;
}

}  // namespace

Tensor simple_rnn(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                  const SimpleRnnOptions& options) {
  expect_recurrent("simple_rnn", 1, 0, x, kernel, recurrent_kernel, bias);
  const Tensor from_input = linear(x, kernel, bias);  // [N,T,U]
  return run_steps(from_input, shape_of(recurrent_kernel)[0], options.return_sequences,
                   [&](const Tensor& z, const Tensor& h) {
                     return h.present() ? frost::tanh(z + matmul(h, recurrent_kernel)) : frost::tanh(z);
                   });
}

Tensor gru(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
           const GruOptions& options) {
  expect_recurrent("gru", 3, 2, x, kernel, recurrent_kernel, bias);
  const std::int64_t units = shape_of(recurrent_kernel)[0], batch = shape_of(x)[0];
  const Tensor input_bias = bias.present() ? squeeze(bias.slice(0, 0, 1), 0) : Tensor();
  const Tensor recurrent_bias = bias.present() ? squeeze(bias.slice(0, 1, 2), 0) : Tensor();
  const Tensor from_input = linear(x, kernel, input_bias);  // [N,T,3U]
  const auto step = [&](const Tensor& a, const Tensor& h) {
    const auto block = [&](const Tensor& of, std::int64_t i) { return of.slice(1, i * units, (i + 1) * units); };
    Tensor b;  // [N,3U], from the state
    if (h.present())
      b = linear(h, recurrent_kernel, recurrent_bias);
    else if (recurrent_bias.present())
      b = broadcast_to(recurrent_bias, {batch, 3 * units});
    const Tensor gates =
        b.present() ? sigmoid(a.slice(1, 0, 2 * units) + b.slice(1, 0, 2 * units)) : sigmoid(a.slice(1, 0, 2 * units));
    const Tensor z = block(gates, 0);
    const Tensor candidate = frost::tanh(b.present() ? block(a, 2) + block(gates, 1) * block(b, 2) : block(a, 2));
    return h.present() ? z * h + (1. - z) * candidate : (1. - z) * candidate;
  };
  return run_steps(from_input, units, options.return_sequences, step);
}

}  // namespace frost
