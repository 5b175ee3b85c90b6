#include <frost/layers/lstm.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "recurrent.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, LSTMOptions& o) {
  detail::recurrent_fields(v, o);
}

namespace {

class LSTMBase : public detail::RecurrentBase {
 public:
  explicit LSTMBase(const LSTMOptions& options)
      : o_(options), fused_(o_.activation.name() == "tanh" && o_.recurrent_activation.name() == "sigmoid") {
    detail::expect_recurrent_options("LSTM", o_.units, o_.dropout, o_.recurrent_dropout);
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

  Flow flow() const override { return detail::flow_of(o_); }
  void set_go_backwards(bool backwards) override { o_.go_backwards = backwards; }
  std::vector<std::int64_t> state_sizes() const override { return {o_.units, o_.units}; }
  bool is_random() const override { return o_.dropout > 0 || o_.recurrent_dropout > 0; }
  // Four gates and tanh of the cell are functions; beside them stand the sums and products of the cell.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    return detail::recurrent_flops(inputs[0], o_.units, 4, 5 * detail::function_flops + 8, 24, o_.use_bias);
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

  Tensor fused(const Tensor& x, const Tensors& initial, const Flow& flow, const CallContext& context) override {
    if (!fused_ || (context.training && is_random())) return {};
    if (initial.empty())
      return lstm(x, kernel_, recurrent_, bias_,
                  {.return_sequences = flow.return_sequences, .go_backwards = flow.go_backwards});
    return lstm_with_state(flow.go_backwards ? flip(x, 1) : x, kernel_, recurrent_, bias_, initial[0], initial[1],
                           {.return_sequences = flow.return_sequences});
  }

  // Out of primitive operations.
  Recurrence begin(const Tensor& x, const CallContext& context) override {
    expect<ShapeError>(x.rank() == 3 && x.shape()[2] == kernel_.shape()[0], "LSTM: got shape {}; expected (N, T, {})",
                       to_string(x.shape()), kernel_.shape()[0]);
    expect(x.dtype() == kernel_.dtype(), "LSTM: the dtypes differ; got {} with weights of {}", name_of(x.dtype()),
           name_of(kernel_.dtype()));
    const Tensor inputs = linear(detail::drop_features(x, o_.dropout, context), kernel_, bias_);  // [N,T,4U]
    const Tensor kept = detail::drop_states(x, o_.units, o_.recurrent_dropout, context);
    const auto step = [this, kept](const Tensor& input, Tensors& states) {
      Tensor &h = states[0], &c = states[1];
      const Tensor z = input + matmul(kept.present() ? h * kept : h, recurrent_);  // [N,4U]
      const auto block = [&](std::int64_t k) { return z.slice(1, k * o_.units, (k + 1) * o_.units); };
      c = o_.recurrent_activation(block(1)) * c + o_.recurrent_activation(block(0)) * o_.activation(block(2));
      h = o_.recurrent_activation(block(3)) * o_.activation(c);
      return h;
    };
    return {inputs, step};
  }

  LSTMOptions o_;
  bool fused_;
  Parameter kernel_, recurrent_, bias_;
};

}  // namespace

LSTM::LSTM(const LSTMOptions& options) : Positional(layer<LSTMBase>(options)) {}

namespace detail {

Layer lstm_from(const Config& config) { return from_config<LSTM, LSTMOptions>("LSTM", config); }

}  // namespace detail

}  // namespace frost
