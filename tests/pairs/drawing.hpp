#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

// What is drawn: a model, its data, how it is trained and what happens to it meanwhile, as plain values. Two runs read
// it, the plain one and the clever one.
namespace pairs {

/// Every layer of the trunk makes features of one width, so that any layer may follow any other.
constexpr std::int64_t width = 3;
constexpr std::int64_t steps = 3;
constexpr std::int64_t words = 5;
constexpr std::int64_t classes = 3;
constexpr double gradient_factor = 0.4;  // of the function and the hook behind a head
constexpr double split_fraction = 0.3;   // of the rows, that fit validates on
constexpr double largest_norm = 0.9;     // of columns under max_norm
constexpr double norm_epsilon = 0.1;     // of batch norms: batches are small
constexpr double adam_epsilon = 1e-3;    // so that rounding in a gradient of 0 stays small

enum class Kind { dense, lstm, gru, batch_norm, layer_norm, dropout, conv, distributed };

struct Part {
  std::string name = {};
  Kind kind = Kind::dense;
  std::string activation = "linear";
  std::string constraint = {};  // of the kernel
  double kernel_l2 = 0;
  double activity_l2 = 0;
  double rate = 0;
  std::int64_t seed = -1;  // −1: the model's stream
};

/// What a block's layers stand in: nothing, a model, a layer that calls them in a checkpoint, one that makes them when
/// it is built.
enum class Wrap { none, model, sequential, checkpoint, built_inside };

struct Block {
  std::string name = {};
  Wrap wrap = Wrap::none;
  std::vector<Part> parts = {};
  std::string shares = {};  // the block whose first layer is the first of this one, too
  bool frozen_at_birth = false;
  bool adds_input = false;  // what comes in is added to what comes out
};

/// What comes in: rows of features, sequences of them, sequences with a Masking, or words.
enum class Front { rows, sequences, masked, embedded };
/// How sequences become rows before the heads.
enum class End { none, lstm, flatten };
enum class Target { labels, one_hot, bits, numbers };
/// What stands behind a head's last activation: nothing, a reshape, a function or a hook that scale the gradient.
enum class Behind { nothing, reshape, function, hook };

struct Head {
  std::string name = {};
  Target target = Target::labels;
  std::string loss = "sparse_categorical_crossentropy";
  Behind behind = Behind::nothing;
  bool activation_apart = false;
  bool in_checkpoint = false;
  double weight = 1;
};

struct Architecture {
  Front front = Front::rows;
  std::vector<Block> blocks = {};
  End end = End::none;
  std::vector<Head> heads = {};
  bool is_sequential = false;
  bool frozen_before_built = false;  // the trunk of a Sequential
  double loudness = 1;               // the factor of the heads' kernels
};

struct OptimizerChoice {
  bool is_adam = false;
  double learning_rate = 0.05;
  double momentum = 0;
  bool nesterov = false;
  bool amsgrad = false;
  double weight_decay = 0;
  double clipnorm = 0;
  double clipvalue = 0;
  double global_clipnorm = 0;
};

enum class Act {
  freeze,
  thaw,
  freeze_rows,
  thaw_rows,
  freeze_statistics,
  thaw_statistics,
  pause,   // a FreezeGuard begins
  resume,  // and ends
  assign_weight,
  assign_x,
  assign_validation_x,
  poison_x,
  rename,  // to a name that the model has: an error
};
/// A layer by its path, what stands in it by a glob, all biases, all kernels, or all but the heads.
enum class Aim { layer, inside, biases, kernels, trunk };
enum class Meant { both, weights, biases };
/// After the forward and after the backward pass there is only room in a loop by hand.
enum class Moment { epoch_begin, after_forward, after_backward, batch_end, epoch_end };

struct Event {
  int epoch = 0;
  std::int64_t batch = 0;
  Moment moment = Moment::batch_end;
  Act act = Act::freeze;
  Aim aim = Aim::layer;
  std::string path = {};  // of a layer; of a weight for rows and assignments
  Meant meant = Meant::both;
  bool keep_stochastic = false;
  bool keep_state = false;
  std::int64_t row = 0;
  std::uint64_t seed = 0;
};

/// Whether such events do not ask for the batch.
inline bool is_once_an_epoch(Moment moment) { return moment == Moment::epoch_begin || moment == Moment::epoch_end; }

/// What becomes of the model before a segment.
enum class Between { nothing, save_and_load, clone, weights_by_name, keras };
enum class Validation { none, split, data };

/// A call of fit, or a loop by hand.
struct Segment {
  Between between = Between::nothing;
  bool by_hand = false;
  int epochs = 1;
  std::int64_t batch_size = 3;
  std::int64_t steps_per_epoch = 0;
  std::int64_t cache_bytes = 0;
  bool shuffle = false;
  Validation validation = Validation::none;
  bool sample_weight = false;
  bool class_weight = false;
  bool draws_beside = false;  // another thread draws from the default generator meanwhile
  std::vector<Event> events = {};
};

struct Drawing {
  std::uint64_t seed = 0;
  Architecture architecture = {};
  std::int64_t rows = 7;
  std::int64_t validation_rows = 4;
  OptimizerChoice optimizer = {};
  std::vector<std::string> metrics = {};
  std::vector<Segment> segments = {};
};

/// The drawing of a seed.
Drawing draw(std::uint64_t seed);

/// Without what refers to layers that are not there, or to files that cannot hold them.
Drawing tidied(Drawing drawing);

/// A layer's name in Keras' manner, before it is counted: batch_normalization.
std::string type_name(Kind kind);
/// What a part is called in its block: its own name, or its type's, counted.
std::string name_in(const Block& block, std::size_t part);
/// The layers of the model itself that belong to a head, from the first to the last.
std::vector<std::string> layers_of(const Head& head);
std::vector<std::string> layers_of_heads(const Architecture& architecture);
/// The path of the layer that has a head's weights.
std::string dense_of(const Head& head);
/// All layers but those of the heads, by their paths.
std::vector<std::string> trunk_paths(const Architecture& architecture);
std::vector<std::string> weight_paths(const Architecture& architecture);

/// Whether there are no layers of a user's own.
bool is_known_to_keras(const Architecture& architecture);
bool comes_in_steps(const Architecture& architecture);
bool goes_out_in_steps(const Architecture& architecture);

std::ostream& operator<<(std::ostream& out, const Drawing& drawing);

}  // namespace pairs
