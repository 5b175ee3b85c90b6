#pragma once
#include <frost/layers/graph.hpp>
#include <frost/models/model.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace frost {

namespace detail {

/// One call of a layer: it reads and writes numbered slots.
struct Step {
  Layer layer;
  LayerBase* base;           // layer's
  const Call* call;          // kept by the model's outputs
  std::vector<int> inputs;   // slots
  std::vector<int> outputs;  // slots
  std::vector<int> dropped;  // slots that nobody reads after this step
};

/// What a model does to its inputs: steps in the order of execution. A slot is used again once nobody reads it.
struct Plan {
  std::vector<int> inputs;   // the slot of each input
  std::vector<int> outputs;  // the slot of each output
  std::vector<Step> steps;
  int slots = 0;
  std::vector<int> free = {};  // slots that nobody uses at the end
  bool makes_masks = false;    // some step does
};

/// What compile and fit keep in a model.
struct TrainingState {
  virtual ~TrainingState() = default;
};

/// "(None, 32, 32)": a shape with its unknown sizes.
std::string symbolic_text(const Shape& shape);

/// The layer inside `root` that a name or path means; absent if there is none.
Layer find_layer(const Layer& root, const std::string& path);
/// The same; throws a ValueError, in the name of `what`, that lists near names.
Layer require_layer(const Layer& root, const std::string& path, const char* what);

/// How many of a weight's elements are trained: none while it is frozen, those of its trained part else.
std::int64_t trained_elements(const Parameter& weight);

}  // namespace detail

/// What a Model is a handle of.
class ModelBase : public LayerBase {
 public:
  /// A model between symbols.
  ModelBase(const Symbols& inputs, const Symbols& outputs, const std::string& name);
  /// A model whose graph comes later.
  explicit ModelBase(const std::string& name);

  Tensor call(const Tensor& x, const CallContext& context) override;
  Tensor call(const Tensors& xs, const CallContext& context) override;
  Tensors call_all(const Tensors& xs, const CallContext& context) override;
  std::string type() const override { return "Functional"; }
  std::string default_name() const override { return "model"; }
  Layer copy_unbuilt() const override;
  Config config() const override;

  /// The model that a layer is; null if it is none.
  /// A model's. Throws: ValueError for an absent one.
  static ModelBase& in(const Model& model) { return model.model(); }
  static ModelBase* of(const Layer& layer) { return layer ? dynamic_cast<ModelBase*>(&layer.base()) : nullptr; }
  /// A handle of this model.
  Model handle() { return Model(detail::Ref<LayerBase>(this)); }

  const std::vector<Layer>& layers() const { return sublayers(); }
  /// Whether the graph is there. Asked before symbols and plan are looked at: another thread may be building it.
  bool has_graph() const { return is_built() && !outputs_.empty(); }
  const Symbols& inputs() const { return inputs_; }
  const Symbols& outputs() const { return outputs_; }
  const detail::Plan& plan() const { return plan_; }
  /// What the inputs come in by: Inputs, or what stands for one where the model begins at another symbol.
  const std::vector<Layer>& input_layers() const { return input_layers_; }
  std::vector<std::string> input_names() const;
  /// The name of each output: its layer's, counted where a layer gives several. None where the model is to be built.
  virtual std::vector<std::string> output_names() const;
  /// Throws: GraphError, in the name of `what`, when there is no graph yet.
  void expect_graph(const char* what) const;
  /// Throws: GraphError, in the name of `what`, when layers are to be built that may have weights.
  void expect_weights(const char* what) const;
  /// The tensors in the dtypes of the inputs. Throws: ValueError or ShapeError unless they are what the model takes.
  Tensors taken_inputs(const Tensors& xs) const;
  /// Throws: as that, but for values that the dtype of an input has not.
  void check_inputs(const Tensors& xs) const;
  /// Whether the input's sizes are a promise, and not those of the first input that came along.
  bool checks_shapes() const { return checks_shapes_; }
  /// Takes over the graph between the symbols. Names layers that have no name.
  void set_graph(const Symbols& inputs, const Symbols& outputs);
  /// The same, where the graph is the one there is with a call of another layer on its only output.
  void append(const Symbol& output);
  void set_checks_shapes(bool checks) { checks_shapes_ = checks; }
  /// Neither checks nor casts: what comes in was another model's.
  void take_inputs_as_they_are() { checks_shapes_ = casts_inputs_ = false; }
  /// The inputs that an output inside this model depends on.
  Symbols inputs_of(const Symbol& output) const;

  /// What dropout draws from: taken from the default generator when it is first needed, or by `restart_stream`.
  Generator& stream();
  void restart_stream();
  /// The same for calls of layers, which may outlive the model.
  CallStream call_stream();
  /// Null until it was needed.
  const Generator* stream_if_any() const { return stream_ ? &stream_->generator : nullptr; }
  void set_stream(const Generator& stream);

  std::unique_ptr<detail::TrainingState> training;

 protected:
  bool checks_shapes_ = true;
  bool casts_inputs_ = true;
  bool lists_inputs_ = true;

 private:
  void run(Tensor* slots, Tensor* masks, const CallContext& context, const char* hint);
  void run_with_masks(const detail::Step& step, Tensor* slots, Tensor* masks, const CallContext& context);
  bool has_masks(const CallContext& context) const;
  void expect_inputs(std::size_t count) const;
  void check_input(std::size_t index, const Tensor& x) const;
  Tensor taken_input(std::size_t index, const Tensor& x) const;
  const char* hint_for(std::size_t index, const Tensor& x) const;
  template <class F>
  auto with_slots(const F& use);

  Symbols inputs_, outputs_;
  detail::Plan plan_;
  std::vector<Shape> input_shapes_;  // −1 where any size will do
  std::vector<DType> input_dtypes_;
  std::vector<Layer> input_layers_;
  detail::Ref<detail::SharedStream> stream_;
};

}  // namespace frost
