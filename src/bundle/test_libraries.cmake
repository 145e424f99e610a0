# XGBoost itself is the oracle for the demo's models where it is installed.
find_library(GLOVEBOX_XGBOOST NAMES xgboost)
find_path(GLOVEBOX_XGBOOST_INCLUDE xgboost/c_api.h)
if(GLOVEBOX_XGBOOST AND GLOVEBOX_XGBOOST_INCLUDE)
  target_link_libraries(bundle_test PRIVATE ${GLOVEBOX_XGBOOST})
  target_include_directories(bundle_test SYSTEM PRIVATE ${GLOVEBOX_XGBOOST_INCLUDE})
  target_compile_definitions(bundle_test PRIVATE GLOVEBOX_HAS_XGBOOST)
endif()
