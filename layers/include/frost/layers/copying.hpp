#pragma once
#include <frost/autograd/identity.hpp>
#include <frost/layers/layer.hpp>

// How layers and models are copied: a copy is made by LayerBase::copy_unbuilt, built like any layer, and then filled.
namespace frost::detail {

/// Gives a layer another one's name and flags.
FROST_API void copy_name_and_flags(const LayerBase& from, LayerBase& to);

/// While one lives, this thread's layers are built as copies: the weights that they add start at 0, for their values
/// are another's, and a weight that they share is the copy of it.
class FROST_API Copying {
 public:
  /// The copies' floating weights and inputs have `dtype`; absent: the originals'.
  [[nodiscard]] explicit Copying(std::optional<DType> dtype = {});
  ~Copying();
  Copying(const Copying&) = delete;
  Copying& operator=(const Copying&) = delete;

  /// This thread's innermost one, or null.
  static const Copying* current();
  /// What stands for a dtype in the copies.
  DType dtype_for(DType original) const { return dtype_ && is_floating(original) ? *dtype_ : original; }
  /// The copy of a weight; the weight itself where there is none.
  const Parameter& copy_of(const Parameter& from) const;

  /// Gives a copy that is not yet built its name, flags and dtype.
  void prepare(const LayerBase& from, LayerBase& to) const;
  /// Fills a copy that is built: values, what is frozen, names and flags, of everything inside too. Once is enough.
  /// Throws: ValueError when it has not the same weights, or shares one with the original.
  void fill(const Layer& from, const Layer& to);

 private:
  Copying* before_;
  std::optional<DType> dtype_;
  std::unordered_map<const void*, Parameter> copies_;  // by the original
  Met filled_;
};

/// A copy of a layer or model that computes in another dtype, for inputs of these shapes. The layer is built if it is
/// not. Throws: ValueError that names a class which cannot be copied.
FROST_API Layer copy_in(const Layer& layer, const Tensors& xs, DType dtype);

}  // namespace frost::detail
