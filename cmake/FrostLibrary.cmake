# libfrost as its users link it, in this build or installed.
include_guard()

frost_set_options(frost)
target_compile_features(frost PUBLIC cxx_std_20)
target_compile_definitions(frost INTERFACE $<$<NOT:$<BOOL:${FROST_SHARED}>>:FROST_STATIC>)
target_link_libraries(frost PRIVATE ${frost_link_libraries})
if(FROST_SHARED AND NOT FROST_SANITIZE)
  target_link_options(frost PRIVATE -Wl,--no-undefined)
endif()
# Every minor version below 1.0 may break the binary interface. The modules compile the headers alone, not libfrost again.
set_target_properties(frost PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                                       SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                       VERIFY_INTERFACE_HEADER_SETS OFF)

# What comes with the library stands as it does when installed: load_digits() looks beside the library, then where it was
# built for.
set(frost_shipped ${PROJECT_SOURCE_DIR}/data/digits.csv.gz ${PROJECT_SOURCE_DIR}/data/digits.LICENSE.md)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/frost)
foreach(shipped IN LISTS frost_shipped)
  get_filename_component(name ${shipped} NAME)
  file(CREATE_LINK ${shipped} ${PROJECT_BINARY_DIR}/share/frost/${name} SYMBOLIC)
endforeach()
if(FROST_INSTALL)
  include(GNUInstallDirs)
  target_compile_definitions(frost_data PRIVATE FROST_SHIPPED_DATA="${CMAKE_INSTALL_FULL_DATADIR}/frost")
else()
  target_compile_definitions(frost_data PRIVATE FROST_SHIPPED_DATA="${PROJECT_BINARY_DIR}/share/frost")
endif()
