# What libfrost is made of. Consumers see none of it: header-only libraries stay in the build tree, and the compiled ones
# are private to the shared library (frostConfig.cmake finds them for the static one).
include_guard()
include(CheckCXXSourceCompiles)

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

if(NOT BLA_VENDOR)
  set(BLA_VENDOR OpenBLAS)
endif()
find_package(BLAS QUIET)
find_package(LAPACK QUIET)
find_path(FROST_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas openblas-pthread)
set(frost_cblas_hint "Install OpenBLAS with its headers (Debian: libopenblas-dev), or name another BLAS by -DBLA_VENDOR=…")
if(NOT BLAS_FOUND OR NOT LAPACK_FOUND)
  message(FATAL_ERROR "frost: no BLAS or LAPACK library found; looked for BLA_VENDOR=${BLA_VENDOR}. ${frost_cblas_hint}")
endif()
if(NOT FROST_CBLAS_INCLUDE_DIR)
  message(FATAL_ERROR "frost: the header cblas.h was not found. ${frost_cblas_hint}")
endif()

set(CMAKE_REQUIRED_INCLUDES ${FROST_CBLAS_INCLUDE_DIR})
set(CMAKE_REQUIRED_LIBRARIES BLAS::BLAS)
check_cxx_source_compiles("
  #include <cblas.h>
  int main() {
    float a = 2, b = 3, c = 0;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 1, 1, 1.f, &a, 1, &b, 1, 0.f, &c, 1);
    return c == 6 ? 0 : 1;
  }" FROST_CBLAS_LINKS)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT FROST_CBLAS_LINKS)
  message(FATAL_ERROR "frost: cblas_sgemm does not link; got ${BLAS_LIBRARIES}; expected a BLAS with the C interface. "
                      "${frost_cblas_hint}")
endif()

# The Debian package registers plain names: xtensor, xtensor-blas, xsimd.
find_package(xtensor REQUIRED)
find_package(xtensor-blas REQUIRED)
find_package(xsimd REQUIRED)

# libzip's own package files ask for its command-line tools, which nothing here needs.
find_path(FROST_ZIP_INCLUDE_DIR zip.h)
find_library(FROST_ZIP_LIBRARY zip)
mark_as_advanced(FROST_ZIP_INCLUDE_DIR FROST_ZIP_LIBRARY)
if(NOT FROST_ZIP_INCLUDE_DIR OR NOT FROST_ZIP_LIBRARY)
  message(FATAL_ERROR "frost: libzip was not found. Install it with its headers (Debian: libzip-dev)")
endif()

# For every module
add_library(frost_private INTERFACE)
target_link_libraries(frost_private INTERFACE fmt::fmt nlohmann_json::nlohmann_json ZLIB::ZLIB OpenMP::OpenMP_CXX
                                              Threads::Threads)
# For autograd alone
add_library(frost_numerics INTERFACE)
target_include_directories(frost_numerics SYSTEM INTERFACE ${FROST_CBLAS_INCLUDE_DIR})
target_link_libraries(frost_numerics INTERFACE $<BUILD_INTERFACE:xtensor> $<BUILD_INTERFACE:xtensor-blas>
                                               $<BUILD_INTERFACE:xsimd> BLAS::BLAS LAPACK::LAPACK)

# For io alone
add_library(frost_files INTERFACE)
target_include_directories(frost_files SYSTEM INTERFACE ${FROST_ZIP_INCLUDE_DIR})
target_link_libraries(frost_files INTERFACE ${FROST_ZIP_LIBRARY} OpenSSL::Crypto)

# What libfrost links; private, hence found again by the consumer of the static library only.
set(frost_link_libraries BLAS::BLAS LAPACK::LAPACK fmt::fmt ZLIB::ZLIB $<BUILD_INTERFACE:${FROST_ZIP_LIBRARY}>
    $<INSTALL_INTERFACE:zip> OpenSSL::Crypto OpenMP::OpenMP_CXX Threads::Threads)
