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
  // issued_by: the name, the right to sign lists, and the signature, by the one algorithm of the issuer's kind of key:
  // RSA with PSS, SHA-384 and a salt of 48 bytes; P-256 with SHA-256; P-384 with SHA-384.
  bool issued_by(const Certificate& issuer) const;
  bool names(const Certificate& issuer) const;  // the name alone
  View der() const;
  const Digest& digest() const;  // SHA-256 of the DER
  bool revokes(const Certificate& certificate) const;

 private:
  struct State;
  explicit Crl(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace glovebox::crypto
