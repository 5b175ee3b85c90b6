#include "support/catch.hpp"

#include <frost/frost.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

constexpr DType f64 = DType::float64;

struct InFloat64 {
  InFloat64() { set_default_dtype(f64); }
  ~InFloat64() { set_default_dtype(DType::float32); }
};

Tensor random(const Shape& shape, std::uint64_t key) { return Generator(key).normal(shape, f64); }
// Of the largest element, where that is more than 1.
double difference(const Tensor& a, const Tensor& b) {
  return max(abs(a - b)).item<double>() / std::max(1., max(abs(a)).item<double>());
}

using Block = std::function<Tensor(const Tensor&)>;

// What a block between a trainable tensor and a loss gives it: with and without a checkpoint, `between` the passes.
Tensor gradient_of(const Block& block, bool kept, const std::function<void()>& between) {
  const Tensor x = random({6, 4}, 1).set_requires_grad(true);
  seed(7);
  const Tensor y = kept ? checkpoint(block, x) : block(x);
  const Tensor loss = sum(square(y) + y * random(y.shape(), 2));
  between();
  loss.backward();
  return x.grad();
}

// A norm or a dropout of a model's author, who asks flags.
class AsksFlags : public LayerBase {
 public:
  void build(const Shape& input) override {
    gain_ = add_weight("gain", {input.back()}, "ones");
    mean_ = add_state("mean", {input.back()});
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    Tensor y = x * gain_;
    if (trainable()) y = y * 2.;
    if (keeps_statistics()) y = y + 3.;
    if (gain_.requires_grad()) y = y * y;
    if (context.training) {
      y = y - mean(x.detach(), 0);
      mean_.assign(mean_ * 0.5 + mean(x.detach(), 0));
    }
    return y + mean_;  // as it was moved
  }

 private:
  Parameter gain_, mean_;
};

}  // namespace

TEST_CASE(
    "a frozen weight or a statistic that was assigned since a checkpoint read it is an error with both versions") {
  const InFloat64 float64;
  const Tensor x = random({4, 3}, 1).set_requires_grad(true);
  {
    const Layer dense = Dense({.units = 3});
    dense(x.detach());
    dense.set_trainable(false);
    const Tensor y = checkpoint(dense, x);
    dense.weights()[0].assign(random({3, 3}, 5));
    CHECK_THROWS_WITH(sum(y).backward(),
                      Contains("'dense/kernel' was assigned") && Contains("version 0") && Contains("version 1"));
    CHECK_FALSE(x.has_grad());
  }
  {
    const Layer norm = BatchNormalization();
    norm(x.detach());
    norm.set_trainable(false);
    const Tensor y = checkpoint(norm, x);
    norm.weights()[2].assign(ones({3}));
    CHECK_THROWS_AS(sum(y).backward(), GraphError);
  }
  {
    const Tensor constant = tensor({3.});  // neither a name nor a flag
    const Tensor y = checkpoint([&](const Tensor& t) { return t * constant; }, x);
    constant.assign(tensor({7.}));
    CHECK_THROWS_WITH(sum(y).backward(), Contains("was assigned"));
  }
  {
    const Parameter w("w", tensor({3.}), false);
    const Tensor y = checkpoint([&](const Tensor& t) { return t * w.item<double>() + w.detach(); }, x);
    w.assign(tensor({7.}));
    CHECK_THROWS_WITH(sum(y).backward(), Contains("'w' was assigned") && Contains("version"));
  }
  {
    const Parameter w("w", tensor({3.}), false);
    const auto inner = [&](const Tensor& t) { return t * w; };
    const Tensor y = checkpoint([&](const Tensor& t) { return checkpoint(inner, t * 2.); }, x);
    w.assign(tensor({7.}));
    CHECK_THROWS_WITH(sum(y).backward(), Contains("'w' was assigned"));
  }
}

TEST_CASE("a leaf that took a fresh buffer since a checkpoint is read as it was, as without the checkpoint") {
  const InFloat64 float64;
  const Tensor x = random({4, 3}, 1).set_requires_grad(true);
  for (const bool trained : {false, true}) {
    const Parameter w("w", tensor({3.}), trained);
    const auto f = [&](const Tensor& t) { return t * t * w + w.detach() * w.item<double>() * t; };
    const auto run = [&](bool kept) {
      w.assign(tensor({3.}));
      const Tensor y = kept ? checkpoint(f, x) : f(x), shown = w.detach();
      w.assign(tensor({7.}));
      return trained ? grad(sum(y), {x, w}) : grad(sum(y), {x});
    };
    const Tensors expected = run(false), found = run(true);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(difference(expected[i], found[i]) < 1e-14);
  }
}

