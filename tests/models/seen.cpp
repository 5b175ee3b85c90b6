#include "models/support.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <sstream>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// What is printed for people: on terminals of any width, and elsewhere.

namespace {

// What `action` writes to standard output while that is a terminal of so many columns.
template <class Action>
std::string on_terminal(unsigned short columns, const Action& action) {
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 24;
  int master = -1, slave = -1;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  ::fcntl(master, F_SETFL, ::fcntl(master, F_GETFL) | O_NONBLOCK);
  ::unsetenv("COLUMNS");
  std::cout.flush();
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(slave, STDOUT_FILENO);
  action();
  std::cout.flush();
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(master, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(slave);
  ::close(master);
  return text;
}

// The widest line, in characters; what is written over begins anew.
std::size_t widest(const std::string& text) {
  std::size_t most = 0, now = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r')
      now = 0;
    else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
      most = std::max(most, ++now);
  }
  return most;
}
std::string summary(const Model& model, const SummaryOptions& options = {}) {
  std::ostringstream out;
  model.summary(out, options);
  return out.str();
}
Model branched() {
  const Symbol input = Input({8});
  const Symbol a = Dense({.units = 4, .name = "left"})(input), b = Dense({.units = 4, .name = "right"})(input);
  return Model(input, Dense({.units = 1, .name = "out"})(Add({.name = "both"})({a, b})));
}
Model with_metrics() {
  const Symbol input = Input({2});
  const Model model(input, Dense({.units = 1})(input));
  model.compile(
      {.optimizer = SGD(), .loss = "mse", .metrics = {"mae", "mse", "huber", "poisson", "cosine_similarity"}});
  return model;
}

}  // namespace

TEST_CASE("the progress bar with five metrics fits a terminal") {
  const Model model = with_metrics();
  const Tensor x = ones({64, 2}), y = ones({64, 1});
  for (const unsigned short columns : {80, 50, 120}) {
    const std::string text = on_terminal(columns, [&] {
      model.fit(x, y, {.batch_size = 1, .epochs = 2, .validation_split = 0.5});
      model.evaluate(x, y, {.verbose = 1});
    });
    CHECK(widest(text) < columns);
    for (const char* shown : {"Epoch 2/2", "32/32 [==", "loss: ", "val_cosine_similarity: "})
      CHECK_THAT(text, Contains(shown));
  }
}

TEST_CASE("COLUMNS overrules the terminal") {
  const Model model = with_metrics();
  const std::string text = on_terminal(120, [&] {
    ::setenv("COLUMNS", "60", 1);
    model.fit(ones({4, 2}), ones({4, 1}), {.batch_size = 1});
    ::unsetenv("COLUMNS");
  });
  CHECK(widest(text) < 60);
}

TEST_CASE("a value that is not a number has no sign") {
  const Model model = with_metrics();
  model.compile({.optimizer = SGD(), .loss = "mse", .metrics = {{"own", [](const Tensor&, const Tensor& p) {
                                                                   return mean(p) * -std::nan("");
                                                                 }}}});
  const std::string text = printed([&] { model.evaluate(ones({1, 2}), ones({1, 1}), {.verbose = 1}); });
  CHECK_THAT(text, Contains("own: nan") && !Contains("-nan") && Contains("1 step - "));
}

TEST_CASE("the summary keeps to a terminal and to the length that is asked for") {
  const Symbol input = Input({8});
  const std::string name(70, 'n');
  const Model model(input, Dense({.units = 4, .name = name})(input));
  CHECK(widest(on_terminal(80, [&] { model.summary(); })) <= 80);
  CHECK(widest(on_terminal(200, [&] { model.summary(); })) == widest(summary(model)));
  CHECK(widest(summary(model)) > 80);
  CHECK(widest(summary(model, {.line_length = 60})) <= 60);
  const std::string broken = summary(model, {.line_length = 60}), whole = summary(model);
  CHECK(std::count(broken.begin(), broken.end(), 'n') == std::count(whole.begin(), whole.end(), 'n'));
  CHECK_THROWS_AS(summary(model, {.line_length = -1}), ValueError);
}

