// Layers, symbols, models, optimizers, callbacks and selectors that are absent, as `Model{}` and what was moved from
// are.

#include "absent.hpp"

using namespace frost;

namespace {

const Tensor none;
const Tensor x = ones({2, 3});
const Tensor y = ones({2, 2});
const char* const no_text = nullptr;

Model small_model() {
  const Symbol input = Input({3});
  Model model(input, Dense({.units = 2, .name = "head"})(input));
  model.compile({.optimizer = SGD(), .loss = "mse"});
  return model;
}

// The layer, which has been called.
Layer built(const Layer& layer) {
  layer(x);
  return layer;
}

Selector moved_selector() {
  Selector selector = everything();
  const Selector other = std::move(selector);
  return selector;
}
Adam moved_optimizer() {
  Adam optimizer;
  const Adam other = std::move(optimizer);
  return optimizer;
}
Dense moved_layer() {
  Dense layer({.units = 2});
  const Dense other = std::move(layer);
  return layer;
}
Sequential moved_sequential() {
  Sequential net({Dense({.units = 2})});
  const Sequential other = std::move(net);
  return net;
}
EarlyStopping moved_callback() {
  EarlyStopping callback;
  const EarlyStopping other = std::move(callback);
  return callback;
}

const std::vector<Absent> layers = {
    FROST_ABSENT(Layer()(x)),
    FROST_ABSENT(Layer()(Tensors{x})),
    FROST_ABSENT(Layer()(Input({3}))),
    FROST_ABSENT(Layer()(Symbols{Input({3})})),
    FROST_ABSENT(Layer().all(x)),
    FROST_ABSENT(Layer().all(Tensors{x})),
    FROST_ABSENT(Layer().all(Input({3}))),
    FROST_ABSENT(Layer().all(Symbols{Input({3})})),
    FROST_ABSENT(Layer().name()),
    FROST_ABSENT(Layer().set_name("a")),
    FROST_ABSENT(Layer().type()),
    FROST_ABSENT(Layer().config()),
    FROST_ABSENT(Layer().is_built()),
    FROST_ABSENT(Layer().trainable()),
    FROST_ABSENT(Layer().set_trainable(true)),
    FROST_ABSENT(Layer().set_trainable(false)),
    FROST_ABSENT(Layer().keeps_stochastic()),
    FROST_ABSENT(Layer().keeps_statistics()),
    FROST_ABSENT(Layer().weights()),
    FROST_ABSENT(Layer().trainable_weights()),
    FROST_ABSENT(Layer().non_trainable_weights()),
    FROST_ABSENT(Layer().get_weights()),
    FROST_ABSENT(Layer().set_weights({})),
    FROST_ABSENT(Layer().count_params()),
    FROST_ABSENT(Layer().reset_states()),
    FROST_ABSENT(Layer().input()),
    FROST_ABSENT(Layer().output()),
    FROST_ABSENT(Layer().inputs()),
    FROST_ABSENT(Layer().outputs()),
    FROST_ABSENT(Layer().output_at(0)),
    FROST_ABSENT(Layer().base()),
    FROST_ABSENT(moved_layer()(x)),
    FROST_ABSENT(moved_layer().name()),
    FROST_ABSENT(Watch(Layer())),
    FROST_ABSENT(Bidirectional(Layer())),
    FROST_ABSENT(TimeDistributed(Layer())),
    FROST_ABSENT(RNN(Layer())),
    FROST_ABSENT(Model(Layer())),
    FROST_ABSENT(Sequential({Layer()})),
    FROST_ABSENT(Sequential().add(Layer())),
    FROST_ABSENT(regularization_loss(Layer())),
    FROST_ABSENT(apply_constraints(Layer())),
    FROST_ABSENT(gradcheck(Layer(), x)),
    FROST_ABSENT(gradcheck(Layer(), Tensors{x})),
    FROST_ABSENT(gradcheck(Dense({.units = 2}), none)),
    FROST_ABSENT(gradcheck([](const Tensor&) { return Tensor(); }, x)),
};

const std::vector<Absent> inputs_of_layers = {
    FROST_ABSENT(Dense({.units = 2})(none)),
    FROST_ABSENT(Dense({.units = 2})(Symbol())),
    FROST_ABSENT(Dense({.units = 2})(Symbols{Symbol()})),
    FROST_ABSENT(Dense({.units = 2}).all(none)),
    FROST_ABSENT(Dense({.units = 2}).all(Symbol())),
    FROST_ABSENT(Dropout({.rate = 0.5})(none)),
    FROST_ABSENT(built(Dropout({.rate = 0.5}))(none)),
    FROST_ABSENT(built(Dropout({.rate = 0.5}))(Tensors{none})),
    FROST_ABSENT(built(Dropout({.rate = 0.5})).all(Tensors{none})),
    FROST_ABSENT(built(Dense({.units = 2}))(none)),
    FROST_ABSENT(built(Flatten())(none)),
    FROST_ABSENT(built(Activation("linear"))(none)),
    FROST_ABSENT(built(Activation("relu"))(none, {.training = true})),
    FROST_ABSENT(built(GaussianNoise({.stddev = 1}))(none, {.training = true})),
    FROST_ABSENT(built(Masking())(none)),
    FROST_ABSENT(built(BatchNormalization())(none, {.training = true})),
    FROST_ABSENT(Add()({x, none})),
    FROST_ABSENT(Add()(Symbols{Input({3}), Symbol()})),
    FROST_ABSENT(Concatenate()(Tensors{none, x})),
    FROST_ABSENT(Lambda([](const Tensor& v) { return v; })(none)),
    FROST_ABSENT(built(Lambda([](const Tensor& v) { return v; }))(none)),
    FROST_ABSENT(Lambda([](const Tensor&) { return Tensor(); })(x)),
    FROST_ABSENT(LSTM({.units = 2})(none)),
    FROST_ABSENT(Symbol().shape()),
    FROST_ABSENT(Symbol().dtype()),
    FROST_ABSENT(Symbol().layer()),
};

const std::vector<Absent> models = {
    FROST_ABSENT(Model()(x)),
    FROST_ABSENT(Model()(Input({3}))),
    FROST_ABSENT(Model(Symbol(), Symbol())),
    FROST_ABSENT(Model(Symbols{Symbol()}, Symbols{Symbol()})),
    FROST_ABSENT(Model(Input({3}), Symbols{Symbol()})),
    FROST_ABSENT(Model(Symbols{Symbol()}, Input({3}))),
    FROST_ABSENT(Model().layers()),
    FROST_ABSENT(Model().layers(0, 1)),
    FROST_ABSENT(Model().get_layer("head")),
    FROST_ABSENT(Model().get_layer(0)),
    FROST_ABSENT(Model().input()),
    FROST_ABSENT(Model().output()),
    FROST_ABSENT(Model().inputs()),
    FROST_ABSENT(Model().outputs()),
    FROST_ABSENT(Model().until("head")),
    FROST_ABSENT(Model().with_input({3})),
    FROST_ABSENT(Model().clone()),
    FROST_ABSENT(Model().summary()),
    FROST_ABSENT(Model().compile({.optimizer = SGD(), .loss = "mse"})),
    FROST_ABSENT(Model().optimizer()),
    FROST_ABSENT(Model().fit(x, y)),
    FROST_ABSENT(Model().fit(x, y, {.epochs = 1})),
    FROST_ABSENT(Model().evaluate(x, y)),
    FROST_ABSENT(Model().evaluate(x, y, {.batch_size = 1})),
    FROST_ABSENT(Model().predict(x)),
    FROST_ABSENT(Model().predict(x, {.batch_size = 1})),
    FROST_ABSENT(Model().predict_all(x)),
    FROST_ABSENT(Model().predict_all(x, {.batch_size = 1})),
    FROST_ABSENT(Model().train_on_batch(x, y)),
    FROST_ABSENT(Model().test_on_batch(x, y)),
    FROST_ABSENT(Model().save("m.frost")),
    FROST_ABSENT(Model().weights()),
    FROST_ABSENT(Model().summary({.connections = true})),
    FROST_ABSENT(classification_report(Model(), x, x)),
    FROST_ABSENT(confusion_matrix(none, x)),
    FROST_ABSENT(Model().save("m.frost", {.test_inputs = x})),
    FROST_ABSENT(Model().save_weights("m.safetensors")),
    FROST_ABSENT(Model().load_weights("m.safetensors")),
    FROST_ABSENT(Model().load_weights("m.safetensors", {.strict = false})),
    FROST_ABSENT(Model().weights()),
    FROST_ABSENT(Model().set_trainable(false)),
    FROST_ABSENT(Model().count_params()),
    FROST_ABSENT(moved_sequential().add(Dense({.units = 2}))),
    FROST_ABSENT(moved_sequential().build({3})),
    FROST_ABSENT(moved_sequential().fit(x, y)),
    FROST_ABSENT(moved_sequential()(x)),
    FROST_ABSENT(to_dot(Model())),
    FROST_ABSENT(plot_model(Model(), "m.dot")),
    FROST_ABSENT(plot_model(Model(), "m.svg")),
    FROST_ABSENT(training_config(Model())),
    FROST_ABSENT(compile_from(Model(), SGD(), training_config(small_model()))),
    FROST_ABSENT(freeze_report(Model())),
    FROST_ABSENT(why_frozen(Model(), "head")),
    FROST_ABSENT(why_recorded(Model(), "head")),
    FROST_ABSENT(gradcheck(Model(), x)),
    FROST_ABSENT(gradcheck(Model(), x, y, "mse")),
    FROST_ABSENT(gradcheck(Model(), Tensors{x}, y, "mse")),
    FROST_ABSENT(gradcheck(small_model(), none, y, "mse")),
    FROST_ABSENT(gradcheck(small_model(), x, none, "mse")),
    FROST_ABSENT(gradcheck(Model(), x, y, [](const Tensor& t, const Tensor& p) { return mean_squared_error(t, p); })),
    FROST_ABSENT(save_model(Model(), "m.frost")),
    FROST_ABSENT(save_weights(Model(), "m.safetensors")),
    FROST_ABSENT(load_weights(Model(), FROST_DATA_DIR "/torch/lstm.safetensors")),
    FROST_ABSENT(save_delta(Model(), "m.delta")),
    FROST_ABSENT(load_torch(Model(), FROST_DATA_DIR "/torch/lstm.safetensors")),
    FROST_ABSENT(load_torch(Model(), {{"w", x}})),
    FROST_ABSENT(load_torch(small_model(), {{"head.weight", none}, {"head.bias", ones({2})}})),
    FROST_ABSENT(save_keras(Model(), "m.json")),
    FROST_ABSENT(save_npy("x.npy", none)),
    FROST_ABSENT(save_npz("x.npz", {{"x", none}})),
    FROST_ABSENT(save_safetensors("x.safetensors", {{"x", none}})),
};

const std::vector<Absent> data_of_models = {
    FROST_ABSENT(small_model()(none)),
    FROST_ABSENT(small_model()(Tensors{none})),
    FROST_ABSENT(small_model()(Symbol())),
    FROST_ABSENT(small_model().all(none)),
    FROST_ABSENT(small_model().fit({none}, y)),
    FROST_ABSENT(small_model().fit(x, {none})),
    FROST_ABSENT(small_model().fit(x, y, {.validation_data = {x, {none}}})),
    FROST_ABSENT(small_model().fit(x, y, {.validation_data = {{none}, y}})),
    FROST_ABSENT(small_model().fit(x, y, {.callbacks = {Callback()}})),
    FROST_ABSENT(small_model().fit(x, y, {.callbacks = {moved_callback()}})),
    FROST_ABSENT(small_model().evaluate({none}, y)),
    FROST_ABSENT(small_model().evaluate(x, {none})),
    FROST_ABSENT(small_model().predict({none})),
    FROST_ABSENT(small_model().predict_all({none})),
    FROST_ABSENT(small_model().train_on_batch({none}, y)),
    FROST_ABSENT(small_model().train_on_batch(x, {none})),
    FROST_ABSENT(small_model().test_on_batch(x, {none})),
    FROST_ABSENT(small_model().set_weights({none, none})),
    FROST_ABSENT(functional_call(Model(), {x}, x)),
    FROST_ABSENT(functional_call(small_model(), {none, none}, x)),
    FROST_ABSENT(small_model().save("m.frost", {.test_inputs = {none}})),
};

const std::vector<Absent> freezing = {
    FROST_ABSENT(freeze(Model(), everything())),
    FROST_ABSENT(freeze(Model(), everything(), Freeze::biases)),
    FROST_ABSENT(freeze(Model(), everything(), {.keep_state = true})),
    FROST_ABSENT(thaw(Layer(), everything())),
    FROST_ABSENT(thaw(Layer(), everything(), {.keep_state = true})),
    FROST_ABSENT(freeze_weights(Model(), {"head"})),
    FROST_ABSENT(freeze_statistics(Model(), everything())),
    FROST_ABSENT(thaw_statistics(Model(), everything())),
    FROST_ABSENT(FreezeGuard(Model(), everything())),
    FROST_ABSENT(assert_frozen(Model(), everything())),
    FROST_ABSENT(FrozenProof().check()),
    FROST_ABSENT(FrozenProof().moved()),
    FROST_ABSENT(moved_selector().text()),
    FROST_ABSENT(moved_selector().node()),
    FROST_ABSENT(Selector(detail::Ref<detail::SelectorNode>()).text()),
    FROST_ABSENT(moved_selector() | everything()),
    FROST_ABSENT(everything() | moved_selector()),
    FROST_ABSENT(moved_selector() & everything()),
    FROST_ABSENT(everything() & moved_selector()),
    FROST_ABSENT(!moved_selector()),
    FROST_ABSENT(freeze(small_model(), moved_selector())),
    FROST_ABSENT(thaw(small_model(), moved_selector())),
    FROST_ABSENT(freeze_statistics(small_model(), moved_selector())),
    FROST_ABSENT(thaw_statistics(small_model(), moved_selector())),
    FROST_ABSENT(FreezeGuard(small_model(), moved_selector())),
    FROST_ABSENT(assert_frozen(small_model(), moved_selector())),
};

const std::vector<Absent> optimizers = {
    FROST_ABSENT(Optimizer().add({x})),        FROST_ABSENT(Optimizer().step()),
    FROST_ABSENT(Optimizer().zero_grad()),     FROST_ABSENT(Optimizer().state_bytes()),
    FROST_ABSENT(Optimizer().learning_rate()), FROST_ABSENT(Optimizer().set_learning_rate(1)),
    FROST_ABSENT(Optimizer().base()),          FROST_ABSENT(Optimizer(static_cast<OptimizerBase*>(nullptr)).step()),
    FROST_ABSENT(moved_optimizer().step()),    FROST_ABSENT(Adam().add({none})),
    FROST_ABSENT(Adam().base().state(none)),   FROST_ABSENT(Adam().base().set_state(none, {})),
    FROST_ABSENT(Callback().base()),           FROST_ABSENT(moved_callback().base()),
    FROST_ABSENT(LearningRateScheduler({})),
};

const std::vector<Absent> texts = {
    FROST_ABSENT(Initializer(no_text)),
    FROST_ABSENT(Regularizer(no_text)),
    FROST_ABSENT(Constraint(no_text)),
    FROST_ABSENT(ActivationFunction(no_text)),
    FROST_ABSENT(Config(no_text)),
    FROST_ABSENT(Loss(no_text)),
    FROST_ABSENT(Metric(no_text)),
    FROST_ABSENT(Optimizer(no_text)),
    FROST_ABSENT(Dense({.units = 2, .kernel_initializer = no_text})),
    FROST_ABSENT(Config::object().set("name", no_text)),
    FROST_ABSENT(Activation(no_text)),
};

}  // namespace

