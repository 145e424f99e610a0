#include "testroots/intel_signer.h"

#include "crypto/hash.h"

namespace glovebox::testroots {
namespace {
using attestation::EnclaveReport;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;
constexpr std::int64_t day = 86400;
const std::string quoting_signer_sgx = "8C4F5775D796503E96137F77C68A829A0056AC8DED70140B081B094490C57BFF";
const std::string quoting_signer_tdx = "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5";
constexpr std::size_t pem_line = 64;

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}
std::string pem(View der) {
  const std::string base64 = to_base64(der);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < base64.size(); i += pem_line) out += base64.substr(i, pem_line) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}
}  // namespace

std::string intel_level(const std::string& tcb, std::string_view status, std::string_view date,
                        std::string_view advisories) {
  std::string out = "{\"tcb\":{" + tcb + "},\"tcbDate\":" + quoted(date) + ",\"tcbStatus\":" + quoted(status);
  if (!advisories.empty()) out += ",\"advisoryIDs\":[" + std::string(advisories) + "]";
  return out + "}";
}

std::string intel_components(std::string_view key, const Array<16>& values) {
  std::string out = quoted(key) + ":[";
  for (const std::uint8_t value : values)
    out += (out.back() == '[' ? "{\"svn\":" : ",{\"svn\":") + std::to_string(value) + "}";
  return out + "]";
}

std::string IntelDocuments::tcb_info() const {
  std::string out = "{";
  if (version > 2) out += "\"id\":" + quoted(id) + ",";
  out += "\"version\":" + std::to_string(version) + ",\"issueDate\":" + quoted(to_rfc3339(issued)) +
         ",\"nextUpdate\":" + quoted(to_rfc3339(next_update)) + ",\"fmspc\":" + quoted(fmspc) +
         ",\"pceId\":" + quoted(pce_id) + ",\"tcbType\":0,\"tcbEvaluationDataNumber\":" + std::to_string(evaluation);
  if (id == "TDX") {
    const std::string module = "\"mrsigner\":" + quoted(module_signer) +
                               ",\"attributes\":" + quoted(module_attributes) +
                               ",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"";
    out += ",\"tdxModule\":{" + module + "},\"tdxModuleIdentities\":[{\"id\":\"TDX_01\"," + module +
           ",\"tcbLevels\":" + module_levels + "}]";
  }
  return out + ",\"tcbLevels\":" + tcb_levels + "}";
}

std::string IntelDocuments::identity() const {
  return "{\"id\":" + quoted(id == "TDX" ? "TD_QE" : "QE") +
         ",\"version\":2,\"issueDate\":" + quoted(to_rfc3339(issued)) +
         ",\"nextUpdate\":" + quoted(to_rfc3339(next_update)) +
         ",\"tcbEvaluationDataNumber\":" + std::to_string(evaluation) +
         ",\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\",\"attributes\":" + quoted(quoting_attributes) +
         ",\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":" + quoted(quoting_signer) +
         ",\"isvprodid\":" + std::to_string(quoting_product) + ",\"tcbLevels\":" + quoting_levels + "}";
}

IntelSigner::IntelSigner(Time now, Tee which) : tee(which) {
  const bool tdx = tee == Tee::tdx;
  const Time begin = now.plus_seconds(-day);
  const Time end = now.plus_seconds(7 * 365 * day);
  root = {.what = crypto::root_template("Intel SGX Root CA", begin, end), .serial = 0x100};
  root.what.path_length = 1;
  authority = {.what = crypto::intermediate_template("Intel SGX PCK Platform CA", begin, end, 0), .serial = 0x101};
  leaf = {.what = crypto::leaf_template("Intel SGX PCK Certificate", begin, end), .serial = 0x102};
  signer = {.what = crypto::leaf_template("Intel SGX TCB Signing", begin, end), .serial = 0x103};
  for (auto* one : {&root, &authority, &leaf, &signer}) {
    one->what.signature = crypto::CertificateSignature::ecdsa_sha256;
    one->what.organization = "glovebox test of Intel's formats";
  }
  platform.ppid.fill(0xaa);
  platform.components = {3, 3, 2, 2, 4, 1, 0, 5};
  platform.cpu_svn = platform.components;
  platform.pce_svn = 13;
  platform.fmspc = {0xb0, 0xc0, 0x6f, 0, 0, 0};
  platform.type = 1;
  platform.configuration = attestation::PckExtension::Configuration{};
  platform.configuration->platform_instance.fill(0xbb);
  platform.configuration->smt = true;

  documents.issued = now.plus_seconds(-day);
  documents.next_update = now.plus_seconds(29 * day);
  documents.id = tdx ? "TDX" : "SGX";
  documents.fmspc = "B0C06F000000";
  documents.quoting_signer = tdx ? quoting_signer_tdx : quoting_signer_sgx;
  documents.quoting_product = tdx ? 2 : 1;
  const auto level = [&](std::uint8_t microcode, std::uint8_t loader, std::string_view status, std::string_view date,
                         std::string_view advisories) {
    std::string tcb = intel_components("sgxtcbcomponents", {microcode, microcode, 2, 2, 3, 1, 0, 5}) + ",\"pcesvn\":11";
    if (tdx) tcb += "," + intel_components("tdxtcbcomponents", {5, 0, loader});
    return intel_level(tcb, status, date, advisories);
  };
  documents.tcb_levels = "[" + level(3, 3, "UpToDate", "2024-03-13T00:00:00Z", {}) + "," +
                         level(2, 2, "OutOfDate", "2023-08-09T00:00:00Z", "\"INTEL-SA-00960\"") + "]";
  documents.module_levels = "[" + intel_level("\"isvsvn\":4", "UpToDate") + "," +
                            intel_level("\"isvsvn\":2", "OutOfDate", "2023-08-09T00:00:00Z", "\"INTEL-SA-01036\"") +
                            "]";
  documents.quoting_levels = "[" + intel_level("\"isvsvn\":6", "UpToDate") + "," +
                             intel_level("\"isvsvn\":4", "OutOfDate", "2021-11-10T00:00:00Z", "\"INTEL-SA-00615\"") +
                             "]";
}

