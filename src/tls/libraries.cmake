target_include_directories(glovebox_tls PRIVATE ${OPENSSL_INCLUDE_DIR})
target_link_libraries(glovebox_tls PUBLIC OpenSSL::SSL)
