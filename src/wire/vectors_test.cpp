#include <gtest/gtest.h>

#include <cstdlib>

#include "base/cbor.h"
#include "base/reader.h"
#include "support.h"
#include "wire/configuration.h"
#include "wire/frame.h"
#include "wire/info.h"
#include "wire/message.h"

namespace glovebox::wire {
namespace {

Bytes of(std::string_view text) {
  return to_bytes(view_of(text));
}
Bytes frame(std::uint8_t type, std::uint32_t size, View payload) {
  return Writer().u8(type).u32be(size).bytes(payload).take();
}

Bytes configuration(std::uint64_t upload_max, std::size_t fields,
                    std::string_view label = "glovebox configuration v1") {
  cbor::Writer out;
  out.document(label, fields + 1).uint(upload_max);
  const std::uint64_t rest[] = {1 << 20, 4, 256, 900, 1 << 30, 0x647a, 0, 0};
  for (std::size_t i = 0; i + 1 < fields; ++i) out.uint(rest[i]);
  return out.take();
}

Bytes threads_in_the_least_memory(std::uint64_t threads) {
  cbor::Writer out;
  out.document("glovebox configuration v1", 9);
  for (const std::uint64_t value :
       {std::uint64_t{1} << 20, std::uint64_t{1} << 20, std::uint64_t{4}, std::uint64_t{256}, std::uint64_t{900},
        std::uint64_t{64} << 20, std::uint64_t{0x647a}, threads})
    out.uint(value);
  return out.take();
}

Bytes info(std::size_t models) {
  Info out{.version = "0.1.0", .models = {}, .configuration = encode(Configuration{})};
  for (std::size_t i = 0; i < models; ++i) out.models.push_back({"m" + std::to_string(i), Digest{}});
  return encode(out);
}

struct Vector {
  std::string name;
  Bytes bytes;
};

std::vector<Vector> vectors() {
  const Bytes nonce(32, 0x11);
  const Bytes call = concat({frame(2, 7, view_of("request")), frame(4, 3, view_of("abc")), frame(5, 0, {})});
  const Bytes good = encode(Configuration{});
  Bytes long_count = good;  // 0x88: an array of 8, here with its length in a byte of its own
  long_count[0] = 0x98;
  long_count.insert(long_count.begin() + 1, 8);
  const Bytes one_model = info(1);
  Bytes upload = upload_head(view_of("request"));
  return {
      {"000-accept-call.frames", call},
      {"001-accept-reply.frames", concat({frame(16, 4, view_of("data")), frame(17, 1, Array<1>{0})})},
      {"002-accept-evidence.frames", frame(1, 32, nonce)},
      {"003-accept-nothing.frames", {}},
      {"010-malformed-type-0.frames", frame(0, 0, {})},
      {"011-malformed-type-6.frames", frame(6, 0, {})},
      {"012-malformed-short-nonce.frames", frame(1, 31, View(nonce).first(31))},
      {"013-too_large-long-nonce.frames", frame(1, 33, {})},
      {"014-too_large-data.frames", frame(4, 65'601, {})},
      {"015-too_large-size-of-all-ones.frames", frame(4, 0xffffffff, {})},
      {"016-too_large-end-with-payload.frames", frame(5, 1, Array<1>{0})},
      {"017-malformed-request-empty.frames", frame(2, 0, {})},
      {"018-too_large-request.frames", frame(2, 16'385, {})},
      {"019-malformed-status-5.frames", frame(17, 1, Array<1>{5})},
      {"020-malformed-status-empty.frames", frame(17, 0, {})},
      {"021-truncated-inside-the-head.frames", Bytes(call.begin(), call.begin() + 3)},
      {"022-truncated-inside-the-payload.frames", Bytes(call.begin(), call.begin() + 9)},
      {"023-malformed-reply-types-of-a-gap.frames", frame(15, 0, {})},
      {"024-malformed-type-of-all-ones.frames", frame(255, 0, {})},
      {"025-too_large-evidence-of-a-gigabyte.frames", frame(1, 1 << 30, {})},
      {"026-too_large-info-with-payload.frames", frame(3, 1, Array<1>{0})},
      {"027-too_large-status-of-two-bytes.frames", frame(17, 2, Array<2>{0, 0})},
      {"028-too_large-reply.frames", frame(16, 65'601, {})},
      {"029-malformed-type-after-a-good-frame.frames", concat({frame(4, 3, view_of("abc")), frame(7, 0, {})})},
      {"030-accept-defaults.configuration", good},
      {"031-config_invalid-upload-max-0.configuration", configuration(0, 8)},
      {"032-malformed-a-field-missing.configuration", configuration(1 << 20, 7)},
      {"033-malformed-a-field-more.configuration", configuration(1 << 20, 9)},
      {"034-version_unsupported-another-label.configuration", configuration(1 << 20, 8, "glovebox configuration v2")},
      {"035-not_deterministic-long-count.configuration", long_count},
      {"036-trailing_bytes-one.configuration", concat({good, Array<1>{0}})},
      {"037-too_large-257-bytes.configuration", Bytes(257, 0)},
      {"038-truncated-half.configuration", Bytes(good.begin(), good.begin() + 20)},
      {"039-malformed-text-for-a-number.configuration",
       concat({cbor::Writer().document("glovebox configuration v1", 9).tstr("much").view(), Bytes(7, 1)})},
      {"040-accept-two-models.info", info(2)},
      {"041-too_large-65-models.info", info(65)},
      {"042-trailing_bytes-one.info", concat({info(1), Array<1>{0}})},
      {"043-truncated-half.info", to_bytes(View(one_model).first(30))},
      {"044-config_invalid-threads-beyond-the-memory.configuration", threads_in_the_least_memory(4)},
      {"045-accept-as-many-threads-as-fit.configuration", threads_in_the_least_memory(3)},
      {"050-accept-request.upload", concat({upload, of("envelope")})},
      {"051-malformed-no-request.upload", Bytes(4, 0)},
      {"052-too_large-request.upload", Writer().u32be(16'385).take()},
      {"053-truncated-inside-the-request.upload", Bytes(upload.begin(), upload.end() - 1)},
      {"054-too_large-size-of-all-ones.upload", Bytes(4, 0xff)},
      {"055-truncated-inside-the-size.upload", Bytes(3, 0)},
      {"060-accept-broker.proxy", proxy_call("broker")},
      {"061-malformed-no-name.proxy", {0}},
      {"062-malformed-long-name.proxy", {65}},
      {"063-malformed-dots.proxy", concat({Array<1>{3}, view_of("../")})},
      {"064-truncated-inside-the-name.proxy", concat({Array<1>{6}, view_of("brok")})},
      {"065-malformed-capitals.proxy", concat({Array<1>{6}, view_of("Broker")})},
      {"066-malformed-nul.proxy", concat({Array<1>{7}, Bytes{'b', 'r', 'o', 'k', 'e', 'r', 0}})},
      {"067-malformed-port.proxy", concat({Array<1>{9}, view_of("broker:80")})},
      {"068-malformed-space.proxy", concat({Array<1>{7}, view_of("broker ")})},
  };
}

// outcome reads a whole file of its kind.
std::string outcome(const std::string& kind, View bytes) {
  using ::glovebox::test::reason_of;
  if (kind == "configuration") return reason_of(parse_configuration(bytes));
  if (kind == "info") return reason_of(parse_info(bytes));
  const auto front = [&](auto reader) -> std::string {
    const Result<bool> whole = reader.next(bytes);
    return whole && !*whole ? "truncated" : reason_of(whole);
  };
  if (kind == "upload") return front(UploadReader());
  if (kind == "proxy") return front(ProxyReader());
  FrameReader reader;
  for (;;) {
    const auto next = reader.next(bytes);
    if (!next) return reason_of(next);
    if (!*next) return reason_of(reader.finish());
  }
}

TEST(WireVectors, AreRefusedByName) {
  const auto folder = ::glovebox::test::vectors() / "wire";
  for (const Vector& vector : vectors()) {
    if (std::getenv("GLOVEBOX_WRITE_VECTORS") != nullptr) {
      ASSERT_TRUE(write_file(folder / vector.name, vector.bytes));
    }
    const Bytes stored = ::glovebox::test::read(folder / vector.name);
    EXPECT_EQ(stored, vector.bytes) << vector.name;
    const std::string kind = vector.name.substr(vector.name.rfind('.') + 1);
    std::string word = outcome(kind, stored);
    if (word == "accepted") word = "accept";
    EXPECT_EQ(word, vector.name.substr(4, vector.name.find('-', 4) - 4)) << vector.name;
  }
}

}  // namespace
}  // namespace glovebox::wire
