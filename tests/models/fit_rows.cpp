#include "models/support.hpp"
#include "support/catch.hpp"

#include <frost/autograd/abstract.hpp>

#include <set>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

// Which rows fit trains on, when, and with what weights.

namespace {

/// A model that notes the rows of each batch: their first element is the row's number.
struct Seen {
  std::vector<std::vector<std::int64_t>> batches;
  Model model;
  Seen() {
    seed(3);
    const Symbol input = Input({2});
    const Symbol noted = Lambda([this](const Tensor& t) {
      if (!has_values(t)) return t * 1.;
      batches.emplace_back();
      for (std::int64_t i = 0; i < t.shape()[0]; ++i) batches.back().push_back(t[i][0].item<std::int64_t>());
      return t * 1.;
    })(input);
    model = Model(input, Dense({.units = 1})(noted));
    model.compile({.optimizer = SGD({.learning_rate = 1e-4}), .loss = "mse"});
  }
};
Tensor numbered(std::int64_t rows) {
  return stack({arange(0, rows).to(DType::float32), Generator(1).normal({rows})}, 1);
}
Tensor targets(std::int64_t rows) { return Generator(2).normal({rows, 1}); }

}  // namespace

TEST_CASE("steps_per_epoch goes on where the epoch before ended") {
  Seen seen;
  seen.model.fit(numbered(7), targets(7),
                 {.batch_size = 3, .epochs = 4, .verbose = 0, .shuffle = false, .steps_per_epoch = 2});
  CHECK(seen.batches == std::vector<std::vector<std::int64_t>>{
                            {0, 1, 2}, {3, 4, 5}, {6}, {0, 1, 2}, {3, 4, 5}, {6}, {0, 1, 2}, {3, 4, 5}});
}

TEST_CASE("with steps_per_epoch rows are shuffled anew when all were used, in a new fit at once") {
  Seen seen;
  seen.model.fit(numbered(6), targets(6), {.batch_size = 2, .epochs = 4, .verbose = 0, .steps_per_epoch = 2});
  REQUIRE(seen.batches.size() == 8);
  const auto order = [&](std::size_t first) {
    std::vector<std::int64_t> rows;
    for (std::size_t i = first; i < first + 3; ++i)
      rows.insert(rows.end(), seen.batches[i].begin(), seen.batches[i].end());
    return rows;
  };
  const auto all = [](const std::vector<std::int64_t>& rows) {
    return std::set<std::int64_t>(rows.begin(), rows.end()).size() == 6;
  };
  CHECK(all(order(0)));
  CHECK(all(order(3)));
  CHECK(order(0) != order(3));
  seen.batches.clear();
  seen.model.fit(numbered(6), targets(6),
                 {.batch_size = 2, .epochs = 4, .verbose = 0, .initial_epoch = 1, .steps_per_epoch = 2});
  REQUIRE(seen.batches.size() == 6);
  CHECK(all(order(0)));
  CHECK(all(order(3)));
}

TEST_CASE("an epoch of more steps than the data have batches goes through them again") {
  Seen seen;
  seen.model.fit(numbered(4), targets(4),
                 {.batch_size = 2, .epochs = 2, .verbose = 0, .shuffle = false, .steps_per_epoch = 3});
  CHECK(seen.batches == std::vector<std::vector<std::int64_t>>{{0, 1}, {2, 3}, {0, 1}, {2, 3}, {0, 1}, {2, 3}});
}

TEST_CASE("class weights are for the rows that are trained on, sample weights go with their rows") {
  const auto [x, labels, one_hot] = clusters(20);
  const Model model = classifier("sparse_categorical_crossentropy", SGD({.learning_rate = 0}));
  const Tensor val_x = x.slice(0, 15, 20), val_labels = labels.slice(0, 15, 20);
  const double plain = model.evaluate(val_x, val_labels)["loss"];
  FitOptions o = {.verbose = 0, .validation_split = 0.25, .class_weight = {{0, 10.}, {1, 10.}, {2, 10.}}};
  History h = model.fit(x, labels, o);
  CHECK(h["val_loss"][0] == Approx(plain).epsilon(1e-6));
  CHECK(h["loss"][0] == Approx(10 * model.evaluate(x.slice(0, 0, 15), labels.slice(0, 0, 15))["loss"]).epsilon(1e-6));
  o.sample_weight = full({20}, 3.);
  h = model.fit(x, labels, o);
  CHECK(h["val_loss"][0] == Approx(3 * plain).epsilon(1e-6));
  o.validation_split = 0;
  o.validation_data = {val_x, val_labels};
  CHECK(model.fit(x, labels, o)["val_loss"][0] == Approx(plain).epsilon(1e-6));
}

TEST_CASE("on_batch_end gets the means of the epoch so far") {
  struct Listen : CallbackBase {
    explicit Listen(std::vector<Logs>& l) : heard(l) {}
    void on_batch_end(Model&, int, const Logs& logs) override { heard.push_back(logs); }
    std::vector<Logs>& heard;
  };
  const auto [x, labels, one_hot] = clusters(10);
  const Model model = classifier("sparse_categorical_crossentropy", SGD({.learning_rate = 0}));
  std::vector<Logs> heard;
  const History h =
      model.fit(x, labels,
                {.batch_size = 4, .epochs = 2, .verbose = 0, .callbacks = {callback<Listen>(heard)}, .shuffle = false});
  REQUIRE(heard.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    const std::int64_t rows = std::min<std::int64_t>(4 * static_cast<std::int64_t>(i % 3 + 1), 10);
    const Evaluation so_far = model.evaluate(x.slice(0, 0, rows), labels.slice(0, 0, rows));
    CHECK(heard[i].at("loss") == Approx(so_far["loss"]).epsilon(1e-6));
    CHECK(heard[i].at("accuracy") == Approx(so_far["accuracy"]).epsilon(1e-6));
  }
  CHECK(heard[5].at("loss") == h["loss"][1]);
}
