#include "crypto/crl.h"

#include "crypto/x509_build_p256.h"
#include "crypto/x509_build_rsa.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
const Time now = Time::from_seconds(1'795'300'000);

// A list is believed by the one algorithm that the platform's specification has for its issuer's kind of key: the same
// key with a weaker digest or padding proves less.
TEST(Crl, OneAlgorithmForEachKindOfKey) {
  const RsaKey rsa = RsaKey::generate(2048);
  const Bytes root =
      self_signed(RsaIssue{.what = root_template("ARK-Test", now, now.plus_seconds(10)), .serial = 1}, rsa);
  const Certificate ark = Certificate::parse(root).value();
  const auto amd = [&](const ListSignature& how) {
    return Crl::parse(revocation_list(ark, rsa, now, now.plus_seconds(5), {}, how)).value().issued_by(ark);
  };
  EXPECT_TRUE(amd({}));
  EXPECT_FALSE(amd({.digest = "SHA2-384", .salt_size = 32}));
  EXPECT_FALSE(amd({.digest = "SHA2-256", .salt_size = 48}));
  EXPECT_FALSE(amd({.digest = "SHA1", .salt_size = 20}));
  EXPECT_FALSE(amd({.digest = "SHA2-384", .salt_size = std::nullopt}));
  EXPECT_FALSE(amd({.digest = "SHA1", .salt_size = std::nullopt}));

  const P256Key key = P256Key::generate();
  const Certificate intel =
      Certificate::parse(
          self_signed(P256Issue{.what = root_template("Intel SGX Root CA", now, now.plus_seconds(10)), .serial = 1},
                      key))
          .value();
  const auto list = [&](bool sha384) {
    return Crl::parse(revocation_list(intel, key, now, now.plus_seconds(5), {}, sha384)).value();
  };
  EXPECT_TRUE(list(false).issued_by(intel));
  EXPECT_FALSE(list(true).issued_by(intel));
  EXPECT_FALSE(list(false).issued_by(ark));  // another's
}

// The lists of Intel's that are stored: each by the issuer that it names.
TEST(Crl, RealOnesAreSignedSo) {
  const auto folder = test::shared() / "vectors/intel";
  GLOVEBOX_NEEDS(folder);
  const Certificate root = Certificate::parse(test::read(folder / "Intel_SGX_Root_CA.der")).value();
  for (const char* name : {"lunal-root_ca_crl.der", "go-tdx-guest-rootcrl.der"}) {
    const auto list = Crl::parse(test::read(folder / name));
    ASSERT_TRUE(list) << name;
    EXPECT_TRUE(list->issued_by(root)) << name;
  }
}

}  // namespace
}  // namespace glovebox::crypto
