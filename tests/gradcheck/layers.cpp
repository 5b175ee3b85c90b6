#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <sstream>

using namespace frost;

namespace {

std::string text_of(const GradcheckReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}

Tensor some(const Shape& shape, std::uint64_t seed = 3) { return Generator(seed).normal(shape, DType::float32); }

class Scale : public LayerBase {
 public:
  explicit Scale(double start = 1) : start_(start) {}
  void build(const Shape& input) override { gain_ = add_weight("gain", {input.back()}, constant(start_)); }
  Tensor call(const Tensor& x, const CallContext&) override { return x * gain_; }

 private:
  double start_;
  Parameter gain_;
};

// Forgets the factor 2 of its weight's gradient while it trains.
struct HalfProduct : Function<HalfProduct> {
  static Tensor forward(FunctionContext& ctx, const Tensor& x, const Tensor& w) {
    ctx.save(x, w);
    return 2. * x * w;
  }
  static Tensors backward(FunctionContext& ctx, const Tensor& dy) {
    const auto [x, w] = ctx.saved<2>();
    return {2. * dy * w, sum(dy * x, {0})};
  }
};
class WrongScale : public LayerBase {
 public:
  void build(const Shape& input) override { gain_ = add_weight("gain", {input.back()}, "ones"); }
  Tensor call(const Tensor& x, const CallContext& context) override {
    return context.training ? HalfProduct::apply(x, gain_) : 2. * x * gain_;
  }

 private:
  Parameter gain_;
};

// Adds what a generator of its own draws; copied or not it goes on from there.
class Haphazard : public LayerBase {
 public:
  Tensor call(const Tensor& x, const CallContext& context) override {
    static Generator everyone(8);
    return context.training ? x + everyone.uniform(x.shape(), 0, 1, x.dtype()) : 2. * x;
  }
  bool is_random() const override { return true; }
};

Tensor mean_of_squares(const Tensor& t, const Tensor& p) { return mean(square(t - p)); }

Model small_model() {
  seed(2);
  Symbol input = Input({5, 3});
  Symbol x = LSTM({.units = 4})(input);
  x = BatchNormalization()(x);
  x = Dropout({.rate = 0.3})(x);
  return Model(input, Dense({.units = 3, .activation = "softmax"})(x));
}

}  // namespace

TEST_CASE("a layer of one's own is checked with its weights") {
  const Layer scale = layer<Scale>(2.0);
  const Tensor x = some({4, 3});
  const GradcheckReport report = gradcheck(scale, x, {.second_order = true, .every_freeze_pattern = true});
  INFO(report);
  CHECK(report.ok());
  CHECK(report.patterns.size() == 2 * 4);
  CHECK(report.non_differentiable.empty());
  CHECK(scale.weights()[0].dtype() == DType::float32);
  CHECK_FALSE(scale.weights()[0].has_grad());
}

TEST_CASE("a failure in a layer says the weight and that it was training") {
  const GradcheckReport report = gradcheck(layer<WrongScale>(), some({4, 3}));
  REQUIRE(report.failures.size() == 12);
  CHECK(report.failures[0].input_name == "wrong_scale/gain");
  CHECK(report.failures[0].message.find("training, first order") == 0);
  CHECK(text_of(report).find("training, first order: d output 0[0, 0] / d wrong_scale/gain[0]") != std::string::npos);
}

TEST_CASE("models are checked through, and stay as they are") {
  const Model model = small_model();
  const Tensor x = some({6, 5, 3});
  const Tensors before = model.get_weights();
  const GradcheckReport report = gradcheck(model, x, {.mode = GradcheckMode::fast});
  INFO(report);
  CHECK(report.ok());
  CHECK(report.notes.size() == 1);
  CHECK(report.compared == 2 * (1 + 7));
  const Tensors after = model.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(max(abs(before[i] - after[i])).item<double>() == 0);
  for (const Parameter& w : model.trainable_weights()) CHECK_FALSE(w.has_grad());
}

TEST_CASE("models are checked with a loss") {
  const Model model = small_model();
  const Tensor x = some({6, 5, 3});
  const Tensor labels = tensor({0, 1, 2, 0, 1, 2}, DType::int64);
  const auto loss = [](const Tensor& t, const Tensor& p) { return mean(sparse_categorical_crossentropy(t, p)); };
  const GradcheckReport report = gradcheck(model, x, labels, loss);
  INFO(report);
  CHECK(report.ok());
  const GradcheckReport named = gradcheck(model, x, labels, "sparse_categorical_crossentropy");
  CHECK(named.ok());
  CHECK(named.compared == report.compared);
  CHECK(gradcheck(model, Tensors{x}, some({6, 3}), Loss("mse"), {.mode = GradcheckMode::fast}));
  CHECK_THROWS_WITH(gradcheck(model, x, labels, "mse"), Catch::Matchers::Contains("gradcheck"));
  CHECK_THROWS_WITH(gradcheck(model, x, labels, "msee"), Catch::Matchers::Contains("msee"));
  CHECK(gradcheck(model, x, some({6, 3}), mean_of_squares, {.mode = GradcheckMode::fast}));
}

TEST_CASE("what is frozen stays frozen in the check") {
  const Model model = small_model();
  model.get_layer("lstm").set_trainable(false);
  const Tensor x = some({6, 5, 3});
  const GradcheckReport report = gradcheck(model, x, {.every_freeze_pattern = true, .mode = GradcheckMode::fast});
  INFO(report);
  CHECK(report.ok());
  CHECK(report.patterns.size() == 2 * 32);  // the input, gamma, beta, kernel, bias
  CHECK_FALSE(model.get_layer("lstm").trainable());
}

TEST_CASE("random layers draw from one stream, or say that training was not checked") {
  for (const Layer& dropout : {Layer(Dropout({.rate = 0.5})), Layer(Dropout({.rate = 0.5, .seed = 3}))}) {
    const GradcheckReport report = gradcheck(dropout, some({4, 6}), {.every_freeze_pattern = true});
    INFO(report);
    CHECK(report.ok());
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes[0] == "in training the same random numbers are drawn every time");
  }
  const GradcheckReport report = gradcheck(layer<Haphazard>(), some({4, 6}));
  CHECK(report.ok());
  REQUIRE(report.notes.size() == 1);
  CHECK(text_of(report).find("note: training is not checked") != std::string::npos);
}

TEST_CASE("layers with several inputs or integers are checked") {
  const Tensor ids = tensor({{0, 1, 2}, {2, 2, 1}}, DType::int64);
  CHECK(gradcheck(Embedding({.input_dim = 3, .output_dim = 2}), ids));
  Symbol a = Input({3}), b = Input({3});
  const Symbol x = Dense({.units = 2})(a), y = Dense({.units = 2, .activation = "tanh"})(b);
  const Model two({a, b}, {x, y});
  const GradcheckReport report = gradcheck(two, {some({4, 3}), some({4, 3}, 5)});
  INFO(report);
  CHECK(report.ok());
  Embedding frozen({.input_dim = 3, .output_dim = 2});
  frozen.set_trainable(false);
  CHECK_THROWS_WITH(gradcheck(frozen, ids), Catch::Matchers::Contains("nothing to differentiate"));
}

TEST_CASE("a weight that is frozen in part is checked whole") {
  const Dense dense({.units = 2});
  dense(some({4, 3}));
  freeze_rows(dense.weights()[0], {1});
  const GradcheckReport report = gradcheck(dense, some({4, 3}));
  INFO(report);
  CHECK(report.ok());
}
