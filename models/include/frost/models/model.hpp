#pragma once
#include <frost/layers/layer.hpp>

#include <iosfwd>
#include <map>

namespace frost {

class ModelBase;
class Optimizer;
class TensorList;
class History;
class Evaluation;
struct CompileOptions;
struct FitOptions;
struct EvaluateOptions;
struct PredictOptions;
struct SaveOptions;
struct LoadOptions;
struct LoadReport;

struct ModelOptions {
  std::string name = {};
};

/// Keras' options of the summary, but for `connections`.
struct SummaryOptions {
  /// The table's width; 0: as wide as it needs to be, on a terminal at most as that is.
  std::int64_t line_length = 0;
  /// Whether a nested model's layers are listed below it.
  bool expand_nested = true;
  bool show_trainable = true;
  /// Whether a column "Connected to" says what each layer is called on: `dense[0][0]`, a layer, its call, its output.
  bool connections = false;
};

/// A layer made of layers: what lies between some symbols and others. Layers may be shared, models may stand inside
/// models (`model(symbol)`).
///
///     Symbol input = Input({4});
///     Symbol output = Dense({.units = 2})(Dense({.units = 8, .activation = "relu"})(input));
///     Model model(input, output);
///     Tensor y = model(ones({3, 4}));   // (3, 2)
///
/// A layer without a name gets one when it first joins a model: its type in snake case, counted within that model.
/// Where models are joined and two counted names are the same, that of the layer called later counts up; given names
/// stay.
class FROST_API Model : public Layer {
 public:
  Model() = default;
  /// Throws: GraphError when an output depends on an Input that is not among the inputs; ValueError when two layers
  /// were given the same name. Then no layer was named.
  Model(const Symbol& input, const Symbol& output, const ModelOptions& options = {});
  Model(const Symbols& inputs, const Symbols& outputs, const ModelOptions& options = {});
  Model(const Symbol& input, const Symbols& outputs, const ModelOptions& options = {});
  Model(const Symbols& inputs, const Symbol& output, const ModelOptions& options = {});
  /// The model that a layer's handle is one of. Throws: ValueError if it is none.
  explicit Model(const Layer& layer);

  /// The layers, deepest first, then as first called; a Sequential's as added.
  std::vector<Layer> layers() const;
  /// layers()[first], … before last; negative ones count from the end: layers(0, -3) is all but the last three.
  std::vector<Layer> layers(std::int64_t first, std::int64_t last) const;
  /// A layer by name, or by a path into nested models, "outer/inner". Throws: ValueError that lists near names.
  Layer get_layer(const std::string& path) const;
  /// layers()[index]; negative counts from the end. Throws: ValueError when out of range.
  Layer get_layer(std::int64_t index) const;

  /// The symbols the model is made of. Throws: GraphError when there are several, or a Sequential is not built.
  Symbol input() const;
  Symbol output() const;
  Symbols inputs() const;
  Symbols outputs() const;
  /// The model from the same inputs to the output of a layer of this model, which it shares.
  Model until(const std::string& layer) const;
  /// The model at another input shape, without the batch axis; its layers and weights are shared:
  /// trunk.with_input({64, 32}). Throws: ShapeError that names the layer that does not fit, as where its weights depend
  /// on the size.
  Model with_input(const Shape& shape) const;
  /// A model like this one that shares nothing with it: layers, weights and moving statistics are copied, and so are
  /// names and what is frozen. It is not compiled. Layers of a class of your own are copied as
  /// LayerBase::copy_unbuilt says. Throws: ValueError that names a class which cannot be copied.
  Model clone() const;

  /// All weights, as a layer's. Throws: GraphError while the model is not built and the list would have none of them,
  /// or not all.
  Parameters weights() const;
  Parameters trainable_weights() const;
  Parameters non_trainable_weights() const;
  Tensors get_weights() const;
  void set_weights(const Tensors& values) const;
  std::int64_t count_params() const;

