# frost_add_tests(DIRECTORY LIBRARY) makes test_DIRECTORY out of tests/DIRECTORY/*.cpp, links LIBRARY (frost, or
# frost_internals) and registers each test case in CTest under the label quick, or slow when it is tagged [slow].
include_guard()

# Catch2 in either version, as frost_catch.
function(frost_find_catch)
  find_package(Catch2 REQUIRED)
  if(Catch2_VERSION VERSION_LESS 3)
    set(version 2)
  else()
    set(version 3)
  endif()
  add_library(frost_catch INTERFACE)
  target_compile_definitions(frost_catch INTERFACE FROST_CATCH_VERSION=${version})
  target_link_libraries(frost_catch INTERFACE Catch2::Catch2)
  include(Catch)
endfunction()

# Settings of a target of tests: those of all, and the code model of an executable, which they must share to share
# compiled headers.
function(frost_set_test_options target)
  frost_set_options(${target})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
endfunction()

function(frost_add_tests directory library)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(target test_${directory})
  add_executable(${target} ${sources})
  frost_set_test_options(${target})
  target_link_libraries(${target} PRIVATE frost_test_support ${library})
  if(library STREQUAL "frost")
    target_precompile_headers(${target} REUSE_FROM frost_test_support)
  else()
    target_precompile_headers(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/precompiled.hpp)
  endif()
  # A name that CTest mangles (a semicolon) must not pass as an empty selection: -w NoTests.
  set(common TEST_PREFIX ${directory}/ EXTRA_ARGS -w NoTests PROPERTIES)
  # The thread sanitizer makes everything ten times as slow: what measures time cannot pass, and says nothing of threads.
  set(slow "[slow]")
  set(quick "~[slow]")
  if(FROST_SANITIZE MATCHES "thread")
    string(APPEND slow ",[clocked]")
    string(APPEND quick "~[clocked]")
  endif()
  catch_discover_tests(${target} TEST_SPEC "${quick}" ${common} LABELS quick TIMEOUT 300)
  catch_discover_tests(${target} TEST_SPEC "${slow}" ${common} LABELS slow TIMEOUT 3600)
endfunction()

# frost_add_check(NAME COMMAND…) registers a script as a quick test.
function(frost_add_check name)
  add_test(NAME "${name}" COMMAND ${ARGN} COMMAND_EXPAND_LISTS)
  set_tests_properties("${name}" PROPERTIES LABELS quick TIMEOUT 300)
endfunction()
