# cmake -DWAY=installed|static|subdirectory|fetched -DSOURCE_DIR=… -DBUILD_DIR=… -DCOMPILER=… -DGENERATOR=… -P run.cmake
# Builds and runs the consumer project against frost, in a directory of its own that is emptied first.
set(work ${BUILD_DIR}/consumer/${WAY})
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(options -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Release)
set(launcher -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
set(consumer ${CMAKE_CURRENT_LIST_DIR})

if(WAY STREQUAL "subdirectory")
  run(${CMAKE_COMMAND} -S ${consumer} -B ${work}/build ${options} ${launcher} -DFROST_SOURCE_DIR=${SOURCE_DIR})
elseif(WAY STREQUAL "fetched")
  run(${CMAKE_COMMAND} -S ${consumer} -B ${work}/build ${options} ${launcher} -DFROST_SOURCE_DIR=${SOURCE_DIR} -DFETCH=ON
      -DFROST_SHARED=OFF)
else()
  if(WAY STREQUAL "static")
    run(${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${work}/frost ${options} ${launcher} -DFROST_SHARED=OFF
        -DFROST_BUILD_TESTS=OFF -DFROST_BUILD_EXAMPLES=OFF -DFROST_BUILD_BENCHMARKS=OFF)
    run(${CMAKE_COMMAND} --build ${work}/frost)
    set(BUILD_DIR ${work}/frost)
  endif()
  run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
  # What is installed may be moved, and names nothing of the tree it was built in.
  file(RENAME ${prefix} ${prefix}-moved)
  file(GLOB_RECURSE configs ${prefix}-moved/*.cmake)
  foreach(config IN LISTS configs)
    file(STRINGS ${config} lines REGEX "${SOURCE_DIR}")
    if(lines)
      message(FATAL_ERROR "${config} names the source tree: ${lines}")
    endif()
  endforeach()
  run(${CMAKE_COMMAND} -S ${consumer} -B ${work}/build ${options} -DCMAKE_PREFIX_PATH=${prefix}-moved)
endif()
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer)
