#include "attestation/hcl_report.h"

#include "base/reader.h"
#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
constexpr std::string_view label_snp = "glovebox azure vtpm v1";
constexpr std::string_view label_tdx = "glovebox azure tdx vtpm v1";
constexpr std::size_t elements = 6;
constexpr std::array<std::uint8_t, 4> signature = {'H', 'C', 'L', 'A'};
constexpr std::uint32_t request_report = 2;
constexpr std::uint32_t data_version = 1;
constexpr std::uint32_t hash_sha256 = 1;
constexpr std::size_t header_size = 32;
constexpr std::size_t numbers_size = 20;
constexpr std::size_t certificate_size_max = 4096;

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}
std::unexpected<Error> as_evidence(const Error& error) {
  if (error.reason == Reject::truncated || error.reason == Reject::algorithm_unsupported) return std::unexpected(error);
  return malformed(std::string(glovebox::name(error.reason)) + ": " + error.found, error.expected);
}

// over_tdx looks at the label alone; what is neither is read as the other, whose reader says so.
bool over_tdx(View document) {
  cbor::Reader in(document);
  auto array = in.array(elements);
  return in.more(array) && in.tstr(label_tdx.size()) == label_tdx;
}
}  // namespace

std::string_view name(HclHardware hardware) {
  return hardware == HclHardware::tdx ? "Intel TDX" : "AMD SEV-SNP";
}

Bytes HclReport::encode() const {
  Writer out;
  const auto claims = static_cast<std::uint32_t>(runtime.size());
  const auto all = static_cast<std::uint32_t>(header_size + snp_report_size + numbers_size + runtime.size());
  out.bytes(signature).u32le(version).u32le(all).u32le(request_report).zeros(16);
  out.bytes(report).u32le(claims + numbers_size).u32le(data_version).u32le(static_cast<std::uint32_t>(hardware));
  out.u32le(hash_sha256).u32le(claims).bytes(view_of(runtime)).zeros(padding);
  return out.take();
}

Result<HclReport> HclReport::parse(View bytes) {
  if (bytes.size() > hcl_report_size_max)
    return malformed("a report of " + std::to_string(bytes.size()) + " bytes", "at most 16384");
  Reader in(bytes);
  HclReport out;
  if (!equal(in.bytes(signature.size()), signature)) in.refuse(Reject::malformed, "another signature", "HCLA");
  out.version = in.u32le();
  if (in.ok() && out.version != 1 && out.version != 2)
    in.refuse(Reject::malformed, "version " + std::to_string(out.version), "1 or 2");
  const std::uint32_t all = in.u32le();
  if (in.u32le() != request_report) in.refuse(Reject::malformed, "another kind of request", "2, a report");
  in.zeros(16);  // status and reserved
  out.report = to_bytes(in.bytes(snp_report_size));
  const std::uint32_t data = in.u32le();
  if (in.u32le() != data_version) in.refuse(Reject::malformed, "another version of the runtime data", "1");
  const std::uint32_t kind = in.u32le();
  if (in.ok() && kind != 2 && kind != 4)
    in.refuse(Reject::malformed, "hardware of kind " + std::to_string(kind), "2 (SEV-SNP) or 4 (TDX)");
  out.hardware = static_cast<HclHardware>(kind);
  const std::uint32_t hash = in.u32le();
  if (in.ok() && hash != hash_sha256)
    in.refuse(Reject::algorithm_unsupported, "a digest of kind " + std::to_string(hash), "1 (SHA-256)");
  const std::uint32_t claims = in.u32le();
  if (in.ok() && (claims > hcl_runtime_size_max || data != claims + numbers_size ||
                  all != header_size + snp_report_size + numbers_size + claims))
    in.refuse(Reject::malformed, "sizes that do not fit each other");
  out.runtime = text_of(in.bytes(in.ok() ? claims : 0));
  out.padding = in.left();
  in.zeros(out.padding);
  if (const auto end = in.finish(); !end) return as_evidence(end.error());
  return out;
}

Digest HclReport::runtime_digest() const {
  return crypto::sha256(view_of(runtime));
}

Bytes AzureEvidence::encode() const {
  cbor::Writer out;
  if (hcl.hardware == HclHardware::tdx) {
    out.document(label_tdx, elements).bstr(hcl.encode()).bstr(td_quote);
  } else {
    out.document(label_snp, elements).bstr(hcl.encode()).array(certificates.size());
    for (const Bytes& der : certificates) out.bstr(der);
  }
  quote.write(out);
  return out.take();
}

Result<AzureEvidence> AzureEvidence::parse(View document) {
  if (document.size() >= signature.size() && equal(document.first(signature.size()), signature))
    return malformed("a bare report of the paravisor",
                     "a document with a quote of its TPM beside it (docs/spec/evidence.md)");
  cbor::Reader whole(document);
  whole.item();
  if (!whole.ok() && whole.status().error().reason == Reject::truncated)
    return fail(Reject::truncated, std::to_string(document.size()) + " bytes of evidence", "the whole of it");
  cbor::Reader in(document);
  AzureEvidence out;
  const bool tdx = over_tdx(document);
  in.document(tdx ? label_tdx : label_snp, elements);
  const View report = in.bstr(hcl_report_size_max);
  if (tdx) {
    out.td_quote = to_bytes(in.bstr(quote_size_max));
  } else {
    for (auto c = in.array(hcl_certificates_max); in.more(c);)
      out.certificates.push_back(to_bytes(in.bstr(certificate_size_max)));
  }
  if (!in.ok()) return as_evidence(in.status().error());
  auto hcl = HclReport::parse(report);
  if (!hcl && hcl.error().reason == Reject::truncated)
    return malformed("truncated: " + hcl.error().found, hcl.error().expected);
  if (!hcl) return std::unexpected(hcl.error());
  out.hcl = std::move(*hcl);
  if ((out.hcl.hardware == HclHardware::tdx) != tdx)
    return fail(Reject::platform_unknown, "a virtual TPM over " + std::string(name(out.hcl.hardware)),
                "one over " + std::string(name(tdx ? HclHardware::tdx : HclHardware::snp)));
  GLOVEBOX_TRY(quote, TpmQuote::read(in));
  out.quote = std::move(quote);
  if (const auto end = in.finish(); !end) return as_evidence(end.error());
  return out;
}

Result<Quote> AzureEvidence::hardware_quote() const {
  auto parsed = Quote::parse(td_quote);
  if (!parsed && parsed.error().reason == Reject::truncated)
    return malformed("truncated: " + parsed.error().found, parsed.error().expected);
  if (parsed && parsed->tee() != Tee::tdx) return fail(Reject::platform_unknown, "a quote of SGX", "TDX");
  return parsed;
}

}  // namespace glovebox::attestation
