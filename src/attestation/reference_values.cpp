#include "attestation/reference_values.h"

namespace glovebox::attestation {

std::string toml_string(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (b < 0x20 || b == 0x7f) {
      out += "\\u00";
      out += digits[b >> 4];
      out += digits[b & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string ReferenceValues::to_toml() const {
  const auto line = [](std::string_view key, const std::string& value) {
    return std::string(key) + " = " + toml_string(value) + "\n";
  };
  std::string out = "# What evidence of this image carries. `glovebox policy new --from` makes a first policy of it.\n";
  out += "[reference]\n" + line("platform", "nitro") + line("version", version);
  out += line("configuration", to_hex(configuration));
  out += line("pcr0", to_hex(pcrs[0])) + line("pcr1", to_hex(pcrs[1])) + line("pcr2", to_hex(pcrs[2]));
  out += line("root_name", root_name) + line("root_sha256", to_hex(root_sha256));
  if (test_root) {
    out += "root_test = true  # development only: no hardware protects anything under this root\n";
    out += line("root_certificate", to_base64(*test_root));
  }
  return out;
}

}  // namespace glovebox::attestation