TEST_CASE("the summary says what each layer is called on") {
  const std::string table = summary(branched(), {.connections = true});
  CHECK_THAT(table, Contains("Connected to") && Contains("input_1[0][0]") && Contains("left[0][0]") &&
                        Contains("right[0][0]") && Contains("both[0][0]"));
  CHECK_THAT(summary(branched()), !Contains("Connected to"));
  const Symbol a = Input({4}), b = Input({4});
  const Dense shared({.units = 2, .name = "shared"});
  CHECK_THAT(summary(Model({a, b}, Add()({shared(a), shared(b)})), {.connections = true}),
             Contains("shared[0][0]") && Contains("shared[1][0]"));
}

TEST_CASE("the summary leaves out what it is told to") {
  const Symbol x = Input({4});
  const Model inner(x, Dense({.units = 3, .name = "deep"})(x), {.name = "inner"});
  const Symbol y = Input({4});
  const Model model(y, inner(y));
  CHECK_THAT(summary(model), Contains("deep (Dense)") && Contains("Trainable\n"));
  CHECK_THAT(summary(model, {.expand_nested = false}), !Contains("deep") && Contains("inner (Functional)"));
  CHECK_THAT(summary(model, {.show_trainable = false}), !Contains("Trainable\n") && !Contains("yes"));
}

TEST_CASE("the summary says what of a layer is frozen in part") {
  const Symbol input = Input({8});
  const Model model(input, Dense({.units = 4, .name = "head"})(LSTM({.units = 4, .name = "memory"})(
                               input.shape().size() == 2 ? Reshape({2, 4})(input) : input)));
  CHECK_THAT(summary(model), !Contains("frozen"));
  freeze(model, named("memory"), Freeze::biases);
  freeze_rows(model.get_layer("head").weights()[0], {0, 3});
  const std::string table = summary(model);
  CHECK_THAT(table, Contains("   frozen: bias\n") && Contains("   frozen: 8 of 16 of kernel\n"));
  freeze(model, named("memory"));
  CHECK_THAT(summary(model), !Contains("frozen: bias"));
  freeze(model, named("head"), Freeze::biases);
  CHECK_THAT(summary(model), Contains("frozen: bias\n"));
}

TEST_CASE("what is frozen of a model inside stands below it where its layers are not listed") {
  const Symbol x = Input({4});
  const Model inner(x, Dense({.units = 3, .name = "b"})(Dense({.units = 3, .name = "a"})(x)), {.name = "inner"});
  const Symbol y = Input({4});
  const Model model(y, inner(y));
  freeze(model, matching("inner/a"));
  CHECK_THAT(summary(model, {.expand_nested = false}), Contains("frozen: a\n"));
  CHECK_THAT(summary(model), !Contains("frozen: a\n"));
}

TEST_CASE("the freeze report fits 100 columns") {
  const Symbol input = Input({32, 32});
  Symbol x = input;
  for (int i = 0; i < 3; ++i)
    x = LSTM(
        {.units = 64, .return_sequences = true, .name = "a_rather_long_name_of_layer_number_" + std::to_string(i)})(x);
  const Model model(input, Dense({.units = 10, .name = std::string(120, 'd')})(Flatten()(x)),
                    {.name = "a model of long names"});
  freeze(model, until("a_rather_long_name_of_layer_number_1"));
  std::ostringstream out;
  out << freeze_report(model, {.batch_size = 128});
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);)
    if (line.find(std::string(120, 'd')) == std::string::npos) CHECK(widest(line) <= 100);
  CHECK_THAT(out.str(),
             Contains("a_rather_long_name_of_layer_number_2 (LSTM)") && Contains("Saved") && Contains("gradient"));
}
