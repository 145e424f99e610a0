#include "crypto/sign.h"

#include "crypto/ec_point.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace glovebox::crypto {
namespace {
constexpr std::size_t ec_half = 48;  // bytes of r, of s and of a coordinate on P-384
constexpr std::size_t ec_der_max = 128;

// The SubjectPublicKeyInfo of an uncompressed point on the named curve P-384 has one DER form: this, then the point.
constexpr std::uint8_t ec_spki_head[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                                         0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};

// has_small_order says whether an Ed25519 public key is one of the points whose order divides 8, in any encoding.
// OpenSSL verifies under them, and then one signature fits many messages.
bool has_small_order(const Array<32>& key) {
  static constexpr Array<32> points[] = {
      {0x00},
      {0x01},
      {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
       0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
      {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
       0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
      {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
      {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
      {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}};
  Array<32> unsigned_key = key;
  unsigned_key[31] &= 0x7f;  // without the sign of x
  return std::ranges::find(points, unsigned_key) != std::end(points);
}

Pkey ed25519_public(const VerifyKey& key) {
  return Pkey(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, key.bytes.data(), key.bytes.size()));
}

bool on_p384(const EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::string_view(group, size) == "secp384r1";
}

Array<97> point_of(const EVP_PKEY* key) {
  Array<97> out;
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out.data(), out.size(), &size) == 1 &&
           size == out.size() && out[0] == 4,
       "P-384 point");
  return out;
}
}  // namespace

Result<VerifyKey> VerifyKey::parse(View bytes) {
  if (bytes.size() != 32) return fail(Reject::key_invalid, std::to_string(bytes.size()) + " bytes", "32 bytes");
  VerifyKey out;
  std::ranges::copy(bytes, out.bytes.begin());
  if (has_small_order(out.bytes)) return fail(Reject::key_invalid, "a point of small order", "an Ed25519 public key");
  return out;
}

struct SigningKey::State {
  Pkey key;
};

SigningKey::SigningKey(const Secret<32>& seed) : seed_(seed.copy()), state_(std::make_unique<State>()) {
  state_->key.reset(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.expose().data(), 32));
  std::size_t size = 32;
  must(state_->key && EVP_PKEY_get_raw_public_key(state_->key.get(), public_.bytes.data(), &size) == 1 && size == 32,
       "Ed25519 key");
}
SigningKey SigningKey::generate() {
  return SigningKey(random_secret<32>());
}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

Signature SigningKey::sign(View message) const {
  const DigestContext context(EVP_MD_CTX_new());
  Signature out;
  std::size_t size = out.size();
  must(context &&
           EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, state_->key.get(), nullptr) == 1 &&
           EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1 && size == out.size(),
       "Ed25519 sign");
  return out;
}

Status verify(const VerifyKey& key, View message, View signature) {
  const ForgetErrors forget;
  if (signature.size() != std::tuple_size_v<Signature> || has_small_order(key.bytes))
    return fail(Reject::signature_invalid);
  const Pkey pkey = ed25519_public(key);
  const DigestContext context(EVP_MD_CTX_new());
  must(context != nullptr, "Ed25519 verify");
  if (pkey == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, pkey.get(), nullptr) != 1 ||
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1)
    return fail(Reject::signature_invalid);
  return {};
}

EcPublic::~EcPublic() = default;
EcPublic::EcPublic(const EcPublic&) = default;
EcPublic& EcPublic::operator=(const EcPublic&) = default;
EcPublic::EcPublic(EcPublic&&) noexcept = default;
EcPublic& EcPublic::operator=(EcPublic&&) noexcept = default;

Result<EcPublic> EcPublic::from_spki(View der) {
  const View head(ec_spki_head);
  if (der.size() != head.size() + 97 || !equal(der.first(head.size()), head))
    return fail(Reject::key_invalid, "another form of key", "an uncompressed point on P-384");
  return from_point(der.subspan(head.size()));
}

