#include "recurrent.hpp"

#include "elementwise_flops.hpp"
#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>
#include <frost/layers/activity.hpp>

#include <algorithm>

namespace frost::detail {

namespace {

// Where the steps that count stand in each row, in the order in which they are read.
struct Steps {
  Tensor order;           // (N·T): which step of all rows' stands here, those that count first in each row
  Tensor latest;          // (N·T): where what a step shows stands in that order
  Tensor last;            // (N)
  Tensor begun;           // (N, T, 1): whether any step counted yet; absent where always
  Tensor any;             // (N, 1): whether any does; absent where always
  bool is_order = false;  // the order changes nothing
};

Steps steps_of(const Tensor& mask, bool backwards) {
  const std::int64_t rows = mask.shape()[0], steps = mask.shape()[1];
  const auto counts = mask.data<bool>();
  std::vector<std::int64_t> order, latest, last;
  std::vector<bool> begun, any;
  Steps found;
  found.is_order = true;
  for (std::int64_t n = 0; n < rows; ++n) {
    std::vector<std::int64_t> counted, others;
    for (std::int64_t i = 0; i < steps; ++i) {
      const std::int64_t at = n * steps + (backwards ? steps - 1 - i : i);
      (counts[static_cast<std::size_t>(at)] ? counted : others).push_back(at);
      const auto so_far = static_cast<std::int64_t>(counted.size());
      begun.push_back(so_far > 0);
      latest.push_back(n * steps + std::max<std::int64_t>(so_far - 1, 0));
    }
    any.push_back(!counted.empty());
    last.push_back(latest.back());
    counted.insert(counted.end(), others.begin(), others.end());
    for (std::size_t i = 0; i < counted.size(); ++i)
      found.is_order &= counted[i] == n * steps + static_cast<std::int64_t>(i);
    order.insert(order.end(), counted.begin(), counted.end());
  }
  const auto flags = [](const std::vector<bool>& list, const Shape& shape) {
    if (std::all_of(list.begin(), list.end(), [](bool b) { return b; })) return Tensor();
    return not_equal(from_vector(std::vector<std::int64_t>(list.begin(), list.end()), shape), 0);
  };
  found.order = from_vector(order, {rows * steps});
  found.latest = from_vector(latest, {rows * steps});
  found.last = from_vector(last, {rows});
  found.begun = flags(begun, {rows, steps, 1});
  found.any = flags(any, {rows, 1});
  return found;
}

bool all_count(const Tensor& mask) {
  const auto counts = mask.data<bool>();
  return std::all_of(counts.begin(), counts.end(), [](bool b) { return b; });
}

// (N, T, …) as rows of steps and back.
Tensor as_rows(const Tensor& x) {
  Shape shape = x.shape();
  shape[1] *= shape[0];
  shape.erase(shape.begin());
  return reshape(x, shape);
}

}  // namespace

Tensor RecurrentBase::call(const Tensor& x, const CallContext& context) {
  const Flow flow = this->flow();
  if (!context.has_masks() && !flow.stateful && !flow.return_state)
    if (const Tensor y = fused(x, {}, flow, context); y.present()) {
      ActivityPenalties::note(*this, flow.activity_regularizer, y);
      return y;
    }
  return call(Tensors{x}, context);
}
Tensor RecurrentBase::call(const Tensors& xs, const CallContext& context) {
  expect<GraphError>(!flow().return_state, "{}: with return_state there are {} outputs; use all(…)", type(),
                     1 + state_sizes().size());
  const Tensor y = run(xs, context)[0];
  ActivityPenalties::note(*this, flow().activity_regularizer, y);
  return y;
}
Tensors RecurrentBase::call_all(const Tensors& xs, const CallContext& context) {
  Tensors ys = run(xs, context);
  if (!flow().return_state) ys.resize(1);
  ActivityPenalties::note(*this, flow().activity_regularizer, ys[0]);
  return ys;
}

Tensors RecurrentBase::compute_mask(const Tensors&, const Tensors& masks) const {
  return flow().return_sequences && !masks.empty() ? Tensors{masks[0]} : Tensors();
}

Tensors RecurrentBase::initial_states(const Tensors& xs) const {
  const std::vector<std::int64_t> sizes = state_sizes();
  expect(xs.size() == 1 || xs.size() == 1 + sizes.size(),
         "{}: got {} inputs; expected the sequences alone, or followed by {} initial states", type(), xs.size(),
         sizes.size());
  const std::int64_t rows = xs[0].shape()[0];
  for (std::size_t i = 1; i < xs.size(); ++i) {
    expect<ShapeError>(xs[i].shape() == Shape({rows, sizes[i - 1]}),
                       "{}: initial state {} has shape {}; expected {} for x of shape {}", type(), i - 1,
                       to_string(xs[i].shape()), to_string(Shape{rows, sizes[i - 1]}), to_string(xs[0].shape()));
    expect(is_floating(xs[i].dtype()) && (!is_floating(xs[0].dtype()) || xs[i].dtype() == xs[0].dtype()),
           "{}: initial state {} is of {}; expected {}", type(), i - 1, name_of(xs[i].dtype()), name_of(xs[0].dtype()));
  }
  if (xs.size() > 1) return {xs.begin() + 1, xs.end()};
  if (!flow().stateful || kept_.states.empty() || !has_values(xs[0])) return {};
  expect<ShapeError>(kept_.states[0].shape()[0] == rows,
                     "{}: stateful, with states of {} row{} from the batch before; got a batch of {} row{}; expected "
                     "as many. reset_states() forgets the states.",
                     type(), kept_.states[0].shape()[0], kept_.states[0].shape()[0] == 1 ? "" : "s", rows,
                     rows == 1 ? "" : "s");
  return kept_.states;
}

Tensors RecurrentBase::run(const Tensors& xs, const CallContext& context) {
  expect(!xs.empty() && xs[0].present(), "{}: the sequences are absent", type());
  const Tensor& x = xs[0];
  expect<ShapeError>(x.rank() >= 2, "{}: got shape {}; expected (N, T, …)", type(), to_string(x.shape()));
  expect<GraphError>(!flow().stateful || !detail::is_checkpointed(),
                     "{}: stateful, inside a checkpoint, whose second run would start from other states", type());
  const Tensors initial = initial_states(xs);
  Tensor mask = context.mask();
  if (mask.present()) {
    expect<ShapeError>(mask.dtype() == DType::boolean && mask.shape() == Shape({x.shape()[0], x.shape()[1]}),
                       "{}: the mask is {} of shape {}; expected booleans of {} for x of shape {}", type(),
                       name_of(mask.dtype()), to_string(mask.shape()), to_string(Shape{x.shape()[0], x.shape()[1]}),
                       to_string(x.shape()));
    if (!has_values(mask) || !has_values(x) || all_count(mask)) mask = Tensor();
  }
  Tensors ys = run_fused(x, initial, mask, context);
  if (ys.empty()) ys = run_steps(x, initial, mask, context);
  if (flow().stateful && has_values(x)) {
    kept_.states.clear();
    for (std::size_t i = 1; i < ys.size(); ++i) kept_.states.push_back(ys[i].detach());
  }
  return ys;
}

Tensors RecurrentBase::run_fused(const Tensor& x, const Tensors& initial, const Tensor& mask,
                                 const CallContext& context) {
  const Flow flow = this->flow();
  const bool wants_states = flow.return_state || flow.stateful;
  if ((wants_states && !state_is_output()) || (mask.present() && !initial.empty())) return {};
  if (!mask.present()) {
    const Tensor y = fused(x, initial, flow, context);
    if (!y.present()) return {};
    if (!wants_states) return {y};
    const std::int64_t steps = x.shape()[1];
    if (!has_values(y)) return {y, abstract_tensor({x.shape()[0], y.shape().back()}, y.dtype())};
    if (flow.return_sequences && steps == 0) return {};
    return {y, flow.return_sequences ? squeeze(y.slice(1, steps - 1, steps), 1) : y};
  }
  // The steps that count are brought together, so that the states of the others need not be kept.
  const Steps steps = steps_of(mask, flow.go_backwards);
  const Tensor together = steps.is_order ? x : reshape(take(as_rows(x), steps.order), x.shape());
  const Tensor y = fused(together, {}, {.return_sequences = true}, context);
  if (!y.present()) return {};
  const Tensor rows = as_rows(y);
  Tensor last = take(rows, steps.last);
  if (steps.any.present()) last = where(steps.any, last, 0.);
  if (!flow.return_sequences) return {last, last};
  const Tensor shown = reshape(take(rows, steps.latest), y.shape());
  return {steps.begun.present() ? where(steps.begun, shown, 0.) : shown, last};
}

Tensors RecurrentBase::run_steps(const Tensor& x, Tensors states, const Tensor& mask, const CallContext& context) {
  const Flow flow = this->flow();
  const std::int64_t rows = x.shape()[0], steps = x.shape()[1];
  expect<ShapeError>(steps >= 1, "{}: got shape {}; expected one step or more", type(), to_string(x.shape()));
  const Recurrence recurrence = begin(x, context);
  if (states.empty()) {
    const DType type = is_floating(x.dtype()) ? x.dtype() : dtype();
    for (const std::int64_t size : state_sizes())
      states.push_back(has_values(x) ? zeros({rows, size}, {.dtype = type}) : abstract_tensor({rows, size}, type));
  }
  const auto input = [&](std::int64_t t) { return squeeze(recurrence.inputs.slice(1, t, t + 1), 1); };
  Tensors ys;
  if (!has_values(x)) {
    const Tensor y = recurrence.step(input(0), states);
    Shape shape = y.shape();
    if (flow.return_sequences) shape.insert(shape.begin() + 1, steps);
    ys = {abstract_tensor(shape, y.dtype())};
  } else {
    Tensor y;
    Tensors outputs;
    for (std::int64_t i = 0; i < steps; ++i) {
      const std::int64_t t = flow.go_backwards ? steps - 1 - i : i;
      Tensors next = states;
      const Tensor output = recurrence.step(input(t), next);
      if (mask.present()) {
        const auto chosen = [&](const Tensor& now, const Tensor& before) {
          Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(now.rank()), 1));
          shape[0] = rows;
          const Tensor counts = reshape(mask.slice(1, t, t + 1), shape);
          return before.present() ? where(counts, now, before) : where(counts, now, 0.);
        };
        y = chosen(output, y);
        for (std::size_t k = 0; k < states.size(); ++k) states[k] = chosen(next[k], states[k]);
      } else {
        y = output;
        states = std::move(next);
      }
      if (flow.return_sequences) outputs.push_back(y);
    }
    ys = {flow.return_sequences ? stack(outputs, 1) : y};
  }
  ys.insert(ys.end(), states.begin(), states.end());
  return ys;
}

