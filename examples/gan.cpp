// A generator learns to put points on a circle from a critic that tells them from true ones (Goodfellow et al. 2014).
// Each step trains one of the two; a FreezeGuard pauses the other, whose gradients are then not computed.

#include <frost/frost.hpp>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>

using namespace frost;

// Points near the unit circle.
Tensor true_points(std::int64_t n) {
  const Tensor angle = uniform({n}, 0, 2 * std::acos(-1.)), radius = 1. + 0.05 * randn({n});
  return stack({radius * cos(angle), radius * sin(angle)}, 1);
}

Model network(std::int64_t inputs, std::int64_t units, std::int64_t outputs, const std::string& name) {
  const Symbol input = Input({inputs});
  Symbol x = Dense({.units = units})(input);
  x = LeakyReLU({.alpha = 0.2})(x);
  x = Dense({.units = units})(x);
  x = LeakyReLU({.alpha = 0.2})(x);
  return Model(input, Dense({.units = outputs})(x), {.name = name});
}

// How far points are from the circle, and in how many of its eight sectors there are any.
struct Quality {
  double distance = 0;
  int sectors = 0;
};
Quality quality(const Tensor& points) {
  const Tensor radius = norm(points, 1);
  const Tensor x = points.slice(1, 0, 1), y = points.slice(1, 1, 2);
  bool is_met[8] = {};
  for (std::int64_t i = 0; i < points.shape()[0]; ++i) {
    const double angle = std::atan2(y[i].item<double>(), x[i].item<double>()) + std::acos(-1.);
    is_met[std::min(7, static_cast<int>(angle / std::acos(-1.) * 4))] = true;
  }
  Quality found = {mean(abs(radius - 1.)).item<double>(), 0};
  for (const bool met : is_met) found.sectors += met;
  return found;
}

int main(int argc, char** argv) {
  int steps = 3000;
  std::int64_t batch = 64, units = 32, noise_size = 4;
  CLI::App app("Trains a generator of points on a circle against a critic, each frozen while the other learns.");
  app.option_defaults()->always_capture_default();
  app.add_option("--steps", steps, "Steps of training of each network")->check(CLI::Range(1, 1000000));
  app.add_option("--batch-size", batch, "Points a step")->check(CLI::Range(1, 65536));
  app.add_option("--units", units, "Units of the hidden layers")->check(CLI::Range(1, 4096));
  CLI11_PARSE(app, argc, argv);
  try {
    seed(0);
    const Model generator = network(noise_size, units, 2, "generator"), critic = network(2, units, 1, "critic");
    const Adam generator_adam({.learning_rate = 1e-3, .beta_1 = 0.5}),
        critic_adam({.learning_rate = 1e-3, .beta_1 = 0.5});
    generator_adam.add(generator.weights());
    critic_adam.add(critic.weights());
    const BinaryCrossentropyOptions logits = {.from_logits = true};
    const Tensor yes = ones({batch, 1}), no = zeros({batch, 1}), fixed_noise = randn({500, noise_size});

    for (int step = 0; step <= steps; ++step) {
      double critic_loss = 0, generator_loss = 0;
      {
        const FreezeGuard guard(generator, everything());  // what it makes is data
        critic_adam.zero_grad();
        const Tensor made = generator(randn({batch, noise_size}));
        const Tensor loss = binary_crossentropy(yes, critic(true_points(batch)), logits) +
                            binary_crossentropy(no, critic(made), logits);
        loss.backward();
        critic_adam.step();
        critic_loss = loss.item<double>();
      }
      {
        const FreezeGuard guard(critic, everything());  // gradients pass through it, none is of its weights
        generator_adam.zero_grad();
        const Tensor loss = binary_crossentropy(yes, critic(generator(randn({batch, noise_size}))), logits);
        loss.backward();
        generator_adam.step();
        generator_loss = loss.item<double>();
      }
      if (step % std::max(1, steps / 6) == 0) {
        const Quality found = quality(generator.predict(fixed_noise));
        std::printf("step %5d  critic %.3f  generator %.3f  distance from the circle %.3f  sectors %d of 8\n", step,
                    critic_loss, generator_loss, found.distance, found.sectors);
      }
    }
  } catch (const Error& error) {
    std::cerr << "gan: " << error.what() << '\n';
    return 1;
  }
}
