#include "base/cbor.h"

#include <gtest/gtest.h>

namespace glovebox::cbor {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

// RFC 8949 appendix A, the rows of the types we use.
TEST(CborWriter, Rfc8949Examples) {
  EXPECT_EQ(to_hex(Writer().uint(0).take()), "00");
  EXPECT_EQ(to_hex(Writer().uint(23).take()), "17");
  EXPECT_EQ(to_hex(Writer().uint(24).take()), "1818");
  EXPECT_EQ(to_hex(Writer().uint(1000).take()), "1903e8");
  EXPECT_EQ(to_hex(Writer().uint(1000000).take()), "1a000f4240");
  EXPECT_EQ(to_hex(Writer().uint(UINT64_MAX).take()), "1bffffffffffffffff");
  EXPECT_EQ(to_hex(Writer().integer(-1).take()), "20");
  EXPECT_EQ(to_hex(Writer().integer(-1000).take()), "3903e7");
  EXPECT_EQ(to_hex(Writer().bstr(hex("01020304")).take()), "4401020304");
  EXPECT_EQ(to_hex(Writer().tstr("IETF").take()), "6449455446");
  EXPECT_EQ(to_hex(Writer().array(3).uint(1).uint(2).uint(3).take()), "83010203");
  EXPECT_EQ(to_hex(Writer().boolean(false).boolean(true).null().take()), "f4f5f6");
  EXPECT_EQ(to_hex(Writer().float32(100000.0F).take()), "fa47c35000");
  EXPECT_EQ(to_hex(Writer().float64(1.1).take()), "fb3ff199999999999a");
}

TEST(CborReader, ReadsWhatTheWriterWrote) {
  const Bytes bytes = Writer().document("kind v1", 5).uint(7).integer(-3).bstr(hex("aabb")).boolean(true).take();
  Reader in(bytes);
  in.document("kind v1", 5);
  EXPECT_EQ(in.uint(), 7U);
  EXPECT_EQ(in.integer(), -3);
  EXPECT_EQ(to_hex(in.bstr(2)), "aabb");
  EXPECT_TRUE(in.boolean());
  EXPECT_TRUE(in.finish());
}

Reject reason_of(std::string_view text, Form form = Form::strict) {
  const Bytes bytes = hex(text);
  Reader in(bytes, form);
  in.item();
  const auto status = in.finish();
  return status ? Reject::internal : status.error().reason;
}

TEST(CborReader, RefusesByName) {
  EXPECT_EQ(reason_of(""), Reject::truncated);
  EXPECT_EQ(reason_of("1817"), Reject::not_deterministic);    // 23 in two bytes
  EXPECT_EQ(reason_of("190018"), Reject::not_deterministic);  // 24 in three
  EXPECT_EQ(reason_of("1c"), Reject::malformed);              // reserved
  EXPECT_EQ(reason_of("5f4101ff"), Reject::malformed);        // an indefinite string
  EXPECT_EQ(reason_of("9f01ff"), Reject::not_deterministic);  // an indefinite array
  EXPECT_EQ(reason_of("9f01ff", Form::foreign), Reject::internal);
  EXPECT_EQ(reason_of("bf0102ff", Form::foreign), Reject::internal);
  EXPECT_EQ(reason_of("bf01020103ff", Form::foreign), Reject::malformed);  // duplicate key
  EXPECT_EQ(reason_of("a202000100"), Reject::not_deterministic);           // keys 2, 1
  EXPECT_EQ(reason_of("a202000100", Form::foreign), Reject::internal);
  EXPECT_EQ(reason_of("0000"), Reject::trailing_bytes);
  EXPECT_EQ(reason_of("62c328"), Reject::malformed);  // not UTF-8
  EXPECT_EQ(reason_of("5affffffff00"), Reject::truncated);
  std::string nested;
  for (int i = 0; i < 32; ++i) nested += "81";
  EXPECT_EQ(reason_of(nested), Reject::too_deep);
}

TEST(CborReader, EveryShorterPrefixIsTruncated) {
  const Bytes bytes = Writer().document("kind v1", 4).uint(70000).bstr(hex("aabbcc")).tstr("text").take();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Reader in(View(bytes).first(size));
    in.item();
    ASSERT_FALSE(in.finish()) << size;
    EXPECT_EQ(in.finish().error().reason, Reject::truncated) << size;
  }
}

TEST(CborReader, OtherLabelIsAnotherDocument) {
  const Bytes bytes = Writer().document("kind v2", 2).uint(1).take();
  Reader in(bytes);
  in.document("kind v1", 2);
  EXPECT_EQ(in.finish().error().reason, Reject::version_unsupported);
}

TEST(CborReader, BoundsAreChecked) {
  const Bytes bytes = Writer().bstr(Bytes(10)).take();
  Reader in(bytes);
  in.bstr(9);
  EXPECT_EQ(in.finish().error().reason, Reject::too_large);
}

}  // namespace
}  // namespace glovebox::cbor
