// What users write, compiled and run against the package: each block as a function, behaving as its comments say.
#include <frost/frost.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <sstream>
#include <string>

using namespace frost;

namespace {

void require(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::cerr << where.file_name() << ':' << where.line() << ": does not hold in " << where.function_name() << '\n';
  std::exit(1);
}

// The text of the frost::Error that a call throws.
template <class F>
std::string error_of(const F& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void making_tensors() {
  Tensor a = tensor({{1., 2.}, {3., 4.}});
  Tensor w = randn({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  require(a.dtype() == default_dtype() && default_dtype() == DType::float32);
  require(tensor({1, 2}).dtype() == DType::int64 && tensor({1, 2.}).dtype() == DType::float32 &&
          tensor({true}).dtype() == DType::boolean && tensor({1, 2}, DType::float64).dtype() == DType::float64);
  require(w.dtype() == DType::float64 && w.requires_grad() && w.is_leaf());
  const std::size_t n = 2;
  require(zeros({n, 3}).shape() == Shape{2, 3} && ones({2, 3}).size() == 6);
  require(full({2, 3}, 7.).sum().item<int>() == 42);
  require(arange(0, 10, 2).dtype() == DType::int64 && to_string(arange(0, 10, 2)) == "[0 2 4 6 8]");
  require(eye(3).sum().item<float>() == 3 && linspace(0., 1., 5).to_vector<float>()[1] == 0.25f);
  uniform({2, 3}, -1., 1.);
  require(randint(0, 10, {4}).dtype() == DType::int64 && permutation(8).sum().item<std::int64_t>() == 28);
  Tensor b = from_vector(std::vector<float>{1, 2}, {2, 1});
  require(from_vector(std::vector<double>{1}, {1}).dtype() == DType::float64);
  require(b.shape() == Shape{2, 1} && b.size() == 2 && b.rank() == 2 && b.dtype() == DType::float32);
  require(a[0][1].item<float>() == 2 && a[0][1].item<int>() == 2);
  require(contains(error_of([&] { a.item<float>(); }), "(2, 2)"));
  std::span<const float> values = a.data<float>();
  require(values.size() == 4 && values[2] == 3);
  require(contains(error_of([&] { a.data<double>(); }), "float64"));
  std::ostringstream out;
  out << a << '\n';
  require(out.str() == "[[1. 2.]\n [3. 4.]]\n");
  Tensor row = a[0], part = a.slice(0, 1, 2);
  require(row.shape() == Shape{2} && part.shape() == Shape{1, 2} && part.data<float>()[0] == 3);
}

void recording_and_differentiating() {
  Tensor a = tensor({{1., 2.}, {3., 4.}});
  Tensor w = randn({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  Tensor y = tanh(matmul(a.to(DType::float64), w)) + 1.0;
  Tensor loss = mean(square(y));
  require(sum(y, {0}, true).shape() == Shape{1, 3} && y.sum().shape() == Shape{} && y.mean({1}).shape() == Shape{2});
  require(y.reshape({-1}).shape() == Shape{6} && frost::std(y).shape() == y.std().shape());
  require((a > 2).dtype() == DType::boolean && sum(equal(a, 2)).item<int>() == 1 &&
          sum(not_equal(a, 2)).dtype() == DType::int64);
  require(to_string(-(2. - a) / 2. * a + 1) == "[[0.5 1. ]\n [2.5 5. ]]");
  require(contains(error_of([&] { y.backward(); }), "grad_output"));
  loss.backward();
  require(w.has_grad() && w.grad().shape() == w.shape());
  w.zero_grad();
  require(!w.has_grad() && error_of([&] { w.grad(); }) != "no error");
  w.assign(randn({2, 3}, {.dtype = DType::float64}));
  require(error_of([&] { w.assign(a); }) != "no error");
  require(contains(error_of([&] { y.set_requires_grad(false); }), "detach()"));
  w.set_requires_grad(false);
  require(!square(w).requires_grad() && y.requires_grad() && !y.is_leaf());
  require(y.detach().is_leaf() && !y.clone().is_leaf() && y.detach().clone().is_leaf());
  require(tensor({1., 2.}).set_requires_grad(true).requires_grad());

  w.set_requires_grad(true);
  {
    NoGrad guard;
    require(!square(w).requires_grad());
  }
  {
    KeepInputs guard;
    require(square(w).requires_grad());
  }
  Tensor cubes = sum(w * w * w);
  std::vector<Tensor> g = grad(cubes, {w}, {.create_graph = true});
  require(g.size() == 1 && !w.has_grad() && g[0].requires_grad());
  const Tensor second = grad(sum(g[0]), {w})[0], expected = 6. * w;
  require((second - expected).abs().max().item<double>() < 1e-12);
  require(grad(sum(w), {w, tensor({1.}).set_requires_grad(true)}, {.allow_unused = true})[1].is_same(Tensor{}));

  TapeStats s = tape_stats(mean(square(w)));
  require(s.nodes == 2 && s.saved_bytes == 0 && s.borrowed_bytes == 48 && s.ops.at("square") == 1);
  reset_kernel_counts();
  square(w);
  require(kernel_counts().at("square") == 1 && memory_stats().peak_bytes >= memory_stats().live_bytes);
}

void errors_threads_seeds() {
  const std::string text = error_of([] { matmul(zeros({3, 4}), zeros({5, 6})); });
  require(contains(text, "matmul") && contains(text, "(3, 4)") && contains(text, "(5, 6)"));
  require(contains(error_of([] { add(zeros({3}), zeros({2})); }), "(3,)"));
  set_default_dtype(DType::float64);
  require(zeros({1}).dtype() == DType::float64);
  set_default_dtype(DType::float32);
  set_num_threads(1);
  require(num_threads() == 1 && !build_info().empty());
  seed(42);
  const Tensor first = randn({3});
  seed(42);
  require(to_string(randn({3})) == to_string(first));
}

class Scale : public LayerBase {
 public:
  explicit Scale(double start = 1) : start_(start) {}
  void build(const Shape& input) override { gain_ = add_weight("gain", {input.back()}, constant(start_)); }
  Tensor call(const Tensor& x, const CallContext&) override { return x * gain_; }

 private:
  double start_;
  Parameter gain_;
};

void a_custom_layer() {
  Layer scale = layer<Scale>(2.0);
  Tensor z = scale(tensor({{1., 3.}}));
  require(to_string(z) == "[[2. 6.]]" && scale.weights()[0].name() == "scale/gain");
  Symbol input = Input({2}), s = scale(input);
  require(s.shape() == Shape{-1, 2} && Model(input, s).layers()[1].name() == "scale");
}

Model lstm_model() {
  Symbol input = Input({32, 32});
  Symbol layer1 = LSTM({.units = 32, .return_sequences = true})(input);
  Symbol layer2 = LSTM({.units = 32, .return_sequences = true})(layer1);
  Symbol x = Flatten()(layer2);
  Symbol dense1 = Dense({.units = 10, .name = "dense1"})(x);
  Symbol probs = Activation("softmax")(dense1);
  Symbol output = Reshape({10})(probs);
  return Model(input, output);
}

std::string names_of(const Model& model) {
  std::string names;
  for (Layer layer : model.layers()) names += layer.name() + ' ';
  return names;
}

void training_a_model() {
  Model model = lstm_model();
  require(names_of(model) == "input_1 lstm lstm_1 flatten dense1 activation reshape ");
  model.compile(
      {.optimizer = Adam({.learning_rate = 1e-3}), .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  std::ostringstream out;
  model.summary(out);
  require(contains(out.str(), "Layer (type)") && contains(out.str(), "(None, 32, 32)"));
  require(contains(out.str(), "Total params: 26,890\nTrainable params: 26,890\nNon-trainable params: 0\n"));

  Tensor x_train = randn({64, 32, 32}), y_train = one_hot(randint(0, 10, {64}), 10);
  Tensor x_val = randn({32, 32, 32}), y_val = one_hot(randint(0, 10, {32}), 10);
  History h = model.fit(x_train, y_train,
                        {.batch_size = 32,
                         .epochs = 2,
                         .verbose = 0,
                         .callbacks = {EarlyStopping({.monitor = "val_loss", .patience = 5})},
                         .validation_data = {x_val, y_val}});
  require(h["loss"].size() == 2 && h["accuracy"].size() == 2 && h["val_loss"].size() == 2 &&
          h["val_accuracy"].size() == 2);
  require(contains(error_of([&] { h["absent"]; }), "val_accuracy"));
  Evaluation e = model.evaluate(x_val, y_val);
  require(std::abs(e["loss"] - h["val_loss"].back()) < 1e-5 && e["accuracy"] == h["val_accuracy"].back());
  Tensor p = model.predict(x_val);
  Tensor q = model(x_val);
  require(p.shape() == Shape{32, 10} && !p.requires_grad() && q.requires_grad());
  require((p - q).abs().max().item<float>() < 1e-5f && model(x_val, {.training = true}).shape() == p.shape());
  require(contains(error_of([&] { model.fit(x_train, y_val); }), "64"));
}

void freezing_a_model() {
  Model model = lstm_model();
  for (Layer layer : model.layers()) {
    layer.set_trainable(false);
    std::cout << layer.name() << ' ' << layer.trainable() << '\n';
  }
  require(model.trainable_weights().empty() && model.non_trainable_weights().size() == 8);
  model.set_trainable(true);
  for (Layer layer : model.layers(0, -3)) layer.set_trainable(false);
  require(model.trainable_weights().size() == 2 && model.trainable_weights()[0].name() == "dense1/kernel");
  std::ostringstream out;
  model.summary(out);
  require(out.str().ends_with("Total params: 26,890\nTrainable params: 10,250\nNon-trainable params: 16,640\n"));
  model.set_trainable(true);
  model.get_layer("lstm_1").set_trainable(false);
  require(model.get_layer(2).name() == "lstm_1" && !model.get_layer("lstm_1").trainable());
  require(model.trainable_weights().size() == 5 && model.weights().size() == 8 && model.count_params() == 26'890);
  require(contains(error_of([&] { model.get_layer("lstm_2"); }), "lstm_1"));
  const std::vector<Tensor> values = model.get_weights();
  model.set_weights(values);

  model.set_trainable(true);
  freeze_weights(model, {"lstm", "dense1"}, Freeze::weights);
  require(model.trainable_weights().size() == 5);
  model.set_trainable(true);
  FreezeResult n = freeze(model, all_but_last(3));
  require(n.tensors == 6 && n.elements == 16'640);
  thaw(model, matching("lstm*"), Freeze::biases);
  require(model.trainable_weights().size() == 4);
  thaw(model, everything());
  freeze(model, names({"lstm", "lstm_1"}) | named("dense1"));
  require(model.trainable_weights().empty());
  thaw(model, (!until("lstm")) & of_type("LSTM"));
  require(model.trainable_weights().size() == 3);
  thaw(model, selected_by([](const Layer& layer) { return layer.type() == "Dense"; }));
  require(model.trainable_weights().size() == 5);
  require(error_of([&] { freeze(model, matching("block2/*")); }) != "no error");
}

void freezing_parts_and_for_a_while() {
  Symbol input = Input({4}), x = Dense({.units = 4})(input);
  Model model(input, BatchNormalization({.name = "bn"})(x));
  freeze(model, named("bn"), {.keep_stochastic = true, .keep_state = true});
  require(model.trainable_weights().size() == 2);
  thaw(model, everything());
  freeze_statistics(model, everything());
  const Tensor mean = model.weights()[4].clone();
  model(randn({8, 4}), {.training = true});
  require(sum(not_equal(mean, model.weights()[4])).item<int>() == 0);
  thaw_statistics(model, everything());
  model(randn({8, 4}), {.training = true});
  require(sum(not_equal(mean, model.weights()[4])).item<int>() == 4);

  const std::size_t before = model.trainable_weights().size();
  try {
    FreezeGuard guard(model, everything());
    require(model.trainable_weights().empty() && !model(zeros({1, 4})).requires_grad());
    throw std::runtime_error("leaves by exception");
  } catch (const std::runtime_error&) {
  }
  require(model.trainable_weights().size() == before && model(zeros({1, 4})).requires_grad());

  Layer embedding = Embedding({.input_dim = 5, .output_dim = 2});
  embedding(tensor({{0, 1}}, DType::int64));
  Parameter embedding_weight = embedding.weights()[0];
  const std::vector<std::int64_t> rows = {0, 1};
  freeze_rows(embedding_weight, rows);
  const Tensor kept = embedding_weight.clone();
  SGD optimizer({.learning_rate = 1.});
  optimizer.add(embedding.weights());
  sum(embedding(tensor({{0, 1, 2}}, DType::int64))).backward();
  optimizer.step();
  require(sum(not_equal(kept, embedding_weight).reshape({-1})).item<int>() == 2);
  thaw_rows(embedding_weight, rows);
}

void several_inputs_and_outputs() {
  Symbol a = Input({3}), b = Input({3});
  Symbol sum_of = Dense({.units = 2, .name = "left"})(a), other = Dense({.units = 1, .name = "right"})(b);
  Model model({a, b}, {sum_of, other});
  const Tensor x1 = randn({6, 3}), x2 = randn({6, 3}), y1 = randn({6, 2}), y2 = randn({6, 1});
  require(model.all(Tensors{x1, x2}).size() == 2 && model.predict_all({x1, x2})[1].shape() == Shape{6, 1});
  require(contains(error_of([&] { model(Tensors{x1, x2}); }), "all("));
  model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mean_squared_error"});
  History h = model.fit({x1, x2}, {y1, y2}, {.epochs = 2, .verbose = 0});
  require(h["left_loss"].size() == 2 && h["right_loss"].size() == 2);
}

struct Counting : CallbackBase {
  explicit Counting(int* epochs) : epochs_(epochs) {}
  void on_epoch_end(Model&, int epoch, const Logs& logs) override { *epochs_ += epoch >= 0 && logs.contains("loss"); }
  int* epochs_;
};

void losses_and_callbacks_of_ones_own() {
  Sequential net({Dense({.units = 1})});
  net.compile({.optimizer = SGD({.learning_rate = 0.1}),
               .loss = [](const Tensor& y_true, const Tensor& y_pred) { return mean(square(y_true - y_pred)); }});
  int epochs = 0;
  net.fit(randn({8, 3}), randn({8, 1}), {.epochs = 3, .verbose = 0, .callbacks = {callback<Counting>(&epochs)}});
  require(epochs == 3);
}

void replacing_the_head() {
  Model model = lstm_model();
  model.set_trainable(false);
  Symbol features = model.get_layer("flatten").output();
  Model tuned(model.input(), Dense({.units = 5, .activation = "softmax", .name = "dense2"})(features));
  tuned.compile(
      {.optimizer = Adam({.learning_rate = 1e-5}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const Tensor before = model.get_weights()[0];
  tuned.fit(randn({32, 32, 32}), randint(0, 5, {32}),
            {.epochs = 3, .verbose = 0, .cache_frozen = CacheFrozen::automatic});
  require(tuned.trainable_weights().size() == 2 && sum(not_equal(before, model.get_weights()[0])).item<int>() == 0);
  Model trunk = model.until("lstm_1");
  require(trunk.output().shape() == Shape{-1, 32, 32} && trunk.layers()[1].is_same(model.layers()[1]));
}

void a_sequential_model() {
  Sequential net({Dense({.units = 8}), Dense({.units = 2})});
  net.add(Activation("softmax"));
  net.build({4});
  require(net.count_params() == 4 * 8 + 8 + 8 * 2 + 2 && names_of(net) == "dense dense_1 activation ");
  require(net(zeros({3, 4})).shape() == Shape{3, 2});
}

void a_training_loop_by_hand() {
  seed(7);
  Sequential model({Dense({.units = 8, .activation = "tanh"}), Dense({.units = 3})});
  model.build({4});
  const Tensor x = randn({96, 4}), y = argmax(x.slice(1, 0, 3), 1);
  Adam optimizer({.learning_rate = 1e-2, .weight_decay = 0.01});
  optimizer.add(model.weights());
  double first = 0, last = 0;
  for (int epoch = 0; epoch < 20; ++epoch)
    for (auto [xb, yb] : batches(x, y, {.batch_size = 32, .shuffle = true})) {
      optimizer.zero_grad();
      Tensor loss = sparse_categorical_crossentropy(yb, model(xb, {.training = true}), {.from_logits = true});
      loss.backward();
      clip_grad_norm(model.trainable_weights(), 1.0);
      optimizer.step();
      last = loss.item<double>();
      if (first == 0) first = last;
    }
  require(last < 0.5 * first);
  const std::int64_t moments = 2 * 4 * model.count_params();
  require(optimizer.state_bytes() >= moments && optimizer.state_bytes() <= moments + 1024);
  model.layers()[0].set_trainable(false);
  require(optimizer.state_bytes() <= 2 * 4 * (8 * 3 + 3) + 1024);
  optimizer.set_learning_rate(0.5);
  require(optimizer.learning_rate() == 0.5);
}

void weights_in_files() {
  save_safetensors("f.safetensors", {{"a", tensor({1., 2.})}, {"b", arange(3)}});
  auto m = load_safetensors("f.safetensors");
  std::remove("f.safetensors");
  require(m.size() == 2 && to_string(m.at("a")) == "[1. 2.]" && m.at("b").dtype() == DType::int64);

  Symbol input = Input({3});
  Model model(input, Dense({.units = 2, .name = "head"})(Dense({.units = 4, .name = "base"})(input)));
  model.save_weights("all.safetensors");
  model.get_layer("base").set_trainable(false);
  save_weights(model, "head.safetensors", {.only = Weights::trainable});
  LoadReport r = model.load_weights("all.safetensors");
  require(r.loaded == 4 && r.missing.empty() && r.unexpected.empty() && r.misshapen.empty());
  LoadReport part = model.load_weights("head.safetensors", {.strict = false});
  require(part.loaded == 2 && part.missing.size() == 2);
  save_npy("x.npy", tensor({1., 2.}));
  Tensor t = load_npy("x.npy");
  save_npz("x.npz", {{"t", t}});
  require(to_string(load_npz("x.npz").at("t")) == "[1. 2.]");
  for (const char* name : {"all.safetensors", "head.safetensors", "x.npy", "x.npz"}) std::remove(name);
}

void habits_of_other_libraries() {
  const Sequential net({Input({8}), Dense(4)});
  require(net.count_params() == 36);
  Tensor x = tensor({{1., 2.}, {3., 4.}}), y = x.detach().clone();
  const Tensor mask = x > 2., indices = tensor({1, 0});
  require(x[mask].size() == 2 && x[indices].shape() == Shape{2, 2} && x[{0, 1}].item<float>() == 2);
  x.assign_at({0, 1}, tensor(7.));
  require(x[{0, 1}].item<float>() == 7);
  x += y;
  require((x != y).all() && !(x == y).any() && allclose(x, x) && nonzero(x).shape() == Shape{4, 2});
  require(median(y).item<float>() == 2.5f && quantile(y, 1.).item<float>() == 4 && unique(indices).size() == 2);
  require(bincount(indices).size() == 2 && histogram(y, 3).counts.size() == 3);
  require(contains(error_of([&] { (void)static_cast<bool>(x); }), "present()"));
  require(contains(error_of([&] { x[0].assign(zeros(2)); }), "assign_at"));
  int halvings = 0;
  for (Tensor loss = tensor(1.); loss > 0.1; loss = loss / 2.) ++halvings;
  require(halvings == 4);
  std::vector<float> memory(4);
  bool is_given_back = false;
  {
    const Tensor shown = from_blob(memory.data(), {2, 2}, [&](float*) { is_given_back = true; });
  }
  require(is_given_back);

  const Symbol input = Input(4), shortcut = Dense(4)(input);
  const Symbol s = input + shortcut, t = 2. * relu(input);
  const Symbol age = Dense(1, {.name = "age"})(s), sex = Dense(1, {.activation = "sigmoid", .name = "sex"})(t);
  const Model model({input}, {age, sex});
  model.compile({.optimizer = Adam(1e-3),
                 .loss = {{"age", "mse"}, {"sex", "binary_crossentropy"}},
                 .loss_weights = {{"age", 0.5}},
                 .metrics = {{"age", "mae"}, {"sex", "accuracy"}}});
  const Tensor rows = randint(0, 2, {16, 4});
  const History h = model.fit(rows, {zeros({16, 1}), ones({16, 1})}, {.epochs = 1, .verbose = 0});
  require(h.contains("age_loss") && h.contains("age_mae") && h.contains("sex_accuracy"));
  const Model one(input, age);
  require(contains(error_of([&] { one.predict(ones(4)); }), "batch"));
  const auto loss = [&](const Tensors& w) { return mean(square(functional_call(one, w, rows))); };
  require(hessian(loss, one.trainable_weights()).size() == 4 &&
          hvp(loss, one.get_weights(), one.get_weights()).size() == 4);
  require(contains(error_of([] { Dense(10, {.units = 5}); }), "units"));
  require(contains(error_of([] { Adam().add({}); }), "add") && !error_of([&] { one.weights()[9]; }).empty());
  require(contains(error_of([&] { one.save("model.keras"); }), "keras"));
  require(confusion_matrix(tensor({0, 1, 1}), tensor({0, 1, 0}), 2)[{1, 0}].item<int>() == 1);
}

// The program runs outside the tree. A static library that was moved after it was built cannot know where to.
void the_digits_that_come_along() {
  [[maybe_unused]] const auto rows = [] { return load_digits().x.shape()[0]; };
#ifdef CONSUMER_LOADS_DIGITS
  require(rows() == 1797);
#endif
}

}  // namespace

int main() {
  making_tensors();
  recording_and_differentiating();
  errors_threads_seeds();
  a_custom_layer();
  training_a_model();
  freezing_a_model();
  freezing_parts_and_for_a_while();
  several_inputs_and_outputs();
  losses_and_callbacks_of_ones_own();
  replacing_the_head();
  a_sequential_model();
  a_training_loop_by_hand();
  weights_in_files();
  habits_of_other_libraries();
  the_digits_that_come_along();
  std::cout << "all blocks behave as they say\n";
}
