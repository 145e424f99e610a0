#include "verifier/collateral.h"

#include <algorithm>

#include "attestation/snp_evidence.h"
#include "base/cbor.h"
#include "crypto/crl.h"
#include "crypto/x509.h"
#include "verifier/dcap_document.h"

namespace glovebox::verifier {
namespace {
using attestation::SnpProduct;
using attestation::SnpSigner;
using attestation::SnpTcb;
constexpr std::string_view label = "glovebox collateral v1";
constexpr std::uint8_t array_of_four = 0x84;  // the head of a bundle with documents
constexpr std::string_view kds = "https://kdsintf.amd.com/";
constexpr std::string_view pem_begin = "-----BEGIN ";
constexpr std::size_t turin_chip_size = 8;  // of the 64 bytes of a report, in a name

std::unexpected<Error> invalid(std::string found, std::string expected = {}, std::string hint = {}) {
  return fail(Reject::collateral_invalid, std::move(found), std::move(expected), std::move(hint));
}

// insert keeps a list ascending and without doubles.
void insert(std::vector<Bytes>& list, Bytes item) {
  const auto at = std::ranges::lower_bound(list, item);
  if (at == list.end() || *at != item) list.insert(at, std::move(item));
}

Status add_der(Collateral& to, View der) {
  if (crypto::Certificate::parse(der)) {
    insert(to.certificates, to_bytes(der));
    return {};
  }
  const auto list = crypto::Crl::parse(der);
  if (!list) return invalid("neither a certificate nor a revocation list", "DER of one of them");
  insert(to.lists, to_bytes(der));
  return {};
}

Status add_pem(Collateral& to, std::string_view text) {
  while (true) {
    const std::size_t begin = text.find(pem_begin);
    if (begin == std::string_view::npos) return {};
    const std::size_t head = text.find("-----", begin + pem_begin.size());
    const std::size_t end = text.find("-----END ", begin);
    if (head == std::string_view::npos || end == std::string_view::npos || end < head + 5)
      return invalid("PEM without its end", "-----END CERTIFICATE-----");
    std::string base64;
    std::ranges::copy_if(text.substr(head + 5, end - head - 5), std::back_inserter(base64),
                         [](char c) { return c != '\n' && c != '\r'; });
    const auto der = from_base64(base64);
    if (!der) return invalid("PEM that is not base64");
    GLOVEBOX_CHECK(add_der(to, *der));
    text.remove_prefix(end + 1);
  }
}

std::string number(std::string_view key, std::uint8_t value) {
  return std::string(key) + "=" + (value < 10 ? "0" : "") + std::to_string(value);
}
std::string_view kind(SnpSigner signer) {
  return signer == SnpSigner::vlek ? "vlek" : "vcek";
}
}  // namespace

Bytes Collateral::to_bundle() const {
  cbor::Writer out;
  const auto write = [&](const std::vector<Bytes>& list) {
    out.array(list.size());
    for (const Bytes& item : list) out.bstr(item);
  };
  out.document(label, documents.empty() ? 3 : 4);
  write(certificates);
  write(lists);
  if (!documents.empty()) write(documents);
  return out.take();
}

Result<Collateral> Collateral::parse_bundle(View bundle) {
  if (bundle.size() > collateral_size_max) return invalid("a bundle beyond 4 MiB", "less");
  cbor::Reader in(bundle);
  Collateral out;
  const bool with_documents = !bundle.empty() && bundle.front() == array_of_four;
  in.document(label, with_documents ? 4 : 3);
  for (auto c = in.array(collateral_certificates_max); in.more(c);)
    out.certificates.push_back(to_bytes(in.bstr(crypto::certificate_size_max)));
  for (auto c = in.array(collateral_lists_max); in.more(c);)
    out.lists.push_back(to_bytes(in.bstr(crypto::crl_size_max)));
  if (with_documents)
    for (auto c = in.array(collateral_documents_max); in.more(c);)
      out.documents.push_back(to_bytes(in.bstr(dcap_document_size_max)));
  if (const auto end = in.finish(); !end)
    return invalid(std::string(glovebox::name(end.error().reason)) + ": " + end.error().found, end.error().expected);
  for (const auto* list : {&out.certificates, &out.lists, &out.documents})
    if (!std::ranges::is_sorted(*list, std::less_equal{})) return invalid("a bundle out of order, or one item twice");
  if (with_documents && out.documents.empty())
    return invalid("a bundle with an empty list of documents", "no such list");
  return out;
}

Status Collateral::add(View file) {
  Collateral more;
  if (file.size() > collateral_size_max) return invalid("a file beyond 4 MiB", "less");
  if (text_of(file).find(pem_begin) != std::string_view::npos) {
    GLOVEBOX_CHECK(add_pem(more, text_of(file)));
  } else if (!file.empty() && file[0] == 0x30) {
    GLOVEBOX_CHECK(add_der(more, file));
  } else if (text_of(file).starts_with("{\"")) {
    GLOVEBOX_TRY(document, DcapDocument::parse(file));
    insert(more.documents, document.encode());
  } else if (const auto table = attestation::SnpTable::parse(file)) {
    for (const auto& entry : table->entries)
      if (entry.kind() != attestation::SnpEntry::other) GLOVEBOX_CHECK(add_der(more, entry.bytes));
  } else {
    GLOVEBOX_TRY(bundle, parse_bundle(file));
    more = std::move(bundle);
  }
  if (more == Collateral{}) return invalid("nothing in it", "certificates, revocation lists or documents");
  add(more);
  if (certificates.size() > collateral_certificates_max || lists.size() > collateral_lists_max ||
      documents.size() > collateral_documents_max)
    return invalid("too much collateral", "256 certificates, 32 lists and 64 documents at most");
  return {};
}

void Collateral::add(const Collateral& other) {
  for (const Bytes& der : other.certificates) insert(certificates, der);
  for (const Bytes& der : other.lists) insert(lists, der);
  for (const Bytes& json : other.documents) insert(documents, json);
}

std::string describe(const Collateral& collateral, Time now) {
  std::string out;
  const auto times = [&](Time from, Time until) {
    return to_rfc3339(from) + " to " + to_rfc3339(until) + (now < from || now > until ? "  NOT VALID NOW" : "");
  };
  for (const Bytes& der : collateral.certificates) {
    const auto certificate = crypto::Certificate::parse(der);
    out += "certificate  " + (certificate ? certificate->fields().subject : std::string("(unreadable)")) + "\n";
    if (certificate)
      out += "             issued by " + certificate->fields().issuer + "\n             " +
             times(certificate->fields().not_before, certificate->fields().not_after) + ", sha256 " +
             to_hex(certificate->digest()).substr(0, 16) + "...\n";
  }
  for (const Bytes& der : collateral.lists) {
    const auto list = crypto::Crl::parse(der);
    out += "revocations  of " + (list ? list->issuer() : std::string("(unreadable)")) + "\n";
    if (list) out += "             " + times(list->this_update(), list->next_update()) + "\n";
  }
  for (const Bytes& json : collateral.documents) {
    const auto document = DcapDocument::parse(json);
    const auto* const info = document ? std::get_if<TcbInfo>(&document->content) : nullptr;
    const auto* const quoting = document ? std::get_if<QuotingIdentity>(&document->content) : nullptr;
    const auto platform = [](attestation::Tee tee) { return tee == attestation::Tee::tdx ? "TDX" : "SGX"; };
    out += "document     ";
    if (info != nullptr)
      out += std::string("TCB info of ") + platform(info->tee) + ", FMSPC " + to_hex(info->fmspc) + ", number " +
             std::to_string(info->evaluation) + "\n";
    else if (quoting != nullptr)
      out += std::string("quoting enclave of ") + platform(quoting->tee) + ", number " +
             std::to_string(quoting->evaluation) + "\n";
    else
      out += "(unreadable)\n";
    if (document) out += "             " + times(document->issued, document->next_update) + "\n";
  }
  return out;
}

std::string kds_vcek_url(SnpProduct product, const attestation::SnpReport& report) {
  const SnpTcb tcb = SnpTcb::of(report.reported_tcb, product);
  const bool turin = product == SnpProduct::turin;
  const std::string chip = to_hex(turin ? View(report.chip_id).first(turin_chip_size) : View(report.chip_id));
  return std::string(kds) + "vcek/v1/" + std::string(name(product)) + "/" + chip + "?" +
         (turin ? number("fmcSPL", tcb.fmc) + "&" : "") + number("blSPL", tcb.bootloader) + "&" +
         number("teeSPL", tcb.tee) + "&" + number("snpSPL", tcb.snp) + "&" + number("ucodeSPL", tcb.microcode);
}

std::string kds_chain_url(SnpProduct product, SnpSigner signer) {
  return std::string(kds) + std::string(kind(signer)) + "/v1/" + std::string(name(product)) + "/cert_chain";
}

std::string kds_crl_url(SnpProduct product, SnpSigner signer) {
  return std::string(kds) + std::string(kind(signer)) + "/v1/" + std::string(name(product)) + "/crl";
}

}  // namespace glovebox::verifier
