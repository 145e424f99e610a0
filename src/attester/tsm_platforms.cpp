#include "attester/tsm_platforms.h"

#include <algorithm>

#include "attestation/arm_tokens.h"
#include "attestation/evidence.h"
#include "attestation/quote.h"
#include "attestation/snp_evidence.h"

namespace glovebox::attester {
namespace {
namespace arm = attestation::arm;

std::unexpected<Error> bad_report(std::string found, std::string expected) {
  return fail(Reject::platform_failed, std::move(found), std::move(expected), "what the driver gave is no evidence");
}

Status check_data(View found, View inblob) {
  if (equal(found, inblob)) return {};
  return bad_report("a report over other data", "the bytes that were written");
}

Status check_inputs(std::string_view what, View found, View expected) {
  if (equal(found, expected)) return {};
  return fail(Reject::platform_failed, std::string(what) + " " + to_hex(found), to_hex(expected),
              "the host started this guest with other models or another configuration than it hands it now");
}

// SEV-SNP: report and table in one; the zeros with which a host fills the table's last page stay behind.
Result<Bytes> snp_document(const TsmReport& asked, View inblob) {
  auto report = attestation::SnpReport::parse(asked.outblob);
  if (!report) return bad_report("outblob: " + describe(report.error()), "a report of SEV-SNP");
  GLOVEBOX_CHECK(check_data(report->report_data, inblob));
  attestation::SnpEvidence out{.report = std::move(*report)};
  if (!std::ranges::all_of(asked.auxblob, [](std::uint8_t b) { return b == 0; })) {
    auto table = attestation::SnpTable::parse(asked.auxblob);
    if (!table) return bad_report("auxblob: " + describe(table.error()), "a certificate table");
    table->padding = 0;
    out.table = std::move(*table);
  }
  return out.encode();
}

Status snp_same_inputs(View document, const Digest& configuration, std::span<const Digest> models) {
  GLOVEBOX_TRY(evidence, attestation::SnpEvidence::parse(document));
  return check_inputs("host data", evidence.report.host_data, attestation::snp_inputs(configuration, models));
}

// TDX: a quote, without the zeros of a buffer that the host handed out whole.
Result<Bytes> tdx_document(const TsmReport& asked, View inblob) {
  auto quote = attestation::Quote::parse(asked.outblob);
  if (!quote) return bad_report("outblob: " + describe(quote.error()), "a quote of TDX");
  const auto* const td = std::get_if<attestation::TdReport>(&quote->body);
  if (td == nullptr) return bad_report("a quote of SGX", "a quote of TDX");
  GLOVEBOX_CHECK(check_data(td->report_data, inblob));
  quote->padding = 0;
  return quote->encode();
}

Status tdx_same_inputs(View document, const Digest& configuration, std::span<const Digest> models) {
  GLOVEBOX_TRY(quote, attestation::Quote::parse(document));
  const auto* const td = std::get_if<attestation::TdReport>(&quote.body);
  if (td == nullptr) return bad_report("a quote of SGX", "a quote of TDX");
  return check_inputs("MRCONFIGID", td->mr_config_id, attestation::td_inputs(configuration, models));
}

// CCA: the platform's and the realm's token, as they came.
Result<Bytes> cca_document(const TsmReport& asked, View inblob) {
  const auto token = attestation::CcaToken::parse(asked.outblob);
  if (!token) return bad_report("outblob: " + describe(token.error()), "a token of Arm CCA");
  GLOVEBOX_CHECK(check_data(token->realm.claims.bytes(arm::nonce), inblob));
  return asked.outblob;
}

Status cca_same_inputs(View document, const Digest& configuration, std::span<const Digest> models) {
  GLOVEBOX_TRY(token, attestation::CcaToken::parse(document));
  return check_inputs("personalization", token.realm.claims.bytes(arm::personalization),
                      attestation::cca_inputs(configuration, models));
}

constexpr auto tsm_platforms = std::to_array<TsmPlatform>({
    {"sev_guest", attestation::Platform::sev_snp, snp_document, snp_same_inputs},
    {"tdx_guest", attestation::Platform::tdx, tdx_document, tdx_same_inputs},
    {"arm_cca_guest", attestation::Platform::arm_cca, cca_document, cca_same_inputs},
});
}  // namespace

const TsmPlatform* tsm_platform(std::string_view provider) {
  const auto it = std::ranges::find(tsm_platforms, provider, &TsmPlatform::provider);
  return it == tsm_platforms.end() ? nullptr : &*it;
}

std::string tsm_providers() {
  std::string out;
  for (const TsmPlatform& one : tsm_platforms) out += (out.empty() ? "" : ", ") + std::string(one.provider);
  return out;
}

}  // namespace glovebox::attester
