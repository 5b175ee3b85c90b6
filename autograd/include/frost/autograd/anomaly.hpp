#pragma once
#include <frost/export.hpp>

#include <atomic>
#include <string>

namespace frost {

/// While it is on, an operation or a gradient that makes a NaN or an infinity out of finite values is a frost::Error.
/// It says which operation, whether it was its forward pass or the gradient of which input, in which layer, and shapes
/// and ranges of what it was given. Meant for looking for such a value: every result is read once more. Off at first;
/// one setting for the process. What was recorded while it was off has no layer in its errors.
///
/// Infinities that were there before (a mask of −inf) may be carried on. A NaN may not: one that no operation made is
/// an error of the first operation that carries it on, which says so.
FROST_API void set_anomaly_mode(bool on);

namespace detail {
extern FROST_API std::atomic<bool> anomaly_mode_is_on;
}  // namespace detail

inline bool anomaly_mode() { return detail::anomaly_mode_is_on.load(std::memory_order_relaxed); }

namespace detail {

FROST_API void enter_layer(const std::string& name);
FROST_API void leave_layer() noexcept;

/// While it lives, what this thread records belongs to the layer of that name, inside those entered before.
class LayerScope {
 public:
  explicit LayerScope(const std::string& name) : entered_(anomaly_mode()) {
    if (entered_) [[unlikely]]
      enter_layer(name);
  }
  ~LayerScope() {
    if (entered_) [[unlikely]]
      leave_layer();
  }
  LayerScope(const LayerScope&) = delete;
  LayerScope& operator=(const LayerScope&) = delete;

 private:
  bool entered_;
};

}  // namespace detail

}  // namespace frost
