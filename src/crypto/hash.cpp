#include "crypto/hash.h"

#include <cstring>

#include "crypto/openssl.h"

namespace glovebox::crypto {
namespace {
const EVP_MD* fetched(const char* name) {
  const EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);  // kept for the life of the program
  must(digest != nullptr, name);
  return digest;
}

void hash(const EVP_MD* algorithm, std::initializer_list<View> parts, std::span<std::uint8_t> out) {
  // One context for each thread: making one takes longer than hashing a short message.
  static thread_local const DigestContext context(EVP_MD_CTX_new());
  must(context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1, "EVP_DigestInit");
  for (const View part : parts)
    must(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1, "EVP_DigestUpdate");
  if (EVP_MD_xof(algorithm) != 0) {
    must(EVP_DigestFinalXOF(context.get(), out.data(), out.size()) == 1, "EVP_DigestFinalXOF");
  } else {
    must(static_cast<std::size_t>(EVP_MD_get_size(algorithm)) == out.size() &&
             EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1,
         "EVP_DigestFinal");
  }
  EVP_MD_CTX_reset(context.get());  // what was hashed may be secret: its last block must not stay
}

template <std::size_t N>
Array<N> hashed(const EVP_MD* algorithm, std::initializer_list<View> parts) {
  Array<N> out;
  hash(algorithm, parts, out);
  return out;
}
}  // namespace

const EVP_MD* digest_named(const char* name) {
  static const EVP_MD* const sha256 = fetched("SHA2-256");
  static const EVP_MD* const sha384 = fetched("SHA2-384");
  static const EVP_MD* const sha512 = fetched("SHA2-512");
  static const EVP_MD* const sha3_256 = fetched("SHA3-256");
  static const EVP_MD* const shake256 = fetched("SHAKE-256");
  if (std::strcmp(name, "SHA2-256") == 0) return sha256;
  if (std::strcmp(name, "SHA2-384") == 0) return sha384;
  if (std::strcmp(name, "SHA2-512") == 0) return sha512;
  if (std::strcmp(name, "SHA3-256") == 0) return sha3_256;
  must(std::strcmp(name, "SHAKE-256") == 0, name);
  return shake256;
}

Digest sha256(std::initializer_list<View> parts) {
  return hashed<32>(digest_named("SHA2-256"), parts);
}
Digest sha256(View data) {
  return sha256(std::initializer_list<View>{data});
}
Array<48> sha384(std::initializer_list<View> parts) {
  return hashed<48>(digest_named("SHA2-384"), parts);
}
Array<48> sha384(View data) {
  return sha384(std::initializer_list<View>{data});
}
Array<64> sha512(std::initializer_list<View> parts) {
  return hashed<64>(digest_named("SHA2-512"), parts);
}
Array<64> sha512(View data) {
  return sha512(std::initializer_list<View>{data});
}
Array<32> sha3_256(std::initializer_list<View> parts) {
  return hashed<32>(digest_named("SHA3-256"), parts);
}
Array<32> sha3_256(View data) {
  return sha3_256(std::initializer_list<View>{data});
}
void shake256(std::initializer_list<View> parts, std::span<std::uint8_t> out) {
  hash(digest_named("SHAKE-256"), parts, out);
}

namespace detail {
struct Hashing::State {
  const EVP_MD* algorithm;
  DigestContext context{EVP_MD_CTX_new()};
  void restart() { must(context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1, "EVP_DigestInit"); }
};

Hashing::Hashing(const char* algorithm) : state_(new State{digest_named(algorithm)}) {
  state_->restart();
}
Hashing::~Hashing() = default;
Hashing::Hashing(Hashing&&) noexcept = default;
Hashing& Hashing::operator=(Hashing&&) noexcept = default;

void Hashing::update(View data) {
  must(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1, "EVP_DigestUpdate");
}

void Hashing::finish(std::span<std::uint8_t> out) {
  must(static_cast<std::size_t>(EVP_MD_get_size(state_->algorithm)) == out.size() &&
           EVP_DigestFinal_ex(state_->context.get(), out.data(), nullptr) == 1,
       "EVP_DigestFinal");
  state_->restart();
}
}  // namespace detail
}  // namespace glovebox::crypto
