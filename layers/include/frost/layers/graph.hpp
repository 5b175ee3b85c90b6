#pragma once
#include <frost/autograd/abstract.hpp>
#include <frost/autograd/checkpoint.hpp>
#include <frost/layers/layer.hpp>

#include <unordered_map>
#include <unordered_set>

// What models need to know of layers and symbols beyond their public face.
namespace frost::detail {

// Note [Two witnesses]
// A layer called on a symbol runs `call` on tensors without values, twice: unknown sizes are 3360 the first time and
// 6720 the second. Where the results' sizes differ, they depend on something unknown. Layers thus never meet −1. See
// Note [Abstract passes] too.
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

/// What pauses layers for a while and then puts flags back, as FreezeGuard does. It is told of what layers that it
/// knows take in meanwhile, before that takes over their flags.
struct LayerGuard {
  virtual void added(const LayerBase& to, const OwnWeight& weight) = 0;
  virtual void added(const LayerBase& to, const Layer& inner) = 0;

 protected:
  ~LayerGuard() = default;
};

struct Graph {
  static Call& call(const Symbol& s) { return static_cast<Call&>(*s.call_); }
  static int output(const Symbol& s) { return s.output_; }
  static Symbol symbol(Call& call, int output);
  static Symbols symbols(Call& call);
  /// The calls of a layer that its output() knows, oldest first.
  static std::vector<Ref<Call>> living_calls(const LayerBase& layer);

  /// Calls a layer on symbols. What is not remembered does not count for the layer's output().
  static Symbols connect(const Layer& layer, const Symbols& inputs, bool remember = true);

  /// Builds a layer that is not built yet; threads that call one for the first time wait for each other. Throws what
  /// its build throws; then it has no weights. Without dtypes they are those that its holder is built for.
  static void build(LayerBase& layer, const std::vector<Shape>& shapes, const std::vector<DType>& dtypes = {});
  /// The dtypes of what the layer that this thread builds will be called on; none where nobody knows.
  static const std::vector<DType>& dtypes_of_build();
  static void build_for(LayerBase& layer, const Tensor* xs, std::size_t count);
  /// The run of a checkpoint's function that made the layer; 0: none.
  static std::uint32_t made_in(const LayerBase& layer) { return layer.made_in_; }
  /// The shape and dtype of the one input that the layer was built for; absent where they are not known.
  static const LayerBase::BuiltOn& built_on(const LayerBase& layer) { return layer.built_on_; }
  static void set_built(LayerBase& layer) { layer.built_.store(true, std::memory_order_release); }

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
  /// A name is given by a user, or counted by a model or layer that took the layer in: base, base_1, … Where two meet,
  /// a counted one moves on.
  enum class Name : bool { given, counted };
  static bool has_given_name(const LayerBase& layer) { return layer.named_ && !layer.counted_; }
  static Name origin(const LayerBase& layer) { return layer.counted_ ? Name::counted : Name::given; }
  /// Has names that look counted count as such, of the layers inside too: what a file says is not known to be given.
  static void count_names(const LayerBase& holder);
  static void set_name(LayerBase& layer, const std::string& name, Name origin);
  /// Raised whenever a layer that has a name gets another one.
  static std::uint64_t renames();
  /// The layers inside a layer. What is new among them takes over nothing.
  static void set_sublayers(LayerBase& layer, std::vector<Layer> layers);
  static void add_sublayer(LayerBase& layer, const Layer& added);
  /// Throws: ValueError, in the name of `operation`, when `holder` is `inner` or lies inside it.
  static void expect_outside(const char* operation, const LayerBase& holder, const Layer& inner);
  /// Whether a model or layer that this one is in has another one of that name.
  static bool has_namesake(const LayerBase& layer, const std::string& name);
  /// Says to a layer that was taken in what was said to its holder before: flags and pauses.
  static void take_over(const LayerBase& holder, const Layer& inner);
  static std::vector<LayerGuard*>& guards(LayerBase& layer) { return layer.guards_; }
  static void set_trainable_flag(LayerBase& layer, bool trainable) {
    layer.trainable_ = trainable;
    if (trainable) layer.lifted_ = layer.paused_;
  }
  static void set_keep_stochastic(LayerBase& layer, bool keep) { layer.keep_stochastic_ = keep; }
  static void set_keep_state(LayerBase& layer, bool keep) { layer.keep_state_ = keep; }
  static void set_keep_statistics(LayerBase& layer, bool keep) { layer.keep_statistics_ = keep; }
  static void set_dtype(LayerBase& layer, DType dtype) { layer.dtype_ = dtype; }
  /// How copy_unbuilt makes an object of the layer's class.
  static void set_copier(LayerBase& layer, LayerBase* (*copy)(const LayerBase&)) { layer.copy_ = copy; }