void expect_recurrent_options(const char* type, std::int64_t units, double dropout, double recurrent_dropout) {
  constexpr std::int64_t most = std::int64_t{1} << 31;  // so that the gates of all units can be counted
  expect(units >= 1 && units <= most, "{}: got {} units; expected 1 to {}", type, units, most);
  for (const double rate : {dropout, recurrent_dropout})
    expect(rate >= 0 && rate < 1, "{}: got dropout rate {}; expected 0 or more and less than 1", type, rate);
}

Tensor drop_features(const Tensor& x, double rate, const CallContext& context) {
  if (!context.training || rate == 0 || !has_values(x)) return x;
  // [N,T,C] * [N,1,C]
  return x * dropout(ones({x.shape()[0], 1, x.shape()[2]}, {.dtype = x.dtype()}), rate, context);
}

Tensor drop_states(const Tensor& x, std::int64_t units, double rate, const CallContext& context) {
  if (!context.training || rate == 0 || !has_values(x)) return {};
  return dropout(ones({x.shape()[0], units}, {.dtype = x.dtype()}), rate, context);
}

LayerFlops recurrent_flops(const Shape& x, std::int64_t units, std::int64_t blocks, std::int64_t forward,
                           std::int64_t backward, bool use_bias) {
  const std::int64_t rows = x[0] * x[1];
  const Flops input_part = {.products = 2 * rows * x[2] * blocks * units};
  const Flops recurrent_part = {.products = 2 * rows * units * blocks * units};
  LayerFlops flops = {.forward = {input_part.products + recurrent_part.products, rows * units * forward},
                      .backward = {recurrent_part.products, rows * units * backward},
                      .input_gradient = input_part,
                      .weight_gradients = {input_part, recurrent_part},
                      .steps = x[1]};
  if (use_bias) flops.weight_gradients.push_back({.elements = rows * blocks * units});
  return flops;
}

}  // namespace frost::detail
