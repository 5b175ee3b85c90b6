#pragma once
#include <frost/layers/activation_function.hpp>
#include <frost/layers/layer.hpp>

#include <functional>

namespace frost::detail {

/// What LSTM, GRU, SimpleRNN and RNN have in common: how steps follow one another, masks, and states that come in, go
/// out, or stay from batch to batch. Input shape: (N, T, …), and the initial states where they are given.
class RecurrentBase : public LayerBase {
 public:
  struct Flow {
    bool return_sequences = false, return_state = false, go_backwards = false, stateful = false;
    Regularizer activity_regularizer = {};
  };

  Tensor call(const Tensor& x, const CallContext& context) override;
  Tensor call(const Tensors& xs, const CallContext& context) override;
  Tensors call_all(const Tensors& xs, const CallContext& context) override;
  /// With return_sequences the mask of x is the outputs'; states have none.
  Tensors compute_mask(const Tensors& xs, const Tensors& masks) const override;
  bool is_stateful() const override { return flow().stateful; }
  void reset_states() override { kept_.states.clear(); }
  std::function<void()> restore_point() override {
    if (!flow().stateful) return {};
    return [this, before = kept_.states] { kept_.states = before; };
  }
  bool penalizes_activity() const override { return !flow().activity_regularizer.empty(); }

  virtual Flow flow() const = 0;
  /// For a copy that is not built.
  virtual void set_go_backwards(bool backwards) = 0;
  /// The size of each state: (N, size).
  virtual std::vector<std::int64_t> state_sizes() const = 0;

 protected:
  struct Recurrence {
    Tensor inputs;  // (N, T, …): a step reads its part, without the axis of steps
    /// The output of a step; replaces the states by those after it.
    std::function<Tensor(const Tensor& input, Tensors& states)> step;
  };
  virtual Recurrence begin(const Tensor& x, const CallContext& context) = 0;
  /// The outputs of all steps, or the last, by one operation; absent when there is none for the case. `initial` is
  /// empty: states of 0.
  virtual Tensor fused(const Tensor& x, const Tensors& initial, const Flow& flow, const CallContext& context) = 0;
  /// Whether the only state is the output.
  virtual bool state_is_output() const { return false; }

 private:
  // The outputs, then the states; these may be missing where nobody asked for them.
  Tensors run(const Tensors& xs, const CallContext& context);
  Tensors run_fused(const Tensor& x, const Tensors& initial, const Tensor& mask, const CallContext& context);
  Tensors run_steps(const Tensor& x, Tensors states, const Tensor& mask, const CallContext& context);
  Tensors initial_states(const Tensors& xs) const;

  // States are not copied with the layer.
  struct Kept {
    Kept() = default;
    Kept(const Kept&) {}
    Kept& operator=(const Kept&) = delete;
    Tensors states;
  };
  Kept kept_;
};

/// The checks of options that LSTM, GRU and SimpleRNN share.
void expect_recurrent_options(const char* type, std::int64_t units, double dropout, double recurrent_dropout);

/// In training, x with the same features dropped at every step.
Tensor drop_features(const Tensor& x, double rate, const CallContext& context);
/// In training, what to multiply the state by in products; else absent.
Tensor drop_states(const Tensor& x, std::int64_t units, double rate, const CallContext& context);

/// What gates cost: `blocks` products a step and `elements` an element of the state, forward and backward.
LayerFlops recurrent_flops(const Shape& x, std::int64_t units, std::int64_t blocks, std::int64_t forward,
                           std::int64_t backward, bool use_bias);

/// The fields of LSTMOptions, GRUOptions and SimpleRNNOptions in Keras' order.
template <class V, class O>
void recurrent_fields(V& v, O& o) {
  v("units", o.units);
  v("activation", o.activation);
  if constexpr (requires { o.recurrent_activation; }) v("recurrent_activation", o.recurrent_activation);
  v("use_bias", o.use_bias);
  v("kernel_initializer", o.kernel_initializer);
  v("recurrent_initializer", o.recurrent_initializer);
  v("bias_initializer", o.bias_initializer);
  if constexpr (requires { o.unit_forget_bias; }) v("unit_forget_bias", o.unit_forget_bias);
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
  if constexpr (requires { o.reset_after; }) v("reset_after", o.reset_after);
}

template <class O>
RecurrentBase::Flow flow_of(const O& o) {
  RecurrentBase::Flow flow = {o.return_sequences, o.return_state, o.go_backwards, o.stateful};
  if constexpr (requires { o.activity_regularizer; }) flow.activity_regularizer = o.activity_regularizer;
  return flow;
}

}  // namespace frost::detail
