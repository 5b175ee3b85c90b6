#include "layer_rows.hpp"

#include <frost/layers/copying.hpp>

#include <cstring>
#include <sstream>

using namespace frost;
using namespace layer_test;
using Catch::Matchers::Contains;

namespace {

Tensors inputs_of(const LayerCase& c, DType dtype = DType::float32) {
  Tensors xs;
  Generator random(7);
  if (!c.values.empty()) {
    for (const Tensor& x : c.values) xs.push_back(is_floating(x.dtype()) ? x.to(dtype) : x.clone());
    return xs;
  }
  for (const Shape& shape : c.inputs) xs.push_back(random.normal(shape, DType::float64).to(dtype));
  return xs;
}

// Built, with weights that are no special numbers.
Layer built(const LayerCase& c) {
  seed(3);
  const Layer layer = c.make();
  {
    const NoGrad guard;
    layer.all(inputs_of(c));
  }
  Generator random(5);
  for (const Parameter& w : layer.weights()) {
    const Tensor value = 0.5 * random.normal(w.shape(), DType::float64);
    const bool is_variance = w.name().find("variance") != std::string::npos;
    w.assign((is_variance ? abs(value) + 0.5 : value).to(w.dtype()));
  }
  return layer;
}

Tensors run(const Layer& layer, const Tensors& xs, bool training) {
  Generator stream(11);
  return layer.all(xs, {.training = training, .stream = &stream});
}
Tensor loss_of(const Tensors& ys) {
  Tensor total;
  Generator random(13);
  for (const Tensor& y : ys) {
    const Tensor part = sum(y * random.normal(y.shape(), DType::float64).to(y.dtype()));
    total = total.present() ? total + part : part;
  }
  return total;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const auto equal = [&]<class S>(S) {
    const auto x = a.data<S>(), y = b.data<S>();
    return x.empty() || std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
  };
  return a.dtype() == DType::float64 ? equal(double{}) : equal(float{});
}
bool same_bits(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (!same_bits(a[i], b[i])) return false;
  return a.size() == b.size();
}

// Everything that a result depends on and has a gradient.
std::vector<Tensor> variables_of(const Layer& layer, const Tensors& xs) {
  std::vector<Tensor> all;
  for (const Tensor& x : xs)
    if (is_floating(x.dtype())) all.push_back(x);
  for (const Parameter& w : layer.trainable_weights()) all.push_back(w);
  return all;
}
// A copy in float64 with inputs that require a gradient.
struct Double {
  Layer layer;
  Tensors xs;
  std::vector<Tensor> variables;

  explicit Double(const LayerCase& c) : layer(copy_of(c)), xs(inputs_of(c, DType::float64)) {
    for (const Tensor& x : xs)
      if (is_floating(x.dtype())) x.set_requires_grad(true);
    variables = variables_of(layer, xs);
  }
  static Layer copy_of(const LayerCase& c) {
    const Layer layer = built(c);
    const Layer copy = detail::copy_in(layer, inputs_of(c), DType::float64);
    return copy;
  }
};

// f(variable + step·direction) as a central difference; the variable is put back.
template <class F>
double slope(const F& f, const Tensor& variable, const Tensor& direction, double step) {
  const Tensor before = variable.clone().detach();
  const auto at = [&](double by) {
    variable.assign(before + direction * by);
    return f();
  };
  const double numeric = (at(step) - at(-step)) / (2 * step);
  variable.assign(before);
  return numeric;
}

template <class Check>
void for_every_layer(const Check& check) {
  for (const LayerCase& c : every_layer()) {
    CAPTURE(c.name);
    check(c);
  }
}

Symbols symbols_of(const LayerCase& c, const std::vector<bool>& hidden) {
  Symbols symbols;
  const Tensors xs = inputs_of(c);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Shape shape(std::vector<std::int64_t>(xs[i].shape().begin() + 1, xs[i].shape().end()));
    for (std::size_t h = 0; h < c.may_be_unknown.size(); ++h)
      if (hidden[h] && c.may_be_unknown[h] <= static_cast<int>(shape.size()))
        shape[static_cast<std::size_t>(c.may_be_unknown[h] - 1)] = -1;
    symbols.push_back(Input(shape, {.dtype = xs[i].dtype()}));
  }
  return symbols;
}

}  // namespace

TEST_CASE("every layer has the weights and the output that its row says") {
  for_every_layer([](const LayerCase& c) {
    const Layer layer = built(c);
    std::vector<std::string> weights;
    // Weights of layers inside have those layers' names.
    const std::string prefix = layer.base().sublayers().empty() ? layer.name() + "/" : "";
    for (const Parameter& w : layer.weights()) {
      CHECK_THAT(w.name(), Catch::Matchers::StartsWith(prefix));
      weights.push_back(w.name().substr(prefix.size()) + " " + to_string(w.shape()));
    }
    CHECK(weights == c.weights);
    std::vector<Shape> outputs;
    for (const Tensor& y : run(layer, inputs_of(c), c.training)) outputs.push_back(y.shape());
    CHECK(outputs == c.outputs);
  });
}

