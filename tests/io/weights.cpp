#include "support.hpp"

#include "support/catch.hpp"

#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

using namespace frost;
using namespace io_test;
using Catch::Matchers::Contains;

namespace {

using Names = std::vector<std::string>;

Model small(std::int64_t hidden = 4, DType dtype = DType::float32) {
  const Symbol input = Input({3}, {.dtype = dtype});
  const Symbol x = Dense({.units = hidden, .dtype = dtype, .name = "first"})(input);
  return Model(input, Dense({.units = 2, .dtype = dtype, .name = "second"})(x));
}

Names names_in(const std::string& path) {
  Names names;
  for (const auto& [name, tensor] : load_safetensors(path)) names.push_back(name);
  return names;
}

struct Scaled : LayerBase {
  Scaled() : gain(add_state("gain", {2}, "ones")), inner(add_layer(Dense({.units = 2, .name = "inner"}))) {}
  Tensor call(const Tensor& x, const CallContext& context) override { return inner(x, context) * gain; }
  Parameter gain;
  Layer inner;
};

}  // namespace

TEST_CASE("all weights come back to the bit, moving statistics too, whatever is frozen") {
  const Folder folder;
  const auto make = [] { return Sequential({Dense({.units = 4}), BatchNormalization(), Dense({.units = 2})}); };
  const Sequential a = make(), b = make();
  a.build({3});
  b.build({3});
  a(randn({8, 3}), {.training = true});
  a.get_layer(0).set_trainable(false);
  b.get_layer(2).set_trainable(false);
  a.save_weights(folder / "w.safetensors");
  const LoadReport r = b.load_weights(folder / "w.safetensors");
  CHECK(r.loaded == 8);
  CHECK(r.missing.empty());
  CHECK(r.unexpected.empty());
  CHECK(r.misshapen.empty());
  CHECK(same_bits(a.get_weights(), b.get_weights()));
  CHECK(b.get_layer(0).trainable());
  CHECK_FALSE(b.get_layer(2).trainable());
}

TEST_CASE("a weight is called by the path of its layer, nested ones in full") {
  const Folder folder;
  const Symbol input = Input({3});
  const Symbol x = Dense({.units = 3, .name = "dense"})(input);
  const Model inner(input, x, {.name = "inner"});
  const Model outer(inner.input(), Dense({.units = 2, .name = "dense"})(layer<Scaled>()(inner(inner.input()))));
  outer.save_weights(folder / "w.safetensors");
  CHECK(names_in(folder / "w.safetensors") == Names{"dense/bias", "dense/kernel", "inner/dense/bias",
                                                    "inner/dense/kernel", "scaled/gain", "scaled/inner/bias",
                                                    "scaled/inner/kernel"});
  const Tensors before = outer.get_weights();
  for (const Parameter& p : outer.weights()) p.assign(zeros_like(p));
  CHECK(outer.load_weights(folder / "w.safetensors").loaded == 7);
  CHECK(same_bits(before, outer.get_weights()));
}

TEST_CASE("only what is trainable is written on demand, and loads without the rest") {
  const Folder folder;
  const Model a = small(), b = small();
  a.get_layer("first").set_trainable(false);
  save_weights(a, folder / "head.safetensors", {.only = Weights::trainable});
  CHECK(names_in(folder / "head.safetensors") == Names{"second/bias", "second/kernel"});

  const Tensors before = b.get_weights();
  CHECK_THROWS_WITH(b.load_weights(folder / "head.safetensors"),
                    Contains("head.safetensors") && Contains("missing in the file (2): first/kernel, first/bias") &&
                        !Contains("unexpected"));
  CHECK(same_bits(before, b.get_weights()));
  const LoadReport r = b.load_weights(folder / "head.safetensors", {.strict = false});
  CHECK(r.loaded == 2);
  CHECK(r.missing == Names{"first/kernel", "first/bias"});
  CHECK(same_bits<float>(b.get_weights()[2], a.get_weights()[2]));
  CHECK(same_bits<float>(b.get_weights()[0], before[0]));

  a.set_trainable(false);
  CHECK_THROWS_WITH(save_weights(a, folder / "none.safetensors", {.only = Weights::trainable}),
                    Contains("nothing of the model") && Contains("trainable"));
  CHECK(folder.count() == 1);
}

