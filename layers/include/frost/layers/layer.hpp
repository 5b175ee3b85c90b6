#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/positional.hpp>
#include <frost/autograd/tensor.hpp>
#include <frost/layers/call.hpp>
#include <frost/layers/config.hpp>
#include <frost/layers/constraint.hpp>
#include <frost/layers/flops.hpp>
#include <frost/layers/initializer.hpp>
#include <frost/layers/regularizer.hpp>
#include <frost/layers/symbol.hpp>
#include <frost/layers/symbol_functions.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace frost {

namespace detail {
struct LayerGuard;
/// Where a thread's calls of a layer note what they gave.
struct Watcher {
  const void* thread;
  Tensors* outputs;
};
}  // namespace detail

struct WeightOptions {
  Regularizer regularizer = {};
  Constraint constraint = {};
  /// Absent: the layer's dtype.
  std::optional<DType> dtype = {};
};

/// A weight as its layer knows it.
struct OwnWeight {
  Parameter parameter = {};
  std::string name = {};  // within the layer: kernel, bias, gamma
  Regularizer regularizer = {};
  Constraint constraint = {};
  bool is_state = false;   // never trained: a moving statistic
  bool is_shared = false;  // another layer's
};

/// What a layer is made of. A layer of your own derives from this and overrides `call` and, if it has weights, `build`;
/// no macro, no registration, no shape function:
///
///     class Scale : public LayerBase {
///      public:
///       void build(const Shape& input) override { gain_ = add_weight("gain", {input.back()}, "ones"); }
///       Tensor call(const Tensor& x, const CallContext&) override { return x * gain_; }
///      private:
///       Parameter gain_;
///     };
///     Layer scale = layer<Scale>();
class FROST_API LayerBase : public detail::Counted {
 public:
  LayerBase();
  virtual ~LayerBase();
  LayerBase& operator=(const LayerBase&) = delete;

  /// Makes the weights, before the first call. The shape has −1 for the batch and for unknown sizes.
  virtual void build(const Shape& input);
  /// The same for a layer with several inputs.
  virtual void build(const std::vector<Shape>& inputs);

  /// The result for one input. While a model is built, tensors have shapes and no values.
  virtual Tensor call(const Tensor& x, const CallContext& context);
  /// The result for several inputs.
  virtual Tensor call(const Tensors& xs, const CallContext& context);
  /// The results of a layer with several outputs.
  virtual Tensors call_all(const Tensors& xs, const CallContext& context);

  /// A layer with the same options that is not built: what Model::clone makes its copies from. A class that can be
  /// copied, adds its weights in `build` and was made by `layer<…>` needs no override; others say how:
  /// `Layer copy_unbuilt() const override { return layer<Twice>(options_); }`.
  /// Throws: ValueError that names the class when it must be overridden.
  virtual Layer copy_unbuilt() const;

  /// The options under Keras' names, which make_layer takes: what model files hold. Name, trainable and dtype are added
  /// by Layer::config. Throws: ValueError that names the class when it must be overridden.
  virtual Config config() const;

  /// Whether `call` draws random numbers when its context says `training`. What does not, and is frozen, may be
  /// computed once for many epochs: see CacheFrozen. A class that draws, from whatever generator, overrides it; so does
  /// one whose result for a row depends on the other rows of the batch.
  virtual bool is_random() const { return false; }
  /// Whether `call` changes what `add_state` made when its context says `training`. Unless overridden, so does a layer
  /// that has any and whose statistics are not frozen.
  virtual bool moves_states() const;

  /// Whether `call` asks for a penalty on what it computes: ActivityPenalties::note. What does is not computed once for
  /// many epochs while the layer trains by its flag. A class that asks overrides it.
  virtual bool penalizes_activity() const { return false; }

  /// Whether the result has the steps of the input, so that the input's mask is the result's. What says no drops it.
  virtual bool supports_masking() const { return false; }
  /// The masks of the results, as `xs` and their masks (each may be absent) give them; fewer than results, or absent,
  /// where there is none. Unless overridden, with supports_masking() a step counts that counts in every input that has
  /// a mask; without it, there is none.
  virtual Tensors compute_mask(const Tensors& xs, const Tensors& masks) const;

