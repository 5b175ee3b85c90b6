# cmake -DWAY=add_subdirectory|FetchContent -DSOURCE_DIR=… -DBUILD_DIR=… -DCOMPILER=… -DGENERATOR=… -P guest.cmake
# Configures a project that takes frost in, as shared and as static library, and installs it: nothing of frost may come
# along.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# configure(NAME TYPE OPTION…): with OPTIONs frost is to be of that TYPE.
function(configure name type)
  set(work ${BUILD_DIR}/consumer/guest_${WAY}/${name})
  file(REMOVE_RECURSE ${work})
  run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/guest -B ${work}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
      -DWAY=${WAY} -DFROST_SOURCE_DIR=${SOURCE_DIR} -DEXPECTED_TYPE=${type} ${ARGN})
  run(${CMAKE_COMMAND} --install ${work}/build --prefix ${work}/prefix)
  file(GLOB_RECURSE installed ${work}/prefix/*)
  if(installed)
    message(FATAL_ERROR "frost installs itself with its guest: ${installed}")
  endif()
  file(READ ${work}/build/CTestTestfile.cmake tests)
  if(tests MATCHES "add_test|set_tests_properties")
    message(FATAL_ERROR "frost's tests are its guest's: ${tests}")
  endif()
endfunction()

configure(shared SHARED_LIBRARY)
if(WAY STREQUAL "FetchContent")
  return()  # what differs is seen
endif()
configure(static STATIC_LIBRARY -DFROST_SHARED=OFF)
configure(shared_guest SHARED_LIBRARY -DBUILD_SHARED_LIBS=ON)
configure(static_guest STATIC_LIBRARY -DBUILD_SHARED_LIBS=OFF)
