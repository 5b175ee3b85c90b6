#include <frost/layers/simple_rnn.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "recurrent.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, SimpleRNNOptions& o) {
  detail::recurrent_fields(v, o);
}

namespace {

class SimpleRNNBase : public detail::RecurrentBase {
 public:
  explicit SimpleRNNBase(const SimpleRNNOptions& options) : o_(options) {
    detail::expect_recurrent_options("SimpleRNN", o_.units, o_.dropout, o_.recurrent_dropout);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    expect<ShapeError>(input.size() == 3 && input[2] >= 0, "SimpleRNN: got shape {}; expected (N, T, C) with known C",
                       to_string(input));
    kernel_ = add_weight("kernel", {input[2], o_.units}, o_.kernel_initializer,
                         {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
    recurrent_ = add_weight("recurrent_kernel", {o_.units, o_.units}, o_.recurrent_initializer,
                            {.regularizer = o_.recurrent_regularizer, .constraint = o_.recurrent_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", {o_.units}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }

  Flow flow() const override { return detail::flow_of(o_); }
  void set_go_backwards(bool backwards) override { o_.go_backwards = backwards; }
  std::vector<std::int64_t> state_sizes() const override { return {o_.units}; }
  bool is_random() const override { return o_.dropout > 0 || o_.recurrent_dropout > 0; }
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    const std::int64_t activation = detail::flops_of(o_.activation);
    return detail::recurrent_flops(inputs[0], o_.units, 1, activation + 2, activation + 1, o_.use_bias);
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "SimpleRNN"; }

 private:
  bool state_is_output() const override { return true; }
  Tensor fused(const Tensor& x, const Tensors& initial, const Flow& flow, const CallContext& context) override {
    if (o_.activation.name() != "tanh" || !initial.empty() || (context.training && is_random())) return {};
    return simple_rnn(flow.go_backwards ? flip(x, 1) : x, kernel_, recurrent_, bias_,
                      {.return_sequences = flow.return_sequences});
  }

  // Out of primitive operations.
  Recurrence begin(const Tensor& x, const CallContext& context) override {
    expect<ShapeError>(x.rank() == 3 && x.shape()[2] == kernel_.shape()[0],
                       "SimpleRNN: got shape {}; expected (N, T, {})", to_string(x.shape()), kernel_.shape()[0]);
    expect(x.dtype() == kernel_.dtype(), "SimpleRNN: the dtypes differ; got {} with weights of {}", name_of(x.dtype()),
           name_of(kernel_.dtype()));
    const Tensor inputs = linear(detail::drop_features(x, o_.dropout, context), kernel_, bias_);  // [N,T,U]
    const Tensor kept = detail::drop_states(x, o_.units, o_.recurrent_dropout, context);
    const auto step = [this, kept](const Tensor& input, Tensors& states) {
      Tensor& h = states[0];
      h = o_.activation(input + matmul(kept.present() ? h * kept : h, recurrent_));
      return h;
    };
    return {inputs, step};
  }

  SimpleRNNOptions o_;
  Parameter kernel_, recurrent_, bias_;
};

}  // namespace

SimpleRNN::SimpleRNN(const SimpleRNNOptions& options) : Positional(layer<SimpleRNNBase>(options)) {}

namespace detail {

Layer simple_rnn_from(const Config& config) { return from_config<SimpleRNN, SimpleRNNOptions>("SimpleRNN", config); }

}  // namespace detail

}  // namespace frost
