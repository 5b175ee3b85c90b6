#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/io.hpp>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// Inputs in other dtypes than the model's.

namespace {

Model dense_model(DType dtype = DType::float32) {
  seed(4);
  const Symbol input = Input({3}, {.dtype = dtype, .name = "x"});
  return Model(input, Dense({.units = 2, .dtype = dtype})(input));
}
Model embedding_model(DType dtype = DType::int64) {
  seed(4);
  const Symbol ids = Input({4}, {.dtype = dtype, .name = "ids"});
  return Model(ids, Dense({.units = 1})(Flatten()(Embedding({.input_dim = 6, .output_dim = 2})(ids))));
}
Tensor whole() { return tensor({{1, 2, 3}, {0, 5, 1}, {4, 4, 0}, {2, 0, 1}}, DType::int64); }
void compile(const Model& model, const Optimizer& optimizer = SGD({.learning_rate = 0.01})) {
  model.compile({.optimizer = optimizer, .loss = "mse", .metrics = {"mae"}});
}

}  // namespace

TEST_CASE("integers, booleans and doubles are what the Input's floats are") {
  const Tensor same = whole().to(DType::float32);
  for (const DType given : {DType::int64, DType::float64}) {
    const Model model = dense_model(), other = dense_model();
    const Tensor x = whole().to(given), y = ones({4, 2});
    CHECK(same_bits(model(x), other(same)));
    CHECK(model(x).dtype() == DType::float32);
    CHECK(same_bits(model.predict(x), other.predict(same)));
    CHECK(same_bits(model.predict(x, {.batch_size = 3}), other.predict(same)));
    compile(model);
    compile(other);
    CHECK(model.evaluate(x, y)["loss"] == other.evaluate(same, y)["loss"]);
    CHECK(model.train_on_batch(x, y)["loss"] == other.train_on_batch(same, y)["loss"]);
    const FitOptions options = {.batch_size = 2, .epochs = 2, .verbose = 0, .shuffle = false};
    CHECK(model.fit(x, y, options)["loss"] == other.fit(same, y, options)["loss"]);
    CHECK(model.test_on_batch(x, y)["mae"] == other.test_on_batch(same, y)["mae"]);
    CHECK(same_bits(model.get_weights(), other.get_weights()));
  }
  const Model model = dense_model();
  const Tensor flags = whole() > 1;
  CHECK(same_bits(model(flags), model(flags.to(DType::float32))));
  CHECK(dense_model(DType::float64)(whole()).dtype() == DType::float64);
  CHECK(dense_model(DType::float64)(ones({1, 3})).dtype() == DType::float64);
}

TEST_CASE("validation data and sample weights come in any dtype") {
  const Model model = dense_model(), other = dense_model();
  compile(model);
  compile(other);
  const Tensor x = whole(), same = x.to(DType::float32), y = whole().slice(1, 0, 2),
               weights = tensor({1, 2, 1, 0}, DType::int64);
  const Tensor targets = y.to(DType::float32);
  const auto options = [&](const Tensor& x_val, const Tensor& y_val, const Tensor& by_row) {
    return FitOptions{
        .epochs = 2, .verbose = 0, .validation_data = {x_val, y_val}, .shuffle = false, .sample_weight = by_row};
  };
  const History a = model.fit(x, y, options(x, y.to(DType::float64), weights));
  const History b = other.fit(same, targets, options(same, targets, weights.to(DType::float32)));
  CHECK(a.values() == b.values());
}

TEST_CASE("floats that are whole numbers are what an Input of integers takes") {
  const Model model = embedding_model();
  const Tensor ids = tensor({{0, 1, 2, 5}, {3, 3, 4, 0}}, DType::int64);
  for (const DType given : {DType::float32, DType::float64}) CHECK(same_bits(model(ids.to(given)), model(ids)));
  CHECK_NOTHROW(model(ids > 2));
  compile(model);
  CHECK_NOTHROW(model.fit(ids.to(DType::float32), ones({2, 1}), {.verbose = 0}));
}

