#pragma once
#include <frost/layers.hpp>

// Layers of a user's own, as they meet freezing, masks and files.
namespace pairs {

/// Calls its layers in a checkpoint, whose function holds the context by value.
class Kept : public frost::LayerBase {
 public:
  explicit Kept(const std::vector<frost::Layer>& inner);
  frost::Tensor call(const frost::Tensor& x, const frost::CallContext& context) override;
  bool supports_masking() const override { return true; }
  frost::Layer copy_unbuilt() const override;
  frost::Config config() const override;

 private:
  std::vector<frost::Layer> inner_;
};

/// Makes its layers when it is built.
class Grown : public frost::LayerBase {
 public:
  /// A list of types and configs of layers.
  explicit Grown(const frost::Config& layers) : layers_(layers) { set_container(); }
  void build(const frost::Shape& input) override;
  frost::Tensor call(const frost::Tensor& x, const frost::CallContext& context) override;
  bool supports_masking() const override { return true; }
  frost::Config config() const override;

 private:
  frost::Config layers_;
  std::vector<frost::Layer> inner_;
};

/// x, and its gradient times a factor: by a function of its own or by a hook on a tensor that shares x's memory.
class Scaled : public frost::LayerBase {
 public:
  Scaled(double factor, bool by_hook) : factor_(factor), by_hook_(by_hook) {}
  frost::Tensor call(const frost::Tensor& x, const frost::CallContext& context) override;
  bool supports_masking() const override { return true; }
  frost::Config config() const override;

 private:
  double factor_;
  bool by_hook_;
};

/// Layers as a list of types and configs.
frost::Config list_of(const std::vector<frost::Layer>& layers);
/// Makes these classes known to files.
void register_own_layers();

}  // namespace pairs
