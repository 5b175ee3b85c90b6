# The installed library, the static one and the source tree, each as an outside project meets it.
set(consumer_common -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DBUILD_DIR=${PROJECT_BINARY_DIR} -DCOMPILER=${CMAKE_CXX_COMPILER}
                    -DGENERATOR=${CMAKE_GENERATOR})
foreach(way add_subdirectory FetchContent)
  frost_add_check("consumer/a guest of frost by ${way} finds its own settings as they were" ${CMAKE_COMMAND} ${consumer_common}
                  -DWAY=${way} -P ${CMAKE_CURRENT_LIST_DIR}/guest.cmake)
endforeach()

if(NOT FROST_SANITIZE AND NOT FROST_COVERAGE)
  foreach(way installed static subdirectory fetched)
    add_test(NAME consumer/${way} COMMAND ${CMAKE_COMMAND} ${consumer_common} -DLAUNCHER=${FROST_CCACHE} -DWAY=${way}
                                          -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake)
    set_tests_properties(consumer/${way} PROPERTIES LABELS slow TIMEOUT 3600)
  endforeach()
  set_tests_properties(consumer/installed PROPERTIES LABELS quick TIMEOUT 300)
endif()
