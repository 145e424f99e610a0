target_link_libraries(scan_test PRIVATE ZLIB::ZLIB)
