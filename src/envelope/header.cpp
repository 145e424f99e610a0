#include "envelope/header.h"

#include "base/reader.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/hmac.h"

namespace glovebox::envelope {
namespace {
constexpr std::string_view core_label = "glovebox envelope v1";
constexpr std::string_view header_label = "glovebox header v1";

template <std::size_t N>
void write_optional(cbor::Writer& out, const Array<N>* value) {
  if (value) {
    out.bstr(*value);
  } else {
    out.null();
  }
}

void write_stanzas(cbor::Writer& out, std::span<const Stanza> stanzas) {
  out.array(stanzas.size());
  for (const Stanza& stanza : stanzas) out.raw(encode(stanza));
}

// prefix_error says what is wrong with the first prefix_size bytes; the size otherwise.
Result<std::size_t> read_prefix(View prefix) {
  const std::size_t known = std::min(prefix.size(), magic.size());
  if (!equal(prefix.first(known), view_of(magic).first(known)))
    return fail(Reject::type_unsupported, "a file that does not begin as an envelope", "\"glovebox\" and a line feed");
  if (prefix.size() < prefix_size) return fail(Reject::truncated, "the end before the header's size");
  glovebox::Reader in(prefix.subspan(magic.size()));
  const std::size_t size = in.u32be();
  if (size > header_size_max)
    return fail(Reject::too_large, "a header of " + std::to_string(size) + " bytes",
                "at most " + std::to_string(header_size_max));
  return size;
}
}  // namespace

Bytes Core::encode() const {
  cbor::Writer out;
  out.document(core_label, 7).uint(suite_aes256gcm_sha256).bstr(random).tstr(content_type).uint(size_class);
  write_optional(out, policy_digest ? &*policy_digest : nullptr);
  write_optional(out, broker ? &broker->bytes : nullptr);
  return out.take();
}

Result<Core> Core::parse(View encoded) {
  if (encoded.size() > core_size_max)
    return fail(Reject::too_large, "a core of " + std::to_string(encoded.size()) + " bytes",
                "at most " + std::to_string(core_size_max));
  cbor::Reader in(encoded);
  Core core;
  in.document(core_label, 7);
  const std::uint64_t suite = in.uint();
  if (in.ok() && suite != suite_aes256gcm_sha256)
    in.refuse(Reject::version_unsupported, "suite " + std::to_string(suite), "suite 1");
  core.random = in.bytes_of<32>();
  core.content_type = in.tstr(content_type_max);
  core.size_class = static_cast<unsigned>(in.uint(size_class_max));
  if (in.ok() && core.size_class != 0 && core.size_class < size_class_min)
    in.refuse(Reject::malformed, "size class " + std::to_string(core.size_class), "0, or 16 to 48");
  if (!in.take_null()) core.policy_digest = in.bytes_of<32>();
  if (!in.take_null()) core.broker = crypto::VerifyKey{in.bytes_of<32>()};
  GLOVEBOX_CHECK(in.finish());
  return core;
}

Digest Core::digest() const {
  return crypto::sha256(encode());
}

Result<unsigned> size_class_for(std::uint64_t size) {
  for (unsigned c = size_class_min; c <= size_class_max; ++c)
    if (size <= std::uint64_t{1} << c) return c;
  return fail(Reject::too_large, std::to_string(size) + " bytes", "at most 2^48");
}

Bytes Header::encode() const {
  cbor::Writer out;
  out.document(header_label, 4).bstr(core.encode());
  write_stanzas(out, stanzas);
  out.bstr(mac);
  return Writer().bytes(view_of(magic)).u32be(static_cast<std::uint32_t>(out.view().size())).bytes(out.view()).take();
}

Result<Header> Header::parse(View encoded) {
  GLOVEBOX_TRY(size, read_prefix(encoded.first(std::min(encoded.size(), prefix_size))));
  encoded = encoded.subspan(prefix_size);
  if (encoded.size() < size)
    return fail(Reject::truncated, std::to_string(encoded.size()) + " bytes of header", std::to_string(size));
  if (encoded.size() > size)
    return fail(Reject::trailing_bytes, std::to_string(encoded.size() - size) + " bytes more", "the end of the header");

  cbor::Reader in(encoded);
  Header out;
  in.document(header_label, 4);
  const View core = in.bstr(core_size_max);
  if (in.ok()) {
    GLOVEBOX_TRY(parsed, Core::parse(core));
    out.core = std::move(parsed);
  }
  for (auto c = in.array(stanzas_max); in.more(c);) {
    const View item = in.item();
    if (!in.ok()) break;
    GLOVEBOX_TRY(stanza, parse_stanza(item));
    out.stanzas.push_back(std::move(stanza));
  }
  out.mac = in.bytes_of<32>();
  GLOVEBOX_CHECK(in.finish());
  if (out.stanzas.empty()) return fail(Reject::malformed, "no stanza", "1 to 16 stanzas");
  return out;
}

Array<32> header_mac(const Secret<32>& file_key, const Core& core, std::span<const Stanza> stanzas) {
  const Secret<32> key = crypto::hkdf(file_key.expose(), {}, view_of("glovebox header v1"));
  cbor::Writer out;
  out.array(2).bstr(core.encode());
  write_stanzas(out, stanzas);
  return crypto::hmac_sha256(key.expose(), out.view());
}

Result<std::size_t> HeaderReader::push(View piece) {
  std::size_t taken = 0;
  while (!done() && taken < piece.size()) {
    const std::size_t count = std::min(piece.size() - taken, wanted_ - bytes_.size());
    bytes_.insert(bytes_.end(), piece.begin() + static_cast<std::ptrdiff_t>(taken),
                  piece.begin() + static_cast<std::ptrdiff_t>(taken + count));
    taken += count;
    if (bytes_.size() < prefix_size) {
      // A file that is no envelope is told at its first wrong byte, not when 13 bytes have come.
      if (auto size = read_prefix(bytes_); !size && size.error().reason != Reject::truncated) return same(size);
    } else if (bytes_.size() == prefix_size && wanted_ == prefix_size) {
      GLOVEBOX_TRY(size, read_prefix(bytes_));
      wanted_ += size;
      if (size == 0) return fail(Reject::truncated, "an empty header");
    } else if (bytes_.size() == wanted_) {
      GLOVEBOX_TRY(header, Header::parse(bytes_));
      header_ = std::move(header);
    }
  }
  return taken;
}

Status HeaderReader::finish() const {
  if (done()) return {};
  return fail(Reject::envelope_truncated, std::to_string(bytes_.size()) + " bytes",
              "a header of " + (wanted_ > prefix_size ? std::to_string(wanted_) : "more") + " bytes");
}
}  // namespace glovebox::envelope
