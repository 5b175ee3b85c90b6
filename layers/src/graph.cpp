#include "expect.hpp"

#include <frost/autograd/abstract.hpp>
#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/grad.hpp>
#include <frost/layers/graph.hpp>
#include <frost/layers/reshaping.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <typeinfo>

namespace frost {

namespace detail {

namespace {

std::atomic<std::uint64_t> calls_made{0};
std::mutex calls_mutex;  // of the lists of calls that layers have
std::atomic<std::uint64_t> renamed{0};
thread_local std::vector<DType> building_for;

Call::Output output_of(const Shape& shape, DType dtype) {
  Call::Output output{shape, {}};
  for (int w = 0; w < 2; ++w) {
    Shape known = shape;
    for (std::int64_t& size : known)
      if (size < 0) size = witness_size[w];
    output.witness[w] = abstract_tensor(known, dtype);
  }
  return output;
}

class InputBase : public LayerBase {
 public:
  InputBase(const Shape& shape, const InputOptions& options) : shape_{shape}, options_(options) {
    configure(options.name, true, options.dtype);
    for (const std::int64_t size : shape)
      expect<ShapeError>(size >= -1, "Input: got shape {}; expected sizes of 0 or more, or -1 for an unknown one",
                         to_string(shape));
    Graph::set_built(*this);
  }
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
  std::string type() const override { return "InputLayer"; }
  std::string default_name() const override { return "input"; }

  Shape batch_shape() const {
    Shape batch = {-1};
    batch.insert(batch.end(), shape_.begin(), shape_.end());
    return batch;
  }
  DType input_dtype() const { return options_.dtype; }

