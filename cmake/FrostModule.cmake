# frost_add_module(NAME [HEADERS …] [SOURCES …] [DEPENDS module…] [LIBRARIES target…])
#
# Makes the object library frost_NAME out of NAME/src, with NAME/include as its public and NAME/src as its private include
# root, and adds its objects and headers to libfrost; NAME/internal, where there is one, is seen by the modules that depend
# on it and by nobody else. Left out, HEADERS is NAME/include/frost/**/*.hpp and SOURCES
# NAME/src/**/*.cpp. NAME/src/kernels/simd/*.cpp are compiled once an architecture (see frost_add_simd_units). LIBRARIES
# are private to the module. A module without sources is its headers.
include_guard()

# Architectures of the vector kernels: xsimd's type, flags. xsimd 8.1's avx512bw needs F, CD, DQ and BW; not VL.
set(FROST_ARCH_neon xsimd::neon64)
set(FROST_FLAGS_neon "")
set(FROST_ARCH_sse2 xsimd::sse2)
set(FROST_FLAGS_sse2 "")
set(FROST_ARCH_avx2 "xsimd::fma3<xsimd::avx2>")
set(FROST_FLAGS_avx2 -mavx2 -mfma)
set(FROST_ARCH_avx512 xsimd::avx512bw)
set(FROST_FLAGS_avx512 -mavx512f -mavx512cd -mavx512dq -mavx512bw -mfma)
# g++ takes the undefined registers of its own AVX-512 intrinsics for uninitialised reads.
list(APPEND FROST_FLAGS_avx512 -Wno-uninitialized)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND FROST_FLAGS_avx512 -Wno-maybe-uninitialized)
endif()

# Lists of object libraries: all that make libfrost; those compiled for the baseline; those compiled for one architecture.
define_property(GLOBAL PROPERTY FROST_OBJECT_LIBRARIES)
define_property(GLOBAL PROPERTY FROST_BASELINE_LIBRARIES)
foreach(arch IN LISTS FROST_ARCHITECTURES)
  define_property(GLOBAL PROPERTY FROST_SIMD_LIBRARIES_${arch})
endforeach()

# Adds an object library to libfrost and to a list of its kind.
function(frost_gather target list)
  target_sources(frost PRIVATE $<TARGET_OBJECTS:${target}>)
  set_property(GLOBAL APPEND PROPERTY FROST_OBJECT_LIBRARIES ${target})
  set_property(GLOBAL APPEND PROPERTY ${list} ${target})
endfunction()

function(frost_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;DEPENDS;LIBRARIES")
  set(root ${PROJECT_SOURCE_DIR}/${name})
  if(NOT arg_HEADERS)
    file(GLOB_RECURSE arg_HEADERS CONFIGURE_DEPENDS ${root}/include/frost/*.hpp)
  endif()
  if(NOT arg_SOURCES)
    file(GLOB_RECURSE arg_SOURCES CONFIGURE_DEPENDS ${root}/src/*.cpp)
  endif()
  set(simd ${arg_SOURCES})
  list(FILTER simd INCLUDE REGEX "/src/kernels/simd/[^/]*\\.cpp$")
  list(FILTER arg_SOURCES EXCLUDE REGEX "/src/kernels/simd/")
  list(TRANSFORM arg_DEPENDS PREPEND frost_)

  set(target frost_${name})
  if(arg_SOURCES)
    add_library(${target} OBJECT)
    set(scope PUBLIC)
    target_sources(${target} PRIVATE ${arg_SOURCES})
    target_include_directories(${target} PRIVATE ${root}/src)
    target_link_libraries(${target} PRIVATE frost_private ${arg_LIBRARIES})
    frost_set_options(${target})
    frost_gather(${target} FROST_BASELINE_LIBRARIES)
  else()
    message(STATUS "frost: module ${name} has no sources")
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_compile_features(${target} ${scope} cxx_std_20)
  target_compile_definitions(${target} ${scope} $<$<NOT:$<BOOL:${FROST_SHARED}>>:FROST_STATIC>)
  if(IS_DIRECTORY ${root}/internal)
    target_include_directories(${target} ${scope} ${root}/internal)
  endif()
  # A dependency's headers, not its objects: libfrost gathers those itself.
  foreach(dependency IN LISTS arg_DEPENDS)
    target_include_directories(${target} ${scope} $<TARGET_PROPERTY:${dependency},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  frost_add_headers(${target} ${scope} ${root}/include ${arg_HEADERS})
  frost_add_headers(frost PUBLIC ${root}/include ${arg_HEADERS})
  if(simd)
    frost_add_simd_units(${target} ${root} ${simd})
  endif()
endfunction()

# Headers that need xtensor or Catch2 stand in a set of their own, which is installed but not compiled alone.
function(frost_add_headers target scope root)
  set(opt_in ${ARGN})
  list(FILTER opt_in INCLUDE REGEX "/(xtensor|catch)\\.hpp$")
  list(FILTER ARGN EXCLUDE REGEX "/(xtensor|catch)\\.hpp$")
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${root} FILES ${ARGN})
  target_sources(${target} ${scope} FILE_SET opt_in TYPE HEADERS BASE_DIRS ${root} FILES ${opt_in})
  set_target_properties(${target} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
endfunction()

# The umbrella includes every module's headers, hence is checked with libfrost's include directories.
function(frost_add_umbrella root)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${root}/*.hpp)
  add_library(frost_umbrella INTERFACE)
  target_compile_features(frost_umbrella INTERFACE cxx_std_20)
  target_include_directories(frost_umbrella INTERFACE $<TARGET_PROPERTY:frost,INTERFACE_INCLUDE_DIRECTORIES>)
  frost_add_headers(frost_umbrella INTERFACE ${root} ${headers})
  frost_add_headers(frost PUBLIC ${root} ${headers})
endfunction()

# Compiles kernels once an architecture, as FROST_ARCH (xsimd's type) and FROST_ARCH_NAME (a namespace's name).
# Optimised whatever the build type: unoptimised intrinsics would make every debug test crawl. Under sanitizers a little is
# enough, at half of the compilation. IEEE semantics stay.
function(frost_add_simd_units module root)
  set(optimisation -O3)
  if(FROST_SANITIZE)
    set(optimisation -O1)
  endif()
  foreach(arch IN LISTS FROST_ARCHITECTURES)
    set(target ${module}_${arch})
    add_library(${target} OBJECT ${ARGN})
    target_include_directories(${target} PRIVATE ${root}/src $<TARGET_PROPERTY:${module},INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(${target} PRIVATE FROST_ARCH=${FROST_ARCH_${arch}} FROST_ARCH_NAME=${arch}
                                                 $<$<NOT:$<BOOL:${FROST_SHARED}>>:FROST_STATIC>)
    target_compile_options(${target} PRIVATE ${optimisation} -fno-math-errno -fno-trapping-math ${FROST_FLAGS_${arch}})
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:xsimd>)
    frost_set_options(${target})
    frost_gather(${target} FROST_SIMD_LIBRARIES_${arch})
  endforeach()
endfunction()
