#include "verifier/quote_verify.h"

#include <algorithm>
#include <functional>

#include "crypto/chain_memory.h"
#include "crypto/hash.h"
#include "crypto/p256.h"
#include "crypto/x509_fields.h"

namespace glovebox::verifier {
namespace {
using attestation::Certification;
using attestation::PckExtension;
using attestation::Quote;
using attestation::Tee;
using crypto::Certificate;
using crypto::ChainMemory;

constexpr std::string_view name_root = "Intel SGX Root CA";
constexpr std::string_view name_platform_ca = "Intel SGX PCK Platform CA";
constexpr std::string_view name_processor_ca = "Intel SGX PCK Processor CA";
constexpr std::string_view name_leaf = "Intel SGX PCK Certificate";
constexpr std::string_view name_signer = "Intel SGX TCB Signing";
constexpr std::string_view pcs = "https://api.trustedservices.intel.com/";
constexpr std::string_view how_to_import = " has it: `glovebox attest collateral import`";

// Words are written only where something is refused.
using Words = std::function<std::string()>;

// Pool is every certificate at hand, those of the quote first, by what its name says that it is.
struct Pool {
  std::vector<Certificate> leaves;
  std::vector<Certificate> authorities;
  std::vector<Certificate> signers;  // of documents
};

void put(Pool& pool, Certificate certificate) {
  const std::string name = crypto::common_name(certificate);
  auto& to = name == name_leaf ? pool.leaves : name == name_signer ? pool.signers : pool.authorities;
  to.push_back(std::move(certificate));
}

Result<Pool> pool_of(const Quote& quote, const Collateral& collateral, ChainMemory* memory) {
  Pool out;
  const bool own = quote.certification == Certification::chain || quote.certification == Certification::leaf;
  if (quote.certification == Certification::chain) {
    GLOVEBOX_TRY(chain, crypto::parse_chain(quote.certification_data, memory));
    for (Certificate& one : chain) put(out, std::move(one));
  } else if (own) {
    GLOVEBOX_TRY(leaf, crypto::parse_chain(quote.certification_data, memory));
    put(out, std::move(leaf.front()));
  }
  for (const Bytes& der : collateral.certificates) {
    auto certificate = crypto::certificate_of(der, memory);
    if (!certificate) return fail(Reject::collateral_invalid, certificate.error().found, "certificates in DER");
    if (memory != nullptr) memory->keep(*certificate);  // the caller's own
    // A quote that brings its leaf is not held against another.
    if (!own || crypto::common_name(*certificate) != name_leaf) put(out, std::move(*certificate));
  }
  return out;
}

bool signed_by(const Certificate& leaf, View message, View signature) {
  const auto key = crypto::P256Public::of(leaf);
  return key && crypto::verify(*key, message, signature);
}

// signer_of is the platform's certificate. Of several, which only quotes that bring none leave to choose from, it is
// the one whose key signed the quoting enclave's report.
Result<const Certificate*> signer_of(const Pool& pool, const Quote& quote, View report) {
  if (pool.leaves.empty())
    return fail(Reject::collateral_missing, "no certificate named " + std::string(name_leaf),
                "the certificate of the platform's key", "the platform's owner has it");
  for (const Certificate& leaf : pool.leaves)
    if (pool.leaves.size() == 1 || signed_by(leaf, report, quote.quoting_signature)) return &leaf;
  return fail(Reject::evidence_signature_invalid, "a quoting enclave's report that no platform at hand signed");
}

struct Anchor {
  const Root* root;
  Certificate certificate;
};
std::vector<Anchor> anchors(const EvidencePolicy& policy, const Pool& pool, ChainMemory* memory) {
  std::vector<Anchor> out;
  for (const Root& root : policy.roots) {
    if (root.certificate) {
      if (auto own = crypto::certificate_of(*root.certificate, memory);
          own && own->fields().key == crypto::CertificateKey::p256)
        out.push_back({&root, std::move(*own)});
      continue;
    }
    const auto found = std::ranges::find(pool.authorities, root.sha256, &Certificate::digest);
    if (found != pool.authorities.end()) out.push_back({&root, *found});
  }
  return out;
}

Status check_name(const Certificate& certificate, std::initializer_list<std::string_view> names) {
  if (std::ranges::contains(names, crypto::common_name(certificate))) return {};
  return fail(Reject::certificate_invalid, "a certificate named " + certificate.fields().subject,
              std::string(*names.begin()));
}

struct Chain {
  const Anchor* anchor;
  const Certificate* authority;
};

Result<Chain> chain_of(const std::vector<Anchor>& roots, const Pool& pool, const Certificate& leaf, Time at,
                       ChainMemory* memory) {
  std::vector<const Certificate*> issuers;
  for (const Certificate& one : pool.authorities)
    if (equal(one.fields().subject_der, leaf.fields().issuer_der)) issuers.push_back(&one);
  if (issuers.empty())
    return fail(Reject::collateral_missing, "no certificate of " + leaf.fields().issuer, "the authority of the leaf");
  if (roots.empty()) {
    // No root that the policy pins is at hand. Is there another that vouches for the authority?
    for (const Certificate& other : pool.authorities)
      if (equal(other.fields().subject_der, issuers.front()->fields().issuer_der))
        return fail(Reject::root_unknown, "a root with SHA-256 " + to_hex(other.digest()), "one of the policy's roots",
                    "names prove nothing: anybody can call a root so");
    return fail(Reject::collateral_missing, "no certificate of " + issuers.front()->fields().issuer,
                "the root that the policy pins");
  }
  std::optional<Error> refused;
  for (const Anchor& anchor : roots) {
    for (const Certificate* issuer : issuers) {
      const Status verified =
          crypto::verify_chain(anchor.certificate, std::span(issuer, 1), leaf, at, crypto::chain_p256, memory);
      if (verified) {
        GLOVEBOX_CHECK(check_name(anchor.certificate, {name_root}));
        GLOVEBOX_CHECK(check_name(*issuer, {name_platform_ca, name_processor_ca}));
        return Chain{&anchor, issuer};
      }
      if (verified.error().reason != Reject::root_unknown) refused = verified.error();
    }
  }
  if (refused) return std::unexpected(*std::move(refused));
  return fail(Reject::root_unknown, "a chain that begins under " + issuers.front()->fields().issuer,
              "one of the policy's roots");
}

// check_list: some list of this issuer is valid now, and none of them, however old, names a certificate.
Status check_list(const Certificate& issuer, std::span<const Certificate* const> certificates,
                  const std::vector<crypto::Crl>& lists, Words url, Time at, ChainMemory* memory) {
  bool valid = false;
  const crypto::Crl* other = nullptr;
  for (const crypto::Crl& list : lists) {
    if (!list.names(issuer)) continue;
    if (!crypto::signed_list(list, issuer, memory))
      return fail(Reject::collateral_invalid, "a revocation list that " + issuer.fields().subject + " did not sign");
    for (const Certificate* one : certificates)
      if (list.revokes(*one))
        return fail(Reject::certificate_revoked, one->fields().subject,
                    "a certificate that is not in the list of " + to_rfc3339(list.this_update()));
    if (at >= list.this_update() && at <= list.next_update())
      valid = true;
    else if (other == nullptr)
      other = &list;
  }
  if (valid) return {};
  if (other != nullptr)
    return fail(Reject::collateral_expired,
                "a revocation list of " + to_rfc3339(other->this_update()) + " to " + to_rfc3339(other->next_update()),
                "one that is valid at " + to_rfc3339(at));
  return fail(Reject::collateral_missing, "no revocation list of " + issuer.fields().subject,
              "one that is valid now, or unchecked = [\"revocation\"] in the policy",
              url() + std::string(how_to_import));
}

Status check_revocation(const Chain& chain, const Certificate& leaf, const Certificate* signer,
                        const Collateral& collateral, Time at, ChainMemory* memory) {
  std::vector<crypto::Crl> lists;
  for (const Bytes& der : collateral.lists) {
    GLOVEBOX_TRY(list, crypto::list_of(der, memory));
    lists.push_back(std::move(list));
  }
  std::vector<const Certificate*> under_root = {&chain.anchor->certificate, chain.authority};
  if (signer != nullptr) under_root.push_back(signer);
  GLOVEBOX_CHECK(check_list(chain.anchor->certificate, under_root, lists, pcs_root_crl_url, at, memory));
  const std::array<const Certificate*, 1> under_authority = {&leaf};
  return check_list(
      *chain.authority, under_authority, lists, [&] { return pcs_crl_url(crypto::common_name(*chain.authority)); }, at,
      memory);
}

struct Documents {
  DcapDocuments content;
  const Certificate* signer = nullptr;
};

// document_signer is the certificate that the root gave for signing documents.
Result<const Certificate*> document_signer(const Anchor& anchor, const Pool& pool, Time at, ChainMemory* memory) {
  std::optional<Error> refused;
  for (const Certificate& one : pool.signers) {
    const Status verified = crypto::verify_chain(anchor.certificate, {}, one, at, crypto::chain_p256, memory);
    if (verified) return &one;
    refused = verified.error();
    if (refused->reason == Reject::root_unknown) refused->reason = Reject::collateral_invalid;
  }
  if (refused) return std::unexpected(*std::move(refused));
  return fail(Reject::collateral_missing, "no certificate named " + std::string(name_signer),
              "the certificate of who signs TCB info", "it comes in the answer's header TCB-Info-Issuer-Chain");
}

// Document is one of the caller's, with the digest of all of its bytes, signature included.
struct Document {
  Digest digest;
  DcapDocument read;
};
using SharedDocument = std::shared_ptr<const Document>;

Result<SharedDocument> document_of(View json, ChainMemory* memory) {
  if (memory != nullptr)
    if (auto known = memory->statement<Document>(json)) return known;
  GLOVEBOX_TRY(document, DcapDocument::parse(json));
  const auto out = std::make_shared<const Document>(crypto::sha256(json), std::move(document));
  if (memory != nullptr) memory->keep(json, out);
  return out;
}

// signed_document says whether the signer's key signed it; what was so once is remembered.
bool signed_document(const Document& document, const Certificate& signer, ChainMemory* memory) {
  if (memory != nullptr && memory->knows(signer.digest(), document.digest)) return true;
  if (!signed_by(signer, document.read.signed_bytes, document.read.signature)) return false;
  if (memory != nullptr) memory->learn(signer.digest(), document.digest);
  return true;
}

// newest is, of the documents that `wanted` takes, the one with the greatest number that is valid now and well signed.
template <class Content, class Wanted>
Result<std::shared_ptr<const Content>> newest(const std::vector<SharedDocument>& documents, const Certificate& signer,
                                              Time at, Wanted wanted, Words what, Words url, ChainMemory* memory) {
  std::shared_ptr<const Content> best;
  const DcapDocument* other = nullptr;
  for (const SharedDocument& one : documents) {
    const DcapDocument& document = one->read;
    const auto* const content = std::get_if<Content>(&document.content);
    if (content == nullptr || !wanted(*content)) continue;
    if (!signed_document(*one, signer, memory))
      return fail(Reject::collateral_invalid, what() + " that Intel's signer did not sign");
    if (at < document.issued || at > document.next_update) {
      other = &document;
      continue;
    }
    if (best == nullptr || content->evaluation > best->evaluation) best = {one, content};
  }
  if (best != nullptr) return best;
  if (other != nullptr)
    return fail(Reject::collateral_expired,
                what() + " of " + to_rfc3339(other->issued) + " to " + to_rfc3339(other->next_update),
                "one that is valid at " + to_rfc3339(at), url() + std::string(how_to_import));
  return fail(Reject::collateral_missing, "no " + what(), "it, or unchecked = [\"tcb\"] in the policy",
              url() + std::string(how_to_import));
}

Result<Documents> documents_for(Tee tee, const PckExtension& platform, const Anchor& anchor, const Pool& pool,
                                const Collateral& collateral, Time at, ChainMemory* memory) {
  std::vector<SharedDocument> all;
  for (const Bytes& json : collateral.documents) {
    GLOVEBOX_TRY(document, document_of(json, memory));
    all.push_back(std::move(document));
  }
  Documents out;
  const std::string kind = tee == Tee::tdx ? "TDX" : "SGX";
  if (all.empty())
    return fail(Reject::collateral_missing, "no TCB info of " + kind + " for FMSPC " + to_hex(platform.fmspc),
                "it, or unchecked = [\"tcb\"] in the policy",
                pcs_tcb_url(tee, platform.fmspc) + std::string(how_to_import));
  GLOVEBOX_TRY(signer, document_signer(anchor, pool, at, memory));
  GLOVEBOX_CHECK(check_name(*signer, {name_signer}));
  const auto of_platform = [&](const TcbInfo& info) {
    return info.tee == tee && info.fmspc == platform.fmspc && info.pce_id == platform.pce_id;
  };
  GLOVEBOX_TRY(info, newest<TcbInfo>(
                         all, *signer, at, of_platform,
                         [&] { return "TCB info of " + kind + " for FMSPC " + to_hex(platform.fmspc); },
                         [&] { return pcs_tcb_url(tee, platform.fmspc); }, memory));
  GLOVEBOX_TRY(identity, newest<QuotingIdentity>(
                             all, *signer, at, [&](const QuotingIdentity& one) { return one.tee == tee; },
                             [&] { return "identity of the quoting enclave of " + kind; },
                             [&] { return pcs_identity_url(tee); }, memory));
  return Documents{.content = {.info = std::move(info), .identity = std::move(identity)}, .signer = signer};
}

// check_signatures: the platform's over the quoting enclave's report, that report over the attestation key, and that
// key's over header and body.
Status check_signatures(const Quote& quote, View document, const Certificate& leaf, View report) {
  if (!signed_by(leaf, report, quote.quoting_signature))
    return fail(Reject::evidence_signature_invalid, "a quoting enclave's report that the platform did not sign");
  Array<64> bound{};
  std::ranges::copy(crypto::sha256({quote.key, quote.auth_data}), bound.begin());
  if (quote.quoting.report_data != bound)
    return fail(Reject::evidence_signature_invalid,
                "an attestation key that the quoting enclave's report does not bind");
  const auto key = crypto::P256Public::from_point(quote.key);
  if (!key || !crypto::verify(*key, document.first(quote.signed_size()), quote.signature))
    return fail(Reject::evidence_signature_invalid, "a signature that the attestation key did not make");
  return {};
}
}  // namespace

const IntelRules& rules_for(const EvidencePolicy& policy, Tee tee) {
  return tee == Tee::tdx ? *policy.tdx : *policy.sgx;
}

Result<QuoteVerified> verify_quote(const Quote& quote, View document, const EvidencePolicy& policy,
                                   const Collateral& collateral, Time at, ChainMemory* memory) {
  const Tee tee = quote.tee();
  const IntelRules& rules = rules_for(policy, tee);
  Writer written;
  quote.quoting.write(written);
  const Bytes report = written.take();
  GLOVEBOX_TRY(pool, pool_of(quote, collateral, memory));
  GLOVEBOX_TRY(leaf, signer_of(pool, quote, report));
  const auto roots = anchors(policy, pool, memory);
  GLOVEBOX_TRY(chain, chain_of(roots, pool, *leaf, at, memory));
  const auto extension = crypto::extension_value(*leaf, attestation::oid_pck_extension);
  if (!extension) return fail(Reject::certificate_invalid, "a platform's certificate without its SGX extension");
  GLOVEBOX_TRY(platform, PckExtension::parse(*extension));

  std::optional<Documents> documents;
  if (!rules.leaves("tcb")) {
    GLOVEBOX_TRY(found, documents_for(tee, platform, *chain.anchor, pool, collateral, at, memory));
    documents = std::move(found);
  }
  if (!rules.leaves("revocation"))
    GLOVEBOX_CHECK(check_revocation(chain, *leaf, documents ? documents->signer : nullptr, collateral, at, memory));
  GLOVEBOX_CHECK(check_signatures(quote, document, *leaf, report));
  GLOVEBOX_CHECK(documents ? check_quoting(quote.quoting, *documents->content.identity)
                           : check_quoting_built_in(quote.quoting, tee));
  QuoteVerified out{.root = chain.anchor->root, .platform = platform};
  if (documents) out.documents = std::move(documents->content);
  return out;
}

std::string pcs_tcb_url(Tee tee, const Array<6>& fmspc) {
  return std::string(pcs) + (tee == Tee::tdx ? "tdx" : "sgx") + "/certification/v4/tcb?fmspc=" + to_hex(fmspc);
}
std::string pcs_identity_url(Tee tee) {
  return std::string(pcs) + (tee == Tee::tdx ? "tdx" : "sgx") + "/certification/v4/qe/identity";
}
std::string pcs_root_crl_url() {
  return "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
}
std::string pcs_crl_url(const std::string& authority) {
  return std::string(pcs) +
         "sgx/certification/v4/pckcrl?ca=" + (authority == name_processor_ca ? "processor" : "platform") +
         "&encoding=der";
}

}  // namespace glovebox::verifier
