#pragma once
#include <frost/layers/layer.hpp>
#include <frost/models/model.hpp>

#include <memory>

namespace frost {

namespace detail {

/// One call of a layer: it reads and writes numbered slots.
struct Step {
  Layer layer;
  LayerBase* base;           // layer's
  std::vector<int> inputs;   // slots
  std::vector<int> outputs;  // slots
  std::vector<int> dropped;  // slots that nobody reads after this step
};

/// What a model does to its inputs: steps in the order of execution.
struct Plan {
  std::vector<int> inputs;   // the slot of each input, −1 where nothing reads it
  std::vector<int> outputs;  // the slot of each output
  std::vector<Step> steps;
  int slots = 0;
};

/// What compile and fit keep in a model.
struct TrainingState {
  virtual ~TrainingState() = default;
};

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

  static ModelBase* of(const Layer& layer) { return layer ? dynamic_cast<ModelBase*>(&layer.base()) : nullptr; }
  /// A handle of this model.
  Model handle() { return Model(detail::Ref<LayerBase>(this)); }

  const std::vector<Layer>& layers() const { return sublayers(); }
  const Symbols& inputs() const { return inputs_; }
  const Symbols& outputs() const { return outputs_; }
  const detail::Plan& plan() const { return plan_; }
  /// The name of each output: its layer's.
  std::vector<std::string> output_names() const;
  /// Throws: GraphError when there is no graph yet.
  void expect_graph(const char* what) const;
  /// Throws: ShapeError or ValueError unless the tensors are what the model takes.
  void check_inputs(const Tensors& xs) const;

  /// What dropout draws from: taken from the default generator when it is first needed, or by `restart_stream`.
  Generator& stream();
  void restart_stream();

  std::unique_ptr<detail::TrainingState> training;

 protected:
  void set_graph(const Symbols& inputs, const Symbols& outputs, bool check_shapes);

 private:
  void run(Tensor* slots, const CallContext& context);
  void check_input(std::size_t index, const Tensor& x) const;

  Symbols inputs_, outputs_;
  detail::Plan plan_;
  std::vector<Shape> input_shapes_;  // −1 where any size will do
  std::optional<Generator> stream_;
  bool check_shapes_ = true;
};

}  // namespace frost
