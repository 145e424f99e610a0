#include "client/collateral_fetch.h"

#include <algorithm>

#include "attestation/pck_extension.h"
#include "crypto/x509_fields.h"
#include "tls/tls.h"
#include "verifier/quote_verify.h"

namespace glovebox::client {
namespace {
using attestation::SnpEntry;
using attestation::SnpProduct;
using attestation::SnpSigner;

constexpr std::size_t address_size_max = 2048;
constexpr unsigned status_not_found = 404;
constexpr unsigned status_too_many = 429;
constexpr unsigned status_unavailable = 503;

// Address is a url in two: whom to ask, and for what. Unlike those of our own services it may have a query.
struct Address {
  http::Url origin;
  std::string target;
};

Result<Address> parse_address(const std::string& text) {
  const auto bad = [&] { return fail(Reject::usage, text.substr(0, 80), "https://host/path"); };
  const std::size_t scheme = text.find("://");
  if (text.size() > address_size_max || scheme == std::string::npos) return bad();
  for (const char c : text)
    if (c <= ' ' || c > '~' || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\') return bad();
  const std::size_t slash = text.find('/', scheme + 3);
  if (slash == std::string::npos) return bad();
  GLOVEBOX_TRY(origin, http::parse_url(text.substr(0, slash)));
  return Address{.origin = std::move(origin), .target = text.substr(slash)};
}

constexpr std::size_t fmspc_digits = 12;
constexpr std::size_t head_max = 32'768;  // Intel's service puts whole chains into headers
constexpr std::string_view chain_header_end = "-issuer-chain";

bool is_chain_header(std::string_view name) {
  if (name.size() < chain_header_end.size()) return false;
  name.remove_prefix(name.size() - chain_header_end.size());
  return std::ranges::equal(name, chain_header_end,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

// unescaped reads what a header has percent-encoded (RFC 3986, section 2.1).
Result<Bytes> unescaped(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(static_cast<std::uint8_t>(text[i]));
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, std::min<std::size_t>(2, text.size() - i - 1)));
    if (!byte || byte->size() != 1) return fail(Reject::protocol_error, "a header that is not percent-encoded");
    out.push_back(byte->front());
    i += 2;
  }
  return out;
}

bool has(const attestation::SnpEvidence& evidence, SnpEntry kind) {
  return evidence.table &&
         std::ranges::any_of(evidence.table->entries, [&](const auto& entry) { return entry.kind() == kind; });
}
}  // namespace

Result<std::vector<std::string>> collateral_addresses(const attestation::SnpEvidence& evidence,
                                                      std::optional<SnpProduct> product) {
  const attestation::SnpReport& report = evidence.report;
  if (const auto said = report.product()) product = said;
  if (!product)
    return fail(Reject::usage, "a report of version " + std::to_string(report.version) + " that names no product",
                "--product Milan or Genoa", "try one, then the other: only one has the chip");
  std::vector<std::string> out;
  if (report.signer() == SnpSigner::vcek && !has(evidence, SnpEntry::vcek)) {
    if (report.chip_masked())
      return fail(Reject::chip_unknown, "a report that hides its chip",
                  "one with the chip's number, or its certificate", "the host has the certificate");
    out.push_back(verifier::kds_vcek_url(*product, report));
  }
  // The host's own copies of authorities and list may be old: they are asked for in any case.
  out.push_back(verifier::kds_chain_url(*product, report.signer()));
  out.push_back(verifier::kds_crl_url(*product, report.signer()));
  return out;
}

Result<std::vector<std::string>> collateral_addresses(const IntelPlatform& platform) {
  const auto bytes = from_hex(platform.fmspc);
  if (!bytes || platform.fmspc.size() != fmspc_digits)
    return fail(Reject::usage, "FMSPC " + platform.fmspc.substr(0, 32), "12 hex digits");
  if (platform.pck_ca != "platform" && platform.pck_ca != "processor")
    return fail(Reject::usage, "PCK issuer " + platform.pck_ca.substr(0, 32), "platform or processor");
  GLOVEBOX_TRY(fmspc, fixed<fmspc_digits / 2>(*bytes));
  return std::vector<std::string>{verifier::pcs_tcb_url(platform.tee, fmspc), verifier::pcs_identity_url(platform.tee),
                                  verifier::pcs_crl_url(platform.pck_ca == "processor" ? "Intel SGX PCK Processor CA"
                                                                                       : "Intel SGX PCK Platform CA"),
                                  verifier::pcs_root_crl_url()};
}

Result<std::vector<std::string>> collateral_addresses(const attestation::Quote& quote) {
  if (quote.certification != attestation::Certification::chain)
    return fail(Reject::usage, "a quote without its platform's chain", "one with it, or --fmspc and --pck-ca",
                "the platform's owner has the certificate: --with FILE puts it into the bundle");
  GLOVEBOX_TRY(chain, crypto::parse_chain(quote.certification_data));
  const auto value = crypto::extension_value(chain.front(), attestation::oid_pck_extension);
  if (!value || chain.size() < 2)
    return fail(Reject::certificate_invalid, "a chain that begins with no platform's certificate",
                "that of the platform, and its authority's");
  GLOVEBOX_TRY(platform, attestation::PckExtension::parse(*value));
  const bool processor = crypto::common_name(chain[1]).contains("Processor");
  return collateral_addresses(IntelPlatform{
      .fmspc = to_hex(platform.fmspc), .pck_ca = processor ? "processor" : "platform", .tee = quote.tee()});
}

Result<Fetched> fetch_file(const std::string& address, const Maker& maker) {
  GLOVEBOX_TRY(at, parse_address(address));
  if (!maker.from.empty()) {
    GLOVEBOX_TRY(mirror, http::parse_url(maker.from));
    at.target = mirror.path + at.target;
    at.origin = std::move(mirror);
  }
  const auto deadline = http::Deadline::in(maker.timeout);
  GLOVEBOX_TRY(stream, tls::connect_url(at.origin, {.ca_file = maker.ca_file}, deadline));
  http::Request request;
  request.target = at.target;
  request.host = at.origin.authority();
  GLOVEBOX_TRY(response, http::call(*stream, request, {.head_max = head_max, .body_max = verifier::collateral_size_max},
                                    deadline));
  if (response.status == 200) {
    Fetched out{.body = std::move(response.body)};
    for (const auto& [name, value] : response.headers) {
      if (!is_chain_header(name)) continue;
      GLOVEBOX_TRY(chain, unescaped(value));
      out.chains.push_back(std::move(chain));
    }
    return out;
  }
  const std::string said = "HTTP status " + std::to_string(response.status) + " for " + address;
  if (response.status == status_not_found)
    return fail(Reject::collateral_missing, said, "200", "the maker knows no such chip, firmware or file");
  if (response.status == status_too_many || response.status == status_unavailable)
    return fail(Reject::busy, said, "200", "ask again in a minute; what it gives can be kept for weeks");
  return fail(Reject::protocol_error, said, "200");
}

}  // namespace glovebox::client
