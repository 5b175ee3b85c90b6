#include "../freezing/support.hpp"

#include <algorithm>
#include <cmath>
#include <set>

using namespace frost;
using namespace freezing_test;
using Catch::Matchers::Contains;

namespace {

std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const Layer& layer : model.layers()) names.push_back(layer.name());
  return names;
}
bool has_run(const std::vector<std::string>& names, const std::vector<std::string>& run) {
  return std::search(names.begin(), names.end(), run.begin(), run.end()) != names.end();
}
// The names of the weights that differ from what they were.
std::set<std::string> changed(const Model& model, const Tensors& before) {
  std::set<std::string> names;
  const Parameters weights = model.weights();
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!same_bits(weights[i].detach(), before[i])) names.insert(weights[i].name());
  return names;
}
std::set<std::string> names_of_weights(const Model& model) {
  std::set<std::string> names;
  for (const Parameter& w : model.weights()) names.insert(w.name());
  return names;
}
Tensor images(std::int64_t rows, std::int64_t size) {
  Generator random(9);
  return random.normal({rows, size, size, 3});
}
void train_images(const Model& model, std::int64_t size, std::int64_t classes) {
  const Tensor x = images(4, size), y = tensor({0, 1, 2, 0}, DType::int64);
  REQUIRE(classes >= 3);
  const Adam adam({.learning_rate = 1e-3});
  adam.add(model.weights());
  for (int step = 0; step < 3; ++step) {
    adam.zero_grad();
    sparse_categorical_crossentropy(y, model(x, {.training = true})).backward();
    adam.step();
  }
}

}  // namespace

TEST_CASE("alexnet is the network of 2012 with its 60,965,224 weights") {
  const Model net = alexnet();
  CHECK(net.count_params() == 60965224);
  CHECK(net.name() == "alexnet");
  CHECK(net.input().shape() == Shape{-1, 227, 227, 3});
  CHECK(net.output().shape() == Shape{-1, 1000});
  CHECK(names_of(net) == std::vector<std::string>{"input_1", "conv1", "relu1", "norm1", "pool1",   "conv2",
                                                  "relu2",   "norm2", "pool2", "conv3", "relu3",   "conv4",
                                                  "relu4",   "conv5", "relu5", "pool5", "flatten", "fc6",
                                                  "relu6",   "drop6", "fc7",   "relu7", "drop7",   "fc8"});
  const auto kernel = [&](const char* layer) { return net.get_layer(layer).weights()[0].shape(); };
  CHECK(kernel("conv1") == Shape{11, 11, 3, 96});
  CHECK(kernel("conv2") == Shape{5, 5, 48, 256});
  CHECK(kernel("conv3") == Shape{3, 3, 256, 384});
  CHECK(kernel("conv4") == Shape{3, 3, 192, 384});
  CHECK(kernel("conv5") == Shape{3, 3, 192, 256});
  CHECK(kernel("fc6") == Shape{9216, 4096});
  CHECK(net.get_layer("pool1").output().shape() == Shape{-1, 27, 27, 96});
  CHECK(net.get_layer("pool2").output().shape() == Shape{-1, 13, 13, 256});
  CHECK(net.get_layer("pool5").output().shape() == Shape{-1, 6, 6, 256});
  const Config norm = net.get_layer("norm2").config();
  CHECK(norm.at("depth_radius").integer() == 2);
  CHECK(norm.at("bias").number() == 2);
  CHECK(norm.at("alpha").number() == 1e-4);
  CHECK(norm.at("beta").number() == 0.75);
  CHECK(net.get_layer("drop7").config().at("rate").number() == 0.5);
}

TEST_CASE("alexnet scales its channels, and leaves its top away") {
  const Model narrow = alexnet({.width = 0.25, .classes = 10});
  CHECK(narrow.get_layer("conv1").weights()[0].shape() == Shape{11, 11, 3, 24});
  CHECK(narrow.get_layer("conv4").weights()[0].shape() == Shape{3, 3, 48, 96});
  CHECK(narrow.get_layer("fc7").weights()[0].shape() == Shape{1024, 1024});
  CHECK(narrow.output().shape() == Shape{-1, 10});
  const Model features = alexnet({.input_shape = {-1, -1, 1}, .width = 0.05, .include_top = false, .name = "trunk"});
  CHECK(features.name() == "trunk");
  CHECK(features.output().shape() == Shape{-1, -1, -1, 12});
  CHECK(features.layers().back().name() == "pool5");
}

