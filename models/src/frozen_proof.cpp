#include <frost/models/frozen_proof.hpp>

#include "expect.hpp"
#include "fingerprint.hpp"
#include "selection.hpp"

#include <frost/autograd/leaf.hpp>
#include <frost/autograd/make.hpp>

#include <algorithm>
#include <optional>

namespace frost {

using detail::FrozenPart;
using detail::Ref;
using detail::Selection;
using models::expect;
using models::Fingerprint;

namespace {

constexpr std::size_t block_bytes = 1024;

std::span<const std::byte> bytes_of(const Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return std::as_bytes(t.data<float>());
    case DType::float64:
      return std::as_bytes(t.data<double>());
    case DType::int64:
      return std::as_bytes(t.data<std::int64_t>());
    case DType::boolean:
      break;
  }
  return std::as_bytes(t.data<bool>());
}

// One a block of the values; what is trained in them, if a part is frozen, is taken as zero.
std::vector<Fingerprint> fingerprints(const Tensor& weight, const Ref<FrozenPart>& part) {
  Tensor values = weight.detach();
  if (part) {
    values = weight.detach().clone();
    part->scatter(zeros(part->trained_shape(), {.dtype = weight.dtype()}), values);
  }
  const std::span<const std::byte> bytes = bytes_of(values);
  std::vector<Fingerprint> all;
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes)
    all.push_back(models::fingerprint(bytes.subspan(at, std::min(block_bytes, bytes.size() - at))));
  return all;
}

}  // namespace

struct FrozenProof::Entry {
  Parameter weight;
  Ref<FrozenPart> part;
  std::vector<Fingerprint> blocks;

  // The first block that is not as it was.
  std::optional<std::size_t> moved() const {
    const std::vector<Fingerprint> now = fingerprints(weight, part);
    const auto differs = std::mismatch(blocks.begin(), blocks.end(), now.begin(), now.end()).first;
    if (differs == blocks.end()) return {};
    return static_cast<std::size_t>(differs - blocks.begin());
  }
};

FrozenProof assert_frozen(const Layer& model, const Selector& selector) {
  const Selection selection = Selection::of("assert_frozen", model, selector);
  std::vector<FrozenProof::Entry> entries;
  for (const Selection::WeightEntry& w : selection.weights) {
    if (!w.is_selected) continue;
    const Parameter& weight = w.own->parameter;
    const Ref<FrozenPart> part = detail::frozen_part(weight);
    entries.push_back({weight, part, fingerprints(weight, part)});
  }
  expect(!entries.empty(), "assert_frozen: {} selects layers without weights in '{}'", selector.text(), model.name());
  FrozenProof proof;
  proof.entries_ = std::make_shared<const std::vector<FrozenProof::Entry>>(std::move(entries));
  return proof;
}

void FrozenProof::check() const {
  expect(entries_ != nullptr, "check: the proof is absent; expected what assert_frozen(…) gave");
  for (const Entry& e : *entries_) {
    const std::optional<std::size_t> block = e.moved();
    if (!block) continue;
    const std::size_t in_block = block_bytes / size_of(e.weight.dtype());
    const std::size_t first = *block * in_block;
    const std::size_t last = std::min(first + in_block, static_cast<std::size_t>(e.weight.size())) - 1;
    throw Error(fmt::format(
        "assert_frozen: '{}' of shape {} moved, first among its elements {} to {}; expected every bit as it "
        "was. It is {}",
        e.weight.name(), to_string(e.weight.shape()), first, last,
        detail::is_trained(e.weight) ? "trainable now: freeze it, or leave it out of the selector"
                                     : "not trained now: something assigned to it, or trained it before"));
  }
}

std::vector<std::string> FrozenProof::moved() const {
  expect(entries_ != nullptr, "moved: the proof is absent; expected what assert_frozen(…) gave");
  std::vector<std::string> names;
  for (const Entry& e : *entries_)
    if (e.moved()) names.push_back(e.weight.name());
  return names;
}

}  // namespace frost