 private:
  Shape shape_;
  InputOptions options_;
};

}  // namespace

Call::Call(const Layer& called, const Symbols& arguments, bool is_remembered)
    : sequence(calls_made.fetch_add(1)), layer(called), inputs(arguments), remembered(is_remembered) {
  if (!remembered) return;
  const std::lock_guard lock(calls_mutex);
  layer.base().calls_.push_back(this);
}

// A chain of calls of any length ends without recursion.
Call::~Call() {
  if (remembered) {  // what ends first was mostly made last
    const std::lock_guard lock(calls_mutex);
    std::vector<CallBase*>& calls = layer.base().calls_;
    calls.erase(std::prev(std::find(calls.rbegin(), calls.rend(), this).base()));
  }
  thread_local Symbols* ending = nullptr;
  if (ending) {
    for (Symbol& s : inputs) ending->push_back(std::move(s));
    return;
  }
  Symbols queue = std::move(inputs);
  ending = &queue;
  while (!queue.empty()) {
    const Symbol last = std::move(queue.back());
    queue.pop_back();
  }
  ending = nullptr;
}

// One whose last symbol another thread is just dropping is not taken up again.
std::vector<Ref<Call>> Graph::living_calls(const LayerBase& layer) {
  std::vector<Ref<Call>> living;
  const std::lock_guard lock(calls_mutex);
  living.reserve(layer.calls_.size());
  for (CallBase* call : layer.calls_) {
    std::uint32_t owners = call->owners.load(std::memory_order_relaxed);
    while (owners != 0 && !call->owners.compare_exchange_weak(owners, owners + 1, std::memory_order_acquire)) {
    }
    if (owners == 0) continue;
    living.emplace_back(static_cast<Call*>(call));
    call->owners.fetch_sub(1, std::memory_order_relaxed);
  }
  return living;
}

Symbol Graph::symbol(Call& call, int output) {
  Symbol s;
  s.call_ = Ref<CallBase>(&call);
  s.output_ = output;
  return s;
}

Symbols Graph::symbols(Call& call) {
  Symbols all;
  for (std::size_t i = 0; i < call.outputs.size(); ++i) all.push_back(symbol(call, static_cast<int>(i)));
  return all;
}

const std::vector<DType>& Graph::dtypes_of_build() { return building_for; }

void Graph::build(LayerBase& layer, const std::vector<Shape>& shapes, const std::vector<DType>& dtypes) {
  // One for all layers: a build may build the layers inside.
  static std::recursive_mutex mutex;
  const std::lock_guard lock(mutex);
  if (layer.is_built()) return;
  const std::size_t weights = layer.weights_.size();
  const std::size_t sublayers = layer.sublayers_.size();
  layer.made_before_build_ = weights + sublayers;
  const DoneOnce once(layer.made_in_);
  const OutsidePasses real;
  const std::vector<DType> before = building_for;
  if (!dtypes.empty()) building_for = dtypes;
  try {
    layer.build(shapes);
    building_for = before;
  } catch (...) {
    building_for = before;
    drop_added(layer, weights, sublayers);
    throw;
  }
  if (shapes.size() == 1) layer.built_on_ = {shapes[0], dtypes.empty() ? std::nullopt : std::optional(dtypes[0])};
  set_built(layer);
}

void Graph::build_for(LayerBase& layer, const Tensor* xs, std::size_t count) {
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  for (std::size_t i = 0; i < count; ++i) {
    dtypes.push_back(xs[i].dtype());
    shapes.push_back(xs[i].shape());
    if (!shapes.back().empty()) shapes.back()[0] = -1;
    if (const std::int64_t unknown = unknown_size(); unknown > 0)
      std::replace(shapes.back().begin(), shapes.back().end(), unknown, std::int64_t{-1});
  }
  build(layer, shapes, dtypes);
}

std::uint64_t Graph::renames() { return renamed.load(std::memory_order_relaxed); }

void Graph::set_name(LayerBase& layer, const std::string& name, Name origin) {
  if (layer.named_ && layer.name_ != name) renamed.fetch_add(1, std::memory_order_relaxed);
  layer.name_ = name;
  layer.named_ = true;
  layer.counted_ = origin == Name::counted;
  for (const OwnWeight& w : layer.weights_)
    if (!w.is_shared) w.parameter.set_name(name + "/" + w.name);
}

Tensors Graph::call_with_masks(LayerBase& layer, const Tensors& xs, const Tensors& masks, CallContext context,
                               Tensors& results) {
  const auto present = [](const Tensors& some) {
    return std::any_of(some.begin(), some.end(), [](const Tensor& m) { return m.present(); });
  };
  const Tensors given = masks;  // the results may be put in their place
  const Ref<CallMasks> of_call(new CallMasks(present(given) ? given : Tensors()));
  context.masks_ = of_call;
  Tensors ys = layer.call_all(xs, context);
  results = of_call->told.empty() ? layer.compute_mask(xs, given) : of_call->told;
  if (!present(results)) results.clear();
  return ys;
}

Symbols Graph::connect(const Layer& layer, const Symbols& inputs, bool remember) {
  LayerBase& base = layer.base();
  expect(!inputs.empty(), "{}: called on no symbols", base.name());
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  for (const Symbol& s : inputs) {
    expect(static_cast<bool>(s), "{}: called on an absent symbol", base.name());
    shapes.push_back(s.shape());
    dtypes.push_back(s.dtype());
  }
  AbstractPasses passes(witness_size);
  try {
    if (!base.is_built()) build(base, shapes, dtypes);
    const NoGrad guard;
    Tensors results[2], masks[2];
    passes.run([&](int w) {
      Tensors arguments, given;
      for (const Symbol& s : inputs) {
        const Call::Output& argument = call(s).outputs[static_cast<std::size_t>(output(s))];
        arguments.push_back(argument.witness[w]);
        given.push_back(argument.mask[w]);
      }
      results[w] = call_with_masks(base, arguments, given, CallContext(), masks[w]);
    });
    expect<GraphError>(results[0].size() == results[1].size() && !results[0].empty(),
                       "the number of outputs must not depend on sizes; got {} and {}", results[0].size(),
                       results[1].size());

    const Ref<Call> made(new Call(layer, inputs, remember));
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      Tensor& a = results[0][i];
      Tensor& b = results[1][i];
      expect<GraphError>(a.present() && b.present(), "output {} is absent", i);
      expect<ShapeError>(a.rank() == b.rank(), "the rank of the output must not depend on sizes; got {} and {}",
                         a.rank(), b.rank());
      Call::Output output{a.shape(), {}};
      for (std::size_t axis = 0; axis < output.shape.size(); ++axis)
        if (a.shape()[axis] != b.shape()[axis]) output.shape[axis] = -1;
      output.witness[0] = has_values(a) ? abstract_tensor(a.shape(), a.dtype()) : a;
      output.witness[1] = has_values(b) ? abstract_tensor(b.shape(), b.dtype()) : b;
      for (int w = 0; w < 2; ++w)
        if (i < masks[w].size() && masks[w][i].present())
          output.mask[w] = abstract_tensor(masks[w][i].shape(), masks[w][i].dtype());
      made->outputs.push_back(std::move(output));
    }
    return symbols(*made);
  } catch (const Error&) {
    rethrow_inside(base, &passes);
  }
}

namespace {

// An error that knows the path of the layer it came from, so that an outer one can put its name in front.
struct Location {
  std::string path, text;
};
template <class E>
struct Located : E, Location {
  Located(const std::string& where, const std::string& what) : E(where + ": " + what), Location{where, what} {}
};

// An error of a build is about shapes with −1 for what is unknown, which messages call None.
std::string with_none(const std::string& text) {
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '(' ? text.find_first_not_of("-0123456789, ", at + 1) : std::string::npos;
    if (end == std::string::npos || text[end] != ')') {
      made += text[at++];
      continue;
    }
    for (; at <= end; ++at) {
      const bool is_unknown = text.compare(at, 2, "-1") == 0 && (text[at + 2] == ',' || text[at + 2] == ')');
      made += is_unknown ? "None" : std::string(1, text[at]);
      at += is_unknown;
    }
  }
  return made;
}

// The type in front of an error says no more than a name that was made of it: dense_1, Dense.
std::string without_name(const LayerBase& layer, const std::string& text) {
  const std::string &name = layer.name(), base = layer.default_name();
  const bool is_counted =
      name.rfind(base, 0) == 0 && name.find_first_not_of("_0123456789", base.size()) == std::string::npos;
  for (const std::string& said : {name, layer.type(), base})
    if ((is_counted || said == name) && text.rfind(said + ": ", 0) == 0) return text.substr(said.size() + 2);
  return text;
}

template <class E>
[[noreturn]] void rethrow_as(const LayerBase& layer, const E& error, const AbstractPasses* passes, const char* hint) {
  const std::string& name = layer.name();
  const auto* inner = dynamic_cast<const Location*>(&error);
  std::string what = (passes ? passes->without_unknown_sizes(error.what()) : error.what()) + hint;
  if (!inner) {
    if (!layer.is_built()) what = with_none(what);
    throw Located<E>(name, without_name(layer, what));
  }
  throw Located<E>(name + "/" + inner->path, what.substr(std::min(what.size(), inner->path.size() + 2)));
}
template <class E>
bool is_exactly(const Error& error) {
  return typeid(error) == typeid(E) || typeid(error) == typeid(Located<E>);
}

}  // namespace

