// A transformer's encoder reads digits row by row: trained on 0 to 4, frozen, with a new head for 5 to 9.

#include <frost/frost.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

using namespace frost;

// Adds a vector to each step that says where it stands: attention itself does not know the order.
class Positions : public LayerBase {
 public:
  void build(const Shape& input) override { table_ = add_weight("table", {input[1], input[2]}, random_normal()); }
  Tensor call(const Tensor& x, const CallContext&) override { return x + table_; }

 private:
  Parameter table_;
};

// Every step attends to every other, then goes through a small network by itself.
Symbol encoder_block(const Symbol& x, std::int64_t width, std::int64_t heads, const std::string& name) {
  const Symbol seen = MultiHeadAttention(
      {.num_heads = heads, .key_dim = width / heads, .dropout = 0.1, .name = name + "_attention"})(x);
  const Symbol y = LayerNormalization({.epsilon = 1e-6, .name = name + "_norm_1"})(Add()({x, seen}));
  const Symbol hidden = Dense({.units = 2 * width, .activation = "gelu", .name = name + "_dense_1"})(y);
  const Symbol out = Dense({.units = width, .name = name + "_dense_2"})(hidden);
  return LayerNormalization({.epsilon = 1e-6, .name = name + "_norm_2"})(Add()({y, out}));
}

// The rows whose label is `first` to `first` + 4, numbered from 0.
Dataset choose(const Tensor& x, const Tensor& y, std::int64_t first) {
  std::vector<std::int64_t> rows;
  const auto labels = y.data<std::int64_t>();
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= first && labels[i] < first + 5) rows.push_back(static_cast<std::int64_t>(i));
  const Tensor chosen = from_vector(rows, {static_cast<std::int64_t>(rows.size())});
  return {gather_rows(x, chosen), gather_rows(y, chosen) - first};
}

void train(const Model& model, const Dataset& train, const Dataset& test, int epochs, double rate) {
  model.compile(
      {.optimizer = Adam({.learning_rate = rate}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(train.x, train.y, {.batch_size = 32, .epochs = epochs, .verbose = 0});
  std::printf("%2d epochs, test accuracy %.3f\n", epochs, model.evaluate(test.x, test.y)["accuracy"]);
}

int main(int argc, char** argv) {
  int epochs = 15;
  std::int64_t width = 32, heads = 4, blocks = 2;
  CLI::App app("Trains a transformer's encoder on the rows of the digits 0 to 4 and reuses it for 5 to 9.");
  app.option_defaults()->always_capture_default();
  app.add_option("--epochs", epochs, "Epochs of each training")->check(CLI::Range(1, 1000));
  app.add_option("--width", width, "Numbers a step")->check(CLI::Range(4, 1024));
  app.add_option("--heads", heads, "Heads of attention")->check(CLI::Range(1, 64));
  app.add_option("--blocks", blocks, "Blocks of the encoder")->check(CLI::Range(1, 12));
  CLI11_PARSE(app, argc, argv);
  try {
    seed(0);
    const Dataset digits = load_digits(FROST_DIGITS);
    const auto [x, y, x_test, y_test] = train_test_split(digits.x, digits.y, {.test_fraction = 0.2, .seed = 1});

    const Symbol rows = Input({8, 8});  // eight steps of eight pixels
    Symbol steps = layer<Positions>()(Dense({.units = width, .name = "embed"})(rows));
    for (std::int64_t i = 1; i <= blocks; ++i) steps = encoder_block(steps, width, heads, "block" + std::to_string(i));
    const Symbol features = GlobalAveragePooling1D({.name = "pool"})(steps);
    const Model model(rows, Dense({.units = 5, .activation = "softmax", .name = "low"})(features));
    model.summary();
    std::cout << "\nDigits 0 to 4:                  ";
    train(model, choose(x, y, 0), choose(x_test, y_test, 0), epochs, 2e-3);

    const Model tuned(rows, Dense({.units = 5, .activation = "softmax", .name = "high"})(features));
    const Dataset high = choose(x, y, 5), high_test = choose(x_test, y_test, 5);
    freeze(tuned, until("pool"));
    std::cout << "Digits 5 to 9, frozen encoder:  ";
    train(tuned, high, high_test, epochs, 2e-2);

    thaw(tuned, matching("block" + std::to_string(blocks) + "_*"));
    std::cout << "Digits 5 to 9, last block too:  ";
    train(tuned, high, high_test, epochs, 1e-3);

    freeze(tuned, everything());
    thaw(tuned, everything(), Freeze::biases);
    std::cout << "Digits 5 to 9, biases alone:    ";
    train(tuned, high, high_test, epochs, 1e-3);
    std::cout << '\n' << freeze_report(tuned) << '\n';
  } catch (const Error& error) {
    std::cerr << "transformer: " << error.what() << '\n';
    return 1;
  }
}