TEST_CASE("in alexnet exactly the frozen weights of conv1 and conv2 stay as they are, to the bit") {
  const std::pair<Freeze, std::set<std::string>> modes[] = {
      {Freeze::both, {"conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias"}},
      {Freeze::weights, {"conv1/kernel", "conv2/kernel"}},
      {Freeze::biases, {"conv1/bias", "conv2/bias"}}};
  for (const auto& [what, frozen] : modes) {
    seed(6);
    const Model net = alexnet({.input_shape = {67, 67, 3}, .width = 0.1, .classes = 3});
    const FreezeResult result = freeze_weights(net, {"conv1", "conv2"}, what);
    CHECK(result.tensors == static_cast<std::int64_t>(frozen.size()));
    const Tensors before = net.get_weights();
    train_images(net, 67, 3);
    std::set<std::string> expected = names_of_weights(net);
    for (const std::string& name : frozen) expected.erase(name);
    CHECK(changed(net, before) == expected);
  }
}

TEST_CASE("mobilenet_v2 has Keras' layers, shapes and numbers of weights") {
  const Model net = mobilenet_v2();
  CHECK(net.count_params() == 3538984);
  CHECK(elements(net.trainable_weights()) == 3504872);
  const std::vector<std::string> names = names_of(net);
  CHECK(names.size() == 156);
  CHECK(has_run(names,
                {"input_1", "Conv1", "bn_Conv1", "Conv1_relu", "expanded_conv_depthwise", "expanded_conv_depthwise_BN",
                 "expanded_conv_depthwise_relu", "expanded_conv_project", "expanded_conv_project_BN", "block_1_expand",
                 "block_1_expand_BN", "block_1_expand_relu", "block_1_pad", "block_1_depthwise", "block_1_depthwise_BN",
                 "block_1_depthwise_relu", "block_1_project", "block_1_project_BN", "block_2_expand"}));
  CHECK(has_run(names, {"block_2_project_BN", "block_2_add", "block_3_expand"}));
  CHECK(has_run(names,
                {"block_16_project_BN", "Conv_1", "Conv_1_bn", "out_relu", "global_average_pooling2d", "predictions"}));
  CHECK(net.get_layer("block_1_depthwise").output().shape() == Shape{-1, 56, 56, 96});
  CHECK(net.get_layer("out_relu").output().shape() == Shape{-1, 7, 7, 1280});
  CHECK(net.get_layer("block_1_depthwise").weights()[0].name() == "block_1_depthwise/depthwise_kernel");
  CHECK(net.get_layer("block_1_depthwise").weights()[0].shape() == Shape{3, 3, 96, 1});
  CHECK(mobilenet_v2({.include_top = false}).count_params() == 2257984);
}

TEST_CASE("mobilenet_v2's width makes multiples of 8, and never narrows the last convolution") {
  // Keras' numbers for these alphas.
  CHECK(mobilenet_v2({.width = 0.5}).count_params() == 1987224);
  CHECK(mobilenet_v2({.width = 0.75}).count_params() == 2663064);
  CHECK(mobilenet_v2({.width = 1.4}).count_params() == 6156712);
  CHECK(mobilenet_v2({.width = 0.35}).get_layer("out_relu").output().shape().back() == 1280);
}

TEST_CASE("mobilenet_v2 takes any size where it is unknown, and pads odd and even ones as Keras does") {
  const Model net = mobilenet_v2({.input_shape = {-1, -1, 3}, .width = 0.35, .include_top = false});
  CHECK(net.output().shape() == Shape{-1, -1, -1, 1280});
  const Model odd = mobilenet_v2({.input_shape = {65, 65, 3}, .width = 0.35, .include_top = false});
  CHECK(odd.get_layer("block_1_pad").output().shape() == Shape{-1, 35, 35, 48});
  CHECK(odd.output().shape() == Shape{-1, 3, 3, 1280});
}

