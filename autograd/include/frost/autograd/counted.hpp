#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace frost::detail {

/// The count of owners inside an object that handles share.
struct Counted {
  std::atomic<std::uint32_t> owners{0};
};

/// A counted pointer to a T that derives from Counted and has a virtual destructor.
template <class T>
class Ref {
 public:
  constexpr Ref() = default;
  explicit Ref(T* object) : object_(object) { retain(); }
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  constexpr ~Ref() {
    if (object_ && object_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete object_;
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const Ref& other) const { return object_ == other.object_; }

 private:
  void retain() {
    if (object_) object_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  T* object_ = nullptr;
};

}  // namespace frost::detail
