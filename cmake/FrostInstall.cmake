# libfrost as users get it: cmake --install, find_package(frost), frost::frost.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(frost_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/frost)
install(TARGETS frost EXPORT frostTargets FILE_SET HEADERS FILE_SET opt_in)
install(EXPORT frostTargets NAMESPACE frost:: DESTINATION ${frost_config_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/frostConfig.cmake.in ${PROJECT_BINARY_DIR}/frostConfig.cmake
                              INSTALL_DESTINATION ${frost_config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/frostConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/frostConfig.cmake ${PROJECT_BINARY_DIR}/frostConfigVersion.cmake
        DESTINATION ${frost_config_dir})
install(FILES ${frost_shipped} DESTINATION ${CMAKE_INSTALL_DATADIR}/frost)
