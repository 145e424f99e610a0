#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/reader.h"
#include "base/reject.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/toml_guard.h"

namespace glovebox {
namespace {

TEST(Reject, EveryWordComesBack) {
  for (std::uint16_t i = 0; i <= static_cast<std::uint16_t>(Reject::bundle_digest_mismatch); ++i) {
    const auto reason = static_cast<Reject>(i);
    EXPECT_EQ(reject_from_name(name(reason)), reason);
    EXPECT_FALSE(sentence(reason).empty());
  }
  EXPECT_EQ(reject_from_name("no_such_word"), std::nullopt);
  EXPECT_EQ(exit_code(Reject::debug_enclave), Exit::evidence_refused);
}

TEST(Hex, RoundTripsAndRefuses) {
  const Bytes bytes = {0x00, 0x7f, 0x80, 0xff};
  EXPECT_EQ(to_hex(bytes), "007f80ff");
  EXPECT_EQ(from_hex("007F80ff"), bytes);
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Base64, Rfc4648Section10) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) {
    EXPECT_EQ(to_base64(view_of(plain)), coded);
    EXPECT_EQ(from_base64(coded), to_bytes(view_of(plain)));
  }
  EXPECT_FALSE(from_base64("Zg="));
  EXPECT_FALSE(from_base64("Zh=="));  // low bits that are not zero: a second spelling
  EXPECT_EQ(from_base64url("Zg"), to_bytes(view_of("f")));
  EXPECT_FALSE(from_base64url("Zg=="));
  EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff}), "-_8");
}

TEST(Base64, EveryLengthAndEveryWrongCharacter) {
  Bytes plain;
  for (unsigned size = 0; size < 70; ++size, plain.push_back(static_cast<std::uint8_t>(37 * size + 11))) {
    const std::string coded = to_base64(plain);
    ASSERT_EQ(from_base64(coded), plain) << size;
    ASSERT_EQ(from_base64url(to_base64url(plain)), plain) << size;
    for (std::size_t i = 0; i < coded.size(); ++i)
      for (const char wrong : {'-', '\n', '\0', '\x7f', '\xff', '=', ' '}) {
        if (coded[i] == wrong) continue;
        std::string changed = coded;
        changed[i] = wrong;
        const auto read = from_base64(changed);
        ASSERT_FALSE(read && *read == plain) << size << " at " << i;
        if (wrong != '=') {
          ASSERT_FALSE(read) << size << " at " << i;
        }
      }
  }
}

TEST(ByteReader, FirstFailureSticks) {
  const Bytes bytes = {1, 2, 0, 0, 5};
  Reader in(bytes);
  EXPECT_EQ(in.u16be(), 0x0102);
  in.zeros(2);
  EXPECT_EQ(in.u32le(), 0U);
  EXPECT_EQ(in.u8(), 0);  // nothing is read after a failure
  ASSERT_FALSE(in.finish());
  EXPECT_EQ(in.finish().error().reason, Reject::truncated);
}

TEST(ByteReader, RefusesTrailingAndReservedBytes) {
  const Bytes bytes = {1, 2};
  Reader in(bytes);
  in.u8();
  EXPECT_EQ(in.finish().error().reason, Reject::trailing_bytes);
  Reader reserved(bytes);
  reserved.zeros(2);
  EXPECT_EQ(reserved.finish().error().reason, Reject::malformed);
}

TEST(ByteWriter, MirrorsReader) {
  const Bytes bytes = Writer().u8(1).u16be(2).u32be(3).u64be(4).u32le(5).u64le(6).take();
  Reader in(bytes);
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16be(), 2);
  EXPECT_EQ(in.u32be(), 3U);
  EXPECT_EQ(in.u64be(), 4U);
  EXPECT_EQ(in.u32le(), 5U);
  EXPECT_EQ(in.u64le(), 6U);
  EXPECT_TRUE(in.finish());
}

TEST(SecretKey, MovesErasesAndCompares) {
  const Array<4> bytes = {1, 2, 3, 4};
  Secret<4> a(bytes);
  EXPECT_TRUE(a == Secret<4>(bytes));
  const Secret<4> b = std::move(a);
  EXPECT_TRUE(equal(b.expose(), bytes));
  EXPECT_TRUE(equal(a.expose(), Array<4>{}));  // NOLINT(bugprone-use-after-move): that it is erased is the point
  EXPECT_FALSE(equal_secret(bytes, View(bytes).first(3)));
}

TEST(TimeText, RoundTripsAndRefuses) {
  const Time t{1732575521167};
  EXPECT_EQ(to_rfc3339(t), "2024-11-25T22:58:41.167Z");
  EXPECT_EQ(from_rfc3339("2024-11-25T22:58:41.167Z"), t);
  EXPECT_EQ(from_rfc3339("1732575521"), Time::from_seconds(1732575521));
  for (const char* bad :
       {"", "2024-11-25", "2024-02-30T00:00:00Z", "2024-11-25T24:00:00Z", "2024-11-25T22:58:41", "-5"})
    EXPECT_FALSE(from_rfc3339(bad)) << bad;
}

TEST(TomlGuard, RefusesAHeaderWithoutAKey) {
  for (const char* good : {"", "a = 1", "[a]\nb = [1,\n2]", " [[ a.b ]]", "['q']\r\n[\"q\"]", "x = \"[+]\"",
                           "\xef\xbb\xbf[a]", "a = \"\"\"\n[+x]\n\"\"\"\n[b]", "a = '''\n[+x]'''"})
    EXPECT_TRUE(check_toml(good)) << good;
  for (const char* bad :
       {"[+a]", "[[+a]]", "a = 1\n\t[ +a]", "[", "[[", "[]", "\v[+", "a = \"\n[+x]", "a = 'b'\n[.a]", "# c\n[+]"})
    EXPECT_FALSE(check_toml(bad)) << bad;
}

TEST(TomlGuard, TakesWhatIsBeyondAsciiInStringsAndCommentsAlone) {
  for (const char* good : {"a = \"\xc3\xa9\"", "# \xc3\xa9\na = 'x\xcd\xa2y'", "a = \"\"\"\xc3\xa9\n\\\"\xc3\xa9\"\"\"",
                           "a = \"\\\\\" # \xc3\xa9", "a.\"b\" = [\"\xc3\xa9\",'\xc3\xa9',{c=\"\xc3\xa9\"}]"})
    EXPECT_TRUE(check_toml(good)) << good;
  for (const char* bad : {"\xcd\xa2", "\xc3\xa9 = 1", "a = 1\xc2\xa0", "a = \"b\" \xc3\xa9", "a = \"b\n\xc3\xa9",
                          "a = 1\xe2\x80\xa8[.a]", "a = \"\"\"b\"\"\"\"\" \xc3\xa9", "a = 0\"2\xce\xbf\"",
                          "a = 0.'\xce\xbf'", "a = \"b\"\"\xce\xbf\"", "a = true'\xce\xbf"}) {
    const auto refused = check_toml(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().reason, Reject::malformed);
  }
  EXPECT_EQ(check_toml("a = 1\n\nb = \xc3\xa9").error().found.substr(0, 7), "line 3:");
}

}  // namespace
}  // namespace glovebox
