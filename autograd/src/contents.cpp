#include <frost/autograd/contents.hpp>

#include "array.hpp"

namespace frost::detail {

Contents::Contents(const Tensor& of)
    : buffer_(impl(of)->buffer),
      data_(impl(of)->data),
      version_(buffer_ ? buffer_->version.load(std::memory_order_relaxed) : 0) {
  if (buffer_) remember(buffer_);
}
Contents::Contents(Contents&& other) noexcept
    : buffer_(std::exchange(other.buffer_, nullptr)), data_(other.data_), version_(other.version_) {}
Contents& Contents::operator=(Contents other) noexcept {
  std::swap(buffer_, other.buffer_);
  data_ = other.data_;
  version_ = other.version_;
  return *this;
}
Contents::~Contents() {
  if (buffer_) forget(buffer_);
}

bool Contents::are_of(const Tensor& t) const {
  const TensorImpl* now = impl(t);
  return now->buffer == buffer_ && now->data == data_ &&
         (!buffer_ || buffer_->version.load(std::memory_order_relaxed) == version_);
}

}  // namespace frost::detail
