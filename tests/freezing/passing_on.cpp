#include "support.hpp"

#include <frost/autograd/gradcheck.hpp>

using namespace frost;
using namespace freezing_test;

// A trainable layer, frozen ones of a kind above it, a head.
namespace {

struct Kind {
  const char* name;
  Layer (*make)();
  Shape shape;
  const char* op;
  const char* weight_kernel;
};
const Kind kinds[] = {
    {"Dense", []() -> Layer { return Dense({.units = 6}); }, {6}, "linear", "linear.dkernel"},
    {"Conv2D",
     []() -> Layer { return Conv2D({.filters = 2, .kernel_size = 3, .padding = "same"}); },
     {5, 5, 2},
     "conv2d",
     "conv2d.dkernel"},
    {"BatchNormalization",
     []() -> Layer { return BatchNormalization(); },
     {6},
     "batch_norm_infer",
     "batch_norm_infer.dgamma"},
};

Tensor batch_of(const Shape& shape, DType dtype = DType::float32) {
  Shape all = {4};
  all.insert(all.end(), shape.begin(), shape.end());
  Generator generator(7);
  return generator.normal(all).to(dtype);
}

// The layer below is of the kind too.
Model stack(const Kind& kind, int above) {
  seed(4);
  const Symbol input = Input(kind.shape);
  Symbol x = input;
  for (int i = 0; i <= above; ++i) {
    const Layer layer = kind.make();
    x = layer(x);
    layer.set_name("layer_" + std::to_string(i));
  }
  return Model(input, Dense({.units = 2, .name = "head"})(Flatten()(x)));
}

}  // namespace

TEST_CASE("frozen layers above a trained one add no saved byte, however many there are, in training too") {
  for (const Kind& kind : kinds) {
    const auto saved = [&](int above) {
      const Model model = stack(kind, above);
      freeze(model, !named("layer_0"));
      const Tensor y = model(batch_of(kind.shape), {.training = true});
      const TapeStats stats = tape_stats(y);
      CHECK(stats.nodes > above);  // each passes the gradient on
      if (above > 0) CHECK(stats.ops.at(kind.op) >= above);
      reset_kernel_counts();
      sum(square(y)).backward();
      CHECK(count_of(kind.weight_kernel) == (std::string(kind.name) == "BatchNormalization" ? 0 : 1));
      CHECK(model.get_layer("layer_0").weights()[0].has_grad());
      return stats.saved_bytes;
    };
    CAPTURE(kind.name);
    const std::int64_t none = saved(0);
    for (const int above : {1, 2, 7}) CHECK(saved(above) == none);
  }
}

TEST_CASE("the gradient that frozen layers pass on is the one that trained layers pass on, to the bit, and is right") {
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    const auto gradients = [&](bool frozen) {
      const Model model = stack(kind, 3);
      if (frozen) freeze(model, !named("layer_0"));
      sum(square(model(batch_of(kind.shape)))).backward();
      Tensors all;
      for (const Parameter& w : model.get_layer("layer_0").trainable_weights()) all.push_back(w.grad().clone());
      CHECK(all.size() == 2);
      return all;
    };
    CHECK(same_bits(gradients(true), gradients(false)));

    const Model model = stack(kind, 3);
    freeze(model, !named("layer_0"));
    const GradcheckReport report = gradcheck(model, batch_of(kind.shape));
    INFO(report);
    CHECK(report.ok());
  }
}

TEST_CASE("biases alone above biases keep no input of Dense or Conv2D, and their gradients are right") {
  for (const Kind& kind : kinds) {
    if (std::string(kind.name) == "BatchNormalization") continue;
    CAPTURE(kind.name);
    const Model model = stack(kind, 9);
    freeze(model, everything(), Freeze::weights);
    const Tensor y = model(batch_of(kind.shape), {.training = true});
    CHECK(tape_stats(y).saved_bytes == 0);
    reset_kernel_counts();
    sum(square(y)).backward();
    CHECK(count_of(kind.weight_kernel) == 0);
    for (const Parameter& w : model.weights()) CHECK(w.has_grad() == w.name().ends_with("/bias"));
    const GradcheckReport report = gradcheck(model, batch_of(kind.shape));
    INFO(report);
    CHECK(report.ok());
  }
}

TEST_CASE("no gradient of the input is computed for a first layer, and its weights' are the same to the bit") {
  const Kind& conv = kinds[1];
  const auto gradients = [&](bool input_too) {
    const Model model = stack(conv, 2);
    const Tensor x = batch_of(conv.shape).set_requires_grad(input_too);
    reset_kernel_counts();
    sum(square(model(x))).backward();
    CHECK(count_of("conv2d.dx") == (input_too ? 3 : 2));
    CHECK(x.has_grad() == input_too);
    Tensors all;
    for (const Parameter& w : model.trainable_weights()) all.push_back(w.grad().clone());
    return all;
  };
  CHECK(same_bits(gradients(false), gradients(true)));
}

TEST_CASE("a recurrent layer keeps its input for its kernel's gradient alone") {
  const auto check = [](const Layer& layer) {
    CAPTURE(layer.type());
    const Tensor scale = ones({3}).set_requires_grad(true);
    const Tensor x = batch_of({5, 3});
    const auto saved = [&](bool kernel) {
      layer(x);
      layer.set_trainable(false);
      layer.weights()[0].set_requires_grad(kernel);
      const Tensor input = x * scale;
      return tape_stats(layer(input, {.training = true})).saved_bytes;
    };
    CHECK(saved(true) - saved(false) == x.size() * 4);
  };
  check(LSTM({.units = 2, .return_sequences = true}));
  check(GRU({.units = 2, .return_sequences = true}));
  check(SimpleRNN({.units = 2, .return_sequences = true}));
}
