#include "client/sealed_upload.h"

#include <cstring>
#include <utility>

#include "crypto/hash.h"

namespace glovebox::client {
namespace {
constexpr std::size_t piece_size = std::size_t{1} << 18;
}

Status ChunkGuard::admit(std::uint64_t index, View chunk) {
  const Digest digest = crypto::sha256(chunk);
  if (index < seen_.size()) {
    if (seen_[index] == digest) return {};
    return fail(Reject::file_unreadable, "the input changed while it was sent", "the same bytes again",
                "start a new request");
  }
  seen_.push_back(digest);
  return {};
}

SealedUpload::SealedUpload(Bytes prefix, const envelope::EnvelopeKey& key, const Plain& plain, ChunkGuard& guard)
    : sealer_(key),
      writer_([this](View bytes) { return this->plain(bytes); }),
      callable_(plain.callable),
      data_(plain.data),
      guard_(guard),
      parameters_(to_bytes(plain.parameters)),
      policy_(to_bytes(plain.signed_policy)),
      size_(prefix.size()),
      ready_(std::move(prefix)),
      piece_(piece_size),
      chunk_(envelope::chunk_size) {
  const unsigned size_class = key.core().size_class;
  const std::uint64_t used =
      protocol::body_size(plain.parameters.size(), plain.signed_policy.size(), plain.callable_size, plain.data_size);
  const std::uint64_t padded = size_class == 0 ? used : std::max(used, std::uint64_t{1} << size_class);
  padding_ = padded - used;
  size_ += envelope::sealed_body_size(padded);
}

Status SealedUpload::flush(View chunk) {
  GLOVEBOX_CHECK(guard_.admit(chunk_index_++, chunk));
  return sealer_.push(chunk, [this](View sealed) -> Status {
    ready_.insert(ready_.end(), sealed.begin(), sealed.end());
    return {};
  });
}

Status SealedUpload::plain(View bytes) {
  while (!bytes.empty()) {
    const std::size_t take = std::min(bytes.size(), envelope::chunk_size - chunk_size_);
    std::memcpy(chunk_.expose_mutable().data() + chunk_size_, bytes.data(), take);
    chunk_size_ += take;
    bytes = bytes.subspan(take);
    if (chunk_size_ == envelope::chunk_size) {
      chunk_size_ = 0;
      GLOVEBOX_CHECK(flush(chunk_.expose()));
    }
  }
  return {};
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
    if (size != 0) return writer_.callable(piece_.expose().first(size));
    callable_ = nullptr;
    return {};
  }
  if (!data_ended_) {
    GLOVEBOX_TRY(size, data_.read(piece_.expose_mutable()));
    if (size != 0) return writer_.data(piece_.expose().first(size));
    data_ended_ = true;
    return writer_.end();
  }
  if (padding_ != 0) {  // the sealer would pad too, but all at once
    erase(piece_.expose_mutable());
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(padding_, piece_.size()));
    padding_ -= size;
    return plain(piece_.expose().first(size));
  }
  ended_ = true;
  if (chunk_size_ != 0) GLOVEBOX_CHECK(flush(chunk_.expose().first(std::exchange(chunk_size_, 0))));
  return sealer_.finish([this](View sealed) -> Status {
    ready_.insert(ready_.end(), sealed.begin(), sealed.end());
    return {};
  });
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