TEST_CASE("every layer gives the same on symbols as on tensors, whatever sizes are unknown") {
  for_every_layer([](const LayerCase& c) {
    const Tensors xs = inputs_of(c);
    for (unsigned mask = 0; mask < 1u << c.may_be_unknown.size(); ++mask) {
      CAPTURE(mask);
      std::vector<bool> hidden;
      for (std::size_t h = 0; h < c.may_be_unknown.size(); ++h) hidden.push_back(mask >> h & 1);
      seed(3);
      const Layer layer = c.make();
      const Symbols inputs = symbols_of(c, hidden), outputs = layer.all(inputs);
      REQUIRE(outputs.size() == c.outputs.size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const Shape shape = outputs[i].shape();
        CAPTURE(to_string(shape));
        REQUIRE(shape.size() == c.outputs[i].size());
        CHECK(shape[0] == -1);
        for (std::size_t axis = 1; axis < shape.size(); ++axis)
          if (mask == 0 || shape[axis] != -1) CHECK(shape[axis] == c.outputs[i][axis]);
      }
      const Model model(inputs, outputs);
      CHECK(same_bits(model.all(xs), run(layer, xs, false)));
    }
  });
}

TEST_CASE("every layer's gradients are those of finite differences, for each input and weight") {
  for_every_layer([](const LayerCase& c) {
    const Double d(c);
    if (d.variables.empty()) return;
    const Tensors gradients = grad(loss_of(run(d.layer, d.xs, c.training)), d.variables);
    const auto f = [&] {
      const NoGrad guard;
      return loss_of(run(d.layer, d.xs, c.training)).item<double>();
    };
    for (std::size_t i = 0; i < d.variables.size(); ++i) {
      CAPTURE(i);
      const Tensor flat = gradients[i].reshape({-1});
      const auto values = flat.data<double>();
      for (std::int64_t e = 0; e < d.variables[i].size(); ++e) {
        std::vector<double> unit(static_cast<std::size_t>(d.variables[i].size()), 0.);
        unit[static_cast<std::size_t>(e)] = 1;
        const Tensor direction = from_vector(unit, d.variables[i].shape());
        const double numeric = slope(f, d.variables[i], direction, 1e-5);
        if (std::abs(values[static_cast<std::size_t>(e)] - numeric) > 1e-7 * (1 + std::abs(numeric)))
          FAIL_CHECK("element " << e << ": " << values[static_cast<std::size_t>(e)] << " and " << numeric);
      }
    }
  });
}

TEST_CASE("every layer's second derivatives are those of finite differences") {
  for_every_layer([](const LayerCase& c) {
    const Double d(c);
    if (d.variables.empty()) return;
    Tensors directions;
    Generator random(17);
    for (const Tensor& v : d.variables) directions.push_back(random.normal(v.shape(), DType::float64));
    // The derivative along all directions at once.
    const auto along = [&] {
      const Tensors gradients = grad(loss_of(run(d.layer, d.xs, c.training)), d.variables, {.create_graph = true});
      Tensor total = zeros({}, {.dtype = DType::float64});
      for (std::size_t i = 0; i < gradients.size(); ++i) total = total + sum(gradients[i] * directions[i]);
      return total;
    };
    const Tensor first = along();
    Tensors second(d.variables.size());
    if (first.requires_grad()) second = grad(first, d.variables, {.allow_unused = true});
    for (std::size_t i = 0; i < d.variables.size(); ++i) {
      CAPTURE(i);
      const Tensor u = random.normal(d.variables[i].shape(), DType::float64);
      const double numeric = slope([&] { return along().item<double>(); }, d.variables[i], u, 1e-5);
      const double analytic = second[i].present() ? sum(second[i] * u).item<double>() : 0;
      CHECK(std::abs(analytic - numeric) <= 1e-6 * (1 + std::abs(numeric)));
    }
  });
}

TEST_CASE("every layer's gradients are the same to the bit whatever else is frozen") {
  for_every_layer([](const LayerCase& c) {
    const Double d(c);
    const Tensors all = d.variables.empty() ? Tensors() : grad(loss_of(run(d.layer, d.xs, c.training)), d.variables);
    const std::size_t inputs = d.variables.size() - d.layer.trainable_weights().size();
    for (unsigned mask = 0; mask < 1u << d.variables.size(); ++mask) {
      CAPTURE(mask);
      for (std::size_t i = 0; i < d.variables.size(); ++i) {
        d.variables[i].set_requires_grad(mask >> i & 1);
        d.variables[i].zero_grad();
      }
      // With all its weights frozen it may compute something else.
      if (c.training && c.differs_in_training && mask >> inputs == 0 && inputs < d.variables.size()) continue;
      const Tensor loss = loss_of(run(d.layer, d.xs, c.training));
      REQUIRE(loss.requires_grad() == (mask != 0));
      if (mask != 0) loss.backward();
      for (std::size_t i = 0; i < d.variables.size(); ++i) {
        REQUIRE(d.variables[i].has_grad() == (mask >> i & 1));
        if (mask >> i & 1) CHECK(same_bits(d.variables[i].grad(), all[i]));
      }
    }
  });
}

