#include "../layers/layer_rows.hpp"
#include "../support/catch.hpp"
#include "support.hpp"

#include <frost/frost.hpp>

using namespace frost;
using layer_test::LayerCase;

// Each kind of layer, written to both formats and read again.
namespace {

Model model_of(const LayerCase& c) {
  Symbols inputs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const DType dtype = i < c.values.size() ? c.values[i].dtype() : default_dtype();
    const Shape& batch = c.inputs[i];
    inputs.push_back(Input(Shape(std::vector<std::int64_t>(batch.begin() + 1, batch.end())), {.dtype = dtype}));
  }
  return Model(inputs, c.make().all(inputs));
}
Tensors values_of(const LayerCase& c) {
  if (!c.values.empty()) return c.values;
  Tensors xs;
  Generator random(7);
  for (const Shape& shape : c.inputs) xs.push_back(random.normal(shape));
  return xs;
}
double greatest_distance(const Tensors& a, const Tensors& b) {
  REQUIRE(a.size() == b.size());
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].size() > 0) greatest = std::max(greatest, io_test::distance(a[i], b[i]));
  return greatest;
}

}  // namespace

TEST_CASE("Every layer comes back from a model's file and computes the same", "[io][model]") {
  const io_test::Folder folder;
  for (const LayerCase& c : layer_test::every_layer()) {
    if (!c.has_config) continue;
    INFO(c.name);
    const Model model = model_of(c);
    const Tensors xs = values_of(c);
    if (model.weights().empty()) continue;
    model.save(folder / "m.frost");
    const Model again = load_model(folder / "m.frost");
    CHECK(again.config() == model.config());
    CHECK(greatest_distance(again.predict_all(xs), model.predict_all(xs)) == 0);
  }
}

TEST_CASE("Every layer comes back from a Keras file and computes the same", "[io][keras]") {
  const io_test::Folder folder;
  for (const LayerCase& c : layer_test::every_layer()) {
    if (!c.has_config) continue;
    INFO(c.name);
    const Model model = model_of(c);
    const Tensors xs = values_of(c);
    if (model.weights().empty()) continue;
    save_keras(model, folder / "model.json");
    const Model again = load_keras(folder / "model.json");
    CHECK(greatest_distance(again.predict_all(xs), model.predict_all(xs)) == 0);
  }
}
