#include "crypto/kem.h"

#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/labeled.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace glovebox::crypto {
namespace {
constexpr std::size_t point_size = 32;             // X25519
constexpr std::size_t lattice_public_size = 1184;  // ML-KEM-768
constexpr std::size_t lattice_enc_size = 1088;
constexpr std::size_t x_wing_expanded_size = 96;  // ML-KEM's d || z, then the X25519 private key
constexpr std::uint8_t x_wing_label[6] = {0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c};

Pkey x25519_private(View key) {
  Pkey out(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, key.data(), key.size()));
  must(out != nullptr, "X25519 private key");
  return out;
}

Pkey x25519_public(View key) {
  Pkey out(EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, key.data(), key.size()));
  must(out != nullptr, "X25519 public key");  // any 32 bytes are one
  return out;
}

void raw_public(const EVP_PKEY* key, std::span<std::uint8_t> out) {
  std::size_t size = out.size();
  must(EVP_PKEY_get_raw_public_key(key, out.data(), &size) == 1 && size == out.size(), "raw public key");
}

// exchange computes X25519; nothing where the other's point has low order (the result would be zeros, RFC 7748 6.1).
std::optional<Secret<32>> exchange(EVP_PKEY* mine, EVP_PKEY* theirs) {
  const ForgetErrors forget;
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, mine, nullptr));
  must(context && EVP_PKEY_derive_init(context.get()) == 1, "X25519");
  if (EVP_PKEY_derive_set_peer(context.get(), theirs) != 1) return std::nullopt;
  bool good = false;
  auto shared = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::size_t size = out.size();
    good = EVP_PKEY_derive(context.get(), out.data(), &size) == 1 && size == out.size();
  });
  if (!good) return std::nullopt;
  return shared;
}

Pkey lattice_from_seed(View seed) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "ML-KEM-768", nullptr));
  Secret<64> copy(seed.first<64>());  // OSSL_PARAM wants a pointer to mutable bytes
  auto* bytes = const_cast<std::uint8_t*>(copy.expose().data());
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_KEM_SEED, bytes, 64),
                                   OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  must(context && EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_CTX_set_params(context.get(), parameters) == 1 &&
           EVP_PKEY_keygen(context.get(), &key) == 1,
       "ML-KEM-768 key");
  return Pkey(key);
}

// lattice_public is null for a key whose coefficients are not below q (FIPS 203 section 7.2).
Pkey lattice_public(View key) {
  const ForgetErrors forget;
  return Pkey(EVP_PKEY_new_raw_public_key_ex(nullptr, "ML-KEM-768", nullptr, key.data(), key.size()));
}

Secret<32> x_wing_combine(const Secret<32>& lattice, const Secret<32>& point, View enc_point, View public_point) {
  return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    auto hash = sha3_256({lattice.expose(), point.expose(), enc_point, public_point, x_wing_label});
    std::ranges::copy(hash, out.begin());
    erase(hash);
  });
}

// dhkem_secret is ExtractAndExpand of RFC 9180 section 4.1.
Secret<32> dhkem_secret(const Secret<32>& exchanged, View enc, View public_point) {
  const Labeled kdf(kem_suite(static_cast<std::uint16_t>(Kem::x25519)));
  const Secret<32> prk = kdf.extract({}, "eae_prk", exchanged.expose());
  const Bytes context = concat({enc, public_point});
  return Secret<32>(kdf.expand(prk, "shared_secret", context, 32).expose().first<32>());
}
}  // namespace

std::string_view name(Kem kem) {
  return kem == Kem::x25519 ? "X25519" : "X-Wing";
}

Result<Kem> kem_from_id(std::uint64_t id) {
  for (const Kem kem : {Kem::x25519, Kem::x_wing})
    if (id == static_cast<std::uint64_t>(kem)) return kem;
  return fail(Reject::type_unsupported, "KEM " + std::to_string(id), "32 (X25519) or 25722 (X-Wing)");
}

Result<Kem> kem_from_name(std::string_view text) {
  for (const Kem kem : {Kem::x25519, Kem::x_wing})
    if (text == name(kem)) return kem;
  return fail(Reject::type_unsupported, "a KEM of another name", "X25519 or X-Wing");
}

std::size_t public_size(Kem kem) {
  return kem == Kem::x25519 ? point_size : kem_public_max;
}
std::size_t enc_size(Kem kem) {
  return kem == Kem::x25519 ? point_size : kem_enc_max;
}

Result<KemPublic> KemPublic::parse(Kem kem, View bytes) {
  if (bytes.size() != public_size(kem))
    return fail(Reject::key_invalid, std::to_string(bytes.size()) + " bytes",
                std::to_string(public_size(kem)) + " bytes of " + std::string(name(kem)));
  if (kem == Kem::x_wing && lattice_public(bytes.first(lattice_public_size)) == nullptr)
    return fail(Reject::key_invalid, "coefficients out of range", "an ML-KEM-768 public key");
  return KemPublic(kem, to_bytes(bytes));
}

struct KemPrivate::Keys {
  Pkey lattice;  // X-Wing only
  Pkey point;
};

KemPrivate::KemPrivate(KemPublic public_key, Secret<32> seed, std::unique_ptr<Keys> keys)
    : public_(std::move(public_key)), seed_(std::move(seed)), keys_(std::move(keys)) {}
KemPrivate::~KemPrivate() = default;
KemPrivate::KemPrivate(KemPrivate&&) noexcept = default;
KemPrivate& KemPrivate::operator=(KemPrivate&&) noexcept = default;

