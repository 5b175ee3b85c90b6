// The public gradient checker over every row: it must find nothing wrong.
#include "masks.hpp"

#include <frost/autograd/gradcheck.hpp>

using namespace frost;
using namespace frost::testing;

namespace {

struct Found {
  int checked = 0;
  std::int64_t compared = 0, patterns = 0;
};

void check_row(const detail::Op& op, const detail::Sample& sample, GradcheckMode mode, Found& found) {
  if (Case(sample).floating.empty() || !is_floating(sample.call(sample.inputs).dtype())) return;
  GradcheckOptions options{.second_order = !op.no_second_derivative, .every_freeze_pattern = true, .mode = mode};
  if (sample.tolerance > detail::Sample().tolerance) {  // a cast to float32 and back
    options.eps = 0.01;
    options.atol = sample.tolerance;
  }
  const GradcheckReport report = gradcheck(sample.call, sample.inputs, options);
  INFO(report);
  CHECK(report.ok());
  ++found.checked;
  found.compared += report.compared;
  found.patterns += static_cast<std::int64_t>(report.patterns.size());
}

Found check_rows(GradcheckMode mode) {
  const Float64 guard;
  Found found;
  for (const detail::Op* op : detail::catalog()) {
    if (!op->samples) continue;
    const detail::Samples samples = op->samples();
    for (std::size_t s = 0; s < samples.size(); ++s) {
      INFO(op->name << ", sample " << s);
      check_row(*op, samples[s], mode, found);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("gradcheck raises no false alarm over the samples of every row, in either mode") {
  const Found slow = check_rows(GradcheckMode::slow), fast = check_rows(GradcheckMode::fast);
  CHECK(slow.checked > 200);
  CHECK(slow.compared > 100'000);
  CHECK(slow.patterns > 600);
  CHECK(fast.checked == slow.checked);
}
