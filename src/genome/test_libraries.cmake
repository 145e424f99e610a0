target_link_libraries(genome_test PRIVATE ZLIB::ZLIB)
