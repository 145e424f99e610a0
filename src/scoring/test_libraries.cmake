target_link_libraries(scoring_test PRIVATE glovebox_bundle ZLIB::ZLIB)
