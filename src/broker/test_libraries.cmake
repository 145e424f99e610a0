#Evidence for the tests comes from the development platform.
target_link_libraries(broker_test PRIVATE glovebox_attester glovebox_devnsm glovebox_testroots)
