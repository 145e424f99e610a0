// Chains and signatures that a hypervisor would never make, under a test root that the policy names.
#include "crypto/hash.h"
#include "support.h"
#include "verifier/appraise.h"
#include "world.h"

namespace glovebox::verifier {
namespace {
using attestation::NitroClaims;
using crypto::CertificateTemplate;
using crypto::EcKey;
using test::noon;

// Authority is a chain of Nitro's shape, root > region > instance > leaf, whose certificates a test may spoil.
struct Authority {
  Time begin = noon().plus_seconds(-600);
  Time end = noon().plus_seconds(7200);
  CertificateTemplate root = crypto::root_template("test root", begin, end);
  CertificateTemplate region = crypto::intermediate_template("region", begin, end, 1);
  CertificateTemplate instance = crypto::intermediate_template("instance", begin, end, 0);
  CertificateTemplate leaf = crypto::leaf_template("leaf", begin, end);
  EcKey root_key = EcKey::generate();
  EcKey region_key = EcKey::generate();
  EcKey instance_key = EcKey::generate();
  EcKey leaf_key = EcKey::generate();

  NitroClaims claims() const {
    NitroClaims c;
    c.module_id = "i-1-enc2";
    c.timestamp = noon();
    c.pcrs = test::image_registers();
    const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
    const Bytes top = crypto::self_signed(root, root_key);
    const Bytes middle = crypto::issue(region, region_key.public_key(), parse(top), root_key);
    const Bytes low = crypto::issue(instance, instance_key.public_key(), parse(middle), region_key);
    c.certificate = crypto::issue(leaf, leaf_key.public_key(), parse(low), instance_key);
    c.cabundle = {top, middle, low};
    return c;
  }

  static EvidencePolicy policy(const NitroClaims& c) {
    EvidencePolicy p;
    p.profile = Profile::none;
    p.platforms = {"nitro"};
    p.freshness_seconds = 86400;
    const Digest sha256 = crypto::sha256(c.cabundle[0]);
    p.roots = {{.name = "test", .sha256 = sha256, .test = true, .certificate = c.cabundle[0]}};
    p.measurements = {{.version = "1", .root = sha256, .pcrs = {c.pcrs.at(0), c.pcrs.at(1), c.pcrs.at(2)}}};
    return p;
  }
  Bytes sign(const NitroClaims& c) const { return crypto::cose_sign1(leaf_key, c.encode(), {}); }

  std::string reason(Time at = noon()) const {
    const NitroClaims c = claims();
    return test::reason_of(appraise_document(sign(c), policy(c), at));
  }
  // with appraises a document whose bundle `change` spoiled after the policy was made.
  template <class Change>
  std::string with(Change&& change) const {
    NitroClaims c = claims();
    const EvidencePolicy p = policy(c);
    change(c);
    return test::reason_of(appraise_document(sign(c), p, noon()));
  }
};

TEST(Chain, Good) {
  EXPECT_EQ(Authority{}.reason(), "accepted");
}

TEST(Chain, EachCertificateEndsAndBeginsToTheSecond) {
  const Time last = noon().plus_seconds(100);
  const Time first = noon().plus_seconds(-100);
  for (CertificateTemplate Authority::* which :
       {&Authority::root, &Authority::region, &Authority::instance, &Authority::leaf}) {
    Authority a;
    (a.*which).not_after = last;
    EXPECT_EQ(a.reason(last), "accepted");
    EXPECT_EQ(a.reason(last.plus_seconds(1)), "certificate_expired");
    Authority b;
    (b.*which).not_before = first;
    EXPECT_EQ(b.reason(first), "accepted");
    EXPECT_EQ(b.reason(first.plus_seconds(-1)), "certificate_expired");
  }
}

TEST(Chain, AuthoritiesThatAreNone) {
  const auto spoiled = [](auto&& spoil) {
    Authority a;
    spoil(a);
    return a.reason();
  };
  EXPECT_EQ(spoiled([](Authority& a) { a.instance.is_ca = false; }), "certificate_invalid");
  EXPECT_EQ(spoiled([](Authority& a) { a.region.has_basic_constraints = false; }), "certificate_invalid");
  EXPECT_EQ(spoiled([](Authority& a) { a.region.path_length = 0; }), "certificate_invalid");
  EXPECT_EQ(
      spoiled([](Authority& a) { a.instance.key_usage = static_cast<std::uint16_t>(crypto::KeyUsage::crl_sign); }),
      "certificate_invalid");
  EXPECT_EQ(spoiled([](Authority& a) { a.leaf.is_ca = true; }), "certificate_invalid");
  EXPECT_EQ(
      spoiled([](Authority& a) { a.leaf.key_usage = static_cast<std::uint16_t>(crypto::KeyUsage::key_cert_sign); }),
      "certificate_invalid");
  EXPECT_EQ(spoiled([](Authority& a) { a.leaf.signature = crypto::CertificateSignature::ecdsa_sha256; }),
            "certificate_invalid");
  EXPECT_EQ(spoiled([](Authority& a) { a.region.unknown_critical_extension = "1.2.3.4"; }), "certificate_invalid");
}

TEST(Chain, Bundles) {
  const Authority a;
  // The first entry is what the sender takes for the root: it is not looked at.
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle[0] = {0x30}; }), "accepted");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle.erase(c.cabundle.begin()); }), "root_unknown");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle.resize(1); }), "root_unknown");
  EXPECT_EQ(a.with([](NitroClaims& c) { std::swap(c.cabundle[1], c.cabundle[2]); }), "root_unknown");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle.pop_back(); }), "certificate_invalid");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle.push_back(c.cabundle[2]); }), "certificate_invalid");
  // The pinned root once more, as if it were an intermediate: it did sign itself, and nothing is gained by it.
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle.insert(c.cabundle.begin() + 1, c.cabundle[0]); }), "accepted");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle[1].push_back(0); }), "certificate_invalid");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle[1].back() ^= 1; }),
            "root_unknown");  // the signature of the root on it
  EXPECT_EQ(a.with([](NitroClaims& c) { c.cabundle[2].back() ^= 1; }), "certificate_invalid");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.certificate.back() ^= 1; }), "certificate_invalid");
  EXPECT_EQ(a.with([](NitroClaims& c) { c.certificate = Bytes(100, 0x30); }), "certificate_invalid");
}