void Graph::rethrow_inside(const LayerBase& layer, const AbstractPasses* passes, const char* hint) {
  try {
    throw;
  } catch (const Error& error) {
    if (is_exactly<ShapeError>(error)) rethrow_as(layer, static_cast<const ShapeError&>(error), passes, hint);
    if (is_exactly<ValueError>(error)) rethrow_as(layer, static_cast<const ValueError&>(error), passes, hint);
    if (is_exactly<GraphError>(error)) rethrow_as(layer, static_cast<const GraphError&>(error), passes, hint);
    if (is_exactly<FileError>(error)) rethrow_as(layer, static_cast<const FileError&>(error), passes, hint);
    if (is_exactly<Error>(error)) rethrow_as(layer, error, passes, hint);
    throw;  // a class of the user's own stays what it is
  }
}

bool is_input(const Layer& layer) { return dynamic_cast<const InputBase*>(&layer.base()) != nullptr; }

Symbol call_input(const Layer& layer) {
  if (const std::vector<Ref<Call>> calls = Graph::living_calls(layer.base()); !calls.empty())
    return Graph::symbol(*calls.front(), 0);
  const auto& base = static_cast<const InputBase&>(layer.base());
  const Ref<Call> made(new Call(layer, {}, true));
  made->outputs.push_back(output_of(base.batch_shape(), base.input_dtype()));
  return Graph::symbol(*made, 0);
}

namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string near_names(const std::string& name, const std::vector<std::string>& candidates) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& c : candidates) ranked.emplace_back(edit_distance(name, c), c);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (ranked.empty()) return "There are none.";
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(ranked.size(), 5); ++i)
    list += (i ? ", '" : "'") + ranked[i].second + "'";
  return "Near names: " + list + ".";
}

}  // namespace detail

Shape Symbol::shape() const {
  detail::expect(static_cast<bool>(call_), "shape: the symbol is absent");
  return detail::Graph::call(*this).outputs[static_cast<std::size_t>(output_)].shape;
}
DType Symbol::dtype() const {
  detail::expect(static_cast<bool>(call_), "dtype: the symbol is absent");
  return detail::Graph::call(*this).outputs[static_cast<std::size_t>(output_)].witness[0].dtype();
}
Layer Symbol::layer() const {
  detail::expect(static_cast<bool>(call_), "layer: the symbol is absent");
  return detail::Graph::call(*this).layer;
}

InputLayer::InputLayer(const Shape& shape, const InputOptions& options)
    : Layer(layer<detail::InputBase>(shape, options)) {}

InputSymbol Input(const Shape& shape, const InputOptions& options) {
  return InputSymbol(detail::call_input(InputLayer(shape, options)));
}
InputSymbol::operator Layer() const {
  const Layer input = layer();
  detail::expect<GraphError>(
      detail::is_input(input),
      "Input: the symbol is no Input any more, it is what the layer '{}' gave; expected an Input", input.name());
  return input;
}

}  // namespace frost
