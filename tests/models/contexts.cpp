#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <algorithm>

using namespace frost;

namespace {

constexpr DType f64 = DType::float64;

struct InFloat64 {
  InFloat64() { set_default_dtype(f64); }
  ~InFloat64() { set_default_dtype(DType::float32); }
};

Tensor random(const Shape& shape, std::uint64_t key) { return Generator(key).normal(shape, f64); }
double difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item<double>(); }

// A layer that puts what it does into a checkpoint, which holds the context by value.
class Inside : public LayerBase {
 public:
  explicit Inside(const Layer& inner) : inner_(add_layer(inner)) {}
  void build(const std::vector<Shape>&) override {}
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override {
    const Layer inner = inner_;
    return checkpoint(
        [inner, context](const Tensor& t) {
          const Tensor h = dropout(inner(t, context.with_masks({context.mask()})), 0.25, context);
          return context.mask().present() ? h * expand_dims(context.mask(), -1).to(h.dtype()) : h;
        },
        x);
  }

 private:
  Layer inner_;
};
// The same without.
class Plain : public LayerBase {
 public:
  explicit Plain(const Layer& inner) : inner_(add_layer(inner)) {}
  bool supports_masking() const override { return true; }
  Tensor call(const Tensor& x, const CallContext& context) override {
    const Tensor h = dropout(inner_(x, context.with_masks({context.mask()})), 0.25, context);
    return context.mask().present() ? h * expand_dims(context.mask(), -1).to(h.dtype()) : h;
  }

 private:
  Layer inner_;
};

}  // namespace

TEST_CASE("a context that a checkpoint's function holds stays valid: masks, stream and mode of the first run") {
  const InFloat64 float64;
  Tensor x = random({3, 5, 2}, 1);
  std::vector<double> values(x.data<double>().begin(), x.data<double>().end());
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t step = 2 + row; step < 5; ++step)
      values[(row * 5 + step) * 2] = values[(row * 5 + step) * 2 + 1] = 0;
  x = from_vector(values, {3, 5, 2});
  const Tensor y = random({3, 5, 4}, 2);
  std::vector<Tensors> found;
  for (const bool kept : {false, true}) {
    seed(5);
    const Symbol input = Input({-1, 2});
    const Layer inner = LSTM({.units = 4, .return_sequences = true});
    const Symbol masked = Masking()(input), below = Dense({.units = 3, .activation = "tanh"})(masked);
    const Model model(input, Dense({.units = 4})(kept ? layer<Inside>(inner)(below) : layer<Plain>(inner)(below)));
    model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
    model.fit(x, y, {.epochs = 2, .verbose = 0, .shuffle = false});
    found.push_back(model.get_weights());
  }
  for (std::size_t i = 0; i < found[0].size(); ++i) CHECK(difference(found[0][i], found[1][i]) < 1e-12);
}

TEST_CASE("a context may outlive the call, its masks and the model") {
  const InFloat64 float64;
  struct Stores : LayerBase {
    explicit Stores(CallContext& to) : to_(&to) {}
    bool supports_masking() const override { return true; }
    Tensor call(const Tensor& x, const CallContext& context) override {
      if (has_values(x)) *to_ = context;
      return x;
    }
    CallContext* to_;
  };
  CallContext stored;
  {
    const Symbol input = Input({-1, 2});
    const Model model(input, layer<Stores>(stored)(Masking()(input)));
    model(tensor({{{1., 2.}, {0., 0.}}}), {.training = true});
  }
  REQUIRE(stored.has_masks());
  CHECK(stored.training);
  CHECK(stored.mask().shape() == Shape{1, 2});
  CHECK(stored.mask()[0][0].item<int>() == 1);
  CHECK(stored.mask()[0][1].item<int>() == 0);
  CHECK(stored.stream().uniform({3}).size() == 3);
  const Layer again = Dropout({.rate = 0.5});
  CHECK(again(ones({2}), stored).size() == 2);
}
