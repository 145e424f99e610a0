// collateral.h: what an appraisal needs beside the evidence and does not come with it: certificates, revocation lists
// and, of Intel, signed documents that the maker of a platform publishes. They are arguments, never fetched by the
// verifier; a bundle is a file of them.
#pragma once
#include "attestation/snp_report.h"
#include "base/time.h"

namespace glovebox::verifier {

constexpr std::size_t collateral_size_max = std::size_t{4} << 20;
constexpr std::size_t collateral_certificates_max = 256;
constexpr std::size_t collateral_lists_max = 32;
constexpr std::size_t collateral_documents_max = 64;

// Collateral is untrusted: a certificate counts once a pinned root leads to it, a list once such a certificate signed
// it; so does a document.
struct Collateral {
  std::vector<Bytes> certificates;    // DER
  std::vector<Bytes> lists;           // DER
  std::vector<Bytes> documents = {};  // Intel's, as its service answers them (dcap_document.h)
  bool operator==(const Collateral&) const = default;

  // A bundle is CBOR ["glovebox collateral v1", [certificate, ...], [list, ...]], and where there are documents a
  // fourth element [document, ...]; each ascending, none twice.
  Bytes to_bundle() const;
  static Result<Collateral> parse_bundle(View bundle);  // collateral_invalid

  // add takes what a file holds: a bundle, certificates in PEM (any number) or DER, a list in PEM or DER, a certificate
  // table of SEV-SNP, a document of Intel's. What is there already is not added again. collateral_invalid.
  Status add(View file);
  void add(const Collateral& other);
};

// describe lists what a bundle holds, for a person; nothing in it is verified.
std::string describe(const Collateral& collateral, Time now);

// AMD's Key Distribution Service (57230): where the certificate of a chip's key, a product's authorities and its
// revocation list are found. Names alone: nobody here asks for them.
std::string kds_vcek_url(attestation::SnpProduct product, const attestation::SnpReport& report);
std::string kds_chain_url(attestation::SnpProduct product, attestation::SnpSigner signer);
std::string kds_crl_url(attestation::SnpProduct product, attestation::SnpSigner signer);

}  // namespace glovebox::verifier