KemPrivate KemPrivate::generate(Kem kem) {
  return from_seed(kem, random_secret<32>());
}

KemPrivate KemPrivate::from_seed(Kem kem, const Secret<32>& seed) {
  auto keys = std::make_unique<Keys>();
  Bytes public_bytes(public_size(kem));
  const std::span<std::uint8_t> out(public_bytes);
  if (kem == Kem::x25519) {
    keys->point = x25519_private(seed.expose());
  } else {
    const auto expanded = Secret<x_wing_expanded_size>::make(
        [&](std::span<std::uint8_t, x_wing_expanded_size> bytes) { shake256({seed.expose()}, bytes); });
    keys->lattice = lattice_from_seed(expanded.expose().first<64>());
    keys->point = x25519_private(expanded.expose().last<32>());
    raw_public(keys->lattice.get(), out.first(lattice_public_size));
  }
  raw_public(keys->point.get(), out.last(point_size));
  return KemPrivate(KemPublic(kem, std::move(public_bytes)), seed.copy(), std::move(keys));
}

KemPrivate KemPrivate::derive(Kem kem, View ikm) {
  const Bytes suite = kem_suite(static_cast<std::uint16_t>(kem));
  if (kem == Kem::x25519) {
    const Labeled kdf(suite);
    const Secret<32> prk = kdf.extract({}, "dkp_prk", ikm);
    return from_seed(kem, Secret<32>(kdf.expand(prk, "sk", {}, 32).expose().first<32>()));
  }
  // draft-ietf-hpke-pq section 3: LabeledDerive of a one-stage KDF, here SHAKE256.
  const std::uint8_t label_size[2] = {0, 13};
  const std::uint8_t seed_size[2] = {0, 32};
  return from_seed(kem, Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
                     shake256({ikm, view_of("HPKE-v1"), suite, label_size, view_of("DeriveKeyPair"), seed_size}, out);
                   }));
}

Result<Secret<32>> KemPrivate::decapsulate(View enc) const {
  if (enc.size() != enc_size(kem())) return fail(Reject::decryption_failed);
  const View enc_point = enc.last(point_size);
  const View public_point = View(public_.bytes()).last(point_size);
  const auto exchanged = exchange(keys_->point.get(), x25519_public(enc_point).get());
  if (!exchanged) return fail(Reject::decryption_failed);
  if (kem() == Kem::x25519) return dhkem_secret(*exchanged, enc, public_point);

  const ForgetErrors forget;
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, keys_->lattice.get(), nullptr));
  must(context && EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1, "ML-KEM-768");
  bool good = false;
  const auto lattice = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::size_t size = out.size();
    good = EVP_PKEY_decapsulate(context.get(), out.data(), &size, enc.data(), lattice_enc_size) == 1 && size == 32;
  });
  if (!good) return fail(Reject::decryption_failed);
  return x_wing_combine(lattice, *exchanged, enc_point, public_point);
}

namespace {
struct Randomness {
  const Secret<32>* lattice;  // null: OpenSSL's own
  const Secret<32>& point;
};

Result<Encapsulated> encapsulate_with(const KemPublic& to, const Randomness& randomness) {
  const View public_point = View(to.bytes()).last(point_size);
  const Pkey ephemeral = x25519_private(randomness.point.expose());
  Bytes enc(enc_size(to.kem()));
  const std::span<std::uint8_t> enc_point = std::span(enc).last(point_size);
  raw_public(ephemeral.get(), enc_point);
  const auto exchanged = exchange(ephemeral.get(), x25519_public(public_point).get());
  if (!exchanged) return fail(Reject::key_invalid, "a point of low order", "a public key");
  if (to.kem() == Kem::x25519) {
    auto shared = dhkem_secret(*exchanged, enc, public_point);
    return Encapsulated{std::move(enc), std::move(shared)};
  }

  const Pkey key = lattice_public(View(to.bytes()).first(lattice_public_size));
  must(key != nullptr, "ML-KEM-768 public key");  // KemPublic::parse has accepted it
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (randomness.lattice != nullptr)
    parameters[0] = OSSL_PARAM_construct_octet_string(
        OSSL_KEM_PARAM_IKME, const_cast<std::uint8_t*>(randomness.lattice->expose().data()), 32);
  std::size_t size = lattice_enc_size;
  const auto lattice = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::size_t shared_size = out.size();
    must(context && EVP_PKEY_encapsulate_init(context.get(), parameters) == 1 &&
             EVP_PKEY_encapsulate(context.get(), enc.data(), &size, out.data(), &shared_size) == 1 &&
             size == lattice_enc_size && shared_size == 32,
         "ML-KEM-768 encapsulate");
  });
  auto shared = x_wing_combine(lattice, *exchanged, enc_point, public_point);
  return Encapsulated{std::move(enc), std::move(shared)};
}
}  // namespace

Result<Encapsulated> encapsulate(const KemPublic& to) {
  return encapsulate_with(to, {.lattice = nullptr, .point = random_secret<32>()});
}

Result<Encapsulated> encapsulate_insecurely(const KemPublic& to, View randomness) {
  must(randomness.size() == (to.kem() == Kem::x25519 ? 32U : 64U), "encapsulate_insecurely: size");
  const Secret<32> lattice(randomness.first<32>());
  const Secret<32> point(randomness.last<32>());
  return encapsulate_with(to, {.lattice = &lattice, .point = point});
}
}  // namespace glovebox::crypto
