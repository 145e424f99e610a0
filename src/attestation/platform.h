// platform.h: the platforms whose evidence is appraised, by the names that policies use, and what a file of evidence is
// before anyone has parsed it. Recognising is a guess from the first bytes: it chooses a parser and proves nothing.
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace glovebox::attestation {

enum class Platform { nitro, nitro_tpm, sev_snp, tdx, sgx, arm_cca, arm_psa, azure_snp, azure_tdx, tpm };
constexpr std::array platforms = {Platform::nitro,     Platform::nitro_tpm, Platform::sev_snp, Platform::tdx,
                                  Platform::sgx,       Platform::arm_cca,   Platform::arm_psa, Platform::azure_snp,
                                  Platform::azure_tdx, Platform::tpm};
// "nitro", "nitro-tpm", "sev-snp", "tdx", "sgx", "arm-cca", "arm-psa", "azure-snp-vtpm", "azure-tdx-vtpm", "tpm"
std::string_view name(Platform platform);
std::optional<Platform> platform_from_name(std::string_view name);
// media_type is that of the platform's evidence in a CMW (docs/spec/evidence.md, "Message").
std::string_view media_type(Platform platform);
std::optional<Platform> platform_from_media_type(std::string_view type);

// Kind is what a file looks like.
enum class Kind {
  message,  // ["glovebox evidence v1", ...]
  cmw,      // RFC 9999, record form, CBOR or JSON
  nitro,
  nitro_tpm,
  sev_snp,
  tdx,
  sgx,
  arm_cca,
  arm_psa,
  azure_snp,  // a document of ours; the paravisor's own report is azure_vtpm
  azure_tdx,
  tpm_quote,
  cose,        // a COSE_Sign1 whose claims cannot be read: the policy says of which platform it should be
  azure_vtpm,  // from here on: something that we know and do not appraise
  certificate,
  unknown,
};
// sentence says what a kind is, for a person: "an attestation document of AWS Nitro Enclaves".
std::string_view sentence(Kind kind);
Kind recognise(View file);
// platform_of is the platform whose bare document a kind is, where we appraise it.
std::optional<Platform> platform_of(Kind kind);

}  // namespace glovebox::attestation
