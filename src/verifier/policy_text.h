// policy_text.h: the lines of a policy that is written for a person to read and change: each with what it means beside
// it. Only the writers of first policies include this.
#pragma once
#include <optional>
#include <string>

#include "attestation/reference_values.h"
#include "attestation/tpm_quote.h"

namespace glovebox::verifier {

// assign writes one line: key, value, and what it means.
std::string assign(std::string_view key, const std::string& value, std::string_view comment);
std::string toml_hex(View bytes);

// RootChoice is the root that a policy names: one that the verifier knows, or a test root with its certificate (DER).
struct RootChoice {
  std::string name;
  Digest sha256{};
  std::optional<Bytes> test = {};
};
// test_notice is a comment; empty where the root is no test root.
std::string test_notice(const RootChoice& root);
std::string root_table(const RootChoice& root);

// foreign_head begins a policy under profile `none`, of what one `piece` of evidence ("quote") of a platform says.
std::string foreign_head(std::string_view of, std::string_view piece, std::string_view platform,
                         const RootChoice& root);

// virtual_tpm is the one version of a virtual TPM's registers: those that something was measured into.
std::string virtual_tpm(std::string_view platform, const attestation::TpmRegisters& registers);

}  // namespace glovebox::verifier
