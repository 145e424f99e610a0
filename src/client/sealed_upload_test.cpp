#include "client/sealed_upload.h"

#include <gtest/gtest.h>

#include <random>

#include "crypto/random.h"
#include "envelope/opener.h"
#include "support.h"

namespace glovebox::client {
namespace {

struct Opened final : protocol::BodyHandler {
  Bytes parameters_bytes, policy_bytes, callable_bytes, data_bytes;
  Status parameters(View v) override {
    parameters_bytes = to_bytes(v);
    return {};
  }
  Status policy(View v) override {
    policy_bytes = to_bytes(v);
    return {};
  }
  Status callable(View v) override {
    callable_bytes.insert(callable_bytes.end(), v.begin(), v.end());
    return {};
  }
  Status data(View v) override {
    data_bytes.insert(data_bytes.end(), v.begin(), v.end());
    return {};
  }
};

Bytes bytes_of(std::size_t size) {
  Bytes out(size);
  std::mt19937 random(static_cast<unsigned>(size));
  for (auto& b : out) b = static_cast<std::uint8_t>(random());
  return out;
}

envelope::EnvelopeKey key_for(std::size_t parameters, std::size_t policy, std::size_t callable, std::size_t data) {
  envelope::Core core{.random = crypto::random_array<32>()};
  core.content_type = envelope::content_type_request;
  core.size_class = envelope::size_class_for(protocol::body_size(parameters, policy, callable, data)).value();
  return envelope::EnvelopeKey::fresh(std::move(core)).value();
}

Result<Bytes> all(SealedUpload& upload, std::size_t step) {
  Bytes out;
  Bytes piece(step);
  for (;;) {
    GLOVEBOX_TRY(size, upload.read(piece));
    if (size == 0) return out;
    out.insert(out.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
  }
}

Plain plain(View parameters, Data& data, std::size_t size) {
  return {.parameters = parameters, .signed_policy = {}, .data = data, .data_size = size};
}

TEST(SealedUpload, OpensToWhatWentInWhateverTheSizes) {
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 200000UL, 1000003UL}) {
    const Bytes data = bytes_of(size), parameters = bytes_of(300), policy = bytes_of(70000);
    const Bytes regions = bytes_of(size % 3 == 1 ? 0 : size / 2 + 7);
    const auto key = key_for(parameters.size(), policy.size(), regions.size(), size);
    auto source = memory_data(SecretBytes(View(data)));
    auto callable = memory_data(SecretBytes(View(regions)));
    ChunkGuard guard;
    SealedUpload upload(Bytes{1, 2, 3}, key,
                        {.parameters = parameters,
                         .signed_policy = policy,
                         .callable = regions.empty() ? nullptr : callable.get(),
                         .callable_size = regions.size(),
                         .data = *source,
                         .data_size = size},
                        guard);
    const auto sealed = all(upload, 4097);
    ASSERT_TRUE(sealed) << describe(sealed.error());
    EXPECT_EQ(sealed->size(), upload.size()) << size;
    EXPECT_EQ(upload.input_digest(),
              protocol::input_digest(crypto::sha256(data),
                                     regions.empty() ? std::nullopt : std::optional(crypto::sha256(regions))));
    Opened opened;
    protocol::BodyReader reader(opened);
    envelope::Opener opener(key);
    const envelope::Sink sink = [&reader](View plain) { return reader.push(plain); };
    ASSERT_TRUE(opener.push(View(*sealed).subspan(3), sink));
    ASSERT_TRUE(opener.finish(sink));
    ASSERT_TRUE(reader.finish());
    EXPECT_EQ(opened.data_bytes, data);
    EXPECT_EQ(opened.callable_bytes, regions);
    EXPECT_EQ(opened.parameters_bytes, parameters);
    EXPECT_EQ(opened.policy_bytes, policy);
  }
}

TEST(SealedUpload, ARetryOfTheSameDataGivesTheSameBytes) {
  const Bytes data = bytes_of(300000);
  const auto key = key_for(10, 0, 0, data.size());
  auto source = memory_data(SecretBytes(View(data)));
  ChunkGuard guard;
  SealedUpload first({}, key, plain(Bytes(10), *source, data.size()), guard);
  const Bytes once = all(first, 100000).value();
  ASSERT_TRUE(source->rewind());
  SealedUpload second({}, key, plain(Bytes(10), *source, data.size()), guard);
  EXPECT_EQ(all(second, 65536).value(), once);
}

TEST(SealedUpload, ARetryOfChangedDataGivesOutNothingUnderTheSameNonce) {
  Bytes data = bytes_of(300000);
  const auto key = key_for(10, 0, 0, data.size());
  ChunkGuard guard;
  auto source = memory_data(SecretBytes(View(data)));
  SealedUpload first({}, key, plain(Bytes(10), *source, data.size()), guard);
  const Bytes once = all(first, 100000).value();
  data[200000] ^= 1;
  auto changed = memory_data(SecretBytes(View(data)));
  SealedUpload second({}, key, plain(Bytes(10), *changed, data.size()), guard);
  Bytes out;
  Bytes piece(1000);
  for (;;) {
    const auto size = second.read(piece);
    if (!size) {
      EXPECT_EQ(test::reason_of(size), "file_unreadable");
      break;
    }
    ASSERT_GT(*size, 0U);
    out.insert(out.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*size));
  }
  ASSERT_LT(out.size(), 200000U);  // the changed chunk's place
  EXPECT_TRUE(std::ranges::equal(out, View(once).first(out.size())));
}

TEST(SealedUpload, DataOfAnotherSizeThanWasSaidIsRefused) {
  const Bytes data = bytes_of(300000);
  for (const std::size_t said : {data.size() - 1, data.size() + 1}) {
    const auto key = key_for(10, 0, 0, said);
    ChunkGuard guard;
    auto source = memory_data(SecretBytes(View(data)));
    SealedUpload upload({}, key, plain(Bytes(10), *source, said), guard);
    EXPECT_EQ(test::reason_of(all(upload, 100000)), "file_unreadable");
  }
}

}  // namespace
}  // namespace glovebox::client
