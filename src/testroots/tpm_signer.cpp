#include "testroots/tpm_signer.h"

namespace glovebox::testroots {
using attestation::TpmQuote;

attestation::TpmRegisters TpmSigner::registers() {
  attestation::TpmRegisters out;
  for (std::uint8_t i = 0; i < attestation::tpm_registers; ++i) {
    Digest value{};
    if (i < 15) value.fill(static_cast<std::uint8_t>(0x50 + i));
    if (i > 16) value.fill(0xff);
    out.emplace(i, value);
  }
  return out;
}

TpmQuote TpmSigner::quote(View extra_data) {
  TpmQuote out;
  out.registers = registers();
  out.attest.signer = concat({Bytes{0, 0x0b}, Bytes(32, 0xaa)});
  out.attest.extra_data = to_bytes(extra_data);
  out.attest.clock = 12345678;
  out.attest.resets = 3;
  out.attest.safe = true;
  out.attest.firmware = 0x2020031200120003;
  for (const auto& [index, value] : out.registers) out.attest.selected |= std::uint32_t{1} << index;
  out.attest.digest = out.registers_digest();
  return out;
}

TpmQuote TpmSigner::sign(TpmQuote quote) const {
  quote.attest_bytes = quote.attest.encode();
  quote.signature = {.rsa = key.public_key().kind() == crypto::PlatformKeyKind::rsa,
                     .value = key.sign(quote.attest_bytes)};
  return quote;
}

std::string TpmSigner::runtime() const {
  // SubjectPublicKeyInfo of 2048 bits ends with the modulus, 02 03 and the exponent.
  const Bytes spki = key.public_key().spki();
  const View modulus = View(spki).subspan(spki.size() - 5 - 256, 256);
  return R"({"keys":[{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":")" + to_base64url(modulus) +
         R"("}],"vm-configuration":{"console-enabled":true,"secure-boot":true,"tpm-enabled":true,"vmUniqueId":)" +
         R"("00000000-0000-0000-0000-000000000000"},"user-data":""})";
}

}  // namespace glovebox::testroots
