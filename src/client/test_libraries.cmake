# A server under test roots for the client's tests.
target_link_libraries(client_test PRIVATE glovebox_testroots)
