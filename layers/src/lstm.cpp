#include <frost/layers/lstm.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, LSTMOptions& o) {
  v("units", o.units);
  v("activation", o.activation);
  v("recurrent_activation", o.recurrent_activation);
  v("use_bias", o.use_bias);
  v("kernel_initializer", o.kernel_initializer);
  v("recurrent_initializer", o.recurrent_initializer);
  v("bias_initializer", o.bias_initializer);
  v("unit_forget_bias", o.unit_forget_bias);
  v("kernel_regularizer", o.kernel_regularizer);
  v("recurrent_regularizer", o.recurrent_regularizer);
  v("bias_regularizer", o.bias_regularizer);
  v("activity_regularizer", o.activity_regularizer);
  v("kernel_constraint", o.kernel_constraint);
  v("recurrent_constraint", o.recurrent_constraint);
  v("bias_constraint", o.bias_constraint);
  v("dropout", o.dropout);
  v("recurrent_dropout", o.recurrent_dropout);
  v("return_sequences", o.return_sequences);
  v("return_state", o.return_state);
  v("go_backwards", o.go_backwards);
  v("stateful", o.stateful);
}

namespace {

class LSTMBase : public LayerBase {
 public:
  explicit LSTMBase(const LSTMOptions& options)
      : o_(options),
        fused_(o_.activation.name() == "tanh" && o_.recurrent_activation.name() == "sigmoid" && !o_.return_state) {
    expect(o_.units >= 1, "LSTM: got {} units; expected 1 or more", o_.units);
    expect(!o_.stateful, "LSTM: stateful is not supported; use lstm_with_state and keep the states");
    expect(o_.activity_regularizer.empty(), "LSTM: activity_regularizer is not supported");
    for (const double rate : {o_.dropout, o_.recurrent_dropout})
      expect(rate >= 0 && rate < 1, "LSTM: got dropout rate {}; expected 0 or more and less than 1", rate);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    expect<ShapeError>(input.size() == 3 && input[2] >= 0, "LSTM: got shape {}; expected (N, T, C) with known C",
                       to_string(input));
    kernel_ = add_weight("kernel", {input[2], 4 * o_.units}, o_.kernel_initializer,
                         {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
    recurrent_ = add_weight("recurrent_kernel", {o_.units, 4 * o_.units}, o_.recurrent_initializer,
                            {.regularizer = o_.recurrent_regularizer, .constraint = o_.recurrent_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {4 * o_.units}, o_.unit_forget_bias ? forget_first() : o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }

  Tensor call(const Tensor& x, const CallContext& context) override {
    expect<GraphError>(!o_.return_state, "LSTM: with return_state there are 3 outputs; use all(…)");
    if (fused_ && !(context.training && (o_.dropout > 0 || o_.recurrent_dropout > 0)))
      return lstm(x, kernel_, recurrent_, bias_,
                  {.return_sequences = o_.return_sequences, .go_backwards = o_.go_backwards});
    return stepwise(x, context)[0];
  }
  Tensors call_all(const Tensors& xs, const CallContext& context) override {
    expect(xs.size() == 1, "LSTM: the layer takes one input; got {}", xs.size());
    if (!o_.return_state) return {call(xs[0], context)};
    return stepwise(xs[0], context);
  }
  bool is_random() const override { return o_.dropout > 0 || o_.recurrent_dropout > 0; }
  // Forward and on the way back a step has a product with the recurrent kernel. Four gates and tanh of the cell are
  // functions; beside them stand the sums and products of the cell.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t rows = inputs[0][0] * inputs[0][1], units = o_.units;
    const Flops input_part = {.products = 2 * rows * inputs[0][2] * 4 * units};
    const Flops recurrent_part = {.products = 2 * rows * units * 4 * units};
    LayerFlops flops = {
        .forward = {input_part.products + recurrent_part.products, rows * units * (5 * detail::function_flops + 8)},
        .backward = {recurrent_part.products, rows * units * 24},
        .input_gradient = input_part,
        .weight_gradients = {input_part, recurrent_part},
        .steps = inputs[0][1]};
    if (o_.use_bias) flops.weight_gradients.push_back({.elements = rows * 4 * units});
    return flops;
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "LSTM"; }

 private:
  // The forget gate's block of the bias is 1, the others are what the initializer makes.
  Initializer forget_first() const {
    return {
        "lstm_bias", [units = o_.units, others = o_.bias_initializer](const Shape&, DType dtype, Generator& random) {
          return concatenate(
              {others({units}, dtype, random), ones({units}, {.dtype = dtype}), others({2 * units}, dtype, random)});
        }};
  }

  // The outputs, the last output, the last cell state: out of primitive operations.
  Tensors stepwise(const Tensor& input, const CallContext& context) const {
    expect<ShapeError>(input.rank() == 3 && input.shape()[2] == kernel_.shape()[0],
                       "LSTM: got shape {}; expected (N, T, {})", to_string(input.shape()), kernel_.shape()[0]);
    const std::int64_t n = input.shape()[0], steps = input.shape()[1], units = o_.units;
    expect<ShapeError>(steps >= 1, "LSTM: got shape {}; expected one step or more", to_string(input.shape()));
    if (!has_values(input)) {
      expect(input.dtype() == kernel_.dtype(), "LSTM: the dtypes differ; got {} with weights of {}",
             name_of(input.dtype()), name_of(kernel_.dtype()));
      const Tensor last = abstract_tensor({n, units}, input.dtype());
      return {o_.return_sequences ? abstract_tensor({n, steps, units}, input.dtype()) : last, last, last};
    }
    const TensorOptions like = {.dtype = input.dtype()};
    Tensor x = input;
    if (context.training && o_.dropout > 0)  // [N,T,C] * [N,1,C]: the same features at every step
      x = x * dropout(ones({n, 1, input.shape()[2]}, like), o_.dropout, context);
    Tensor mask;
    if (context.training && o_.recurrent_dropout > 0)
      mask = dropout(ones({n, units}, like), o_.recurrent_dropout, context);

    const Tensor projected = linear(x, kernel_, bias_);  // [N,T,4U]
    Tensor h = zeros({n, units}, like), c = h;
    Tensors outputs;
    for (std::int64_t i = 0; i < steps; ++i) {
      const std::int64_t t = o_.go_backwards ? steps - 1 - i : i;
      const Tensor z = squeeze(projected.slice(1, t, t + 1), 1) + matmul(mask ? h * mask : h, recurrent_);  // [N,4U]
      const auto block = [&](std::int64_t k) { return z.slice(1, k * units, (k + 1) * units); };
      const Tensor in = o_.recurrent_activation(block(0)), forget = o_.recurrent_activation(block(1));
      c = forget * c + in * o_.activation(block(2));
      h = o_.recurrent_activation(block(3)) * o_.activation(c);
      if (o_.return_sequences) outputs.push_back(h);
    }
    return {o_.return_sequences ? stack(outputs, 1) : h, h, c};
  }

  LSTMOptions o_;
  bool fused_;
  Parameter kernel_, recurrent_, bias_;
};

}  // namespace

LSTM::LSTM(const LSTMOptions& options) : Layer(layer<LSTMBase>(options)) {}

namespace detail {

Layer lstm_from(const Config& config) { return from_config<LSTM, LSTMOptions>("LSTM", config); }

}  // namespace detail

}  // namespace frost
