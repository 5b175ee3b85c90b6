#include "models/support.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

TEST_CASE("fit learns, and its history has one value an epoch under Keras' keys") {
  const auto [x, labels, one_hot] = clusters(100);
  const Model model = classifier();
  const History h = model.fit(x, labels, {.batch_size = 16, .epochs = 20, .verbose = 0});
  CHECK(h.epochs() == 20);
  CHECK(h["loss"].size() == 20);
  CHECK(h["loss"].back() < 0.2 * h["loss"].front());
  CHECK(h["accuracy"].back() > 0.95);
  CHECK_FALSE(h.contains("val_loss"));
  CHECK_THROWS_WITH(h["absent"], Contains("absent") && Contains("'accuracy'") && Contains("'loss'"));
  const Evaluation e = model.evaluate(x, labels);
  CHECK(e["accuracy"] > 0.95);
  CHECK_THROWS_WITH(e["absent"], Contains("'accuracy'"));
}

TEST_CASE("the same seed gives the same training to the bit") {
  const auto [x, labels, one_hot] = clusters(50);
  Tensors first;
  for (int run = 0; run < 2; ++run) {
    const Model model = classifier();
    model.fit(x, labels, {.batch_size = 8, .epochs = 3, .verbose = 0});
    if (run == 0)
      first = model.get_weights();
    else
      CHECK(same_bits(model.get_weights(), first));
  }
}

TEST_CASE("an evaluation weights the last batch by its rows") {
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier();
  const Evaluation whole = model.evaluate(x, labels, {.batch_size = 10});
  const Evaluation parts = model.evaluate(x, labels, {.batch_size = 4});
  CHECK(parts["loss"] == Approx(whole["loss"]).epsilon(1e-6));
  CHECK(parts["accuracy"] == Approx(whole["accuracy"]));
  const Evaluation one = model.test_on_batch(x, labels);
  CHECK(one["loss"] == Approx(whole["loss"]));
}

TEST_CASE("the loss of an epoch weights the last batch by its rows") {
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier("sparse_categorical_crossentropy", SGD({.learning_rate = 0}));
  const History h = model.fit(x, labels, {.batch_size = 4, .verbose = 0});
  CHECK(h["loss"][0] == Approx(model.evaluate(x, labels)["loss"]).epsilon(1e-6));
}

TEST_CASE("labels and one-hot targets give the same training") {
  const auto [x, labels, one_hot] = clusters(40);
  const Model a = classifier("sparse_categorical_crossentropy"), b = classifier("categorical_crossentropy");
  const History ha = a.fit(x, labels, {.epochs = 3, .verbose = 0}), hb = b.fit(x, one_hot, {.epochs = 3, .verbose = 0});
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(ha["loss"][i] == Approx(hb["loss"][i]).epsilon(1e-5));
    CHECK(ha["accuracy"][i] == Approx(hb["accuracy"][i]));
  }
  const Model column = classifier();
  CHECK(column.fit(x, expand_dims(labels, 1), {.epochs = 3, .verbose = 0})["loss"] == ha["loss"]);
  const Model floats = classifier();
  CHECK(floats.fit(x, labels.to(DType::float32), {.epochs = 3, .verbose = 0})["loss"] == ha["loss"]);
}

TEST_CASE("validation_split takes the last rows before shuffling") {
  const auto [x, labels, one_hot] = clusters(20);
  const Model model = classifier();
  const History h = model.fit(x, labels, {.batch_size = 5, .verbose = 0, .validation_split = 0.25});
  const Evaluation e = model.evaluate(x.slice(0, 15, 20), labels.slice(0, 15, 20));
  CHECK(h["val_loss"][0] == Approx(e["loss"]).epsilon(1e-6));
  CHECK(h["val_accuracy"][0] == Approx(e["accuracy"]));
}

TEST_CASE("validation data are evaluated after every epoch") {
  const auto [x, labels, one_hot] = clusters(20);
  const auto [x_val, labels_val, one_hot_val] = clusters(7);
  const Model model = classifier();
  const History h = model.fit(
      x, labels, {.epochs = 2, .verbose = 0, .validation_data = {x_val, labels_val}, .validation_batch_size = 3});
  CHECK(h["val_loss"].size() == 2);
  CHECK(h["val_loss"][1] == Approx(model.evaluate(x_val, labels_val)["loss"]).epsilon(1e-6));
}

