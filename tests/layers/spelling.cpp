#include "../support/catch.hpp"

#include <frost/frost.hpp>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

struct Spelling {
  std::string name;
  Layer in_front, among;
};

// Each layer with its first options in front, and by name.
std::vector<Spelling> spellings() {
  const std::size_t n = 6;
  return {
      {"Dense", Dense(n), Dense({.units = 6})},
      {"Dense with options", Dense(6, {.activation = "relu", .name = "d"}),
       Dense({.units = 6, .activation = "relu", .name = "d"})},
      {"Dropout", Dropout(0.25), Dropout({.rate = 0.25})},
      {"Dropout of none", Dropout(0), Dropout({.rate = 0})},
      {"SpatialDropout1D", SpatialDropout1D(0.2, {.seed = 3}), SpatialDropout1D({.rate = 0.2, .seed = 3})},
      {"SpatialDropout2D", SpatialDropout2D(0.2), SpatialDropout2D({.rate = 0.2})},
      {"GaussianNoise", GaussianNoise(0.1), GaussianNoise({.stddev = 0.1})},
      {"Rescaling", Rescaling(1. / 255, {.offset = -1}), Rescaling({.scale = 1. / 255, .offset = -1})},
      {"Normalization", Normalization(1), Normalization({.axis = 1})},
      {"Conv1D", Conv1D(4, 3), Conv1D({.filters = 4, .kernel_size = 3})},
      {"Conv2D", Conv2D(4, 3), Conv2D({.filters = 4, .kernel_size = 3})},
      {"Conv2D with options", Conv2D(4, 3, {.strides = 2, .padding = "same"}),
       Conv2D({.filters = 4, .kernel_size = 3, .strides = 2, .padding = "same"})},
      {"Conv2D of a size", Conv2D(4, Size2D(3, 5)), Conv2D({.filters = 4, .kernel_size = {3, 5}})},
      {"Conv2D of sizes in braces", Conv2D(4, {3, 5}), Conv2D({.filters = 4, .kernel_size = {3, 5}})},
      {"Conv2D of sizes in braces with options", Conv2D(4, {3, 5}, {.padding = "same"}),
       Conv2D({.filters = 4, .kernel_size = {3, 5}, .padding = "same"})},
      {"Conv2D with a kernel by name", Conv2D(4, {.kernel_size = 3, .strides = 2}),
       Conv2D({.filters = 4, .kernel_size = 3, .strides = 2})},
      {"Conv2DTranspose", Conv2DTranspose(4, 3, {.strides = 2}),
       Conv2DTranspose({.filters = 4, .kernel_size = 3, .strides = 2})},
      {"SeparableConv2D", SeparableConv2D(4, 3), SeparableConv2D({.filters = 4, .kernel_size = 3})},
      {"DepthwiseConv2D", DepthwiseConv2D(3, {.padding = "same"}),
       DepthwiseConv2D({.kernel_size = 3, .padding = "same"})},
      {"MaxPooling2D", MaxPooling2D(3), MaxPooling2D({.pool_size = 3})},
      {"MaxPooling2D with strides", MaxPooling2D(3, 2), MaxPooling2D({.pool_size = 3, .strides = 2})},
      {"MaxPooling2D with options", MaxPooling2D(3, {.padding = "same"}),
       MaxPooling2D({.pool_size = 3, .padding = "same"})},
      {"AveragePooling2D", AveragePooling2D(Size2D(3, 2)), AveragePooling2D({.pool_size = {3, 2}})},
      {"MaxPooling1D", MaxPooling1D(3, 1), MaxPooling1D({.pool_size = 3, .strides = 1})},
      {"AveragePooling1D", AveragePooling1D(4), AveragePooling1D({.pool_size = 4})},
      {"UpSampling2D", UpSampling2D(3, {.interpolation = "bilinear"}),
       UpSampling2D({.size = 3, .interpolation = "bilinear"})},
      {"ZeroPadding2D", ZeroPadding2D(2), ZeroPadding2D({.padding = 2})},
      {"ZeroPadding2D of margins", ZeroPadding2D(Margins2D({0, 1}, {2, 3})),
       ZeroPadding2D({.padding = {{0, 1}, {2, 3}}})},
      {"Cropping2D", Cropping2D(1), Cropping2D({.cropping = 1})},
      {"LSTM", LSTM(5), LSTM({.units = 5})},
      {"LSTM with options", LSTM(5, {.return_sequences = true}), LSTM({.units = 5, .return_sequences = true})},
      {"GRU", GRU(5, {.go_backwards = true}), GRU({.units = 5, .go_backwards = true})},
      {"SimpleRNN", SimpleRNN(5), SimpleRNN({.units = 5})},
      {"Embedding", Embedding(100, 16), Embedding({.input_dim = 100, .output_dim = 16})},
      {"Embedding with options", Embedding(100, 16, {.mask_zero = true}),
       Embedding({.input_dim = 100, .output_dim = 16, .mask_zero = true})},
      {"Embedding by halves", Embedding(100, {.output_dim = 16}), Embedding({.input_dim = 100, .output_dim = 16})},
      {"MultiHeadAttention", MultiHeadAttention(4, 16, {.dropout = 0.1}),
       MultiHeadAttention({.num_heads = 4, .key_dim = 16, .dropout = 0.1})},
      {"ReLU", ReLU(6), ReLU({.max_value = 6})},
      {"LeakyReLU", LeakyReLU(0.1), LeakyReLU({.alpha = 0.1})},
      {"ELU", ELU(0.5), ELU({.alpha = 0.5})},
      {"Softmax", Softmax(1), Softmax({.axis = 1})},
      {"Masking", Masking(-1), Masking({.mask_value = -1})},
      {"BatchNormalization", BatchNormalization(1, {.momentum = 0.9}),
       BatchNormalization({.axis = 1, .momentum = 0.9})},
      {"LayerNormalization", LayerNormalization(1), LayerNormalization({.axis = 1})},
      {"LayerNormalization of axes", LayerNormalization(Axes{1, 2}), LayerNormalization({.axis = {1, 2}})},
      {"GroupNormalization", GroupNormalization(4), GroupNormalization({.groups = 4})},
      {"LocalResponseNormalization", LocalResponseNormalization(2), LocalResponseNormalization({.depth_radius = 2})},
      {"Concatenate", Concatenate(1), Concatenate({.axis = 1})},
      {"Dot", Dot(1, {.normalize = true}), Dot({.axes = 1, .normalize = true})},
  };
}

}  // namespace

