#include "layer_zoo.hpp"

using namespace frost;
using namespace freezing_test;

namespace {

// A layer of the zoo with some of its weights trained, on an input that is computed, from something trained or not.
struct Run {
  Layer layer;
  Parameters weights;  // those that can be trained
  Tensor below;        // trained, or only data
  Tensor input;
  Tensor output;
  Tensor loss;

  Run(const ZooLayer& zoo, const Layer& made, const Trained& trained) : layer(made) {
    for (const Parameter& w : made.weights())
      if (w.name().find("moving_") == std::string::npos) weights.push_back(w);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i].set_requires_grad(trained.weight(static_cast<int>(i)));
      weights[i].zero_grad();
    }
    below = zoo.input.clone();
    input = below;
    if (is_floating(below.dtype())) {
      below.set_requires_grad(trained.below);
      input = below * 1.;
    }
    reset_kernel_counts();
    output = layer(input, {.training = zoo.training});
    loss = sum(output * some_rows(output.size(), 1, 31).reshape(output.shape()));
  }
};

Layer built(const ZooLayer& zoo) {
  seed(17);
  const Layer layer = zoo.make();
  const NoGrad guard;
  layer(zoo.input);
  return layer;
}

template <class Check>
void for_every_mask(const Check& check) {
  for (const ZooLayer& zoo : layer_zoo()) {
    const Layer layer = built(zoo);
    const unsigned masks = 1u << layer.trainable_weights().size();
    for (const bool below : {false, true})
      for (unsigned mask = 0; mask < masks; ++mask) {
        const Trained trained{mask, below && is_floating(zoo.input.dtype())};
        if (below && !trained.below) continue;
        CAPTURE(zoo.name, mask, below);
        check(zoo, layer, trained);
      }
  }
}

std::int64_t bytes(const Tensor& t) { return t.size() * static_cast<std::int64_t>(size_of(t.dtype())); }

}  // namespace

TEST_CASE("no gradient kernel runs for a frozen weight, nor for an input below which nothing trains") {
  for_every_mask([](const ZooLayer& zoo, const Layer& layer, const Trained& trained) {
    const Run run(zoo, layer, trained);
    REQUIRE(run.weights.size() == zoo.weight_kernels.size());
    REQUIRE(run.loss.requires_grad() == trained.any());
    if (trained.any()) run.loss.backward();
    std::map<std::string, std::int64_t> expected;
    for (std::size_t i = 0; i < run.weights.size(); ++i)
      expected[zoo.weight_kernels[i]] +=
          trained.weight(static_cast<int>(i)) * (zoo.weight_uses.empty() ? 1 : zoo.weight_uses[i]);
    for (const auto& [kernel, count] : expected) {
      CAPTURE(kernel);
      CHECK(count_of(kernel) == count);
    }
    std::int64_t passed_on = 0;
    for (const std::string& kernel : zoo.input_kernels) passed_on += count_of(kernel);
    if (!zoo.input_kernels.empty() && !run.weights.empty()) CHECK(passed_on == trained.below);
  });
}

TEST_CASE("a layer keeps the bytes that its trained weights and what is below need, and no others") {
  for_every_mask([](const ZooLayer& zoo, const Layer& layer, const Trained& trained) {
    const Run run(zoo, layer, trained);
    const TapeStats stats = tape_stats(run.output);
    CHECK(stats.saved_bytes == zoo.saved(trained, {bytes(run.input), bytes(run.output)}));
    if (!trained.any()) {
      CHECK(stats.nodes == 0);
      CHECK(stats.borrowed_bytes == 0);
    }
  });
}

TEST_CASE("a frozen weight has no gradient buffer and no optimizer state") {
  for_every_mask([](const ZooLayer& zoo, const Layer& layer, const Trained& trained) {
    Run run(zoo, layer, trained);
    const Adam adam;
    if (!run.weights.empty()) adam.add(run.weights);
    if (!trained.any()) {
      CHECK(adam.state_bytes() == 0);
      return;
    }
    run.output = Tensor();
    std::int64_t expected = trained.below ? bytes(run.below) : 0;
    for (std::size_t i = 0; i < run.weights.size(); ++i)
      if (trained.weight(static_cast<int>(i))) expected += bytes(run.weights[i]);
    const std::int64_t with_graph = memory_stats().live_bytes;
    run.loss.backward();
    run.loss = run.input = Tensor();
    const std::int64_t with_gradients = memory_stats().live_bytes;
    for (std::size_t i = 0; i < run.weights.size(); ++i)
      CHECK(run.weights[i].has_grad() == trained.weight(static_cast<int>(i)));
    for (const Parameter& w : run.weights) w.zero_grad();
    run.below.zero_grad();
    CHECK(with_gradients - memory_stats().live_bytes == expected);
    CHECK(with_gradients <= with_graph + expected);
    std::int64_t trained_bytes = 0;
    for (const Parameter& w : layer.trainable_weights()) trained_bytes += bytes(w);
    CHECK(adam.state_bytes() == 2 * trained_bytes);
  });
}

TEST_CASE("the gradients of the rest equal, to the bit, those of the run in which everything trains") {
  for_every_mask([](const ZooLayer& zoo, const Layer& layer, const Trained& trained) {
    if (!trained.any() || (zoo.differs_frozen && trained.weights == 0)) return;
    const auto gradients = [&](const Trained& t) {
      seed(5);
      const Run run(zoo, layer, t);
      run.loss.backward();
      Tensors all;
      for (const Parameter& w : run.weights) all.push_back(w.has_grad() ? w.grad().clone() : Tensor());
      all.push_back(run.below.has_grad() ? run.below.grad().clone() : Tensor());
      return all;
    };
    // A layer that draws does so anew: both runs begin with a fresh one.
    const Layer first = built(zoo);
    const Tensors some = gradients(trained);
    const unsigned everything = (1u << (some.size() - 1)) - 1;
    if (zoo.name == "Dropout") return;
    const Tensors all = gradients({everything, is_floating(zoo.input.dtype())});
    for (std::size_t i = 0; i < some.size(); ++i)
      if (some[i].present()) CHECK(same_bits(some[i], all[i]));
  });
}
