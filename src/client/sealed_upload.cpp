#include "client/sealed_upload.h"

#include <cstring>
#include <utility>

namespace glovebox::client {
namespace {
constexpr std::size_t piece_size = std::size_t{1} << 17;                         // of plaintext at a time
constexpr std::size_t ready_max = piece_size + 2 * envelope::sealed_chunk_size;  // what that is sealed to
}  // namespace

Status ChunkGuard::admit(std::uint64_t index, View sealed) {
  const auto tag = fixed<crypto::aead_tag_size>(sealed.last(crypto::aead_tag_size)).value();
  if (index < seen_.size()) {
    if (seen_[index] == tag) return {};
    return fail(Reject::file_unreadable, "the input changed while it was sent", "the same bytes again",
                "start a new request");
  }
  seen_.push_back(tag);
  return {};
}

SealedUpload::SealedUpload(Bytes prefix, const envelope::EnvelopeKey& key, const Plain& plain, ChunkGuard& guard)
    : sealer_(key),
      writer_([this](View bytes) { return seal(bytes); }),
      callable_(plain.callable),
      data_(plain.data),
      guard_(guard),
      data_left_(plain.data_size),
      parameters_(to_bytes(plain.parameters)),
      policy_(to_bytes(plain.signed_policy)),
      size_(prefix.size()),
      ready_(std::move(prefix)),
      piece_(piece_size) {
  ready_.reserve(ready_.size() + ready_max);
  if (callable_ != nullptr) callable_hash_.emplace();
  const unsigned size_class = key.core().size_class;
  const std::uint64_t used =
      protocol::body_size(plain.parameters.size(), plain.signed_policy.size(), plain.callable_size, plain.data_size);
  const std::uint64_t padded = size_class == 0 ? used : std::max(used, std::uint64_t{1} << size_class);
  padding_ = padded - used;
  size_ += envelope::sealed_body_size(padded);
}

Status SealedUpload::take(View sealed) {
  GLOVEBOX_CHECK(guard_.admit(chunk_index_++, sealed));
  ready_.insert(ready_.end(), sealed.begin(), sealed.end());
  return {};
}

Status SealedUpload::seal(View plaintext) {
  return sealer_.push(plaintext, [this](View sealed) { return take(sealed); });
}

Status SealedUpload::more() {
  if (!begun_) {
    begun_ = true;
    GLOVEBOX_CHECK(writer_.parameters(parameters_));
    if (!policy_.empty()) GLOVEBOX_CHECK(writer_.policy(policy_));
    return {};
  }
  if (callable_ != nullptr) {
    GLOVEBOX_TRY(size, callable_->read(piece_.expose_mutable()));
    if (size != 0) {
      callable_hash_->update(piece_.expose().first(size));
      return writer_.callable(piece_.expose().first(size));
    }
    callable_ = nullptr;
    return {};
  }
  if (!data_ended_) {
    GLOVEBOX_TRY(size, data_.read(piece_.expose_mutable()));
    if (size > data_left_ || (size == 0 && data_left_ > 0))
      return fail(Reject::file_unreadable, "the input's size changed while it was sent", "the same bytes again",
                  "start a new request");
    data_left_ -= size;
    if (size != 0) {
      data_hash_.update(piece_.expose().first(size));
      return writer_.data(piece_.expose().first(size));
    }
    data_ended_ = true;
    return writer_.end();
  }
  if (padding_ != 0) {  // the sealer would pad too, but all at once
    erase(piece_.expose_mutable());
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(padding_, piece_.size()));
    padding_ -= size;
    return seal(piece_.expose().first(size));
  }
  ended_ = true;
  return sealer_.finish([this](View sealed) { return take(sealed); });
}

Digest SealedUpload::input_digest() {
  return protocol::input_digest(data_hash_.finish(),
                                callable_hash_ ? std::optional(callable_hash_->finish()) : std::nullopt);
}

Result<std::size_t> SealedUpload::read(std::span<std::uint8_t> out) {
  while (given_ == ready_.size()) {
    if (ended_) return std::size_t{0};
    ready_.clear();
    given_ = 0;
    GLOVEBOX_CHECK(more());
  }
  const std::size_t size = std::min(out.size(), ready_.size() - given_);
  std::memcpy(out.data(), ready_.data() + given_, size);
  given_ += size;
  return size;
}
}  // namespace glovebox::client