TEST_CASE("accuracy picks its kind by the shapes, as Keras does") {
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 1, .activation = "sigmoid"})(input));
  model.compile({.optimizer = SGD(), .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  model.set_weights({tensor({{1.}, {0.}}), tensor({0.})});
  const Tensor x = tensor({{1., 0.}, {-1., 0.}, {2., 0.}, {-2., 0.}});
  CHECK(model.evaluate(x, tensor({1, 0, 0, 0}, DType::int64))["accuracy"] == 0.75);
  CHECK(model.evaluate(x, tensor({{1.}, {1.}, {0.}, {0.}}))["accuracy"] == 0.5);
}

TEST_CASE("metrics by name and by function") {
  const auto [x, labels, one_hot] = clusters(30);
  const Model model = classifier();
  const auto top = [](const Tensor&, const Tensor& y_pred) { return mean(max(y_pred, -1)); };
  model.compile({.optimizer = SGD(),
                 .loss = "categorical_crossentropy",
                 .metrics = {"categorical_accuracy", "mse", "mae", Metric("confidence", top), top}});
  const Evaluation e = model.evaluate(x, one_hot);
  const Tensor p = model.predict(x);
  CHECK(e["mse"] == Approx(mean(square(p - one_hot)).item<double>()).epsilon(1e-5));
  CHECK(e["mae"] == Approx(mean(abs(p - one_hot)).item<double>()).epsilon(1e-5));
  CHECK(e["confidence"] == Approx(mean(max(p, -1)).item<double>()).epsilon(1e-5));
  CHECK(e["metric"] == e["confidence"]);
  const Tensor right = equal(argmax(p, -1), labels);
  CHECK(e["categorical_accuracy"] == Approx(sum(right).item<double>() / 30));
  model.compile(
      {.optimizer = SGD(), .loss = "sparse_categorical_crossentropy", .metrics = {"sparse_categorical_accuracy"}});
  CHECK(model.evaluate(x, labels)["sparse_categorical_accuracy"] == Approx(sum(right).item<double>() / 30));
}

TEST_CASE("every named loss is its function, by its short name too") {
  const Symbol input = Input({3});
  const Model model(input, Dense({.units = 2, .activation = "sigmoid"})(input));
  const Tensor x = randn({6, 3}), y = uniform({6, 2});
  const Tensor p = model.predict(x);
  const std::vector<std::tuple<std::string, std::string, Tensor>> losses = {
      {"mean_squared_error", "mse", mean_squared_error(y, p)},
      {"mean_absolute_error", "mae", mean_absolute_error(y, p)},
      {"binary_crossentropy", "bce", binary_crossentropy(y, p)},
      {"categorical_crossentropy", "categorical_crossentropy", categorical_crossentropy(y, p)},
      {"kl_divergence", "kld", kl_divergence(y, p)},
      {"hinge", "hinge", hinge(y, p)},
      {"poisson", "poisson", poisson(y, p)},
      {"huber", "huber_loss", huber(y, p)},
      {"cosine_similarity", "cosine_similarity", cosine_similarity(y, p)}};
  for (const auto& [name, alias, expected] : losses)
    for (const std::string& each : {name, alias}) {
      CAPTURE(each);
      model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = each});
      CHECK(model.evaluate(x, y)["loss"] == Approx(expected.item<double>()).epsilon(1e-5));
      // With weights the loss is computed row by row: the same when they are all 1.
      CHECK(model.fit(x, y, {.verbose = 0, .sample_weight = ones({6})})["loss"][0] ==
            Approx(expected.item<double>()).epsilon(1e-5));
    }
  model.compile(
      {.optimizer = SGD(), .loss = [](const Tensor& t, const Tensor& q) { return mean(square(t - q)) * 2.; }});
  CHECK(model.evaluate(x, y)["loss"] == Approx(2 * mean_squared_error(y, p).item<double>()).epsilon(1e-5));
}

TEST_CASE("cross-entropy after a softmax is computed from the logits, reshaped or not") {
  const Symbol input = Input({2});
  const Symbol scores = Dense({.units = 3, .use_bias = false})(input);
  const Symbol with_layers = Reshape({3})(Flatten()(Activation("softmax")(scores)));
  const Symbol in_dense = Dense({.units = 3, .activation = "softmax", .use_bias = false})(input);
  // Logits so far apart that float32 probabilities are 0 and 1: from these, loss and gradient would be cut off.
  const Tensor x = tensor({{1., 0.}}), y = tensor({{0., 1., 0.}});
  const Tensor kernel = tensor({{200., 0., 0.}, {0., 0., 0.}});
  for (const Symbol& output : {with_layers, in_dense}) {
    const Model model(input, output);
    model.set_weights({kernel});
    model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = "categorical_crossentropy"});
    CHECK(model.evaluate(x, y)["loss"] == Approx(200));
    CHECK(model.train_on_batch(x, y)["loss"] == Approx(200));
    CHECK(model.weights()[0][0][1].item<double>() == Approx(1));
    model.compile({.optimizer = SGD(), .loss = "sparse_categorical_crossentropy"});
    model.set_weights({kernel});
    CHECK(model.evaluate(x, tensor({1}, DType::int64))["loss"] == Approx(200));
  }
}

