#include <gtest/gtest.h>

#include <random>

#include "support.h"
#include "wire/address.h"
#include "wire/configuration.h"
#include "wire/frame.h"
#include "wire/info.h"
#include "wire/message.h"

namespace glovebox::wire {
namespace {

using ::glovebox::test::reason_of;

struct Held {
  FrameType type;
  Bytes payload;
  bool operator==(const Held&) const = default;
};

// all reads the bytes in pieces of the given sizes, over and over.
Result<std::vector<Held>> all(View bytes, const std::vector<std::size_t>& pieces) {
  FrameReader reader;
  std::vector<Held> out;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    View piece = bytes.first(std::min(bytes.size(), pieces[i % pieces.size()]));
    bytes = bytes.subspan(piece.size());
    for (;;) {
      GLOVEBOX_TRY(frame, reader.next(piece));
      if (!frame) break;
      out.push_back({frame->type, to_bytes(frame->payload)});
    }
    EXPECT_TRUE(piece.empty());
  }
  GLOVEBOX_CHECK(reader.finish());
  return out;
}

Bytes a_call() {
  Bytes out = encode_frame(FrameType::score, view_of("request"));
  append_frames(out, FrameType::data, Bytes(150'000, 9));
  const Bytes end = encode_frame(FrameType::end, {});
  out.insert(out.end(), end.begin(), end.end());
  return out;
}

TEST(Frames, AreTheSameInWhateverPiecesTheyCome) {
  const Bytes call = a_call();
  const auto whole = all(call, {call.size()});
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->size(), 5U);  // request, 65,536 + 65,536 + 18,928 bytes, end
  EXPECT_EQ((*whole)[3].payload.size(), 18'928U);
  EXPECT_EQ(all(call, {1}), whole);
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::vector<std::size_t> pieces(7);
    for (auto& piece : pieces) piece = 1 + random() % 70'000;
    EXPECT_EQ(all(call, pieces), whole);
  }
}

TEST(Frames, AreTruncatedInEveryShorterPrefix) {
  const Bytes call = encode_frame(FrameType::evidence, Bytes(32, 1));
  for (std::size_t n = 1; n < call.size(); ++n) EXPECT_EQ(reason_of(all(View(call).first(n), {100})), "truncated") << n;
  EXPECT_EQ(reason_of(all({}, {1})), "accepted");
}

TEST(Frames, AreRefusedBeforeTheirPayload) {
  FrameReader reader;
  const Bytes head = {4, 0xff, 0xff, 0xff, 0xff};  // no payload is needed to refuse it
  View in = head;
  EXPECT_EQ(reason_of(reader.next(in)), "too_large");
  const Bytes good = encode_frame(FrameType::info, {});
  in = good;
  EXPECT_EQ(reason_of(reader.next(in)), "too_large");  // a refusal stays
  EXPECT_EQ(reason_of(reader.finish()), "too_large");
}

TEST(Frames, OfTheLargestSizePass) {
  const auto frames = all(encode_frame(FrameType::data, Bytes(payload_max, 1)), {10'000});
  ASSERT_TRUE(frames);
  EXPECT_EQ(frames->front().payload.size(), payload_max);
}

TEST(Words, ComeBackInEachForm) {
  for (std::uint8_t i = 0; i < words; ++i) {
    const Word word = word_from_byte(i).value();
    EXPECT_EQ(word_from_name(name(word)), word);
    EXPECT_EQ(word_from_http(http_status(word)), word);
    const Bytes status = encode_status(word);
    FrameReader reader;
    View in = status;
    EXPECT_EQ(word_of(reader.next(in)->value()), word);
  }
  EXPECT_EQ(word_from_byte(5), std::nullopt);
  EXPECT_EQ(word_from_http(400), std::nullopt);
  EXPECT_EQ(to_json(Word::too_large), R"({"status":"too_large"})");
  EXPECT_EQ(error_of(Word::failed).reason, Reject::enclave_failed);
}

TEST(ConfigurationDocument, RoundTripsAndRefuses) {
  const Bytes encoded = encode(Configuration{});
  EXPECT_EQ(parse_configuration(encoded), Configuration{});
  for (std::size_t n = 0; n < encoded.size(); ++n)
    EXPECT_EQ(reason_of(parse_configuration(View(encoded).first(n))), "truncated") << n;
  Configuration bad;
  bad.requests_max = 0;
  EXPECT_EQ(reason_of(check(bad)), "config_invalid");
}

TEST(ConfigurationDocument, ThreadsThatCannotFitAreRefused) {
  EXPECT_EQ(threads_memory(1), 0U);
  for (std::uint64_t memory = std::uint64_t{64} << 20; memory <= std::uint64_t{2} << 30; memory += 17 << 20) {
    const std::uint64_t fit = threads_that_fit(memory);
    Configuration configuration{.child_memory_max = memory, .child_threads = fit};
    EXPECT_EQ(parse_configuration(encode(configuration)), configuration) << memory;
    if (fit == 64) continue;
    configuration.child_threads = fit + 1;
    const auto refused = check(configuration);
    EXPECT_EQ(reason_of(refused), "config_invalid") << memory;
    const Error error = refused ? Error{} : refused.error();
    EXPECT_NE(error.found.find("child_threads = " + std::to_string(fit + 1)), std::string::npos) << error.found;
    EXPECT_NE(error.expected.find("child_memory_max = " + std::to_string(memory)), std::string::npos) << error.expected;
    EXPECT_NE(error.hint.find("child_threads = " + std::to_string(fit) + " at most"), std::string::npos) << error.hint;
    configuration.child_memory_max = threads_share * threads_memory(fit + 1);  // as the hint says
    EXPECT_EQ(reason_of(check(configuration)), "accepted");
    configuration = {.child_memory_max = memory, .child_threads = 0};  // as many as fit
    EXPECT_EQ(reason_of(check(configuration)), "accepted");
  }
  EXPECT_EQ(threads_that_fit(std::uint64_t{64} << 20), 3U);
  EXPECT_EQ(threads_that_fit(std::uint64_t{1} << 30), 64U);
}

TEST(InfoDocument, RoundTripsAndRefuses) {
  const Info info{.version = "0.1.0", .models = {{"genomic_risk_v1", {1}}}, .configuration = encode(Configuration{})};
  const Bytes encoded = encode(info);
  EXPECT_EQ(parse_info(encoded), info);
  for (std::size_t n = 0; n < encoded.size(); ++n)
    EXPECT_EQ(reason_of(parse_info(View(encoded).first(n))), "truncated") << n;
}

TEST(Addresses, RoundTripAndRefuse) {
  for (const char* text : {"unix:/tmp/a", "vsock:16:5005", "vsock:5006"})
    EXPECT_EQ(to_text(parse_address(text).value()), text);
  for (const std::string& bad :
       {std::string(), std::string("unix:"), std::string("tcp:1"), std::string("vsock:"), std::string("vsock:a"),
        std::string("vsock:1:2:3"), std::string("vsock:4294967296:1"), "unix:" + std::string(108, 'a')})
    EXPECT_EQ(reason_of(parse_address(bad)), "usage") << bad;
}

TEST(UploadHead, IsReadInPieces) {
  const Bytes upload = concat({upload_head(view_of("request")), view_of("envelope")});
  UploadReader reader;
  std::size_t i = 0;
  for (;; ++i) {
    View in = View(upload).subspan(i, 1);
    if (reader.next(in).value()) break;
    EXPECT_TRUE(in.empty());
  }
  EXPECT_EQ(i + 1, 11U);
  EXPECT_EQ(text_of(reader.request()), "request");
  View rest = View(upload).subspan(11);
  EXPECT_TRUE(reader.next(rest).value());
  EXPECT_EQ(text_of(rest), "envelope");
}

TEST(ProxyName, LeavesWhatFollows) {
  const Bytes bytes = concat({proxy_call("broker"), view_of("POST")});
  ProxyReader reader;
  View in = bytes;
  EXPECT_TRUE(reader.next(in).value());
  EXPECT_EQ(reader.proxy_name(), "broker");
  EXPECT_EQ(text_of(in), "POST");
}

}  // namespace
}  // namespace glovebox::wire
