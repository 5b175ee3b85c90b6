#include "support/catch.hpp"

#include <frost/autograd.hpp>
#include <frost/data.hpp>

#include <algorithm>

using namespace frost;
using Catch::Matchers::Contains;

namespace {

// Row i of x is (i, i), of y i.
Tensor rows(std::int64_t n) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) values.insert(values.end(), 2, static_cast<float>(i));
  return from_vector(values, {n, 2});
}
std::vector<std::int64_t> labels(const Tensor& x, const Tensor& y, const BatchOptions& options) {
  std::vector<std::int64_t> seen;
  for (auto [xb, yb] : batches(x, y, options))
    for (std::int64_t i = 0; i < yb.size(); ++i) {
      seen.push_back(yb[i].item<std::int64_t>());
      CHECK(xb[i][0].item<std::int64_t>() == seen.back());
    }
  return seen;
}

}  // namespace

TEST_CASE("batches come in order, the last one with what is left") {
  const Tensor x = rows(10), y = arange(10);
  std::vector<std::int64_t> sizes;
  for (auto [xb, yb] : batches(x, y, {.batch_size = 4})) {
    CHECK(xb.shape() == Shape{yb.shape()[0], 2});
    sizes.push_back(yb.shape()[0]);
  }
  CHECK(sizes == std::vector<std::int64_t>{4, 4, 2});
  CHECK(labels(x, y, {.batch_size = 4}) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(labels(x, y, {.batch_size = 4, .drop_last = true}).size() == 8);
  CHECK(batches(x, y, {.batch_size = 4}).size() == 3);
  CHECK(batches(x, y, {.batch_size = 4, .drop_last = true}).size() == 2);
  CHECK(batches(x, y, {.batch_size = 100}).size() == 1);
  CHECK(batches(x, y).size() == 1);
}

TEST_CASE("batches in order share the values of x") {
  const Tensor x = rows(10), y = arange(10);
  std::int64_t start = 0;
  for (auto [xb, yb] : batches(x, y, {.batch_size = 4})) {
    CHECK(xb.data<float>().data() == x.data<float>().data() + 2 * start);
    start += 4;
  }
}

TEST_CASE("shuffled batches hold every row once, with its target, in an order that the seed gives") {
  const Tensor x = rows(50), y = arange(50);
  const auto first = labels(x, y, {.batch_size = 8, .shuffle = true, .seed = 1});
  CHECK(first == labels(x, y, {.batch_size = 8, .shuffle = true, .seed = 1}));
  CHECK(first != labels(x, y, {.batch_size = 8, .shuffle = true, .seed = 2}));
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted != first);
  CHECK(sorted == labels(x, y, {}));
  seed(7);
  const auto a = labels(x, y, {.shuffle = true});
  CHECK(a != labels(x, y, {.shuffle = true}));
  seed(7);
  CHECK(a == labels(x, y, {.shuffle = true}));
}

TEST_CASE("each pass over shuffled batches has an order of its own") {
  const auto range = batches(rows(50), arange(50), {.batch_size = 50, .shuffle = true, .seed = 1});
  const Tensor first = (*range.begin()).y, second = (*range.begin()).y;
  CHECK(sum(equal(first, second)).item<std::int64_t>() < 50);
}

TEST_CASE("batches refuse data that do not fit") {
  const Tensor x = rows(10);
  CHECK_THROWS_WITH(batches(x, arange(9)), Contains("10") && Contains("9"));
  CHECK_THROWS_AS(batches(x, arange(9)), ShapeError);
  CHECK_THROWS_AS(batches(zeros({0, 2}), zeros({0})), ShapeError);
  CHECK_THROWS_AS(batches(tensor(1.), tensor(1.)), ShapeError);
  CHECK_THROWS_AS(batches(x, Tensor()), ValueError);
  CHECK_THROWS_WITH(batches(x, arange(10), {.batch_size = 0}), Contains("batch_size") && Contains("0"));
}

TEST_CASE("train_test_split parts the rows, each once") {
  const Tensor x = rows(10), y = arange(10);
  const auto [x_train, y_train, x_test, y_test] = train_test_split(x, y, {.test_fraction = 0.25, .seed = 3});
  CHECK(x_train.shape() == Shape{7, 2});
  CHECK(y_test.shape() == Shape{3});
  std::vector<std::int64_t> all;
  for (const Tensor& part : {y_train, y_test})
    all.insert(all.end(), part.data<std::int64_t>().begin(), part.data<std::int64_t>().end());
  std::sort(all.begin(), all.end());
  CHECK(all == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(x_test[0][0].item<std::int64_t>() == y_test[0].item<std::int64_t>());

  const TrainTestSplit in_order = train_test_split(x, y, {.test_fraction = 0.2, .shuffle = false});
  CHECK(in_order.y_test[0].item<std::int64_t>() == 8);
  CHECK_THROWS_AS(train_test_split(x, y, {.test_fraction = 0}), ValueError);
  CHECK_THROWS_AS(train_test_split(rows(1), arange(1)), ValueError);
}