TEST_CASE("what is assigned since without having been read, or after the backward pass, is no error") {
  const InFloat64 float64;
  const Tensor x = random({3}, 1).set_requires_grad(true);
  const Parameter w("w", tensor({3.}), false), other("other", tensor({3.}), false);
  const Tensor y = checkpoint([&](const Tensor& t) { return t * w; }, x);
  other.assign(tensor({4.}));
  sum(y).backward();
  w.assign(tensor({7.}));
  CHECK(difference(x.grad(), full({3}, 3.)) == 0);
}

TEST_CASE("flags that change between forward and backward do not change what a checkpoint computes") {
  const InFloat64 float64;
  const Tensor sample = random({6, 4}, 3);
  struct Case {
    const char* name;
    std::function<Layer()> make;
  };
  const Case cases[] = {
      {"BatchNormalization", [] { return BatchNormalization(); }},
      {"BatchNormalization without weights", [] { return BatchNormalization({.center = false, .scale = false}); }},
      {"Dropout", [] { return Dropout({.rate = 0.4, .seed = 5}); }},
      {"a layer that asks flags", [] { return layer<AsksFlags>(); }},
      {"a model of them",
       [] {
         return Sequential({BatchNormalization(), Dropout({.rate = 0.3}), layer<AsksFlags>(), Dense({.units = 3})});
       }},
  };
  using Change = std::function<std::function<void()>(const Layer&)>;  // done before; what it gives, between
  const std::pair<const char*, Change> changes[] = {
      {"none", [](const Layer&) { return [] {}; }},
      {"frozen since", [](const Layer& l) { return [l] { l.set_trainable(false); }; }},
      {"thawed since",
       [](const Layer& l) {
         l.set_trainable(false);
         return [l] { l.set_trainable(true); };
       }},
      {"a guard that ended",
       [](const Layer& l) {
         const auto guard = std::make_shared<std::optional<FreezeGuard>>();
         guard->emplace(l, everything());
         return [guard] { guard->reset(); };
       }},
      {"a guard that began",
       [](const Layer& l) {
         return [l, guard = std::make_shared<std::optional<FreezeGuard>>()] { guard->emplace(l, everything()); };
       }},
      {"statistics frozen since", [](const Layer& l) { return [l] { freeze_statistics(l, everything()); }; }},
      {"statistics thawed since",
       [](const Layer& l) {
         freeze_statistics(l, everything());
         return [l] { thaw_statistics(l, everything()); };
       }},
      {"rows frozen since",
       [](const Layer& l) {
         return [l] {
           for (const Parameter& w : l.trainable_weights()) freeze_rows(w, {0});
         };
       }},
      {"another default dtype", [](const Layer&) { return [] { set_default_dtype(DType::float32); }; }},
  };
  for (const Case& c : cases)
    for (const auto& [name, change] : changes) {
      INFO(c.name << ", " << name);
      Tensor gradients[2];
      std::vector<Tensors> weights;
      for (const bool kept : {false, true}) {
        set_default_dtype(f64);
        seed(3);
        const Layer inner = c.make();
        const Layer l = Sequential({inner});
        l(sample);
        const auto between = change(l);
        const auto block = [&](const Tensor& t) { return l(t, {.training = true}) + ones({1}); };
        gradients[kept] = gradient_of(block, kept, between);
        between();
        weights.push_back(l.get_weights());
      }
      set_default_dtype(f64);
      CHECK(difference(gradients[0], gradients[1]) < 1e-12);
      for (std::size_t i = 0; i < weights[0].size(); ++i) CHECK(difference(weights[0][i], weights[1][i]) < 1e-12);
    }
}

TEST_CASE("a weight that was frozen or thawed since a checkpoint gets no gradient") {
  const InFloat64 float64;
  const Tensor x = random({2, 3}, 1).set_requires_grad(true);
  const Layer dense = Dense({.units = 3, .use_bias = false});
  dense(x.detach());
  const Parameter w = dense.weights()[0];
  Tensor y = checkpoint(dense, x);
  dense.set_trainable(false);
  sum(y).backward();
  CHECK_FALSE(w.has_grad());
  y = checkpoint(dense, x);
  dense.set_trainable(true);
  sum(y).backward();
  CHECK_FALSE(w.has_grad());
  sum(checkpoint(dense, x)).backward();
  CHECK(w.has_grad());
}

