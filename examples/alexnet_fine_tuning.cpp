// A narrow AlexNet learns five kinds of clothes; its convolutions, frozen, serve the other five.

#include <frost/frost.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

using namespace frost;

constexpr std::int64_t side = 84;  // what the network's strides leave something of

// The pictures of the classes `first` to `first` + 4, three times as large, (N, 84, 84, 1).
Dataset choose(const Tensor& images, const Tensor& labels, std::int64_t first) {
  std::vector<std::int64_t> rows;
  const auto values = labels.data<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] >= first && values[i] < first + 5) rows.push_back(static_cast<std::int64_t>(i));
  const Tensor chosen = from_vector(rows, {static_cast<std::int64_t>(rows.size())});
  const Tensor large = repeat(repeat(gather_rows(images, chosen), 3, 1), 3, 2);
  return {expand_dims(large, 3), gather_rows(labels, chosen) - first};
}

void train(const Model& model, const Dataset& train, const Dataset& test, int epochs, double rate) {
  model.compile(
      {.optimizer = Adam({.learning_rate = rate}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(train.x, train.y, {.batch_size = 32, .epochs = epochs, .verbose = 2, .validation_data = {test.x, test.y}});
  std::printf("Test accuracy: %.3f\n", model.evaluate(test.x, test.y)["accuracy"]);
}

int main(int argc, char** argv) {
  std::string folder;
  std::int64_t rows = 4000;
  int epochs = 4;
  double width = 0.125;
  CLI::App app("Trains a narrow AlexNet on Fashion-MNIST's classes 0 to 4, freezes it, fine-tunes it on 5 to 9.");
  app.option_defaults()->always_capture_default();
  app.add_option("--data", folder, "The folder of Fashion-MNIST; empty: Debian's");
  app.add_option("--rows", rows, "Pictures to train on, and to test with")->check(CLI::Range(50, 60000));
  app.add_option("--epochs", epochs, "Epochs of each training")->check(CLI::Range(1, 1000));
  app.add_option("--width", width, "What the numbers of channels are multiplied by")->check(CLI::Range(0.01, 1.));
  CLI11_PARSE(app, argc, argv);
  try {
    seed(0);
    TrainTestSplit data;
    try {
      data = load_fashion_mnist({.folder = folder, .max_rows = rows});
    } catch (const FileError& error) {
      std::cout << "alexnet_fine_tuning: nothing to learn from: " << error.what() << '\n';
      return 0;
    }
    const Model net = alexnet({.input_shape = {side, side, 1}, .width = width, .classes = 5});
    std::cout << "1. Classes 0 to 4, all " << net.count_params() << " weights\n\n";
    train(net, choose(data.x_train, data.y_train, 0), choose(data.x_test, data.y_test, 0), epochs, 1e-3);

    std::cout << "\n2. Classes 5 to 9: a new head, the convolutions frozen\n\n";
    const Symbol features = net.get_layer("drop7").output();
    const Model tuned(net.input(), Dense({.units = 5, .activation = "softmax", .name = "head"})(features));
    const FreezeResult frozen = freeze(tuned, until("pool5"));
    std::cout << "frozen: " << frozen.tensors << " tensors of " << frozen.elements << " elements\n\n";
    const Dataset high = choose(data.x_train, data.y_train, 5), high_test = choose(data.x_test, data.y_test, 5);
    train(tuned, high, high_test, epochs, 1e-3);

    std::cout << "\n3. The last convolution too, at a tenth of the learning rate\n\n";
    thaw(tuned, named("conv5"));
    train(tuned, high, high_test, epochs, 1e-4);
    std::cout << '\n' << freeze_report(tuned) << '\n';
  } catch (const Error& error) {
    std::cerr << "alexnet_fine_tuning: " << error.what() << '\n';
    return 1;
  }
}
