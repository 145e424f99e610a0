# glovebox_envelope_unsealed: the chunk cipher with sealing switched off, for the whole-system test that must fail when
# it is. A test program that names it in `LIBRARIES` links its object before the archive's; it exists only where tests are
# built, and tests/e2e looks for its mark in released programs.
if(BUILD_TESTING)
  add_library(glovebox_envelope_unsealed OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_SOURCE_DIR}/envelope/chunk.cpp)
  target_link_libraries(glovebox_envelope_unsealed PRIVATE glovebox_envelope)
  target_compile_definitions(glovebox_envelope_unsealed PRIVATE GLOVEBOX_TEST_UNSEALED)
endif()