TEST_CASE("statistics that a checkpoint's function moves, move once, and a later pass may move them again") {
  const InFloat64 float64;
  for (const bool asks : {false, true}) {
    std::vector<Tensors> found;
    for (const bool kept : {false, true}) {
      const Layer norm = asks ? layer<AsksFlags>() : Layer(BatchNormalization());
      const Tensor x = random({6, 4}, 1).set_requires_grad(true);
      norm(x.detach());
      // Read as they were, moved, and read again.
      const Block block = [norm](const Tensor& t) {
        return norm(t) + norm(t, {.training = true}) * 2. + norm(t * t) * 3. + norm(t, {.training = true});
      };
      const Tensor a = kept ? checkpoint(block, x) : block(x), b = kept ? checkpoint(block, x * 2.) : block(x * 2.);
      sum(a * a * a + b * b).backward();
      Tensors all = norm.get_weights();
      all.push_back(x.grad());
      for (const Parameter& w : norm.trainable_weights()) all.push_back(w.grad());
      found.push_back(all);
    }
    for (std::size_t i = 0; i < found[0].size(); ++i) CHECK(difference(found[0][i], found[1][i]) < 1e-11);
  }
}

TEST_CASE("penalties of activities inside checkpoints reach what is below, nested or several") {
  const InFloat64 float64;
  const Tensor x = random({5, 3}, 1);
  const Layer below = Dense({.units = 4, .activation = "tanh"}),
              middle = Dense({.units = 4, .activation = "tanh", .activity_regularizer = L2(0.3)}),
              last = Dense({.units = 2, .activity_regularizer = L1L2(0.1, 0.2)});
  last(middle(below(x)));
  const auto both = [&](const Tensor& t) { return last(middle(t)); };
  using Run = std::function<Tensor(const Tensor&)>;
  const std::pair<const char*, Run> runs[] = {
      {"plain", both},
      {"one", [&](const Tensor& t) { return checkpoint(both, t); }},
      {"one each", [&](const Tensor& t) { return checkpoint(last, checkpoint(middle, t)); }},
      {"nested",
       [&](const Tensor& t) { return checkpoint([&](const Tensor& u) { return checkpoint(last, middle(u)); }, t); }},
      {"nested twice",
       [&](const Tensor& t) {
         return checkpoint([&](const Tensor& u) { return checkpoint([&](const Tensor& v) { return both(v); }, u); }, t);
       }},
  };
  Tensors expected;
  for (const auto& [name, run] : runs) {
    INFO(name);
    ActivityPenalties penalties;
    const Tensor y = run(below(x));
    const Tensor loss = sum(square(y)) + penalties.total() * 2.;
    for (const Layer& l : {below, middle, last})
      for (const Parameter& w : l.weights()) w.zero_grad();
    const Tensor total = penalties.total();
    loss.backward();
    CHECK(penalties.total().is_same(total));  // the second run asks for nothing
    Tensors found = {loss.detach(), total.detach()};
    for (const Layer& l : {below, middle, last})
      for (const Parameter& w : l.weights()) found.push_back(w.grad());
    if (expected.empty()) expected = found;
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(difference(found[i], expected[i]) < 1e-12);
  }
}

TEST_CASE("a penalty alone, a collector inside, and one around the backward pass alone are as without the checkpoint") {
  const InFloat64 float64;
  const Layer dense = Dense({.units = 4, .activity_regularizer = L2(0.3)});
  const Tensor x = random({5, 3}, 1).set_requires_grad(true);
  dense(x.detach());
  const auto penalty_alone = [&](bool kept) {
    ActivityPenalties penalties;
    const Block block = [&](const Tensor& t) { return dense(t * t); };
    kept ? checkpoint(block, x) : block(x);
    return grad(penalties.total(), {x, dense.weights()[0]});
  };
  const auto collected_inside = [&](bool kept) {
    ActivityPenalties outer;
    const Block block = [&](const Tensor& t) {
      ActivityPenalties inner;
      const Tensor y = dense(t);
      return y * inner.total();
    };
    const Tensors found = grad(sum(kept ? checkpoint(block, x) : block(x)), {x, dense.weights()[0]});
    CHECK_FALSE(outer.total().present());
    return found;
  };
  const auto backward_inside = [&](bool kept) {
    const Tensor y = sum(kept ? checkpoint(dense, x) : dense(x));
    ActivityPenalties late;
    const Tensors found = grad(y, {x, dense.weights()[0]});
    CHECK_FALSE(late.total().present());
    return found;
  };
  const auto cut_result = [&](bool kept) {  // only the penalty is on the tape
    ActivityPenalties penalties;
    const Block block = [&](const Tensor& t) { return dense(t).detach(); };
    const Tensor y = kept ? checkpoint(block, x) : block(x);
    CHECK_FALSE(y.requires_grad());
    return grad(penalties.total(), {x, dense.weights()[0]});
  };
  for (const auto& run :
       std::vector<std::function<Tensors(bool)>>{penalty_alone, collected_inside, backward_inside, cut_result}) {
    const Tensors expected = run(false), found = run(true);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(difference(found[i], expected[i]) < 1e-12);
  }
}

