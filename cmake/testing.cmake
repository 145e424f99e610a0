# How tests are registered: one ctest entry per program, one result file (googletest's JSON form) per entry, from which
# toolchain/test_summary.py prints "N passed, N failed, N skipped" with the reason of each skip.
if(BUILD_TESTING)
  find_package(GTest CONFIG REQUIRED)
endif()
set(GLOVEBOX_RESULTS ${CMAKE_BINARY_DIR}/test-results)
file(MAKE_DIRECTORY ${GLOVEBOX_RESULTS})

# What every test may use: where vectors and the optional shared data are. Shared data lies beside the checkout; tests
# that need it skip plainly when it is not there.
add_library(glovebox_test_support STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/support/paths.cpp)
target_include_directories(glovebox_test_support PUBLIC ${CMAKE_SOURCE_DIR}/tests/support)
target_compile_definitions(glovebox_test_support PRIVATE
  GLOVEBOX_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors" GLOVEBOX_SHARED="${CMAKE_SOURCE_DIR}/../shared"
  GLOVEBOX_BUILD="${CMAKE_BINARY_DIR}")

# What `ctest -L unit` runs: a build for a sanitizer makes no more than this (toolchain/test.sh).
add_custom_target(unit_tests)

# glovebox_gtest(TARGET) registers a googletest program.
function(glovebox_gtest target)
  add_dependencies(unit_tests ${target})
  add_test(NAME ${target} COMMAND ${target} --gtest_brief=1 --gtest_output=json:${GLOVEBOX_RESULTS}/${target}.json)
  set_tests_properties(${target} PROPERTIES TIMEOUT 2700 LABELS "unit")
  # The oracle, libxgboost, comes uninstrumented and with OpenMP: its own threads would look like races.
  if(GLOVEBOX_SANITIZE MATCHES "thread")
    set_tests_properties(${target} PROPERTIES ENVIRONMENT OMP_NUM_THREADS=1)
  endif()
endfunction()

# glovebox_script_test(NAME LABELS ... COMMAND ...) registers any command as one test. It passes with exit code 0 and is
# skipped with 77, the last line of its output being the reason. LABELS exhaustive: only with ./run test --exhaustive.
function(glovebox_script_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "LABELS;COMMAND")
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME ${name} COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/toolchain/one_case.py ${name}
    ${GLOVEBOX_RESULTS}/${name}.json ${test_COMMAND})
  set_tests_properties(${name} PROPERTIES TIMEOUT 2700 LABELS "${test_LABELS}")
endfunction()
