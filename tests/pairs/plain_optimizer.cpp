#include "plain_optimizer.hpp"

#include <algorithm>
#include <cmath>

namespace pairs {

namespace {

constexpr double beta_1 = 0.9, beta_2 = 0.999, epsilon = adam_epsilon;

// Whether an element moves in this step.
bool moves(const PlainWeight& w, std::size_t i) {
  return w.trains() && w.gradient && w.gradient->known[i] && !w.frozen[i];
}

double sum_of_squares(const PlainWeight& w) {
  double sum = 0;
  for (std::size_t i = 0; i < w.values.size(); ++i)
    if (moves(w, i)) sum += w.gradient->values[i] * w.gradient->values[i];
  return sum;
}

double factor_for(double norm, double limit) { return limit > 0 && norm > limit ? limit / norm : 1; }

// What is frozen loses its state unless it is kept; what trains without one gets one.
void bring_state_up_to_date(PlainWeight& w, std::size_t tensors) {
  if (w.pauses.now()) return;
  if (!w.flag) {
    if (!w.keeps_state) w.has_state = false;
    return;
  }
  if (!w.has_state) {
    w.has_state = true;
    w.updates.assign(w.values.size(), 0);
    w.memory.assign(tensors, std::vector<double>(w.values.size()));
  }
  for (std::size_t i = 0; i < w.values.size(); ++i) {
    if (!w.frozen[i]) continue;
    w.updates[i] = 0;
    for (std::vector<double>& m : w.memory) m[i] = 0;
  }
}

void update_with_sgd(PlainWeight& w, std::size_t i, double g, const OptimizerChoice& o) {
  if (o.momentum == 0) {
    w.values[i] -= o.learning_rate * g;
    return;
  }
  double& velocity = w.memory[0][i];
  velocity = o.momentum * velocity - o.learning_rate * g;
  w.values[i] += o.nesterov ? o.momentum * velocity - o.learning_rate * g : velocity;
}

void update_with_adam(PlainWeight& w, std::size_t i, double g, const OptimizerChoice& o) {
  const auto t = static_cast<double>(w.updates[i]);
  double &m = w.memory[0][i], &v = w.memory[1][i];
  m = beta_1 * m + (1 - beta_1) * g;
  v = beta_2 * v + (1 - beta_2) * g * g;
  double largest = v;
  if (o.amsgrad) largest = w.memory[2][i] = std::max(w.memory[2][i], v);
  const double rate = o.learning_rate * std::sqrt(1 - std::pow(beta_2, t)) / (1 - std::pow(beta_1, t));
  w.values[i] -= rate * m / (std::sqrt(largest) + epsilon);
}

double norm_of_column(const PlainWeight& w, std::size_t column, std::size_t columns) {
  double sum = 0;
  for (std::size_t i = column; i < w.values.size(); i += columns) sum += w.values[i] * w.values[i];
  return std::sqrt(sum);
}

}  // namespace

void zero_gradients(PlainModel& model) {
  for (PlainWeight& w : model.weights)
    if (!w.pauses.now()) w.gradient.reset();
}

void step(PlainModel& model, const OptimizerChoice& o) {
  const std::size_t tensors = o.is_adam ? (o.amsgrad ? 3 : 2) : (o.momentum > 0 ? 1 : 0);
  double all = 0;
  for (PlainWeight& w : model.weights) {
    if (w.is_state) continue;
    bring_state_up_to_date(w, tensors);
    all += sum_of_squares(w);
  }
  for (PlainWeight& w : model.weights) {
    const double scale =
        factor_for(std::sqrt(all), o.global_clipnorm) * factor_for(std::sqrt(sum_of_squares(w)), o.clipnorm);
    for (std::size_t i = 0; i < w.values.size(); ++i) {
      if (!moves(w, i)) continue;
      double g = w.gradient->values[i] * scale;
      if (o.clipvalue > 0) g = std::clamp(g, -o.clipvalue, o.clipvalue);
      ++w.updates[i];
      w.values[i] -= o.learning_rate * o.weight_decay * w.values[i];
      o.is_adam ? update_with_adam(w, i, g, o) : update_with_sgd(w, i, g, o);
    }
  }
}

void constrain(PlainModel& model) {
  for (PlainWeight& w : model.weights) {
    if (w.constraint.empty() || !w.trains()) continue;
    const auto columns = static_cast<std::size_t>(w.shape.back());
    std::vector<double> norms;
    for (std::size_t column = 0; column < columns; ++column) norms.push_back(norm_of_column(w, column, columns));
    for (std::size_t i = 0; i < w.values.size(); ++i) {
      if (w.frozen[i]) continue;
      const double norm = norms[i % columns];
      if (w.constraint == "non_neg") w.values[i] = std::max(w.values[i], 0.);
      if (w.constraint == "unit_norm") w.values[i] /= norm + 1e-7;
      if (w.constraint == "max_norm") w.values[i] *= std::min(norm, largest_norm) / (norm + 1e-7);
    }
  }
}

}  // namespace pairs
