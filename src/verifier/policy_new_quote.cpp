// A first policy from a quote of TDX or SGX.
#include "attestation/pck_extension.h"
#include "crypto/hash.h"
#include "crypto/x509_fields.h"
#include "verifier/known_roots.h"
#include "verifier/policy_new.h"
#include "verifier/policy_text.h"
#include "verifier/policy_toml.h"

namespace glovebox::verifier {
namespace {
using attestation::EnclaveReport;
using attestation::Quote;
using attestation::TdReport;

Result<attestation::PckExtension> platform_of(const Quote& quote) {
  if (quote.certification != attestation::Certification::chain)
    return fail(Reject::usage, "a quote without its platform's chain", "one that brings it",
                "without the certificate, nothing says which platform it is");
  GLOVEBOX_TRY(chain, crypto::parse_chain(quote.certification_data));
  const auto value = crypto::extension_value(chain.front(), attestation::oid_pck_extension);
  if (!value) return fail(Reject::certificate_invalid, "a platform's certificate without its SGX extension");
  return attestation::PckExtension::parse(*value);
}

std::string rules(const Quote& quote, const attestation::PckExtension& platform) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  std::string out = td != nullptr ? "\n[evidence.tdx]\n" : "\n[evidence.sgx]\n";
  out += assign("statuses", "[\"UpToDate\"]", "Intel's words on the platform's firmware; others only where I know why");
  out += assign("advisories", "[]", "faults that Intel names and that I accept: none");
  out += assign("minimum_evaluation", "1",
                "raise it to the number of Intel's newest documents: `glovebox attest collateral show` prints it");
  out += assign("fmspcs", "[" + toml_hex(platform.fmspc) + "]", "which kind of platform");
  out += assign("platforms", "[" + toml_hex(platform.ppid) + "]",
                "which one, by its PPID; add others, or write \"platform\" under unchecked to take any of Intel's");
  if (td != nullptr && td->later && td->later->mr_service_td != Array<48>{})
    out += assign("service_td", toml_hex(td->later->mr_service_td), "the service guest that is bound to this one");
  const bool septve = td == nullptr || td->septve_disabled();
  return out + assign("unchecked", septve ? "[]" : "[\"sept-ve-disable\"]",
                      septve ? "each word here is something I leave to luck"
                             : "this host may take pages away from its guest and have it told so");
}

std::string known_by(const Quote& quote) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  if (td == nullptr)
    return assign("mr_enclave", toml_hex(std::get<EnclaveReport>(quote.body).mr_enclave), "the enclave itself");
  std::string out = assign("mr_td", toml_hex(td->mr_td), "the guest as it was built");
  for (std::size_t i = 0; i < td->rtmr.size(); ++i)
    out += assign("rtmr" + std::to_string(i), toml_hex(td->rtmr[i]),
                  i == 3 ? "for who runs inside; zeros where nothing was extended into it" : "what it has booted");
  return out;
}
}  // namespace

Result<std::string> policy_from_quote(const Quote& quote, std::optional<View> test_root,
                                      const attestation::TpmRegisters& registers) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  if (td != nullptr ? td->debug() : std::get<EnclaveReport>(quote.body).debug())
    return fail(Reject::debug_enclave, "a quote in debug mode", "one that is not",
                "no policy can accept it: the host can read this memory");
  GLOVEBOX_TRY(platform, platform_of(quote));
  RootChoice root{.name = "test root"};
  if (test_root) {
    root = {.name = "test root", .sha256 = crypto::sha256(*test_root), .test = to_bytes(*test_root)};
  } else {
    for (const KnownRoot& known : known_roots())
      if (known.platform == attestation::Platform::tdx)
        root = {.name = std::string(known.name), .sha256 = known.sha256};
  }

  const std::string_view word = td == nullptr ? "sgx" : registers.empty() ? "tdx" : "azure-tdx-vtpm";
  std::string out = foreign_head("Intel's", "quote", word, root);
  if (!registers.empty()) out += virtual_tpm(word, registers);
  out += rules(quote, platform);
  out += root_table(root);
  out += "\n[[evidence.measurements]]  # which image\n";
  out += assign("version", "\"1\"", "the name it goes by in results: choose one");
  out += assign("root", toml_hex(root.sha256), "the root it counts under");
  out += known_by(quote);
  GLOVEBOX_CHECK(parse_policy(view_of(out)));  // what is handed out is a policy
  return out;
}

}  // namespace glovebox::verifier
