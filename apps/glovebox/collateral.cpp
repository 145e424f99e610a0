// attest collateral: bundles of what platforms' makers publish, made online or from files, and explained.
#include "glovebox/collateral.h"

#include <nlohmann/json.hpp>

#include "attestation/cmw.h"
#include "attestation/evidence.h"
#include "attestation/hcl_report.h"
#include "attestation/platform.h"
#include "base/file.h"
#include "client/collateral_fetch.h"
#include "crypto/crl.h"
#include "crypto/x509.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "verifier/dcap_document.h"

namespace glovebox::app {
namespace {
using attestation::Kind;
constexpr std::size_t evidence_file_max = std::size_t{1} << 20;

std::string count(std::size_t n, const char* word) {
  return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
}

Status write_bundle(const verifier::Collateral& collateral, const std::string& output) {
  GLOVEBOX_CHECK(write_file(output, collateral.to_bundle()));
  note(output + ": " + count(collateral.certificates.size(), "certificate") + ", " +
       count(collateral.lists.size(), "revocation list") + ", " + count(collateral.documents.size(), "document"));
  if (json_output()) say("{\"code\":\"ok\"}");
  return {};
}

Result<verifier::Collateral> fetch(const CollateralFetch& options) {
  const client::Maker maker{
      .from = options.from, .ca_file = options.ca, .timeout = std::chrono::seconds(options.timeout_seconds)};
  std::optional<attestation::SnpProduct> product;
  if (!options.product.empty()) {
    product = attestation::snp_product_from_name(options.product);
    if (!product) return fail(Reject::usage, "--product " + options.product, "Milan, Genoa or Turin");
  }
  std::vector<std::string> addresses = options.urls;
  if (!options.file.empty()) {
    GLOVEBOX_TRY(evidence, makers_evidence_in(options.file));
    const auto* const report = std::get_if<attestation::SnpEvidence>(&evidence.hardware);
    GLOVEBOX_TRY(wanted, report != nullptr
                             ? client::collateral_addresses(*report, product)
                             : client::collateral_addresses(std::get<attestation::Quote>(evidence.hardware)));
    addresses.insert(addresses.end(), wanted.begin(), wanted.end());
  } else if (product) {
    addresses.push_back(verifier::kds_chain_url(*product, attestation::SnpSigner::vcek));
    addresses.push_back(verifier::kds_crl_url(*product, attestation::SnpSigner::vcek));
  }
  if (!options.fmspc.empty()) {
    GLOVEBOX_TRY(wanted, client::collateral_addresses(client::IntelPlatform{
                             .fmspc = options.fmspc,
                             .pck_ca = options.pck_ca,
                             .tee = options.sgx ? attestation::Tee::sgx : attestation::Tee::tdx}));
    addresses.insert(addresses.end(), wanted.begin(), wanted.end());
  }
  if (addresses.empty())
    return fail(Reject::usage, "nothing to fetch", "a file of evidence, --product, --fmspc or --url");
  GLOVEBOX_TRY(out, read_collateral(options.with));
  for (const std::string& address : addresses) {
    note(address);
    GLOVEBOX_TRY(fetched, client::fetch_file(address, maker));
    std::vector<Bytes> files = std::move(fetched.chains);
    files.push_back(std::move(fetched.body));
    for (const Bytes& file : files)
      if (const auto added = out.add(file); !added)
        return fail(added.error().reason, address + ": " + added.error().found, added.error().expected);
  }
  return out;
}

using Json = nlohmann::ordered_json;

Json span(Time from, Time until, Time now) {
  return {{"from", to_rfc3339(from)}, {"until", to_rfc3339(until)}, {"valid_now", now >= from && now <= until}};
}

Json described(const verifier::DcapDocument& document, Time now) {
  const auto tee = [](attestation::Tee of) { return of == attestation::Tee::tdx ? "tdx" : "sgx"; };
  Json out;
  if (const auto* const info = std::get_if<verifier::TcbInfo>(&document.content))
    out = {{"kind", "tcb-info"},
           {"platform", tee(info->tee)},
           {"fmspc", to_hex(info->fmspc)},
           {"evaluation", info->evaluation}};
  else if (const auto* const quoting = std::get_if<verifier::QuotingIdentity>(&document.content))
    out = {{"kind", "quoting-enclave"}, {"platform", tee(quoting->tee)}, {"evaluation", quoting->evaluation}};
  out.update(span(document.issued, document.next_update, now));
  return out;
}

std::string described(const verifier::Collateral& collateral, Time now) {
  Json certificates = Json::array();
  for (const Bytes& der : collateral.certificates) {
    const auto one = crypto::Certificate::parse(der);
    if (!one) continue;  // it was one when it was added
    Json item = {{"subject", one->fields().subject},
                 {"issuer", one->fields().issuer},
                 {"sha256", to_hex(one->digest())},
                 {"authority", one->fields().is_ca}};
    item.update(span(one->fields().not_before, one->fields().not_after, now));
    certificates.push_back(std::move(item));
  }
  Json lists = Json::array();
  for (const Bytes& der : collateral.lists) {
    const auto one = crypto::Crl::parse(der);
    if (!one) continue;
    Json item = {{"issuer", one->issuer()}, {"sha256", to_hex(one->digest())}};
    item.update(span(one->this_update(), one->next_update(), now));
    lists.push_back(std::move(item));
  }
  Json documents = Json::array();
  for (const Bytes& json : collateral.documents) {
    const auto one = verifier::DcapDocument::parse(json);
    if (one) documents.push_back(described(*one, now));
  }
  const Json out = {{"code", "ok"},
                    {"verified", false},
                    {"certificates", certificates},
                    {"revocation_lists", lists},
                    {"documents", documents}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

Status show(const CollateralShow& options) {
  GLOVEBOX_TRY(collateral, read_collateral({options.file}));
  const Time now = system_now();
  say(json_output() ? described(collateral, now) : verifier::describe(collateral, now));
  return {};
}

Status import_files(const CollateralImport& options) {
  GLOVEBOX_TRY(collateral, read_collateral(options.files));
  return write_bundle(collateral, options.output);
}

Status fetch_and_write(const CollateralFetch& options) {
  GLOVEBOX_TRY(collateral, fetch(options));
  return write_bundle(collateral, options.output);
}

int ended(const Status& status) {
  return status ? 0 : report_error("glovebox", status.error(), Sent::unsaid);
}
}  // namespace

Result<MakersEvidence> makers_evidence_in(const std::string& path) {
  GLOVEBOX_TRY(file, read_file(path, evidence_file_max));
  Bytes document = file;
  if (attestation::recognise(file) == Kind::message) {
    GLOVEBOX_TRY(evidence, attestation::Evidence::parse(file));
    document = std::move(evidence.document);
  } else if (attestation::recognise(file) == Kind::cmw) {
    GLOVEBOX_TRY(record, attestation::Cmw::parse(file));
    document = std::move(record.value);
  }
  switch (const Kind kind = attestation::recognise(document)) {
    case Kind::sev_snp: {
      GLOVEBOX_TRY(report, attestation::SnpEvidence::parse(document));
      return MakersEvidence{.hardware = std::move(report)};
    }
    case Kind::azure_snp: {
      GLOVEBOX_TRY(azure, attestation::AzureEvidence::parse(document));
      GLOVEBOX_TRY(report, attestation::SnpReport::parse(azure.hcl.report));
      return MakersEvidence{.hardware = attestation::SnpEvidence{report, {}}, .registers = azure.quote.registers};
    }
    case Kind::azure_tdx: {
      GLOVEBOX_TRY(azure, attestation::AzureEvidence::parse(document));
      GLOVEBOX_TRY(quote, azure.hardware_quote());
      return MakersEvidence{.hardware = std::move(quote), .registers = azure.quote.registers};
    }
    case Kind::tdx:
    case Kind::sgx: {
      GLOVEBOX_TRY(quote, attestation::Quote::parse(document));
      return MakersEvidence{.hardware = std::move(quote)};
    }
    case Kind::unknown:
      return fail(Reject::evidence_malformed, std::to_string(document.size()) + " bytes of something else",
                  "evidence of sev-snp, tdx or sgx");
    default:
      return fail(Reject::unsupported, std::string(attestation::sentence(kind)), "evidence of sev-snp, tdx or sgx",
                  kind == Kind::nitro || kind == Kind::nitro_tpm ? "Nitro's evidence has all that it needs in it" : "");
  }
}

Result<verifier::Collateral> read_collateral(const std::vector<std::string>& paths) {
  verifier::Collateral out;
  for (const std::string& path : paths) {
    GLOVEBOX_TRY(file, read_file(path, verifier::collateral_size_max));
    if (const auto added = out.add(file); !added)
      return fail(added.error().reason, path + ": " + added.error().found, added.error().expected);
  }
  return out;
}

int run(const CollateralImport& options) {
  return ended(import_files(options));
}
int run(const CollateralShow& options) {
  return ended(show(options));
}
int run(const CollateralFetch& options) {
  return ended(fetch_and_write(options));
}
}  // namespace glovebox::app