  /// Keras' table of layers, output shapes and numbers of weights, to stdout or a stream. An unknown size is None. What
  /// is frozen of a layer that is trained in part stands below it. On a terminal cells are broken where it is too
  /// narrow.
  void summary() const;
  void summary(const SummaryOptions& options) const;
  void summary(std::ostream& out) const;
  void summary(std::ostream& out, const SummaryOptions& options) const;

  /// Sets what `fit` trains with. Throws: ValueError for an unknown loss or metric, or an output that is not there.
  void compile(const CompileOptions& options) const;
  /// The optimizer that the model was compiled with; absent when there is none.
  Optimizer optimizer() const;
  /// Trains on rows of x and y, which has targets of every output, or of those alone that have a loss or metrics. What
  /// comes in another dtype than the model's Input is cast where it means the same: integers, booleans and doubles to
  /// floats, whole floats to integers. Shapes, numbers of rows and the range of labels are checked before the first
  /// batch; an error there changes nothing. A batch whose loss is not finite is refused before its gradients: weights,
  /// statistics, states and random streams are as the batch before left them. What a callback writes into the data
  /// counts from the next batch on. No gradients are left behind, but those of weights that a FreezeGuard pauses stay.
  /// Throws: GraphError when not compiled or when everything is frozen; ValueError for a loss that is not finite.
  History fit(const TensorList& x, const TensorList& y) const;
  History fit(const TensorList& x, const TensorList& y, const FitOptions& options) const;
  /// The loss and the metrics: means over rows or, where an output has a mask, over the steps that count, whatever the
  /// batch size.
  Evaluation evaluate(const TensorList& x, const TensorList& y) const;
  Evaluation evaluate(const TensorList& x, const TensorList& y, const EvaluateOptions& options) const;
  /// The outputs, batch by batch, not recorded. Throws: GraphError when there are several outputs: use predict_all.
  Tensor predict(const TensorList& x) const;
  Tensor predict(const TensorList& x, const PredictOptions& options) const;
  Tensors predict_all(const TensorList& x) const;
  Tensors predict_all(const TensorList& x, const PredictOptions& options) const;
  /// One step, or the loss and metrics without one, on one batch. A step is refused, and leaves no gradients behind, as
  /// in fit.
  Evaluation train_on_batch(const TensorList& x, const TensorList& y) const;
  Evaluation test_on_batch(const TensorList& x, const TensorList& y) const;

  /// Writes the whole model to a file that load_model reads: architecture, weights, what is frozen, and how it is
  /// trained. See save_model in <frost/io.hpp>.
  void save(const std::string& path) const;
  void save(const std::string& path, const SaveOptions& options) const;

  /// All weights to and from a safetensors file, by the paths of their layers: see <frost/io/weights.hpp>.
  void save_weights(const std::string& path) const;
  LoadReport load_weights(const std::string& path) const;
  LoadReport load_weights(const std::string& path, const LoadOptions& options) const;

 protected:
  explicit Model(detail::Ref<LayerBase> base) : Layer(std::move(base)) {}
  friend class ModelBase;
  ModelBase& model() const;
};

/// A model whose layers follow one another: Sequential net({Input(4), Dense(8), Dense(2)}). It is built at once by what
/// knows its input in front (an Input, a model, a layer that is built), else by `build` or by its first input.
class FROST_API Sequential : public Model {
 public:
  Sequential();
  explicit Sequential(const std::vector<Layer>& layers, const ModelOptions& options = {});

  /// Appends a layer; a model that is frozen freezes it. Throws: ValueError when there is one of its given name, or
  /// when this model is inside it; ShapeError when it does not fit. Then nothing is changed.
  void add(const Layer& layer) const;
  /// Builds the layers for an input shape without the batch axis: net.build({4}).
  void build(const Shape& input) const;
};

}  // namespace frost
