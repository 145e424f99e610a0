// crl.h: a certificate revocation list (RFC 5280, section 5): whose it is, when it holds, which serial numbers it
// names.
#pragma once
#include "crypto/x509.h"

namespace glovebox::crypto {

constexpr std::size_t crl_size_max = std::size_t{1} << 20;

class Crl {
 public:
  // parse reads strict DER, to the last byte, with a next update and without delta or partition extensions.
  // collateral_invalid.
  static Result<Crl> parse(View der);

  const std::string& issuer() const;  // readable
  Time this_update() const;
  Time next_update() const;
  bool issued_by(const Certificate& issuer) const;  // the name, the right to sign lists, and the signature
  bool names(const Certificate& issuer) const;      // the name alone
  const Digest& digest() const;                     // SHA-256 of the DER
  bool revokes(const Certificate& certificate) const;

 private:
  struct State;
  explicit Crl(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace glovebox::crypto
