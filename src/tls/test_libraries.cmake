target_link_libraries(tls_test PRIVATE OpenSSL::SSL)
target_include_directories(tls_test PRIVATE ${OPENSSL_INCLUDE_DIR})
