find_package(nlohmann_json REQUIRED) # the published HPKE vectors are JSON
target_link_libraries(crypto_test PRIVATE nlohmann_json::nlohmann_json)
target_include_directories(crypto_test PRIVATE ${OPENSSL_INCLUDE_DIR})
