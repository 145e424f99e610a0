# XGBoost itself is the oracle of engine_test where it is installed; the tests that need it skip plainly where it is not.
find_library(GLOVEBOX_XGBOOST NAMES xgboost)
find_path(GLOVEBOX_XGBOOST_INCLUDE xgboost/c_api.h)
if(GLOVEBOX_XGBOOST AND GLOVEBOX_XGBOOST_INCLUDE)
  target_link_libraries(engine_test PRIVATE ${GLOVEBOX_XGBOOST})
  target_include_directories(engine_test SYSTEM PRIVATE ${GLOVEBOX_XGBOOST_INCLUDE})
  target_compile_definitions(engine_test PRIVATE GLOVEBOX_HAS_XGBOOST)
endif()
