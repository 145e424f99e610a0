#include "receipt/receipt.h"

#include "crypto/random.h"
#include "receipt/verify.h"
#include "support.h"

namespace glovebox::receipt {
namespace {
using test::reason_of;

template <std::size_t N>
Array<N> filled(std::uint8_t first) {
  Array<N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(first + i);
  return out;
}
crypto::SigningKey receipt_key() {
  return crypto::SigningKey(Secret<32>(filled<32>(1)));
}

// Evidence as an enclave gives it for one request: the document itself is the verifier's business.
attestation::Evidence evidence_of(const crypto::VerifyKey& key = receipt_key().public_key()) {
  const auto hpke = crypto::KemPrivate::from_seed(crypto::Kem::x_wing, Secret<32>(filled<32>(2)));
  return {std::string(attestation::media_type_nitro), Bytes(100, 1), to_bytes(filled<32>(3)),
          attestation::KeySet::of(hpke.public_key(), key),
          attestation::ClientContext{filled<32>(4), {filled<32>(5), filled<32>(6)}}};
}

Disclosure a_disclosure() {
  return {Secret<32>(filled<32>(10)), Secret<32>(filled<32>(11)), Secret<32>(filled<32>(12))};
}
const Digest input_digest = filled<32>(13);
const Bytes output(100, 14), quality(50, 15);

Receipt a_receipt() {
  Receipt out;
  out.request_digest = filled<32>(20);
  out.parameters_digest = filled<32>(21);
  out.model_digest = filled<32>(5);
  out.policy_digest = filled<32>(23);
  out.binding = fixed<64>(evidence_of().binding().view()).value();
  out.release = ReleaseProof{crypto::VerifyKey{filled<32>(24)}, filled<16>(25), Time::from_seconds(1'800'000'000), 2};
  out.time = {1'800'000'000'123};
  out.leakage = "size class 2^20; pace of reading";
  out.development = true;
  fill_commitments(out, a_disclosure(), input_digest, output, quality);
  return out;
}
Expected expected() {
  return {filled<32>(20), filled<32>(21), filled<32>(5), filled<32>(23), crypto::VerifyKey{filled<32>(24)}, true};
}

TEST(Receipt, ReadsAsItWasWritten) {
  Receipt least = a_receipt();
  least.policy_digest.reset();
  least.release.reset();
  for (const Receipt& receipt : {a_receipt(), least}) {
    const Bytes bytes = receipt.encode();
    EXPECT_EQ(Receipt::parse(bytes).value(), receipt);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_EQ(reason_of(Receipt::parse(View(bytes).first(size))), "truncated") << size;
  }
}

TEST(Receipt, HoldsOffline) {
  const Bytes cose = a_receipt().sign(receipt_key());
  const auto opened = open_under(evidence_of(), cose);
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_TRUE(check_expected(*opened, expected()));
  EXPECT_TRUE(check_commitments(*opened, a_disclosure(), input_digest, output, quality));
}

TEST(Receipt, OfAnotherEnclaveDoesNotHold) {
  const Bytes cose = a_receipt().sign(receipt_key());
  const crypto::SigningKey other(Secret<32>(filled<32>(99)));
  EXPECT_EQ(reason_of(open_under(evidence_of(other.public_key()), cose)), "receipt_invalid");
  EXPECT_EQ(reason_of(open_under(evidence_of(), a_receipt().sign(other))), "receipt_invalid");
  // The same receipt key under another nonce is other evidence.
  auto later = evidence_of();
  later.nonce[0] ^= 1;
  EXPECT_EQ(reason_of(open_under(later, cose)), "receipt_invalid");
  // A model that the enclave did not hold.
  Receipt receipt = a_receipt();
  receipt.model_digest = filled<32>(7);
  EXPECT_EQ(reason_of(open_under(evidence_of(), receipt.sign(receipt_key()))), "receipt_invalid");
  // Evidence for another purpose, or without a receipt key.
  auto release = evidence_of();
  release.context = attestation::ReleaseContext{};
  EXPECT_EQ(reason_of(open_under(release, cose)), "receipt_invalid");
  auto bare = evidence_of();
  bare.keys = attestation::KeySet::of(
      crypto::KemPrivate::from_seed(crypto::Kem::x_wing, Secret<32>(filled<32>(2))).public_key());
  EXPECT_EQ(reason_of(open_under(bare, cose)), "receipt_invalid");
}

TEST(Receipt, EveryChangedBitIsRefused) {
  const Bytes cose = a_receipt().sign(receipt_key());
  for (std::size_t i = 0; i < cose.size(); ++i) {
    Bytes changed = cose;
    changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    ASSERT_FALSE(open_under(evidence_of(), changed)) << i;
  }
}

TEST(Receipt, EachFieldIsCheckedByName) {
  const auto refused = [](auto change) {
    Receipt receipt = a_receipt();
    change(receipt);
    const Status status = check_expected(receipt, expected());
    EXPECT_EQ(reason_of(status), "receipt_invalid");
    return status ? std::string() : status.error().found;
  };
  std::vector<std::string> found{refused([](Receipt& r) { r.request_digest[0] ^= 1; }),
                                 refused([](Receipt& r) { r.parameters_digest[0] ^= 1; }),
                                 refused([](Receipt& r) { r.model_digest[0] ^= 1; }),
                                 refused([](Receipt& r) { (*r.policy_digest)[0] ^= 1; }),
                                 refused([](Receipt& r) { r.release.reset(); }),
                                 refused([](Receipt& r) { r.release->broker.bytes[0] ^= 1; }),
                                 refused([](Receipt& r) { r.development = false; })};
  std::ranges::sort(found);
  EXPECT_EQ(std::ranges::unique(found).begin(), found.end()) << "each field has words of its own";
  EXPECT_EQ(refused([](Receipt& r) { r.policy_digest.reset(); }), "another release policy, none");
  Expected no_release = expected();
  no_release.broker.reset();
  EXPECT_EQ(reason_of(check_expected(a_receipt(), no_release)), "receipt_invalid");
}

TEST(Commitments, OpenOneByOneToTheirOwnValueAlone) {
  const Receipt receipt = a_receipt();
  const Disclosure keys = a_disclosure();
  EXPECT_TRUE(check_input(receipt, keys.key_input, input_digest));
  EXPECT_TRUE(check_output(receipt, keys.key_output, output));
  EXPECT_TRUE(check_quality(receipt, keys.key_quality, quality));
  EXPECT_EQ(reason_of(check_input(receipt, keys.key_output, input_digest)), "receipt_invalid");
  EXPECT_EQ(reason_of(check_input(receipt, keys.key_input, Digest{})), "receipt_invalid");
  EXPECT_EQ(reason_of(check_output(receipt, keys.key_output, Bytes(99, 14))), "receipt_invalid");
  EXPECT_EQ(reason_of(check_quality(receipt, keys.key_quality, output)), "receipt_invalid");
}

TEST(Disclosure, ReadsAsItWasWritten) {
  const SecretBytes bytes = a_disclosure().encode();
  const auto parsed = Disclosure::parse(bytes.expose());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->key_input == a_disclosure().key_input);
  EXPECT_TRUE(parsed->key_output == a_disclosure().key_output);
  EXPECT_TRUE(parsed->key_quality == a_disclosure().key_quality);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(reason_of(Disclosure::parse(bytes.expose().first(size))), "truncated") << size;
  EXPECT_FALSE(Disclosure::fresh().key_input == Disclosure::fresh().key_input);
  EXPECT_EQ(reason_of(Disclosure::parse(
                cbor::Writer().document(disclosure_label, 4).bstr(Bytes(31)).bstr(Bytes(32)).bstr(Bytes(32)).view())),
            "malformed");
}
}  // namespace
}  // namespace glovebox::receipt
