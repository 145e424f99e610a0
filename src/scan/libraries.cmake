# libdeflate inflates a whole BGZF block in one call, twice as fast as zlib.
find_package(libdeflate REQUIRED)
target_link_libraries(glovebox_scan PRIVATE libdeflate::libdeflate_static)
