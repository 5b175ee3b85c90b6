#pragma once
#include "layer_zoo_convolution.hpp"
#include "layer_zoo_merging.hpp"
#include "layer_zoo_recurrent.hpp"
#include "zoo_layer.hpp"

#include <map>

// Every layer, and what freezing makes of it. A new layer joins by a row in `layer_zoo`, a family of layers by a table
// of its own that `layer_zoo` appends.
namespace freezing_test {

class ZooScale : public frost::LayerBase {  // a layer of a user's own
 public:
  void build(const frost::Shape& input) override {
    gain_ = add_weight("gain", {input.back()}, "ones");
    shift_ = add_weight("shift", {input.back()}, "zeros");
  }
  frost::Tensor call(const frost::Tensor& x, const frost::CallContext&) override { return x * gain_ + shift_; }

 private:
  frost::Parameter gain_, shift_;
};

inline std::vector<ZooLayer> layer_zoo() {
  using namespace frost;
  using Bytes = std::int64_t;
  const Tensor flat = some_rows(5, 6, 21), sequence = some_rows(5, 7 * 3, 22).reshape({5, 7, 3});
  const auto nothing = [](const Trained&, const Sizes&) -> Bytes { return 0; };
  const auto dense = [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) ? s.input : 0; };
  const auto with_output = [](const auto& saved) {
    return [saved](const Trained& t, const Sizes& s) -> Bytes { return saved(t, s) + (t.any() ? s.output : 0); };
  };
  const auto output_alone = with_output(nothing);
  std::vector<ZooLayer> zoo = {
      {"Dense", [] { return Dense({.units = 4}); }, flat, {"linear.dkernel", "linear.dbias"}, {"linear.dx"}, dense},
      {"Dense without bias",
       [] { return Dense({.units = 4, .use_bias = false}); },
       flat,
       {"linear.dkernel"},
       {"linear.dx"},
       dense},
      {"Dense of sequences",
       [] { return Dense({.units = 4}); },
       sequence,
       {"linear.dkernel", "linear.dbias"},
       {"linear.dx"},
       dense},
      {"Dense with tanh",
       [] { return Dense({.units = 4, .activation = "tanh"}); },
       flat,
       {"linear.dkernel", "linear.dbias"},
       {"linear.dx"},
       with_output(dense)},
      {"Dense with relu",
       [] { return Dense({.units = 4, .activation = "relu"}); },
       flat,
       {"linear.dkernel", "linear.dbias"},
       {"linear.dx"},
       with_output(dense)},
      {"Dense with softmax",
       [] { return Dense({.units = 4, .activation = "softmax"}); },
       flat,
       {"linear.dkernel", "linear.dbias"},
       {"linear.dx"},
       with_output(dense)},
      {"Activation", [] { return Activation("sigmoid"); }, flat, {}, {"sigmoid.dx"}, output_alone},
      {"Flatten", [] { return Flatten(); }, sequence, {}, {}, nothing},
      {"Reshape",
       [] {
         return Reshape({3, 7});
       },
       sequence,
       {},
       {},
       nothing},
      {"Dropout at rest", [] { return Dropout({.rate = 0.5}); }, flat, {}, {}, nothing},
      {"Dropout", [] { return Dropout({.rate = 0.5, .seed = 3}); }, flat, {}, {}, output_alone, true},
      {"a layer of one's own",
       [] { return layer<ZooScale>(); },
       flat,
       {"multiply.db", "add.db"},
       {},
       [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) ? s.input : 0; }},
      {"Embedding",
       [] { return Embedding({.input_dim = 9, .output_dim = 4}); },
       from_vector(std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 0, 0, 8}, {5, 3}),
       {"embedding.dweights"},
       {},
       nothing},
      {"LayerNormalization",
       [] { return LayerNormalization(); },
       flat,
       {"layer_norm.dgamma", "layer_norm.dbeta"},
       {"layer_norm.dx"},
       // dbeta reads nothing; the others read x, and a mean and a scale for each of 5 rows.
       [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) || t.below ? s.input + 2 * 5 * 4 : 0; }},
      {"BatchNormalization at rest",
       [] { return BatchNormalization(); },
       flat,
       {"batch_norm_infer.dgamma", "batch_norm_infer.dbeta"},
       {"batch_norm_infer.dx"},
       [](const Trained& t, const Sizes& s) -> Bytes { return t.weight(0) ? s.input : 0; }},
      {"BatchNormalization",
       [] { return BatchNormalization(); },
       flat,
       {"batch_norm_train.dgamma", "batch_norm_train.dbeta"},
       {"batch_norm_train.dx", "batch_norm_infer.dx"},
       // Frozen, it uses its moving statistics and keeps nothing.
       [](const Trained& t, const Sizes& s) -> Bytes {
         return t.weight(0) || (t.weights && t.below) ? s.input + 2 * 6 * 4 : 0;
       },
       true,
       true},
  };
  for (const bool sequences : {false, true})
    for (const bool backwards : {false, true})
      for (const bool bias : {true, false}) {
        std::vector<std::string> kernels = {"lstm.dkernel", "lstm.drecurrent_kernel"};
        if (bias) kernels.push_back("lstm.dbias");
        zoo.push_back({std::string("LSTM") + (sequences ? " of sequences" : "") + (backwards ? " backwards" : "") +
                           (bias ? "" : " without bias"),
                       [=] {
                         return LSTM(
                             {.units = 4, .use_bias = bias, .return_sequences = sequences, .go_backwards = backwards});
                       },
                       sequence,
                       kernels,
                       {"lstm.dx"},
                       // Gates and cell states, whatever trains: the recurrence runs through them.
                       [](const Trained& t, const Sizes& s) -> Bytes {
                         const Bytes states = 5 * 7 * 4 * 4;
                         if (!t.any()) return 0;
                         return 5 * states + (t.weight(0) ? s.input : 0) + (t.weight(1) ? states : 0);
                       }});
      }
  for (const auto& family : {convolution_zoo(), activation_zoo(), recurrent_zoo()})
    zoo.insert(zoo.end(), family.begin(), family.end());
  return zoo;
}

}  // namespace freezing_test
