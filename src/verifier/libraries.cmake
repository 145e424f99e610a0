# toml++ (as headers, in toml_reader.cpp alone) and nlohmann json (in result_json.cpp alone): both header-only.
find_path(GLOVEBOX_TOMLPLUSPLUS toml++/toml.hpp REQUIRED)
find_path(GLOVEBOX_NLOHMANN_JSON nlohmann/json.hpp REQUIRED)
