// Transfer learning: a network learns to read the digits 0 to 4, is frozen, gets a new head and learns 5 to 9. With
// --dataset fashion-mnist the classes are kinds of clothes.
//
//   1. train     two LSTMs and a softmax on the classes 0 to 4
//   2. freeze    the LSTMs, in two ways, and see them leave the tape
//   3. reuse     replace the head, train it alone, then fine-tune the last LSTM
//   4. compare   with training from scratch, and with LSTMs that never learned anything
//
// Each function below is one of these steps; main() at the end calls them in order.

#include <frost/frost.hpp>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>

using namespace frost;

struct Settings {
  std::string dataset = "digits";
  std::string data;  // a file of digits, or a folder; empty: the project's, or Debian's
  std::string history;
  std::uint64_t split = 1;
  int seeds = 1;
  int epochs = 10;
  int epochs_with_few = 50;
  double learning_rate = 1e-3;
  std::int64_t batch_size = 32;
  std::int64_t rows = 0;

  const char* classes_name() const { return dataset == "digits" ? "digits" : "classes"; }
  std::string file_of(const char* history_name) const { return dataset + "_" + history_name; }
};

constexpr std::int64_t classes = 5;
constexpr std::int64_t labels_when_few = 10;

// ---- the data

struct Task {
  Dataset train;
  Dataset test;
};

// Every pixel four times in both directions: 32 steps of 32 values, which is what an LSTM reads.
Tensor to_sequences(const Tensor& images) { return repeat(repeat(images, 4, 1), 4, 2); }  // (N, 8, 8) → (N, 32, 32)

// The rows of the classes `first`, `first` + 1, …, at most so many a class; they are numbered from 0.
Dataset choose(const Tensor& x, const Tensor& y, std::int64_t first,
               std::int64_t at_most = std::numeric_limits<std::int64_t>::max()) {
  std::vector<std::int64_t> rows;
  std::map<std::int64_t, std::int64_t> taken;
  const std::span<const std::int64_t> labels = y.data<std::int64_t>();
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const bool is_ours = labels[row] >= first && labels[row] < first + classes;
    if (is_ours && taken[labels[row]]++ < at_most) rows.push_back(static_cast<std::int64_t>(row));
  }
  const Tensor chosen = from_vector(rows, {static_cast<std::int64_t>(rows.size())});
  return {gather_rows(x, chosen), gather_rows(y, chosen) - first};
}

// 28 rows of 28 pixels, two empty ones on each side.
Tensor framed(const Tensor& images) { return pad(images, {.pad_width = {{0, 0}, {2, 2}, {2, 2}}}); }

// Neighbouring rows of the digits' file are by the same hand: they are shuffled before they are split.
TrainTestSplit read_images(const Settings& settings) {
  if (settings.dataset == "fashion-mnist") {
    const TrainTestSplit clothes = load_fashion_mnist({.folder = settings.data, .max_rows = settings.rows});
    return {framed(clothes.x_train), clothes.y_train, framed(clothes.x_test), clothes.y_test};
  }
  const Dataset digits = load_digits(settings.data.empty() ? FROST_DIGITS : settings.data);
  return train_test_split(to_sequences(digits.x), digits.y, {.test_fraction = 0.2, .seed = settings.split});
}

Task classes_from(const TrainTestSplit& all, std::int64_t first) {
  return {choose(all.x_train, all.y_train, first), choose(all.x_test, all.y_test, first)};
}

Task with_few_labels(const Task& task) { return {choose(task.train.x, task.train.y, 0, labels_when_few), task.test}; }

// ---- models

Model make_model() {
  Symbol input = Input({32, 32});
  Symbol layer1 = LSTM({.units = 32, .return_sequences = true})(input);
  Symbol layer2 = LSTM({.units = 32, .return_sequences = true})(layer1);
  Symbol x = Flatten()(layer2);
  Symbol dense1 = Dense({.units = classes, .name = "dense1"})(x);
  Symbol probabilities = Activation("softmax")(dense1);
  Symbol output = Reshape({classes})(probabilities);
  return Model(input, output);
}

// A model that shares the layers up to "flatten" and ends in a new classifier.
Model replace_head(const Model& model) {
  Symbol features = model.get_layer("flatten").output();
  return Model(model.input(), Dense({.units = classes, .activation = "softmax", .name = "dense2"})(features));
}

// Another model of the same weights, to go on from a trained one without touching it.
Model copy_of(const Tensors& weights) {
  Model model = make_model();
  model.set_weights(weights);
  return model;
}