Bytes IntelSigner::Chain::pem() const {
  return to_bytes(view_of(testroots::pem(leaf) + testroots::pem(authority) + testroots::pem(root)));
}

namespace {
constexpr std::uint8_t der_octets = 0x04;
constexpr std::uint8_t der_sequence = 0x30;
constexpr std::uint8_t der_choice = 0xa0;  // [0], constructed
constexpr std::uint8_t der_key = 0x80;     // [0]
constexpr std::uint8_t der_uri = 0x86;     // [6]
constexpr std::size_t key_name_size = 20;

Bytes wrapped(std::uint8_t tag, View content) {
  return concat({Bytes{tag, static_cast<std::uint8_t>(content.size())}, content});  // short ones alone
}
Bytes key_name(const crypto::P256Key& key) {
  return to_bytes(View(crypto::sha256(key.public_key().point())).first(key_name_size));
}

// usual is what Intel's certificates have beside their use: the names of both keys (RFC 5280, sections 4.2.1.1 and
// 4.2.1.2) and where the issuer's list is found (4.2.1.13). No verifier of ours looks at them; others count them.
crypto::P256Issue usual(crypto::P256Issue what, const crypto::P256Key& subject, const crypto::P256Key& issuer) {
  const Bytes uri = wrapped(der_uri, view_of("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"));
  const Bytes point = wrapped(der_sequence, wrapped(der_choice, wrapped(der_choice, uri)));
  what.extensions.push_back({"2.5.29.35", wrapped(der_sequence, wrapped(der_key, key_name(issuer)))});
  what.extensions.push_back({"2.5.29.31", wrapped(der_sequence, point)});
  what.extensions.push_back({"2.5.29.14", wrapped(der_octets, key_name(subject))});
  return what;
}
}  // namespace

IntelSigner::Chain IntelSigner::issue() const {
  const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
  Chain out;
  out.root = crypto::self_signed(usual(root, root_key, root_key), root_key);
  out.authority =
      crypto::issue(usual(authority, authority_key, root_key), authority_key.public_key(), parse(out.root), root_key);
  crypto::P256Issue with_platform = leaf;
  if (with_platform.extensions.empty())
    with_platform.extensions = {{attestation::oid_pck_extension, platform.encode()}};
  out.leaf = crypto::issue(usual(with_platform, leaf_key, authority_key), leaf_key.public_key(), parse(out.authority),
                           authority_key);
  out.signer = crypto::issue(usual(signer, signer_key, root_key), signer_key.public_key(), parse(out.root), root_key);
  return out;
}

Quote IntelSigner::quote() const {
  Quote out;
  out.quoting.cpu_svn = platform.cpu_svn;
  out.quoting.attributes[0] = 0x15;
  out.quoting.attributes[8] = 0xe7;
  out.quoting.mr_enclave.fill(0x0e);
  std::ranges::copy(from_hex(documents.quoting_signer).value(), out.quoting.mr_signer.begin());
  out.quoting.isv_prod_id = static_cast<std::uint16_t>(documents.quoting_product);
  out.quoting.isv_svn = 6;
  out.auth_data = Bytes(32, 0x20);
  if (tee == Tee::sgx) {
    out.version = 3;
    out.qe_svn = 6;
    out.pce_svn = platform.pce_svn;
    EnclaveReport body;
    body.cpu_svn = platform.cpu_svn;
    body.attributes[0] = 0x85;  // INIT, MODE64BIT, KSS
    body.attributes[8] = 0xe7;
    body.mr_enclave.fill(0x5e);
    body.mr_signer.fill(0x51);
    body.isv_prod_id = 7;
    body.isv_svn = 3;
    out.body = body;
    return out;
  }
  out.version = 4;
  TdReport body;
  body.tee_tcb_svn = {5, 1, 3};
  body.mr_seam.fill(0x5e);
  body.td_attributes = std::uint64_t{1} << 28;
  body.xfam = 0x602e7;
  body.mr_td.fill(0x7d);
  for (std::size_t i = 0; i < 3; ++i) body.rtmr[i].fill(static_cast<std::uint8_t>(0x70 + i));
  out.body = body;
  return out;
}

void IntelSigner::sign_body(Quote& quote) const {
  quote.key = attestation_key.public_key().point();
  const Bytes bytes = quote.encode();
  quote.signature = attestation_key.sign(View(bytes).first(quote.signed_size()));
}

void IntelSigner::sign_quoting(Quote& quote) const {
  quote.quoting.report_data = {};
  std::ranges::copy(crypto::sha256({quote.key, quote.auth_data}), quote.quoting.report_data.begin());
  Writer report;
  quote.quoting.write(report);
  quote.quoting_signature = leaf_key.sign(report.view());
}

void IntelSigner::sign(Quote& quote, const Chain& chain) const {
  sign_body(quote);
  sign_quoting(quote);
  quote.certification = attestation::Certification::chain;
  quote.certification_data = chain.pem();
}

Bytes IntelSigner::document(std::string_view member, const std::string& text, const crypto::P256Key& key) {
  return to_bytes(view_of("{\"" + std::string(member) + "\":" + text + ",\"signature\":\"" +
                          to_hex(key.sign(view_of(text))) + "\"}"));
}

}  // namespace glovebox::testroots
