#include "envelope/opener.h"

namespace glovebox::envelope {
namespace {
constexpr std::size_t tag_size = crypto::aead_tag_size;

std::uint64_t padded_size(const EnvelopeKey& key) {
  return key.core().size_class == 0 ? 0 : std::uint64_t{1} << key.core().size_class;
}

// check_ends checks what holds for the last chunk beside its authenticity. A wrong size here is the sender's doing: the
// chunk is authentic.
Status check_ends(std::uint64_t index, std::size_t last_size) {
  if (index > 0 && last_size == 0) return fail(Reject::malformed, "an empty last chunk of several", "1 to 65536 bytes");
  return {};
}

Error cut_or_changed(std::uint64_t size, std::uint64_t wanted) {
  return {Reject::envelope_truncated, std::to_string(size) + " bytes of body", std::to_string(wanted)};
}
}  // namespace

Opener::Opener(const EnvelopeKey& key)
    : cipher_(key),
      sealed_size_max_(sealed_body_size(padded_size(key) == 0 ? chunks_max * chunk_size : padded_size(key))),
      padded_(padded_size(key) != 0),
      held_(sealed_chunk_size),
      plain_(chunk_size) {}

Status Opener::open_full(View sealed, const Sink& sink) {
  GLOVEBOX_CHECK(cipher_.open(index_++, Final::no, sealed, plain_.expose_mutable()));
  return sink(plain_.expose());
}

Status Opener::push(View sealed, const Sink& sink) {
  if (status_) status_ = take(sealed, sink);
  return status_;
}

Status Opener::finish(const Sink& sink) {
  if (status_) status_ = open_last(sink);
  return status_;
}

Status Opener::take(View sealed, const Sink& sink) {
  if (sealed.size() > sealed_size_max_ - taken_) {
    // In a padded body this is the first byte after the end: appended. What came before it may well be good.
    if (padded_) return fail(Reject::chunk_unauthentic, "bytes after the end of the size class");
    return fail(Reject::too_large, "more than 2^32 chunks");
  }
  taken_ += sealed.size();
  while (!sealed.empty()) {
    if (held_size_ == 0 && sealed.size() > sealed_chunk_size) {
      GLOVEBOX_CHECK(open_full(sealed.first(sealed_chunk_size), sink));
      sealed = sealed.subspan(sealed_chunk_size);
      continue;
    }
    if (held_size_ == sealed_chunk_size) {
      GLOVEBOX_CHECK(open_full(held_, sink));
      held_size_ = 0;
      continue;
    }
    const std::size_t count = std::min(sealed.size(), sealed_chunk_size - held_size_);
    std::copy_n(sealed.begin(), count, held_.begin() + static_cast<std::ptrdiff_t>(held_size_));
    held_size_ += count;
    sealed = sealed.subspan(count);
  }
  return {};
}

Status Opener::open_last(const Sink& sink) {
  // The size class tells how long the body must be, so a cut is seen even inside a chunk.
  if (padded_ && taken_ < sealed_size_max_) return std::unexpected(cut_or_changed(taken_, sealed_size_max_));
  if (held_size_ < tag_size)
    return fail(Reject::envelope_truncated, std::to_string(held_size_) + " bytes after chunk " + std::to_string(index_),
                "a last chunk");
  const auto out = plain_.expose_mutable().first(held_size_ - tag_size);
  GLOVEBOX_CHECK(cipher_.open_last(index_, View(held_).first(held_size_), out));
  GLOVEBOX_CHECK(check_ends(index_, out.size()));
  return out.empty() ? Status{} : sink(out);
}

SeekOpener::SeekOpener(ChunkCipher cipher, std::uint64_t body_size, ReadAt read)
    : cipher_(std::move(cipher)),
      read_(std::move(read)),
      body_size_(body_size),
      chunks_(body_size / sealed_chunk_size + (body_size % sealed_chunk_size != 0 ? 1 : 0)),
      sealed_(sealed_chunk_size),
      plain_(chunk_size) {}

Result<SeekOpener> SeekOpener::create(const EnvelopeKey& key, std::uint64_t body_size, ReadAt read) {
  const std::uint64_t padded = padded_size(key);
  if (padded != 0 && body_size != sealed_body_size(padded)) {
    if (body_size < sealed_body_size(padded))
      return std::unexpected(cut_or_changed(body_size, sealed_body_size(padded)));
    return fail(Reject::chunk_unauthentic, "bytes after the end of the size class");
  }
  SeekOpener out(ChunkCipher(key), body_size, std::move(read));
  if (out.chunks_ > chunks_max) return fail(Reject::too_large, "more than 2^32 chunks");
  const std::uint64_t last_size = out.chunks_ == 0 ? 0 : body_size - (out.chunks_ - 1) * sealed_chunk_size;
  if (last_size < tag_size)
    return fail(Reject::envelope_truncated, std::to_string(last_size) + " bytes of the last chunk", "a last chunk");
  GLOVEBOX_CHECK(out.load(out.chunks_ - 1));
  GLOVEBOX_CHECK(check_ends(out.chunks_ - 1, out.plain_size_));
  out.size_ = (out.chunks_ - 1) * chunk_size + out.plain_size_;
  return out;
}

Status SeekOpener::load(std::uint64_t index) {
  if (loaded_ == index) return {};
  loaded_.reset();
  const std::uint64_t offset = index * sealed_chunk_size;
  const auto sealed = std::span(sealed_).first(std::min<std::uint64_t>(sealed_chunk_size, body_size_ - offset));
  const auto plain = plain_.expose_mutable().first(sealed.size() - tag_size);
  GLOVEBOX_CHECK(read_(offset, sealed));
  GLOVEBOX_CHECK(index == chunks_ - 1 ? cipher_.open_last(index, sealed, plain)
                                      : cipher_.open(index, Final::no, sealed, plain));
  loaded_ = index;
  plain_size_ = plain.size();
  return {};
}

Result<SecretBytes> SeekOpener::read(std::uint64_t offset, std::size_t count) {
  if (offset > size_ || count > size_ - offset)
    return fail(Reject::too_large, "bytes " + std::to_string(offset) + " to " + std::to_string(offset + count),
                "at most " + std::to_string(size_));
  SecretBytes out(count);
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t at = offset + done;
    GLOVEBOX_CHECK(load(at / chunk_size));
    const auto from = plain_.expose().first(plain_size_).subspan(at % chunk_size);
    const std::size_t part = std::min(from.size(), count - done);
    std::copy_n(from.begin(), part, out.expose_mutable().subspan(done).begin());
    done += part;
  }
  return out;
}
}  // namespace glovebox::envelope
