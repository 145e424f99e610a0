#include "attestation/quote.h"

#include <gtest/gtest.h>

#include "support.h"

namespace glovebox::attestation {
namespace {
EnclaveReport enclave() {
  EnclaveReport out;
  out.cpu_svn.fill(3);
  out.attributes[0] = 5;
  out.mr_enclave.fill(0xe1);
  out.mr_signer.fill(0xe2);
  out.isv_prod_id = 0x0102;
  out.isv_svn = 0x0304;
  out.config_svn = 0x0506;
  out.report_data.fill(0xdd);
  return out;
}
TdReport guest(bool later) {
  TdReport out;
  out.tee_tcb_svn = {5, 1, 2};
  out.td_attributes = std::uint64_t{1} << 28;
  out.xfam = 0x602e7;
  out.mr_td.fill(0x7d);
  for (std::size_t i = 0; i < 4; ++i) out.rtmr[i].fill(static_cast<std::uint8_t>(0xa0 + i));
  if (later) {
    out.later = TdReport::Later{};
    out.later->mr_service_td.fill(0x5e);
  }
  return out;
}
Quote quote(std::uint16_t version, std::variant<EnclaveReport, TdReport> body) {
  Quote out;
  out.version = version;
  out.body = std::move(body);
  out.signature.fill(0x51);
  out.key.fill(0x52);
  out.quoting = enclave();
  out.quoting_signature.fill(0x53);
  out.auth_data = Bytes(32, 0x54);
  out.certification_data = to_bytes(view_of("-----BEGIN"));
  return out;
}
std::vector<Quote> all() {
  return {quote(3, enclave()), quote(4, enclave()),    quote(4, guest(false)),
          quote(5, enclave()), quote(5, guest(false)), quote(5, guest(true))};
}

TEST(Quote, HasOneSpelling) {
  for (Quote q : all()) {
    for (const std::size_t padding : {0, 70}) {
      q.padding = padding;
      const Bytes bytes = q.encode();
      const auto again = Quote::parse(bytes);
      ASSERT_TRUE(again) << describe(again.error());
      EXPECT_EQ(*again, q);
      EXPECT_EQ(again->encode(), bytes);
    }
  }
}

TEST(Quote, PlacesAreThoseOfTheFormat) {
  const Bytes v4 = quote(4, guest(false)).encode();
  EXPECT_EQ(v4[48 + 136], 0x7d);  // MRTD
  EXPECT_EQ(v4[48 + 328], 0xa0);  // RTMR0
  EXPECT_EQ(v4[48 + 584 + 4], 0x51);
  EXPECT_EQ(quote(4, guest(false)).signed_size(), 632U);
  EXPECT_EQ(quote(5, guest(true)).signed_size(), 702U);
  EXPECT_EQ(quote(5, guest(true)).encode()[54 + 600], 0x5e);  // MRSERVICETD
  const Bytes v3 = quote(3, enclave()).encode();
  EXPECT_EQ(v3[48 + 64], 0xe1);
  EXPECT_EQ(v3[48 + 128], 0xe2);
  EXPECT_EQ(v3[48 + 256], 0x02);
  EXPECT_EQ(v3[48 + 320], 0xdd);
}

TEST(Quote, EveryShorterPrefixIsTruncated) {
  for (const Quote& q : all()) {
    const Bytes bytes = q.encode();
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_EQ(test::reason_of(Quote::parse(View(bytes).first(size))), "truncated") << q.version << " " << size;
    EXPECT_EQ(test::reason_of(Quote::parse(concat({bytes, Bytes{0, 1}}))), "evidence_malformed");
  }
}

TEST(Quote, RefusesOtherForms) {
  const auto with = [](const Quote& q, std::size_t at, std::uint8_t value) {
    Bytes bytes = q.encode();
    bytes[at] = value;
    return test::reason_of(Quote::parse(bytes));
  };
  const Quote v3 = quote(3, enclave());
  const Quote v4 = quote(4, guest(false));
  const Quote v5 = quote(5, guest(true));
  EXPECT_EQ(with(v3, 0, 2), "evidence_malformed");
  EXPECT_EQ(with(v3, 0, 6), "evidence_malformed");
  EXPECT_EQ(with(v3, 2, 3), "algorithm_unsupported");
  EXPECT_EQ(with(v3, 4, 0x81), "evidence_malformed");  // TDX has no version 3
  EXPECT_EQ(with(v4, 4, 1), "evidence_malformed");
  EXPECT_EQ(with(v4, 8, 1), "evidence_malformed");   // reserved from version 4 on
  EXPECT_EQ(with(v4, 12, 1), "evidence_malformed");  // another vendor
  EXPECT_EQ(with(v5, 48, 1), "evidence_malformed");  // SGX's body under TDX's type
  EXPECT_EQ(with(v5, 48, 2), "evidence_malformed");  // 1.0 with the size of 1.5
  EXPECT_EQ(with(v5, 50, 0), "evidence_malformed");
  for (const std::size_t reserved : {20U, 96U, 160U, 262U}) EXPECT_EQ(with(v3, 48 + reserved, 1), "evidence_malformed");
  const std::size_t inner = 48 + 584 + 4 + 128;
  EXPECT_EQ(with(v4, inner, 5), "evidence_malformed");      // no frame around the quoting enclave's report
  EXPECT_EQ(with(v4, inner + 2, 0), "evidence_malformed");  // a frame that ends too early
  const std::size_t auth = inner + 6 + 384 + 64;
  EXPECT_EQ(with(v4, auth, 31), "evidence_malformed");
  EXPECT_EQ(with(v4, auth + 1, 8), "evidence_malformed");  // 2080 bytes
  EXPECT_EQ(with(v4, auth + 2 + 32, 0), "evidence_malformed");
  EXPECT_EQ(with(v4, auth + 2 + 32, 6), "evidence_malformed");
  EXPECT_EQ(with(v4, auth + 4 + 32, 9), "evidence_malformed");  // a byte too few for what follows
  EXPECT_EQ(test::reason_of(Quote::parse(Bytes(quote_size_max + 1))), "evidence_malformed");
}

TEST(Quote, RealOnesReadAsAnotherProgramReadThem) {
  const auto folder = test::shared() / "vectors/intel";
  GLOVEBOX_NEEDS(folder);
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const Bytes bytes = test::read(entry.path());
    if (bytes.size() < 1000 || bytes[0] < 3 || bytes[0] > 5 || bytes[1] != 0 || bytes[2] != 2) continue;
    SCOPED_TRACE(entry.path().filename());
    const auto parsed = Quote::parse(bytes);
    ASSERT_TRUE(parsed) << describe(parsed.error());
    EXPECT_EQ(parsed->encode(), bytes);
    ++seen;
    const std::size_t whole = bytes.size() - parsed->padding;
    for (std::size_t size = 0; size < whole; size += 7)
      ASSERT_EQ(test::reason_of(Quote::parse(View(bytes).first(size))), "truncated") << size;
    EXPECT_EQ(test::reason_of(Quote::parse(View(bytes).first(whole - 1))), "truncated");
  }
  EXPECT_GE(seen, 14U);
}
}  // namespace
}  // namespace glovebox::attestation
