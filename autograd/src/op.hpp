#pragma once
#include "array.hpp"
#include "reads.hpp"

#include <array>
#include <atomic>
#include <span>
#include <type_traits>
#include <vector>

// One operation is one row: an Op. It says how shapes follow, how values are computed, and for each input what the rule
// of its gradient reads. The engine derives from that what is recorded, what is saved and what is run.
namespace frost::detail {

constexpr int max_inputs = 6;  // of an operation that is not variadic
constexpr int max_outputs = 4;
constexpr int max_extras = 6;

/// How a row's attributes are copied into a node. The attributes are a small value type of the row's own.
struct AttrsType {
  std::uint32_t size;
  void (*copy)(const void* from, void* to);  // null: the bytes
  void (*destroy)(void* value);              // null: nothing to do
};
template <class A>
constexpr AttrsType attrs_type{
    sizeof(A),
    std::is_trivially_copyable_v<A> ? nullptr
                                    : +[](const void* from, void* to) { new (to) A(*static_cast<const A*>(from)); },
    std::is_trivially_destructible_v<A> ? nullptr : +[](void* value) { static_cast<A*>(value)->~A(); }};

/// A view of attributes of any type.
class Attrs {
 public:
  Attrs() = default;
  template <class A>
  requires(!std::same_as<A, Attrs>) explicit Attrs(const A& value) : value_(&value), type_(&attrs_type<A>) {}
  Attrs(const void* value, const AttrsType* type) : value_(value), type_(type) {}

  template <class A>
  const A& as() const {
    return *static_cast<const A*>(value_);
  }
  const void* get() const { return value_; }
  const AttrsType* type() const { return type_; }

 private:
  const void* value_ = nullptr;
  const AttrsType* type_ = nullptr;
};

/// The tensors an operation is applied to. One that was left out is absent.
class Inputs {
 public:
  Inputs(const Tensor* const* tensors, int count) : tensors_(tensors), count_(count) {}
  const Tensor& operator[](int i) const { return *tensors_[i]; }
  int size() const { return count_; }

 private:
  const Tensor* const* tensors_;
  int count_;
};

/// Shape and dtype of an output.
struct Spec {
  ShapeRef shape;
  DType dtype = DType::float32;
};
using Specs = std::array<Spec, max_outputs>;

/// Where `compute` writes: tensors of the shapes that `shape` gave, and extra values for the rules that will run.
class Outputs {
 public:
  Outputs(Tensor* tensors, Reads reads, Tensor* extras) : tensors_(tensors), reads_(reads), extras_(extras) {}
  Tensor& operator[](int k) const { return tensors_[k]; }
  /// Whether a rule that is enabled reads this extra value; otherwise it need not be kept.
  bool keeps(int extra) const { return reads_ & reads_extra(extra); }
  void keep(int extra, Tensor value) const { extras_[extra] = std::move(value); }

 private:
  Tensor* tensors_;
  Reads reads_;
  Tensor* extras_;
};

class Saved;

/// How the gradient of one input is computed, and what that reads. An input without a rule is not differentiable.
struct Rule {
  const char* input = nullptr;  // the input's name in OPERATIONS: counted as "op.d<input>"
  Reads reads = reads_nothing;
  /// The gradient of the input from g, the gradient of output 0. Absent means zero. Null: the joint rule computes it.
  Tensor (*gradient)(const Saved& saved, const Tensor& g) = nullptr;
  /// Optional: adds the gradient to what the input has so far, where that is cheaper than making all of it.
  void (*add_gradient)(const Saved& saved, const Tensor& g, Tensor& sum) = nullptr;

  bool exists() const { return input != nullptr; }
};

/// Example inputs of a row, from which its tests are made.
struct Sample {
  Tensors inputs;
  /// Applies the operation to inputs like these, through its public function.
  Tensor (*call)(const Tensors& inputs);
  /// How closely finite differences must agree; looser only where the values themselves are rounded.
  double tolerance = 2e-6;
};
using Samples = std::vector<Sample>;

struct KernelCounts {
  std::atomic<std::int64_t> forward{0};
  std::array<std::atomic<std::int64_t>, max_inputs> gradients{};
};
/// Counts without a locked instruction; counts of concurrent threads may be lost.
inline void count_one(std::atomic<std::int64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

struct Op {
  const char* name;
  int outputs = 1;
  /// The inputs broadcast against each other: the engine sums a gradient down to its input's shape.
  bool broadcasts = false;
  /// Any number of inputs, all with rules[0]; Saved::index() says which one.
  bool variadic = false;
  /// `compute` may write its output over input 0, which has its shape and dtype.
  bool in_place = false;
  /// The result shows elements of input 0 in another form; NumPy's writes to that.
  bool is_part = false;
  /// False: the result is cut from the tape, as of comparisons.
  bool differentiable = true;

  /// Checks the inputs and gives shapes and dtypes of the outputs, from shapes and attributes alone.
  void (*shape)(const Inputs& x, const Attrs& attrs, Specs& y) = nullptr;
  void (*compute)(const Inputs& x, const Attrs& attrs, const Outputs& y) = nullptr;
  /// Instead of compute: makes the output out of its input's buffer.
  Tensor (*view)(const Inputs& x, const Attrs& attrs, const Spec& y) = nullptr;

  std::array<Rule, max_inputs> rules = {};
  /// One rule for several inputs that share work: sets gradients[i] where saved.needs(i).
  void (*joint)(const Saved& saved, const Tensor& g, Tensor* gradients) = nullptr;
  /// The same function out of operations without joint rules; what is differentiated when gradients are recorded.
  Tensors (*composite)(const Tensors& x, const Attrs& attrs) = nullptr;
  /// Whether the rule needs, for these outputs, the gradients that reach them as functions of them: see Note [Looking
  /// up].
  bool (*looks_up)(const Tensor* y) = nullptr;
  /// What an error says where the rule cannot be differentiated again; null where it can.
  const char* no_second_derivative = nullptr;

  Samples (*samples)() = nullptr;

  mutable KernelCounts counts = {};

  const Rule& rule(int input) const {
    static constexpr Rule none{};
    if (variadic) return rules[0];
    return input < max_inputs ? rules[static_cast<std::size_t>(input)] : none;
  }
};

/// Applies an operation: checks, computes, and records where an input requires a gradient.
void apply(const Op& op, const Attrs& attrs, const Inputs& x, Tensor* y);

inline Tensor apply(const Op& op, const Attrs& attrs, const Inputs& x) {
  Tensor y;
  apply(op, attrs, x, &y);
  return y;
}
struct NoAttrs {};
template <class A>
Tensor apply(const Op& op, const A& attrs, std::initializer_list<const Tensor*> x) {
  return apply(op, Attrs(attrs), Inputs(x.begin(), static_cast<int>(x.size())));
}
inline Tensor apply(const Op& op, std::initializer_list<const Tensor*> x) {
  return apply(op, Attrs(), Inputs(x.begin(), static_cast<int>(x.size())));
}
/// For a list of inputs.
Tensor apply_all(const Op& op, const Attrs& attrs, const Tensors& x);

/// Every row of the library, in the order of the families.
const std::vector<const Op*>& catalog();
using Family = std::span<const Op* const>;

}  // namespace frost::detail
