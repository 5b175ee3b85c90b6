// A language model of characters: a GRU learns two sonnets, is frozen, and its new head learns another poem.

#include <frost/frost.hpp>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

using namespace frost;

// The characters of both poems, numbered.
struct Alphabet {
  std::string characters;
  explicit Alphabet(const std::string& text) {
    for (const char c : text)
      if (characters.find(c) == std::string::npos) characters += c;
  }
  std::int64_t size() const { return static_cast<std::int64_t>(characters.size()); }
  std::vector<std::int64_t> encode(const std::string& text) const {
    std::vector<std::int64_t> numbers;
    for (const char c : text) numbers.push_back(static_cast<std::int64_t>(characters.find(c)));
    return numbers;
  }
};

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw FileError("'" + path + "' cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every window of `steps` characters, and for each the window that begins a character later.
Dataset windows(const std::vector<std::int64_t>& text, std::int64_t steps) {
  std::vector<std::int64_t> x, y;
  const std::int64_t rows = static_cast<std::int64_t>(text.size()) - steps;
  for (std::int64_t row = 0; row < rows; ++row) {
    x.insert(x.end(), text.begin() + row, text.begin() + row + steps);
    y.insert(y.end(), text.begin() + row + 1, text.begin() + row + steps + 1);
  }
  return {from_vector(x, {rows, steps}), from_vector(y, {rows, steps})};
}

// Draws one character after another; a low temperature prefers what is likely.
std::string write(const Model& model, const Alphabet& alphabet, std::string text, int length, double temperature) {
  Generator random(1);
  for (int i = 0; i < length; ++i) {
    const std::vector<std::int64_t> seen = alphabet.encode(text);
    const Tensor probabilities = model.predict(from_vector(seen, {1, static_cast<std::int64_t>(seen.size())}))[0];
    const Tensor last = probabilities[probabilities.shape()[0] - 1];
    const Tensor cumulative = cumsum(softmax(log(last + 1e-9) * (1 / temperature)));
    const std::int64_t drawn = sum((cumulative < random.uniform({1}))).item<std::int64_t>();
    text += alphabet.characters[static_cast<std::size_t>(std::min(drawn, alphabet.size() - 1))];
  }
  return text;
}

void fit(const Model& model, const Dataset& data, int epochs, double learning_rate) {
  model.compile({.optimizer = Adam({.learning_rate = learning_rate}), .loss = "sparse_categorical_crossentropy"});
  const History history = model.fit(data.x, data.y, {.batch_size = 32, .epochs = epochs, .verbose = 0});
  const double loss = history["loss"].back();
  std::printf("%d epochs on %lld windows: loss %.3f, %.1f choices a character\n", epochs,
              static_cast<long long>(data.x.shape()[0]), loss, std::exp(loss));
}

int main(int argc, char** argv) {
  std::string sonnets = FROST_DATA "/sonnets.txt", tyger = FROST_DATA "/tyger.txt";
  int epochs = 20, length = 200;
  std::int64_t steps = 40, units = 64;
  double temperature = 0.5;
  CLI::App app("Trains a GRU on two sonnets, freezes it, and trains a new head on another poem.");
  app.option_defaults()->always_capture_default();
  app.add_option("--epochs", epochs, "Epochs of each training")->check(CLI::Range(1, 1000));
  app.add_option("--steps", steps, "Characters a window")->check(CLI::Range(1, 500));
  app.add_option("--units", units, "Units of the GRU")->check(CLI::Range(1, 1024));
  app.add_option("--length", length, "Characters to write")->check(CLI::Range(1, 10000));
  app.add_option("--temperature", temperature, "How freely")->check(CLI::Range(0.01, 10.));
  CLI11_PARSE(app, argc, argv);
  try {
    seed(0);
    const std::string first = read_text(sonnets), second = read_text(tyger);
    const Alphabet alphabet(first + second);
    const Symbol input = Input({-1}, {.dtype = DType::int64});
    const Symbol embedded = Embedding({.input_dim = alphabet.size(), .output_dim = 16})(input);
    const Symbol states = GRU({.units = units, .return_sequences = true})(embedded);
    const Model model(input, Dense({.units = alphabet.size(), .activation = "softmax"})(states));
    model.summary();
    std::cout << "\nThe sonnets: ";
    fit(model, windows(alphabet.encode(first), steps), epochs, 0.005);
    std::cout << write(model, alphabet, "Shall I compare", length, temperature) << "\n\n";

    const Model tuned(input, Dense({.units = alphabet.size(), .activation = "softmax", .name = "head"})(states));
    freeze(tuned, until("gru"));
    std::cout << "The tyger, with the GRU frozen: ";
    fit(tuned, windows(alphabet.encode(second), steps), epochs, 0.005);
    std::cout << write(tuned, alphabet, "Tyger", length, temperature) << "\n\n" << freeze_report(tuned) << '\n';
  } catch (const Error& error) {
    std::cerr << "char_language_model: " << error.what() << '\n';
    return 1;
  }
}
