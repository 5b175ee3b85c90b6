// The gradient checker under every set of frozen inputs.
#include <frost/autograd/ops.hpp>
#include <frost/autograd/random.hpp>
#include <frost/autograd/stats.hpp>

#include "check.hpp"
#include "gradcheck_bits.hpp"
#include "gradcheck_checker.hpp"

#include <algorithm>
#include <bit>
#include <set>

namespace frost::detail {

namespace {

// All 2^k sets up to k = 6; beyond that each alone, all but one, all up to one, and 64 random ones.
std::vector<std::vector<bool>> patterns_of(std::size_t k) {
  std::set<std::vector<bool>> all;
  if (k <= 6) {
    for (std::size_t bits = 0; bits < std::size_t{1} << k; ++bits) {
      std::vector<bool> pattern(k);
      for (std::size_t i = 0; i < k; ++i) pattern[i] = bits >> i & 1;
      all.insert(pattern);
    }
  } else {
    for (std::size_t i = 0; i < k; ++i) {
      std::vector<bool> one(k, false), but_one(k, true), first(k, false);
      one[i] = true;
      but_one[i] = false;
      for (std::size_t j = 0; j <= i; ++j) first[j] = true;
      all.insert({one, but_one, first});
    }
    all.insert(std::vector<bool>(k, false));
    Generator random(0xf2ee2e);
    for (int n = 0; n < 64; ++n) {
      std::vector<bool> pattern(k);
      for (std::size_t i = 0; i < k; ++i) pattern[i] = random.next() & 1;
      all.insert(pattern);
    }
  }
  return {all.rbegin(), all.rend()};  // first the one with everything trainable
}

// What the tape below several outputs keeps, each buffer once.
TapeStats stats_of(const Tensors& outputs) {
  if (outputs.size() == 1) return tape_stats(outputs[0]);
  Tensor total;
  for (const Tensor& y : outputs)
    if (y.requires_grad()) total = total.present() ? total + sum(y) : sum(y);
  return total.present() ? tape_stats(total) : TapeStats();
}

}  // namespace

std::string pattern_text(const std::vector<bool>& trainable) {
  std::string text;
  for (const bool t : trainable) text += t ? '1' : '0';
  return text;
}

void GradcheckChecker::check_patterns() {
  std::size_t k = 0;
  for (const bool d : subject_.differentiate) k += d;
  report_.possible_patterns += std::ldexp(1., static_cast<int>(std::min<std::size_t>(k, 1000)));
  Tensors outputs;
  std::vector<Tensors> expected;
  try {
    const Recorded recorded = record(enabled_);
    for (std::size_t o = 0; o < recorded.outputs.size(); ++o)
      expected.push_back(gradients(recorded, o, projections_[o]));
    for (const Tensor& y : recorded.outputs) outputs.push_back(y.detach());
  } catch (const std::exception& error) {
    return fail_with(error.what());
  }
  for (const std::vector<bool>& trainable : patterns_of(k)) {
    const bool is_whole = std::find(trainable.begin(), trainable.end(), false) == trainable.end();
    subject_.pattern = is_whole ? "" : pattern_text(trainable);
    try {
      check_pattern(trainable, outputs, expected);
    } catch (const std::exception& error) {
      fail_with(error.what());
    }
  }
  subject_.pattern = "";
}

void GradcheckChecker::check_pattern(const std::vector<bool>& trainable, const Tensors& outputs,
                                     const std::vector<Tensors>& expected) {
  std::vector<bool> enabled(enabled_.size(), false);
  for (std::size_t i = 0, k = 0; i < enabled.size(); ++i)
    if (subject_.differentiate[i]) enabled[i] = trainable[k++];
  const Recorded recorded = record(enabled);
  const TapeStats stats = stats_of(recorded.outputs);
  report_.patterns.push_back({trainable, stats.saved_bytes, stats.borrowed_bytes});
  bool is_same = recorded.outputs.size() == outputs.size();
  for (std::size_t o = 0; is_same && o < outputs.size(); ++o) is_same = same_bits(recorded.outputs[o], outputs[o]);
  const bool any = std::find(trainable.begin(), trainable.end(), true) != trainable.end();
  if (!is_same) {  // frozen it is another function, as a batch norm is: checked by itself
    if (!any) return;
    GradcheckOptions projected = options_;
    projected.mode = GradcheckMode::fast;
    projected.every_freeze_pattern = false;
    return GradcheckChecker(subject_, enabled, projected, report_).check();
  }
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (!recorded.outputs[o].requires_grad()) {
      for (std::size_t i = 0; i < enabled.size(); ++i)
        if (enabled[i]) compare_bits(i, o, Tensor(), expected[o][i]);
      continue;
    }
    if (!any && subject_.is_closed) return fail_with("something is recorded although everything is frozen");
    const Tensors found = gradients(recorded, o, projections_[o]);
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      if (enabled[i])
        compare_bits(i, o, found[i], expected[o][i]);
      else if (found[i].present())
        fail_with(subject_.names[i] + " is frozen and got a gradient");
    }
  }
  check_unwritten(recorded, "the backward pass");
}

void GradcheckChecker::compare_bits(std::size_t input, std::size_t output, const Tensor& found, const Tensor& full) {
  if (same_bits(found, full)) return;
  const std::vector<double> none(static_cast<std::size_t>(subject_.values[input].size()), 0.);
  const std::vector<double> a = found.present() ? numbers(found) : none, b = full.present() ? numbers(full) : none;
  const bool is_absent = !found.present() || !full.present();  // as good as zeros
  for (std::size_t e = 0; e < a.size(); ++e) {
    if (is_absent ? a[e] == b[e] : std::bit_cast<std::uint64_t>(a[e]) == std::bit_cast<std::uint64_t>(b[e])) continue;
    GradcheckFailure failure = place(input, output);
    failure.message += ": the gradient differs from the one with everything trainable";
    failure.index = index_of(e, subject_.values[input].shape());
    return note_failure(a[e], b[e], failure);
  }
}

}  // namespace frost::detail
