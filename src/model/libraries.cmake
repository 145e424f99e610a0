# A predictor that promises XGBoost's bits may not fuse a multiplication into an addition (other machines than x86-64 would).
target_compile_options(glovebox_model PRIVATE -ffp-contract=off)
