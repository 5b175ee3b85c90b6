// Mistakes with the options of layers, what they are called on, and the parts that they are made of.

#include "support.hpp"

using namespace frost;

namespace {

using Rows = std::vector<Mistake<>>;

Tensor of(const Shape& shape) { return ones(shape); }

const Rows merging = {
    {"an average of other shapes",
     [] {
       Average()({of({2, 3}), of({2, 4})});
     },
     {"average", "(2, 3)", "(2, 4)"}},
    {"a difference of three",
     [] {
       Subtract()({of({2}), of({2}), of({2})});
     },
     {"subtract", "3"}},
    {"a product of other shapes",
     [] {
       Multiply()({of({2, 3}), of({2, 4})});
     },
     {"multiply", "(2, 3)", "(2, 4)"}},
    {"a maximum of other shapes",
     [] {
       Maximum()({of({2, 3}), of({2, 4})});
     },
     {"maximum", "(2, 3)", "(2, 4)"}},
    {"a minimum of other shapes",
     [] {
       Minimum()({of({2, 3}), of({2, 4})});
     },
     {"minimum", "(2, 3)", "(2, 4)"}},
    {"a dot product along other sizes",
     [] {
       Dot({.axes = 1})({of({2, 3}), of({2, 4})});
     },
     {"dot", "got 3", "(2, 4)"}},
    {"an unknown score", [] { Attention({.score_mode = "sum"}); }, {"Attention", "'sum'", "dot"}},
    {"heads of none", [] { MultiHeadAttention({.num_heads = 0, .key_dim = 2}); }, {"MultiHeadAttention", "0"}},
};

const Rows convolution = {
    {"Conv1D without filters", [] { Conv1D({.filters = 0, .kernel_size = 3}); }, {"Conv1D", "0"}},
    {"Conv2D without a kernel", [] { Conv2D({.filters = 2, .kernel_size = 0}); }, {"Conv2D", "0"}},
    {"Conv2DTranspose that stands",
     [] { Conv2DTranspose({.filters = 2, .kernel_size = 3, .strides = 0}); },
     {"Conv2DTranspose", "0"}},
    {"DepthwiseConv2D without depth",
     [] { DepthwiseConv2D({.kernel_size = 3, .depth_multiplier = 0}); },
     {"DepthwiseConv2D", "0"}},
    {"SeparableConv2D without filters",
     [] { SeparableConv2D({.filters = 0, .kernel_size = 3}); },
     {"SeparableConv2D", "0"}},
    {"pools of 0 steps", [] { AveragePooling1D({.pool_size = 0}); }, {"AveragePooling1D", "0"}},
    {"pools of 0 pixels", [] { AveragePooling2D({.pool_size = 0}); }, {"AveragePooling2D", "0"}},
    {"an unknown padding", [] { MaxPooling1D({.padding = "full"}); }, {"MaxPooling1D", "full"}},
    {"a pool larger than the image",
     [] {
       MaxPooling2D({.pool_size = 3})(of({1, 2, 2, 1}));
     },
     {"max_pooling2d", "3 elements", "into 2"}},
    {"the mean of vectors over steps",
     [] {
       GlobalAveragePooling1D()(of({2, 2}));
     },
     {"global_average_pooling1d: got", "(None, 2)", "expected (N, "}},
    {"the mean of vectors over pixels",
     [] {
       GlobalAveragePooling2D()(of({2, 2}));
     },
     {"global_average_pooling2d: got", "(None, 2)", "expected (N, "}},
    {"the maximum of vectors over steps",
     [] {
       GlobalMaxPooling1D()(of({2, 2}));
     },
     {"global_max_pooling1d: got", "(None, 2)", "expected (N, "}},
    {"the maximum of vectors over pixels",
     [] {
       GlobalMaxPooling2D()(of({2, 2}));
     },
     {"global_max_pooling2d: got", "(None, 2)", "expected (N, "}},
    {"cropped to nothing",
     [] {
       Cropping2D({.cropping = 2})(of({1, 4, 4, 1}));
     },
     {"(1, 4, 4, 1)", "2"}},
    {"padded by -1", [] { ZeroPadding2D({.padding = -1}); }, {"ZeroPadding2D", "-1"}},
    {"0 times the size", [] { UpSampling2D({.size = 0}); }, {"UpSampling2D", "0"}},
};

const Rows others = {
    {"units twice", [] { Dense(3, {.units = 3}); }, {"Dense", "twice", "3"}},
    {"a size of three numbers",
     [] {
       Size2D::of({1, 2, 3});
     },
     {"Size2D", "3 numbers", "one or two"}},
    {"a GRU without units", [] { GRU({.units = 0}); }, {"GRU", "0 units"}},
    {"a SimpleRNN without units", [] { SimpleRNN({.units = 0}); }, {"SimpleRNN", "0 units"}},
    {"a ReLU up to -1", [] { ReLU({.max_value = -1}); }, {"ReLU", "-1"}},
    {"softmax along no axis",
     [] {
       Softmax({.axis = 5})(of({2, 2}));
     },
     {"softmax", "axis 5"}},
    {"a slope for an axis that is not there",
     [] {
       PReLU({.shared_axes = {5}})(of({1, 2, 2}));
     },
     {"p_re_lu: got the shared axis 5"}},
    {"groups of none", [] { GroupNormalization({.groups = 0}); }, {"GroupNormalization", "0"}},
    {"a radius of -1", [] { LocalResponseNormalization({.depth_radius = -1}); }, {"LocalResponseNormalization", "-1"}},
    {"moments along no axis",
     [] {
       Normalization({.axis = {7}})(of({2, 2}));
     },
     {"normalization: got axis 7"}},
    {"moments of integers",
     [] {
       Normalization().adapt(tensor({1, 2}, DType::int64));
     },
     {"Normalization", "(2,)", "floating"}},
    {"axes that are no permutation",
     [] {
       Permute({1, 1});
     },
     {"Permute", "(1, 1)"}},
    {"repeated 0 times", [] { RepeatVector(0); }, {"RepeatVector", "0"}},
    {"dropped altogether", [] { SpatialDropout1D({.rate = 1}); }, {"SpatialDropout1D", "1"}},
    {"dropped by less than nothing", [] { SpatialDropout2D({.rate = -1}); }, {"SpatialDropout2D", "-1"}},
    {"noise of -1", [] { GaussianNoise({.stddev = -1}); }, {"GaussianNoise", "-1"}},
    {"an input layer of -2", [] { InputLayer({-2}); }, {"Input", "(-2,)"}},
    {"nothing rescaled", [] { Rescaling({.scale = 0.5})(Tensor()); }, {"rescaling", "absent"}},
    {"a slope for integers",
     [] {
       LeakyReLU()(tensor({1, 2}, DType::int64));
     },
     {"leaky_re_lu", "int64"}},
    {"ELU of integers",
     [] {
       ELU()(tensor({1, 2}, DType::int64));
     },
     {"elu", "int64"}},
    {"a call on too few outputs",
     [] {
       const Layer flatten = Flatten();
       flatten(Input({2}));
       flatten.output_at(3);
     },
     {"3"}},
};

// Layers of the user's own that go wrong.
struct Doubled : LayerBase {
  void build(const Shape&) override {
    add_weight("kernel", {2});
    add_weight("kernel", {2});
  }
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};
struct Unknown : LayerBase {
  void build(const Shape& input) override { add_state("mean", {input[1]}); }
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};
struct Around : LayerBase {
  Around() { add_layer(Layer()); }
};
struct Calls : LayerBase {};
struct Silent : LayerBase {
  Tensor call(const Tensor&, const CallContext&) override { return {}; }
};

const Rows own = {
    {"two weights of a name",
     [] {
       layer<Doubled>()(of({2, 2}));
     },
     {"doubled", "'kernel'"}},
    {"a state of unknown size", [] { layer<Unknown>()(Input({-1})); }, {"mean", "(None,)"}},
    {"nothing inside", [] { layer<Around>(); }, {"add_layer", "absent"}},
    {"no call", [] { layer<Calls>()(of({2})); }, {"calls: the class", "none of the calls"}},
    {"no call, asked itself", [] { layer<Calls>().base().call(of({2}), CallContext()); }, {"Calls", "call"}},
    {"no calls, asked itself", [] { layer<Calls>().base().call_all({of({2})}, CallContext()); }, {"Calls", "call"}},
    {"no call of several",
     [] {
       layer<Calls>().all(Tensors{of({2}), of({2})});
     },
     {"calls: the layer", "got 2"}},
    {"a symbol for nothing", [] { layer<Silent>()(Input({2})); }, {"silent", "absent"}},
    {"no config", [] { layer<Calls>().config(); }, {"config", "Calls"}},
    {"nothing to build from", [] { Sequential({Dense({.units = 1})}).build({-2}); }, {"-2"}},
};

const Rows parts = {
    {"a factor of -1", [] { L1(-1); }, {"regularizer", "-1"}},
    {"a factor of -2", [] { L2(-2); }, {"regularizer", "-2"}},
    {"two factors", [] { L1L2(-1, 0); }, {"regularizer", "-1"}},
    {"l1 of -1", [] { l1(-1); }, {"regularizer", "-1"}},
    {"l2 of -1", [] { l2(-1); }, {"regularizer", "-1"}},
    {"l1_l2 of -1", [] { l1_l2(0, -1); }, {"regularizer", "-1"}},
    {"normal weights of a negative size", [] { random_normal()(Shape{-1}); }, {"(-1,)", "0 or more"}},
    {"uniform weights of a negative size", [] { random_uniform()(Shape{-1}); }, {"(-1,)", "0 or more"}},
    {"truncated weights of a negative size", [] { truncated_normal()(Shape{-1}); }, {"(-1,)", "0 or more"}},
    {"orthogonal vectors", [] { orthogonal()(Shape{3}); }, {"orthogonal", "(3,)"}},
    {"an unknown mode", [] { variance_scaling({.mode = "fan"}); }, {"variance_scaling", "'fan'"}},
    {"values of another shape",
     [] { Initializer([](const Shape&, DType, Generator&) { return ones({1}); })({2}); },
     {"(1,)", "(2,)"}},
    {"a config that is no boolean", [] { Config("a").boolean(); }, {"config", "text", "a boolean"}},
    {"a config that is no integer", [] { Config("a").integer(); }, {"config", "text", "an integer"}},
    {"a config that is no number", [] { Config("a").number(); }, {"config", "text", "a number"}},
    {"a config that is no text", [] { Config(1).text(); }, {"config", "an integer", "text"}},
    {"a config that is no list", [] { Config(1).elements(); }, {"config", "an integer", "a list"}},
    {"a config without keys", [] { Config(1).keys(); }, {"config", "an integer", "an object"}},
    {"a key of no object", [] { Config(1).find("a"); }, {"config", "an integer", "an object"}},
    {"a key that is not there", [] { Config::object().set("units", 1).at("unit"); }, {"'unit'", "units"}},
    {"a key set in a list", [] { Config::list().set("a", 1); }, {"config", "a list", "an object"}},
    {"added to an object", [] { Config::object().add(1); }, {"config", "an object", "a list"}},
    {"erased from a text", [] { Config("a").erase("b"); }, {"config", "text", "an object"}},
    {"an unknown type", [] { make_layer("Dens", Config::object()); }, {"make_layer", "'Dens'", "'Dense'"}},
    {"a factory without a name", [] { register_layer("", nullptr); }, {"register_layer", "''"}},
    {"a built-in layer",
     [] { register_layer("Dense", [](const Config&) -> Layer { return {}; }); },
     {"register_layer", "'Dense'", "built-in"}},
    {"an unknown model", [] { make_model("Modle", Config::object()); }, {"make_model", "'Modle'", "Sequential"}},
    {"a model of nothing", [] { make_model("Functional", Config::object()); }, {"layers"}},
    {"an unknown optimizer", [] { make_optimizer("Adamm", {}); }, {"'Adamm'", "Adam"}},
    {"an optimizer without a factory", [] { register_optimizer("Mine", nullptr); }, {"register_optimizer", "'Mine'"}},
    {"a factory of nothing", [] { register_layer("Mine", nullptr); }, {"register_layer", "'Mine'"}},
    {"an unknown option",
     [] {
       make_optimizer("Adam", {{"beta", 1}});
     },
     {"Adam", "'beta'"}},
    {"an AlexNet of no width", [] { alexnet({.width = 0}); }, {"alexnet", "width", "0"}},
    {"a MobileNetV2 of no classes", [] { mobilenet_v2({.classes = 0}); }, {"mobilenet_v2", "classes", "0"}},
    {"a ResNet of 7 layers", [] { resnet(7); }, {"resnet", "7", "50"}},
};

const Rows symbols = {
    {"a sum of other shapes", [] { Input(3) + Input(4); }, {"add", "(None, 3)", "(None, 4)"}},
    {"a function of no symbol", [] { relu(Symbol()); }, {"symbol is absent"}},
    {"a product with a weight",
     [] {
       Symbol x = Input(3);
       x *= ones({3}, {.requires_grad = true});
     },
     {"(3,)", "requires a gradient", "add_weight"}},
    {"a difference with nothing",
     [] {
       Symbol x = Input(3);
       x -= Tensor();
     },
     {"tensor is absent"}},
    {"a quotient of other shapes",
     [] {
       Symbol x = Input(3);
       x /= Input(4);
     },
     {"divide", "(None, 3)", "(None, 4)"}},
    {"an entry that is not there",
     [] {
       Input({3, 2})[0][7];
     },
     {"index", "7", "3"}},
    {"a slice of an axis that is not there", [] { Input(3).slice(2, 0, 1); }, {"slice", "axis 2"}},
    {"an Input that is another symbol now",
     [] {
       InputSymbol x = Input(3);
       x = Dense(2)(x);
       static_cast<Layer>(x);
     },
     {"no Input", "'dense'"}},
};

void check_all(const Rows& rows) {
  for (const Mistake<>& row : rows) check_mistake(row);
}

}  // namespace

TEST_CASE("mistakes with layers of several inputs say what came") { check_all(merging); }
TEST_CASE("mistakes with convolutions and pooling say what came") { check_all(convolution); }
TEST_CASE("mistakes with other layers say what came") { check_all(others); }
TEST_CASE("mistakes with symbols say what came") { check_all(symbols); }
TEST_CASE("mistakes in layers of the user's own say what came") { check_all(own); }
TEST_CASE("mistakes with what layers are made of say what came") { check_all(parts); }
