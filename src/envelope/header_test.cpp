#include "envelope/header.h"

#include <set>

#include "base/reader.h"
#include "crypto/random.h"
#include "envelope/whole.h"
#include "support.h"

namespace glovebox::envelope {
namespace {
using test::reason_of;

Secret<32> fixed_secret(std::uint8_t first) {
  return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(first + i);
  });
}
crypto::KemPrivate person() {
  return crypto::KemPrivate::from_seed(crypto::Kem::x_wing, fixed_secret(1));
}
crypto::KemPrivate other_person() {
  return crypto::KemPrivate::from_seed(crypto::Kem::x25519, fixed_secret(2));
}

Binding binding(std::uint8_t fill) {
  Binding out;
  out.fill(fill);
  return out;
}

// An envelope with a stanza of every kind, for several people.
struct Sample {
  crypto::KemPrivate me = person();
  EnvelopeKey key;
  Header header;
  Sample(EnvelopeKey k, Header h) : key(std::move(k)), header(std::move(h)) {}
  static Sample make() {
    Core core{.content_type = "glovebox/request-body",
              .size_class = 16,
              .policy_digest = Digest{1, 2, 3},
              .broker = crypto::VerifyKey{{4, 5, 6}}};
    auto key = EnvelopeKey::fresh(core).value();
    const std::vector<Recipient> to{ToKey{other_person().public_key()}, ToKey{person().public_key()},
                                    ToEnclave{binding(7), person().public_key()}, ToBroker{Bytes(100, 8)},
                                    ToLive{binding(9), person().public_key(), Bytes(200, 10)}};
    auto header = key.header(to).value();
    return {std::move(key), std::move(header)};
  }
};

TEST(Header, EncodesAndParses) {
  const Sample sample = Sample::make();
  const Bytes bytes = sample.header.encode();
  const auto parsed = Header::parse(bytes);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(*parsed, sample.header);
  EXPECT_EQ(parsed->encode(), bytes);
  EXPECT_EQ(parsed->core.digest(), sample.key.core_digest());
  std::vector<std::string_view> types;
  for (const Stanza& stanza : parsed->stanzas) types.push_back(type_of(stanza));
  EXPECT_EQ(types, (std::vector<std::string_view>{"hpke", "hpke", "enclave", "broker", "live"}));
}

TEST(Header, EveryShorterPrefixIsTruncated) {
  const Bytes bytes = Sample::make().header.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(reason_of(Header::parse(View(bytes).first(size))), "truncated") << size;
    HeaderReader reader;
    ASSERT_TRUE(reader.push(View(bytes).first(size))) << size;
    ASSERT_EQ(reason_of(reader.finish()), "envelope_truncated") << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(reason_of(Header::parse(longer)), "trailing_bytes");
}

TEST(Header, ReaderTakesPiecesOfAnySize) {
  const Sample sample = Sample::make();
  Bytes bytes = sample.header.encode();
  const std::size_t header_size = bytes.size();
  bytes.insert(bytes.end(), 300, 0x55);  // body
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{64}, bytes.size()}) {
    HeaderReader reader;
    std::size_t taken = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      taken += reader.push(View(bytes).subspan(at, std::min(piece, bytes.size() - at))).value();
    ASSERT_TRUE(reader.done());
    EXPECT_EQ(taken, header_size);
    EXPECT_EQ(reader.header(), sample.header);
  }
}

// Any single changed bit in header or MAC is refused, and by a word of this list.
TEST(Header, EveryChangedBitIsRefused) {
  const Sample sample = Sample::make();
  const KeyIdentity me(sample.me);
  const Bytes bytes = sample.header.encode();
  const std::set<std::string> allowed{"type_unsupported",      "too_large",          "truncated",
                                      "envelope_truncated",    "malformed",          "not_deterministic",
                                      "version_unsupported",   "trailing_bytes",     "decryption_failed",
                                      "no_matching_recipient", "header_unauthentic", "too_deep"};
  const std::size_t mac_at = bytes.size() - 32;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    Bytes changed = bytes;
    changed[i] ^= bit;
    HeaderReader reader;
    const auto pushed = reader.push(changed);
    std::string reason = reason_of(pushed);
    if (pushed) reason = reason_of(reader.finish());
    if (reason == "accepted") reason = reason_of(open_envelope(reader.header(), me));
    ASSERT_TRUE(allowed.contains(reason)) << "byte " << i << ": " << reason;
    seen.insert(reason);
    if (i < magic.size()) {
      EXPECT_EQ(reason, "type_unsupported") << i;
    }
    if (i >= mac_at) {
      EXPECT_EQ(reason, "header_unauthentic") << i;
    }
  }
  EXPECT_TRUE(seen.contains("decryption_failed"));      // in the core, on which the stanza's seal hangs
  EXPECT_TRUE(seen.contains("no_matching_recipient"));  // in my key id
}

