// What a host could send in the place of an answer, each refused by name.
#include "client/answer_check.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "protocol/answer.h"
#include "receipt/disclosure.h"
#include "support.h"

namespace glovebox::client {
namespace {

// Answers makes answers as the enclave would, and as others would.
struct Answers : testing::Test {
  crypto::KemPrivate result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  crypto::SigningKey receipt_key = crypto::SigningKey::generate();
  crypto::KemPrivate enclave_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  crypto::SigningKey broker = crypto::SigningKey::generate();
  verifier::ModelReference model{"m", Digest{7}};
  protocol::Parameters parameters{.input = protocol::Input::vcf, .purpose = "risk-score"};
  Digest request{1}, policy{2}, input{3};
  result::Report report{.model = "m", .version = "1", .model_digest = Digest{7}, .output = "p", .leakage = "none"};
  receipt::Receipt facts;

  Answers() {
    report.rows.push_back({.id = "person", .margins = {0.5F}, .predictions = {0.6F}});
    facts.request_digest = request;
    facts.parameters_digest = parameters.digest();
    facts.model_digest = model.digest;
    facts.policy_digest = policy;
    facts.binding = fixed<64>(enclave().result.binding->view()).value();
    facts.release = receipt::ReleaseProof{.broker = broker.public_key(), .release_id = {}, .time = {}, .use = 1};
    facts.development = true;
    facts.leakage = "none";
  }

  Enclave enclave() const {
    attestation::Evidence evidence{
        .media_type = std::string(attestation::media_type_nitro),
        .document = Bytes(16),
        .nonce = Bytes(32),
        .keys = attestation::KeySet::of(enclave_key.public_key(), receipt_key.public_key()),
        .context = attestation::ClientContext{.configuration = {}, .models = {model.digest}}};
    verifier::AttestationResult result;
    result.development = true;
    result.binding = evidence.binding();
    result.receipt = receipt_key.public_key();
    return {std::move(evidence), std::move(result)};
  }

  Bytes seal(const result::Outcome& outcome, const receipt::Receipt& receipt, const crypto::SigningKey& signer,
             const Digest& for_request) const {
    auto signed_facts = receipt;
    const auto disclosure = receipt::Disclosure::fresh();
    const Bytes encoded = result::encode(outcome);
    if (const auto* scored = std::get_if<result::Report>(&outcome)) {
      receipt::fill_commitments(signed_facts, disclosure, input, result::encode_rows(*scored),
                                result::encode_quality(*scored));
    } else {
      receipt::fill_commitments(signed_facts, disclosure, input, encoded, {});
    }
    const protocol::Answer answer{.result = SecretBytes(View(encoded)),
                                  .receipt = signed_facts.sign(signer),
                                  .disclosure = disclosure.encode(),
                                  .evidence = enclave().evidence.encode()};
    return answer.seal(result_key.public_key(), for_request, protocol::OutputForm::score, 0).value();
  }
  Bytes good() const { return seal(report, facts, receipt_key, request); }

  Result<Scored> check(View sealed) const { return check_with(sealed, request, parameters, input); }
  Result<Scored> check_with(View sealed, const Digest& asked, const protocol::Parameters& with,
                            const Digest& data) const {
    return check_answer(sealed,
                        {.result_key = result_key,
                         .request_digest = asked,
                         .parameters = with,
                         .parameters_digest = with.digest(),
                         .model = model,
                         .policy_digest = policy,
                         .broker = broker.public_key(),
                         .input_digest = data},
                        enclave());
  }
};

TEST_F(Answers, TheEnclavesOwnIsTaken) {
  const auto scored = check(good());
  ASSERT_TRUE(scored) << describe(scored.error());
  EXPECT_EQ(scored->report, report);
}

TEST_F(Answers, AScoreSealedByTheHostIsRefused) {
  const auto host = crypto::SigningKey::generate();
  EXPECT_EQ(test::reason_of(check(seal(report, facts, host, request))), "receipt_invalid");
}

TEST_F(Answers, ARefusalSealedByTheHostIsRefused) {
  const auto host = crypto::SigningKey::generate();
  EXPECT_EQ(test::reason_of(check(seal(Error{Reject::build_mismatch}, facts, host, request))), "receipt_invalid");
}

TEST_F(Answers, TheEnclavesRefusalIsShownAsItWasSealed) {
  auto before_release = facts;
  before_release.release.reset();
  EXPECT_EQ(test::reason_of(
                check(seal(Error{Reject::uses_exhausted, "3", "at most 3"}, before_release, receipt_key, request))),
            "uses_exhausted");
}

TEST_F(Answers, YesterdaysAnswerIsRefused) {
  EXPECT_EQ(test::reason_of(check(seal(report, facts, receipt_key, Digest{9}))), "answer_unauthentic");
}

TEST_F(Answers, AnotherPersonsAnswerIsRefused) {
  const Bytes theirs = good();
  result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  EXPECT_EQ(test::reason_of(check(theirs)), "answer_unauthentic");
}

TEST_F(Answers, AReceiptOfAnotherRequestPolicyModelKeyOrBrokerIsRefused) {
  const auto changed = [this](auto change) {
    auto other = facts;
    change(other);
    return test::reason_of(check(seal(report, other, receipt_key, request)));
  };
  EXPECT_EQ(changed([](auto& r) { r.request_digest[0] ^= 1; }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.parameters_digest[0] ^= 1; }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.model_digest[0] ^= 1; }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { (*r.policy_digest)[0] ^= 1; }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.policy_digest.reset(); }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.binding[0] ^= 1; }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.development = false; }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.release.reset(); }), "receipt_invalid");
  EXPECT_EQ(changed([](auto& r) { r.release->broker = crypto::SigningKey::generate().public_key(); }),
            "receipt_invalid");
}

