#include "verifier/policy_text.h"

namespace glovebox::verifier {
using attestation::toml_string;

std::string assign(std::string_view key, const std::string& value, std::string_view comment) {
  return std::string(key) + " = " + value + "  # " + std::string(comment) + "\n";
}

std::string toml_hex(View bytes) {
  return toml_string(to_hex(bytes));
}

std::string test_notice(const RootChoice& root) {
  return root.test ? "#\n# DEVELOPMENT POLICY: its root is a test root. What it accepts is protected by no hardware.\n"
                   : "";
}

std::string root_table(const RootChoice& root) {
  std::string out = "\n[[evidence.roots]]  # who may vouch for hardware\n";
  out += assign("name", toml_string(root.name), "for people; what counts is the hash");
  out += assign("sha256", toml_hex(root.sha256), "SHA-256 of the root certificate");
  if (root.test) {
    out += assign("test", "true", "a test root: no other root may stand beside it");
    out += assign("certificate", toml_string(to_base64(*root.test)), "the certificate itself");
  }
  return out;
}

std::string foreign_head(std::string_view of, std::string_view piece, std::string_view platform,
                         const RootChoice& root) {
  std::string out = "# What I accept: what one " + std::string(piece) + " of " + std::string(of) +
                    " said of itself. Nothing of it was verified when this was written:\n"
                    "# read each line, and compare the measurement with what the image's builder says.\n" +
                    test_notice(root) + "\n[evidence]\n";
  out += assign("profile", "\"none\"",
                "a foreign guest: what it loaded is not checked; \"glovebox\" is for enclaves of ours");
  out += assign("platforms", "[" + toml_string(std::string(platform)) + "]", "hardware whose evidence counts");
  return out + assign("freshness_seconds", "300", "a " + std::string(piece) + " has no time of its own: give a nonce");
}

std::string virtual_tpm(std::string_view platform, const attestation::TpmRegisters& registers) {
  std::string out = "\n[[evidence." + std::string(platform) + ".versions]]  # what the guest above it has started\n";
  out += assign("version", "\"1\"", "the name it goes by in results: choose one");
  Digest untouched;  // of the registers of a dynamic launch, where there was none
  untouched.fill(0xff);
  for (const auto& [index, value] : registers)
    if (value != Digest{} && value != untouched)
      out += assign("pcr" + std::to_string(index), toml_hex(value), "as quoted; take it out where it may be anything");
  return out;
}

}  // namespace glovebox::verifier
