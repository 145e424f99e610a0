#include "attestation/binding.h"

#include <set>

#include "attestation/evidence.h"
#include "attestation/pcr.h"
#include "support.h"

namespace glovebox::attestation {
namespace {
template <std::size_t N>
Array<N> filled(std::uint8_t b) {
  Array<N> out;
  out.fill(b);
  return out;
}
Nonce counting() {
  Nonce nonce;
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::uint8_t>(i);
  return nonce;
}
KeySet hpke_only() {
  return *KeySet::create({{"hpke", 0x20, Bytes(32, 0x42)}});
}
KeySet client_keys() {
  return *KeySet::create({{"receipt", 8, Bytes(32, 0x43)}, {"hpke", 0x20, Bytes(32, 0x42)}});  // sorted by create
}
ClientContext client_context() {
  return {.configuration = filled<32>(0x33), .models = {filled<32>(0x11), filled<32>(0x22)}};
}
crypto::VerifyKey broker() {
  return {.bytes = filled<32>(3)};
}

// The expected values of this file were computed by another program with another CBOR encoder (Python's hashlib and a
// dozen lines by hand), from docs/spec/evidence.md.
TEST(Binding, KnownAnswers) {
  EXPECT_EQ(to_hex(client_keys().digest()), "d14994d003f52a272660222c799af0be051c317e2d63a0613e067638db4e71f0");
  EXPECT_EQ(to_hex(make_binding(counting(), client_keys(), client_context()).view()),
            "489e6cac53315857f9b0aeacaef4ae6870c4630a96d79ecba6212579be12279f"
            "56cd460c5497ca9fda869e4746c8f156b5852e15b575f391c7c1f66b56abacb0");
  const ReleaseContext release{.request = filled<32>(1), .wrapped_key = filled<32>(2), .broker = broker()};
  EXPECT_EQ(to_hex(make_binding(counting(), hpke_only(), release).view()),
            "c5deb22fbf3431f887742184fc0a84c178f996a730d7d614bd6f799818099d22"
            "a391db450685f5c712eb344d0a2af5fea0b2bceb0b1929e85ac7bc4d0de6feda");
  const ModelContext model{.bundle = filled<32>(1), .broker = broker()};
  EXPECT_EQ(to_hex(make_binding(counting(), hpke_only(), model).view()),
            "ecbd4c15dd2cbcc2defc5826191a53213a94d466a12ee0eb0f3a677c2f2a766d"
            "9d3a3c3a16a0880e745a02438caaffe9f45050202c42c395d9c9f32f03ec27d1");
  const auto rsa = *KeySet::create({{"kms", 1, Bytes{0x30, 0x82}}});
  EXPECT_EQ(to_hex(make_binding({}, rsa, KmsContext{"arn:aws:kms:eu-central-1:1:key/2"}).view()),
            "b7e32af49d5c63bdeee9e3bca8bcacb3d3d020f5ec63a9845ad487b53fff556d"
            "bba75da20777dfd085e23101a2beffd6cf6a9b310642741ee5a47b45319b993e");
}

TEST(Binding, EveryPartCounts) {
  std::set<std::string> seen;
  const auto add = [&](View nonce, const KeySet& keys, const Context& context) {
    EXPECT_TRUE(seen.insert(to_hex(make_binding(nonce, keys, context).view())).second);
  };
  const Nonce nonce = counting();
  add(nonce, client_keys(), client_context());
  Nonce other = nonce;
  other[31] ^= 1;
  add(other, client_keys(), client_context());
  add(View(nonce).first(31), client_keys(), client_context());
  add(nonce, hpke_only(), client_context());
  ClientContext context = client_context();
  context.configuration[0] ^= 1;
  add(nonce, client_keys(), context);
  context = client_context();
  context.models.pop_back();
  add(nonce, client_keys(), context);
  add(nonce, hpke_only(), ModelContext{.bundle = filled<32>(1), .broker = broker()});
  add(nonce, hpke_only(), ModelContext{.bundle = filled<32>(1), .broker = {.bytes = filled<32>(4)}});
  add(nonce, hpke_only(), ReleaseContext{.request = filled<32>(1), .wrapped_key = filled<32>(1), .broker = broker()});
  // A key under another role or algorithm is another key.
  add(nonce, *KeySet::create({{"receipt", 0x20, Bytes(32, 0x42)}}), client_context());
  add(nonce, *KeySet::create({{"hpke", 0x21, Bytes(32, 0x42)}}), client_context());
}

TEST(Binding, ModelsHaveNoOrder) {
  ClientContext turned = client_context();
  std::swap(turned.models[0], turned.models[1]);
  EXPECT_EQ(make_binding(counting(), client_keys(), turned), make_binding(counting(), client_keys(), client_context()));
}

TEST(KeySet, Bounds) {
  EXPECT_EQ(test::reason_of(KeySet::create({})), "evidence_malformed");
  EXPECT_EQ(test::reason_of(KeySet::create({{"hpke", 1, Bytes(1)}, {"hpke", 2, Bytes(1)}})), "evidence_malformed");
  EXPECT_EQ(test::reason_of(KeySet::create({{"hpke", 1, Bytes(key_size_max + 1)}})), "evidence_malformed");
  EXPECT_EQ(test::reason_of(KeySet::create({{"", 1, Bytes(1)}})), "evidence_malformed");
  EXPECT_EQ(test::reason_of(KeySet::create({{"hpke", 1, {}}})), "evidence_malformed");
  EXPECT_EQ(test::reason_of(KeySet::create({{"hpke", 1, Bytes(key_size_max)}})), "accepted");
}

TEST(Registers, KnownAnswers) {
  // PCR2 of an image with one ramdisk, as published by the builders of such images.
  EXPECT_EQ(to_hex(no_ramdisk()),
            "21b9efbc184807662e966d34f390821309eeac6802309798826296bf3e8bec7c10edb30948c90ba67310f7b964fc500a");
  const std::vector<Digest> models = {filled<32>(0x22), filled<32>(0x11)};
  EXPECT_EQ(to_hex(models_register(models)),
            "f78e566ac62d3da5cede04c4dd1309152d9ab56a028a6a06d96040fbeda77076a533472d1f1ded2d0f64282082509bff");
  EXPECT_EQ(to_hex(configuration_register(filled<32>(0x33))),
            "047f195d65d0378b9aa546a760f6bac7d5598637724c7d8cdbf9d8ea5e387c6a1db95366c3e0c3ae147920b516facec7");
}

class EvidenceMessage : public testing::TestWithParam<Purpose> {
 protected:
  static Evidence make(Purpose purpose) {
    Evidence e{.media_type = std::string(media_type_nitro),
               .document = Bytes(100, 7),
               .nonce = to_bytes(counting()),
               .keys = hpke_only(),
               .context = {}};
    switch (purpose) {
      case Purpose::client:
        e.keys = client_keys();
        e.context = client_context();
        break;
      case Purpose::release:
        e.context = ReleaseContext{.request = filled<32>(1), .wrapped_key = filled<32>(2), .broker = broker()};
        break;
      case Purpose::model:
        e.context = ModelContext{.bundle = filled<32>(1), .broker = broker()};
        break;
      case Purpose::kms:
        e.nonce.clear();
        e.context = KmsContext{"arn"};
        break;
    }
    return e;
  }
};

TEST_P(EvidenceMessage, RoundTrip) {
  const Evidence evidence = make(GetParam());
  EXPECT_EQ(evidence.purpose(), GetParam());
  const auto parsed = Evidence::parse(evidence.encode());
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(*parsed, evidence);
  EXPECT_EQ(parsed->binding(), evidence.binding());
}

TEST_P(EvidenceMessage, EveryShorterPrefixAndEveryLongerIsRefused) {
  Bytes bytes = make(GetParam()).encode();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(test::reason_of(Evidence::parse(View(bytes).first(size))), "evidence_malformed") << size;
  bytes.push_back(0);
  EXPECT_EQ(test::reason_of(Evidence::parse(bytes)), "evidence_malformed");
}

// One message has one spelling: whatever else is accepted is another message.
TEST_P(EvidenceMessage, WhatIsReadIsWhatIsWritten) {
  const Bytes bytes = make(GetParam()).encode();
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      const auto parsed = Evidence::parse(changed);
      if (!parsed) continue;
      ++accepted;
      EXPECT_EQ(parsed->encode(), changed);
      EXPECT_FALSE(*parsed == make(GetParam()));
    }
  EXPECT_GT(accepted, 100U);  // the document's own bytes, at least
}
INSTANTIATE_TEST_SUITE_P(Purposes, EvidenceMessage,
                         testing::Values(Purpose::client, Purpose::release, Purpose::model, Purpose::kms),
                         [](const auto& i) { return std::string(name(i.param)); });

TEST(Evidence, PurposeAndContextBelongTogether) {
  Evidence e{.media_type = "x",
             .document = Bytes(1),
             .nonce = to_bytes(counting()),
             .keys = hpke_only(),
             .context = ModelContext{}};
  const Bytes bytes = e.encode();
  // "model" and "client" differ in length, so the text is exchanged with its head.
  std::string text(text_of(bytes));
  const auto at = text.find("\x65model");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 6,
               "\x66"
               "client");
  EXPECT_EQ(test::reason_of(Evidence::parse(view_of(text))), "evidence_malformed");
  text.replace(at, 7,
               "\x67"
               "unknown");
  EXPECT_EQ(test::reason_of(Evidence::parse(view_of(text))), "evidence_malformed");
}

TEST(Evidence, DocumentOfMoreThanTheBound) {
  Evidence e{.media_type = "x",
             .document = Bytes(document_size_max),
             .nonce = {},
             .keys = hpke_only(),
             .context = ModelContext{}};
  EXPECT_EQ(test::reason_of(Evidence::parse(e.encode())), "accepted");
  e.document.push_back(0);
  EXPECT_EQ(test::reason_of(Evidence::parse(e.encode())), "evidence_malformed");
}
}  // namespace
}  // namespace glovebox::attestation
