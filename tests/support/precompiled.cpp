// CMake compiles precompiled.hpp beside a source that may use it: here is one.
