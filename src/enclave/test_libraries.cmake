# The tests play everyone around the enclave: its hypervisor, the broker, the client.
target_link_libraries(enclave_test PRIVATE glovebox_devnsm glovebox_verifier glovebox_broker)
target_include_directories(enclave_test PRIVATE ${CMAKE_SOURCE_DIR}/tests/enclave)
