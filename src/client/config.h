// config.h: what a person need not say each time: ~/.config/glovebox/config.toml with `server`, `policy` and `key`.
#pragma once
#include <string>

#include "base/result.h"

namespace glovebox::client {

struct Config {
  std::string server;
  std::string policy;
  std::string key;
};

// config_path is $XDG_CONFIG_HOME/glovebox/config.toml, or ~/.config/glovebox/config.toml.
std::string config_path();
// load_config reads it; an empty Config where there is no such file. config_invalid: no TOML, or an unknown key.
Result<Config> load_config();

}  // namespace glovebox::client
