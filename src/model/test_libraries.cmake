# XGBoost itself is the oracle of model_test where it is installed; the tests that need it skip plainly where it is not.
find_library(GLOVEBOX_XGBOOST NAMES xgboost)
find_path(GLOVEBOX_XGBOOST_INCLUDE xgboost/c_api.h)
if(GLOVEBOX_XGBOOST AND GLOVEBOX_XGBOOST_INCLUDE)
  target_link_libraries(model_test PRIVATE ${GLOVEBOX_XGBOOST})
  target_include_directories(model_test SYSTEM PRIVATE ${GLOVEBOX_XGBOOST_INCLUDE})
  target_compile_definitions(model_test PRIVATE GLOVEBOX_HAS_XGBOOST)
endif()
