// A convolutional autoencoder of pictures of clothes. Its encoder, frozen, then serves a classifier with few labels.

#include <frost/frost.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

using namespace frost;

// (N, 28, 28) → (N, 28, 28, 1)
Tensor with_channel(const Tensor& images) { return expand_dims(images, 3); }

// Squares the size twice: 28×28 pixels become 7×7×8 numbers, half as many.
Symbol encode(const Symbol& image) {
  Symbol x = Conv2D(
      {.filters = 16, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu", .name = "halve"})(image);
  return Conv2D(
      {.filters = 8, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu", .name = "code"})(x);
}
Symbol decode(const Symbol& code) {
  Symbol x =
      Conv2DTranspose({.filters = 16, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu"})(code);
  return Conv2DTranspose({.filters = 1, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "sigmoid"})(x);
}

// Two pictures side by side, dark where there is much.
void print(const Tensor& left, const Tensor& right) {
  for (std::int64_t y = 0; y < 28; y += 2) {
    for (const Tensor& image : {left, right}) {
      const Tensor row = image[y].reshape({-1});
      for (std::int64_t x = 0; x < 28; ++x) {
        const auto shade = static_cast<std::size_t>(row[x].item<float>() * 4.99f);
        std::cout << " .:*#"[std::min<std::size_t>(shade, 4)];
      }
      std::cout << "    ";
    }
    std::cout << '\n';
  }
}

double classify(const Model& encoder, bool is_frozen, const TrainTestSplit& data, std::int64_t labels, int epochs) {
  encoder.set_trainable(!is_frozen);
  const Symbol features = Flatten()(encoder.output());
  const Model model(encoder.input(), Dense({.units = 10, .activation = "softmax"})(features));
  model.compile(
      {.optimizer = Adam({.learning_rate = 3e-3}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(with_channel(data.x_train.slice(0, 0, labels)), data.y_train.slice(0, 0, labels),
            {.batch_size = 32, .epochs = epochs, .verbose = 0});
  return model.evaluate(with_channel(data.x_test), data.y_test)["accuracy"];
}

int main(int argc, char** argv) {
  std::string folder;
  std::int64_t rows = 10000, labels = 500;
  int epochs = 5;
  CLI::App app("Trains a convolutional autoencoder on Fashion-MNIST and classifies with its frozen encoder.");
  app.option_defaults()->always_capture_default();
  app.add_option("--data", folder, "The folder of Fashion-MNIST; empty: Debian's");
  app.add_option("--rows", rows, "Pictures to train on, and to test with")->check(CLI::Range(10, 60000));
  app.add_option("--labels", labels, "Labelled pictures for the classifier")->check(CLI::Range(10, 60000));
  app.add_option("--epochs", epochs, "Epochs of the autoencoder; the classifiers have ten times as many")
      ->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  try {
    seed(0);
    TrainTestSplit data;
    try {
      data = load_fashion_mnist({.folder = folder, .max_rows = rows});
    } catch (const FileError& error) {
      std::cout << "autoencoder: nothing to learn from: " << error.what() << '\n';
      return 0;
    }
    const Symbol image = Input({28, 28, 1}), code = encode(image);
    const Model autoencoder(image, decode(code)), encoder(image, code);
    autoencoder.summary();
    autoencoder.compile({.optimizer = Adam({.learning_rate = 3e-3}), .loss = "mean_squared_error"});
    const Tensor x = with_channel(data.x_train), x_test = with_channel(data.x_test);
    autoencoder.fit(x, x, {.batch_size = 64, .epochs = epochs, .verbose = 2, .validation_data = {x_test, x_test}});
    const Tensor again = autoencoder.predict(x_test.slice(0, 0, 1));
    std::cout << "\nA picture, and what its code of 7×7×8 numbers gives back:\n";
    print(data.x_test[0], again[0]);

    const std::int64_t used = std::min(labels, data.x_train.shape()[0]);
    std::printf("\nClassifiers from %lld labels, test accuracy:\n", static_cast<long long>(used));
    const Symbol fresh_image = Input({28, 28, 1});
    const Model fresh(fresh_image, encode(fresh_image));
    std::printf("  on the frozen encoder   %.3f\n", classify(encoder, true, data, used, 10 * epochs));
    std::printf("  fine-tuning it          %.3f\n", classify(encoder, false, data, used, 10 * epochs));
    std::printf("  from scratch            %.3f\n", classify(fresh, false, data, used, 10 * epochs));
  } catch (const Error& error) {
    std::cerr << "autoencoder: " << error.what() << '\n';
    return 1;
  }
}
