# libfrost as users get it: cmake --install, find_package(frost), frost::frost.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

frost_set_options(frost)
target_compile_features(frost PUBLIC cxx_std_20)
target_compile_definitions(frost INTERFACE $<$<NOT:$<BOOL:${BUILD_SHARED_LIBS}>>:FROST_STATIC>)
target_link_libraries(frost PRIVATE ${frost_link_libraries})
if(BUILD_SHARED_LIBS AND NOT FROST_SANITIZE)
  target_link_options(frost PRIVATE -Wl,--no-undefined)
endif()
# Every minor version below 1.0 may break the binary interface. The modules compile the headers alone, not libfrost again.
set_target_properties(frost PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                                       SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                       VERIFY_INTERFACE_HEADER_SETS OFF)

set(frost_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/frost)
install(TARGETS frost EXPORT frostTargets FILE_SET HEADERS FILE_SET opt_in)
install(EXPORT frostTargets NAMESPACE frost:: DESTINATION ${frost_config_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/frostConfig.cmake.in ${PROJECT_BINARY_DIR}/frostConfig.cmake
                              INSTALL_DESTINATION ${frost_config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/frostConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/frostConfig.cmake ${PROJECT_BINARY_DIR}/frostConfigVersion.cmake
        DESTINATION ${frost_config_dir})
