// nitro_signer.h: stands in for AWS: a chain of Nitro's shape, root > region > instance > leaf, whose certificates a
// caller may spoil before they are issued, and documents signed by any of its keys.
#pragma once
#include "attestation/nitro_document.h"
#include "crypto/x509_build.h"

namespace glovebox::testroots {

struct NitroSigner {
  // A chain that is valid from ten minutes before `now` until two hours after it.
  explicit NitroSigner(Time now, const std::string& root_name = "glovebox test root of a Nitro suite");

  crypto::CertificateTemplate root;
  crypto::CertificateTemplate region;
  crypto::CertificateTemplate instance;
  crypto::CertificateTemplate leaf;
  crypto::EcKey root_key = crypto::EcKey::generate();
  crypto::EcKey region_key = crypto::EcKey::generate();
  crypto::EcKey instance_key = crypto::EcKey::generate();
  crypto::EcKey leaf_key = crypto::EcKey::generate();

  // Chain is what one issue of the four templates gives.
  struct Chain {
    std::vector<Bytes> bundle;  // root, region, instance
    Bytes leaf;
  };
  Chain issue() const;

  // document signs a payload with the leaf's key; claims.encode() is a good one.
  Bytes document(View payload) const;
  // raw puts together a COSE_Sign1 of any parts: `unprotected` is an encoded map.
  static Bytes raw(View protected_header, View unprotected, View payload, View signature);
};

// high_s and low_s are the two signatures that ECDSA on P-384 takes for one; hardware makes either.
crypto::EcSignature high_s(const crypto::EcSignature& signature);
crypto::EcSignature low_s(const crypto::EcSignature& signature);

}  // namespace glovebox::testroots
