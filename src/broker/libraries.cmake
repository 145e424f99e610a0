find_library(GLOVEBOX_SQLITE sqlite3 REQUIRED)
find_path(GLOVEBOX_SQLITE_INCLUDE sqlite3.h REQUIRED)
target_include_directories(glovebox_broker PRIVATE ${GLOVEBOX_SQLITE_INCLUDE})
target_link_libraries(glovebox_broker PRIVATE ${GLOVEBOX_SQLITE} m)
