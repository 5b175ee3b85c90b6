#include "lstm.hpp"

#include "elementwise.hpp"
#include "families.hpp"
#include "gemm.hpp"
#include "kernels/lstm_gates.hpp"
#include "kernels/reduce.hpp"

#include <algorithm>

// Long short-term memory, fused.
//
// Note [The LSTM's buffers]
// The gates and their gradients dz are [N,T,4U] in the order of x, also when x is read from its end: products with x
// are then one product for all steps. The states are in the order of the steps. The input's part of all gates is
// computed first; each step adds its recurrent product in place and turns the sums into activated gates. The backward
// pass goes through the steps once, whatever is asked for, and leaves dz; each gradient is then one product or sum.
namespace frost {

using namespace detail;

namespace {

enum Input { X, Kernel, RecurrentKernel, Bias, H, C };
enum Extra { Gates, Cells, Hidden };  // Hidden is the output itself where that is the sequence
constexpr Reads reads_gates = reads_extra(Gates) | reads_extra(Cells);

struct LstmSizes {
  std::int64_t batch, steps, features, units;  // N, T, C, U

  LstmSizes(const ShapeRef& x, const ShapeRef& recurrent_kernel)
      : batch(x[0]), steps(x[1]), features(x[2]), units(recurrent_kernel[0]) {}
  std::int64_t rows() const { return batch * steps; }
  std::int64_t gates() const { return 4 * units; }
  /// Elements from one sample's gates to the next one's.
  std::int64_t gates_stride() const { return steps * gates(); }
  std::int64_t states_stride() const { return steps * units; }
};

// The step's place along x.
std::int64_t place_of(std::int64_t step, const LstmSizes& s, const LstmAttrs& attrs) {
  return attrs.go_backwards ? s.steps - 1 - step : step;
}

// Memory for the length of a call.
template <class S>
class Scratch {
 public:
  explicit Scratch(std::int64_t count)
      : bytes_(static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * sizeof(S)),
        data_(static_cast<S*>(array_allocate(bytes_))) {}
  ~Scratch() { array_free(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  S* get() const { return data_; }

 private:
  std::size_t bytes_;
  S* data_;
};

template <class S>
void copy_rows(std::int64_t rows, std::int64_t n, const S* from, std::int64_t stride_from, S* to,
               std::int64_t stride_to) {
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(from + i * stride_from, n, to + i * stride_to);
}

// Runs body on pieces of the batch; one step of a small one is not worth a second thread.
template <class Body>
void each_piece(const LstmSizes& s, const Body& body) {
  parallel_for(s.batch, body, std::max<std::int64_t>(64, 16384 / std::max<std::int64_t>(s.units, 1)));
}

// ------------------------------------------------------------------------------------------------------------ forward

void lstm_shape(const char* op, const Inputs& x, const LstmAttrs& attrs, Specs& y) {
  static constexpr const char* names[] = {"x", "kernel", "recurrent_kernel", "bias", "h", "c"};
  for (int i = 0; i < x.size(); ++i) {
    if (!x[i].present() && i == Bias) continue;
    expect(x[i].present(), "{}: {} is absent", op, names[i]);
    expect(x[i].dtype() == x[X].dtype(), "{}: the dtypes of x and {} differ; got {} and {}", op, names[i],
           name_of(x[X].dtype()), name_of(x[i].dtype()));
  }
  expect_floating(op, x[X]);
  const ShapeRef &input = shape_of(x[X]), &recurrent = shape_of(x[RecurrentKernel]);
  expect<ShapeError>(input.rank() == 3, "{}: x must have three axes (batch, steps, features); got shape {}", op,
                     text(input));
  expect<ShapeError>(recurrent.rank() == 2 && recurrent[1] == 4 * recurrent[0],
                     "{}: the recurrent kernel has the wrong shape; got {}; expected (units, 4·units)", op,
                     text(recurrent));
  const LstmSizes s(input, recurrent);
  const auto expect_shape = [&](int i, std::initializer_list<std::int64_t> dims) {
    if (!x[i].present()) return;
    const ShapeRef& got = shape_of(x[i]);
    if (std::equal(dims.begin(), dims.end(), got.dims().begin(), got.dims().end())) return;
    fail<ShapeError>("{}: {} has the wrong shape; got {}; expected {} for x of shape {} and {} units", op, names[i],
                     text(got), to_string(Shape(std::vector<std::int64_t>(dims))), text(input), s.units);
  };
  expect_shape(Kernel, {s.features, s.gates()});
  expect_shape(Bias, {s.gates()});
  if (x.size() > H) {
    expect_shape(H, {s.batch, s.units});
    expect_shape(C, {s.batch, s.units});
  }
  const std::int64_t dims[] = {s.batch, s.steps, s.units};
  const std::int64_t last_dims[] = {s.batch, s.units};
  y[0] = {attrs.return_sequences ? make_shape(dims, 3) : make_shape(last_dims, 2), x[X].dtype()};
}

template <class S>
void lstm_forward(const Inputs& x, const LstmAttrs& attrs, const Outputs& y) {
  const LstmSizes s(shape_of(x[X]), shape_of(x[RecurrentKernel]));
  const bool has_state = x.size() > H, keeps_gates = y.keeps(Gates), keeps_cells = y.keeps(Cells);
  const bool keeps_hidden = y.keeps(Hidden), all_h = attrs.return_sequences || keeps_hidden;
  const std::int64_t gate_dims[] = {s.batch, s.steps, s.gates()}, state_dims[] = {s.batch, s.steps, s.units};

  Tensor gates = make_tensor(make_shape(gate_dims, 3), x[X].dtype());
  S* z = raw_out<S>(gates);
  if (x[Bias].present())
    for (std::int64_t i = 0; i < s.rows(); ++i) std::copy_n(raw<S>(x[Bias]), s.gates(), z + i * s.gates());
  // [N·T,4U] = [N·T,C] @ [C,4U]
  gemm(s.rows(), s.gates(), s.features, {raw<S>(x[X]), s.features}, {raw<S>(x[Kernel]), s.gates()}, z, s.gates(),
       x[Bias].present() ? S(1) : S(0));

  // Where the states of step t are: [N,T,U], or one [N,U] that every step overwrites.
  Tensor cells, hidden = y[0];
  if (keeps_cells) cells = make_tensor(make_shape(state_dims, 3), x[X].dtype());
  if (all_h && !attrs.return_sequences) hidden = make_tensor(make_shape(state_dims, 3), x[X].dtype());
  const Scratch<S> cell(keeps_cells ? 0 : s.batch * s.units);
  S* c = keeps_cells ? raw_out<S>(cells) : cell.get();
  S* h = raw_out<S>(hidden);
  const std::int64_t stride_c = keeps_cells ? s.states_stride() : s.units, step_c = keeps_cells ? s.units : 0;
  const std::int64_t stride_h = all_h ? s.states_stride() : s.units, step_h = all_h ? s.units : 0;

  const kernels::LstmLoops<S>& loops = kernels::lstm_gates<S>();
  for (std::int64_t step = 0; step < s.steps; ++step) {
    S* zt = z + place_of(step, s, attrs) * s.gates();
    const S *h_prev = nullptr, *c_prev = nullptr;
    std::int64_t stride_h_prev = stride_h, stride_c_prev = stride_c;
    if (step > 0) {
      h_prev = h + (step - 1) * step_h;
      c_prev = c + (step - 1) * step_c;
    } else if (has_state) {
      h_prev = raw<S>(x[H]);
      c_prev = raw<S>(x[C]);
      stride_h_prev = stride_c_prev = s.units;
    }
    // [N,4U] += [N,U] @ [U,4U]
    if (h_prev)
      gemm(s.batch, s.gates(), s.units, {h_prev, stride_h_prev}, {raw<S>(x[RecurrentKernel]), s.gates()}, zt,
           s.gates_stride(), S(1));
    S *ct = c + step * step_c, *ht = h + step * step_h;
    each_piece(s, [&](std::int64_t begin, std::int64_t end) {
      loops.forward({.rows = end - begin,
                     .units = s.units,
                     .gates = {zt + begin * s.gates_stride(), s.gates_stride()},
                     .c_prev = {c_prev ? c_prev + begin * stride_c_prev : nullptr, stride_c_prev},
                     .c = {ct + begin * stride_c, stride_c},
                     .tanh_c = {},
                     .h = {ht + begin * stride_h, stride_h}});
    });
  }
  if (!attrs.return_sequences) {
    S* last = raw_out<S>(y[0]);
    if (s.steps == 0 && has_state)
      std::copy_n(raw<S>(x[H]), s.batch * s.units, last);
    else if (s.steps == 0)
      std::fill_n(last, s.batch * s.units, S(0));
    else if (keeps_hidden)
      copy_rows(s.batch, s.units, h + (s.steps - 1) * s.units, stride_h, last, s.units);
  }
  if (keeps_gates) y.keep(Gates, std::move(gates));
  if (keeps_cells) y.keep(Cells, std::move(cells));
  if (keeps_hidden) y.keep(Hidden, attrs.return_sequences ? make_view(hidden, shape_of(hidden)) : std::move(hidden));
}

// ----------------------------------------------------------------------------------------------------------- backward

template <class S>
class LstmBackwardPass {
 public:
  LstmBackwardPass(const Saved& saved, const Tensor& g)
      : saved_(saved),
        attrs_(saved.attrs<LstmAttrs>()),
        s_(saved.input_shape(X), saved.input_shape(RecurrentKernel)),
        has_state_(saved.input_count() > H),
        g_(raw<S>(g)),
        recurrent_kernel_(data(RecurrentKernel)),
        dz_(s_.rows() * s_.gates()),
        dh_(s_.batch * s_.units),
        dc_(s_.batch * s_.units) {}

  void run(Tensor* gradients) {
    go_through_steps();
    const LstmSizes& s = s_;
    const Matrix<S> dz{dz_.get(), s.gates()};
    if (S* dx = wanted(X, gradients))  // [N·T,C] = [N·T,4U] @ [C,4U]ᵀ
      gemm(s.rows(), s.features, s.gates(), dz, {data(Kernel), s.gates(), true}, dx, s.features);
    if (S* dkernel = wanted(Kernel, gradients))  // [C,4U] = [N·T,C]ᵀ @ [N·T,4U]
      gemm(s.features, s.gates(), s.rows(), {data(X), s.features, true}, dz, dkernel, s.gates());
    if (S* drecurrent = wanted(RecurrentKernel, gradients)) {  // [U,4U] = [N·T,U]ᵀ @ [N·T,4U]
      const Scratch<S> h_prev(s.rows() * s.units);
      gather_previous_states(h_prev.get());
      gemm(s.units, s.gates(), s.rows(), {h_prev.get(), s.units, true}, dz, drecurrent, s.gates());
    }
    if (S* dbias = wanted(Bias, gradients)) kernels::reduce<S>().sum(dz_.get(), dbias, {1, s.rows(), s.gates()});
    if (S* dh = wanted(H, gradients)) std::copy_n(dh_.get(), s.batch * s.units, dh);
    if (S* dc = wanted(C, gradients)) std::copy_n(dc_.get(), s.batch * s.units, dc);
  }

 private:
  const S* data(int input) const { return static_cast<const S*>(saved_.input_data(input)); }

  S* wanted(int input, Tensor* gradients) const {
    if (!saved_.needs(input)) return nullptr;
    saved_.count(input);
    gradients[input] = make_tensor(saved_.input_shape(input), saved_.dtype());
    return raw_out<S>(gradients[input]);
  }

  // Leaves dz of all steps, and dh and dc of the state before the first.
  void go_through_steps() {
    const LstmSizes& s = s_;
    const Tensor kept_gates = saved_.extra(Gates), kept_cells = saved_.extra(Cells);
    const S *gates = raw<S>(kept_gates), *cells = raw<S>(kept_cells);
    const S* first_c = has_state_ ? data(C) : nullptr;
    const std::int64_t stride_z = s.gates_stride(), stride_c = s.states_stride();
    S *dh = dh_.get(), *dc = dc_.get();
    std::fill_n(dc, s.batch * s.units, S(0));
    if (!attrs_.return_sequences)
      std::copy_n(g_, s.batch * s.units, dh);
    else if (s.steps > 0)
      copy_rows(s.batch, s.units, g_ + (s.steps - 1) * s.units, s.states_stride(), dh, s.units);
    else
      std::fill_n(dh, s.batch * s.units, S(0));

    const kernels::LstmLoops<S>& loops = kernels::lstm_gates<S>();
    for (std::int64_t step = s.steps - 1; step >= 0; --step) {
      const std::int64_t at = place_of(step, s, attrs_) * s.gates();
      const S* c_prev = step > 0 ? cells + (step - 1) * s.units : first_c;
      const std::int64_t stride_c_prev = step > 0 ? stride_c : s.units;
      each_piece(s, [&](std::int64_t begin, std::int64_t end) {
        loops.backward({.rows = end - begin,
                        .units = s.units,
                        .gates = {gates + at + begin * stride_z, stride_z},
                        .c = {cells + step * s.units + begin * stride_c, stride_c},
                        .tanh_c = {},
                        .c_prev = {c_prev ? c_prev + begin * stride_c_prev : nullptr, stride_c_prev},
                        .dh = {dh + begin * s.units, s.units},
                        .dc = {dc + begin * s.units, s.units},
                        .dz = {dz_.get() + at + begin * stride_z, stride_z}});
      });
      if (step == 0 && !has_state_) break;
      const bool adds = step > 0 && attrs_.return_sequences;
      if (adds) copy_rows(s.batch, s.units, g_ + (step - 1) * s.units, s.states_stride(), dh, s.units);
      // [N,U] = [N,4U] @ [U,4U]ᵀ
      gemm(s.batch, s.units, s.gates(), {dz_.get() + at, stride_z}, {recurrent_kernel_, s.gates(), true}, dh, s.units,
           adds ? S(1) : S(0));
    }
  }

  // The state that each step started from, [N,T,U] in the order of x.
  void gather_previous_states(S* to) const {
    const LstmSizes& s = s_;
    const Tensor kept = saved_.extra(Hidden);
    const S *hidden = raw<S>(kept), *first = has_state_ ? data(H) : nullptr;
    for (std::int64_t i = 0; i < s.batch; ++i, hidden += s.states_stride())
      for (std::int64_t step = 0; step < s.steps; ++step) {
        S* at = to + (i * s.steps + place_of(step, s, attrs_)) * s.units;
        if (step > 0)
          std::copy_n(hidden + (step - 1) * s.units, s.units, at);
        else if (first)
          std::copy_n(first + i * s.units, s.units, at);
        else
          std::fill_n(at, s.units, S(0));
      }
  }

  const Saved& saved_;
  const LstmAttrs& attrs_;
  LstmSizes s_;
  bool has_state_;
  const S* g_;
  const S* recurrent_kernel_;
  Scratch<S> dz_, dh_, dc_;
};

void lstm_joint(const Saved& saved, const Tensor& g, Tensor* gradients) {
  dispatch_floating(saved.dtype(), [&]<class S>(S) { LstmBackwardPass<S>(saved, g).run(gradients); });
}

void lstm_compute(const Inputs& x, const Attrs& attrs, const Outputs& y) {
  dispatch_floating(x[X].dtype(), [&]<class S>(S) { lstm_forward<S>(x, attrs.as<LstmAttrs>(), y); });
}

// --------------------------------------------------------------------------------------------------------------- rows

Samples lstm_samples() {
  const Tensors inputs = {normal({2, 3, 2}), 0.5 * normal({2, 12}, 2), 0.5 * normal({3, 12}, 3), 0.5 * normal({12}, 4)};
  Tensors without_bias = {normal({1, 2, 3}), 0.5 * normal({3, 8}, 2), 0.5 * normal({2, 8}, 3), Tensor()};
  return {
      {inputs, [](const Tensors& x) { return lstm(x[0], x[1], x[2], x[3]); }},
      {inputs, [](const Tensors& x) { return lstm(x[0], x[1], x[2], x[3], {.return_sequences = true}); }},
      {inputs,
       [](const Tensors& x) { return lstm(x[0], x[1], x[2], x[3], {.return_sequences = true, .go_backwards = true}); }},
      {without_bias, [](const Tensors& x) { return lstm(x[0], x[1], x[2], x[3], {.go_backwards = true}); }}};
}

Samples lstm_with_state_samples() {
  const Tensors inputs = {normal({2, 3, 2}),    0.5 * normal({2, 8}, 2), 0.5 * normal({2, 8}, 3),
                          0.5 * normal({8}, 4), 0.5 * normal({2, 2}, 5), normal({2, 2}, 6)};
  return {{inputs, [](const Tensors& x) { return lstm_with_state(x[0], x[1], x[2], x[3], x[4], x[5]); }},
          {inputs, [](const Tensors& x) {
             return lstm_with_state(x[0], x[1], x[2], x[3], x[4], x[5], {.return_sequences = true});
           }}};
}

// What the way back through the steps reads. dbias reads the bias for its composite.
constexpr Reads reads_steps = reads_input(RecurrentKernel) | reads_gates;

// dx = dz·kernelᵀ    dkernel = xᵀ·dz    drecurrent_kernel = h_prevᵀ·dz    dbias = Σ dz
constinit const Op lstm_op{
    .name = "lstm",
    .shape = [](const Inputs& x, const Attrs& attrs, Specs& y) { lstm_shape("lstm", x, attrs.as<LstmAttrs>(), y); },
    .compute = lstm_compute,
    .rules = {{{"x", reads_steps | reads_input(Kernel)},
               {"kernel", reads_steps | reads_input(X)},
               {"recurrent_kernel", reads_steps | reads_extra(Hidden)},
               {"bias", reads_steps | reads_input(Bias)}}},
    .joint = lstm_joint,
    .composite = lstm_composite,
    .samples = lstm_samples,
};

constexpr Reads reads_state_steps = reads_steps | reads_input(C);

// The same, and dh, dc of the states before the first step.
constinit const Op lstm_with_state_op{
    .name = "lstm_with_state",
    .shape = [](const Inputs& x, const Attrs& attrs,
                Specs& y) { lstm_shape("lstm_with_state", x, attrs.as<LstmAttrs>(), y); },
    .compute = lstm_compute,
    .rules = {{{"x", reads_state_steps | reads_input(Kernel)},
               {"kernel", reads_state_steps | reads_input(X)},
               {"recurrent_kernel", reads_state_steps | reads_extra(Hidden) | reads_input(H)},
               {"bias", reads_state_steps | reads_input(Bias)},
               {"h", reads_state_steps},
               {"c", reads_state_steps}}},
    .joint = lstm_joint,
    .composite = lstm_composite,
    .samples = lstm_with_state_samples,
};

}  // namespace

Tensor lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
            const LstmOptions& options) {
  const LstmAttrs attrs{options.return_sequences, options.go_backwards};
  return apply(lstm_op, attrs, {&x, &kernel, &recurrent_kernel, &bias});
}
Tensor lstm_with_state(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                       const Tensor& h, const Tensor& c, const LstmWithStateOptions& options) {
  const LstmAttrs attrs{options.return_sequences, false};
  return apply(lstm_with_state_op, attrs, {&x, &kernel, &recurrent_kernel, &bias, &h, &c});
}

namespace detail {

Family recurrent_rows() {
  static constexpr const Op* rows[] = {&lstm_op, &lstm_with_state_op};
  return rows;
}

}  // namespace detail

}  // namespace frost
