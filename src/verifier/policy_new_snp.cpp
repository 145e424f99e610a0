// A first policy from a report of SEV-SNP.
#include <algorithm>

#include "crypto/hash.h"
#include "verifier/known_roots.h"
#include "verifier/policy_new.h"
#include "verifier/policy_text.h"
#include "verifier/policy_toml.h"

namespace glovebox::verifier {
namespace {
using attestation::SnpProduct;
using attestation::SnpReport;
using attestation::SnpTcb;

// least is, of each part of the firmware, the oldest version that the report speaks of: all four must reach a minimum.
SnpTcb least(const SnpReport& report, SnpProduct product) {
  SnpTcb out = SnpTcb::of(report.reported_tcb, product);
  for (const auto* raw : {&report.current_tcb, &report.committed_tcb, &report.launch_tcb}) {
    const SnpTcb other = SnpTcb::of(*raw, product);
    out.fmc = std::min(out.fmc, other.fmc);
    out.bootloader = std::min(out.bootloader, other.bootloader);
    out.tee = std::min(out.tee, other.tee);
    out.snp = std::min(out.snp, other.snp);
    out.microcode = std::min(out.microcode, other.microcode);
  }
  return out;
}

std::string protections(const SnpReport& report) {
  std::string out;
  for (const SnpProtection& p : snp_protections()) {
    const std::uint64_t bits = p.of_guest ? report.policy : report.platform_info;
    if (((bits >> p.bit & 1) != 0) == p.value)
      out += (out.empty() ? "" : ", ") + attestation::toml_string(std::string(p.name));
  }
  return "[" + out + "]";
}

std::string rules(const SnpReport& report, SnpProduct product) {
  const bool vlek = report.signer() == attestation::SnpSigner::vlek;
  std::string out = "\n[evidence.sev-snp]\n";
  out += assign("signing_keys", vlek ? "[\"vlek\"]" : "[\"vcek\"]",
                vlek ? "VLEK: the key of the host's owner" : "VCEK: the key of one chip");
  out += assign("maximum_vmpl", std::to_string(report.vmpl), "privilege level of who asked; 0 is the highest");
  if (!report.chip_masked())
    out += assign("chips", "[" + toml_hex(report.chip_id) + "]",
                  "add others, or write \"chip\" under unchecked to take any of AMD's");
  out += assign("require", protections(report), "what this guest and its platform have switched on");
  out +=
      assign("unchecked", report.chip_masked() ? "[\"chip\"]" : "[]",
             report.chip_masked() ? "this host hides which chip it is" : "each word here is something I leave to luck");
  const SnpTcb tcb = least(report, product);
  out += "\n[[evidence.sev-snp.minimum_tcb]]  # the oldest firmware that I accept, part by part\n";
  out += assign("product", attestation::toml_string(std::string(name(product))), "one table for each product");
  if (product == SnpProduct::turin) out += assign("fmc", std::to_string(tcb.fmc), "as in this report");
  out += assign("bootloader", std::to_string(tcb.bootloader), "as in this report");
  out += assign("tee", std::to_string(tcb.tee), "as in this report");
  out += assign("snp", std::to_string(tcb.snp), "raise it when AMD publishes a fault");
  out += assign("microcode", std::to_string(tcb.microcode), "as in this report");
  return out;
}
}  // namespace

Result<std::string> policy_from_report(const SnpReport& report, std::optional<SnpProduct> product,
                                       std::optional<View> test_root, const attestation::TpmRegisters& registers) {
  if (report.debug())
    return fail(Reject::debug_enclave, "a guest policy that allows debugging", "one that does not",
                "no policy can accept it: the host can read this guest");
  if (const auto said = report.product()) product = said;
  if (!product)
    return fail(Reject::usage, "a report of version " + std::to_string(report.version) + " that names no product",
                "--product Milan, Genoa or Turin");
  RootChoice root{.name = "test root"};
  if (test_root) {
    root = {.name = "test root", .sha256 = crypto::sha256(*test_root), .test = to_bytes(*test_root)};
  } else {
    for (const KnownRoot& known : known_roots())
      if (known.product == product) root = {.name = std::string(known.name), .sha256 = known.sha256};
  }

  const std::string_view word = registers.empty() ? "sev-snp" : "azure-snp-vtpm";
  std::string out = foreign_head("SEV-SNP", "report", word, root);
  if (!registers.empty()) out += virtual_tpm(word, registers);
  out += rules(report, *product);
  out += root_table(root);
  out += "\n[[evidence.measurements]]  # which guest image\n";
  out += assign("version", "\"1\"", "the name it goes by in results: choose one");
  out += assign("root", toml_hex(root.sha256), "the root it counts under");
  out += assign("measurement", toml_hex(report.measurement), "the launch measurement");
  GLOVEBOX_TRY(parsed, parse_policy(view_of(out)));  // what is handed out is a policy
  if (parsed.evidence.profile != Profile::none) return fail(Reject::internal);
  return out;
}

}  // namespace glovebox::verifier