TEST_CASE("a float with a fraction is an error where integers are expected") {
  const Model model = embedding_model();
  compile(model);
  const Tensors before = model.get_weights();
  const Tensor ids = tensor({{0., 1., 2., 5.}, {3., 2.5, 4., 0.}});
  for (const auto& run : std::vector<std::function<void()>>{[&] { model(ids); }, [&] { model.predict(ids); },
                                                            [&] {
                                                              model.evaluate(ids, ones({2, 1}));
                                                            },
                                                            [&] {
                                                              model.fit(ids, ones({2, 1}));
                                                            }}) {
    CHECK_THROWS_AS(run(), ValueError);
    CHECK_THROWS_WITH(run(), Contains("'ids'") && Contains("2.5") && Contains("element 5") && Contains("int64"));
  }
  CHECK_THROWS_WITH(model(full({1, 4}, std::nan(""))), Contains("nan"));
  CHECK_THROWS_WITH(model(full({1, 4}, 1e30)), Contains("1e+30") && Contains("64 bits"));
  CHECK(same_bits(model.get_weights(), before));
}

TEST_CASE("numbers other than 0 and 1 are an error where booleans are expected") {
  const Symbol input = Input({2}, {.dtype = DType::boolean});
  const Model model(input, Flatten()(input));
  CHECK(model(tensor({{0., 1.}})).dtype() == DType::boolean);
  CHECK_THROWS_WITH(model(tensor({{0, 2}}, DType::int64)), Contains("got 2") && Contains("boolean"));
}

