#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstdint>

namespace frost::detail {

struct Buffer;

/// Which values a tensor showed, to find out later whether it was written. It keeps no values alive, and changes
/// nothing about how the tensor is written.
class FROST_API Contents {
 public:
  explicit Contents(const Tensor& of);
  Contents(Contents&& other) noexcept;
  Contents& operator=(Contents other) noexcept;
  ~Contents();

  /// Whether the tensor still shows them: it was not assigned and none of its elements was written since.
  bool are_of(const Tensor& t) const;

 private:
  Buffer* buffer_;  // remembered weakly, so that no later buffer is taken for it
  const void* data_;
  std::uint32_t version_;
};

}  // namespace frost::detail
