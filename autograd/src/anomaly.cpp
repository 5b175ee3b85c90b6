#include "anomaly.hpp"

#include "check.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace frost {

void set_anomaly_mode(bool on) { detail::anomaly_mode_is_on.store(on, std::memory_order_relaxed); }

namespace detail {

std::atomic<bool> anomaly_mode_is_on{false};

namespace {

thread_local std::vector<std::string> layers;

struct Range {
  double min = std::numeric_limits<double>::infinity(), max = -min;  // of the finite values
  std::int64_t nans = 0, infinities = 0;

  bool is_finite() const { return nans == 0 && infinities == 0; }
};

// Whether no exponent is that of an infinity or a NaN: a loop that the compiler turns into vector code.
template <class S, class Bits>
bool is_finite(const void* data, std::int64_t count) {
  constexpr Bits exponent = std::bit_cast<Bits>(std::numeric_limits<S>::infinity());
  const Bits* bits = static_cast<const Bits*>(data);
  Bits found = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Bits value;
    std::memcpy(&value, bits + i, sizeof value);
    found |= static_cast<Bits>((value & exponent) == exponent);
  }
  return found == 0;
}

bool is_finite(const Tensor& t) {
  const void* data = impl(t)->data;
  return t.dtype() == DType::float32 ? is_finite<float, std::uint32_t>(data, t.size())
                                     : is_finite<double, std::uint64_t>(data, t.size());
}

template <class S>
Range range_of(const void* data, std::int64_t count) {
  const S* values = static_cast<const S*>(data);
  Range range;
  for (std::int64_t i = 0; i < count; ++i) {
    const double v = static_cast<double>(values[i]);
    if (std::isnan(v)) {
      ++range.nans;
    } else if (std::isinf(v)) {
      ++range.infinities;
    } else {
      range.min = std::min(range.min, v);
      range.max = std::max(range.max, v);
    }
  }
  return range;
}

Range range_of(const void* data, std::int64_t count, DType dtype) {
  if (dtype == DType::float32) return range_of<float>(data, count);
  if (dtype == DType::float64) return range_of<double>(data, count);
  if (dtype == DType::int64) return range_of<std::int64_t>(data, count);
  return range_of<bool>(data, count);
}

Range range_of(const Tensor& t) { return range_of(impl(t)->data, t.size(), t.dtype()); }

std::string words(const ShapeRef& shape, DType dtype, const Range& range) {
  std::string out = fmt::format("{} of {}", text(shape), name_of(dtype));
  if (range.min <= range.max) out += fmt::format(", min {}, max {}", range.min, range.max);
  return out + fmt::format(", {} NaN, {} infinite", range.nans, range.infinities);
}

std::string words(const Tensor& t) { return words(shape_of(t), t.dtype(), range_of(t)); }

std::string input_name(const Op& op, int i) {
  const Rule& rule = op.rule(i);
  return rule.exists() && !op.variadic ? fmt::format("input '{}'", rule.input) : fmt::format("input {}", i);
}

// What was made out of what was given; empty when nothing new was.
std::string made(const Range& result, const Range& given) {
  if (result.nans > 0) return given.nans > 0 ? "carries on a NaN that no operation made" : "made a NaN";
  if (result.infinities > 0 && given.is_finite()) return "made an infinity out of finite values";
  return "";
}

void add(Range& all, const Range& one) {
  all.nans += one.nans;
  all.infinities += one.infinities;
}

}  // namespace

void enter_layer(const std::string& name) { layers.push_back(name); }
void leave_layer() noexcept { layers.pop_back(); }

void note_path(Node& node) {
  if (layers.empty()) return;
  if (!node.notes) node.notes = new NodeNotes;
  for (const std::string& name : layers) node.notes->path += (node.notes->path.empty() ? "" : "/") + name;
}

void check_results(const char* name, const Op& op, const Inputs& x, const Tensor* y, int outputs) {
  for (int k = 0; k < outputs; ++k) {
    if (!is_floating(y[k].dtype()) || is_finite(y[k])) continue;
    const Range result = range_of(y[k]);
    Range given;
    for (int i = 0; i < x.size(); ++i)
      if (x[i].present() && is_floating(x[i].dtype())) add(given, range_of(x[i]));
    const std::string what = made(result, given);
    if (what.empty()) continue;
    std::string message = fmt::format("{}: the forward pass {}; ", name, what);
    for (int i = 0; i < x.size(); ++i)
      if (x[i].present()) message += fmt::format("{}: {}; ", input_name(op, i), words(x[i]));
    throw Error(message + fmt::format("output: {}", words(y[k])));
  }
}

void check_gradient(const Node& node, int input, const Tensor* incoming, const Tensor& gradient) {
  if (!gradient.present() || is_finite(gradient)) return;
  const Range result = range_of(gradient);
  Range given;
  for (int k = 0; k < node.output_count; ++k)
    if (incoming[k].present()) add(given, range_of(incoming[k]));
  const std::string what = made(result, given);
  if (what.empty()) return;
  std::string message = node.notes && !node.notes->path.empty() ? node.notes->path + ": " : "";
  message += fmt::format("{}: the gradient of {} {}; gradient: {}; ", node.op->name, input_name(*node.op, input), what,
                         words(gradient));
  for (int k = 0; k < node.output_count; ++k)
    if (incoming[k].present()) message += fmt::format("gradient of the output: {}; ", words(incoming[k]));
  for (int i = 0; i < node.input_count; ++i) {
    const NodeInput& x = node.inputs[i];
    if (!x.has(NodeInput::present)) continue;
    message += input_name(*node.op, i) + ": ";
    message += x.has(NodeInput::strong) ? words(x.shape, x.dtype, range_of(x.data, x.shape.count(), x.dtype))
                                        : fmt::format("{} of {}, not kept", text(x.shape), name_of(x.dtype));
    message += "; ";
  }
  for (int k = 0; k < node.output_count; ++k)
    if (const NodeOutput& y = node.outputs[k]; y.buffer)
      message += fmt::format("output: {}; ", words(y.shape, y.dtype, range_of(y.data, y.shape.count(), y.dtype)));
  message.resize(message.size() - 2);
  throw Error(message);
}

}  // namespace detail

}  // namespace frost