TEST_CASE("a member of an absent layer, and what is made around one, is an error") { check_absent(layers); }
TEST_CASE("calling a layer on what is absent is an error, built or not") { check_absent(inputs_of_layers); }
TEST_CASE("whatever is asked of an absent model is an error") { check_absent(models); }
TEST_CASE("absent data, weights, callbacks and optimizers are a model's error") { check_absent(data_of_models); }
TEST_CASE("freezing what is absent, or by an absent selector, is an error") { check_absent(freezing); }
TEST_CASE("a member of an absent optimizer or callback is an error") { check_absent(optimizers); }
TEST_CASE("a text that is a null pointer, and a factory that is one, are errors") { check_absent(texts); }

TEST_CASE("a model that was compiled without an optimizer evaluates and does not train") {
  const Model model = small_model();
  for (const Optimizer& optimizer : {Optimizer(), Optimizer(moved_optimizer())}) {
    model.compile({.optimizer = optimizer, .loss = "mse"});
    CHECK(model.evaluate(x, y)["loss"] >= 0);
    CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0}), Catch::Contains("without an optimizer"));
    CHECK_THROWS_WITH(model.train_on_batch(x, y), Catch::Contains("without an optimizer"));
  }
}

TEST_CASE("a function whose context is asked for what is not there is an error that names it") {
  struct Asks : Function<Asks> {
    static Tensor forward(FunctionContext& ctx, const Tensor& v, int which) {
      if (which == 0) ctx.needs_grad(1);
      if (which == 1) ctx.needs_grad(-1);
      ctx.data<int>() = 1;
      ctx.data<double>() = 1;
      return v;
    }
    static Tensors backward(FunctionContext&, const Tensor& dy) { return {dy}; }
  };
  CHECK_THROWS_WITH(Asks::apply(x, 0), Catch::Contains("Asks") && Catch::Contains("needs_grad(1)"));
  CHECK_THROWS_WITH(Asks::apply(x, 1), Catch::Contains("Asks") && Catch::Contains("needs_grad(-1)"));
  CHECK_THROWS_WITH(Asks::apply(x, 2), Catch::Contains("Asks") && Catch::Contains("data<double>()"));
}
