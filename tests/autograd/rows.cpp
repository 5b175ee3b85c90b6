// The test of every row: each operation in the table, each of its samples, under every set of frozen inputs. A new
// operation is tested by having samples in its row.
#include "support/catch.hpp"

#include "masks.hpp"
#include "node.hpp"

#include <frost/autograd.hpp>
#include <frost/autograd/simd.hpp>

#include <cmath>
#include <set>

using namespace frost;
using namespace frost::testing;
using detail::Node;
using detail::NodeInput;
using detail::Op;

namespace {

// What the node of y keeps is what its enabled rules declare: those inputs, those outputs, its extra values.
void check_saved(const Op& op, const Case& c) {
  for (std::size_t mask = 0; mask < c.masks(); ++mask) {
    INFO("mask " << mask);
    const Tensors x = c.leaves(mask);
    const Tensor y = c.sample.call(x);
    const Node* node = detail::impl(y)->node;
    if (mask == 0) {
      CHECK(node == nullptr);
      CHECK(tape_stats(y).nodes == 0);
      continue;
    }
    if (!node || node->op != &op || tape_stats(y).nodes != 1) continue;
    Reads reads = 0;
    for (int i = 0; i < node->input_count; ++i)
      if (node->inputs[i].has(NodeInput::wanted)) reads |= op.rule(i).reads;
    std::set<const detail::Buffer*> kept;
    std::int64_t borrowed = 0, saved = 0;
    const auto account = [&](const detail::Buffer* buffer) {
      if (kept.insert(buffer).second) (buffer->borrowed ? borrowed : saved) += static_cast<std::int64_t>(buffer->bytes);
    };
    for (int i = 0; i < node->input_count; ++i) {
      const NodeInput& input = node->inputs[i];
      const bool read = input.has(NodeInput::present) && (reads & reads_input(op.variadic ? 0 : i));
      CHECK(input.has(NodeInput::strong) == read);
      if (read) account(input.buffer);
    }
    for (int k = 0; k < node->output_count; ++k) {
      CHECK((node->outputs[k].buffer != nullptr) == static_cast<bool>(reads & reads_output(k)));
      if (node->outputs[k].buffer) account(node->outputs[k].buffer);
    }
    for (int k = 0; k < node->extra_count; ++k) {
      if (!node->extras[k].present()) continue;
      CHECK((reads & reads_extra(k)) != 0);
      account(detail::impl(node->extras[k])->buffer);
    }
    CHECK(tape_stats(y).borrowed_bytes == borrowed);
    CHECK(tape_stats(y).saved_bytes == saved);
  }
}

// A rule that reads without having declared it must be told so, in every mask.
void check_declared(const Op& op, const Case& c) {
  const std::size_t all = c.masks() - 1;
  const Tensors x = c.leaves(all);
  const Tensor y = c.sample.call(x);
  const Node* node = detail::impl(y)->node;
  if (!node || node->op != &op) return;
  NoGrad guard;
  const Tensor g = ones_like(y);
  for (int i = 0; i < node->input_count; ++i) {
    const detail::Rule& rule = op.rule(i);
    if (!rule.exists() || !rule.gradient || rule.reads == 0 || !node->inputs[i].has(NodeInput::wanted)) continue;
    CHECK_THROWS_AS(rule.gradient(detail::Saved(*node, i, reads_nothing, &g), g), GraphError);
  }
}

void check_float32(const Case& c) {
  const std::size_t all = c.masks() - 1;
  const Tensors x = c.leaves(all);
  const Tensor y = c.sample.call(x);
  const Tensor g = direction(y.detach(), 0);
  const Tensors gradients = grad(y, c.trainable(x, all), {.grad_output = g, .allow_unused = true});
  Tensors single;
  for (const Tensor& t : x)
    single.push_back(t.present() && is_floating(t.dtype()) ? t.detach().to(DType::float32).set_requires_grad(true) : t);
  const Tensor y32 = c.sample.call(single);
  if (y32.dtype() != DType::float32) return;  // a conversion
  CHECK(largest(y32.detach().to(DType::float64) - y.detach()) <= 2e-5 * std::max(1., largest(y.detach())));
  const Tensors gradients32 =
      grad(y32, c.trainable(single, all), {.grad_output = g.to(DType::float32), .allow_unused = true});
  for (std::size_t k = 0; k < gradients.size(); ++k) {
    REQUIRE(gradients[k].present() == gradients32[k].present());
    if (gradients[k].present())
      CHECK(largest(gradients32[k].to(DType::float64) - gradients[k]) <= 1e-4 * std::max(1., largest(gradients[k])));
  }
}

void check_levels(const Case& c) {
  const std::size_t all = c.masks() - 1;
  const SimdLevel best = best_simd_level();
  Tensors reference;
  for (int level = 0; level <= static_cast<int>(best); ++level) {
    set_simd_level(static_cast<SimdLevel>(level));
    const Tensors x = c.leaves(all);
    const Tensor y = c.sample.call(x);
    Tensors now = {y.detach()};
    if (y.requires_grad()) {
      const Tensors gradients =
          grad(y, c.trainable(x, all), {.grad_output = direction(y.detach(), 0), .allow_unused = true});
      now.insert(now.end(), gradients.begin(), gradients.end());
    }
    if (level == 0) reference = now;
    for (std::size_t i = 0; i < now.size(); ++i)
      if (now[i].present() && is_floating(now[i].dtype()))
        CHECK(largest(now[i] - reference[i]) <= 1e-11 * std::max(1., largest(reference[i])));
  }
  set_simd_level(best);
}

// Shapes alone give the shape that values give.
void check_abstract(const Case& c) {
  Tensors x;
  for (const Tensor& t : c.sample.inputs)
    x.push_back(t.present() ? detail::make_abstract(detail::shape_of(t), t.dtype()) : Tensor());
  const Tensor shape_only = c.sample.call(x), y = c.sample.call(c.sample.inputs);
  CHECK(detail::is_abstract(shape_only));
  CHECK(shape_only.shape() == y.shape());
  CHECK(shape_only.dtype() == y.dtype());
}

template <class Check>
void each_sample(const Check& check) {
  Float64 guard;
  int rows = 0;
  for (const Op* op : detail::catalog()) {
    if (!op->samples) continue;
    ++rows;
    const detail::Samples samples = op->samples();
    for (std::size_t s = 0; s < samples.size(); ++s) {
      INFO(op->name << ", sample " << s);
      check(*op, Case(samples[s]));
    }
  }
  CHECK(rows > 50);
}

}  // namespace

