// p256.h: ECDSA on P-256 with SHA-256 ("ES256", FIPS 186-5, raw r||s): what Intel's quotes, their collateral and Arm's
// tokens are signed with. Beside sign.h, whose curve is P-384.
#pragma once
#include <memory>

#include "base/bytes.h"

namespace glovebox::crypto {

class Certificate;
using P256Signature = Array<64>;

// P256Public is a public key on P-256; copies share it.
class P256Public {
 public:
  static Result<P256Public> from_point(View xy);                 // 64 bytes, x || y; key_invalid
  static Result<P256Public> of(const Certificate& certificate);  // certificate_invalid unless its key is on P-256
  Array<64> point() const;                                       // x || y

  struct State;
  const State& state() const { return *state_; }  // for crypto's own .cpp files

 private:
  friend class P256Key;
  std::shared_ptr<const State> state_;
};

// verify checks a signature of ES256; signature_invalid. A high s is accepted: hardware makes them.
Status verify(const P256Public& key, View message, View signature);

// P256Key is a private key: what plays a maker's part under test roots. Copies share it.
class P256Key {
 public:
  static P256Key generate();
  P256Public public_key() const;
  P256Signature sign(View message) const;

  struct State;
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace glovebox::crypto
