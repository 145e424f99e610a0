# glovebox_options: the flags that every target of ours is built with.
option(GLOVEBOX_WERROR "warnings are errors" ON)
set(GLOVEBOX_SANITIZE "" CACHE STRING "comma list for -fsanitize=, e.g. address,undefined or thread")
option(GLOVEBOX_FUZZ "build the libFuzzer targets (Clang)" OFF)
option(GLOVEBOX_IMAGE "programs alone, as ./run image builds them: no tests, fuzz targets or benchmarks; maps of what is linked" OFF)
option(GLOVEBOX_COVERAGE "count which lines run (Clang)" OFF)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(glovebox_options INTERFACE)
target_compile_features(glovebox_options INTERFACE cxx_std_23)
target_compile_definitions(glovebox_options INTERFACE GLOVEBOX_VERSION="${PROJECT_VERSION}"
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_compile_options(glovebox_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -fstack-protector-strong -ffunction-sections -fdata-sections
  $<$<BOOL:${GLOVEBOX_WERROR}>:-Werror>
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.) # the same bytes in every folder
target_link_options(glovebox_options INTERFACE -Wl,--gc-sections)
find_package(Threads REQUIRED)
target_link_libraries(glovebox_options INTERFACE Threads::Threads)
if(GLOVEBOX_SANITIZE)
  target_compile_options(glovebox_options INTERFACE -fsanitize=${GLOVEBOX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(glovebox_options INTERFACE -fsanitize=${GLOVEBOX_SANITIZE})
else()
  target_compile_definitions(glovebox_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
if(GLOVEBOX_FUZZ)
  target_compile_options(glovebox_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(GLOVEBOX_COVERAGE)
  target_compile_options(glovebox_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(glovebox_options INTERFACE -fprofile-instr-generate)
endif()