TEST(Chain, AForeignRootOfTheSameName) {
  const Authority a;
  const Authority impostor;
  const NitroClaims c = impostor.claims();
  EXPECT_EQ(test::reason_of(appraise_document(impostor.sign(c), Authority::policy(a.claims()), noon())),
            "root_unknown");
}

TEST(Chain, ALeafUsedAsAnAuthority) {
  const Authority a;
  EXPECT_EQ(a.with([&](NitroClaims& c) {
    const auto leaf = crypto::Certificate::parse(c.certificate).value();
    c.cabundle.push_back(c.certificate);
    c.certificate =
        crypto::issue(crypto::leaf_template("below", a.begin, a.end), a.leaf_key.public_key(), leaf, a.leaf_key);
  }),
            "certificate_invalid");
}

// --- signatures ---

struct Signed {
  Authority a;
  NitroClaims claims = a.claims();
  EvidencePolicy policy = Authority::policy(claims);

  std::string reason(View signature, Bytes header = {0xa1, 0x01, 0x38, 0x22}) const {
    const Bytes document = cbor::Writer().array(4).bstr(header).map(0).bstr(claims.encode()).bstr(signature).take();
    return test::reason_of(appraise_document(document, policy, noon()));
  }
  crypto::EcSignature good() const {
    const Bytes payload = claims.encode();
    const Bytes header = {0xa1, 0x01, 0x38, 0x22};
    return a.leaf_key.sign(cbor::Writer().array(4).tstr("Signature1").bstr(header).bstr({}).bstr(payload).take());
  }
};

// other_s returns (r, n - s): the second signature that ECDSA accepts for every first.
crypto::EcSignature other_s(const crypto::EcSignature& signature) {
  const Bytes n =
      from_hex("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973")
          .value();
  crypto::EcSignature out = signature;
  int borrow = 0;
  for (std::size_t i = 48; i-- > 0;) {
    const int d = n[i] - signature[48 + i] - borrow;
    borrow = d < 0 ? 1 : 0;
    out[48 + i] = static_cast<std::uint8_t>(d + 256 * borrow);
  }
  return out;
}

TEST(Signature, HighSIsAcceptedForHardwareMakesIt) {
  const Signed s;
  const auto first = s.good();
  const auto second = other_s(first);
  EXPECT_NE(first, second);
  EXPECT_EQ(s.reason(first), "accepted");
  EXPECT_EQ(s.reason(second), "accepted");
}

TEST(Signature, Refused) {
  const Signed s;
  const auto good = s.good();
  auto r0 = good;
  std::fill_n(r0.begin(), 48, std::uint8_t{0});
  EXPECT_EQ(s.reason(r0), "evidence_signature_invalid");
  auto s0 = good;
  std::fill_n(s0.begin() + 48, 48, std::uint8_t{0});
  EXPECT_EQ(s.reason(s0), "evidence_signature_invalid");
  EXPECT_EQ(s.reason(Bytes(96)), "evidence_signature_invalid");
  EXPECT_EQ(s.reason(Bytes(96, 0xff)), "evidence_signature_invalid");
  EXPECT_EQ(s.reason(View(good).first(95)), "evidence_malformed");
  EXPECT_EQ(s.reason(concat({good, Bytes{0}})), "evidence_malformed");
  EXPECT_EQ(s.reason(good, {0xa1, 0x01, 0x26}), "algorithm_unsupported");
  // Signed by another key of the chain, and by a key of nobody.
  const Bytes tbs = cbor::Writer()
                        .array(4)
                        .tstr("Signature1")
                        .bstr(Bytes{0xa1, 0x01, 0x38, 0x22})
                        .bstr({})
                        .bstr(s.claims.encode())
                        .take();
  EXPECT_EQ(s.reason(s.a.instance_key.sign(tbs)), "evidence_signature_invalid");
  EXPECT_EQ(s.reason(EcKey::generate().sign(tbs)), "evidence_signature_invalid");
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto flipped = good;
    flipped[i] ^= 1;
    EXPECT_EQ(s.reason(flipped), "evidence_signature_invalid") << i;
  }
}

TEST(Signature, TaggedOrNot) {
  const Signed s;
  const Bytes plain = s.a.sign(s.claims);
  const Bytes tagged = cbor::Writer().tag(18).raw(plain).take();
  const Bytes twice = cbor::Writer().tag(18).raw(tagged).take();
  const Bytes other = cbor::Writer().tag(17).raw(plain).take();
  EXPECT_EQ(test::reason_of(appraise_document(plain, s.policy, noon())), "accepted");
  EXPECT_EQ(test::reason_of(appraise_document(tagged, s.policy, noon())), "accepted");
  EXPECT_EQ(test::reason_of(appraise_document(twice, s.policy, noon())), "evidence_malformed");
  EXPECT_EQ(test::reason_of(appraise_document(other, s.policy, noon())), "evidence_malformed");
}
}  // namespace
}  // namespace glovebox::verifier
