// x509_build_p256.h: authorities like Intel's for test roots: keys on P-256 that sign certificates and revocation lists
// with SHA-256. Nothing measured links what only this needs.
#pragma once
#include "crypto/p256.h"
#include "crypto/x509_build.h"

namespace glovebox::crypto {

// P256Issue is what an issued certificate has beside its template.
struct P256Issue {
  CertificateTemplate what;
  std::uint64_t serial = 1;
  struct Extension {
    std::string dotted;
    Bytes value;
  };
  std::vector<Extension> extensions = {};
  bool sha384 = false;  // signed with another hash, for tests
};

Bytes self_signed(const P256Issue& what, const P256Key& key);
Bytes issue(const P256Issue& what, const P256Public& subject, const Certificate& issuer, const P256Key& issuer_key);
Bytes issue(const P256Issue& what, const EcPublic& subject, const Certificate& issuer, const P256Key& issuer_key);

// revocation_list names serial numbers, in DER.
Bytes revocation_list(const Certificate& issuer, const P256Key& issuer_key, Time this_update, Time next_update,
                      std::span<const std::uint64_t> serials, bool sha384 = false);

}  // namespace glovebox::crypto
