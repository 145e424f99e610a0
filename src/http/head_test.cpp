#include "http/head.h"

#include <gtest/gtest.h>

#include <random>

namespace glovebox::http {
namespace {

using Transfer = HeadCheck::Transfer;

HeadCheck after(std::string_view text, std::size_t piece = 10'000) {
  HeadCheck check(1'000);
  for (View bytes = view_of(text); !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size())))
    if (!check.take(bytes.first(std::min(piece, bytes.size())))) break;
  return check;
}

std::string head(std::string_view fields) {
  return "POST /a?b HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

TEST(HeadCheck, TakesWhatCanBeReadInOneWay) {
  EXPECT_TRUE(after("GET / HTTP/1.0\r\n\r\n").whole());
  EXPECT_TRUE(after(head("")).whole());
  EXPECT_TRUE(after(head("Empty:\r\nX-1:  y \t z\t\r\nObs: \xe9\r\n")).whole());
  const HeadCheck sized = after(head("content-LENGTH: \t 0012 \r\n"));
  EXPECT_TRUE(sized.whole());
  EXPECT_EQ(sized.length(), 12U);
  EXPECT_EQ(sized.transfer(), Transfer::none);
  EXPECT_EQ(after(head("Content-Length: 999999999999999999\r\n")).length(), 999'999'999'999'999'999U);
  EXPECT_EQ(after(head("transfer-encoding: Chunked\r\n")).transfer(), Transfer::chunked);
  for (const char* other : {"gzip", "gzip, chunked", "chunked, chunked", "chunkedx", "", "\"chunked\""})
    EXPECT_EQ(after(head("Transfer-Encoding: " + std::string(other) + "\r\n")).transfer(), Transfer::other) << other;
}

TEST(HeadCheck, LeavesWhatIsBehindTheHead) {
  EXPECT_TRUE(after(head("") + "\0\r\n\n\n anything").whole());
}

TEST(HeadCheck, RefusesWhatCouldBeReadInTwo) {
  for (const std::string& bad : {head("Content-Length: 5\r\nContent-Length: 5\r\n"),
                                 head("Content-Length: 5\r\nContent-Length: 6\r\n"),
                                 head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                                 head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
                                 head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                                 head("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
                                 head("Host: x\r\n"),
                                 head("X: y\r\n z\r\n"),
                                 head("X: y\r\n\tz\r\n"),
                                 std::string("GET / HTTP/1.1\r\n X: y\r\n\r\n"),
                                 head("X : y\r\n"),
                                 head("X\r\n"),
                                 head(": y\r\n"),
                                 head("X: a\rb\r\n"),
                                 head("X: a\nb: c\r\n"),
                                 head("X: a\x7f\r\n"),
                                 head("Content-Length: \r\n"),
                                 head("Content-Length: +5\r\n"),
                                 head("Content-Length: -5\r\n"),
                                 head("Content-Length: 0x5\r\n"),
                                 head("Content-Length: 5, 5\r\n"),
                                 head("Content-Length: 5 5\r\n"),
                                 head("Content-Length: 1000000000000000000\r\n"),
                                 head("X\xe9: y\r\n"),
                                 head(std::string("X: \0\r\n", 6)),
                                 head("X: " + std::string(1'000, 'y') + "\r\n"),
                                 std::string("\r\nGET / HTTP/1.1\r\n\r\n"),
                                 std::string("GET / HTTP/1.1\n\n"),
                                 std::string("GET / HTTP/2.0\r\n\r\n"),
                                 std::string("GET / http/1.1\r\n\r\n"),
                                 std::string("GET  / HTTP/1.1\r\n\r\n"),
                                 std::string("GET / HTTP/1.1 \r\n\r\n"),
                                 std::string("GET /\r\n\r\n"),
                                 std::string("GET\r\n\r\n"),
                                 std::string("GET \r\n\r\n"),
                                 std::string(" / HTTP/1.1\r\n\r\n"),
                                 std::string("GET /\t HTTP/1.1\r\n\r\n"),
                                 std::string("GET /\xe9 HTTP/1.1\r\n\r\n"),
                                 std::string("G@T / HTTP/1.1\r\n\r\n"),
                                 std::string("GET / HTTP/1.1\r\r\n\r\n"),
                                 std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")})
    EXPECT_FALSE(after(bad).take({}).has_value()) << bad;
}

TEST(HeadCheck, DoesNotDependOnHowTheBytesAreCut) {
  std::mt19937 random(1);
  const std::string good = head("Content-Length: 5\r\nX: y z\r\nTransfer-Encodin: a\r\n") + "\r\nmore";
  for (int round = 0; round < 3'000; ++round) {
    std::string text = good;
    for (int changes = static_cast<int>(random() % 3); changes > 0; --changes)
      text[random() % text.size()] = "\r\n\t :,5aA\0\x80"[random() % 11];
    const HeadCheck whole = after(text);
    const HeadCheck pieces = after(text, 1 + random() % 5);
    EXPECT_EQ(whole.whole(), pieces.whole()) << text;
    EXPECT_EQ(whole.length(), pieces.length()) << text;
  }
}

}  // namespace
}  // namespace glovebox::http
