# zlib inflates in arbitrary pieces, which the reference reader needs; libdeflate works on whole members only.
find_package(ZLIB REQUIRED)
target_link_libraries(glovebox_genome PRIVATE ZLIB::ZLIB)