TEST_CASE("every differentiable row has samples") {
  for (const Op* op : detail::catalog()) {
    INFO(op->name);
    CHECK((op->samples || !op->differentiable || op == &detail::alias_op));
  }
}
TEST_CASE("every row: nothing is recorded when all is frozen, and what is saved is what the enabled rules read") {
  each_sample([](const Op& op, const Case& c) { check_saved(op, c); });
}
TEST_CASE("every row: a rule reads only what it declared") {
  each_sample([](const Op& op, const Case& c) { check_declared(op, c); });
}
TEST_CASE("every row: first derivatives agree with finite differences") {
  each_sample([](const Op&, const Case& c) { check_first_order(c); });
}
TEST_CASE("every row: gradients are the same to the bit whatever else is frozen") {
  each_sample([](const Op&, const Case& c) { check_masks(c); });
}
TEST_CASE("every row: second derivatives agree with finite differences under every mask") {
  each_sample([](const Op& op, const Case& c) {
    if (op.no_second_derivative) return;
    for (std::size_t mask = 1; mask < c.masks(); ++mask) {
      INFO("mask " << mask);
      check_second_order(c, mask, true);
    }
  });
}
TEST_CASE("every row: with everything trainable the second derivative needs no KeepInputs") {
  each_sample([](const Op& op, const Case& c) {
    if (!op.no_second_derivative && !c.floating.empty()) check_second_order(c, c.masks() - 1, false);
  });
}
TEST_CASE("every row: float32 is close to float64") {
  each_sample([](const Op&, const Case& c) {
    if (!c.floating.empty()) check_float32(c);
  });
}
TEST_CASE("every row: each SIMD level is close to the baseline") {
  each_sample([](const Op&, const Case& c) { check_levels(c); });
}
TEST_CASE("every row: shapes alone give the shape that values give") {
  each_sample([](const Op&, const Case& c) { check_abstract(c); });
}
