# XGBoost's bits: no multiplication is fused into an addition. Files named *_avx2.cpp are for machines that have it, and
# are entered only after a question to the processor; they define nothing that another file could pick up.
target_compile_options(glovebox_engine PRIVATE -ffp-contract=off)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  file(GLOB engine_avx2 CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/engine/*_avx2.cpp)
  set_source_files_properties(${engine_avx2} PROPERTIES COMPILE_OPTIONS -mavx2)
endif()
