#include "io/support.hpp"
#include "support.hpp"

#include <sstream>

using namespace frost;
using namespace freezing_test;
using io_test::Folder;

namespace {

const char* const layer_names[] = {"a", "b", "head"};
void set_mask(const Model& model, unsigned mask) {
  for (unsigned i = 0; i < 3; ++i) model.get_layer(layer_names[i]).set_trainable(mask >> i & 1);
}
unsigned mask_of(const Model& model) {
  unsigned mask = 0;
  for (unsigned i = 0; i < 3; ++i) mask |= unsigned{model.get_layer(layer_names[i]).trainable()} << i;
  return mask;
}
std::string text_of(const Model& model) {
  std::ostringstream text;
  model.summary(text);
  return text.str();
}

// Freeze, thaw half, thaw all, freeze again.
struct Schedule : CallbackBase {
  void on_epoch_begin(Model& model, int epoch) override {
    const unsigned masks[] = {4, 4, 6, 6, 7, 3};
    set_mask(model, masks[epoch]);
  }
};
Model scheduled() {
  const Model model = small_model();
  model.compile({.optimizer = Adam({.learning_rate = 0.01, .weight_decay = 0.01}), .loss = "mse"});
  return model;
}
FitOptions in_epochs(int from, int to) {
  // Cached features would be equal but for rounding: a stop begins them anew.
  return {.batch_size = 3,
          .epochs = to,
          .verbose = 0,
          .callbacks = {callback<Schedule>()},
          .initial_epoch = from,
          .cache_frozen = CacheFrozen::never};
}

}  // namespace

TEST_CASE("weights are written the same and read the same, whatever is frozen on either side") {
  const Folder folder;
  const Model source = small_model(1);
  source.save_weights(folder / "all.safetensors");
  const std::string bytes = io_test::read(folder / "all.safetensors");
  for (unsigned written = 0; written < 8; ++written) {
    set_mask(source, written);
    source.save_weights(folder / "w.safetensors");
    CHECK(io_test::read(folder / "w.safetensors") == bytes);
    source.save(folder / "m.frost");
    const Model again = load_model(folder / "m.frost");
    CHECK(mask_of(again) == written);
    CHECK(freezing_test::same_bits(again.get_weights(), source.get_weights()));
    for (unsigned read = 0; read < 8; ++read) {
      CAPTURE(written, read);
      const Model target = small_model(2);
      set_mask(target, read);
      CHECK(target.load_weights(folder / "w.safetensors").loaded == 6);
      CHECK(freezing_test::same_bits(target.get_weights(), source.get_weights()));
      CHECK(mask_of(target) == read);
    }
  }
}

TEST_CASE("training that freezes and thaws goes on from its file after any epoch as if it had not stopped") {
  const Tensor x = some_rows(10, 4, 1), y = some_rows(10, 2, 2);
  const Model whole = scheduled();
  const History history = whole.fit(x, y, in_epochs(0, 6));
  CHECK(mask_of(whole) == 3);
  for (int stop = 1; stop <= 5; ++stop) {
    CAPTURE(stop);
    const Folder folder;
    std::vector<double> losses;
    {
      const Model model = scheduled();
      losses = model.fit(x, y, in_epochs(0, stop))["loss"];
      model.save(folder / "m.frost");
    }
    seed(1000 + static_cast<std::uint64_t>(stop));  // what another process would have
    small_model(77);
    const Model again = load_model(folder / "m.frost");
    const std::vector<double> rest = again.fit(x, y, in_epochs(stop, 6))["loss"];
    losses.insert(losses.end(), rest.begin(), rest.end());
    CHECK(losses == history["loss"]);
    CHECK(freezing_test::same_bits(again.get_weights(), whole.get_weights()));
    CHECK(text_of(again) == text_of(whole));
    CHECK(again.optimizer().state_bytes() == whole.optimizer().state_bytes());
    const Parameters mine = again.weights(), theirs = whole.weights();
    for (std::size_t i = 0; i < mine.size(); ++i) {
      const OptimizerState a = again.optimizer().base().state(mine[i]);
      const OptimizerState b = whole.optimizer().base().state(theirs[i]);
      CHECK(a.steps == b.steps);
      CHECK(freezing_test::same_bits(a.tensors, b.tensors));
    }
  }
}