TEST_F(Answers, ChangedParametersAreRefused) {
  auto other = parameters;
  other.absence = protocol::Absence::homref;
  EXPECT_EQ(test::reason_of(check_with(good(), request, other, input)), "receipt_invalid");
}

TEST_F(Answers, AScoreOfOtherDataIsRefused) {
  EXPECT_EQ(test::reason_of(check_with(good(), request, parameters, Digest{8})), "receipt_invalid");
}

TEST_F(Answers, AResultThatIsNotTheCommittedOneIsRefused) {
  // The receipt of a good answer beside another result.
  const auto good_answer = protocol::Answer::open(good(), result_key, request, protocol::OutputForm::score, 0).value();
  auto other = report;
  other.rows.front().predictions.front() = 0.1F;
  const Bytes encoded = result::encode(other);
  const protocol::Answer forged{.result = SecretBytes(View(encoded)),
                                .receipt = good_answer.receipt,
                                .disclosure = SecretBytes(good_answer.disclosure.expose()),
                                .evidence = good_answer.evidence};
  const Bytes sealed = forged.seal(result_key.public_key(), request, protocol::OutputForm::score, 0).value();
  EXPECT_EQ(test::reason_of(check(sealed)), "receipt_invalid");
}

TEST_F(Answers, OtherEvidenceBesideTheAnswerIsRefused) {
  const Bytes sealed = good();
  enclave_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  EXPECT_EQ(test::reason_of(check(sealed)), "answer_unauthentic");
}

// The platform's document may differ (of its signature anyone can make a second one); what it is about may not, and
// what is handed on is the document that was appraised.
TEST_F(Answers, EvidenceBesideTheAnswerIsAboutTheSameKeysNonceAndContext) {
  const auto good_answer = protocol::Answer::open(good(), result_key, request, protocol::OutputForm::score, 0).value();
  const auto with = [&](auto change) {
    attestation::Evidence evidence = enclave().evidence;
    change(evidence);
    const protocol::Answer answer{.result = SecretBytes(good_answer.result.expose()),
                                  .receipt = good_answer.receipt,
                                  .disclosure = SecretBytes(good_answer.disclosure.expose()),
                                  .evidence = evidence.encode()};
    return check(answer.seal(result_key.public_key(), request, protocol::OutputForm::score, 0).value());
  };
  const auto other_document = with([](auto& evidence) { evidence.document.assign(99, 1); });
  ASSERT_TRUE(other_document) << describe(other_document.error());
  EXPECT_EQ(other_document->enclave.evidence, enclave().evidence);
  EXPECT_EQ(test::reason_of(with([](auto& evidence) { evidence.nonce[0] ^= 1; })), "answer_unauthentic");
  EXPECT_EQ(test::reason_of(with([](auto& evidence) { evidence.media_type = "application/octet-stream"; })),
            "answer_unauthentic");
  EXPECT_EQ(test::reason_of(with([](auto& evidence) {
              evidence.context = attestation::ClientContext{.configuration = Digest{1}, .models = {Digest{7}}};
            })),
            "answer_unauthentic");
  EXPECT_EQ(test::reason_of(with([](auto& evidence) {
              evidence.keys = attestation::KeySet::of(crypto::KemPrivate::generate(crypto::Kem::x_wing).public_key(),
                                                      crypto::SigningKey::generate().public_key());
            })),
            "answer_unauthentic");
}