TEST_CASE("sample and class weights multiply each row's loss") {
  const auto [x, labels, one_hot] = clusters(12);
  std::vector<double> by_class, own;
  for (std::int64_t i = 0; i < 12; ++i) {
    by_class.push_back(labels[i].item<int>() == 1 ? 5 : 1);
    own.push_back(0.25 * static_cast<double>(i));
  }
  const auto expected = [&](const Model& model, const std::vector<double>& weights) {
    double total = 0;
    for (std::int64_t i = 0; i < 12; ++i)
      total += weights[static_cast<std::size_t>(i)] *
               model.evaluate(x.slice(0, i, i + 1), labels.slice(0, i, i + 1))["loss"];
    return total / 12;
  };
  const Model still = classifier("sparse_categorical_crossentropy", SGD({.learning_rate = 0}));
  const auto loss = [&](const FitOptions& o) { return still.fit(x, labels, o)["loss"][0]; };
  CHECK(loss({.verbose = 0, .class_weight = {{1, 5.}}}) == Approx(expected(still, by_class)).epsilon(1e-5));
  CHECK(loss({.verbose = 0, .sample_weight = from_vector(own, {12})}) == Approx(expected(still, own)).epsilon(1e-5));
  CHECK(loss({.batch_size = 5, .verbose = 0, .sample_weight = from_vector(own, {12})}) ==
        Approx(expected(still, own)).epsilon(1e-5));
  std::vector<double> both;
  for (std::size_t i = 0; i < 12; ++i) both.push_back(own[i] * by_class[i]);
  CHECK(loss({.verbose = 0, .class_weight = {{1, 5.}}, .sample_weight = from_vector(own, {12})}) ==
        Approx(expected(still, both)).epsilon(1e-5));
  CHECK_THROWS_WITH(loss({.verbose = 0, .sample_weight = ones({11})}), Contains("sample_weight") && Contains("12"));

  // A weight of 0 leaves a row out of the gradient.
  const Model a = classifier("sparse_categorical_crossentropy", SGD({.learning_rate = 1})),
              b = classifier("sparse_categorical_crossentropy", SGD({.learning_rate = 0.5}));
  std::vector<float> half(12, 0.f);
  std::fill_n(half.begin(), 6, 1.f);
  a.fit(x, labels, {.verbose = 0, .shuffle = false, .sample_weight = from_vector(half, {12})});
  b.fit(x.slice(0, 0, 6), labels.slice(0, 0, 6), {.verbose = 0, .shuffle = false});
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(max(abs(a.weights()[i].detach() - b.weights()[i].detach())).item<double>() < 1e-6);
}

TEST_CASE("several outputs are reported by name, and their losses weighted") {
  const Symbol input = Input({2});
  const Symbol first = Dense({.units = 3, .activation = "softmax", .name = "kind"})(input);
  const Symbol second = Dense({.units = 1, .name = "size"})(input);
  const Model model(input, {first, second});
  model.compile({.optimizer = SGD({.learning_rate = 0}),
                 .loss = {"sparse_categorical_crossentropy", "mse"},
                 .loss_weights = {1, 0.5},
                 .metrics = {"mae"}});
  const auto [x, labels, one_hot] = clusters(10);
  const Tensor size = randn({10, 1});
  model.compile({.optimizer = SGD({.learning_rate = 0}),
                 .loss = {"sparse_categorical_crossentropy", "mse"},
                 .loss_weights = {1, 0.5}});
  const Evaluation e = model.evaluate(x, {labels, size});
  CHECK(e["loss"] == Approx(e["kind_loss"] + 0.5 * e["size_loss"]));
  CHECK(e.values().size() == 3);
  const Tensors p = model.predict_all(x, {.batch_size = 4});
  CHECK(p[0].shape() == Shape{10, 3});
  CHECK(p[1].shape() == Shape{10, 1});
  CHECK(e["size_loss"] == Approx(mean_squared_error(size, p[1]).item<double>()).epsilon(1e-5));
  CHECK_THROWS_WITH(model.predict(x), Contains("predict_all"));
  const History h = model.fit(x, {labels, size}, {.verbose = 0, .validation_split = 0.3});
  for (const char* key : {"loss", "kind_loss", "size_loss", "val_loss", "val_kind_loss", "val_size_loss"})
    CHECK(h.contains(key));
  CHECK_THROWS_WITH(model.fit(x, labels, {.verbose = 0}), Contains("2 outputs") && Contains("got 1"));
}

