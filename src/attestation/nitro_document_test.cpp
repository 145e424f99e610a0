#include "attestation/nitro_document.h"

#include "base/cbor.h"
#include "support.h"

namespace glovebox::attestation {
namespace {
NitroClaims good() {
  NitroClaims c;
  c.module_id = "i-0123456789abcdef0-enc0123456789abcdef";
  c.timestamp = Time{1'700'000'000'123};
  for (std::uint8_t i = 0; i < 16; ++i) c.pcrs[i] = Pcr{i};
  c.certificate = Bytes(100, 1);
  c.cabundle = {Bytes(50, 2), Bytes(60, 3)};
  c.nonce = Bytes(32, 4);
  return c;
}

// Payload writes a map whose entries a test may change one by one; `indefinite` as hardware does since 2025.
struct Payload {
  std::vector<std::pair<std::string, Bytes>> entries;
  bool indefinite = false;

  static Payload of(const NitroClaims& claims) {
    Payload out;
    const Bytes bytes = claims.encode();
    cbor::Reader in(bytes, cbor::Form::foreign);
    for (auto map = in.map(16); in.more(map);) {
      const std::string key(in.key_text(map, 32));
      out.entries.emplace_back(key, to_bytes(in.item()));
    }
    return out;
  }
  Payload& set(const std::string& key, const cbor::Writer& value) {
    for (auto& [k, v] : entries)
      if (k == key) v = to_bytes(value.view());
    return *this;
  }
  Payload& remove(const std::string& key) {
    std::erase_if(entries, [&](const auto& e) { return e.first == key; });
    return *this;
  }
  Payload& add(const std::string& key, const cbor::Writer& value) {
    entries.emplace_back(key, to_bytes(value.view()));
    return *this;
  }
  Bytes bytes() const {
    Bytes out = indefinite ? Bytes{0xbf} : cbor::Writer().map(entries.size()).take();
    for (const auto& [key, value] : entries) out = concat({out, cbor::Writer().tstr(key).view(), value});
    if (indefinite) out.push_back(0xff);
    return out;
  }
};
Payload payload() {
  return Payload::of(good());
}
std::string reason(const Payload& p) {
  return test::reason_of(NitroClaims::parse(p.bytes()));
}
cbor::Writer raw(std::initializer_list<std::uint8_t> bytes) {
  cbor::Writer out;
  out.raw(Bytes(bytes));
  return out;
}
cbor::Writer bstr(std::size_t size) {
  cbor::Writer out;
  out.bstr(Bytes(size, 9));
  return out;
}

TEST(NitroClaims, RoundTrip) {
  EXPECT_EQ(*NitroClaims::parse(good().encode()), good());
  NitroClaims all = good();
  all.public_key = Bytes(1024, 5);
  all.user_data = Bytes(512, 6);
  all.nonce = Bytes(512, 7);
  EXPECT_EQ(*NitroClaims::parse(all.encode()), all);
}

TEST(NitroClaims, IndefiniteMapsAndAnyOrderOfKeys) {
  Payload p = payload();
  p.indefinite = true;
  std::ranges::reverse(p.entries);
  EXPECT_EQ(*NitroClaims::parse(p.bytes()), good());
  // The inner map too.
  Bytes pcrs = {0xbf};
  for (std::uint8_t i = 0; i < 3; ++i) pcrs = concat({pcrs, cbor::Writer().uint(i).bstr(Pcr{1}).view()});
  pcrs.push_back(0xff);
  EXPECT_EQ(NitroClaims::parse(payload().set("pcrs", cbor::Writer().raw(pcrs)).bytes())->pcrs.size(), 3U);
  EXPECT_EQ(
      NitroClaims::parse(payload().set("cabundle", raw({0x9f, 0x41, 0x01, 0x41, 0x02, 0xff})).bytes())->cabundle.size(),
      2U);
}

TEST(NitroClaims, NullAndAbsentAreTheSame) {
  NitroClaims none = good();
  none.nonce.reset();
  EXPECT_EQ(*NitroClaims::parse(payload().set("nonce", raw({0xf6})).bytes()), none);
  EXPECT_EQ(*NitroClaims::parse(payload().remove("nonce").bytes()), none);
}

TEST(NitroClaims, Traps) {
  EXPECT_EQ(reason(payload()), "accepted");
  for (const char* key : {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"}) {
    EXPECT_EQ(reason(payload().remove(key)), "evidence_malformed") << key;
    EXPECT_EQ(reason(payload().set(key, raw({0xf6}))), "evidence_malformed") << key << " null";
    EXPECT_EQ(reason(payload().add(key, raw({0x00}))), "evidence_malformed") << key << " twice";
  }
  EXPECT_EQ(reason(payload().set("module_id", raw({0x60}))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("digest", cbor::Writer().tstr("SHA256"))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("timestamp", raw({0x20}))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("timestamp", cbor::Writer().uint(UINT64_MAX))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("timestamp", raw({0x18, 0x05}))), "evidence_malformed");  // longer than needed
  EXPECT_EQ(reason(payload().set("certificate", bstr(1024))), "accepted");
  EXPECT_EQ(reason(payload().set("certificate", bstr(1025))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("certificate", bstr(0))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("cabundle", raw({0x80}))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("cabundle", raw({0x81, 0x40}))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("nonce", bstr(512))), "accepted");
  EXPECT_EQ(reason(payload().set("nonce", bstr(513))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("user_data", bstr(513))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("public_key", bstr(1025))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("nonce", cbor::Writer().tstr("text"))), "evidence_malformed");
  EXPECT_EQ(reason(payload().set("nonce", raw({0x5f, 0x41, 0x01, 0xff}))), "evidence_malformed");  // indefinite string
  EXPECT_EQ(reason(payload().add("extra", raw({0x00}))), "evidence_malformed");
  EXPECT_EQ(reason(payload().remove("pcrs").add("nitrotpm_pcrs", raw({0xa0}))), "platform_unknown");
  EXPECT_EQ(reason(payload().add("nitrotpm_pcrs", raw({0xa0}))), "platform_unknown");
  Bytes trailing = payload().bytes();
  trailing.push_back(0);
  EXPECT_EQ(test::reason_of(NitroClaims::parse(trailing)), "evidence_malformed");
}

TEST(NitroClaims, OfAnEnclaveOrOfATpmAndNeverBoth) {
  const auto of_tpm = [](const Payload& p) { return test::reason_of(NitroClaims::parse(p.bytes(), NitroSource::tpm)); };
  NitroClaims tpm = good();
  tpm.source = NitroSource::tpm;
  const Payload p = Payload::of(tpm);
  EXPECT_EQ(*NitroClaims::parse(tpm.encode(), NitroSource::tpm), tpm);
  EXPECT_NE(tpm, good());
  EXPECT_EQ(reason(p), "platform_unknown");
  EXPECT_EQ(of_tpm(payload()), "platform_unknown");
  EXPECT_EQ(of_tpm(Payload(p).add("pcrs", raw({0xa0}))), "platform_unknown");
  EXPECT_EQ(of_tpm(payload().add("nitrotpm_pcrs", raw({0xa0}))), "platform_unknown");
  for (const char* key : {"module_id", "digest", "timestamp", "nitrotpm_pcrs", "certificate", "cabundle"}) {
    EXPECT_EQ(of_tpm(Payload(p).remove(key)), "evidence_malformed") << key;
    EXPECT_EQ(of_tpm(Payload(p).set(key, raw({0xf6}))), "evidence_malformed") << key << " null";
    EXPECT_EQ(of_tpm(Payload(p).add(key, raw({0x00}))), "evidence_malformed") << key << " twice";
  }
  EXPECT_EQ(reason(payload().remove("pcrs")), "evidence_malformed");
  const Bytes bytes = tpm.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(test::reason_of(NitroClaims::parse(View(bytes).first(size), NitroSource::tpm)), "evidence_malformed");
}

TEST(NitroClaims, Registers) {
  const auto with = [](auto&& write) {
    cbor::Writer out;
    write(out);
    return reason(payload().set("pcrs", out));
  };
  const Pcr v{1};
  EXPECT_EQ(with([&](auto& out) { out.map(0); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(1).uint(31).bstr(v); }), "accepted");
  EXPECT_EQ(with([&](auto& out) { out.map(1).uint(32).bstr(v); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(1).uint(256).bstr(v); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(2).uint(1).bstr(v).uint(1).bstr(v); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(1).uint(0).bstr(View(v).first(47)); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(1).uint(0).bstr(View(v).first(32)); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(1).uint(0).bstr(Bytes(64)); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) { out.map(1).tstr("0").bstr(v); }), "evidence_malformed");
  EXPECT_EQ(with([&](auto& out) {
              out.map(33);
              for (std::uint64_t i = 0; i < 33; ++i) out.uint(i).bstr(v);
            }),
            "evidence_malformed");
}

TEST(NitroClaims, EveryShorterPrefixIsRefused) {
  for (const bool indefinite : {false, true}) {
    Payload p = payload();
    p.indefinite = indefinite;
    const Bytes bytes = p.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_EQ(test::reason_of(NitroClaims::parse(View(bytes).first(size))), "evidence_malformed") << size;
  }
}

// Document writes the outer COSE_Sign1 by hand, so that it can be wrong.
struct Document {
  Bytes protected_bytes = {0xa1, 0x01, 0x38, 0x22};
  Bytes unprotected = {0xa0};
  Bytes payload = good().encode();
  Bytes signature = Bytes(96, 1);
  bool tag = false;

  Bytes bytes() const {
    cbor::Writer out;
    if (tag) out.tag(18);
    out.array(4).bstr(protected_bytes).raw(unprotected).bstr(payload).bstr(signature);
    return out.take();
  }
  std::string reason() const { return test::reason_of(parse_unverified(bytes())); }
};

TEST(NitroDocument, Form) {
  EXPECT_EQ(Document{}.reason(), "accepted");
  EXPECT_EQ(Document{.tag = true}.reason(), "accepted");
  EXPECT_EQ((Document{.protected_bytes = {0xa1, 0x01, 0x26}}.reason()), "algorithm_unsupported");  // ES256, -7
  EXPECT_EQ((Document{.protected_bytes = {0xa1, 0x01, 0x20}}.reason()), "algorithm_unsupported");  // an emulator's -1
  EXPECT_EQ((Document{.protected_bytes = {0xa1, 0x01, 0x27}}.reason()), "algorithm_unsupported");  // EdDSA, -8
  EXPECT_EQ((Document{.protected_bytes = {0xa0}}.reason()), "evidence_malformed");
  EXPECT_EQ((Document{.protected_bytes = {}}.reason()), "evidence_malformed");
  EXPECT_EQ((Document{.protected_bytes = {0xa2, 0x01, 0x38, 0x22, 0x04, 0x40}}.reason()), "evidence_malformed");
  EXPECT_EQ((Document{.unprotected = {0xa1, 0x04, 0x40}}.reason()), "evidence_malformed");
  EXPECT_EQ((Document{.signature = Bytes(95, 1)}.reason()), "evidence_malformed");
  EXPECT_EQ((Document{.signature = Bytes(97, 1)}.reason()), "evidence_malformed");
  Bytes trailing = Document{}.bytes();
  trailing.push_back(0);
  EXPECT_EQ(test::reason_of(parse_unverified(trailing)), "evidence_malformed");
  EXPECT_EQ(test::reason_of(parse_unverified(Bytes(nitro_document_size_max + 1, 0x84))), "evidence_malformed");
  EXPECT_EQ(test::reason_of(parse_unverified({})), "truncated");
}

TEST(NitroDocument, PayloadOfMoreThanTheBound) {
  // A payload that only its size is wrong with: 8 certificates cannot reach it, so registers carry on in a text.
  Document d;
  d.payload = Bytes(nitro_payload_size_max + 1, 0xa0);
  EXPECT_EQ(d.reason(), "evidence_malformed");
  EXPECT_NE(parse_unverified(d.bytes()).error().expected.find("16384"), std::string::npos);
}

TEST(NitroDocument, EveryShorterPrefixIsTruncated) {
  const Bytes bytes = Document{.tag = true}.bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(test::reason_of(parse_unverified(View(bytes).first(size))), "truncated") << size;
}

TEST(NitroDocument, AnEmulatorsDocumentIsUnsigned) {
  const auto path = test::shared() / "vectors/nitro/qemu/qemu-10.0.2-unsigned-attestation-doc.cbor";
  GLOVEBOX_NEEDS(path);
  EXPECT_EQ(test::reason_of(parse_unverified(test::read(path))), "algorithm_unsupported");
  // To its own enclave it says the time all the same; its form is held to what every document's is.
  const Bytes own = test::read(path);
  const auto claims = parse_own(own);
  ASSERT_TRUE(claims) << describe(claims.error());
  EXPECT_GT(claims->timestamp.seconds(), 1'700'000'000);
  EXPECT_EQ(claims->cabundle.front(), Bytes(64));
  for (std::size_t size = 0; size < own.size(); ++size) EXPECT_FALSE(parse_own(View(own).first(size))) << size;
}

TEST(NitroDocument, ItsOwnEnclaveReadsOnlyWholeClaims) {
  EXPECT_TRUE(parse_own((Document{.protected_bytes = {0xa1, 0x01, 0x20}}.bytes())));
  EXPECT_EQ(test::reason_of(parse_own(Bytes(nitro_document_size_max + 1))), "evidence_malformed");
  EXPECT_EQ(test::reason_of(parse_own(Bytes{0x84})), "evidence_malformed");
}
}  // namespace
}  // namespace glovebox::attestation