TEST_CASE("resnet has the published numbers of weights, and Keras' layers") {
  const Model net = resnet(50);
  CHECK(net.count_params() == 25636712);
  CHECK(elements(net.trainable_weights()) == 25583592);
  const std::vector<std::string> names = names_of(net);
  CHECK(names.size() == 177);
  CHECK(has_run(names, {"input_1", "conv1_pad", "conv1_conv", "conv1_bn", "conv1_relu", "pool1_pad", "pool1_pool",
                        "conv2_block1_1_conv", "conv2_block1_1_bn", "conv2_block1_1_relu", "conv2_block1_2_conv",
                        "conv2_block1_2_bn", "conv2_block1_2_relu", "conv2_block1_0_conv", "conv2_block1_3_conv",
                        "conv2_block1_0_bn", "conv2_block1_3_bn", "conv2_block1_add", "conv2_block1_out"}));
  CHECK(has_run(names, {"conv5_block3_add", "conv5_block3_out", "avg_pool", "predictions"}));
  CHECK(net.get_layer("conv2_block1_out").type() == "Activation");
  CHECK(net.get_layer("conv5_block3_out").output().shape() == Shape{-1, 7, 7, 2048});
  CHECK(resnet(50, {.include_top = false}).count_params() == 23587712);
  CHECK(resnet(18).count_params() == 11699112);
  CHECK(resnet(34).count_params() == 21814696);
  CHECK(resnet(18).name() == "resnet18");
}

TEST_CASE("deep resnets have the published numbers of weights", "[slow]") {
  CHECK(resnet(101).count_params() == 44707176);
  CHECK(resnet(152).count_params() == 60419944);
}

TEST_CASE("narrow networks train, but for what is frozen") {
  const auto check = [](const Model& net, const std::string& glob) {
    freeze(net, matching(glob));
    std::set<std::string> frozen;
    for (const Layer& layer : net.layers())
      if (!layer.trainable())
        for (const Parameter& w : layer.weights()) frozen.insert(w.name());
    REQUIRE_FALSE(frozen.empty());
    const Tensors before = net.get_weights();
    train_images(net, 33, 3);
    const std::set<std::string> moved = changed(net, before);
    for (const std::string& name : frozen) CHECK(moved.count(name) == 0);
    CHECK(moved.count("predictions/kernel") == 1);
    CHECK(moved.size() > names_of_weights(net).size() / 2);
  };
  seed(2);
  check(mobilenet_v2({.input_shape = {33, 33, 3}, .width = 0.1, .classes = 3}), "block_1_*");
  check(resnet(18, {.input_shape = {33, 33, 3}, .width = 0.1, .classes = 3}), "conv2_*");
  check(resnet(50, {.input_shape = {33, 33, 3}, .width = 0.05, .classes = 3}), "conv2_*");
}

TEST_CASE("networks are refused with the option that is out of range") {
  CHECK_THROWS_WITH(alexnet({.width = 0}), Contains("alexnet: got width 0"));
  CHECK_THROWS_WITH(mobilenet_v2({.width = -1}), Contains("mobilenet_v2: got width -1"));
  CHECK_THROWS_WITH(mobilenet_v2({.width = 1e18}), Contains("mobilenet_v2: got width 1e+18"));
  CHECK_THROWS_WITH(alexnet({.width = 1e300}), Contains("alexnet: got width 1e+300"));
  CHECK_THROWS_WITH(resnet(50, {.width = 1e10}), Contains("resnet: got width"));
  CHECK_THROWS_AS(resnet(18, {.width = std::nan("")}), ValueError);
  CHECK_THROWS_AS(alexnet({.width = HUGE_VAL}), ValueError);
  CHECK_THROWS_WITH(resnet(50, {.classes = 0}), Contains("resnet: got 0 classes"));
  CHECK_THROWS_WITH(resnet(20), Contains("resnet: got depth 20") && Contains("18, 34, 50"));
  CHECK_THROWS_WITH(alexnet({.input_shape = {227, 227}}), Contains("(227, 227)") && Contains("height, width"));
  CHECK_THROWS_AS(alexnet({.input_shape = {20, 20, 3}}), ShapeError);
}
