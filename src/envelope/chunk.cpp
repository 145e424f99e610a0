#include "envelope/chunk.h"

namespace glovebox::envelope {
namespace {
// The nonce: u88be(index) || final. The index never exceeds 2^32, so its upper bytes are zero.
crypto::AeadNonce nonce_of(std::uint64_t index, Final final) {
  crypto::AeadNonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<std::uint8_t>(index >> (8 * i));
  nonce[11] = static_cast<std::uint8_t>(final);
  return nonce;
}

#ifdef GLOVEBOX_TEST_UNSEALED
// The one test build in which sealing is off: plaintext in clear with a tag. A whole-system test links it and must then
// find plaintext outside the enclave, which shows that its search works. The text below lies in every program that was
// linked so, and a test looks for it in released ones. src/envelope/libraries.cmake makes it for tests alone.
constexpr std::string_view mark = "GLOVEBOX TEST BUILD: BODIES ARE NOT SEALED";

Bytes tagged(const Digest& core_digest, View plaintext) {
  return concat({view_of(mark), core_digest, plaintext});
}
#endif
}  // namespace

ChunkCipher::ChunkCipher(const EnvelopeKey& key) : aead_(key.body_key()), core_digest_(key.core_digest()) {}

#ifndef GLOVEBOX_TEST_UNSEALED
void ChunkCipher::seal(std::uint64_t index, Final final, View plaintext, std::span<std::uint8_t> out) {
  aead_.seal(nonce_of(index, final), core_digest_, plaintext, out);
}

Status ChunkCipher::open(std::uint64_t index, Final final, View sealed, std::span<std::uint8_t> out) {
  if (!aead_.open(nonce_of(index, final), core_digest_, sealed, out))
    return fail(Reject::chunk_unauthentic, "chunk " + std::to_string(index));
  return {};
}
#else
void ChunkCipher::seal(std::uint64_t index, Final final, View plaintext, std::span<std::uint8_t> out) {
  std::ranges::copy(plaintext, out.begin());
  aead_.seal(nonce_of(index, final), tagged(core_digest_, plaintext), {}, out.subspan(plaintext.size()));
}

Status ChunkCipher::open(std::uint64_t index, Final final, View sealed, std::span<std::uint8_t> out) {
  const View plaintext = sealed.first(out.size());
  if (!aead_.open(nonce_of(index, final), tagged(core_digest_, plaintext), sealed.subspan(out.size()), {}))
    return fail(Reject::chunk_unauthentic, "chunk " + std::to_string(index));
  std::ranges::copy(plaintext, out.begin());
  return {};
}
#endif

Status ChunkCipher::open_last(std::uint64_t index, View sealed, std::span<std::uint8_t> out) {
  Status opened = open(index, Final::yes, sealed, out);
  if (opened) return opened;
  // Not a good last chunk. If it is a good one of another place in the row, the body was cut behind it.
  if (sealed.size() == sealed_chunk_size && open(index, Final::no, sealed, out)) {
    erase(out);
    return fail(Reject::envelope_truncated, "the end after chunk " + std::to_string(index), "a last chunk");
  }
  return opened;
}
}  // namespace glovebox::envelope
