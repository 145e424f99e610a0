#include "crypto/p256.h"

#include "crypto/ec_point.h"
#include "crypto/p256_state.h"

namespace glovebox::crypto {
namespace {
constexpr int half = 32;  // bytes of r, of s and of a coordinate
constexpr std::size_t der_max = 80;

Array<65> point_of(const EVP_PKEY* key) {
  Array<65> out;
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out.data(), out.size(), &size) == 1 &&
           size == out.size() && out[0] == 4,
       "P-256 point");
  return out;
}
}  // namespace

Result<P256Public> P256Public::from_point(View xy) {
  const ForgetErrors forget;
  if (xy.size() != 2 * half)
    return fail(Reject::key_invalid, std::to_string(xy.size()) + " bytes", "64 bytes of a point on P-256");
  Array<65> point{4};
  std::ranges::copy(xy, point.begin() + 1);
  Pkey key = ec_public_from(Curve::p256, point);
  if (key == nullptr) return fail(Reject::key_invalid, "no point of the curve", "a point on P-256");
  P256Public out;
  out.state_ = std::make_shared<const State>(State{std::move(key)});
  return out;
}

Result<P256Public> P256Public::of(const Certificate& certificate) {
  if (certificate.fields().key != CertificateKey::p256)
    return fail(Reject::certificate_invalid, "another kind of key", "a key on P-256");
  EVP_PKEY* const key = certificate.state().key.get();
  must(key != nullptr && EVP_PKEY_up_ref(key) == 1, "P-256 key");
  P256Public out;
  out.state_ = std::make_shared<const State>(State{Pkey(key)});
  return out;
}

Array<64> P256Public::point() const {
  const Array<65> point = point_of(state_->key.get());
  Array<64> out;
  std::ranges::copy(View(point).subspan(1), out.begin());
  return out;
}

Status verify(const P256Public& key, View message, View signature) {
  const ForgetErrors forget;
  if (signature.size() != 2 * half) return fail(Reject::signature_invalid);
  const EcdsaSignature numbers(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(signature.data(), half, nullptr);
  BIGNUM* const s = BN_bin2bn(signature.data() + half, half, nullptr);
  must(numbers && r != nullptr && s != nullptr && ECDSA_SIG_set0(numbers.get(), r, s) == 1, "ES256 signature");
  std::uint8_t der[der_max];
  std::uint8_t* at = der;
  const int size = i2d_ECDSA_SIG(numbers.get(), &at);
  const DigestContext context(EVP_MD_CTX_new());
  must(size > 0 && static_cast<std::size_t>(size) <= sizeof der && context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA2-256", nullptr, nullptr, key.state().key.get(),
                                   nullptr) == 1,
       "ES256 verify");
  if (EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), message.data(), message.size()) != 1)
    return fail(Reject::signature_invalid);
  return {};
}

P256Key P256Key::generate() {
  P256Key out;
  out.state_ = std::make_shared<const State>(State{Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"))});
  must(out.state_->key != nullptr, "P-256 key");
  return out;
}

P256Public P256Key::public_key() const {
  const Array<65> point = point_of(state_->key.get());
  auto key = P256Public::from_point(View(point).subspan(1));
  must(key.has_value(), "P-256 public key");
  return *std::move(key);
}

P256Signature P256Key::sign(View message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::uint8_t der[der_max];
  std::size_t size = sizeof der;
  must(context &&
           EVP_DigestSignInit_ex(context.get(), nullptr, "SHA2-256", nullptr, nullptr, state_->key.get(), nullptr) ==
               1 &&
           EVP_DigestSign(context.get(), der, &size, message.data(), message.size()) == 1,
       "ES256 sign");
  const std::uint8_t* at = der;
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  P256Signature out;
  must(signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), half) == half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + half, half) == half,
       "ES256 signature");
  return out;
}

}  // namespace glovebox::crypto
