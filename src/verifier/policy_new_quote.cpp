// A first policy from a quote of TDX or SGX.
#include "attestation/pck_extension.h"
#include "crypto/hash.h"
#include "crypto/x509_fields.h"
#include "verifier/known_roots.h"
#include "verifier/policy_new.h"
#include "verifier/policy_toml.h"

namespace glovebox::verifier {
namespace {
using attestation::EnclaveReport;
using attestation::Quote;
using attestation::TdReport;

std::string assign(std::string_view key, const std::string& value, std::string_view comment) {
  return std::string(key) + " = " + value + "  # " + std::string(comment) + "\n";
}
std::string hex(View bytes) {
  return attestation::toml_string(to_hex(bytes));
}

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
  out += assign("fmspcs", "[" + hex(platform.fmspc) + "]", "which kind of platform");
  out += assign("platforms", "[" + hex(platform.ppid) + "]",
                "which one, by its PPID; add others, or write \"platform\" under unchecked to take any of Intel's");
  if (td != nullptr && td->later && td->later->mr_service_td != Array<48>{})
    out += assign("service_td", hex(td->later->mr_service_td), "the service guest that is bound to this one");
  const bool septve = td == nullptr || td->septve_disabled();
  return out + assign("unchecked", septve ? "[]" : "[\"sept-ve-disable\"]",
                      septve ? "each word here is something I leave to luck"
                             : "this host may take pages away from its guest and have it told so");
}

std::string known_by(const Quote& quote) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  if (td == nullptr)
    return assign("mr_enclave", hex(std::get<EnclaveReport>(quote.body).mr_enclave), "the enclave itself");
  std::string out = assign("mr_td", hex(td->mr_td), "the guest as it was built");
  for (std::size_t i = 0; i < td->rtmr.size(); ++i)
    out += assign("rtmr" + std::to_string(i), hex(td->rtmr[i]),
                  i == 3 ? "for who runs inside; zeros where nothing was extended into it" : "what it has booted");
  return out;
}
}  // namespace

Result<std::string> policy_from_quote(const Quote& quote, std::optional<View> test_root) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  if (td != nullptr ? td->debug() : std::get<EnclaveReport>(quote.body).debug())
    return fail(Reject::debug_enclave, "a quote in debug mode", "one that is not",
                "no policy can accept it: the host can read this memory");
  GLOVEBOX_TRY(platform, platform_of(quote));
  std::string root_name = "test root";
  Digest root{};
  if (test_root) {
    root = crypto::sha256(*test_root);
  } else {
    for (const KnownRoot& known : known_roots())
      if (known.platform == attestation::Platform::tdx) {
        root_name = known.name;
        root = known.sha256;
      }
  }

  std::string out =
      "# What I accept: what one quote of Intel's said of itself. Nothing of it was verified when this was written:\n"
      "# read each line, and compare the measurement with what the image's builder says.\n";
  if (test_root)
    out += "#\n# DEVELOPMENT POLICY: its root is a test root. What it accepts is protected by no hardware.\n";
  out += "\n[evidence]\n";
  out += assign("profile", "\"none\"",
                "a foreign guest: what it loaded is not checked; \"glovebox\" is for enclaves of ours");
  out += assign("platforms", td != nullptr ? "[\"tdx\"]" : "[\"sgx\"]", "hardware whose evidence counts");
  out += assign("freshness_seconds", "300", "a quote has no time of its own: give a nonce");
  out += rules(quote, platform);

  out += "\n[[evidence.roots]]  # who may vouch for hardware\n";
  out += assign("name", attestation::toml_string(root_name), "for people; what counts is the hash");
  out += assign("sha256", hex(root), "SHA-256 of the root certificate");
  if (test_root) {
    out += assign("test", "true", "a test root: no other root may stand beside it");
    out += assign("certificate", attestation::toml_string(to_base64(*test_root)), "the certificate itself");
  }
  out += "\n[[evidence.measurements]]  # which image\n";
  out += assign("version", "\"1\"", "the name it goes by in results: choose one");
  out += assign("root", hex(root), "the root it counts under");
  out += known_by(quote);
  GLOVEBOX_CHECK(parse_policy(view_of(out)));  // what is handed out is a policy
  return out;
}

}  // namespace glovebox::verifier