TEST(Header, ChangesThatOnlyTheMacSees) {
  const Sample sample = Sample::make();
  const KeyIdentity me(sample.me);
  Header dropped = sample.header;
  dropped.stanzas.pop_back();
  EXPECT_EQ(reason_of(open_envelope(dropped, me)), "header_unauthentic");
  Header added = sample.header;
  added.stanzas.emplace_back(BrokerStanza{Bytes(3, 3)});
  EXPECT_EQ(reason_of(open_envelope(added, me)), "header_unauthentic");
  Header swapped = sample.header;
  std::swap(swapped.stanzas[3], swapped.stanzas[4]);
  EXPECT_EQ(reason_of(open_envelope(swapped, me)), "header_unauthentic");
  Header wrapped = sample.header;
  std::get<LiveStanza>(wrapped.stanzas[4]).wrapped_key[0] ^= 1;
  EXPECT_EQ(reason_of(open_envelope(wrapped, me)), "header_unauthentic");
}

// Bytes of a header around the given CBOR.
Bytes framed(View cbor) {
  return Writer().bytes(view_of(magic)).u32be(static_cast<std::uint32_t>(cbor.size())).bytes(cbor).take();
}
Bytes header_with(std::size_t count, View stanzas) {
  return framed(cbor::Writer()
                    .document("glovebox header v1", 4)
                    .bstr(Core{}.encode())
                    .array(count)
                    .raw(stanzas)
                    .bstr(Array<32>{})
                    .view());
}

TEST(Header, BombsAreRefusedByName) {
  EXPECT_EQ(reason_of(Header::parse(Writer().bytes(view_of(magic)).u32be(header_size_max + 1).view())), "too_large");
  EXPECT_EQ(reason_of(Header::parse(Writer().bytes(view_of(magic)).u32be(0xffffffff).view())), "too_large");
  EXPECT_EQ(reason_of(Header::parse(framed({}))), "truncated");
  EXPECT_EQ(reason_of(Header::parse(header_with(0, {}))), "malformed");
  const Bytes stanza = encode(BrokerStanza{Bytes(1, 1)});
  Bytes many;
  for (int i = 0; i < 17; ++i) many.insert(many.end(), stanza.begin(), stanza.end());
  EXPECT_EQ(reason_of(Header::parse(header_with(17, many))), "too_large");
  EXPECT_TRUE(Header::parse(header_with(16, View(many).first(16 * stanza.size()))));
  EXPECT_EQ(reason_of(Header::parse(header_with(std::size_t{1} << 40, stanza))), "too_large");
  EXPECT_EQ(reason_of(Header::parse(header_with(1, encode(BrokerStanza{Bytes(stanza_size_max, 1)})))), "too_large");
  Bytes nested;
  for (int i = 0; i < 100; ++i) nested.push_back(0x81);
  nested.push_back(0);
  EXPECT_EQ(reason_of(Header::parse(header_with(1, nested))), "too_deep");
  EXPECT_EQ(reason_of(Header::parse(header_with(1, cbor::Writer().array(0).view()))), "malformed");
  EXPECT_EQ(reason_of(Header::parse(header_with(1, cbor::Writer().array(1).uint(3).view()))), "malformed");
  EXPECT_EQ(reason_of(Header::parse(header_with(1, cbor::Writer().array(1).tstr(std::string(33, 'x')).view()))),
            "too_large");
  EXPECT_EQ(reason_of(Header::parse(header_with(1, cbor::Writer().document("broker", 3).bstr(Bytes{1}).null().view()))),
            "malformed");
  // A KEM that is not known, in a stanza that is ours to read.
  EXPECT_EQ(
      reason_of(Header::parse(header_with(
          1, cbor::Writer().document("hpke", 5).bstr(KeyId{}).uint(0x10).bstr(Bytes(65)).bstr(Bytes(48)).view()))),
      "type_unsupported");
}