void compile(const Model& model, double learning_rate) {
  model.compile({.optimizer = Adam({.learning_rate = learning_rate}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
}

double test_accuracy(const Model& model, const Task& task) {
  return model.evaluate(task.test.x, task.test.y)["accuracy"];
}

std::int64_t count_trainable(const Model& model) {
  std::int64_t count = 0;
  for (const Parameter& weight : model.trainable_weights()) count += weight.size();
  return count;
}

void save(const History& history, const Settings& settings, const std::string& name) {
  std::filesystem::create_directories(settings.history);
  const std::string path = settings.history + "/" + name + ".csv";
  history.save_csv(path);
  std::cout << "The history is in " << path << '\n';
}

// ---- 1. train

Model train(const Task& task, const Settings& settings) {
  std::cout << "\n1. Train on the " << settings.classes_name() << " 0 to 4\n\n";
  Model model = make_model();
  model.summary();
  compile(model, settings.learning_rate);

  std::cout << '\n';
  const History history = model.fit(task.train.x, task.train.y,
                                    {.batch_size = settings.batch_size,
                                     .epochs = settings.epochs,
                                     .verbose = 2,
                                     .validation_data = {task.test.x, task.test.y}});
  std::printf("Test accuracy: %.3f\n", test_accuracy(model, task));
  save(history, settings, settings.file_of("0_to_4"));
  return model;
}

// ---- 2. freeze

// What a training step of this model puts on the tape.
void print_tape(const char* when, const Model& model, const Tensor& x) {
  const Tensor output = model(x, {.training = true});
  const TapeStats tape = tape_stats(output);
  std::printf("%-22s %2lld nodes, %7lld bytes saved:", when, static_cast<long long>(tape.nodes),
              static_cast<long long>(tape.saved_bytes));
  for (const auto& [name, count] : tape.ops) std::printf(" %lld %s", static_cast<long long>(count), name.c_str());
  std::printf("\n");
}

void print_trainable(const Model& model) {
  for (const Layer& layer : model.layers())
    std::printf("  %-12s %s\n", layer.name().c_str(), layer.trainable() ? "trainable" : "frozen");
}

void freeze_lstms(const Model& model, const Tensor& x) {
  std::cout << "\n2. Freeze all but the last three layers\n\n";
  const Tensor batch = x.slice(0, 0, 32);
  print_tape("Everything trainable:", model, batch);

  std::cout << "\nWay one, by iterating over the layers:\n";
  for (Layer layer : model.layers(0, -3)) layer.set_trainable(false);
  print_trainable(model);
  print_tape("LSTMs frozen:", model, batch);

  model.set_trainable(true);

  std::cout << "\nWay two, by name:\n";
  for (const char* name : {"lstm", "lstm_1"}) model.get_layer(name).set_trainable(false);
  print_trainable(model);
  print_tape("LSTMs frozen:", model, batch);

  std::cout << '\n';
  model.summary();
}

// ---- 3. reuse

void reuse(const Model& trained, const Task& task, const Settings& settings) {
  std::cout << "\n3. A new head for the " << settings.classes_name() << " 5 to 9\n\n";
  Model model = replace_head(trained);  // its LSTMs are the trained ones, frozen above
  compile(model, settings.learning_rate);
  const History head = model.fit(task.train.x, task.train.y,
                                 {.batch_size = settings.batch_size,
                                  .epochs = settings.epochs,
                                  .verbose = 2,
                                  .validation_data = {task.test.x, task.test.y}});
  std::printf("Test accuracy with frozen LSTMs: %.3f\n", test_accuracy(model, task));
  save(head, settings, settings.file_of("5_to_9_head"));

  std::cout << "\nThaw lstm_1 and fine-tune at a tenth of the learning rate\n\n";
  model.get_layer("lstm_1").set_trainable(true);
  model.summary();
  std::cout << '\n';
  compile(model, settings.learning_rate / 10);
  const History tuning = model.fit(task.train.x, task.train.y,
                                   {.batch_size = settings.batch_size,
                                    .epochs = settings.epochs,
                                    .verbose = 2,
                                    .validation_data = {task.test.x, task.test.y}});
  std::printf("Test accuracy, fine-tuned: %.3f\n", test_accuracy(model, task));
  save(tuning, settings, settings.file_of("5_to_9_fine_tuned"));
}

// ---- 4. compare

struct Result {
  std::int64_t trainable = 0;
  double seconds = 0;  // an epoch
  double accuracy = 0;
};

Result measure(const Model& model, const Task& task, const Settings& settings, double learning_rate, int epochs) {
  compile(model, learning_rate);
  const auto start = std::chrono::steady_clock::now();
  model.fit(task.train.x, task.train.y, {.batch_size = settings.batch_size, .epochs = epochs, .verbose = 0});
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {count_trainable(model), spent.count() / epochs, test_accuracy(model, task)};
}

constexpr std::array ways = {"from scratch", "random LSTMs, frozen", "pre-trained LSTMs, frozen",
                             "fine-tuned: lstm_1 thawed"};
using Results = std::array<Result, ways.size()>;

// All four ways get the same number of epochs; fine-tuning is the second half of its own.
Results compare_ways(const Tensors& trained, const Task& task, const Settings& settings, int epochs) {
  const double rate = settings.learning_rate;

  const Model scratch = replace_head(make_model());

  const Model random = replace_head(make_model());
  freeze(random, until("flatten"));

  const Model frozen = replace_head(copy_of(trained));
  freeze(frozen, until("flatten"));

  const Model tuned = replace_head(copy_of(trained));
  freeze(tuned, until("flatten"));
  measure(tuned, task, settings, rate, epochs - epochs / 2);
  thaw(tuned, named("lstm_1"));

  return {measure(scratch, task, settings, rate, epochs), measure(random, task, settings, rate, epochs),
          measure(frozen, task, settings, rate, epochs), measure(tuned, task, settings, rate / 10, epochs / 2)};
}

void add(Results& sum, const Results& results) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i].trainable = results[i].trainable;
    sum[i].seconds += results[i].seconds;
    sum[i].accuracy += results[i].accuracy;
  }
}

