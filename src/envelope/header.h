// header.h: what stands before an envelope's body: the core, which never changes, the stanzas, and a MAC over both
// under the file key (docs/spec/envelope.md, "File").
#pragma once
#include <optional>

#include "base/secret.h"
#include "crypto/sign.h"
#include "envelope/stanza.h"

namespace glovebox::envelope {

constexpr std::string_view magic = "glovebox\n";
constexpr std::size_t prefix_size = magic.size() + 4;  // magic and header_size
constexpr std::size_t header_size_max = 262144;
constexpr std::size_t stanzas_max = 16;
constexpr std::size_t content_type_max = 64;
constexpr std::size_t core_size_max = 256;
constexpr std::uint64_t suite_aes256gcm_sha256 = 1;
constexpr unsigned size_class_min = 16;  // one chunk
constexpr unsigned size_class_max = 48;  // 2^32 chunks
constexpr std::string_view content_type_file = "application/octet-stream";
constexpr std::string_view content_type_request = "glovebox/request-body";

// Core is the part of the header that body, request and release hang on.
struct Core {
  Array<32> random{};
  std::string content_type{content_type_file};
  unsigned size_class = 0;  // log2 of the padded plaintext size; 0: not padded
  std::optional<Digest> policy_digest = {};
  std::optional<crypto::VerifyKey> broker = {};

  Bytes encode() const;
  // parse: malformed, truncated, not_deterministic, trailing_bytes, too_large; version_unsupported for another kind of
  // document or suite.
  static Result<Core> parse(View encoded);
  Digest digest() const;  // H(encode())
  bool operator==(const Core&) const = default;
};

// size_class_for returns the smallest size class that holds `size` bytes; too_large beyond 2^48.
Result<unsigned> size_class_for(std::uint64_t size);

// Header is a parsed or a new header. Its MAC is not checked until open_envelope (open.h).
struct Header {
  Core core;
  std::vector<Stanza> stanzas;
  Array<32> mac{};

  // encode writes magic, size and header: all that stands before the body.
  Bytes encode() const;
  // parse reads exactly what encode writes. type_unsupported for another file, truncated, too_large, malformed,
  // not_deterministic, version_unsupported, trailing_bytes.
  static Result<Header> parse(View encoded);
  bool operator==(const Header&) const = default;
};

// header_mac computes the MAC that a header with this core and these stanzas has under the file key.
Array<32> header_mac(const Secret<32>& file_key, const Core& core, std::span<const Stanza> stanzas);

// HeaderReader takes the header off the front of a stream that comes in pieces.
class HeaderReader {
 public:
  // push returns how many bytes of `piece` belong to the header; the rest is body. Errors as Header::parse.
  Result<std::size_t> push(View piece);
  bool done() const { return header_.has_value(); }
  const Header& header() const { return *header_; }  // only when done
  // finish: envelope_truncated if the stream ended inside the header.
  Status finish() const;

 private:
  Bytes bytes_;
  std::size_t wanted_ = prefix_size;
  std::optional<Header> header_;
};

}  // namespace glovebox::envelope
