#include "attestation/pck_extension.h"

#include "support.h"

namespace glovebox::attestation {
namespace {
PckExtension platform(bool of_platform_ca) {
  PckExtension out;
  out.ppid.fill(0xaa);
  out.components = {0, 1, 127, 128, 255};
  out.pce_svn = 0x8001;
  out.cpu_svn.fill(3);
  out.pce_id = {0x12, 0x34};
  out.fmspc = {0xb0, 0xc0, 0x6f};
  out.type = 1;
  if (of_platform_ca) out.configuration = PckExtension::Configuration{.dynamic = true, .smt = true};
  return out;
}

TEST(PckExtension, HasOneSpelling) {
  for (const bool of_platform_ca : {false, true}) {
    const PckExtension one = platform(of_platform_ca);
    const Bytes der = one.encode();
    const auto again = PckExtension::parse(der);
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(*again, one);
    for (std::size_t size = 0; size < der.size(); ++size)
      EXPECT_EQ(test::reason_of(PckExtension::parse(View(der).first(size))), "certificate_invalid");
    EXPECT_EQ(test::reason_of(PckExtension::parse(concat({der, Bytes{0}}))), "certificate_invalid");
  }
}

// One changed bit in each byte is refused, or is another extension that is written as it stands there.
TEST(PckExtension, NothingIsReadOver) {
  const Bytes der = platform(true).encode();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes changed = der;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      const auto parsed = PckExtension::parse(changed);
      if (parsed)
        ASSERT_EQ(parsed->encode(), changed) << i;
      else
        ++refused;
    }
  }
  EXPECT_GT(refused, der.size() * 5);  // of eight bits; what remains are values
}
}  // namespace
}  // namespace glovebox::attestation
