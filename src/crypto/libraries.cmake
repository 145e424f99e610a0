# OpenSSL 3.5, static: one file of code that is ours to measure, and no second libcrypto beside it at run time. Debian's
# build of it calls zlib and zstd for certificate compression.
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL 3.5 REQUIRED COMPONENTS Crypto)
find_library(GLOVEBOX_CRYPTO_ZSTD zstd REQUIRED)
find_library(GLOVEBOX_CRYPTO_Z z REQUIRED)
target_include_directories(glovebox_crypto PRIVATE ${OPENSSL_INCLUDE_DIR})
target_link_libraries(glovebox_crypto PUBLIC ${OPENSSL_CRYPTO_LIBRARY} ${GLOVEBOX_CRYPTO_ZSTD} ${GLOVEBOX_CRYPTO_Z} ${CMAKE_DL_LIBS})
