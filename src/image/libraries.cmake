# zlib: CRC-32, and gzip for ramdisks and kernels. nlohmann-json, which is headers alone, reads an image's metadata.
find_package(ZLIB REQUIRED)
target_link_libraries(glovebox_image PRIVATE ZLIB::ZLIB)