TEST_CASE("what stands in front is the option that it stands for") {
  for (const Spelling& s : spellings()) {
    CAPTURE(s.name);
    CHECK(s.in_front.type() == s.among.type());
    CHECK(s.in_front.config() == s.among.config());
  }
}

TEST_CASE("options that are not named keep their defaults") {
  CHECK(Dropout({}).config().at("rate").number() == 0.5);
  CHECK(Dropout({.name = "d"}).config().at("rate").number() == 0.5);
  CHECK(MaxPooling2D({.strides = 1}).config() == MaxPooling2D({.pool_size = 2, .strides = 1}).config());
  CHECK(ZeroPadding2D().config() == ZeroPadding2D(1).config());
  CHECK(UpSampling2D().config() == UpSampling2D(2).config());
  CHECK(Adam().learning_rate() == 0.001);
  CHECK(SGD({.momentum = 0.5}).learning_rate() == 0.01);
  DropoutOptions options = {.rate = 0.1};
  options.rate = options.rate * 2;
  CHECK(Dropout(options).config().at("rate").number() == 0.2);
}

TEST_CASE("optimizers take the learning rate in front") {
  CHECK(Adam(1e-2).learning_rate() == 1e-2);
  CHECK(SGD(1).learning_rate() == 1);
  CHECK(SGD(0.1, {.momentum = 0.9}).base().config() == SGD({.learning_rate = 0.1, .momentum = 0.9}).base().config());
  const Sequential model({Input({3}), Dense(2)});
  model.compile({.optimizer = Adam(5e-2, {.weight_decay = 0.1}), .loss = "mse"});
  CHECK(model.optimizer().learning_rate() == 5e-2);
  CHECK_THROWS_WITH(Adam(0.1, {.learning_rate = 0.001}), Contains("Adam") && Contains("got 0.1") && Contains("0.001"));
}

TEST_CASE("what is given twice is an error that has both values, were they equal or the default") {
  CHECK_THROWS_AS(Dense(10, {.units = 5}), ValueError);
  CHECK_THROWS_WITH(Dense(10, {.units = 5}), Contains("Dense: 'units' is given twice; got 10 in front and .units = 5"));
  CHECK_THROWS_AS(Dense(10, {.units = 10}), ValueError);
  CHECK_THROWS_WITH(Dropout(0.5, {.rate = 0.1}), Contains("Dropout") && Contains("got 0.5 in front and .rate = 0.1"));
  CHECK_THROWS_AS(Dropout(0.3, {.rate = 0.5}), ValueError);
  CHECK_THROWS_WITH(Conv2D(8, 3, {.kernel_size = {3, 5}}),
                    Contains("Conv2D: 'kernel_size'") && Contains("(3, 3)") && Contains("(3, 5)"));
  CHECK_THROWS_AS(Conv2D(8, 3, {.filters = 8}), ValueError);
  CHECK_THROWS_AS(Conv2D(8, {.filters = 4, .kernel_size = 3}), ValueError);
  CHECK_THROWS_WITH(MaxPooling2D(2, {.pool_size = 2}), Contains("MaxPooling2D") && Contains("(2, 2)"));
  CHECK_THROWS_WITH(MaxPooling1D(2, 1, {.strides = 3}), Contains("got 1 in front and .strides = 3"));
  CHECK_THROWS_WITH(ZeroPadding2D(2, {.padding = {1, 2}}),
                    Contains("((2, 2), (2, 2))") && Contains("((1, 1), (2, 2))"));
  CHECK_THROWS_WITH(ReLU(6, {.max_value = 5}), Contains("ReLU") && Contains("got 6 in front and .max_value = 5"));
  CHECK_THROWS_WITH(Softmax(1, {.axis = {1, 2}}), Contains("(1,)") && Contains("(1, 2)"));
  CHECK_THROWS_AS(BatchNormalization(1, {.axis = -1}), ValueError);
  CHECK_THROWS_AS(Embedding(10, 4, {.output_dim = 4}), ValueError);
  CHECK_THROWS_AS(MultiHeadAttention(2, 4, {.num_heads = 2}), ValueError);
}

