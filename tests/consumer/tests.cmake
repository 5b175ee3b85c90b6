# The installed library, the static one and the source tree, each as an outside project meets it.
if(NOT FROST_SANITIZE AND NOT FROST_COVERAGE)
  set(consumer_command
      ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DBUILD_DIR=${PROJECT_BINARY_DIR}
      -DCOMPILER=${CMAKE_CXX_COMPILER} -DLAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER} -DGENERATOR=${CMAKE_GENERATOR})
  foreach(way installed static subdirectory)
    add_test(NAME consumer/${way} COMMAND ${consumer_command} -DWAY=${way} -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake)
    set_tests_properties(consumer/${way} PROPERTIES LABELS slow TIMEOUT 3600)
  endforeach()
  set_tests_properties(consumer/installed PROPERTIES LABELS quick TIMEOUT 300)
endif()
