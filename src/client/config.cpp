#include "client/config.h"

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/toml_guard.h"
#include "base/toml_library.h"

namespace glovebox::client {
namespace {
constexpr std::size_t config_size_max = 65536;
}

std::string config_path() {
  if (const char* set = std::getenv("XDG_CONFIG_HOME"); set != nullptr && *set != '\0')
    return std::string(set) + "/glovebox/config.toml";
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.config/glovebox/config.toml";
}

Result<Config> load_config() {
  const std::string path = config_path();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Config{};
  GLOVEBOX_TRY(text, read_file(path, config_size_max));
  if (const auto headers = check_toml(text_of(text)); !headers)
    return fail(Reject::config_invalid, path + ": " + headers.error().found, headers.error().expected);
  try {
    const toml::parse_result parsed = toml::parse(text_of(text), path);
    if (!parsed) return fail(Reject::config_invalid, path + ": " + std::string(parsed.error().description()), "TOML");
    Config config;
    for (const auto& [key, value] : parsed.table()) {
      std::string* const field = key == "server"   ? &config.server
                                 : key == "policy" ? &config.policy
                                 : key == "key"    ? &config.key
                                                   : nullptr;
      if (field == nullptr || !value.is_string())
        return fail(Reject::config_invalid, path + ": " + std::string(key.str()), "texts `server`, `policy`, `key`");
      *field = value.as_string()->get();
    }
    return config;
  } catch (const TomlAssumption&) {
    return fail(Reject::config_invalid, path + ": text that toml++ cannot read", "a TOML file");
  }
}
}  // namespace glovebox::client