void print_table(const Results& all, const Results& few, int seeds) {
  std::printf("%27s  %9s  %20s  %20s\n", "", "trainable", "all labels", "ten labels a class");
  std::printf("%-27s  %9s  %10s %9s  %10s %9s\n", "", "weights", "ms/epoch", "accuracy", "ms/epoch", "accuracy");
  for (std::size_t i = 0; i < ways.size(); ++i)
    std::printf("%-27s  %9lld  %10.1f %9.3f  %10.1f %9.3f\n", ways[i], static_cast<long long>(all[i].trainable),
                1e3 * all[i].seconds / seeds, all[i].accuracy / seeds, 1e3 * few[i].seconds / seeds,
                few[i].accuracy / seeds);
}

void compare(const TrainTestSplit& images, const Settings& settings) {
  const Task task = classes_from(images, 5);
  const Task small_task = with_few_labels(task);
  std::printf("\n4. Compare on the %s 5 to 9, %d epochs with all %lld labels, %d with ten a class; seeds: %d\n\n",
              settings.classes_name(), settings.epochs, static_cast<long long>(task.train.y.size()),
              settings.epochs_with_few, settings.seeds);
  Results all{}, few{};
  for (int s = 0; s < settings.seeds; ++s) {
    seed(static_cast<std::uint64_t>(s));
    const Model model = make_model();
    measure(model, classes_from(images, 0), settings, settings.learning_rate, settings.epochs);
    const Tensors trained = model.get_weights();
    add(all, compare_ways(trained, task, settings, settings.epochs));
    add(few, compare_ways(trained, small_task, settings, settings.epochs_with_few));
  }
  print_table(all, few, settings.seeds);
  std::printf("\nWhat frozen layers give is computed once in a training, not once an epoch.\n");
  std::printf("With ten labels a class, which ones they are counts for more than the way: see --split.\n");
}

int main(int argc, char** argv) {
  Settings settings;
  settings.history = (std::filesystem::path(argv[0]).parent_path() / "transfer_learning_history").string();

  CLI::App app("Trains two LSTMs on the classes 0 to 4 and reuses them, frozen, for the classes 5 to 9.");
  app.option_defaults()->always_capture_default();
  app.add_option("--dataset", settings.dataset, "What to read")->check(CLI::IsMember({"digits", "fashion-mnist"}));
  app.add_option("--data", settings.data, "The file of digits, or the folder of Fashion-MNIST; empty: as installed");
  app.add_option("--rows", settings.rows, "So many rows of each set of Fashion-MNIST; 0: all")
      ->check(CLI::Range(0, 60000));
  app.add_option("--history", settings.history, "The folder for histories, as CSV");
  app.add_option("--split", settings.split, "The seed that parts the rows into training and test set");
  app.add_option("--seeds", settings.seeds, "The table's figures are means over so many seeds of the weights")
      ->check(CLI::Range(1, 100));
  app.add_option("--epochs", settings.epochs, "Epochs of each training")->check(CLI::Range(2, 1000));
  app.add_option("--epochs-with-few", settings.epochs_with_few, "The same with ten labels a class")
      ->check(CLI::Range(2, 1000));
  app.add_option("--learning-rate", settings.learning_rate, "Adam's learning rate");
  app.add_option("--batch-size", settings.batch_size, "Rows a step");
  CLI11_PARSE(app, argc, argv);

  try {
    seed(0);
    const TrainTestSplit images = read_images(settings);
    const Model model = train(classes_from(images, 0), settings);
    freeze_lstms(model, images.x_train);
    reuse(model, classes_from(images, 5), settings);
    compare(images, settings);
  } catch (const frost::Error& error) {
    std::cerr << "transfer_learning: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
