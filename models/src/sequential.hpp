#pragma once
#include "model_base.hpp"

namespace frost {

/// What a Sequential is a handle of: layers, and once the input's shape is known their graph.
class SequentialBase : public ModelBase {
 public:
  explicit SequentialBase(const std::string& name) : ModelBase(name) { lists_inputs_ = false; }

  using ModelBase::build;
  void build(const Shape& input) override;
  /// Builds for an input shape without the batch axis, which is checked from then on, and for this dtype, unless the
  /// layers take another one only.
  void build_rows(const Shape& row, DType dtype = default_dtype());
  void add(const Layer& layer);
  Config config() const override;
  /// The last layer's name, also before the model is built.
  std::vector<std::string> output_names() const override;
  std::string type() const override { return "Sequential"; }
  std::string default_name() const override { return "sequential"; }

 private:
  // The layers that are in the model, so that adding one does not look at all others.
  struct Known {
    detail::TakenNames names;
    std::unordered_set<const LayerBase*> layers;
    std::uint64_t renames = 0;
  };

  void connect_all(const Shape& row, DType given);
  Known& known();

  Known known_;
};

}  // namespace frost
