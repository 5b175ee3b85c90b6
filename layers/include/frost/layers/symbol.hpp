#pragma once
#include <frost/autograd/counted.hpp>
#include <frost/autograd/positional.hpp>
#include <frost/autograd/tensor.hpp>

namespace frost {

class Layer;

namespace detail {
/// One symbolic call of a layer; symbols and models keep it.
struct CallBase : Counted {
  virtual ~CallBase() = default;
};
struct Graph;
struct Call;
}  // namespace detail

/// The functions of symbols, which calls with a symbol find without being told: `2. * relu(x)`. They stand apart from
/// those of tensors, so that `relu` by itself, as in Activation(relu), is one function.
namespace symbolic {
struct Functions {};
}  // namespace symbolic

/// A tensor to come: what a layer gives when it is called on an `Input` rather than on values. It has a shape and a
/// dtype and knows the calls that lead to it; a Model is made of two of them.
///
///     Symbol x = Input({8});
///     Symbol y = 2. * relu(x) + x;   // the operations become layers: see symbol_functions.hpp
class FROST_API Symbol : public symbolic::Functions {
 public:
  /// An absent symbol. It converts to false.
  Symbol() = default;
  explicit operator bool() const { return static_cast<bool>(call_); }

  /// The shape with the batch axis, −1 where a size is unknown: (-1, 32, 32).
  Shape shape() const;
  DType dtype() const;
  /// The layer whose call gave this symbol.
  Layer layer() const;
  bool is_same(const Symbol& other) const { return call_ == other.call_ && output_ == other.output_; }

  /// The i-th entry along the first axis, which is the batch; negative counts from the end.
  Symbol operator[](std::int64_t index) const;
  /// Entries start, start + step, … before stop along one axis, with NumPy's meaning of negative and large bounds.
  Symbol slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1) const;

 private:
  friend struct detail::Graph;
  detail::Ref<detail::CallBase> call_;
  int output_ = 0;
};

using Symbols = std::vector<Symbol>;

struct InputOptions {
  DType dtype = default_dtype();
  std::string name = {};
};

/// The symbol of an Input. It may stand in front of a Sequential's layers: Sequential({Input({8}), Dense(4)}).
class FROST_API InputSymbol : public Symbol {
 public:
  explicit InputSymbol(const Symbol& input) : Symbol(input) {}
  using Symbol::operator=;
  InputSymbol(const InputSymbol&) = default;
  InputSymbol& operator=(const InputSymbol&) = default;

  /// Throws: GraphError when another symbol was assigned.
  operator Layer() const;
};

/// Where a model's input comes in. `shape` has no batch axis, −1 for an unknown size: Input({32, 32}),
/// Input({-1, -1, 3}), Input(4) for one axis. Throws: ShapeError for a size below −1.
FROST_API InputSymbol Input(const Shape& shape, const InputOptions& options = {});
template <detail::Whole I>
InputSymbol Input(I size, const InputOptions& options = {}) {
  return Input(Shape{size}, options);
}

}  // namespace frost