  /// A paused layer is called as a frozen one is; its flags stay. Pauses are counted.
  static void pause(LayerBase& layer) { ++layer.paused_; }
  static void resume(LayerBase& layer) { --layer.paused_; }
  /// The flags of a layer, taken to be put back later.
  struct Flags {
    bool trainable, keep_stochastic, keep_state, keep_statistics;
    std::int32_t lifted;
  };
  static Flags flags(const LayerBase& layer) {
    return {layer.trainable_, layer.keep_stochastic_, layer.keep_state_, layer.keep_statistics_, layer.lifted_};
  }
  static void restore_flags(LayerBase& layer, const Flags& flags) {
    layer.trainable_ = flags.trainable;
    layer.keep_stochastic_ = flags.keep_stochastic;
    layer.keep_state_ = flags.keep_state;
    layer.keep_statistics_ = flags.keep_statistics;
    layer.lifted_ = flags.lifted < layer.paused_ ? flags.lifted : layer.paused_;
  }

  /// Shows what a call gave to those of this thread who watch the layer, and has it recorded.
  static Tensor watched(const LayerBase& layer, Tensor y) {
    if (!is_watched(layer)) return y;
    Tensors ys = {std::move(y)};
    show_watchers(layer, ys);
    return ys[0];
  }
  static Tensors watched(const LayerBase& layer, Tensors ys) {
    if (is_watched(layer)) show_watchers(layer, ys);
    return ys;
  }
  static void add_watcher(LayerBase& layer, Tensors* outputs);
  static void remove_watcher(LayerBase& layer, Tensors* outputs);
  static bool is_watched(const LayerBase& layer) { return layer.watched_.load(std::memory_order_relaxed) > 0; }
  static void show_watchers(const LayerBase& layer, Tensors& ys);
  static bool has_trained(const LayerBase& layer) { return layer.trainable_ && layer.paused_ <= layer.lifted_; }

  /// Throws the error that is being handled again, of the same class, with the layer's name in front of its path and,
  /// if it comes from abstract passes, without their sizes; `hint` is put behind it.
  [[noreturn]] static void rethrow_inside(const LayerBase& layer, const AbstractPasses* passes = nullptr,
                                          const char* hint = "");

 private:
  friend class frost::LayerBase;
  static void let_go(LayerBase& holder, const Layer& inner);
  static void take_over(const LayerBase& holder, const OwnWeight& weight);
  static void take_over_flags(const LayerBase& holder, const OwnWeight& weight);
  static void take_over_flags(const LayerBase& holder, LayerBase& inner);
  static void drop_added(LayerBase& layer, std::size_t weights, std::size_t sublayers);
};

/// The names in a model or layer. A layer that has none is called by its type: base, base_1, base_2, …; inputs count
/// from input_1.
class TakenNames {
 public:
  TakenNames() = default;
  explicit TakenNames(const std::vector<Layer>& layers) {
    for (const Layer& l : layers) take(l.name());
  }
  /// False when the name was taken before.
  bool take(const std::string& name) { return taken_.insert(name).second; }
  bool has(const std::string& name) const { return taken_.count(name) != 0; }
  /// A name for the layer that is not taken, nor a namesake's wherever else the layer is. It is taken then.
  std::string take_free(const Layer& layer);

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, int> next_;  // below it, all numbers of a base are taken
};

/// Whether the layer is a model's Input.
bool is_input(const Layer& layer);
/// The symbol of an input layer.
Symbol call_input(const Layer& layer);

/// Of the candidates, those near a name that was not found, as a sentence: " Near it: 'lstm_1'.", or all of a few.
std::string near_names(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace frost::detail
