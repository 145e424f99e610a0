# libdeflate inflates a whole BGZF block in one call, twice as fast as zlib.
find_package(libdeflate REQUIRED)
target_link_libraries(glovebox_scan PRIVATE libdeflate::libdeflate_static)
# Two files are compiled for AVX2 and AVX-512; row_filter.cpp asks the machine before they are called. They hold nothing that
# another file could be given.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/scan/row_loop_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "-mavx2;-mbmi;-mbmi2;-mlzcnt;-mpopcnt")
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/scan/row_loop_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mbmi;-mbmi2;-mlzcnt;-mpopcnt")
endif()
