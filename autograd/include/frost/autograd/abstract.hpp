#pragma once
#include <frost/autograd/tensor.hpp>

#include <functional>
#include <string>

namespace frost {

namespace detail {

struct SizePairs;

// Note [Abstract passes]
// What a function of abstract tensors makes of unknown sizes is found out by running it twice, with another number in
// their place each time. A size that is another the second time is unknown. So where two sizes disagree of which one is
// unknown, the other is what both are. In a pass, tensors that a maker makes of large shapes get their values when
// these are read, for nobody reads most of them.
class FROST_API AbstractPasses {
 public:
  /// Of two passes, in which unknown sizes are sizes[0] and sizes[1].
  explicit AbstractPasses(const std::int64_t (&sizes)[2]) : sizes_{sizes[0], sizes[1]} {}
  /// Calls pass(0) and pass(1), both again where the second shows what the first could not know. Throws: what they do.
  void run(const std::function<void(int)>& pass);
  /// The text of an error that run has thrown, with None for numbers that are other ones in the other pass.
  std::string without_unknown_sizes(const std::string& text) const;

 private:
  std::int64_t sizes_[2];
  std::string other_error_;
};

/// What an unknown size is in the pass under way; 0 when there is none.
FROST_API std::int64_t unknown_size();

/// Whether two sizes are the same, or may be because one of them is unknown in the pass under way.
FROST_API bool sizes_agree(std::int64_t a, std::int64_t b);

/// No pass is under way while it lives: what is made has values.
class FROST_API OutsidePasses {
 public:
  OutsidePasses();
  ~OutsidePasses();
  OutsidePasses(const OutsidePasses&) = delete;
  OutsidePasses& operator=(const OutsidePasses&) = delete;

 private:
  SizePairs* before_;
};

}  // namespace detail

/// A tensor with a shape and no values. Operations on it compute shapes alone, so that a layer can be asked for the
/// shape of its result; reading its values is an error. Throws: ShapeError for a negative size.
FROST_API Tensor abstract_tensor(const Shape& shape, DType dtype = default_dtype());

/// Whether a tensor has values: false when it is absent, or has a shape alone because a model is being built.
FROST_API bool has_values(const Tensor& tensor);

}  // namespace frost
