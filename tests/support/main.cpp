#if FROST_CATCH_VERSION < 3
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
#else
#include "support/catch.hpp"
int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
#endif
