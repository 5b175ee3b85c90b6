// Mistakes with layers, models, training, optimizers and data.

#include "support.hpp"

#include <cmath>
#include <limits>

using namespace frost;

namespace {

struct Bench {
  Symbol input = Input({4, 3});
  Model model = make(input);
  Model raw = make(Input({4, 3}));  // never compiled
  Tensor x = ones({6, 4, 3});
  Tensor y = tensor({0, 1, 0, 1, 0, 1}, DType::int64);

  Bench() {
    model.compile({.optimizer = Adam({.learning_rate = 0.1}), .loss = "sparse_categorical_crossentropy"});
    model.train_on_batch(x, y);
  }

  static Model make(const Symbol& input) {
    const Symbol features = Flatten()(LSTM({.units = 2, .return_sequences = true})(input));
    return Model(input, Dense({.units = 2, .activation = "softmax", .name = "head"})(features));
  }

  // All that a failed call might have changed.
  std::string state() const {
    std::string all = std::to_string(model.optimizer().state_bytes());
    for (const Layer& layer : model.layers()) all += layer.name() + (layer.trainable() ? " trainable " : " frozen ");
    for (const Parameter& w : model.weights())
      all += w.name() + to_string(w) + (w.requires_grad() ? " trainable " : " frozen ");
    return all;
  }
};

struct Needy : LayerBase {
  void build(const Shape& input) override { add_weight("kernel", {input[1]}); }
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};

struct Still : OptimizerBase {
  explicit Still(const OptimizerSettings& settings) : OptimizerBase(settings) {}
  std::string type() const override { return "Still"; }
  void update(const WeightUpdate&) override {}
};

struct Watching : CallbackBase {
  std::string monitored() const override { return "val_loss"; }
};

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Row = Mistake<Bench&>;
using Rows = std::vector<Row>;

const Rows layers = {
    {"no units", [](Bench&) { Dense({.units = 0}); }, {"Dense", "got 0 units", "1 or more"}},
    {"an LSTM without units", [](Bench&) { LSTM({.units = -1}); }, {"LSTM", "got -1 units", "1 to 2147483648"}},
    {"another batch size for a stateful LSTM",
     [](Bench&) {
       const Layer lstm = LSTM({.units = 1, .stateful = true});
       lstm(ones({3, 2, 1}));
       lstm(ones({2, 2, 1}));
     },
     {"lstm", "stateful", "3 rows", "2 rows", "reset_states()"}},
    {"dropout of everything", [](Bench&) { Dropout({.rate = 1}); }, {"Dropout", "rate 1", "less than 1"}},
    {"an unknown activation",
     [](Bench&) { Dense({.units = 1, .activation = "rellu"}); },
     {"activation", "'rellu'", "relu"}},
    {"an unknown initializer",
     [](Bench&) { Dense({.units = 1, .kernel_initializer = "glorot"}); },
     {"initializer", "'glorot'", "glorot_uniform"}},
    {"an unknown regularizer",
     [](Bench&) { Dense({.units = 1, .kernel_regularizer = "l3"}); },
     {"regularizer", "'l3'", "l2"}},
    {"an unknown constraint",
     [](Bench&) { Dense({.units = 1, .kernel_constraint = "positive"}); },
     {"constraint", "'positive'", "non_neg"}},
    {"an input of -2", [](Bench&) { Input({-2}); }, {"Input", "(-2,)", "-1"}},
    {"two unknowns in Reshape",
     [](Bench&) {
       Reshape({-1, -1});
     },
     {"Reshape", "(-1, -1)", "one -1"}},
    {"Reshape to another size", [](Bench& b) { Reshape({5})(b.input); }, {"reshape", "12", "(5,)"}},
    {"an LSTM on vectors",
     [](Bench&) {
       LSTM({.units = 2})
       (Input({5}));
     },
     {"lstm: got", "(None, 5)", "(N, T, C)"}},
    {"Dense on an unknown size",
     [](Bench&) { Dense({.units = 2})(Input({-1})); },
     {"dense", "must be known", "(None, None)"}},
    {"a weight of unknown size", [](Bench&) { layer<Needy>()(Input({-1})); }, {"kernel", "unknown", "(None,)"}},
    {"other features than before",
     [](Bench& b) {
       b.model.get_layer("head")(ones({2, 7}));
     },
     {"head", "(2, 7)", "(8, 2)"}},
    {"an absent symbol", [](Bench&) { Flatten()(Symbol()); }, {"flatten", "absent symbol"}},
    {"an absent layer", [](Bench&) { Layer().name(); }, {"absent"}},
    {"the output of an uncalled layer", [](Bench&) { Flatten().output(); }, {"output", "not called"}},
    {"an empty name", [](Bench& b) { b.model.get_layer("head").set_name(""); }, {"set_name", "empty"}},
    {"too few weights",
     [](Bench& b) {
       b.model.set_weights({ones({3, 8})});
     },
     {"set_weights", "got 1", "5"}},
    {"a weight of another shape",
     [](Bench& b) {
       Tensors values = b.model.get_weights();
       values.back() = ones({3});
       values.front() = zeros_like(values.front());
       b.model.set_weights(values);
     },
     {"set_weights", "head/bias", "(3,)", "(2,)"}},
    {"an embedding of nothing",
     [](Bench&) { Embedding({.input_dim = 0, .output_dim = 2}); },
     {"Embedding", "input_dim 0", "1 or more"}},
    {"an embedding of floats",
     [](Bench&) {
       Embedding({.input_dim = 5, .output_dim = 2})(ones({2, 3}));
     },
     {"embedding", "int64", "float32"}},
    {"a momentum of 2",
     [](Bench&) { BatchNormalization({.momentum = 2}); },
     {"BatchNormalization", "momentum 2", "0 to 1"}},
    {"an axis that is not there",
     [](Bench&) {
       BatchNormalization({.axis = 4})(Input({3, 4, 5}));
     },
     {"batch_normalization: got axis 4", "1 to 3"}},
    {"an epsilon of 0", [](Bench&) { LayerNormalization({.epsilon = 0}); }, {"LayerNormalization", "epsilon 0"}},
    {"Watch of nothing", [](Bench&) { (void)Watch(Layer()); }, {"Watch", "absent"}},
};

const Rows models = {
    {"an Input left out", [](Bench& b) { Model(Input({2}), Flatten()(b.input)); }, {"Model", "(None, 4, 3)", "inputs"}},
    {"no outputs", [](Bench& b) { Model(Symbols{b.input}, Symbols{}); }, {"Model", "1 input and 0 outputs"}},
    {"an absent output", [](Bench& b) { Model(b.input, Symbol()); }, {"Model", "output", "absent"}},
    {"one name twice",
     [](Bench& b) { Model(b.input, Dense({.units = 1, .name = "a"})(Dense({.units = 1, .name = "a"})(b.input))); },
     {"Model", "'a'", "set_name"}},
    {"a layer for a model", [](Bench&) { Model{Layer(Flatten())}; }, {"Model", "flatten", "Flatten"}},
    {"an unknown layer",
     [](Bench& b) { b.model.get_layer("lstm_2"); },
     {"get_layer", "'lstm_2'", "Near names", "'lstm'"}},
    {"a layer out of range", [](Bench& b) { b.model.get_layer(4); }, {"get_layer", "index 4", "4 layers"}},
    {"until an unknown layer", [](Bench& b) { b.model.until("flat"); }, {"until", "'flat'", "'flatten'"}},
    {"the summary of what is not built",
     [](Bench&) { Sequential({Dense({.units = 1})}).summary(); },
     {"summary", "not built", "build"}},
    {"built twice",
     [](Bench&) {
       Sequential net({Dense({.units = 1})});
       net.build({4});
       net.build({4});
     },
     {"build", "built already"}},
    {"added twice",
     [](Bench&) {
       const Dense dense({.units = 1});
       Sequential({dense, dense});
     },
     {"add", "already"}},
    {"called on another shape",
     [](Bench& b) {
       b.model(ones({2, 4, 5}));
     },
     {"input_1", "(2, 4, 5)", "(None, 4, 3)"}},
    {"called on two inputs",
     [](Bench& b) {
       b.model(Tensors{b.x, b.x});
     },
     {"1 input;", "got 2"}},
    {"several outputs",
     [](Bench& b) {
       Model(b.input, Symbols{Flatten()(b.input), Flatten()(b.input)})(b.x);
     },
     {"2 outputs", "all("}},
};

const Rows freezing = {
    {"an unknown name",
     [](Bench& b) { freeze(b.model, named("lstn")); },
     {"freeze: there is no layer", "'lstn'", "'lstm'"}},
    {"one unknown name of two",
     [](Bench& b) {
       freeze(b.model, names({"lstm", "haed"}));
     },
     {"freeze: there is no layer", "'haed'", "'head'"}},
    {"no names", [](Bench& b) { freeze(b.model, names({})); }, {"freeze: names got none", "one or more"}},
    {"freeze_weights by an unknown name",
     [](Bench& b) {
       freeze_weights(b.model, {"lstm", "x"}, Freeze::biases);
     },
     {"'x'", "Near names"}},
    {"a glob that matches nothing",
     [](Bench& b) { freeze(b.model, matching("conv*")); },
     {"freeze: matching(\"conv*\")", "selects nothing", "'lstm'"}},
    {"a type that is not there", [](Bench& b) { freeze(b.model, of_type("Conv2D")); }, {"Conv2D", "selects nothing"}},
    {"all but too many", [](Bench& b) { freeze(b.model, all_but_last(9)); }, {"all_but_last(9)", "4 layers"}},
    {"until an unknown layer",
     [](Bench& b) { thaw(b.model, until("flaten")); },
     {"thaw: there is no layer", "'flaten'", "'flatten'"}},
    {"nothing selected by both",
     [](Bench& b) { freeze(b.model, named("lstm") & named("head")); },
     {"named(\"lstm\") & named(\"head\")", "selects nothing"}},
    {"the biases of what is not built",
     [](Bench&) { freeze(Sequential({Dense({.units = 1})}), everything(), Freeze::biases); },
     {"freeze", "not built", "dense"}},
    {"a guard by an unknown name",
     [](Bench& b) { FreezeGuard guard(b.model, named("lsm")); },
     {"FreezeGuard: ", "'lsm'", "'lstm'"}},
    {"a proof of nothing",
     [](Bench& b) { (void)assert_frozen(b.model, named("flatten")); },
     {"assert_frozen", "flatten", "without weights"}},
    {"statistics by an unknown name", [](Bench& b) { freeze_statistics(b.model, named("bn")); }, {"'bn'"}},
};

const Rows compiling = {
    {"no loss", [](Bench& b) { b.model.compile({.optimizer = Adam()}); }, {"compile", "no loss"}},
    {"an unknown loss",
     [](Bench& b) { b.model.compile({.optimizer = Adam(), .loss = "crossentropy"}); },
     {"compile", "'crossentropy'", "'categorical_crossentropy'"}},
    {"an unknown metric",
     [](Bench& b) { b.model.compile({.optimizer = Adam(), .loss = "mse", .metrics = {"acuracy"}}); },
     {"compile", "'acuracy'", "'accuracy'"}},
    {"an unknown optimizer",
     [](Bench& b) { b.model.compile({.optimizer = "adamx", .loss = "mse"}); },
     {"optimizer", "'adamx'", "'adam'"}},
    {"two losses",
     [](Bench& b) {
       b.model.compile({.optimizer = Adam(), .loss = {"mse", "mae"}});
     },
     {"compile", "2 losses", "1 output;"}},
    {"a weight that is no number",
     [](Bench& b) { b.model.compile({.optimizer = Adam(), .loss = "mse", .loss_weights = {nan}}); },
     {"compile", "loss weight", "nan"}},
    {"a loss of no output",
     [](Bench& b) {
       b.model.compile({.optimizer = Adam(), .loss = {{"haed", "mse"}}});
     },
     {"compile: loss", "'haed'", "'head'"}},
    {"a loss weight of no output",
     [](Bench& b) {
       b.model.compile({.optimizer = Adam(), .loss = "mse", .loss_weights = {{"haed", 1.}}});
     },
     {"compile: loss_weights", "'haed'", "'head'"}},
    {"a metric of no output",
     [](Bench& b) {
       b.model.compile({.optimizer = Adam(), .loss = "mse", .metrics = {{"haed", "mae"}}});
     },
     {"compile: metrics", "'haed'", "'head'"}},
    {"a label without a class",
     [](Bench& b) { confusion_matrix(b.y + 2, b.y, 2); },
     {"confusion_matrix", "got 3", "0 to 1 for 2 classes"}},
    {"labels of other rows",
     [](Bench& b) { classification_report(b.model, b.x, b.y.slice(0, 0, 4)); },
     {"classification_report", "4 and 6"}},
    {"a table of no width",
     [](Bench& b) { b.model.summary({.line_length = -1}); },
     {"summary", "line_length", "got -1"}},
};

const Rows training = {
    {"not compiled", [](Bench& b) { b.raw.fit(b.x, b.y); }, {"fit", "not compiled", "compile("}},
    {"evaluated uncompiled", [](Bench& b) { b.raw.evaluate(b.x, b.y); }, {"evaluate", "not compiled"}},
    {"a batch uncompiled", [](Bench& b) { b.raw.train_on_batch(b.x, b.y); }, {"train_on_batch", "not compiled"}},
    {"no rows",
     [](Bench& b) {
       b.model.fit(zeros({0, 4, 3}), zeros({0}, {.dtype = DType::int64}));
     },
     {"fit", "no rows", "(0, 4, 3)"}},
    {"other numbers of rows",
     [](Bench& b) { b.model.fit(b.x, b.y.slice(0, 0, 4)); },
     {"fit", "different numbers of rows", "6", "4"}},
    {"another shape",
     [](Bench& b) {
       b.model.fit(ones({6, 5, 3}), b.y);
     },
     {"input_1", "(6, 5, 3)", "(None, 4, 3)"}},
    {"two inputs",
     [](Bench& b) {
       b.model.fit({b.x, b.x}, b.y);
     },
     {"fit", "1 input;", "got 2"}},
    {"nothing at all", [](Bench& b) { b.model.fit(Tensor(), b.y); }, {"fit", "1 input;", "got 0"}},
    {"a label too large", [](Bench& b) { b.model.fit(b.x, b.y + 1); }, {"fit", "got 2", "0 to 1 for 2 classes"}},
    {"a negative label", [](Bench& b) { b.model.evaluate(b.x, b.y - 1); }, {"evaluate", "got -1", "0 to 1"}},
    {"half a label", [](Bench& b) { b.model.fit(b.x, b.y.to(DType::float32) + 0.5); }, {"fit", "whole numbers", "0.5"}},
    {"one-hot labels",
     [](Bench& b) { b.model.fit(b.x, one_hot(b.y, 2)); },
     {"fit", "(6, 2)", "categorical_crossentropy"}},
    {"batches of 0",
     [](Bench& b) { b.model.fit(b.x, b.y, {.batch_size = 0}); },
     {"fit", "batch_size", "got 0", "1 at least"}},
    {"evaluated in batches of 0",
     [](Bench& b) { b.model.evaluate(b.x, b.y, {.batch_size = 0}); },
     {"evaluate", "batch_size", "got 0"}},
    {"predicted in batches of -1",
     [](Bench& b) { b.model.predict(b.x, {.batch_size = -1}); },
     {"predict", "batch_size", "got -1"}},
    {"nothing predicted", [](Bench& b) { b.model.predict(Tensors{}); }, {"predict", "no inputs"}},
    {"no rows predicted",
     [](Bench& b) {
       b.model.predict(zeros({0, 4, 3}));
     },
     {"predict", "no rows", "(0, 4, 3)"}},
    {"another shape predicted",
     [](Bench& b) {
       b.model.predict(ones({1, 4, 9}));
     },
     {"input_1", "(1, 4, 9)", "(None, 4, 3)"}},
    {"-1 epochs", [](Bench& b) { b.model.fit(b.x, b.y, {.epochs = -1}); }, {"fit", "epochs", "-1"}},
    {"all of it for validation",
     [](Bench& b) { b.model.fit(b.x, b.y, {.validation_split = 1}); },
     {"fit", "validation_split", "got 1"}},
    {"two validations",
     [](Bench& b) {
       b.model.fit(b.x, b.y, {.validation_split = 0.5, .validation_data = {b.x, b.y}});
     },
     {"fit", "validation_split", "validation_data"}},
    {"a validation label too large",
     [](Bench& b) {
       b.model.fit(b.x, b.y, {.validation_data = {b.x, b.y + 5}});
     },
     {"fit", "got 5", "0 to 1"}},
    {"sample weights of other rows",
     [](Bench& b) { b.model.fit(b.x, b.y, {.sample_weight = ones({2})}); },
     {"fit", "sample_weight", "(2,)", "6 rows"}},
    {"a callback that watches nothing",
     [](Bench& b) { b.model.fit(b.x, b.y, {.callbacks = {callback<Watching>()}}); },
     {"fit", "'val_loss'", "'loss'"}},
    {"an absent callback",
     [](Bench& b) { b.model.fit(b.x, b.y, {.callbacks = {Callback()}}); },
     {"fit", "callback", "absent"}},
    {"a NaN",
     [](Bench& b) { b.model.fit(b.x * nan, b.y, {.verbose = 0}); },
     {"fit", "loss is nan", "epoch 1, batch 1", "learning rate"}},
    {"an unknown mode", [](Bench&) { EarlyStopping({.mode = "up"}); }, {"EarlyStopping", "'up'", "'min'"}},
    {"a plateau's factor", [](Bench&) { ReduceLROnPlateau({.factor = 2}); }, {"ReduceLROnPlateau", "factor", "got 2"}},
    {"a schedule that is absent", [](Bench&) { LearningRateScheduler({}); }, {"LearningRateScheduler", "absent"}},
    {"a log into no folder",
     [](Bench& b) { b.model.fit(b.x, b.y, {.verbose = 0, .callbacks = {CSVLogger("nowhere/log.csv")}}); },
     {"CSVLogger", "'nowhere/log.csv'", "No such file"}},
    {"nothing frozen to cache",
     [](Bench& b) { b.model.fit(b.x, b.y, {.cache_frozen = CacheFrozen::always}); },
     {"fit", "CacheFrozen::always", "no layer is frozen"}},
    {"a history's absent key",
     [](Bench& b) {
       const History history = b.model.fit(b.x, b.y, {.epochs = 0});
       history["val_loss"];
     },
     {"history", "'val_loss'"}},
    {"an evaluation's absent key",
     [](Bench& b) { b.model.evaluate(b.x, b.y)["accuracy"]; },
     {"evaluation", "'accuracy'", "'loss'"}},
};

const Rows optimizers = {
    {"a negative rate", [](Bench&) { SGD({.learning_rate = -1}); }, {"learning_rate", "got -1"}},
    {"a rate that is no number",
     [](Bench& b) { b.model.optimizer().set_learning_rate(nan); },
     {"learning_rate", "nan"}},
    {"a momentum of 2", [](Bench&) { SGD({.momentum = 2}); }, {"SGD", "momentum", "got 2", "0 to 1"}},
    {"a beta of 1", [](Bench&) { Adam({.beta_1 = 1}); }, {"Adam", "beta_1", "got 1"}},
    {"two limits", [](Bench&) { Adam({.clipnorm = 1, .clipvalue = 1}); }, {"clipnorm 1", "clipvalue 1", "at most one"}},
    {"a computed weight", [](Bench& b) { Adam().add({b.model.weights()[0] * 2.}); }, {"Adam", "computed", "leaf"}},
    {"an absent weight", [](Bench&) { Adam().add({Tensor()}); }, {"Adam", "weight 0", "absent"}},
    {"settings of -1", [](Bench&) { Still({.learning_rate = -1}); }, {"learning_rate", "-1"}},
    {"an absent optimizer", [](Bench&) { Optimizer().step(); }, {"optimizer", "absent", "Adam"}},
    {"an unknown name", [](Bench&) { Optimizer("rmspop"); }, {"'rmspop'", "'rmsprop'", "'sgd'"}},
    {"no steps of a decay",
     [](Bench&) { ExponentialDecay({.initial_learning_rate = 1, .decay_rate = 1}); },
     {"ExponentialDecay", "decay_steps", "got 0"}},
    {"boundaries without values",
     [](Bench&) { PiecewiseConstantDecay({.boundaries = {1}, .values = {1}}); },
     {"PiecewiseConstantDecay", "1 boundaries", "1 values"}},
    {"a negative last rate",
     [](Bench&) { PolynomialDecay({.decay_steps = 1, .end_learning_rate = -1}); },
     {"PolynomialDecay", "end_learning_rate", "got -1"}},
    {"a negative rate at first",
     [](Bench&) { InverseTimeDecay({.initial_learning_rate = -1, .decay_steps = 1}); },
     {"InverseTimeDecay", "initial_learning_rate", "got -1"}},
    {"a warm-up to nowhere",
     [](Bench&) { CosineDecay({.decay_steps = 1, .warmup_steps = 2}); },
     {"CosineDecay", "warmup_steps is 2", "warmup_target"}},
    {"decays that become shorter",
     [](Bench&) { CosineDecayRestarts({.first_decay_steps = 1, .t_mul = 0.5}); },
     {"CosineDecayRestarts", "t_mul", "0.5"}},
    {"a cycle of no steps", [](Bench&) { OneCycle({.max_learning_rate = 1}); }, {"OneCycle", "total_steps", "got 0"}},
    {"a step before the first",
     [](Bench&) {
       OneCycle schedule({.max_learning_rate = 1, .total_steps = 9});
       schedule(-1);
     },
     {"OneCycle", "step", "got -1"}},
    {"an absent schedule", [](Bench&) { LearningRate{LearningRateSchedule()}; }, {"schedule", "absent", "CosineDecay"}},
    {"an absent schedule's formula", [](Bench&) { LearningRateSchedule().base(); }, {"schedule", "absent"}},
    {"an absent schedule's rate", [](Bench&) { LearningRateSchedule().base().at(0); }, {"schedule", "absent"}},
    {"an absent schedule of an optimizer",
     [](Bench& b) { b.model.optimizer().base().set_schedule({}); },
     {"schedule", "absent"}},
    {"a negative count of steps",
     [](Bench& b) { b.model.optimizer().base().set_iterations(-1); },
     {"Adam", "set_iterations", "got -1"}},
    {"an unknown schedule", [](Bench&) { make_schedule("Cosine", {}); }, {"'Cosine'", "CosineDecay"}},
    {"an unknown option of a schedule",
     [](Bench&) {
       make_schedule("CosineDecay", {{"step", {1}}});
     },
     {"CosineDecay", "'step'"}},
    {"a schedule without a factory",
     [](Bench&) { register_schedule("Mine", nullptr); },
     {"register_schedule", "'Mine'"}},
    {"a schedule of the library's name",
     [](Bench&) { register_schedule("OneCycle", [](const ScheduleConfig&) { return LearningRateSchedule(); }); },
     {"register_schedule", "'OneCycle'"}},
    {"a rho of 1", [](Bench&) { RMSprop({.rho = 1}); }, {"RMSprop", "rho", "got 1"}},
    {"a negative decay", [](Bench&) { AdamW({.weight_decay = -1}); }, {"weight_decay", "got -1"}},
    {"a largest gradient that grows", [](Bench&) { Adamax({.beta_2 = 2}); }, {"Adamax", "beta_2", "got 2"}},
    {"a beta that is no number", [](Bench&) { Nadam({.beta_1 = nan}); }, {"Nadam", "beta_1", "got nan"}},
    {"a sum that begins below 0",
     [](Bench&) { Adagrad({.initial_accumulator_value = -1}); },
     {"Adagrad", "initial_accumulator_value", "got -1"}},
    {"a negative epsilon", [](Bench&) { Adadelta({.epsilon = -1}); }, {"Adadelta", "epsilon", "got -1"}},
    {"a rate that grows", [](Bench&) { Ftrl({.learning_rate_power = 0.5}); }, {"Ftrl", "learning_rate_power", "0.5"}},
    {"no gradient at all", [](Bench&) { Lion({.beta_1 = 0}); }, {"Lion", "beta_1", "got 0"}},
    {"an update of no size",
     [](Bench&) { Adafactor({.clip_threshold = 0}); },
     {"Adafactor", "clip_threshold", "got 0"}},
    {"a negative norm", [](Bench& b) { clip_grad_norm(b.model.weights(), -1); }, {"clip_grad_norm", "got -1"}},
};

const Rows data = {
    {"batches made of 0", [](Bench& b) { Batches(b.x, b.y, {.batch_size = 0}); }, {"batches", "got 0"}},
    {"batches of 0", [](Bench& b) { batches(b.x, b.y, {.batch_size = 0}); }, {"batches", "got 0"}},
    {"batches of other rows", [](Bench& b) { batches(b.x, b.y.slice(0, 0, 2)); }, {"batches", "6", "2"}},
    {"batches of nothing",
     [](Bench&) {
       batches(zeros({0, 2}), zeros({0}));
     },
     {"batches", "no rows", "(0, 2)"}},
    {"rows out of range", [](Bench& b) { gather_rows(b.x, tensor({9}, DType::int64)); }, {"got 9", "size 6"}},
    {"a split that leaves nothing",
     [](Bench& b) { train_test_split(b.x, b.y, {.test_fraction = 1}); },
     {"train_test_split", "got 1"}},
    {"a missing table", [](Bench&) { load_csv("nowhere.csv"); }, {"load_csv", "'nowhere.csv'", "No such file"}},
    {"missing digits", [](Bench&) { load_digits("nowhere.csv.gz"); }, {"'nowhere.csv.gz'", "No such file"}},
    {"missing images", [](Bench&) { load_idx("nowhere"); }, {"load_idx", "'nowhere'", "No such file"}},
    {"missing clothes",
     [](Bench&) { load_fashion_mnist({.folder = "nowhere"}); },
     {"load_fashion_mnist", "nowhere", "dataset-fashion-mnist"}},
    {"a missing array", [](Bench&) { load_npy("nowhere.npy"); }, {"nowhere.npy", "No such file"}},
    {"missing arrays", [](Bench&) { load_npz("nowhere.npz"); }, {"nowhere.npz", "No such file"}},
    {"a missing model", [](Bench&) { load_model("nowhere.frost"); }, {"nowhere.frost", "No such file"}},
    {"a missing topology", [](Bench&) { load_keras("nowhere.json"); }, {"nowhere.json", "No such file"}},
    {"missing weights",
     [](Bench& b) { load_weights(b.model, "nowhere.safetensors"); },
     {"nowhere.safetensors", "No such file"}},
    {"a missing delta", [](Bench& b) { load_delta(b.model, "nowhere.delta"); }, {"nowhere.delta", "No such file"}},
    {"a missing state dict", [](Bench& b) { load_torch(b.model, "nowhere.pt"); }, {"nowhere.pt", "No such file"}},
    {"nothing to compare with", [](Bench& b) { verify(b.model, "nowhere.frost"); }, {"nowhere.frost", "No such file"}},
    {"missing tensors",
     [](Bench&) { load_safetensors("nowhere.safetensors"); },
     {"nowhere.safetensors", "No such file"}},
    {"tensors into no folder",
     [](Bench& b) {
       save_safetensors("nowhere/x.safetensors", {{"x", b.x}});
     },
     {"nowhere/x.safetensors", "No such file"}},
    {"a history into no folder",
     [](Bench&) { History().save_csv("nowhere/h.csv"); },
     {"save_csv", "'nowhere/h.csv'", "No such file"}},
};

void check_all(const Rows& rows) {
  for (const Row& row : rows) {
    Bench bench;
    const std::string before = bench.state();
    check_mistake(row, bench);
    INFO(row.name);
    CHECK(bench.state() == before);
  }
}

}  // namespace

TEST_CASE("mistakes with layers say what came and change nothing") { check_all(layers); }
TEST_CASE("mistakes with models say what came and change nothing") { check_all(models); }
TEST_CASE("mistakes in freezing say what came and change nothing") { check_all(freezing); }
TEST_CASE("mistakes in compile say what came and change nothing") { check_all(compiling); }
TEST_CASE("mistakes in training say what came and change nothing") { check_all(training); }
TEST_CASE("mistakes with optimizers say what came and change nothing") { check_all(optimizers); }
TEST_CASE("mistakes with data and files say what came and change nothing") { check_all(data); }

TEST_CASE("fit with everything frozen is an error that says so and changes nothing") {
  Bench bench;
  bench.model.set_trainable(false);
  const std::string before = bench.state();
  CHECK_THROWS_WITH(bench.model.fit(bench.x, bench.y), Catch::Matchers::Contains("fit: 0 of 5 weights are trainable"));
  CHECK_THROWS_WITH(bench.model.train_on_batch(bench.x, bench.y), Catch::Matchers::Contains("0 of 5 weights"));
  CHECK(bench.state() == before);
}
