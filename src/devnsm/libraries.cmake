find_library(GLOVEBOX_SECCOMP seccomp REQUIRED)
target_link_libraries(glovebox_devnsm PRIVATE ${GLOVEBOX_SECCOMP})
