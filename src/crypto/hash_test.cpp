// Published vectors for hashes, HMAC and HKDF, and the properties that hold for any input.
#include "crypto/hash.h"

#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>

#include "crypto/hkdf.h"
#include "crypto/hmac.h"
#include "crypto/init.h"
#include "crypto/random.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
Bytes repeated(std::uint8_t byte, std::size_t count) {
  return Bytes(count, byte);
}

TEST(Start, IsGoodTwice) {
  EXPECT_TRUE(start());
  EXPECT_TRUE(start());
}

TEST(Start, StopsWhereTheEntropyIsNotTrusted) {
  EXPECT_EQ(test::reason_of(start([]() -> Status { return fail(Reject::entropy_unavailable, "rng_current virtio"); })),
            "entropy_unavailable");
}

TEST(Hash, Fips180And202Examples) {
  const View abc = view_of("abc");
  EXPECT_EQ(to_hex(sha256(View{})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(abc)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha384(abc)),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(to_hex(sha512(abc)),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(to_hex(sha3_256(abc)), "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
  Array<32> out;
  shake256({}, out);
  EXPECT_EQ(to_hex(out), "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f");
}

TEST(Hash, AMillionTimesA) {
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.update(repeated('a', 1000));
  EXPECT_EQ(to_hex(hash.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hash, ListAndStreamEqualTheWhole) {
  std::mt19937 random_engine(1);
  for (int round = 0; round < 200; ++round) {
    Bytes whole(random_engine() % 500);
    for (auto& byte : whole) byte = static_cast<std::uint8_t>(random_engine());
    const std::size_t cut = whole.empty() ? 0 : random_engine() % whole.size();
    const View a = View(whole).first(cut);
    const View b = View(whole).subspan(cut);
    Sha256 stream;
    Sha384 stream384;
    EXPECT_EQ(stream.update(a).update(b).finish(), sha256(whole));
    EXPECT_EQ(stream.finish(), sha256(View{})) << "after finish it starts anew";
    EXPECT_EQ(stream384.update(a).update(b).finish(), sha384(whole));
    EXPECT_EQ(sha256({a, b}), sha256(whole));
    EXPECT_EQ(sha512({a, b}), sha512(whole));
    EXPECT_EQ(sha3_256({a, b}), sha3_256(whole));
  }
}

struct HmacCase {
  Bytes key, data;
  std::string_view mac;
};
TEST(Hmac, Rfc4231) {
  const HmacCase cases[] = {
      {repeated(0x0b, 20), to_bytes(view_of("Hi There")),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {to_bytes(view_of("Jefe")), to_bytes(view_of("what do ya want for nothing?")),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {repeated(0xaa, 20), repeated(0xdd, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), repeated(0xcd, 50),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {repeated(0xaa, 131), to_bytes(view_of("Test Using Larger Than Block-Size Key - Hash Key First")),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {repeated(0xaa, 131),
       to_bytes(view_of("This is a test using a larger than block-size key and a larger than block-size data. The key "
                        "needs to be hashed before being used by the HMAC algorithm.")),
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& [key, data, mac] : cases) {
    EXPECT_EQ(to_hex(hmac_sha256(key, data)), mac);
    HmacSha256 stream(key);
    for (const std::uint8_t byte : data) stream.update({&byte, 1});
    EXPECT_EQ(to_hex(stream.finish()), mac);
    EXPECT_EQ(stream.update(data).finish(), hmac_sha256(key, data)) << "again under the same key";
  }
}

TEST(Hmac, OfNothingUnderNoKey) {
  EXPECT_EQ(to_hex(hmac_sha256({}, View{})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, Rfc5869) {
  const auto ikm = repeated(0x0b, 22);
  const Secret<32> prk = hkdf_extract(hex("000102030405060708090a0b0c"), ikm);
  EXPECT_EQ(to_hex(prk.expose()), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(to_hex(hkdf_expand(prk.expose(), hex("f0f1f2f3f4f5f6f7f8f9"), 42).expose()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  Bytes long_ikm, long_salt, long_info;  // A.2
  for (unsigned i = 0; i < 80; ++i) {
    long_ikm.push_back(static_cast<std::uint8_t>(i));
    long_salt.push_back(static_cast<std::uint8_t>(0x60 + i));
    long_info.push_back(static_cast<std::uint8_t>(0xb0 + i));
  }
  EXPECT_EQ(to_hex(hkdf_expand(hkdf_extract(long_salt, long_ikm).expose(), long_info, 82).expose()),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");

  EXPECT_EQ(to_hex(hkdf_expand(hkdf_extract({}, ikm).expose(), {}, 42).expose()),  // A.3
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, OneKeyIsTheFirst32BytesOfExtractThenExpand) {
  const View ikm = view_of("ikm"), salt = view_of("salt"), info = view_of("info");
  const SecretBytes slow = hkdf_expand(hkdf_extract(salt, ikm).expose(), info, 64);
  EXPECT_TRUE(equal(hkdf(ikm, salt, info).expose(), slow.expose().first(32)));
}

TEST(Random, DrawsDifferBetweenCallsAndProcesses) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(to_hex(random_array<16>()));
  EXPECT_EQ(seen.size(), 100U);

  // A child must not repeat its parent's bytes, nor its sibling's, although all have copies of one generator.
  for (int child = 0; child < 3; ++child) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const auto drawn = random_array<16>();
      ::_exit(::write(pipe_ends[1], drawn.data(), drawn.size()) == 16 ? 0 : 1);
    }
    Array<16> drawn{};
    ASSERT_EQ(::read(pipe_ends[0], drawn.data(), drawn.size()), 16);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    EXPECT_TRUE(seen.insert(to_hex(drawn)).second);
  }
  EXPECT_TRUE(seen.insert(to_hex(random_array<16>())).second);
  EXPECT_FALSE(random_secret<32>() == random_secret<32>());
  random({});  // nothing asked, nothing drawn
}
}  // namespace
}  // namespace glovebox::crypto
