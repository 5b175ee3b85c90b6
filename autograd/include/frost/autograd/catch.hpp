#pragma once
// A matcher of Catch2, version 2 or 3, for those whose tests use it: not part of <frost/autograd.hpp>.
#include <frost/autograd/gradcheck.hpp>

#include <string>

#if !(defined(CATCH_VERSION_MAJOR) && CATCH_VERSION_MAJOR < 3) && __has_include(<catch2/matchers/catch_matchers.hpp>)
#include <catch2/matchers/catch_matchers.hpp>
namespace frost::detail {
using CatchMatcher = Catch::Matchers::MatcherBase<GradcheckReport>;
}
#else
#ifndef CATCH_VERSION_MAJOR  // a version 2 that was included as a single file serves as well
#include <catch2/catch.hpp>
#endif
namespace frost::detail {
using CatchMatcher = Catch::MatcherBase<GradcheckReport>;
}
#endif

namespace frost {

/// CHECK_THAT(gradcheck(f, x), PassesGradcheck()); where it does not pass, Catch2 prints the report.
class PassesGradcheck : public detail::CatchMatcher {
 public:
  bool match(const GradcheckReport& report) const override { return report.ok(); }
  std::string describe() const override { return "passes gradcheck"; }
};

}  // namespace frost