TEST_CASE("every layer gives the same twice, and differs in training only where it says so") {
  for_every_layer([](const LayerCase& c) {
    const Layer layer = built(c);
    const Tensors xs = inputs_of(c), rest = run(layer, xs, false);
    CHECK(same_bits(rest, run(layer, xs, false)));
    layer.set_trainable(false);
    CHECK(same_bits(rest, run(layer, xs, true)));
    layer.set_trainable(true);
    CHECK(same_bits(rest, run(layer, xs, true)) != c.differs_in_training);
  });
}

TEST_CASE("every layer is copied by a clone of its model, and shares nothing with the copy") {
  for_every_layer([](const LayerCase& c) {
    const Layer layer = built(c);
    const Tensors xs = inputs_of(c);
    const Symbols inputs = symbols_of(c, std::vector<bool>(c.may_be_unknown.size(), false));
    const Model model(inputs, layer.all(inputs)), copy = model.clone();
    const Tensors before = model.all(xs);
    CHECK(same_bits(copy.all(xs), before));
    CHECK(copy.get_layer(layer.name()).type() == layer.type());
    CHECK(same_bits(copy.get_weights(), model.get_weights()));
    for (const Parameter& w : copy.weights())
      if (is_floating(w.dtype())) w.assign(w.detach() + 1.);
    CHECK(same_bits(model.all(xs), before));
  });
}

TEST_CASE("every layer has its row in the summary") {
  for_every_layer([](const LayerCase& c) {
    const Layer layer = c.make();
    const Symbols inputs = symbols_of(c, std::vector<bool>(c.may_be_unknown.size(), false));
    const Model model(inputs, layer.all(inputs));
    std::ostringstream out;
    model.summary(out);
    std::istringstream lines(out.str());
    std::string row;
    while (std::getline(lines, row) && row.rfind(" " + layer.name() + " (" + layer.type() + ")", 0) != 0) {
    }
    CHECK_THAT(row, Contains(" " + std::to_string(layer.count_params()) + " ") ||
                        Catch::Matchers::EndsWith(" " + std::to_string(layer.count_params())));
    CHECK_THAT(row, Contains("(None, "));
  });
}

TEST_CASE("every layer is in float32 what it is in float64, but for rounding") {
  for_every_layer([](const LayerCase& c) {
    const Layer layer = built(c), wide = detail::copy_in(layer, inputs_of(c), DType::float64);
    const Tensors ys = run(layer, inputs_of(c), false);
    Tensors xs;  // the very numbers of float32
    for (const Tensor& x : inputs_of(c)) xs.push_back(is_floating(x.dtype()) ? x.to(DType::float64) : x);
    const Tensors expected = run(wide, xs, false);
    for (std::size_t i = 0; i < ys.size(); ++i) {
      REQUIRE(ys[i].dtype() == DType::float32);
      REQUIRE(expected[i].dtype() == DType::float64);
      const double scale = 1 + max(abs(expected[i])).item<double>();
      CHECK(max(abs(ys[i].to(DType::float64) - expected[i])).item<double>() <= 2e-6 * scale);
    }
  });
}

TEST_CASE("every layer is made again from its config") {
  for_every_layer([](const LayerCase& c) {
    if (!c.has_config) return;
    const Layer layer = built(c);
    layer.set_trainable(false);
    const Config config = layer.config();
    const Layer again = make_layer(layer.type(), config);
    CHECK(again.type() == layer.type());
    CHECK(again.name() == layer.name());
    CHECK_FALSE(again.trainable());
    CHECK(again.config() == config);
    CHECK_FALSE(again.is_built());
    const Tensors xs = inputs_of(c);
    again.all(xs);
    again.set_weights(layer.get_weights());
    CHECK(same_bits(run(again, xs, false), run(layer, xs, false)));
    Config unknown = config;
    unknown.set("no_such_option", 1);
    CHECK_THROWS_WITH(make_layer(layer.type(), unknown), Contains("no_such_option"));
  });
}

TEST_CASE("every layer refuses options and inputs out of range, with the value in the text") {
  for_every_layer([](const LayerCase& c) {
    for (const Refused& refused : c.refused) {
      std::string text;
      Layer layer;
      try {
        layer = refused.make();
        Tensors xs;
        for (const Shape& shape : refused.inputs) xs.push_back(ones(shape));
        if (!xs.empty()) layer.all(xs);
      } catch (const Error& error) {
        text = error.what();
      }
      // Once there is a layer, its name is in the text, and its type is not said again.
      for (const std::string& part : refused.says)
        CHECK_THAT(text, Contains(layer && part == layer.type() ? layer.name() + ": " : part));
    }
  });
}
