#include "crypto/platform_key.h"

#include <openssl/rsa.h>

#include "crypto/ec_point.h"
#include "crypto/openssl.h"

namespace glovebox::crypto {

struct PlatformKey::State {
  Pkey key;
  PlatformKeyKind kind;
};

namespace {
constexpr std::size_t der_max = 160;        // of an ECDSA signature
constexpr std::size_t signature_max = 512;  // RSA's, with 4096 bits
constexpr std::size_t exponent_size_max = 4;
constexpr unsigned test_rsa_bits = 2048;

std::size_t half_of(PlatformKeyKind kind) {  // bytes of r, of s and of a coordinate
  return kind == PlatformKeyKind::p256 ? 32 : 48;
}
const char* curve_of(PlatformKeyKind kind) {
  return kind == PlatformKeyKind::p256 ? "P-256" : "P-384";
}
const char* digest_of(PlatformKeyKind kind) {
  return kind == PlatformKeyKind::p384 ? "SHA2-384" : "SHA2-256";
}

std::unexpected<Error> invalid(std::string found, std::string expected) {
  return fail(Reject::key_invalid, std::move(found), std::move(expected));
}

// from_parameters makes a public key of what its maker's numbers are; nothing where they are no key.
Pkey from_parameters(const char* type, OSSL_PARAM* parameters) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  must(context && EVP_PKEY_fromdata_init(context.get()) == 1, type);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
  return Pkey(key);
}

Bytes spki_of(const EVP_PKEY* key) {
  const int size = i2d_PUBKEY(key, nullptr);
  must(size > 0, "SubjectPublicKeyInfo");
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  must(i2d_PUBKEY(key, &at) == size, "SubjectPublicKeyInfo");
  return out;
}

std::optional<PlatformKeyKind> kind_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return PlatformKeyKind::rsa;
  char group[32] = {};
  std::size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") != 1 || EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1)
    return std::nullopt;
  const std::string_view name(group, size);
  if (name == "prime256v1") return PlatformKeyKind::p256;
  if (name == "secp384r1") return PlatformKeyKind::p384;
  return std::nullopt;
}

// padded readies a context for RSASSA-PKCS1-v1_5; nothing is to be done for ECDSA.
bool padded(PlatformKeyKind kind, EVP_PKEY_CTX* parameters) {
  return kind != PlatformKeyKind::rsa || EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1;
}
}  // namespace

std::string_view name(PlatformKeyKind kind) {
  switch (kind) {
    case PlatformKeyKind::p256:
      return "P-256";
    case PlatformKeyKind::p384:
      return "P-384";
    case PlatformKeyKind::rsa:
      break;
  }
  return "RSA";
}

Result<PlatformKey> PlatformKey::from_point(View point) {
  const ForgetErrors forget;
  const bool p256 = point.size() == 65;
  if ((!p256 && point.size() != 97) || point[0] != 4)
    return invalid(std::to_string(point.size()) + " bytes", "an uncompressed point on P-256 or P-384");
  const auto kind = p256 ? PlatformKeyKind::p256 : PlatformKeyKind::p384;
  Pkey key = ec_public_from(p256 ? Curve::p256 : Curve::p384, point);
  if (key == nullptr) return invalid("no point of the curve", std::string("a point on ") + curve_of(kind));
  PlatformKey out;
  out.state_ = std::make_shared<const State>(State{std::move(key), kind});
  return out;
}

Result<PlatformKey> PlatformKey::from_rsa(View modulus, View exponent) {
  const ForgetErrors forget;
  if (modulus.size() < rsa_modulus_size_min || modulus.size() > rsa_modulus_size_max || modulus[0] < 0x80 ||
      (modulus.back() & 1) == 0)
    return invalid("a modulus of " + std::to_string(modulus.size()) + " bytes", "an odd one of 2048 to 4096 bits");
  if (exponent.empty() || exponent.size() > exponent_size_max || exponent[0] == 0 || (exponent.back() & 1) == 0 ||
      (exponent.size() == 1 && exponent[0] < 3))
    return invalid("an exponent of another form", "an odd one of 3 to 2^32");
  // OpenSSL's parameters are in the machine's byte order.
  Bytes n(modulus.rbegin(), modulus.rend());
  Bytes e(exponent.rbegin(), exponent.rend());
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n.data(), n.size()),
                             OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e.data(), e.size()),
                             OSSL_PARAM_construct_end()};
  Pkey key = from_parameters("RSA", parameters);
  if (key == nullptr) return invalid("no RSA key", "a modulus and an exponent");
  PlatformKey out;
  out.state_ = std::make_shared<const State>(State{std::move(key), PlatformKeyKind::rsa});
  return out;
}