  /// Whether what a call gives depends on earlier calls, until `reset_states`.
  virtual bool is_stateful() const { return false; }
  /// Forgets earlier calls.
  virtual void reset_states() {}
  /// What brings back all that calls in training change, beside what `add_state` made, to what it is now: states, a
  /// generator of the layer's own. `fit` calls it when it refuses a batch. Empty, as it is unless overridden: nothing.
  virtual std::function<void()> restore_point() { return {}; }

  /// What a call costs on inputs of these shapes, which gives outputs of those: what `freeze_report` counts and
  /// predicts from. Unless overridden, no products, and for each result and gradient an operation an element.
  virtual LayerFlops flops(const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) const;

  /// The class' name without namespaces.
  virtual std::string type() const;
  /// What the layer is called before it has a name: the type in snake case.
  virtual std::string default_name() const;

  /// The name; before it joins a model a layer that was given none is called by its type.
  const std::string& name() const;
  bool trainable() const;
  /// Whether freeze_statistics keeps the layer's states: a layer that moves them asks.
  bool keeps_statistics() const;
  bool is_built() const { return built_.load(std::memory_order_acquire); }
  const std::vector<OwnWeight>& own_weights() const { return weights_; }
  /// The layers inside this one.
  const std::vector<Layer>& sublayers() const { return sublayers_; }

 protected:
  /// Copies options and flags, no weights, layers or calls.
  LayerBase(const LayerBase& other);

  /// Adds a weight, `layer/name`, trainable unless the layer is frozen or paused.
  /// Throws: ValueError when the layer has one of that name; ShapeError when a size is unknown.
  Parameter add_weight(const std::string& name, const Shape& shape, const Initializer& initializer = "glorot_uniform",
                       const WeightOptions& options = {});
  /// Adds another layer's weight: both train and freeze it, so that a frozen layer freezes it.
  Parameter add_weight(const std::string& name, const Parameter& shared);
  /// Adds a weight that is never trained.
  Parameter add_state(const std::string& name, const Shape& shape, const Initializer& initializer = "zeros");
  /// Takes in a layer: its weights are this layer's too, and freezing reaches it; what was said to this layer before
  /// (frozen, with what options, paused, its statistics kept) is said to it. Layers without a name are counted as in a
  /// model: dense, dense_1. In `call`, call it as `inner(x, context)`.
  /// Throws: ValueError when there is one of its given name, or when this layer is inside it.
  Layer add_layer(const Layer& layer);
  /// What the options of a layer say in common.
  void configure(const std::string& name, bool trainable, DType dtype);
  /// The dtype of the weights.
  DType dtype() const;
  /// Whether `training` is masked by this layer's own flag; a container leaves that to the layers inside.
  void set_container() { container_ = true; }

 private:
  friend class Layer;
  friend struct detail::Graph;
  friend struct detail::Call;
  Tensor call_by_default(const Tensors& xs, const CallContext& context);
  /// What the one input of its build was.
  struct BuiltOn {
    std::optional<Shape> shape;
    std::optional<DType> dtype;
  };
  Parameter make_weight(const std::string& name, const Shape& shape, const Initializer& initializer,
                        const WeightOptions& options, bool is_state);

  mutable std::string name_;
  bool named_ = false;    // a given name, or one that a model gave
  bool counted_ = false;  // the latter, which moves on where it meets another
  bool trainable_ = true;
  bool keep_stochastic_ = false;    // random although frozen
  bool keep_state_ = false;         // optimizers keep the state of what it adds although it is frozen
  bool keep_statistics_ = false;    // moving statistics stay, whatever trains
  std::atomic<bool> built_{false};  // set last: whoever sees it sees the weights
  bool container_ = false;
  std::int32_t paused_ = 0;  // guards that pause the layer
  std::int32_t lifted_ = 0;  // how many of them a later set_trainable(true) overruled
  std::optional<DType> dtype_;
  std::vector<OwnWeight> weights_;
  std::vector<Layer> sublayers_;
  BuiltOn built_on_;
  std::size_t made_before_build_ = 0;  // weights and layers that the constructor added
  LayerBase* (*copy_)(const LayerBase&) = nullptr;
  std::vector<detail::CallBase*> calls_;  // the living symbolic calls, oldest first; they keep the layer, not it them
  std::vector<detail::Watcher> watchers_;
  std::atomic<std::int32_t> watched_{0};     // how many watchers there are
  std::vector<LayerBase*> holders_;          // the living models and layers that it is in; it does not keep them
  std::vector<detail::LayerGuard*> guards_;  // told of what is added
  std::uint32_t made_in_;                    // the run of a checkpoint's function; 0: none
};

