// What a quote of Intel's says, for a person.
#include "crypto/x509_fields.h"
#include "verifier/explain.h"
#include "verifier/quote_verify.h"
#include "verifier/text_lines.h"

namespace glovebox::verifier {
namespace {
using attestation::Certification;
using attestation::EnclaveReport;
using attestation::PckExtension;
using attestation::Quote;
using attestation::TdReport;

std::string of(const TdReport& td) {
  std::string out = field("measurement", to_hex(td.mr_td));
  for (std::size_t i = 0; i < td.rtmr.size(); ++i)
    out += field("rtmr" + std::to_string(i), td.rtmr[i] == Array<48>{} ? "zero" : to_hex(td.rtmr[i]));
  out += field("report data", to_hex(td.report_data)) + field("config id", to_hex(td.mr_config_id));
  out += field("owner", to_hex(td.mr_owner)) + field("owner's config", to_hex(td.mr_owner_config));
  out += field("tee tcb", to_hex(td.tee_tcb_svn)) + field("tdx module", to_hex(td.mr_seam));
  if (td.later) {
    out += field("  tee tcb now", to_hex(td.later->tee_tcb_svn2));
    if (td.later->mr_service_td != Array<48>{}) out += field("service guest", to_hex(td.later->mr_service_td));
  }
  if (!td.septve_disabled()) out += field("", "the host may take pages away and have the guest told so");
  if (td.migratable()) out += field("", "a migration guest may move this one");
  if (td.debug()) out += field("", "DEBUG MODE: the host can read this guest's memory");
  return out;
}

std::string of(const EnclaveReport& enclave) {
  std::string out = field("enclave", to_hex(enclave.mr_enclave)) + field("signer", to_hex(enclave.mr_signer));
  out += field("product", std::to_string(enclave.isv_prod_id) + ", version " + std::to_string(enclave.isv_svn));
  out += field("report data", to_hex(enclave.report_data)) + field("config id", to_hex(enclave.config_id));
  if (enclave.debug()) out += field("", "DEBUG MODE: the host can read this enclave's memory");
  return out;
}

std::string certificates(const Quote& quote) {
  if (quote.certification < Certification::leaf) return field("certificate", "not in it; the platform's owner has it");
  const auto chain = crypto::parse_chain(quote.certification_data);
  if (!chain) return field("certificate", "(none that can be read: " + chain.error().found + ")");
  std::string out;
  for (const crypto::Certificate& one : *chain) {
    const auto& f = one.fields();
    out += field("certificate", f.subject + ", " + to_rfc3339(f.not_before) + " to " + to_rfc3339(f.not_after));
  }
  const auto value = crypto::extension_value(chain->front(), attestation::oid_pck_extension);
  const auto platform = value ? PckExtension::parse(*value) : Result<PckExtension>(fail(Reject::certificate_invalid));
  if (platform) {
    out += field("platform", to_hex(platform->ppid) + ", FMSPC " + to_hex(platform->fmspc));
    out += field("tcb info", pcs_tcb_url(quote.tee(), platform->fmspc));
  }
  out += field("quoting enclave", pcs_identity_url(quote.tee()));
  out += field("revocations", pcs_root_crl_url());
  if (chain->size() > 1) out += field("", pcs_crl_url(crypto::common_name((*chain)[1])));
  return out;
}
}  // namespace

std::string describe(const Quote& quote) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  std::string out = td != nullptr ? "Intel TDX quote, version " : "Intel SGX quote, version ";
  out += std::to_string(quote.version) + ". Nothing below is verified.\n";
  return out + (td != nullptr ? of(*td) : of(std::get<EnclaveReport>(quote.body))) + certificates(quote);
}

std::string describe(const attestation::TdLocalReport& report) {
  return "TDREPORT of Intel TDX, version " + std::to_string(report.version) +
         ". Nothing below is verified: only the machine that made it could.\n" + of(report.body);
}

}  // namespace glovebox::verifier
