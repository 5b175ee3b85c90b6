#include "models/support.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace frost;
using namespace models_test;
using Catch::Matchers::Contains;

namespace {

Tensor labels(const std::vector<std::int64_t>& values) {
  return from_vector(values, {static_cast<std::int64_t>(values.size())});
}
std::vector<std::int64_t> elements(const Tensor& t) {
  const auto values = t.data<std::int64_t>();
  return {values.begin(), values.end()};
}
std::string text(const ClassificationReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}
const Tensor truth = labels({0, 1, 2, 2, 2}), taken = labels({0, 0, 2, 2, 1});

}  // namespace

TEST_CASE("the confusion matrix counts truth by rows and predictions by columns") {
  const Tensor c = confusion_matrix(truth, taken, 3);
  CHECK(c.shape() == Shape{3, 3});
  CHECK(elements(c) == std::vector<std::int64_t>{1, 0, 0, 1, 0, 0, 0, 1, 2});
  CHECK(elements(confusion_matrix(truth, taken)) == elements(c));
  CHECK(confusion_matrix(truth, taken, 5).shape() == Shape{5, 5});
  const Tensor columns = confusion_matrix(expand_dims(truth.to(DType::float32), 1), taken, 3);
  CHECK(elements(columns) == elements(c));
  CHECK(elements(confusion_matrix(one_hot(truth, 3), one_hot(taken, 3))) == elements(c));
  CHECK(confusion_matrix(one_hot(labels({0, 1}), 4), labels({0, 1})).shape() == Shape{4, 4});
}

TEST_CASE("a confusion matrix of what does not fit is refused") {
  CHECK_THROWS_WITH(confusion_matrix(truth, taken, 2), Contains("got 2") && Contains("0 to 1"));
  CHECK_THROWS_AS(confusion_matrix(truth, labels({0, 1}), 3), ShapeError);
  CHECK_THROWS_WITH(confusion_matrix(truth, labels({0, 1}), 3), Contains("5 and 2"));
  CHECK_THROWS_WITH(confusion_matrix(labels({-1}), labels({0})), Contains("got -1"));
  CHECK_THROWS_WITH(confusion_matrix(tensor({0.5}), labels({0})), Contains("0.5"));
  CHECK_THROWS_WITH(confusion_matrix(Tensor(), taken), Contains("y_true is absent"));
  CHECK_THROWS_AS(confusion_matrix(zeros({2, 2, 2}), taken), ShapeError);
}

TEST_CASE("the report has scikit-learn's layout and formulas") {
  const ClassificationReport report =
      classification_report(truth, taken, {.target_names = {"class 0", "class 1", "class 2"}});
  CHECK(text(report) ==
        "              precision    recall  f1-score   support\n"
        "\n"
        "     class 0       0.50      1.00      0.67         1\n"
        "     class 1       0.00      0.00      0.00         1\n"
        "     class 2       1.00      0.67      0.80         3\n"
        "\n"
        "    accuracy                           0.60         5\n"
        "   macro avg       0.50      0.56      0.49         5\n"
        "weighted avg       0.70      0.60      0.61         5\n");
  CHECK(report.accuracy == Approx(0.6));
  CHECK(report.classes[2].f1_score == Approx(0.8));
  const std::string converted = report;
  CHECK(converted == text(report));
  CHECK_THAT(text(classification_report(truth, taken, {.digits = 4})),
             Contains("0.6667") && Contains("\n           2 "));
}

TEST_CASE("classes that do not occur are left out unless they have names") {
  const ClassificationReport report = classification_report(labels({0, 3, 3}), labels({0, 3, 0}));
  REQUIRE(report.classes.size() == 2);
  CHECK(report.classes[1].name == "3");
  CHECK(report.macro_average.recall == Approx(0.75));
  CHECK(classification_report(labels({0, 1}), labels({0, 1}), {.target_names = {"a", "b", "c"}}).classes.size() == 3);
  CHECK_THROWS_WITH(classification_report(truth, taken, {.target_names = {"a", "b"}}),
                    Contains("2 names for 3 classes"));
}

TEST_CASE("a model's report is that of its predictions") {
  const auto [x, y, rows] = clusters(30);
  const Model model = classifier();
  model.fit(x, y, {.epochs = 5, .verbose = 0});
  const ClassificationReport report = classification_report(model, x, y);
  CHECK(report.accuracy == Approx(model.evaluate(x, y)["accuracy"]));
  CHECK(text(classification_report(model, x, rows)) == text(report));

  const Symbol input = Input({2});
  const Model binary(input, Dense({.units = 1, .activation = "sigmoid"})(input));
  const Tensor yes = (y > 0).to(DType::int64);
  const Tensor p = (binary.predict(x) > 0.5).to(DType::int64);
  CHECK(text(classification_report(binary, x, yes)) == text(classification_report(yes, p)));
}
