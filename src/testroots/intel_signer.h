// intel_signer.h: stands in for Intel: a root, the authority of platforms, one platform with its key, the signer of
// documents, a quoting enclave, and the TCB info and identity that fit them. A caller may spoil each part before it is
// issued.
#pragma once
#include "attestation/pck_extension.h"
#include "attestation/quote.h"
#include "crypto/x509_build_p256.h"

namespace glovebox::testroots {

// IntelDocuments is what the two documents say, as text: the lists are JSON, the rest plain values.
struct IntelDocuments {
  Time issued;
  Time next_update;
  std::string id;  // "SGX" or "TDX"; of the identity "QE" or "TD_QE" follows from it
  std::string fmspc;
  std::string pce_id = "0000";
  int version = 3;
  int evaluation = 17;
  std::string tcb_levels;     // [...]
  std::string module_levels;  // of TDX_01
  std::string quoting_levels;
  std::string module_signer = std::string(96, '0');
  std::string module_attributes = std::string(16, '0');
  std::string quoting_signer;
  int quoting_product = 1;
  std::string quoting_attributes = "11000000000000000000000000000000";

  std::string tcb_info() const;
  std::string identity() const;
};

// level writes one element of a list of levels. `tcb` is what stands in its member "tcb".
std::string intel_level(const std::string& tcb, std::string_view status, std::string_view date = "2024-03-13T00:00:00Z",
                        std::string_view advisories = {});
// components writes the sixteen versions of either kind.
std::string intel_components(std::string_view key, const Array<16>& values);

struct IntelSigner {
  IntelSigner(Time now, attestation::Tee tee);

  attestation::Tee tee;
  crypto::P256Issue root;
  crypto::P256Issue authority;
  crypto::P256Issue leaf;
  crypto::P256Issue signer;
  crypto::P256Key root_key = crypto::P256Key::generate();
  crypto::P256Key authority_key = crypto::P256Key::generate();
  crypto::P256Key leaf_key = crypto::P256Key::generate();
  crypto::P256Key signer_key = crypto::P256Key::generate();
  crypto::P256Key attestation_key = crypto::P256Key::generate();
  attestation::PckExtension platform;
  IntelDocuments documents;

  struct Chain {
    Bytes root;
    Bytes authority;
    Bytes leaf;
    Bytes signer;
    // pem is what a quote of certification type 5 carries.
    Bytes pem() const;
  };
  // issue certifies `platform` as it is now.
  Chain issue() const;

  // quote is a good one of version 4 (3 of SGX), not signed yet.
  attestation::Quote quote() const;
  // sign fills in keys and signatures, and the chain.
  void sign(attestation::Quote& quote, const Chain& chain) const;
  // sign_body and sign_quoting are its two halves, for quotes that are spoilt between them.
  void sign_body(attestation::Quote& quote) const;
  void sign_quoting(attestation::Quote& quote) const;
  // document signs the text of a document: `member` is "tcbInfo" or "enclaveIdentity".
  static Bytes document(std::string_view member, const std::string& text, const crypto::P256Key& key);
};

}  // namespace glovebox::testroots