TEST_CASE("a strict load lists what is missing, unexpected and misshapen in one error and changes nothing") {
  const Folder folder;
  const Model model = small();
  save_safetensors(folder / "w.safetensors", {{"first/kernel", ones({3, 5})},
                                              {"first/bias", ones({4}, {.dtype = DType::boolean})},
                                              {"second/bias", ones({2})},
                                              {"third/bias", ones({2})}});
  const Tensors before = model.get_weights();
  CHECK_THROWS_AS(model.load_weights(folder / "w.safetensors"), ValueError);
  CHECK_THROWS_WITH(
      model.load_weights(folder / "w.safetensors"),
      Contains("missing in the file (1): second/kernel") && Contains("unexpected in the file (1): third/bias") &&
          Contains(
              "misshapen (2): first/kernel: got (3, 5) of float32, expected (3, 4) of float32, first/bias: got (4,) "
              "of bool, expected (4,) of float32"));
  CHECK(same_bits(before, model.get_weights()));

  const LoadReport r = model.load_weights(folder / "w.safetensors", {.strict = false});
  CHECK(r.loaded == 1);
  CHECK(r.missing == Names{"second/kernel"});
  CHECK(r.unexpected == Names{"third/bias"});
  CHECK(r.misshapen == Names{"first/kernel", "first/bias"});
  CHECK(model.get_weights()[3].data<float>()[1] == 1);
  std::ostringstream text;
  text << r;
  CHECK(text.str() ==
        "loaded 1\nmissing second/kernel\nunexpected third/bias\nmisshapen first/kernel\nmisshapen first/bias\n");
}

TEST_CASE("a file with no name of the model is refused even when the load is not strict") {
  const Folder folder;
  const Model model = small();
  save_safetensors(folder / "w.safetensors", {{"module.first.weight", ones({3, 4})}, {"first/kernel", ones({1})}});
  const Tensors before = model.get_weights();
  CHECK_THROWS_WITH(model.load_weights(folder / "w.safetensors", {.strict = false}),
                    Contains("no weight of the model") && Contains("module.first.weight"));
  CHECK(same_bits(before, model.get_weights()));
}

TEST_CASE("a file that is cut short changes no weight") {
  const Folder folder;
  const Model a = small(), b = small();
  a.save_weights(folder / "w.safetensors");
  const std::string bytes = read(folder / "w.safetensors");
  const Tensors before = b.get_weights();
  for (std::size_t n = 0; n < bytes.size(); n += 7) {
    write(folder / "w.safetensors", bytes.substr(0, n));
    CHECK_THROWS_AS(b.load_weights(folder / "w.safetensors"), FileError);
  }
  CHECK_THROWS_WITH(b.load_weights(folder / "absent"), Contains("absent") && Contains("No such file"));
  CHECK(same_bits(before, b.get_weights()));
}

TEST_CASE("floats are converted to the dtype of the weight") {
  const Folder folder;
  const Model single = small(), twice = small(4, DType::float64);
  single.save_weights(folder / "32.safetensors");
  CHECK(twice.load_weights(folder / "32.safetensors").loaded == 4);
  CHECK(same_bits<double>(twice.get_weights()[0], single.get_weights()[0].to(DType::float64)));
  twice.save_weights(folder / "64.safetensors");
  const Model again = small();
  CHECK(again.load_weights(folder / "64.safetensors").loaded == 4);
  CHECK(same_bits(again.get_weights(), single.get_weights()));
}

TEST_CASE("two weights of one path are an error that names both layers") {
  const Folder folder;
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 2, .name = "scaled/inner"})(layer<Scaled>()(input)));
  CHECK_THROWS_WITH(model.save_weights(folder / "w.safetensors"),
                    Contains("save_weights: two weights are called 'scaled/inner/kernel'") && Contains("set_name"));
  CHECK(folder.count() == 0);
}

TEST_CASE("a weight of several layers is written once and found under either path") {
  const Folder folder;
  const Symbol input = Input({3});
  const Layer shared = Dense({.units = 3, .name = "shared"});
  const Model a(input, shared(input), {.name = "a"}), b(input, shared(input), {.name = "b"});
  const Symbol outer = Input({3});
  const Model ab(outer, b(a(outer))), ba(outer, a(b(outer)));
  ab.save_weights(folder / "w.safetensors");
  CHECK(names_in(folder / "w.safetensors") == Names{"a/shared/bias", "a/shared/kernel"});
  const Tensors before = ab.get_weights();
  for (const Parameter& p : ab.weights()) p.assign(zeros_like(p));
  const LoadReport r = ba.load_weights(folder / "w.safetensors");
  CHECK(r.loaded == 2);
  CHECK(r.unexpected.empty());
  CHECK(same_bits(before, ab.get_weights()));
}

TEST_CASE("a model that is not built has no weights to save or load") {
  const Folder folder;
  const Sequential net({Dense({.units = 2})});
  CHECK_THROWS_WITH(net.save_weights(folder / "w.safetensors"), Contains("has no weights yet") && Contains("build"));
  save_safetensors(folder / "w.safetensors", {{"dense/kernel", ones({3, 2})}});
  CHECK_THROWS_WITH(net.load_weights(folder / "w.safetensors"), Contains("has no weights yet"));
}

TEST_CASE("weights of a later version are refused with both versions") {
  const Folder folder;
  const Model model = small();
  write(folder / "w.safetensors", safetensors_of(R"({"__metadata__":{"frost.weights":"2"}})", ""));
  CHECK_THROWS_WITH(model.load_weights(folder / "w.safetensors"), Contains("version '2'") && Contains("from 1 to 1"));
}
