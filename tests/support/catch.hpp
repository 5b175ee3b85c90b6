#pragma once
// The one place that includes Catch2, of either major version.

#if FROST_CATCH_VERSION >= 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
