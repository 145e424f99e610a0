#include "verifier/snp_verify.h"

#include <algorithm>

#include "crypto/chain_memory.h"
#include "crypto/x509_fields.h"
#include "verifier/known_roots.h"

namespace glovebox::verifier {
namespace {
using attestation::SnpEvidence;
using attestation::SnpProduct;
using attestation::SnpReport;
using attestation::SnpSigner;
using attestation::SnpTcb;
using crypto::Certificate;

constexpr std::size_t authority_bits = 4096;
constexpr const char* oid_product = "1.3.6.1.4.1.3704.1.2";
constexpr const char* oid_bootloader = "1.3.6.1.4.1.3704.1.3.1";
constexpr const char* oid_tee = "1.3.6.1.4.1.3704.1.3.2";
constexpr const char* oid_snp = "1.3.6.1.4.1.3704.1.3.3";
constexpr const char* oid_microcode = "1.3.6.1.4.1.3704.1.3.8";
constexpr const char* oid_fmc = "1.3.6.1.4.1.3704.1.3.9";
constexpr const char* oid_chip = "1.3.6.1.4.1.3704.1.4";
constexpr const char* oid_csp = "1.3.6.1.4.1.3704.1.5";
constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_octets = 0x04;
constexpr std::uint8_t der_ia5 = 0x16;

std::unexpected<Error> bad_leaf(std::string found, std::string expected = {}) {
  return fail(Reject::certificate_invalid, std::move(found), std::move(expected));
}

Result<std::string> ia5(const Certificate& leaf, const char* oid) {
  const auto value = crypto::extension_value(leaf, oid);
  if (!value || value->size() < 2 || (*value)[0] != der_ia5 || (*value)[1] != value->size() - 2)
    return bad_leaf(std::string("no text in extension ") + oid, "an IA5String");
  return std::string(text_of(View(*value).subspan(2)));
}

Result<std::uint8_t> version(const Certificate& leaf, const char* oid) {
  const auto value = crypto::extension_value(leaf, oid);
  if (value && value->size() == 3 && (*value)[0] == der_integer && (*value)[1] == 1 && (*value)[2] < 0x80)
    return (*value)[2];
  if (value && value->size() == 4 && (*value)[0] == der_integer && (*value)[1] == 2 && (*value)[2] == 0 &&
      (*value)[3] >= 0x80)
    return (*value)[3];
  return bad_leaf(std::string("no version in extension ") + oid, "an integer of 0 to 255");
}

Result<SnpTcb> tcb_of(const Certificate& leaf, SnpProduct product) {
  SnpTcb out;
  GLOVEBOX_TRY(bootloader, version(leaf, oid_bootloader));
  GLOVEBOX_TRY(tee, version(leaf, oid_tee));
  GLOVEBOX_TRY(snp, version(leaf, oid_snp));
  GLOVEBOX_TRY(microcode, version(leaf, oid_microcode));
  if (product == SnpProduct::turin) {
    GLOVEBOX_TRY(fmc, version(leaf, oid_fmc));
    out.fmc = fmc;
  }
  out.bootloader = bootloader;
  out.tee = tee;
  out.snp = snp;
  out.microcode = microcode;
  return out;
}

// chip_of returns the number in a VCEK, filled with zeros to the 64 bytes that a report has. AMD writes its bytes bare;
// copies with an OCTET STRING around them are about.
Result<Array<64>> chip_of(const Certificate& leaf, SnpProduct product) {
  const std::size_t size = product == SnpProduct::turin ? 8 : 64;
  auto value = crypto::extension_value(leaf, oid_chip);
  if (value && value->size() == size + 2 && (*value)[0] == der_octets && (*value)[1] == size)
    value->erase(value->begin(), value->begin() + 2);
  if (!value || value->size() != size)
    return bad_leaf("no chip number in the certificate", std::to_string(size) + " bytes");
  Array<64> out{};
  std::ranges::copy(*value, out.begin());
  return out;
}

// Pool is every certificate at hand; those of the evidence first.
struct Pool {
  std::vector<Certificate> leaves;       // by name a VCEK or VLEK, as the report says
  std::vector<Certificate> authorities;  // the others
};

std::string_view leaf_name(SnpSigner signer) {
  return signer == SnpSigner::vlek ? "SEV-VLEK" : "SEV-VCEK";
}

Result<Pool> pool_of(const SnpEvidence& evidence, const Collateral& collateral, crypto::ChainMemory* memory) {
  Pool out;
  const std::string_view wanted = leaf_name(evidence.report.signer());
  const auto put = [&](Certificate certificate) {
    const bool leaf = certificate.fields().key == crypto::CertificateKey::p384;
    if (!leaf)
      out.authorities.push_back(std::move(certificate));
    else if (crypto::common_name(certificate) == wanted)
      out.leaves.push_back(std::move(certificate));
  };
  if (evidence.table) {
    for (const auto& entry : evidence.table->entries) {
      if (entry.kind() == attestation::SnpEntry::other) continue;
      GLOVEBOX_TRY(certificate, crypto::certificate_of(entry.bytes, memory));
      put(std::move(certificate));
    }
  }
  for (const Bytes& der : collateral.certificates) {
    auto certificate = crypto::certificate_of(der, memory);
    if (!certificate) return fail(Reject::collateral_invalid, certificate.error().found, "certificates in DER");
    if (memory != nullptr) memory->keep(*certificate);  // the caller's own
    put(std::move(*certificate));
  }
  return out;
}

// choose takes, of several leaves, the one of the report's chip and firmware; else the first, whose faults are named.
const Certificate& choose(const std::vector<Certificate>& leaves, const SnpReport& report, SnpProduct product) {
  if (leaves.size() == 1) return leaves.front();
  for (const Certificate& leaf : leaves) {
    const auto tcb = tcb_of(leaf, product);
    if (!tcb || tcb->raw(product) != report.reported_tcb) continue;
    if (report.signer() == SnpSigner::vlek) return leaf;
    const auto chip = chip_of(leaf, product);
    if (chip && *chip == report.chip_id) return leaf;
  }
  return leaves.front();
}

Result<SnpProduct> product_of(const SnpReport& report, const Certificate* leaf) {
  if (const auto product = report.product()) return *product;
  if (report.version >= 3)
    return fail(
        Reject::evidence_malformed,
        "a processor of family " + std::to_string(report.cpuid[0]) + ", model " + std::to_string(report.cpuid[1]),
        "Milan, Genoa or Turin");
  if (leaf == nullptr) return SnpProduct::milan;  // only to say what is missing; version 2 is of before Turin
  GLOVEBOX_TRY(text, ia5(*leaf, oid_product));
  const auto product = attestation::snp_product_from_name(text.substr(0, text.find('-')));
  if (!product) return bad_leaf("a certificate for product " + text.substr(0, 32), "Milan, Genoa or Turin");
  return *product;
}

// anchors are the roots of the policy whose certificates are at hand: a test root carries its own.
struct Anchor {
  const Root* root;
  Certificate certificate;
};
std::vector<Anchor> anchors(const EvidencePolicy& policy, const Pool& pool, crypto::ChainMemory* memory) {
  std::vector<Anchor> out;
  for (const Root& root : policy.roots) {
    const auto found = std::ranges::find_if(pool.authorities, [&](const Certificate& one) {
      return one.fields().key == crypto::CertificateKey::rsa && one.digest() == root.sha256;
    });
    if (found != pool.authorities.end())
      out.push_back({&root, *found});
    else if (root.certificate)
      if (auto own = crypto::certificate_of(*root.certificate, memory);
          own && own->fields().key == crypto::CertificateKey::rsa)
        out.push_back({&root, std::move(*own)});
  }
  return out;
}

Status check_authority(const Certificate& authority, SnpProduct product, SnpSigner signer, bool root) {
  const std::string wanted = std::string(root                        ? "ARK-"
                                         : signer == SnpSigner::vlek ? "SEV-VLEK-"
                                                                     : "SEV-") +
                             std::string(name(product));
  if (crypto::common_name(authority) != wanted)
    return bad_leaf("an authority named " + crypto::common_name(authority), wanted);
  if (crypto::rsa_bits(authority) != authority_bits)
    return bad_leaf(wanted + " with a key of " + std::to_string(crypto::rsa_bits(authority)) + " bits", "RSA of 4096");
  if (!crypto::signed_pss_sha384_48(authority))
    return bad_leaf(wanted + ": other PSS parameters", "SHA-384, salt of 48");
  return {};
}

// Chain is the leaf's way up: to which root, through which authority.
struct Chain {
  const Anchor* anchor;
  const Certificate* authority;
};

Result<Chain> chain_of(const std::vector<Anchor>& roots, const Pool& pool, const Certificate& leaf, SnpProduct product,
                       SnpSigner signer, Time at, crypto::ChainMemory* memory) {
  std::vector<const Certificate*> issuers;
  for (const Certificate& one : pool.authorities)
    if (equal(one.fields().subject_der, leaf.fields().issuer_der)) issuers.push_back(&one);
  if (issuers.empty())
    return fail(Reject::collateral_missing, "no certificate of " + leaf.fields().issuer, "the authority of the leaf",
                kds_chain_url(product, signer) + " has it: `glovebox attest collateral import`");
  if (roots.empty()) {
    // No root that the policy pins is at hand. Is there another that vouches for the authority?
    for (const Certificate& other : pool.authorities)
      if (equal(other.fields().subject_der, issuers.front()->fields().issuer_der))
        return fail(Reject::root_unknown, "a root with SHA-256 " + to_hex(other.digest()), "one of the policy's roots");
    return fail(Reject::collateral_missing, "no certificate of " + issuers.front()->fields().issuer,
                "the root that the policy pins", kds_chain_url(product, signer) + " has it");
  }
  std::optional<Error> refused;
  for (const Anchor& anchor : roots) {
    for (const Certificate* issuer : issuers) {
      const Status verified =
          crypto::verify_chain(anchor.certificate, std::span(issuer, 1), leaf, at, crypto::chain_rsa_pss, memory);
      if (verified) return Chain{&anchor, issuer};
      if (verified.error().reason != Reject::root_unknown) refused = verified.error();
    }
  }
  if (refused) return std::unexpected(*std::move(refused));
  return fail(Reject::root_unknown, "a chain that begins under " + issuers.front()->fields().issuer,
              "one of the policy's roots");
}

Status check_revocation(const Chain& chain, const Certificate& leaf, const Collateral& collateral, SnpProduct product,
                        SnpSigner signer, Time at, crypto::ChainMemory* memory) {
  const Certificate& root = chain.anchor->certificate;
  bool valid = false;
  std::optional<crypto::Crl> other;
  for (const Bytes& der : collateral.lists) {
    GLOVEBOX_TRY(list, crypto::list_of(der, memory));
    if (!list.names(root)) continue;
    if (!crypto::signed_list(list, root, memory))
      return fail(Reject::collateral_invalid, "a revocation list that " + root.fields().subject + " did not sign");
    // What was revoked once stays so, however old the list.
    if (list.revokes(*chain.authority) || list.revokes(root))
      return fail(Reject::certificate_revoked, chain.authority->fields().subject,
                  "a certificate that is not in the list of " + to_rfc3339(list.this_update()));
    if (signer == SnpSigner::vlek && list.revokes(leaf))
      return fail(Reject::certificate_revoked, leaf.fields().subject, "a certificate that is not in the list");
    if (at >= list.this_update() && at <= list.next_update())
      valid = true;
    else if (!other)
      other = list;
  }
  if (valid) return {};
  if (other)
    return fail(Reject::collateral_expired,
                "a revocation list of " + to_rfc3339(other->this_update()) + " to " + to_rfc3339(other->next_update()),
                "one that is valid at " + to_rfc3339(at));
  return fail(Reject::collateral_missing, "no revocation list of " + root.fields().subject,
              "one that is valid now, or unchecked = [\"revocation\"] in the policy",
              kds_crl_url(product, signer) + " has it: `glovebox attest collateral import`");
}

Status check_leaf(const Certificate& leaf, const SnpReport& report, SnpProduct product) {
  if (!crypto::signed_pss_sha384_48(leaf)) return bad_leaf("other PSS parameters on the leaf", "SHA-384, salt of 48");
  GLOVEBOX_TRY(text, ia5(leaf, oid_product));
  if (text.substr(0, text.find('-')) != name(product))
    return bad_leaf("a certificate for product " + text.substr(0, 32), std::string(name(product)));
  GLOVEBOX_TRY(tcb, tcb_of(leaf, product));
  if (tcb.raw(product) != report.reported_tcb)
    return fail(Reject::tcb_mismatch, "a certificate for " + tcb.text(product),
                SnpTcb::of(report.reported_tcb, product).text(product));
  if (report.signer() == SnpSigner::vlek) {
    if (crypto::extension_value(leaf, oid_chip)) return bad_leaf("a VLEK of one chip", "one without a chip's number");
    return {};
  }
  GLOVEBOX_TRY(chip, chip_of(leaf, product));
  if (!report.chip_masked() && chip != report.chip_id)
    return fail(Reject::chip_mismatch, "a certificate of chip " + to_hex(chip), to_hex(report.chip_id));
  return {};
}
}  // namespace

std::optional<SnpProduct> snp_product_of_root(const Certificate& root) {
  const std::string text = crypto::common_name(root);
  if (!text.starts_with("ARK-")) return std::nullopt;
  return attestation::snp_product_from_name(std::string_view(text).substr(4));
}

Result<SnpVerified> verify_snp(const SnpEvidence& evidence, View document, const EvidencePolicy& policy,
                               const Collateral& collateral, Time at, crypto::ChainMemory* memory) {
  const SnpReport& report = evidence.report;
  const SnpSigner signer = report.signer();
  if (signer != SnpSigner::vcek && signer != SnpSigner::vlek)
    return fail(Reject::evidence_signature_invalid, "a report that says it is not signed", "a VCEK or a VLEK");
  GLOVEBOX_TRY(signature, report.signature());
  GLOVEBOX_TRY(pool, pool_of(evidence, collateral, memory));
  GLOVEBOX_TRY(product, product_of(report, pool.leaves.empty() ? nullptr : &pool.leaves.front()));
  if (pool.leaves.empty())
    return fail(Reject::collateral_missing, "no certificate named " + std::string(leaf_name(signer)),
                "the certificate of the key that signed",
                signer == SnpSigner::vlek ? "the host's owner has it, and hands it out beside the report"
                                          : kds_vcek_url(product, report) + " has it");
  const Certificate& leaf = choose(pool.leaves, report, product);
  const auto roots = anchors(policy, pool, memory);
  GLOVEBOX_TRY(chain, chain_of(roots, pool, leaf, product, signer, at, memory));
  GLOVEBOX_CHECK(check_authority(chain.anchor->certificate, product, signer, true));
  GLOVEBOX_CHECK(check_authority(*chain.authority, product, signer, false));
  GLOVEBOX_CHECK(check_leaf(leaf, report, product));
  if (!policy.snp->leaves("revocation"))
    GLOVEBOX_CHECK(check_revocation(chain, leaf, collateral, product, signer, at, memory));

  GLOVEBOX_TRY(key, leaf.ec_public_key());
  if (!crypto::verify(key, document.first(attestation::snp_signed_size), signature))
    return fail(Reject::evidence_signature_invalid, "a signature that " + leaf.fields().subject + " did not make");
  SnpVerified out{.root = chain.anchor->root, .product = product, .csp = {}};
  if (signer == SnpSigner::vlek)
    if (const auto csp = ia5(leaf, oid_csp)) out.csp = *csp;
  return out;
}

}  // namespace glovebox::verifier