TEST_CASE("the layer's own checks see what stands in front") {
  CHECK_THROWS_WITH(Dense(0), Contains("0 units"));
  CHECK_THROWS_WITH(Dense(-3), Contains("-3 units"));
  CHECK_THROWS_WITH(Dropout(1), Contains("rate 1"));
  CHECK_THROWS_WITH(Conv2D(8), Contains("kernel_size"));
  CHECK_THROWS_WITH(Conv2D(8, {3, 3, 3}), Contains("got 3 numbers; expected one or two"));
  CHECK_THROWS_AS(SGD(-1.), ValueError);
}

TEST_CASE("an Input of one axis is a number, and braces are shapes") {
  const std::size_t n = 7;
  CHECK(Input(4).shape() == Shape{-1, 4});
  CHECK(Input(n, {.name = "x"}).shape() == Shape{-1, 7});
  CHECK(Input({n}).shape() == Shape{-1, 7});
  CHECK(Input({32, 32}).shape() == Shape{-1, 32, 32});
  CHECK(Input({-1, -1, 3}).shape() == Shape{-1, -1, -1, 3});
  CHECK(Input({}).shape() == Shape{-1});
  CHECK(Input(-1, {.dtype = DType::int64}).shape() == Shape{-1, -1});
}

TEST_CASE("an Input in front of a Sequential's layers builds it at once") {
  const Sequential model({Input({8}), Dense(4, {.activation = "relu"}), Dense(2)});
  CHECK(model.weights().size() == 4);
  CHECK(model.input().shape() == Shape{-1, 8});
  CHECK(model.output().shape() == Shape{-1, 2});
  CHECK(model.layers().size() == 2);
  CHECK_THROWS_AS(model(ones({2, 7})), ShapeError);

  const Sequential words({Input(-1, {.dtype = DType::int64}), Embedding(9, 4), LSTM(3)});
  CHECK(words.input().dtype() == DType::int64);
  CHECK(words(tensor({{1, 2, 8}}, DType::int64)).shape() == Shape{1, 3});
  CHECK(words(tensor({{1, 2}}, DType::int64)).shape() == Shape{1, 3});

  const InputSymbol input = Input({3}, {.dtype = DType::float64, .name = "pixels"});
  const Sequential wide({input, Dense(2, {.dtype = DType::float64})});
  CHECK(wide.input().is_same(input));
  CHECK_THROWS_WITH(wide(ones({1, 2}, {.dtype = DType::float64})), Contains("'pixels'"));
  CHECK(Sequential({Input({5})}).output().shape() == Shape{-1, 5});
}

TEST_CASE("an Input is a Symbol like any other") {
  Symbol x = Input({4});
  const Model model(x, Dense(3)(x));
  auto y = Input({4});
  const Symbol input = y;
  y = Dense(3)(y);
  CHECK(Model(input, y)(ones({2, 4})).shape() == Shape{2, 3});
  CHECK_THROWS_WITH(Sequential({y, Dense(2)}), Contains("no Input any more") && Contains("'dense'"));
}

TEST_CASE("a layer in front that knows its input builds a Sequential at once") {
  const Symbol input = Input({-1}, {.dtype = DType::int64});
  const Model nested(input, Embedding(9, 4)(input));
  const Sequential around({nested, LSTM(3)});
  CHECK(around.input().dtype() == DType::int64);
  CHECK(around.weights().size() == 4);

  const Layer embedding = Embedding(9, 4), dense = Dense(3);
  embedding(tensor({{1, 2}}, DType::int64));
  dense(Input({6}));
  const Sequential from_values({embedding, Flatten(), Dense(2)});
  CHECK(from_values.input().dtype() == DType::int64);
  CHECK(from_values.output().shape() == Shape{-1, 2});
  const Sequential from_symbols({dense, Dense(2)});
  CHECK(from_symbols.weights().size() == 4);
  // The sizes that a layer was built for are no promise.
  CHECK(from_symbols(ones({2, 5, 6})).shape() == Shape{2, 5, 2});
  CHECK(Sequential({Dense(3), Dense(2)}).base().sublayers()[0].is_built() == false);
}