/// A handle to a layer: copies share weights, name and flags.
class FROST_API Layer {
 public:
  /// An absent layer. It converts to false.
  Layer() = default;
  explicit Layer(detail::Ref<LayerBase> base);
  explicit operator bool() const { return static_cast<bool>(base_); }
  bool is_same(const Layer& other) const { return base_ == other.base_; }

  /// Calls the layer, which the first call builds. Throws what the operations throw, the layer's path in front;
  /// GraphError when there are several outputs: use `all`.
  Tensor operator()(const Tensor& x, const CallOptions& options = {}) const;
  Tensor operator()(const Tensors& xs, const CallOptions& options = {}) const;
  Symbol operator()(const Symbol& x) const;
  Symbol operator()(const Symbols& xs) const;
  /// The same for several outputs.
  Tensors all(const Tensor& x, const CallOptions& options = {}) const;
  Tensors all(const Tensors& xs, const CallOptions& options = {}) const;
  Symbols all(const Symbol& x) const;
  Symbols all(const Symbols& xs) const;

  const std::string& name() const;
  /// Renames the layer and its weights. Throws: ValueError for an empty name, and for one that another layer has in a
  /// model or layer that this one is in; then nothing is changed.
  void set_name(const std::string& name) const;
  std::string type() const;
  /// The layer's options with name, trainable and dtype: `make_layer(layer.type(), layer.config())` gives an equal
  /// layer with fresh weights.
  Config config() const;
  bool is_built() const;

  /// The layer's flag. Single weights may differ from it; theirs is `requires_grad`.
  bool trainable() const;
  /// Freezes (false) or thaws (true) the layer, its weights and everything inside. Acts at the next forward pass;
  /// before the layer is built it is remembered.
  void set_trainable(bool trainable) const;
  /// Whether the layer stays random in training although it is frozen.
  bool keeps_stochastic() const;
  /// Whether freeze_statistics keeps the layer's moving statistics as they are.
  bool keeps_statistics() const;

  /// All weights: own, then those of the layers inside; each once.
  Parameters weights() const;
  Parameters trainable_weights() const;
  Parameters non_trainable_weights() const;
  /// Copies of the values, in the order of weights().
  Tensors get_weights() const;
  /// Writes all values, frozen or not. Throws: ValueError or ShapeError when the number, a shape or a dtype differs;
  /// then nothing is changed.
  void set_weights(const Tensors& values) const;
  std::int64_t count_params() const;

  /// Has the layer and those inside forget the states that stateful recurrent layers keep between batches.
  void reset_states() const;

  /// What the layer was called on, and what that gave, when it was called on symbols exactly once.
  /// Throws: GraphError if it was not called, or more than once: see output_at.
  Symbol input() const;
  Symbol output() const;
  Symbols inputs() const;
  Symbols outputs() const;
  /// The result of the i-th symbolic call.
  Symbol output_at(std::size_t call) const;

  LayerBase& base() const;

 protected:
  detail::Ref<LayerBase> base_;
};

namespace detail {
FROST_API void set_copier(LayerBase& layer, LayerBase* (*copy)(const LayerBase&));
}

/// Makes a layer of a class of yours: `Layer scale = layer<Scale>(2.0)`.
template <std::derived_from<LayerBase> L, class... A>
Layer layer(A&&... arguments) {
  const detail::Ref<LayerBase> base(new L(std::forward<A>(arguments)...));
  if constexpr (std::copy_constructible<L>)
    detail::set_copier(*base, [](const LayerBase& l) -> LayerBase* { return new L(static_cast<const L&>(l)); });
  return Layer(base);
}

}  // namespace frost