Bytes core_with(std::uint64_t suite, std::string_view type, std::uint64_t size_class) {
  return cbor::Writer()
      .document("glovebox envelope v1", 7)
      .uint(suite)
      .bstr(Array<32>{})
      .tstr(type)
      .uint(size_class)
      .null()
      .null()
      .take();
}

TEST(Core, RefusesByName) {
  EXPECT_TRUE(Core::parse(core_with(1, "application/octet-stream", 0)));
  EXPECT_EQ(reason_of(Core::parse(core_with(2, "x", 0))), "version_unsupported");
  EXPECT_EQ(reason_of(Core::parse(core_with(1, std::string(65, 'x'), 0))), "too_large");
  EXPECT_EQ(reason_of(Core::parse(core_with(1, "x", 15))), "malformed");
  EXPECT_EQ(reason_of(Core::parse(core_with(1, "x", 49))), "too_large");
  EXPECT_TRUE(Core::parse(core_with(1, "x", 48)));
  EXPECT_EQ(reason_of(Core::parse(Bytes(core_size_max + 1, 0))), "too_large");
}

TEST(Identity, EachStanzaOpensForItsOwnAlone) {
  const Sample sample = Sample::make();
  const auto same_key = [&](const Result<EnvelopeKey>& opened) {
    return opened && opened->file_key() == sample.key.file_key();
  };
  EXPECT_TRUE(same_key(open_envelope(sample.header, KeyIdentity(sample.me))));
  const crypto::KemPrivate second = other_person();
  EXPECT_TRUE(same_key(open_envelope(sample.header, KeyIdentity(second))));
  const crypto::KemPrivate stranger = crypto::KemPrivate::from_seed(crypto::Kem::x_wing, fixed_secret(3));
  EXPECT_EQ(reason_of(open_envelope(sample.header, KeyIdentity(stranger))), "no_matching_recipient");
  EXPECT_TRUE(same_key(open_envelope(sample.header, EnclaveIdentity(binding(7), sample.me))));
  EXPECT_EQ(reason_of(open_envelope(sample.header, EnclaveIdentity(binding(8), sample.me))), "no_matching_recipient");
  EXPECT_EQ(reason_of(open_envelope(sample.header, EnclaveIdentity(binding(7), stranger))), "decryption_failed");
}

TEST(Identity, LiveNeedsBothShares) {
  const Sample sample = Sample::make();
  Header live = sample.key.header_of({sample.header.stanzas[4]}).value();
  int asked = 0;
  const Release gives = [&](View wrapped, const Digest& core_digest) -> Result<Secret<32>> {
    ++asked;
    EXPECT_EQ(to_bytes(wrapped), Bytes(200, 10));
    EXPECT_EQ(core_digest, sample.key.core_digest());
    return sample.key.broker_share().copy();
  };
  const auto opened = open_envelope(live, EnclaveIdentity(binding(9), sample.me, gives));
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_TRUE(opened->file_key() == sample.key.file_key());
  EXPECT_EQ(asked, 1);
  // Without the broker the enclave has no key; with another share the MAC does not fit.
  EXPECT_EQ(reason_of(open_envelope(live, EnclaveIdentity(binding(9), sample.me))), "no_matching_recipient");
  const Release lies = [](View, const Digest&) -> Result<Secret<32>> { return fixed_secret(99); };
  EXPECT_EQ(reason_of(open_envelope(live, EnclaveIdentity(binding(9), sample.me, lies))), "header_unauthentic");
  const Release refuses = [](View, const Digest&) -> Result<Secret<32>> { return fail(Reject::uses_exhausted); };
  EXPECT_EQ(reason_of(open_envelope(live, EnclaveIdentity(binding(9), sample.me, refuses))), "uses_exhausted");
  // Another enclave's key does not open it, and asks no broker.
  const crypto::KemPrivate stranger = crypto::KemPrivate::from_seed(crypto::Kem::x_wing, fixed_secret(3));
  asked = 0;
  EXPECT_EQ(reason_of(open_envelope(live, EnclaveIdentity(binding(9), stranger, gives))), "decryption_failed");
  EXPECT_EQ(asked, 0);
}

