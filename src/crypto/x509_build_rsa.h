// x509_build_rsa.h: authorities like AMD's for test roots: RSA keys that sign certificates and revocation lists with
// PSS (SHA-384, salt of 48 bytes). Nothing measured links what only this needs.
#pragma once
#include <optional>

#include "crypto/x509_build.h"

namespace glovebox::crypto {

// RsaKey is a private key; copies share it. Making one of 4096 bits takes about a second.
class RsaKey {
 public:
  static RsaKey generate(unsigned bits);
  struct State;
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

// RsaIssue is what an issued certificate has beside its template.
struct RsaIssue {
  CertificateTemplate what;
  std::uint64_t serial = 0;  // AMD's leaves all have 0
  struct Extension {
    std::string dotted;
    Bytes value;
  };
  std::vector<Extension> extensions = {};
  int salt_size = 48;  // another one for tests
};

Bytes self_signed(const RsaIssue& what, const RsaKey& key);
Bytes issue(const RsaIssue& what, const RsaKey& subject, const Certificate& issuer, const RsaKey& issuer_key);
Bytes issue(const RsaIssue& what, const EcPublic& subject, const Certificate& issuer, const RsaKey& issuer_key);

// ListSignature is how a list is signed: PSS with that salt, or where there is none with PKCS #1 version 1.5, for
// tests.
struct ListSignature {
  const char* digest = "SHA2-384";
  std::optional<int> salt_size = 48;
};
// revocation_list names serial numbers, in DER.
Bytes revocation_list(const Certificate& issuer, const RsaKey& issuer_key, Time this_update, Time next_update,
                      std::span<const std::uint64_t> serials, const ListSignature& how = {});

}  // namespace glovebox::crypto
