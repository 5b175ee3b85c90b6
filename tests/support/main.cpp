#if FROST_CATCH_VERSION < 3
#define CATCH_CONFIG_MAIN
#endif
#include "support/catch.hpp"

#include <frost/autograd/runtime.hpp>

#if FROST_CATCH_VERSION < 3
using Listener = Catch::TestEventListenerBase;
#else
using Listener = Catch::EventListenerBase;
int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
#endif

namespace {

// Each test draws the same numbers, whichever ran before it.
struct Seeded : Listener {
  using Listener::Listener;
  void testCaseStarting(const Catch::TestCaseInfo&) override { frost::seed(0); }
};

}  // namespace

CATCH_REGISTER_LISTENER(Seeded)
