// reference_values.h: what the builder of an image says its evidence will carry (docs/spec/policy.md, "Reference
// values"). Written here; read by verifier/reference_values_file.h.
#pragma once
#include <optional>

#include "attestation/pcr.h"

namespace glovebox::attestation {

struct ReferenceValues {
  std::string version;
  Digest configuration{};
  std::array<Pcr, 3> pcrs{};  // 0, 1, 2
  std::string root_name;
  Digest root_sha256{};
  std::optional<Bytes> test_root = {};  // DER; development only
  bool operator==(const ReferenceValues&) const = default;

  std::string to_toml() const;
};

// toml_string writes a text as a TOML basic string, quotes included.
std::string toml_string(std::string_view text);

}  // namespace glovebox::attestation