TEST(Identity, BrokerAloneGivesTheFileKey) {
  const Sample sample = Sample::make();
  const Header header = sample.key.header(std::vector<Recipient>{ToBroker{Bytes(5, 5)}}).value();
  const Release gives = [&](View, const Digest&) -> Result<Secret<32>> { return sample.key.file_key().copy(); };
  EXPECT_TRUE(open_envelope(header, EnclaveIdentity(binding(1), sample.me, gives)));
}

TEST(Rewrap, KeepsCoreAndBody) {
  const Sample sample = Sample::make();
  const Bytes plaintext(1000, 42);
  const Bytes sealed = seal_whole(sample.key, sample.header, plaintext).value();
  const std::size_t old_size = sample.header.encode().size();
  const auto opened = open_envelope(sample.header, KeyIdentity(sample.me)).value();
  const crypto::KemPrivate stranger = crypto::KemPrivate::from_seed(crypto::Kem::x_wing, fixed_secret(3));
  const Header fresh = opened.header(std::vector<Recipient>{ToKey{stranger.public_key()}}).value();
  EXPECT_EQ(fresh.core, sample.header.core);
  const Bytes moved = concat({fresh.encode(), View(sealed).subspan(old_size)});
  const auto again = open_whole(moved, KeyIdentity(stranger));
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_TRUE(equal(again->expose().first(1000), plaintext));
  EXPECT_EQ(reason_of(open_whole(moved, KeyIdentity(sample.me))), "no_matching_recipient");
  // The shares are the sender's: who opened cannot make a live stanza.
  EXPECT_EQ(reason_of(opened.header(std::vector<Recipient>{ToLive{binding(1), stranger.public_key(), {}}})), "usage");
}

TEST(EnvelopeKey, RefusesWhatNoHeaderMayHave) {
  EXPECT_EQ(reason_of(EnvelopeKey::fresh({.content_type = std::string(65, 'x')})), "usage");
  EXPECT_EQ(reason_of(EnvelopeKey::fresh({.size_class = 3})), "usage");
  const auto key = EnvelopeKey::fresh({}).value();
  EXPECT_EQ(reason_of(key.header({})), "usage");
  EXPECT_EQ(reason_of(key.header(std::vector<Recipient>(17, ToBroker{Bytes(1, 1)}))), "usage");
  EXPECT_EQ(reason_of(key.header(std::vector<Recipient>{ToBroker{Bytes(stanza_size_max, 1)}})), "too_large");
  EXPECT_EQ(reason_of(key.header(std::vector<Recipient>(5, ToBroker{Bytes(60000, 1)}))), "too_large");
}

TEST(EnvelopeKey, IsFreshEachTime) {
  const auto a = EnvelopeKey::fresh({}).value();
  const auto b = EnvelopeKey::fresh({}).value();
  EXPECT_NE(a.core().random, b.core().random);
  EXPECT_FALSE(a.file_key() == b.file_key());
  // Body keys differ between cores even under one file key.
  const auto c = EnvelopeKey::from_file_key(b.core(), a.file_key().copy());
  EXPECT_FALSE(a.body_key() == c.body_key());
}

TEST(SizeClass, IsTheSmallestPowerOfTwo) {
  EXPECT_EQ(size_class_for(0).value(), 16U);
  EXPECT_EQ(size_class_for(65536).value(), 16U);
  EXPECT_EQ(size_class_for(65537).value(), 17U);
  EXPECT_EQ(size_class_for(std::uint64_t{1} << 48).value(), 48U);
  EXPECT_EQ(reason_of(size_class_for((std::uint64_t{1} << 48) + 1)), "too_large");
}
}  // namespace
}  // namespace glovebox::envelope
