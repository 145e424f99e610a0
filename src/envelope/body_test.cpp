// The body: sealing and opening as streams, against a slow reference, and every way to tamper with chunks.
#include <random>

#include "base/reader.h"
#include "envelope/whole.h"
#include "support.h"

namespace glovebox::envelope {
namespace {
using test::reason_of;

EnvelopeKey key_of(unsigned size_class = 0, std::uint8_t fill = 1) {
  Core core{.size_class = size_class};
  core.random.fill(fill);
  return EnvelopeKey::from_file_key(core, Secret<32>(Array<32>{9, 8, 7}));
}

Bytes plaintext_of(std::size_t size, unsigned seed = 7) {
  std::mt19937 random(seed);
  Bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

// The specification, read off line by line: no streaming, no reuse.
Bytes slow_body(const EnvelopeKey& key, View plaintext) {
  Bytes padded = to_bytes(plaintext);
  if (key.core().size_class != 0) padded.resize(std::size_t{1} << key.core().size_class);
  Bytes out;
  const std::size_t chunks = padded.empty() ? 1 : (padded.size() + 65535) / 65536;
  for (std::size_t i = 0; i < chunks; ++i) {
    const View chunk = View(padded).subspan(i * 65536, std::min<std::size_t>(65536, padded.size() - i * 65536));
    const Bytes nonce = Writer().zeros(3).u64be(i).u8(i + 1 == chunks ? 1 : 0).take();
    Bytes sealed(chunk.size() + 16);
    crypto::Aead256(key.body_key()).seal(fixed<12>(nonce).value(), key.core_digest(), chunk, sealed);
    out.insert(out.end(), sealed.begin(), sealed.end());
  }
  return out;
}

Sink into(Bytes& out) {
  return [&out](View bytes) -> Status {
    out.insert(out.end(), bytes.begin(), bytes.end());
    return {};
  };
}

Result<Bytes> seal_in_pieces(const EnvelopeKey& key, View plaintext, auto next_size) {
  Bytes out;
  Sealer sealer(key);
  while (!plaintext.empty()) {
    const std::size_t size = std::min<std::size_t>(plaintext.size(), next_size());
    GLOVEBOX_CHECK(sealer.push(plaintext.first(size), into(out)));
    plaintext = plaintext.subspan(size);
  }
  GLOVEBOX_CHECK(sealer.finish(into(out)));
  return out;
}

Result<Bytes> open_in_pieces(const EnvelopeKey& key, View body, auto next_size) {
  Bytes out;
  Opener opener(key);
  while (!body.empty()) {
    const std::size_t size = std::min<std::size_t>(body.size(), next_size());
    GLOVEBOX_CHECK(opener.push(body.first(size), into(out)));
    body = body.subspan(size);
  }
  GLOVEBOX_CHECK(opener.finish(into(out)));
  return out;
}

Result<Bytes> open_at_once(const EnvelopeKey& key, View body) {
  return open_in_pieces(key, body, [&] { return body.size(); });
}

ReadAt from(const Bytes& body) {
  return [&body](std::uint64_t offset, std::span<std::uint8_t> out) -> Status {
    if (offset + out.size() > body.size()) return fail(Reject::truncated);
    std::copy_n(body.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return {};
  };
}

class Sizes : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Body, Sizes,
                         testing::Values(0, 1, 15, 16, 17, 65535, 65536, 65537, 131071, 131072, 131073, 3'000'000));

TEST_P(Sizes, SealAndOpenAsTheReferenceDoes) {
  const EnvelopeKey key = key_of();
  const Bytes plaintext = plaintext_of(GetParam());
  const Bytes expected = slow_body(key, plaintext);
  EXPECT_EQ(expected.size(), sealed_body_size(plaintext.size()));
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const std::vector<std::function<std::size_t()>> ways{
      [] { return std::size_t{1} << 30; }, [] { return std::size_t{65536}; }, [] { return std::size_t{65552}; },
      [&] { return std::size_t{1} + random() % 100; }, [&] { return std::size_t{1} + random() % 200'000; }};
  for (const auto& way : ways) {
    ASSERT_EQ(seal_in_pieces(key, plaintext, way).value(), expected);
    ASSERT_EQ(open_in_pieces(key, expected, way).value(), plaintext);
  }
}

TEST_P(Sizes, SeekOpensAnyPart) {
  const EnvelopeKey key = key_of();
  const Bytes plaintext = plaintext_of(GetParam());
  const Bytes body = slow_body(key, plaintext);
  auto opener = SeekOpener::create(key, body.size(), from(body)).value();
  ASSERT_EQ(opener.size(), plaintext.size());
  EXPECT_TRUE(equal(opener.read(0, plaintext.size()).value().expose(), plaintext));
  std::mt19937 random(1);
  for (int i = 0; i < 50 && !plaintext.empty(); ++i) {
    const std::size_t offset = random() % plaintext.size();
    const std::size_t count = random() % std::min<std::size_t>(plaintext.size() - offset + 1, 150'000);
    EXPECT_TRUE(equal(opener.read(offset, count).value().expose(), View(plaintext).subspan(offset, count)));
  }
  EXPECT_EQ(reason_of(opener.read(plaintext.size(), 1)), "too_large");
  EXPECT_EQ(reason_of(opener.read(UINT64_MAX, 2)), "too_large");
}

// Several chunks: what was done to their order is seen, by name, streaming and seeking.
struct Tampering {
  std::string what;
  std::function<Bytes(Bytes)> change;
  std::string stream;
  std::string seek;  // at create, or when everything is read
};

constexpr std::size_t sealed = sealed_chunk_size;

Bytes chunk(const Bytes& body, std::size_t i) {
  const std::size_t at = i * sealed;
  return to_bytes(View(body).subspan(at, std::min(sealed, body.size() - at)));
}

TEST(Tampering, IsRefusedByName) {
  const EnvelopeKey key = key_of();
  const Bytes plaintext = plaintext_of(3 * 65536 + 1000);
  const Bytes body = slow_body(key, plaintext);
  const Bytes other = slow_body(key_of(0, 2), plaintext);
  const std::vector<Tampering> all{
      {"nothing at all", [](const Bytes&) { return Bytes{}; }, "envelope_truncated", "envelope_truncated"},
      {"less than a tag", [](Bytes b) { return b.resize(15), b; }, "envelope_truncated", "envelope_truncated"},
      {"cut after chunk 0", [](Bytes b) { return b.resize(sealed), b; }, "envelope_truncated", "envelope_truncated"},
      {"cut after chunk 1", [](Bytes b) { return b.resize(2 * sealed), b; }, "envelope_truncated",
       "envelope_truncated"},
      {"final chunk dropped", [](Bytes b) { return b.resize(3 * sealed), b; }, "envelope_truncated",
       "envelope_truncated"},
      {"cut just after chunk 2", [](Bytes b) { return b.resize(3 * sealed + 15), b; }, "envelope_truncated",
       "envelope_truncated"},
      {"cut inside a chunk", [](Bytes b) { return b.resize(sealed + 100), b; }, "chunk_unauthentic",
       "chunk_unauthentic"},
      {"cut inside the last", [](Bytes b) { return b.resize(b.size() - 1), b; }, "chunk_unauthentic",
       "chunk_unauthentic"},
      {"chunks swapped", [](const Bytes& b) { return concat({chunk(b, 1), chunk(b, 0), chunk(b, 2), chunk(b, 3)}); },
       "chunk_unauthentic", "chunk_unauthentic"},
      {"a chunk repeated", [](const Bytes& b) { return concat({chunk(b, 0), chunk(b, 0), View(b).subspan(sealed)}); },
       "chunk_unauthentic", "chunk_unauthentic"},
      {"a chunk left out", [](const Bytes& b) { return concat({chunk(b, 0), View(b).subspan(2 * sealed)}); },
       "chunk_unauthentic", "chunk_unauthentic"},
      {"a chunk of another envelope",
       [&](const Bytes& b) { return concat({chunk(b, 0), chunk(other, 1), View(b).subspan(2 * sealed)}); },
       "chunk_unauthentic", "chunk_unauthentic"},
      {"the end of another envelope",
       [&](const Bytes& b) { return concat({View(b).first(3 * sealed), chunk(other, 3)}); }, "chunk_unauthentic",
       "chunk_unauthentic"},
      {"a byte appended", [](Bytes b) { return b.push_back(0), b; }, "chunk_unauthentic", "chunk_unauthentic"},
      {"a last chunk appended", [](const Bytes& b) { return concat({b, chunk(b, 3)}); }, "chunk_unauthentic",
       "chunk_unauthentic"},
      {"a body appended", [](const Bytes& b) { return concat({b, b}); }, "chunk_unauthentic", "chunk_unauthentic"},
  };
  for (const auto& t : all) {
    const Bytes changed = t.change(body);
    EXPECT_EQ(reason_of(open_at_once(key, changed)), t.stream) << t.what;
    EXPECT_EQ(reason_of(open_in_pieces(key, changed, [] { return std::size_t{10'000}; })), t.stream) << t.what;
    auto opener = SeekOpener::create(key, changed.size(), from(changed));
    EXPECT_EQ(opener ? reason_of(opener->read(0, opener->size())) : reason_of(opener), t.seek) << t.what;
  }
}

TEST(Tampering, AnyFlippedBitOfTheBody) {
  const EnvelopeKey key = key_of();
  const Bytes body = slow_body(key, plaintext_of(65536 + 40));
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    Bytes changed = body;
    changed[random() % changed.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    ASSERT_EQ(reason_of(open_at_once(key, changed)), "chunk_unauthentic");
  }
  for (std::size_t at : {std::size_t{0}, sealed - 1, sealed, body.size() - 1}) {
    Bytes changed = body;
    changed[at] ^= 0x80;
    ASSERT_EQ(reason_of(open_at_once(key, changed)), "chunk_unauthentic");
  }
}

// No shorter body is accepted. Cuts inside a chunk look like a changed chunk; elsewhere they are told for what they
// are.
TEST(Tampering, EveryShorterPrefix) {
  const EnvelopeKey key = key_of();
  const Bytes body = slow_body(key, plaintext_of(1000));
  for (std::size_t size = 0; size < body.size(); ++size)
    ASSERT_EQ(reason_of(open_at_once(key, View(body).first(size))),
              size < 16 ? "envelope_truncated" : "chunk_unauthentic")
        << size;
  const EnvelopeKey padded = key_of(16);
  const Bytes padded_body = slow_body(padded, plaintext_of(1000));
  for (std::size_t size = 0; size < padded_body.size(); size += 97)
    ASSERT_EQ(reason_of(open_at_once(padded, View(padded_body).first(size))), "envelope_truncated") << size;
}

TEST(Tampering, NothingIsGivenOutBeforeItIsAuthentic) {
  const EnvelopeKey key = key_of();
  Bytes body = slow_body(key, plaintext_of(65536 + 40));
  body[0] ^= 1;
  Bytes given;
  Opener opener(key);
  EXPECT_EQ(reason_of(opener.push(body, into(given))), "chunk_unauthentic");
  EXPECT_TRUE(given.empty());
}

TEST(Tampering, AnEmptyLastChunkOfSeveral) {
  const EnvelopeKey key = key_of();
  ChunkCipher cipher(key);
  Bytes body(sealed + 16);
  cipher.seal(0, Final::no, plaintext_of(65536), std::span(body).first(sealed));
  cipher.seal(1, Final::yes, {}, std::span(body).subspan(sealed));
  EXPECT_EQ(reason_of(open_at_once(key, body)), "malformed");
  EXPECT_EQ(reason_of(SeekOpener::create(key, body.size(), from(body))), "malformed");
}

TEST(Padding, FillsTheSizeClassWithZeros) {
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 131072UL}) {
    const EnvelopeKey key = key_of(17);
    const Bytes plaintext = plaintext_of(size);
    const Bytes body = seal_in_pieces(key, plaintext, [] { return std::size_t{50'000}; }).value();
    EXPECT_EQ(body.size(), sealed_body_size(1U << 17));
    EXPECT_EQ(body, slow_body(key, plaintext));
    Bytes expected = plaintext;
    expected.resize(1U << 17);
    EXPECT_EQ(open_at_once(key, body).value(), expected);
    EXPECT_EQ(SeekOpener::create(key, body.size(), from(body)).value().size(), 1U << 17);
  }
}

TEST(Padding, TheSizeClassIsABound) {
  const EnvelopeKey key = key_of(16);
  EXPECT_EQ(reason_of(seal_in_pieces(key, Bytes(65537), [] { return std::size_t{100}; })), "too_large");
  Bytes body = slow_body(key, Bytes(10, 1));
  body.push_back(0);
  EXPECT_EQ(reason_of(open_at_once(key, body)), "chunk_unauthentic");
  EXPECT_EQ(reason_of(SeekOpener::create(key, body.size(), from(body))), "chunk_unauthentic");
}

TEST(Streams, NoPlaintextIsLeftInABody) {
  const std::string line = "22\t16050075\t.\tA\tG\tMARKED LINE OF A GENOME\n";
  std::string text;
  for (int i = 0; i < 5000; ++i) text += line;
  const Bytes body = slow_body(key_of(), view_of(text));
  EXPECT_EQ(seal_in_pieces(key_of(), view_of(text), [] { return std::size_t{1000}; }).value(), body);
  for (std::size_t i = 0; i + 8 <= line.size(); ++i)
    EXPECT_EQ(text_of(body).find(line.substr(i, 8)), std::string_view::npos) << i;
}

TEST(Streams, AFailureIsTheEnd) {
  const EnvelopeKey key = key_of();
  const Bytes body = slow_body(key, Bytes(200'000, 1));
  Bytes given;
  Opener opener(key);
  EXPECT_EQ(reason_of(opener.push(Bytes(100'000), into(given))), "chunk_unauthentic");
  EXPECT_EQ(reason_of(opener.push(body, into(given))), "chunk_unauthentic");
  EXPECT_EQ(reason_of(opener.finish(into(given))), "chunk_unauthentic");
  EXPECT_TRUE(given.empty());
}

TEST(Streams, TheSinksFailureEndsThem) {
  const EnvelopeKey key = key_of();
  const Sink full = [](View) -> Status { return fail(Reject::out_of_resources); };
  Sealer sealer(key);
  EXPECT_EQ(reason_of(sealer.push(Bytes(200'000), full)), "out_of_resources");
  const Bytes body = slow_body(key, Bytes(200'000));
  Opener opener(key);
  EXPECT_EQ(reason_of(opener.push(body, full)), "out_of_resources");
}
}  // namespace
}  // namespace glovebox::envelope