Result<EcPublic> EcPublic::from_point(View point) {
  const ForgetErrors forget;
  if (point.size() != 97 || point[0] != 4)
    return fail(Reject::key_invalid, std::to_string(point.size()) + " bytes", "an uncompressed point on P-384");
  Pkey key = ec_public_from(Curve::p384, point);
  if (key == nullptr) return fail(Reject::key_invalid, "no point of the curve", "a point on P-384");
  EcPublic out;
  out.state_ = std::make_shared<const State>(State{std::move(key)});
  return out;
}

Array<97> EcPublic::point() const {
  return point_of(state_->key.get());
}
Bytes EcPublic::spki() const {
  return concat({ec_spki_head, point()});
}
bool EcPublic::operator==(const EcPublic& other) const {
  return point() == other.point();
}

EcKey::~EcKey() = default;
EcKey::EcKey(EcKey&&) noexcept = default;
EcKey& EcKey::operator=(EcKey&&) noexcept = default;

EcKey EcKey::generate() {
  EcKey out;
  out.state_ = std::make_unique<State>(State{Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"))});
  must(out.state_->key != nullptr, "P-384 key");
  return out;
}

namespace {
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
}

Result<EcKey> EcKey::from_pkcs8(View der) {
  const ForgetErrors forget;
  const std::uint8_t* at = der.data();
  if (der.size() > 4096) return fail(Reject::key_invalid, std::to_string(der.size()) + " bytes");
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (info == nullptr || at != der.data() + der.size()) return fail(Reject::key_invalid, "no PKCS#8 structure");
  Pkey key(EVP_PKCS82PKEY_ex(info.get(), nullptr, nullptr));
  if (key == nullptr || !on_p384(key.get())) return fail(Reject::key_invalid, "another kind of key", "a key on P-384");
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_pairwise_check(context.get()) != 1)
    return fail(Reject::key_invalid, "a private key that does not fit its public key");
  EcKey out;
  out.state_ = std::make_unique<State>(State{std::move(key)});
  return out;
}

SecretBytes EcKey::pkcs8() const {
  const Pkcs8 info(EVP_PKEY2PKCS8(state_->key.get()));
  must(info != nullptr, "PKCS#8");
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  must(size > 0, "PKCS#8");
  SecretBytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.expose_mutable().data();
  must(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at) == size, "PKCS#8");
  return out;
}

EcPublic EcKey::public_key() const {
  auto key = EcPublic::from_point(point_of(state_->key.get()));
  must(key.has_value(), "P-384 public key");
  return *std::move(key);
}

EcSignature EcKey::sign(View message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::uint8_t der[ec_der_max];
  std::size_t size = sizeof der;
  must(context &&
           EVP_DigestSignInit_ex(context.get(), nullptr, "SHA2-384", nullptr, nullptr, state_->key.get(), nullptr) ==
               1 &&
           EVP_DigestSign(context.get(), der, &size, message.data(), message.size()) == 1,
       "ES384 sign");
  const std::uint8_t* at = der;
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  EcSignature out;
  must(signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), ec_half) == ec_half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + ec_half, ec_half) == ec_half,
       "ES384 signature");
  return out;
}

Status verify(const EcPublic& key, View message, View signature) {
  const ForgetErrors forget;
  if (signature.size() != std::tuple_size_v<EcSignature>) return fail(Reject::signature_invalid);
  const EcdsaSignature numbers(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(signature.data(), ec_half, nullptr);
  BIGNUM* const s = BN_bin2bn(signature.data() + ec_half, ec_half, nullptr);
  must(numbers && r != nullptr && s != nullptr && ECDSA_SIG_set0(numbers.get(), r, s) == 1, "ES384 signature");
  std::uint8_t der[ec_der_max];
  std::uint8_t* at = der;
  const int size = i2d_ECDSA_SIG(numbers.get(), &at);
  const DigestContext context(EVP_MD_CTX_new());
  must(size > 0 && static_cast<std::size_t>(size) <= sizeof der && context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA2-384", nullptr, nullptr, key.state().key.get(),
                                   nullptr) == 1,
       "ES384 verify");
  if (EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), message.data(), message.size()) != 1)
    return fail(Reject::signature_invalid);
  return {};
}
}  // namespace glovebox::crypto