TEST_CASE("second derivatives go through a checkpoint's result and its penalty") {
  const InFloat64 float64;
  const Layer dense = Dense({.units = 4, .activation = "tanh", .activity_regularizer = L2(0.3)});
  const Tensor x = random({5, 3}, 1).set_requires_grad(true);
  dense(x.detach());
  const auto run = [&](bool kept) {
    ActivityPenalties penalties;
    const Tensor y = kept ? checkpoint(dense, x) : dense(x);
    const Tensor first = grad(sum(square(y)) + penalties.total(), {x}, {.create_graph = true})[0];
    return grad(sum(square(first)), {x, dense.weights()[0], dense.weights()[1]});
  };
  const Tensors expected = run(false), found = run(true);
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(difference(found[i], expected[i]) < 1e-12);
}

TEST_CASE("a model of checkpoints trains as one without, its prefix cached or not") {
  const InFloat64 float64;
  const Tensor x = random({12, 4}, 1), y = random({12, 2}, 2);
  std::vector<Tensors> found;
  for (const bool kept : {false, true})
    for (const CacheFrozen cache : {CacheFrozen::never, CacheFrozen::always}) {
      seed(5);
      const auto block = [kept](const Layer& inner) {
        if (!kept) return inner;
        struct Kept : LayerBase {
          explicit Kept(const Layer& l) : inner(add_layer(l)) { set_container(); }
          Tensor call(const Tensor& t, const CallContext& context) override {
            return checkpoint([l = inner, context](const Tensor& u) { return l(u, context); }, t);
          }
          Layer inner;
        };
        return layer<Kept>(inner);
      };
      const Symbol input = Input({4});
      const Layer frozen = Dense({.units = 5, .activation = "tanh", .name = "frozen"});
      const Symbol a = block(frozen)(input);
      const Symbol b =
          block(Sequential({BatchNormalization(), Dropout({.rate = 0.2, .seed = 3}),
                            Dense({.units = 5, .activation = "tanh", .activity_regularizer = L2(0.1)})}))(a);
      const Model model(input, Dense({.units = 2})(b));
      frozen.set_trainable(false);
      model.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
      model.fit(x, y, {.batch_size = 6, .epochs = 3, .verbose = 0, .shuffle = false, .cache_frozen = cache});
      found.push_back(model.get_weights());
    }
  for (const Tensors& other : found)
    for (std::size_t i = 0; i < other.size(); ++i) CHECK(difference(other[i], found[0][i]) < 1e-10);
}

TEST_CASE("a layer that a checkpoint's function makes anew is built anew, with the same weights") {
  const InFloat64 float64;
  const auto run = [](int depth) {
    seed(11);
    const Tensor x = random({4, 3}, 1).set_requires_grad(true);
    const Block block = [](const Tensor& t) {
      const Layer own = Sequential({Dense({.units = 3, .activation = "tanh"}), Dropout({.rate = 0.3})});
      return own(t, {.training = true}) * t;
    };
    const Block once = [&](const Tensor& t) { return checkpoint(block, t); };
    sum(depth == 0 ? block(x) : depth == 1 ? once(x) : checkpoint(once, x)).backward();
    return x.grad();
  };
  const Tensor expected = run(0);
  CHECK(difference(run(1), expected) < 1e-14);
  CHECK(difference(run(2), expected) < 1e-14);
}

TEST_CASE("a layer that is first called inside a checkpoint is built once, its frozen weights held to their values") {
  const InFloat64 float64;
  const Tensor x = random({4, 3}, 1).set_requires_grad(true);
  const Layer dense = Dense({.units = 3, .trainable = false});
  const Tensor y = checkpoint(dense, x);
  CHECK(grad(sum(y), {x}, {.retain_graph = true})[0].size() == 12);
  dense.weights()[0].assign(zeros({3, 3}));
  CHECK_THROWS_WITH(sum(y).backward(), Contains("'dense/kernel' was assigned"));
}

TEST_CASE("who watches a layer inside a checkpoint in one of the two passes alone changes nothing") {
  const InFloat64 float64;
  const Layer frozen = Dense({.units = 4, .trainable = false}), dense = Dense({.units = 3});
  const Tensor x = random({5, 3}, 1).set_requires_grad(true);
  const auto run = [&](const Tensor& t) { return dense(frozen(t.detach())) * t; };
  run(x);
  const Tensors expected = grad(sum(run(x)), {x, dense.weights()[0]});
  Tensor y;
  {
    const Watch early(frozen);
    y = checkpoint(run, x);
    CHECK(early.output().shape() == Shape{5, 4});
  }
  const Tensors found = grad(sum(y), {x, dense.weights()[0]});
  const Tensor again = checkpoint(run, x);
  const Watch late(frozen);
  const Tensors late_found = grad(sum(again), {x, dense.weights()[0]});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(difference(expected[i], found[i]) < 1e-14);
    CHECK(difference(expected[i], late_found[i]) < 1e-14);
  }
}
