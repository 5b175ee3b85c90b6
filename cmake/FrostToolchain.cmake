# How our own targets are compiled. Nothing here reaches a consumer of frost::frost.
include_guard()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(FROST_ARCHITECTURES sse2 avx2 avx512)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(FROST_ARCHITECTURES neon)
else()
  message(FATAL_ERROR "frost: the kernels are built for x86-64 (SSE2, AVX2, AVX-512) and 64-bit ARM (NEON); "
                      "got ${CMAKE_SYSTEM_PROCESSOR}; expected x86_64 or aarch64.")
endif()

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
  endif()
  find_program(FROST_CCACHE ccache)
  if(FROST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Without it ccache passes over what is compiled with precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${FROST_CCACHE})
  endif()
endif()

# Usage requirements of every target of ours: language, warnings, instrumentation.
add_library(frost_options INTERFACE)
target_compile_features(frost_options INTERFACE cxx_std_20)
target_compile_options(frost_options INTERFACE -Wall -Wextra -Wpedantic -Wmissing-field-initializers)
if(FROST_SANITIZE)
  # g++ sees uninitialised reads in its own instrumentation.
  target_compile_options(frost_options INTERFACE -fsanitize=${FROST_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_link_options(frost_options INTERFACE -fsanitize=${FROST_SANITIZE})
endif()
if(FROST_COVERAGE)
  target_compile_options(frost_options INTERFACE --coverage)
  target_link_options(frost_options INTERFACE --coverage)
endif()

# Settings of a target of ours.
function(frost_set_options target)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:frost_options>)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
endfunction()
