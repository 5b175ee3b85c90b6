#pragma once
#include <frost/autograd/checkpoint.hpp>
#include <frost/layers/layer.hpp>

// What models need to know of layers and symbols beyond their public face.
namespace frost::detail {

// Note [Two witnesses]
// A layer called on a symbol runs `call` on tensors without values, twice: unknown sizes are 3360 the first time and
// 6720 the second. Where the results' sizes differ, they depend on something unknown. Layers thus never meet −1.
constexpr std::int64_t witness_size[2] = {3360, 6720};

/// One symbolic call of a layer. It keeps the layer and what led to it.
struct Call : CallBase {
  struct Output {
    Shape shape;          // −1 where the witnesses differ
    Tensor witness[2];    // see Note [Two witnesses]
    Tensor mask[2] = {};  // its mask, when it has one
  };

  Call(const Layer& called, const Symbols& arguments, bool is_remembered);
  ~Call() override;

  std::uint64_t sequence;  // rises from call to call: inputs have smaller ones
  Layer layer;
  Symbols inputs;
  std::vector<Output> outputs;
  bool remembered;  // the layer's output() knows it
};

struct Graph {
  static Call& call(const Symbol& s) { return static_cast<Call&>(*s.call_); }
  static int output(const Symbol& s) { return s.output_; }
  static Symbol symbol(Call& call, int output);
  static Symbols symbols(Call& call);

  /// Calls a layer on symbols. What is not remembered does not count for the layer's output().
  static Symbols connect(const Layer& layer, const Symbols& inputs, bool remember = true);

  /// Builds a layer that is not built yet. Throws what its build throws; then it has no weights.
  static void build(LayerBase& layer, const std::vector<Shape>& shapes);
  static void build_for(LayerBase& layer, const Tensor* xs, std::size_t count);
  /// The run of a checkpoint's function that made the layer; 0: none.
  static std::uint32_t made_in(const LayerBase& layer) { return layer.made_in_; }
  static void set_built(LayerBase& layer) { layer.built_ = true; }

  /// Whether the layer's flag has it trained and no guard pauses it.
  static bool trains(const LayerBase& layer) { return decided(&layer.lifted_, layer.made_in_, has_trained(layer)); }
  /// Whether a call that is part of training is so for the layer.
  static bool is_training(const LayerBase& layer, bool training) {
    return training &&
           decided(&layer.container_, layer.made_in_, has_trained(layer) || layer.keep_stochastic_ || layer.container_);
  }
  static CallContext context(const LayerBase& layer, bool training, const CallStream& stream) {
    return {is_training(layer, training), stream};
  }
  static CallContext context(const LayerBase& layer, const CallOptions& options) {
    CallContext made = context(layer, options.training, options.stream);
    if (!options.masks.empty()) made.masks_ = Ref<CallMasks>(new CallMasks(options.masks));
    return made;
  }
  static const CallStream& stream(const CallContext& context) { return context.stream_; }
  /// Calls a layer and finds the masks of its results.
  static Tensors call_with_masks(LayerBase& layer, const Tensors& xs, const Tensors& masks, CallContext context,
                                 Tensors& results);
  static Tensors call_with_masks(LayerBase& layer, const Tensors& xs, const CallOptions& options) {
    return call_with_masks(layer, xs, options.masks, context(layer, options), *options.result_masks);
  }
  /// Where the caller wants the masks of the results; null if it does not.
  static Tensors* told(const CallContext& context) { return context.masks_ ? &context.masks_->told : nullptr; }

  static bool is_named(const LayerBase& layer) { return layer.named_; }
  static void set_name(LayerBase& layer, const std::string& name);
  static void set_sublayers(LayerBase& layer, std::vector<Layer> layers) { layer.sublayers_ = std::move(layers); }
  static void set_trainable_flag(LayerBase& layer, bool trainable) {
    layer.trainable_ = trainable;
    if (trainable) layer.lifted_ = layer.paused_;
  }
  static void set_keep_stochastic(LayerBase& layer, bool keep) { layer.keep_stochastic_ = keep; }
  static void set_keep_statistics(LayerBase& layer, bool keep) { layer.keep_statistics_ = keep; }
  static void set_dtype(LayerBase& layer, DType dtype) { layer.dtype_ = dtype; }
  /// How copy_unbuilt makes an object of the layer's class.
  static void set_copier(LayerBase& layer, LayerBase* (*copy)(const LayerBase&)) { layer.copy_ = copy; }

  /// A paused layer is called as a frozen one is; its flags stay. Pauses are counted.
  static void pause(LayerBase& layer) { ++layer.paused_; }
  static void resume(LayerBase& layer) { --layer.paused_; }
  /// The flags of a layer, taken to be put back later.
  struct Flags {
    bool trainable, keep_stochastic, keep_statistics;
    std::int32_t lifted;
  };
  static Flags flags(const LayerBase& layer) {
    return {layer.trainable_, layer.keep_stochastic_, layer.keep_statistics_, layer.lifted_};
  }
  static void restore_flags(LayerBase& layer, const Flags& flags) {
    layer.trainable_ = flags.trainable;
    layer.keep_stochastic_ = flags.keep_stochastic;
    layer.keep_statistics_ = flags.keep_statistics;
    layer.lifted_ = flags.lifted < layer.paused_ ? flags.lifted : layer.paused_;
  }

  /// Shows what a call gave to whoever watches the layer, and has it recorded.
  static Tensor watched(const LayerBase& layer, Tensor y) {
    if (layer.watchers_.empty()) return y;
    Tensors ys = {std::move(y)};
    show_watchers(layer, ys);
    return ys[0];
  }
  static Tensors watched(const LayerBase& layer, Tensors ys) {
    if (!layer.watchers_.empty()) show_watchers(layer, ys);
    return ys;
  }
  static std::vector<Tensors*>& watchers(LayerBase& layer) { return layer.watchers_; }
  static bool is_watched(const LayerBase& layer) { return !layer.watchers_.empty(); }
  static void show_watchers(const LayerBase& layer, Tensors& ys);
  static bool has_trained(const LayerBase& layer) { return layer.trainable_ && layer.paused_ <= layer.lifted_; }

  /// Throws the error that is being handled again, of the same class, with the layer's name in front of its path.
  [[noreturn]] static void rethrow_inside(const LayerBase& layer);
};

/// Whether the layer is a model's Input.
bool is_input(const Layer& layer);
/// The symbol of an input layer.
Symbol call_input(const Layer& layer);

/// Of the candidates, those near a name that was not found, as a sentence: " Near it: 'lstm_1'.", or all of a few.
std::string near_names(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace frost::detail
