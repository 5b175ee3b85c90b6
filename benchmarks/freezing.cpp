// What freezing saves: a train step with all layers, two of them or the biases alone trainable, and the bytes that its
// forward pass leaves behind for the backward pass. Eight Dense layers of 512 units with ReLU, batch 128; four LSTMs of
// 64 units and a Dense on 32 steps, batch 32. Cross-entropy from logits, Adam over all weights.
#include "setup.hpp"

#include <frost/frost.hpp>

#if defined(FROST_HAVE_TORCH)
#include <c10/core/CPUAllocator.h>
#endif

#include <string>
#include <vector>

namespace {

enum class Mask { everything, first, middle, last, biases };
constexpr const char* mask_names[] = {"everything", "first", "middle", "last", "biases"};
constexpr int trained_layers = 2, classes = 10;

// Whether the mask trains a layer's weight, of so many layers.
bool trains(Mask mask, int layer, int layers, bool is_bias) {
  switch (mask) {
    case Mask::everything:
      return true;
    case Mask::first:
      return layer < trained_layers;
    case Mask::middle:
      return layer >= (layers - trained_layers) / 2 && layer < (layers + trained_layers) / 2;
    case Mask::last:
      return layer >= layers - trained_layers;
    case Mask::biases:
      break;
  }
  return is_bias;
}

struct Stack {
  bool recurrent;
  int layers, units, batch, steps;
};
constexpr Stack dense{false, 8, 512, 128, 1}, lstm{true, 5, 64, 32, 32};
constexpr bool is_head(const Stack& stack, int layer) { return layer == stack.layers - 1; }

frost::Model frost_model(const Stack& stack) {
  using namespace frost;
  const Symbol input = stack.recurrent ? Input({stack.steps, stack.units}) : Input({stack.units});
  Symbol x = input;
  for (int i = 0; i < stack.layers - 1; ++i)
    x = stack.recurrent ? LSTM({.units = stack.units, .return_sequences = true})(x)
                        : Dense({.units = stack.units, .activation = "relu"})(x);
  return Model(input, Dense({.units = classes})(stack.recurrent ? Flatten()(x) : x));
}

void frost_step(benchmark::State& state, const Stack& stack, Mask mask) {
  using namespace frost;
  const Model model = frost_model(stack);
  int layer = 0;
  for (const Layer& l : model.layers()) {
    const Parameters weights = l.weights();
    for (const Parameter& w : weights)
      w.set_requires_grad(trains(mask, layer, stack.layers, w.name().ends_with("/bias")));
    layer += weights.empty() ? 0 : 1;
  }
  Adam optimizer({.learning_rate = 1e-3});
  optimizer.add(model.weights());
  const Tensor x = stack.recurrent ? randn({stack.batch, stack.steps, stack.units}) : randn({stack.batch, stack.units});
  const Tensor y = randint(0, classes, {stack.batch});
  const auto loss_of = [&] {
    return sparse_categorical_crossentropy(y, model(x, {.training = true}), {.from_logits = true});
  };
  {
    const std::int64_t before = memory_stats().live_bytes;
    const Tensor loss = loss_of();
    state.counters["kept"] = static_cast<double>(memory_stats().live_bytes - before);
  }
  for (auto _ : state) {
    optimizer.zero_grad();
    loss_of().backward();
    optimizer.step();
  }
}

#if defined(FROST_HAVE_TORCH)
// Counts the bytes that libtorch holds.
class CountingAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) const override {
    auto* block = new Block{bytes, c10::GetDefaultCPUAllocator()->allocate(bytes)};
    live += static_cast<std::int64_t>(bytes);
    return {block->data.get(), block, &release, c10::Device(c10::DeviceType::CPU)};
  }
  static inline std::int64_t live = 0;

 private:
  struct Block {
    std::size_t bytes;
    c10::DataPtr data;
  };
  static void release(void* context) {
    auto* block = static_cast<Block*>(context);
    live -= static_cast<std::int64_t>(block->bytes);
    delete block;
  }
};

struct TorchStack : torch::nn::Module {
  explicit TorchStack(const Stack& s) : stack(s) {
    for (int i = 0; i < stack.layers; ++i) {
      const std::string name = "layer" + std::to_string(i);
      if (is_head(stack, i))
        linears.push_back(register_module(name, torch::nn::Linear(stack.units * stack.steps, classes)));
      else if (stack.recurrent)
        lstms.push_back(
            register_module(name, torch::nn::LSTM(torch::nn::LSTMOptions(stack.units, stack.units).batch_first(true))));
      else
        linears.push_back(register_module(name, torch::nn::Linear(stack.units, stack.units)));
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    for (torch::nn::LSTM& layer : lstms) x = std::get<0>(layer->forward(x));
    if (stack.recurrent) x = x.flatten(1);
    for (std::size_t i = 0; i + 1 < linears.size(); ++i) x = torch::relu(linears[i]->forward(x));
    return linears.back()->forward(x);
  }
  Stack stack;
  std::vector<torch::nn::Linear> linears;
  std::vector<torch::nn::LSTM> lstms;
};

void torch_step(benchmark::State& state, const Stack& stack, Mask mask) {
  TorchStack model(stack);
  for (const auto& entry : model.named_parameters()) {  // layer3.bias_ih_l0
    const int layer = entry.key()[5] - '0';
    entry.value().requires_grad_(trains(mask, layer, stack.layers, entry.key().find("bias") != std::string::npos));
  }
  torch::optim::Adam optimizer(model.parameters(), torch::optim::AdamOptions(1e-3));
  const torch::Tensor x = stack.recurrent ? torch::randn({stack.batch, stack.steps, stack.units})
                                          : torch::randn({stack.batch, stack.units});
  const torch::Tensor y = torch::randint(0, classes, {stack.batch}, torch::kInt64);
  const auto loss_of = [&] { return torch::nn::functional::cross_entropy(model.forward(x), y); };
  {
    static CountingAllocator counting;
    c10::Allocator* const usual = c10::GetCPUAllocator();
    c10::SetCPUAllocator(&counting, 1);
    const std::int64_t before = CountingAllocator::live;
    {
      const torch::Tensor loss = loss_of();
      state.counters["kept"] = static_cast<double>(CountingAllocator::live - before);
    }
    c10::SetCPUAllocator(usual, 1);
  }
  for (auto _ : state) {
    optimizer.zero_grad();
    loss_of().backward();
    optimizer.step();
  }
}
#endif

// LIBRARY/STACK/MASK
bool register_all() {
  const auto add = [](const std::string& name, void (*step)(benchmark::State&, const Stack&, Mask),
                      const Stack& stack) {
    for (const Mask mask : {Mask::everything, Mask::first, Mask::middle, Mask::last, Mask::biases}) {
      const std::string full = name + (stack.recurrent ? "/lstm/" : "/dense/") + mask_names[static_cast<int>(mask)];
      frost_benchmarks::timed(
          benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) { step(state, stack, mask); }));
    }
  };
  for (const Stack& stack : {dense, lstm}) {
    add("frost", frost_step, stack);
#if defined(FROST_HAVE_TORCH)
    add("torch", torch_step, stack);
#endif
  }
  return true;
}
const bool is_registered = register_all();

}  // namespace

BENCHMARK_MAIN();
