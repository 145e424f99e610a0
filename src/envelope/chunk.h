// chunk.h: the body's chunks: 64 KiB of plaintext each, AES-256-GCM, place and end in the nonce (docs/spec/envelope.md,
// "Body").
#pragma once
#include "crypto/aead.h"
#include "envelope/key.h"

namespace glovebox::envelope {

constexpr std::size_t chunk_size = 65536;
constexpr std::size_t sealed_chunk_size = chunk_size + crypto::aead_tag_size;
constexpr std::uint64_t chunks_max = std::uint64_t{1} << 32;

enum class Final : std::uint8_t { no = 0, yes = 1 };

// ChunkCipher seals and opens single chunks of one envelope.
class ChunkCipher {
 public:
  explicit ChunkCipher(const EnvelopeKey& key);

  // seal writes the sealed chunk into `out`, which has exactly 16 bytes more than the plaintext.
  void seal(std::uint64_t index, Final final, View plaintext, std::span<std::uint8_t> out);
  // open is the inverse: chunk_unauthentic.
  Status open(std::uint64_t index, Final final, View sealed, std::span<std::uint8_t> out);
  // open_last opens the chunk that the body ends with: envelope_truncated if it is not a final one.
  Status open_last(std::uint64_t index, View sealed, std::span<std::uint8_t> out);

 private:
  crypto::Aead256 aead_;
  Digest core_digest_;
};

// sealed_body_size returns the size of the body for so many bytes of plaintext.
constexpr std::uint64_t sealed_body_size(std::uint64_t plaintext_size) {
  const std::uint64_t chunks = plaintext_size == 0 ? 1 : (plaintext_size + chunk_size - 1) / chunk_size;
  return plaintext_size + chunks * crypto::aead_tag_size;
}

}  // namespace glovebox::envelope