Result<PlatformKey> PlatformKey::from_spki(View der) {
  const ForgetErrors forget;
  const std::uint8_t* at = der.data();
  if (der.empty() || der.size() > platform_key_size_max)
    return invalid(std::to_string(der.size()) + " bytes", "a SubjectPublicKeyInfo");
  Pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr) return invalid("no SubjectPublicKeyInfo", "a key on P-256, P-384 or of RSA");
  const auto kind = kind_of(key.get());
  const int bits = EVP_PKEY_get_bits(key.get());
  if (!kind || (*kind == PlatformKeyKind::rsa && (bits < 2048 || bits > 4096)))
    return invalid("another kind of key", "one on P-256, P-384 or of RSA with 2048 to 4096 bits");
  if (!equal(spki_of(key.get()), der)) return invalid("a key in another spelling", "DER with an uncompressed point");
  PlatformKey out;
  out.state_ = std::make_shared<const State>(State{std::move(key), *kind});
  return out;
}

PlatformKeyKind PlatformKey::kind() const {
  return state_->kind;
}
std::size_t PlatformKey::signature_size() const {
  return kind() == PlatformKeyKind::rsa ? static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get()))
                                        : 2 * half_of(kind());
}
Bytes PlatformKey::spki() const {
  return spki_of(state_->key.get());
}

Status verify(const PlatformKey& key, View message, View signature) {
  const ForgetErrors forget;
  const PlatformKeyKind kind = key.kind();
  if (signature.size() != key.signature_size()) return fail(Reject::signature_invalid);
  std::uint8_t der[der_max];
  View given = signature;
  if (kind != PlatformKeyKind::rsa) {
    const std::size_t half = half_of(kind);
    const EcdsaSignature numbers(ECDSA_SIG_new());
    BIGNUM* const r = BN_bin2bn(signature.data(), static_cast<int>(half), nullptr);
    BIGNUM* const s = BN_bin2bn(signature.data() + half, static_cast<int>(half), nullptr);
    must(numbers && r != nullptr && s != nullptr && ECDSA_SIG_set0(numbers.get(), r, s) == 1, "ECDSA signature");
    std::uint8_t* at = der;
    const int size = i2d_ECDSA_SIG(numbers.get(), &at);
    must(size > 0 && static_cast<std::size_t>(size) <= sizeof der, "ECDSA signature");
    given = View(der, static_cast<std::size_t>(size));
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  must(context &&
           EVP_DigestVerifyInit_ex(context.get(), &parameters, digest_of(kind), nullptr, nullptr, key.state().key.get(),
                                   nullptr) == 1 &&
           padded(kind, parameters),
       "platform verify");
  if (EVP_DigestVerify(context.get(), given.data(), given.size(), message.data(), message.size()) != 1)
    return fail(Reject::signature_invalid);
  return {};
}

PlatformSigner PlatformSigner::generate(PlatformKeyKind kind) {
  PlatformSigner out;
  Pkey key(kind == PlatformKeyKind::rsa
               ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(test_rsa_bits))
               : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve_of(kind)));
  must(key != nullptr, "platform key");
  out.state_ = std::make_shared<const PlatformKey::State>(PlatformKey::State{std::move(key), kind});
  return out;
}

PlatformKey PlatformSigner::public_key() const {
  auto key = PlatformKey::from_spki(spki_of(state_->key.get()));
  must(key.has_value(), "platform public key");
  return *std::move(key);
}

Bytes PlatformSigner::sign(View message) const {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  std::uint8_t given[signature_max];
  std::size_t size = sizeof given;
  must(context &&
           EVP_DigestSignInit_ex(context.get(), &parameters, digest_of(state_->kind), nullptr, nullptr,
                                 state_->key.get(), nullptr) == 1 &&
           padded(state_->kind, parameters) &&
           EVP_DigestSign(context.get(), given, &size, message.data(), message.size()) == 1,
       "platform sign");
  if (state_->kind == PlatformKeyKind::rsa) return to_bytes(View(given, size));
  const std::size_t half = half_of(state_->kind);
  const std::uint8_t* at = given;
  const EcdsaSignature numbers(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  Bytes out(2 * half);
  const int wanted = static_cast<int>(half);
  must(numbers && BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), out.data(), wanted) == wanted &&
           BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), out.data() + half, wanted) == wanted,
       "ECDSA signature");
  return out;
}

}  // namespace glovebox::crypto
