// Every document of docs/spec/request.md: it reads as it was written, each shorter prefix is truncated, another label
// is another document, and each signed one is refused by name under another key, with another label, or with a changed
// bit.
#include <random>

#include "protocol/answer.h"
#include "protocol/challenge.h"
#include "protocol/refusal.h"
#include "protocol/release.h"
#include "protocol/release_call.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"
#include "support.h"

namespace glovebox::protocol {
namespace {
using test::reason_of;

template <std::size_t N>
Array<N> filled(std::uint8_t first) {
  Array<N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(first + i);
  return out;
}
crypto::SigningKey signer(std::uint8_t n) {
  return crypto::SigningKey(Secret<32>(filled<32>(n)));
}
crypto::KemPrivate kem_key(std::uint8_t n, crypto::Kem kem = crypto::Kem::x_wing) {
  return crypto::KemPrivate::from_seed(kem, Secret<32>(filled<32>(n)));
}

Request a_request() {
  return {filled<16>(1),         filled<32>(2),           filled<32>(3),
          filled<32>(4),         kem_key(5).public_key(), Time::from_seconds(1'800'000'000),
          signer(6).public_key()};
}
Parameters some_parameters() {
  return {.input = Input::vcf,
          .purpose = "risk-score",
          .output_form = OutputForm::table,
          .sample = "HG00096",
          .input_kind = InputKind::wgs_vcf,
          .build = Build::grch37,
          .absence = Absence::homref,
          .dosage = DosageField::gp,
          .sex = Sex::male,
          .x_male = MaleX::doubled,
          .flip = true,
          .min_gq = 20,
          .min_dp = 10,
          .values = {{"age", 54.0}, {"centre", "north"}},
          .rows_class = 3};
}
ReleaseRules some_rules() {
  ReleaseRules rules{.purpose = "risk-score",
                     .not_before = Time::from_seconds(1'700'000'000),
                     .not_after = Time::from_seconds(1'900'000'000),
                     .maximum_uses = 10,
                     .output_forms = {OutputForm::score, OutputForm::table},
                     .requesters = {signer(20).public_key(), signer(21).public_key()}};
  std::ranges::sort(rules.requesters);
  return rules;
}
ReleasePolicy a_policy() {
  return {signer(6).public_key(), Bytes{1, 2, 3}, some_rules()};
}
KeyStatement a_statement(std::uint64_t version = 3) {
  return {signer(7).public_key(),
          version,
          kem_key(8).public_key(),
          Time::from_seconds(1'700'000'000),
          Time::from_seconds(1'900'000'000),
          true};
}
Share a_share() {
  return {signer(6).public_key(), filled<16>(30), filled<32>(2), Secret<32>(filled<32>(31))};
}
WrappedKey a_wrapped_key() {
  return WrappedKey::wrap(a_statement(), a_policy().sign(signer(6)), a_share()).value();
}
ReleaseContext a_context() {
  return {filled<32>(40), filled<32>(41), filled<32>(42), filled<64>(43)};
}
Release a_release() {
  return Release::seal(a_context(), filled<16>(44), Time::from_seconds(1'800'000'000), 2, kem_key(9).public_key(),
                       Secret<32>(filled<32>(31)))
      .value();
}
Challenge a_challenge() {
  return {filled<32>(50), Time::from_seconds(1'800'000'060)};
}
ReleaseCall a_call() {
  return {Bytes(10, 1), Bytes(20, 2), Bytes(30, 3), Bytes(40, 4), Bytes(50, 5)};
}

// One kind of document: its encoding, and how reading it again fails or what it encodes to.
struct Kind {
  std::string name;
  Bytes encoded;
  std::function<Result<Bytes>(View)> again;
};
template <class T>
Kind kind(std::string name, const T& value) {
  return {std::move(name), value.encode(), [value](View in) -> Result<Bytes> {
            auto parsed = T::parse(in);
            if (!parsed) return same(parsed);
            if constexpr (requires { value == value; }) {
              if (equal(in, value.encode())) {
                EXPECT_TRUE(*parsed == value);
              }
            }
            return parsed->encode();
          }};
}

std::vector<Kind> kinds() {
  return {kind("request", a_request()),
          kind("parameters", some_parameters()),
          kind("parameters, least", Parameters{.purpose = "p"}),
          kind("rules", some_rules()),
          kind("rules, least", ReleaseRules{.purpose = "p", .output_forms = {OutputForm::score}}),
          kind("policy", a_policy()),
          kind("statement", a_statement()),
          kind("keys", BrokerKeys{{a_statement().sign(signer(7))}}),
          kind("wrapped key", a_wrapped_key()),
          kind("release", a_release()),
          kind("challenge", a_challenge()),
          kind("call", a_call()),
          {"refusal", encode_refusal({Reject::uses_exhausted, "10 uses", "at most 10"}), [](View in) -> Result<Bytes> {
             auto parsed = parse_refusal(in);
             if (!parsed) return same(parsed);
             return encode_refusal(*parsed);
           }}};
}

TEST(Documents, ReadAsTheyWereWritten) {
  for (const Kind& k : kinds()) {
    const auto again = k.again(k.encoded);
    ASSERT_TRUE(again) << k.name << ": " << describe(again.error());
    EXPECT_EQ(to_hex(*again), to_hex(k.encoded)) << k.name;
  }
}

TEST(Documents, EveryShorterPrefixIsTruncated) {
  for (const Kind& k : kinds()) {
    for (std::size_t size = 0; size < k.encoded.size(); ++size)
      ASSERT_EQ(reason_of(k.again(View(k.encoded).first(size))), "truncated") << k.name << ", " << size;
    Bytes longer = k.encoded;
    longer.push_back(0);
    EXPECT_EQ(reason_of(k.again(longer)), "trailing_bytes") << k.name;
  }
}

// What is accepted after a change must be the one encoding of something else: no two byte strings mean the same.
TEST(Documents, AChangedByteIsRefusedOrMeansSomethingElse) {
  std::mt19937 random(5);
  for (const Kind& k : kinds())
    for (std::size_t i = 0; i < k.encoded.size(); ++i) {
      Bytes changed = k.encoded;
      changed[i] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      const auto again = k.again(changed);
      if (again && k.name != "refusal") {
        ASSERT_EQ(to_hex(*again), to_hex(changed)) << k.name << ", byte " << i;
      }
    }
}

TEST(Documents, NoKindIsTakenForAnother) {
  const auto all = kinds();
  const auto label = [](const Kind& k) { return cbor::Reader(View(k.encoded).subspan(1)).tstr(64); };
  for (const Kind& a : all)
    for (const Kind& b : all)
      if (label(a) != label(b)) {
        EXPECT_EQ(reason_of(b.again(a.encoded)), "version_unsupported") << a.name << " as " << b.name;
      }
}

// Signed documents: name, signed bytes, and how they open under a key.
struct SignedKind {
  std::string name;
  std::string reject;  // for a signature that does not verify
  Bytes cose;
  std::function<std::string(View, const crypto::VerifyKey&)> open;
  bool names_its_key = false;
};

std::vector<SignedKind> signed_kinds(const crypto::SigningKey& key) {
  Request request = a_request();
  request.requester = key.public_key();
  ReleasePolicy policy = a_policy();
  policy.owner = key.public_key();
  KeyStatement statement = a_statement();
  statement.identity = key.public_key();
  return {{"request", "request_unauthentic", request.sign(key),
           [](View in, const crypto::VerifyKey&) { return reason_of(Request::open(in)); }, true},
          {"policy", "request_unauthentic", policy.sign(key),
           [](View in, const crypto::VerifyKey&) { return reason_of(ReleasePolicy::open(in)); }, true},
          {"statement", "broker_unknown", statement.sign(key),
           [](View in, const crypto::VerifyKey& k) { return reason_of(KeyStatement::open(in, k)); }},
          {"challenge", "challenge_unknown", a_challenge().sign(key),
           [](View in, const crypto::VerifyKey& k) { return reason_of(Challenge::open(in, k)); }},
          {"release", "release_unauthentic", a_release().sign(key),
           [](View in, const crypto::VerifyKey& k) { return reason_of(Release::open(in, k, a_context())); }}};
}

TEST(Signed, OpenUnderTheirKeyAlone) {
  const auto key = signer(60);
  for (const auto& s : signed_kinds(key)) {
    EXPECT_EQ(s.open(s.cose, key.public_key()), "accepted") << s.name;
    if (!s.names_its_key) {
      EXPECT_EQ(s.open(s.cose, signer(61).public_key()), s.reject) << s.name;
    }
    Bytes changed = s.cose;
    changed.back() ^= 1;  // in the signature
    EXPECT_EQ(s.open(changed, key.public_key()), s.reject) << s.name;
    for (std::size_t size = 0; size < s.cose.size(); size += 7)
      EXPECT_EQ(s.open(View(s.cose).first(size), key.public_key()), "truncated") << s.name << ", " << size;
  }
}

TEST(Signed, EveryChangedBitIsRefused) {
  const auto key = signer(60);
  std::mt19937 random(6);
  for (const auto& s : signed_kinds(key))
    for (std::size_t i = 0; i < s.cose.size(); ++i) {
      Bytes changed = s.cose;
      changed[i] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      ASSERT_NE(s.open(changed, key.public_key()), "accepted") << s.name << ", byte " << i;
    }
}

// The same key signs all of them here: still none opens as another kind.
TEST(Signed, NoneIsTakenForAnother) {
  const auto key = signer(60);
  const auto all = signed_kinds(key);
  for (const auto& a : all)
    for (const auto& b : all)
      if (a.name != b.name) {
        EXPECT_EQ(b.open(a.cose, key.public_key()), b.names_its_key ? "version_unsupported" : b.reject)
            << a.name << " as " << b.name;
      }
  // The payload of one kind signed under the label of another verifies, and is then refused for its own label.
  const Bytes relabelled = crypto::sign_document(key, a_release().encode(), challenge_label);
  EXPECT_EQ(reason_of(Challenge::open(relabelled, key.public_key())), "version_unsupported");
}

TEST(Request, DigestIsOverThePayloadNeverTheSignature) {
  Request request = a_request();
  const auto opened = Request::open(request.sign(signer(6))).value();
  EXPECT_EQ(opened.document, request);
  EXPECT_EQ(opened.digest, crypto::sha256(request.encode()));
  EXPECT_EQ(opened.digest, request.digest());
  // Signed by another than it names.
  EXPECT_EQ(reason_of(Request::open(request.sign(signer(7)))), "request_unauthentic");
}

TEST(Request, EachFieldIsInTheDigest) {
  std::vector<Digest> seen{a_request().digest()};
  const auto with = [&](auto change) {
    Request r = a_request();
    change(r);
    EXPECT_FALSE(std::ranges::contains(seen, r.digest()));
    seen.push_back(r.digest());
  };
  with([](Request& r) { r.request_id[0] ^= 1; });
  with([](Request& r) { r.core_digest[0] ^= 1; });
  with([](Request& r) { r.model_digest[0] ^= 1; });
  with([](Request& r) { r.parameters_digest[0] ^= 1; });
  with([](Request& r) { r.result_key = kem_key(70).public_key(); });
  with([](Request& r) { r.not_after = r.not_after.plus_seconds(1); });
  with([](Request& r) { r.requester = signer(71).public_key(); });
}

TEST(Request, Expires) {
  const Request request = a_request();
  EXPECT_TRUE(check_time(request, request.not_after));
  EXPECT_EQ(reason_of(check_time(request, request.not_after.plus_seconds(1))), "request_expired");
}

TEST(Request, RefusesKeysThatAreNone) {
  const Request r = a_request();
  const auto with = [&](std::uint64_t kem, View key) {
    cbor::Writer out;
    out.document(request_label, 9)
        .bstr(r.request_id)
        .bstr(r.core_digest)
        .bstr(r.model_digest)
        .bstr(r.parameters_digest);
    return out.uint(kem).bstr(key).uint(1).bstr(r.requester.bytes).take();
  };
  EXPECT_EQ(reason_of(Request::parse(with(0x10, Bytes(65)))), "type_unsupported");
  EXPECT_EQ(reason_of(Request::parse(with(0x647a, Bytes(32)))), "key_invalid");
  EXPECT_EQ(reason_of(Request::parse(with(0x20, Bytes(1217)))), "too_large");
}

TEST(Challenge, AndReleaseCarryWhatTheyWereMadeFor) {
  const auto identity = signer(7);
  const Release release = a_release();
  const Bytes cose = release.sign(identity);
  const auto opened = Release::open(cose, identity.public_key(), a_context());
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, release);
  EXPECT_TRUE(opened->share(kem_key(9)).value() == a_share().share);
  EXPECT_EQ(reason_of(opened->share(kem_key(10))), "decryption_failed");
  EXPECT_EQ(reason_of(opened->share(kem_key(10, crypto::Kem::x25519))), "decryption_failed");
  const auto refused = [&](auto change) {
    ReleaseContext other = a_context();
    change(other);
    EXPECT_EQ(reason_of(Release::open(cose, identity.public_key(), other)), "release_unauthentic");
  };
  refused([](ReleaseContext& c) { c.challenge_nonce[0] ^= 1; });
  refused([](ReleaseContext& c) { c.request_digest[0] ^= 1; });
  refused([](ReleaseContext& c) { c.wrapped_key_digest[0] ^= 1; });
  refused([](ReleaseContext& c) { c.binding[0] ^= 1; });
  // A share sealed for one request does not open inside the release of another, whoever signs it.
  Release moved = release;
  moved.context.request_digest[0] ^= 1;
  EXPECT_EQ(reason_of(moved.share(kem_key(9))), "decryption_failed");
}

TEST(WrappedKey, OpensForItsBrokerPolicyAndEnvelopeAlone) {
  const WrappedKey wrapped = a_wrapped_key();
  const Digest policy = a_policy().digest();
  EXPECT_EQ(wrapped.policy_digest().value(), policy);
  const auto share = wrapped.unwrap(kem_key(8), policy, filled<32>(2));
  ASSERT_TRUE(share) << describe(share.error());
  EXPECT_EQ(share->owner, a_share().owner);
  EXPECT_EQ(share->key_id, a_share().key_id);
  EXPECT_EQ(share->core_digest, a_share().core_digest);
  EXPECT_TRUE(share->share == a_share().share);

  EXPECT_EQ(reason_of(wrapped.unwrap(kem_key(9), policy, filled<32>(2))), "wrapped_key_invalid");
  EXPECT_EQ(reason_of(wrapped.unwrap(kem_key(8), filled<32>(9), filled<32>(2))), "wrapped_key_invalid");
  EXPECT_EQ(reason_of(wrapped.unwrap(kem_key(8), policy, filled<32>(3))), "wrapped_key_invalid");
  const auto changed = [&](auto change) {
    WrappedKey other = wrapped;
    change(other);
    return reason_of(other.unwrap(kem_key(8), policy, filled<32>(2)));
  };
  EXPECT_EQ(changed([](WrappedKey& w) { w.broker.bytes[0] ^= 1; }), "wrapped_key_invalid");
  EXPECT_EQ(changed([](WrappedKey& w) { w.key_version[0] ^= 1; }), "wrapped_key_invalid");
  EXPECT_EQ(changed([](WrappedKey& w) { w.kem = crypto::Kem::x25519; }), "wrapped_key_invalid");
  EXPECT_EQ(changed([](WrappedKey& w) { w.enc[0] ^= 1; }), "wrapped_key_invalid");
  EXPECT_EQ(changed([](WrappedKey& w) { w.ct[0] ^= 1; }), "wrapped_key_invalid");
  EXPECT_EQ(changed([](WrappedKey& w) { w.ct.pop_back(); }), "wrapped_key_invalid");
}

TEST(WrappedKey, IsNotMadeUnderAnothersPolicy) {
  ReleasePolicy policy = a_policy();
  policy.owner = signer(5).public_key();
  EXPECT_EQ(reason_of(WrappedKey::wrap(a_statement(), policy.sign(signer(5)), a_share())), "policy_mismatch");
  EXPECT_EQ(reason_of(WrappedKey::wrap(a_statement(), a_policy().sign(signer(5)), a_share())), "request_unauthentic");
  ReleasePolicy large = a_policy();
  large.evidence_policy = Bytes(wrapped_key_size_max, 1);
  EXPECT_EQ(reason_of(WrappedKey::wrap(a_statement(), large.sign(signer(6)), a_share())), "too_large");
}

TEST(WrappedKey, DigestNamesBrokerPolicyCoreAndSealedKey) {
  const WrappedKey wrapped = a_wrapped_key();
  const Digest base = wrapped.digest(filled<32>(1), filled<32>(2));
  EXPECT_NE(base, wrapped.digest(filled<32>(9), filled<32>(2)));
  EXPECT_NE(base, wrapped.digest(filled<32>(1), filled<32>(9)));
  WrappedKey other = wrapped;
  other.broker.bytes[0] ^= 1;
  EXPECT_NE(base, other.digest(filled<32>(1), filled<32>(2)));
  other = wrapped;
  other.ct[0] ^= 1;
  EXPECT_NE(base, other.digest(filled<32>(1), filled<32>(2)));
}

TEST(KeyStatement, NewestGoodOneIsUsed) {
  const Time now = Time::from_seconds(1'800'000'000);
  const auto identity = signer(7);
  KeyStatement old = a_statement(1), good = a_statement(2), future = a_statement(3), past = a_statement(4);
  future.not_before = now.plus_seconds(1);
  past.not_after = now.plus_seconds(-1);
  KeyStatement foreign = a_statement(9);
  foreign.identity = signer(8).public_key();
  KeyStatement stolen = a_statement(10);  // names the broker, signed by another
  BrokerKeys keys{{old.sign(identity), future.sign(identity), good.sign(identity), past.sign(identity),
                   foreign.sign(signer(8)), stolen.sign(signer(8)), foreign.sign(identity), Bytes{1, 2}}};
  EXPECT_EQ(newest_key(keys, identity.public_key(), now).value(), good);
  keys.statements = {stolen.sign(signer(8))};
  EXPECT_EQ(reason_of(newest_key(keys, identity.public_key(), now)), "broker_unknown");
  EXPECT_EQ(reason_of(KeyStatement::open(foreign.sign(identity), identity.public_key())), "broker_unknown");
  EXPECT_EQ(reason_of(newest_key({}, identity.public_key(), now)), "broker_unknown");
}

// Statements travel through the host, which may leave out those it does not like.
TEST(KeyStatement, OfAnotherKemThanThePolicysIsPassedOver) {
  const auto identity = signer(5);
  const Time now = Time::from_seconds(1'000'000);
  const auto statement = [&](std::uint64_t version, crypto::Kem kem) {
    return KeyStatement{identity.public_key(), version, crypto::KemPrivate::generate(kem).public_key(), now,
                        now.plus_seconds(10),  false}
        .sign(identity);
  };
  const crypto::Kem x_wing[] = {crypto::Kem::x_wing};
  BrokerKeys keys{{statement(1, crypto::Kem::x_wing), statement(2, crypto::Kem::x25519)}};
  EXPECT_EQ(newest_key(keys, identity.public_key(), now).value().version, 2U);
  EXPECT_EQ(newest_key(keys, identity.public_key(), now, x_wing).value().version, 1U);
  keys.statements.erase(keys.statements.begin());
  EXPECT_EQ(reason_of(newest_key(keys, identity.public_key(), now, x_wing)), "kem_not_allowed");
}

TEST(Refusal, SpeaksTheOneVocabulary) {
  const Error error{Reject::uses_exhausted, "10 uses", "at most 10", "a hint stays at home"};
  EXPECT_EQ(parse_refusal(encode_refusal(error)).value(), (Error{Reject::uses_exhausted, "10 uses", "at most 10", {}}));
  const Bytes unknown = cbor::Writer().document(refusal_label, 4).tstr("moon_too_full").tstr("full").tstr("").take();
  EXPECT_EQ(parse_refusal(unknown).value(), (Error{Reject::release_refused, "moon_too_full full", "", {}}));
  // It comes from outside and is shown on a terminal.
  const Bytes escape = cbor::Writer().document(refusal_label, 4).tstr("expired").tstr("\x1b[2J").tstr("").take();
  EXPECT_EQ(parse_refusal(escape).value().found, "?[2J");
  EXPECT_EQ(parse_refusal(encode_refusal({Reject::expired, std::string(5000, 'x')})).value().found.size(),
            refusal_text_max);
}
}  // namespace
}  // namespace glovebox::protocol
