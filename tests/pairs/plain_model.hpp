#pragma once
#include "drawing.hpp"

#include <frost/autograd.hpp>

#include <functional>
#include <optional>

// The model as formulas over numbers: no layers, no flags of tensors, no tape but one for each step.
namespace pairs {

/// A pause, as guards make it: later thaws overrule the pauses that are there.
struct Pauses {
  int count = 0;
  int lifted = 0;
  bool now() const { return count > lifted; }
};

/// A gradient that waits for the optimizer, and which of its elements a backward pass has found.
struct PlainGradient {
  std::vector<double> values = {};
  std::vector<bool> known = {};
};

struct PlainWeight {
  std::vector<std::string> paths = {};  // one for each model that its layer stands in
  frost::Shape shape = {};
  std::vector<double> values = {};
  std::string constraint = {};
  double l2 = 0;
  bool is_state = false;

  bool flag = true;
  bool keeps_state = false;
  std::vector<bool> frozen = {};  // single elements
  Pauses pauses = {};
  std::optional<PlainGradient> gradient = {};

  bool has_state = false;
  std::vector<std::int64_t> updates = {};  // of each element
  std::vector<std::vector<double>> memory = {};

  std::string name() const { return paths[0].substr(paths[0].rfind('/') + 1); }
  bool is_bias() const { return name() == "bias" || name() == "beta"; }
  bool trains() const;
  bool has_gradient() const;
};

struct PlainLayer {
  std::vector<std::string> paths = {};
  Part part = {};
  bool flag = true;
  bool keep_stochastic = false;
  bool keep_statistics = false;
  Pauses pauses = {};
  std::optional<frost::Generator> own = {};  // a dropout's that has a seed

  bool trains() const { return flag && !pauses.now(); }
};

/// Values and which steps of them count.
struct Flow {
  frost::Tensor x = {};
  frost::Tensor mask = {};  // booleans (N, T), absent where all count
};

/// What a head gave.
struct Result {
  frost::Tensor values = {};
  frost::Tensor logits = {};  // where the loss may see them
  frost::Tensor mask = {};
};

class PlainModel {
 public:
  explicit PlainModel(const Architecture& architecture);

  std::vector<PlainLayer> layers;
  std::vector<PlainWeight> weights;
  frost::Generator stream;

  const Architecture& architecture() const { return architecture_; }
  PlainLayer* find_layer(const std::string& path);
  PlainWeight* find_weight(const std::string& path);
  /// Dropouts with seeds start anew.
  void restart_generators();

 private:
  void add_block(const Block& block);
  void add_part(const Part& part, const std::vector<std::string>& paths);
  void add_weight(const std::string& name, const PlainLayer& layer, const frost::Shape& shape,
                  const std::string& inside = "");
  void add_container(const std::string& path);

  Architecture architecture_;
};

/// One pass from x to the heads.
class Pass {
 public:
  Pass(PlainModel& model, bool is_training) : model_(model), training_(is_training), leaves_(model.weights.size()) {}

  std::vector<Result> run(const frost::Tensor& x);
  /// The penalties that layers' outputs ask for; absent when there are none.
  const frost::Tensor& activity() const { return activity_; }
  /// A weight's leaf: recorded where the weight trains.
  frost::Tensor leaf(std::size_t weight);
  /// What of the weights was recorded.
  std::vector<std::size_t> recorded() const;

 private:
  frost::Tensor value(const std::string& path);
  Flow part(const std::string& path, Flow flow);
  Flow block(const Block& block, Flow flow);
  frost::Tensor dense(const std::string& path, const PlainLayer& layer, const frost::Tensor& x);
  frost::Tensor batch_norm(const std::string& path, const PlainLayer& layer, const Flow& flow);
  Flow recurrent(const std::string& path, bool is_lstm, bool sequences, const Flow& flow);
  Result head(const Head& head, const Flow& flow);

  PlainModel& model_;
  bool training_;
  std::vector<frost::Tensor> leaves_;
  frost::Tensor activity_;
};

/// Starting values by a weight's path.
std::vector<double> starting_values(const std::string& path, const frost::Shape& shape, std::uint64_t seed,
                                    double loudness);

}  // namespace pairs
