#include <frost/layers/gru.hpp>

#include "catalog.hpp"
#include "elementwise_flops.hpp"
#include "expect.hpp"
#include "fields.hpp"
#include "recurrent.hpp"

#include <frost/autograd/ops.hpp>

namespace frost {

using detail::expect;

template <class V>
void fields(V& v, GRUOptions& o) {
  detail::recurrent_fields(v, o);
}

namespace {

class GRUBase : public detail::RecurrentBase {
 public:
  explicit GRUBase(const GRUOptions& options)
      : o_(options),
        fused_(o_.activation.name() == "tanh" && o_.recurrent_activation.name() == "sigmoid" && o_.reset_after) {
    detail::expect_recurrent_options("GRU", o_.units, o_.dropout, o_.recurrent_dropout);
    configure(o_.name, o_.trainable, o_.dtype);
  }

  void build(const Shape& input) override {
    expect<ShapeError>(input.size() == 3 && input[2] >= 0, "GRU: got shape {}; expected (N, T, C) with known C",
                       to_string(input));
    const std::int64_t columns = 3 * o_.units;
    kernel_ = add_weight("kernel", {input[2], columns}, o_.kernel_initializer,
                         {.regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
    recurrent_ = add_weight("recurrent_kernel", {o_.units, columns}, o_.recurrent_initializer,
                            {.regularizer = o_.recurrent_regularizer, .constraint = o_.recurrent_constraint});
    if (o_.use_bias)
      bias_ = add_weight("bias", o_.reset_after ? Shape{2, columns} : Shape{columns}, o_.bias_initializer,
                         {.regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }

  Flow flow() const override { return detail::flow_of(o_); }
  void set_go_backwards(bool backwards) override { o_.go_backwards = backwards; }
  std::vector<std::int64_t> state_sizes() const override { return {o_.units}; }
  bool is_random() const override { return o_.dropout > 0 || o_.recurrent_dropout > 0; }
  // Three gates are functions; beside them stand the sums and products of the state.
  LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>&) const override {
    return detail::recurrent_flops(inputs[0], o_.units, 3, 3 * detail::function_flops + 9, 20, o_.use_bias);
  }
  Config config() const override { return detail::config_of(o_); }
  std::string type() const override { return "GRU"; }

 private:
  bool state_is_output() const override { return true; }
  Tensor fused(const Tensor& x, const Tensors& initial, const Flow& flow, const CallContext& context) override {
    if (!fused_ || !initial.empty() || (context.training && is_random())) return {};
    return gru(flow.go_backwards ? flip(x, 1) : x, kernel_, recurrent_, bias_,
               {.return_sequences = flow.return_sequences});
  }

  // Out of primitive operations.
  Recurrence begin(const Tensor& x, const CallContext& context) override {
    expect<ShapeError>(x.rank() == 3 && x.shape()[2] == kernel_.shape()[0], "GRU: got shape {}; expected (N, T, {})",
                       to_string(x.shape()), kernel_.shape()[0]);
    expect(x.dtype() == kernel_.dtype(), "GRU: the dtypes differ; got {} with weights of {}", name_of(x.dtype()),
           name_of(kernel_.dtype()));
    const std::int64_t units = o_.units;
    const auto bias_row = [&](std::int64_t i) {
      return bias_.present() ? squeeze(bias_.slice(0, i, i + 1), 0) : Tensor();
    };
    const Tensor input_bias = o_.reset_after ? bias_row(0) : Tensor(bias_);
    const Tensor recurrent_bias = o_.reset_after ? bias_row(1) : Tensor();
    const Tensor inputs = linear(detail::drop_features(x, o_.dropout, context), kernel_, input_bias);  // [N,T,3U]
    const Tensor kept = detail::drop_states(x, units, o_.recurrent_dropout, context);
    const auto blocks = [units](const Tensor& of, std::int64_t first, std::int64_t last) {
      return of.slice(1, first * units, last * units);
    };
    // The gates' products and, with reset_after, the candidate's.
    const Tensor product = o_.reset_after ? Tensor(recurrent_) : blocks(recurrent_, 0, 2);
    const Tensor candidate_product = o_.reset_after ? Tensor() : blocks(recurrent_, 2, 3);
    const auto step = [=, this](const Tensor& input, Tensors& states) {
      const Tensor h = states[0], read = kept.present() ? h * kept : h;
      const Tensor from_state = linear(read, product, recurrent_bias);  // [N,3U] or [N,2U]
      const Tensor gates = o_.recurrent_activation(blocks(input, 0, 2) + blocks(from_state, 0, 2));
      const Tensor z = blocks(gates, 0, 1), r = blocks(gates, 1, 2);
      const Tensor inner =
          candidate_product.present() ? matmul(r * read, candidate_product) : r * blocks(from_state, 2, 3);  // [N,U]
      states[0] = z * h + (1. - z) * o_.activation(blocks(input, 2, 3) + inner);
      return states[0];
    };
    return {inputs, step};
  }

  GRUOptions o_;
  bool fused_;
  Parameter kernel_, recurrent_, bias_;
};

}  // namespace

GRU::GRU(const GRUOptions& options) : Positional(layer<GRUBase>(options)) {}

namespace detail {

Layer gru_from(const Config& config) { return from_config<GRU, GRUOptions>("GRU", config); }

}  // namespace detail

}  // namespace frost
