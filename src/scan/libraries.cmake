# libdeflate inflates a whole BGZF block in one call, twice as fast as zlib.
find_package(libdeflate REQUIRED)
target_link_libraries(glovebox_scan PRIVATE libdeflate::libdeflate_static)
# One file is compiled for AVX2; row_filter.cpp asks the machine before it is called. Only what it holds may be in it: see there.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/scan/row_loop_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "-mavx2;-mbmi;-mbmi2;-mlzcnt;-mpopcnt")
endif()
