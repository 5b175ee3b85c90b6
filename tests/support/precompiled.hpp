#pragma once
// What most tests include, for CMake to compile once: a test still names what it uses.
#include "support/catch.hpp"

#include <frost/frost.hpp>
