#include "attester/tsm_attester.h"

#include <algorithm>

#include "attestation/snp_evidence.h"

namespace glovebox::attester {
namespace {
constexpr std::string_view provider_snp = "sev_guest";
constexpr std::string_view provider_tdx = "tdx_guest";
constexpr std::string_view provider_cca = "arm_cca_guest";

std::unexpected<Error> bad_report(std::string found, std::string expected) {
  return fail(Reject::platform_failed, std::move(found), std::move(expected), "what the driver gave is no evidence");
}

// snp_document is report and table in one; the zeros with which a host fills the table's last page stay behind.
Result<Bytes> snp_document(const TsmReport& asked, View inblob) {
  auto report = attestation::SnpReport::parse(asked.outblob);
  if (!report) return bad_report("outblob: " + describe(report.error()), "a report of SEV-SNP");
  if (!equal(report->report_data, inblob)) return bad_report("a report over other data", "the bytes that were written");
  attestation::SnpEvidence out{.report = std::move(*report)};
  if (!std::ranges::all_of(asked.auxblob, [](std::uint8_t b) { return b == 0; })) {
    auto table = attestation::SnpTable::parse(asked.auxblob);
    if (!table) return bad_report("auxblob: " + describe(table.error()), "a certificate table");
    table->padding = 0;
    out.table = std::move(*table);
  }
  Bytes document = out.encode();
  if (document.size() > attestation::document_size_max)
    return bad_report(std::to_string(document.size()) + " bytes of report and certificates",
                      "at most " + std::to_string(attestation::document_size_max));
  return document;
}
}  // namespace

Result<std::unique_ptr<TsmAttester>> TsmAttester::create(MakeFolder make, std::optional<std::uint8_t> privilege) {
  if (privilege && *privilege > tsm_privilege_max)
    return fail(Reject::platform_failed, "privilege level " + std::to_string(*privilege), "0 to 3");
  GLOVEBOX_TRY(folder, make());
  GLOVEBOX_TRY(provider, tsm_provider(*folder));
  if (provider == provider_tdx || provider == provider_cca)
    return fail(Reject::unsupported, "provider " + provider, std::string(provider_snp),
                "an enclave of ours does not run on this platform yet");
  if (provider != provider_snp)
    return fail(Reject::platform_failed, "provider " + provider, std::string(provider_snp),
                "this kernel's provider of reports is not known here");
  return std::unique_ptr<TsmAttester>(new TsmAttester(std::move(make), privilege));
}

Result<Bytes> TsmAttester::document(View inblob) {
  GLOVEBOX_TRY(folder, make_());
  GLOVEBOX_TRY(asked, ask_tsm(*folder, inblob, privilege_));
  if (asked.provider != provider_snp) return bad_report("provider " + asked.provider, std::string(provider_snp));
  return snp_document(asked, inblob);
}

Result<attestation::Evidence> TsmAttester::attest(View nonce, const attestation::KeySet& keys,
                                                  const attestation::Context& context) {
  if (attestation::purpose_of(context) == attestation::Purpose::kms)
    return fail(Reject::unsupported, "evidence for AWS KMS from another platform than Nitro");
  const attestation::Binding binding = attestation::make_binding(nonce, keys, context);
  GLOVEBOX_TRY(bytes, document(binding.view()));
  return attestation::Evidence{.media_type = std::string(attestation::media_type_sev_snp),
                               .document = std::move(bytes),
                               .nonce = to_bytes(nonce),
                               .keys = keys,
                               .context = context};
}

Result<Time> TsmAttester::now() {
  return fail(Reject::unsupported, "the time of a confidential guest", "a platform that attests one");
}

Status TsmAttester::measure_inputs(std::span<const Digest> models, const Digest& configuration) {
  GLOVEBOX_TRY(bytes, document(Array<tsm_inblob_size>{}));
  GLOVEBOX_TRY(evidence, attestation::SnpEvidence::parse(bytes));
  const Digest wanted = attestation::snp_inputs(configuration, models);
  if (evidence.report.host_data != wanted)
    return fail(Reject::platform_failed, "host data " + to_hex(evidence.report.host_data), to_hex(wanted),
                "the host started this guest with other models or another configuration than it hands it now");
  return {};
}

}  // namespace glovebox::attester
