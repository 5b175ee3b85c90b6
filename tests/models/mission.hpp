#pragma once
#include <frost/layers.hpp>
#include <frost/models.hpp>

// Two LSTMs and a classifier: the model that the documentation freezes.
inline frost::Model mission_model() {
  using namespace frost;
  const Symbol input = Input({32, 32});
  const Symbol layer1 = LSTM({.units = 32, .return_sequences = true})(input);
  const Symbol layer2 = LSTM({.units = 32, .return_sequences = true})(layer1);
  const Symbol x = Flatten()(layer2);
  const Symbol dense1 = Dense({.units = 10, .name = "dense1"})(x);
  const Symbol probs = Activation("softmax")(dense1);
  const Symbol output = Reshape({10})(probs);
  return Model(input, output);
}

inline std::int64_t elements(const frost::Parameters& weights) {
  std::int64_t count = 0;
  for (const frost::Parameter& w : weights) count += w.size();
  return count;
}