TEST_CASE("the gradient goes through an input's cast") {
  const Model model = dense_model();
  const Tensor x = ones({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  sum(square(model(x))).backward();
  REQUIRE(x.has_grad());
  CHECK(x.grad().dtype() == DType::float64);
  const Tensor narrow = ones({2, 3}, {.requires_grad = true});
  sum(square(model(narrow))).backward();
  CHECK(max(abs(x.grad().to(DType::float32) - narrow.grad())).item<double>() < 1e-6);
  CHECK_THROWS_WITH(embedding_model()(ones({1, 4}, {.requires_grad = true})),
                    Contains("gradient") && Contains("int64") && Contains("detach()"));
}

TEST_CASE("each of several inputs is cast to its own dtype") {
  const Symbol ids = Input({2}, {.dtype = DType::int64, .name = "ids"}), x = Input({3}, {.name = "x"});
  const Symbol both = Concatenate()({Flatten()(Embedding({.input_dim = 4, .output_dim = 2})(ids)), x});
  const Model model({ids, x}, Dense({.units = 1})(both));
  const Tensor whole_ids = tensor({{0, 1}, {3, 2}}, DType::int64),
               values = tensor({{1, 2, 3}, {4, 5, 6}}, DType::int64);
  CHECK(same_bits(model(Tensors{whole_ids.to(DType::float64), values}),
                  model(Tensors{whole_ids, values.to(DType::float32)})));
  compile(model);
  CHECK_NOTHROW(model.fit({whole_ids.to(DType::float32), values}, ones({2, 1}), {.verbose = 0}));
  CHECK_THROWS_WITH(model.predict({whole_ids + 0.5 * ones({2, 2}).to(DType::int64), values.to(DType::float32) * 0.5}),
                    !Contains("'x'"));
}

TEST_CASE("a frozen front is cached for data of other dtypes as for the Input's") {
  const auto train = [](const Tensor& x, CacheFrozen cache) {
    seed(2);
    const Symbol input = Input({3});
    const Model model(input, Dense({.units = 2})(Dense({.units = 4, .activation = "tanh", .name = "front"})(input)));
    freeze(model, named("front"));
    compile(model);
    return model.fit(x, ones({4, 2}),
                     {.batch_size = 3, .epochs = 3, .verbose = 0, .shuffle = false, .cache_frozen = cache})["loss"];
  };
  const std::vector<double> wanted = train(whole().to(DType::float32), CacheFrozen::never);
  CHECK(train(whole(), CacheFrozen::always) == wanted);
  CHECK(train(whole().to(DType::float64), CacheFrozen::always) == wanted);
  CHECK(train(whole(), CacheFrozen::never) == wanted);
}

TEST_CASE("what a callback writes into data of another dtype counts") {
  struct Writes : CallbackBase {
    explicit Writes(const Tensor& data) : x(data) {}
    void on_epoch_end(Model&, int epoch, const Logs&) override {
      if (epoch == 0) x.assign(zeros({4, 3}, {.dtype = DType::float64}));
    }
    Tensor x;
  };
  const Model model = dense_model();
  model.set_weights({ones({3, 2}), zeros({2})});
  compile(model, SGD({.learning_rate = 0}));
  const Tensor x = ones({4, 3}, {.dtype = DType::float64});
  const History h = model.fit(x, zeros({4, 2}), {.epochs = 2, .verbose = 0, .callbacks = {callback<Writes>(x)}});
  CHECK(h["loss"] == std::vector<double>{9, 0});
}

TEST_CASE("a model inside another casts what it is given") {
  const Model inner = dense_model(DType::float64);
  const Symbol input = Input({3});
  const Model outer(input, inner(input));
  CHECK(outer.output().dtype() == DType::float64);
  CHECK(outer(ones({2, 3})).dtype() == DType::float64);
  CHECK_NOTHROW(freeze_report(outer));
  CHECK_THROWS_WITH(embedding_model()(Input({4})), Contains("'ids'") && Contains("float32") && Contains("int64"));
}

TEST_CASE("a cast input is the same in a checkpoint") {
  const Model model = dense_model();
  const Tensor x = ones({2, 3}, {.dtype = DType::float64, .requires_grad = true});
  const auto loss = [&](const Tensor& t) { return sum(square(model(t))); };
  const Tensor plain = grad(loss(x), {x})[0], again = grad(checkpoint(loss, x), {x})[0];
  CHECK(max(abs(plain - again)).item<double>() == 0);
}

TEST_CASE("a Sequential builds itself for the dtype that it is given where its layers take that") {
  seed(1);
  const Tensor ids = tensor({{0, 1, 2}, {3, 3, 0}}, DType::int64);
  const Sequential words({Embedding({.input_dim = 4, .output_dim = 2}), Flatten(), Dense({.units = 1})});
  CHECK(words(ids).shape() == Shape{2, 1});
  CHECK(words.input().dtype() == DType::int64);
  CHECK(same_bits(words(ids.to(DType::float32)), words(ids)));

  const Sequential fitted({Embedding({.input_dim = 4, .output_dim = 2}), Flatten(), Dense({.units = 1})});
  compile(fitted);
  CHECK_NOTHROW(fitted.fit(ids, ones({2, 1}), {.verbose = 0}));

  const Sequential wide({Dense({.units = 2, .dtype = DType::float64})});
  CHECK(wide(ones({1, 3}, {.dtype = DType::float64})).dtype() == DType::float64);
  CHECK(wide.input().dtype() == DType::float64);

  const Sequential passes({Flatten()});
  CHECK(passes(ids).dtype() == DType::int64);
}

TEST_CASE("a Sequential of floating layers casts what it is built by") {
  for (const Tensor& x : {whole(), whole().to(DType::float64), whole() > 1}) {
    const Sequential model({Flatten(), Dense({.units = 2})});
    CHECK(model(x).dtype() == DType::float32);
    CHECK(model.input().dtype() == DType::float32);
    const Sequential fitted({Dense({.units = 2})});
    compile(fitted);
    CHECK_NOTHROW(fitted.fit(x, ones({4, 2}), {.verbose = 0}));
  }
  const Sequential wide({Dense({.units = 2, .dtype = DType::float64})});
  CHECK(wide(ones({1, 3})).dtype() == DType::float64);
}

TEST_CASE("a Sequential in another one is built for the dtype that comes to it") {
  const Sequential inner({Embedding({.input_dim = 4, .output_dim = 2}), Flatten()});
  const Sequential outer({inner, Dense({.units = 1})});
  CHECK(outer(tensor({{0, 1, 2}}, DType::int64)).shape() == Shape{1, 1});
  const Sequential steps(
      {TimeDistributed(Sequential({Embedding({.input_dim = 4, .output_dim = 2}), Flatten()})), LSTM({.units = 2})});
  CHECK(steps(tensor({{{0, 1}, {2, 3}}}, DType::int64)).shape() == Shape{1, 2});
}

TEST_CASE("the same weights are drawn whatever dtype a Sequential is built by") {
  const auto weights = [](const Tensor& x) {
    seed(9);
    const Sequential model({Dense({.units = 3}), Dense({.units = 2})});
    model(x);
    return model.get_weights();
  };
  CHECK(same_bits(weights(whole()), weights(whole().to(DType::float32))));
}

TEST_CASE("build by a shape finds the dtype that the layers take") {
  const Sequential words({Embedding({.input_dim = 4, .output_dim = 2}), Flatten()});
  words.build({3});
  CHECK(words.input().dtype() == DType::int64);
  const Sequential dense({Dense({.units = 2})});
  dense.build({3});
  CHECK(dense.input().dtype() == DType::float32);
}

TEST_CASE("what does not fit a Sequential's layers is said for the dtype that got farthest") {
  const Sequential words({Embedding({.input_dim = 4, .output_dim = 2}), Reshape({5})});
  CHECK_THROWS_WITH(words(tensor({{0, 1, 2}}, DType::int64)), Contains("reshape") && Contains("(5,)"));
  const Sequential dense({Dense({.units = 2}), Reshape({5})});
  CHECK_THROWS_WITH(dense(whole()), Contains("reshape") && Contains("(5,)"));
}

TEST_CASE("an Input's dtype is in the model's file, also of a model that its data built") {
  const std::string path = std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp") + "/frost-casts-" +
                           std::to_string(::getpid()) + ".frost";
  const Tensor ids = tensor({{0, 1, 2, 5}, {3, 3, 4, 0}}, DType::int64);
  const Sequential built({Embedding({.input_dim = 6, .output_dim = 2}), Flatten(), Dense({.units = 1})});
  built(ids);
  const Sequential flat({Flatten()});
  flat(ids);
  for (const Model& model : {embedding_model(), Model(built), Model(flat)}) {
    model.save(path);
    const Model again = load_model(path);
    std::remove(path.c_str());
    CHECK(again.input().dtype() == DType::int64);
    CHECK(to_string(again(ids.to(DType::float64))) == to_string(model(ids)));
    CHECK(model.clone().input().dtype() == DType::int64);
  }
}

TEST_CASE("one sample without the axis of the batch is told to add it") {
  const Model model = dense_model();
  compile(model);
  const Tensor sample = ones({3});
  CHECK_THROWS_WITH(model(sample), Contains("(3,)") && Contains("(None, 3)") && Contains("expand_dims(x, 0)"));
  CHECK_THROWS_WITH(model.predict(sample), Contains("expand_dims(x, 0)"));
  CHECK_THROWS_WITH(model.fit(sample, ones({2})), Contains("expand_dims(x, 0)"));
  CHECK_THROWS_WITH(model.evaluate(sample, ones({1, 2})), Contains("expand_dims(x, 0)"));
  CHECK_THROWS_WITH(model(ones({4})), !Contains("expand_dims"));
  CHECK_THROWS_WITH(model(ones({2, 3, 3})), !Contains("expand_dims"));
  CHECK(model(expand_dims(sample, 0)).shape() == Shape{1, 2});

  const Sequential built({LSTM({.units = 2}), Dense({.units = 1})});
  built(ones({5, 4, 3}));
  CHECK_THROWS_WITH(built(ones({4, 3})), Contains("lstm") && Contains("expand_dims(x, 0)"));
  CHECK_THROWS_WITH(built.predict(ones({4, 3})), Contains("expand_dims(x, 0)"));
  CHECK_THROWS_WITH(built(ones({4, 2})), !Contains("expand_dims"));
  CHECK_THROWS_WITH(Sequential({Dense({.units = 2})})(ones({4})), Contains("dense") && Contains("expand_dims(x, 0)"));
}