TEST_CASE("predict puts the batches together") {
  const auto [x, labels, one_hot] = clusters(11);
  const Model model = classifier();
  const Tensor parts = model.predict(x, {.batch_size = 4}), whole = model(x);
  CHECK(parts.shape() == Shape{11, 3});
  CHECK_FALSE(parts.requires_grad());
  CHECK(max(abs(parts - whole.detach())).item<double>() < 1e-6);
}

TEST_CASE("frozen weights are as they were after fit, and a callback may thaw them") {
  struct Thaw : CallbackBase {
    void on_epoch_end(Model& model, int epoch, const Logs&) override {
      if (epoch == 1) model.get_layer("dense").set_trainable(true);
    }
  };
  const auto [x, labels, one_hot] = clusters(40);
  const Model model = classifier("sparse_categorical_crossentropy", Adam({.learning_rate = 0.05, .weight_decay = 0.1}));
  model.get_layer("dense").set_trainable(false);
  const Tensors before = model.get_weights();
  model.fit(x, labels, {.epochs = 2, .verbose = 0});
  const Tensors after = model.get_weights();
  CHECK(same_bits(Tensors{before[0], before[1]}, Tensors{after[0], after[1]}));
  CHECK_FALSE(same_bits(before[2], after[2]));
  model.fit(x, labels, {.epochs = 4, .verbose = 0, .callbacks = {callback<Thaw>()}});
  CHECK_FALSE(same_bits(before[0], model.get_weights()[0]));
}

TEST_CASE("steps_per_epoch and initial_epoch say how much is run") {
  struct Count : CallbackBase {
    explicit Count(std::vector<int>& e, int& b) : epochs(e), batches(b) {}
    void on_epoch_begin(Model&, int epoch) override { epochs.push_back(epoch); }
    void on_batch_end(Model&, int, const Logs& logs) override { batches += static_cast<int>(logs.count("loss")); }
    std::vector<int>& epochs;
    int& batches;
  };
  const auto [x, labels, one_hot] = clusters(20);
  const Model model = classifier();
  std::vector<int> epochs;
  int batches = 0;
  const auto run = [&](FitOptions o) {
    epochs.clear();
    batches = 0;
    o.verbose = 0;
    o.batch_size = 4;
    o.callbacks = {callback<Count>(epochs, batches)};
    return model.fit(x, labels, o).epochs();
  };
  CHECK(run({.epochs = 2}) == 2);
  CHECK(batches == 10);
  CHECK(run({.epochs = 3, .steps_per_epoch = 2}) == 3);
  CHECK(batches == 6);
  CHECK(run({.steps_per_epoch = 12}) == 1);
  CHECK(batches == 12);
  CHECK(run({.epochs = 5, .initial_epoch = 3}) == 2);
  CHECK(epochs == std::vector<int>{3, 4});
  CHECK(run({.epochs = 2, .initial_epoch = 2}) == 0);
}

TEST_CASE("regularizers of trainable weights count in the loss, constraints hold after a step") {
  const Symbol input = Input({2});
  const Model model(
      input,
      Dense({.units = 1, .use_bias = false, .kernel_regularizer = L2(0.5), .kernel_constraint = "non_neg"})(input));
  model.set_weights({tensor({{1.}, {2.}})});
  model.compile({.optimizer = SGD({.learning_rate = 10}), .loss = "mse"});
  const Tensor x = tensor({{1., 0.}}), y = tensor({{1.}});
  CHECK(model.evaluate(x, y)["loss"] == Approx(0.5 * 5));
  model.train_on_batch(x, y);
  CHECK(min(model.weights()[0]).item<double>() == 0);
}

TEST_CASE("a Sequential without a shape is built by its first fit") {
  const auto [x, labels, one_hot] = clusters(20);
  const Sequential net({Dense({.units = 4, .activation = "tanh"}), Dense({.units = 3, .activation = "softmax"})});
  net.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy"});
  const History h = net.fit(x, labels, {.epochs = 2, .verbose = 0});
  CHECK(h["loss"][1] < h["loss"][0]);
}

TEST_CASE("a history is written as CSV") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("frost_history_" + std::to_string(::getpid()))).string();
  History h;
  h.add({{"loss", 0.5}, {"accuracy", 0.25}});
  h.add({{"loss", 0.125}, {"accuracy", 1}});
  h.save_csv(path);
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(path);
  CHECK(text == "epoch,accuracy,loss\n0,0.25,0.5\n1,1,0.125\n");
  CHECK_THROWS_AS(h.save_csv("/nowhere/at/all.csv"), FileError);
}
