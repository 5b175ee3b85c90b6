#include <frost/layers/gradcheck.hpp>

#include "expect.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/gradcheck_subject.hpp>
#include <frost/autograd/leaf.hpp>
#include <frost/layers/copying.hpp>

#include <algorithm>

namespace frost::detail {

namespace {

// See Note [A layer as a function]
class LayerSubject : public GradcheckSubject {
 public:
  LayerSubject(const Layer& layer, const Tensors& xs, const GradcheckLoss& loss, bool training)
      : pristine_(layer), inputs_(xs.size()), loss_(loss), training_(training) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
      values.push_back(xs[i]);
      differentiate.push_back(xs[i].present() && is_floating(xs[i].dtype()));
      names.push_back(xs.size() == 1 ? "input" : fmt::format("input {}", i));
    }
    take_copy();
    for (const Parameter& w : weights_) {
      values.push_back(gradcheck_value(w));
      differentiate.push_back(w.requires_grad());
      names.push_back(w.name());
    }
    for (const Parameter& s : states_) state_values_.push_back(s.detach().clone());
    label = training ? "training" : "inference";
    is_closed = true;
  }

  /// Has every call make a copy of the layer, for one that counts its calls.
  void copy_at_every_call() { copies_always_ = true; }

  Tensors run(const Tensors& at, const std::vector<bool>& enabled, Tensors& leaves) override {
    if (copies_always_) take_copy();
    leaves.clear();
    for (std::size_t i = 0; i < inputs_; ++i) leaves.push_back(gradcheck_leaf(at[i], enabled[i]));
    for (std::size_t s = 0; s < states_.size(); ++s) states_[s].assign(state_values_[s]);
    for (std::size_t w = 0, i = inputs_; w < weights_.size(); ++w, ++i) {
      weights_[w].assign(at[i]);
      if (differentiate[i]) weights_[w].set_requires_grad(enabled[i]);
      if (enabled[i]) poison_gradient(weights_[w]);
      leaves.push_back(weights_[w]);
    }
    Generator stream(0x51a7e);
    const Tensors xs(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(inputs_));
    const Tensors ys = copy_.all(xs, {.training = training_, .stream = &stream});
    if (!loss_.call) return gradcheck_outputs(ys);
    expect<GraphError>(ys.size() == 1, "gradcheck: the layer '{}' has {} outputs; expected one where a loss is given",
                       copy_.name(), ys.size());
    return gradcheck_outputs({loss_.call(loss_.function, loss_.y_true, ys[0])});
  }

 private:
  void take_copy() {
    copy_ = copy_in(pristine_, Tensors(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(inputs_)),
                    DType::float64);
    weights_.clear();
    states_.clear();
    collect(copy_);
    for (const Parameter& w : weights_) {
      LeafState state = leaf_state(w);
      state.part = {};
      restore_leaf_state(w, state);
    }
  }
  // Each weight and each state once.
  void collect(const Layer& layer) {
    for (const OwnWeight& own : layer.base().own_weights()) {
      Parameters& list = own.is_state ? states_ : weights_;
      if (std::none_of(list.begin(), list.end(), [&](const Parameter& w) { return w.is_same(own.parameter); }))
        list.push_back(own.parameter);
    }
    for (const Layer& inner : layer.base().sublayers()) collect(inner);
  }

  Layer pristine_, copy_;
  std::size_t inputs_;
  const GradcheckLoss& loss_;
  bool training_;
  bool copies_always_ = false;
  Parameters weights_, states_;
  Tensors state_values_;
};

bool is_random(const Layer& layer) {
  if (layer.base().is_random()) return true;
  const std::vector<Layer>& inner = layer.base().sublayers();
  return std::any_of(inner.begin(), inner.end(), is_random);
}

// Whether two calls agree.
bool is_steady(LayerSubject& subject) {
  Tensors leaves;
  const Tensors once = subject.run(subject.values, subject.differentiate, leaves);
  const Tensors twice = subject.run(subject.values, subject.differentiate, leaves);
  for (std::size_t k = 0; k < once.size(); ++k) {
    if (once[k].dtype() != DType::float64) continue;  // refused where it is compared
    const std::span<const double> a = once[k].data<double>(), b = twice[k].data<double>();
    if (!std::equal(a.begin(), a.end(), b.begin(), b.end())) return false;
  }
  return true;
}

}  // namespace

// Note [A layer as a function]
// The checker needs a function of numbers. A layer's copy in float64 is one once its weights are written before every
// call, its states are put back, and it draws from the same stream. A layer that draws from a generator of its own is
// not; but a copy of it does draw what its original would, so that a fresh copy for every call is.
GradcheckReport gradcheck_layer(const Layer& layer, const Tensors& xs, const GradcheckLoss& loss,
                                const GradcheckOptions& options) {
  const EnableGrad recorded;
  const Layer copy = copy_in(layer, xs, DType::float64);  // builds the layer, in its own dtype
  const DefaultFloat64 float64;
  Tensors inputs;
  for (const Tensor& x : xs) inputs.push_back(gradcheck_value(x));
  const GradcheckLoss promoted{loss.function, loss.call, gradcheck_value(loss.y_true)};
  GradcheckReport report;
  for (const bool training : {false, true}) {
    LayerSubject subject(copy, inputs, promoted, training);
    if (!is_steady(subject)) {
      subject.copy_at_every_call();
      if (!is_steady(subject) && training && is_random(copy)) {
        report.notes.push_back("training is not checked: it is random beyond the stream it is given");
        continue;
      }
    }
    if (training && is_random(copy)) report.notes.push_back("in training the same random numbers are drawn every time");
    gradcheck(subject, options, report);
  }
  return report;
}

}  // namespace frost::detail
