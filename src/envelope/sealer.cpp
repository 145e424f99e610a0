#include "envelope/sealer.h"

namespace glovebox::envelope {
namespace {
constexpr std::uint64_t plaintext_max = chunks_max * chunk_size;
}

Sealer::Sealer(const EnvelopeKey& key)
    : cipher_(key),
      padded_size_(key.core().size_class == 0 ? 0 : std::uint64_t{1} << key.core().size_class),
      held_(chunk_size),
      out_(sealed_chunk_size) {}

Status Sealer::emit(View plaintext, Final final, const Sink& sink) {
  const auto out = std::span(out_).first(plaintext.size() + crypto::aead_tag_size);
  cipher_.seal(index_++, final, plaintext, out);
  return sink(out);
}

Status Sealer::push(View plaintext, const Sink& sink) {
  const std::uint64_t max = padded_size_ == 0 ? plaintext_max : padded_size_;
  if (plaintext.size() > max - taken_)
    return fail(Reject::too_large, "more than " + std::to_string(max) + " bytes",
                padded_size_ == 0 ? "at most 2^48 bytes" : "at most the envelope's size class");
  return take(plaintext, sink);
}

Status Sealer::take(View plaintext, const Sink& sink) {
  taken_ += plaintext.size();
  while (!plaintext.empty()) {
    if (held_size_ == 0 && plaintext.size() > chunk_size) {
      GLOVEBOX_CHECK(emit(plaintext.first(chunk_size), Final::no, sink));
      plaintext = plaintext.subspan(chunk_size);
      continue;
    }
    if (held_size_ == chunk_size) {  // more has come, so what is held is not the last chunk
      GLOVEBOX_CHECK(emit(held_.expose(), Final::no, sink));
      held_size_ = 0;
      continue;
    }
    const std::size_t count = std::min(plaintext.size(), chunk_size - held_size_);
    std::copy_n(plaintext.begin(), count, held_.expose_mutable().subspan(held_size_).begin());
    held_size_ += count;
    plaintext = plaintext.subspan(count);
  }
  return {};
}

Status Sealer::finish(const Sink& sink) {
  static constexpr Array<chunk_size> zeros{};
  while (taken_ < padded_size_)
    GLOVEBOX_CHECK(take(View(zeros).first(std::min<std::uint64_t>(chunk_size, padded_size_ - taken_)), sink));
  return emit(held_.expose().first(held_size_), Final::yes, sink);
}
}  // namespace glovebox::envelope