TEST_F(Answers, EveryFlippedBitIsRefused) {
  const Bytes sealed = good();
  for (std::size_t at = 0; at < sealed.size(); at += 997) {
    Bytes bad = sealed;
    bad[at] ^= 1;
    EXPECT_EQ(test::reason_of(check(bad)), "answer_unauthentic") << at;
  }
}

// A slice's answer: the block is held against the receipt as the enclave wrote it, and only then expanded.
struct Blocks : Answers {
  result::Measured measured{.model_digest = Digest{7}, .margins = {0.5F}, .predictions = {0.6F}};
  int expanded = 0;
  Expansion expansion{.shape = {.groups = 1, .outputs = 1},
                      .expand = [this](const result::Measured& m) -> Result<result::Report> {
                        ++expanded;
                        if (m.status != 0) return fail(Reject::malformed, "a record");
                        result::Report out = report;
                        out.rows.front().predictions = m.predictions;
                        return out;
                      }};

  Bytes seal_block(View block, View committed) const {
    auto signed_facts = facts;
    const auto disclosure = receipt::Disclosure::fresh();
    const std::size_t output = result::measured_output_size(expansion.shape);
    receipt::fill_commitments(signed_facts, disclosure, input, committed.first(output), committed.subspan(output));
    const protocol::Answer answer{.result = SecretBytes(block),
                                  .receipt = signed_facts.sign(receipt_key),
                                  .disclosure = disclosure.encode(),
                                  .evidence = enclave().evidence.encode()};
    return answer.seal(result_key.public_key(), request, protocol::OutputForm::score, 0).value();
  }
  Result<Scored> check_block(View sealed, const Expansion* with) const {
    return check_answer(sealed,
                        {.result_key = result_key,
                         .request_digest = request,
                         .parameters = parameters,
                         .parameters_digest = parameters.digest(),
                         .model = model,
                         .policy_digest = policy,
                         .broker = broker.public_key(),
                         .input_digest = input,
                         .expansion = with},
                        enclave());
  }
};

TEST_F(Blocks, AreExpandedOnceTheReceiptHolds) {
  const SecretBytes block = result::encode(measured);
  const auto scored = check_block(seal_block(block.expose(), block.expose()), &expansion);
  ASSERT_TRUE(scored) << describe(scored.error());
  EXPECT_EQ(scored->report.rows.front().predictions, std::vector{0.6F});
  EXPECT_EQ(expanded, 1);
  measured.status = result::measured_record_invalid;
  const SecretBytes refused = result::encode(measured);
  EXPECT_EQ(test::reason_of(check_block(seal_block(refused.expose(), refused.expose()), &expansion)), "malformed");
}

TEST_F(Blocks, OfAnotherCommitmentShapeOrModelAreRefused) {
  const SecretBytes block = result::encode(measured);
  const auto with = [this](auto change) {
    auto other = measured;
    change(other);
    return result::encode(other);
  };
  const SecretBytes output = with([](auto& m) { m.predictions[0] = 0.1F; });
  const SecretBytes quality = with([](auto& m) { m.counts[0].number = 1; });
  for (const SecretBytes* other : {&output, &quality}) {
    EXPECT_EQ(test::reason_of(check_block(seal_block(other->expose(), block.expose()), &expansion)), "receipt_invalid");
  }
  measured.model_digest = Digest{8};
  const SecretBytes of_another = result::encode(measured);
  EXPECT_EQ(test::reason_of(check_block(seal_block(of_another.expose(), of_another.expose()), &expansion)),
            "answer_unauthentic");
  const Bytes longer = concat({block.expose(), Bytes(4)});
  EXPECT_EQ(test::reason_of(check_block(seal_block(longer, longer), &expansion)), "answer_unauthentic");
  EXPECT_EQ(expanded, 0);
}

TEST_F(Blocks, AreTheAnswerToASliceAlone) {
  const SecretBytes block = result::encode(measured);
  EXPECT_EQ(test::reason_of(check_block(seal_block(block.expose(), block.expose()), nullptr)), "answer_unauthentic");
  EXPECT_EQ(test::reason_of(check_block(good(), &expansion)), "answer_unauthentic");
}

}  // namespace
}  // namespace glovebox::client
