// person.h: a client of the enclave: appraises, seals, signs, and opens the answer.
#pragma once
#include "crypto/random.h"
#include "envelope/sealer.h"
#include "protocol/body.h"
#include "receipt/verify.h"
#include "result/result.h"
#include "scoring/slicing.h"
#include "world.h"

namespace glovebox::enclave::testing {

// Person makes one request after another. A test changes a field, or what was made of them.
struct Person {
  explicit Person(World& w) : world(w) {}
  World& world;
  crypto::SigningKey owner = crypto::SigningKey::generate();
  protocol::ReleaseRules rules{.purpose = "risk-score", .output_forms = {OutputForm::score}};
  Parameters parameters = good_parameters();
  std::string data = good_vcf;
  std::string callable = {};                   // empty: none
  std::optional<scoring::Sliced> sliced = {};  // where the data is a slice
  std::string_view stanza = "live";
  protocol::RequestId request_id = crypto::random_array<16>();
  std::function<void(protocol::Request&)> change_request;
  std::function<void(Bytes&)> change_envelope;
  bool without_policy = false;            // in core and body
  std::optional<Bytes> inner_parameters;  // other ones than the request's
  const crypto::SigningKey* signer = nullptr;

  attestation::Evidence evidence;
  verifier::AttestationResult appraised;
  std::optional<crypto::KemPrivate> result_key;
  Digest request_digest{};
  envelope::Core core;
  Bytes signed_request;
  Bytes envelope;

  void appraise() {
    const auto nonce = crypto::random_array<32>();
    const Returned returned = world.call({wire::encode_frame(wire::FrameType::evidence, nonce)});
    ASSERT_EQ(returned.word, Word::ok);
    evidence = attestation::Evidence::parse(returned.reply).value();
    const verifier::Expected expected{
        .purpose = attestation::Purpose::client,
        .nonce = nonce,
        .context = attestation::ClientContext{.configuration = crypto::sha256(wire::encode(world.configuration)),
                                              .models = {world.model.digest}}};
    auto result = verifier::appraise(evidence, expected, world.evidence_policy(), system_now());
    ASSERT_TRUE(result) << describe(result.error());
    appraised = std::move(*result);
  }

  void seal() {
    const protocol::ReleasePolicy policy{
        .owner = owner.public_key(), .evidence_policy = world.evidence_policy().to_cbor(), .rules = rules};
    const Bytes signed_policy = policy.sign(owner);
    const Bytes inner = inner_parameters.value_or(parameters.encode());
    core = {.content_type = std::string(envelope::content_type_request), .policy_digest = policy.digest()};
    if (without_policy) core.policy_digest.reset();
    if (stanza != "enclave") core.broker = world.clinic->identity();
    core.size_class =
        envelope::size_class_for(protocol::body_size(inner.size(), signed_policy.size(), callable.size(), data.size()))
            .value();
    const auto key = envelope::EnvelopeKey::fresh(core).value();
    core = key.core();
    Bytes wrapped;
    if (stanza != "enclave") {
      const auto statement = protocol::newest_key(protocol::BrokerKeys::parse(world.clinic->keys()).value(),
                                                  world.clinic->identity(), system_now())
                                 .value();
      const Secret<32>& share = stanza == "live" ? key.broker_share() : key.file_key();
      wrapped =
          protocol::WrappedKey::wrap(statement, signed_policy,
                                     {owner.public_key(), crypto::random_array<16>(), key.core_digest(), share.copy()})
              .value()
              .encode();
    }
    const auto binding = fixed<64>(evidence.binding().view()).value();
    envelope::Recipient recipient = envelope::ToBroker{wrapped};
    if (stanza == "live") recipient = envelope::ToLive{binding, *appraised.hpke, wrapped};
    if (stanza == "enclave") recipient = envelope::ToEnclave{binding, *appraised.hpke};
    envelope = key.header({&recipient, 1}).value().encode();
    envelope::Sealer sealer(key);
    const envelope::Sink out = [this](View sealed) -> Status {
      envelope.insert(envelope.end(), sealed.begin(), sealed.end());
      return {};
    };
    protocol::BodyWriter body([&](View plain) { return sealer.push(plain, out); });
    EXPECT_TRUE(body.parameters(inner) && (without_policy || body.policy(signed_policy)) &&
                body.callable(view_of(callable)) && body.data(view_of(data)) && body.end() && sealer.finish(out));
    if (change_envelope) change_envelope(envelope);

    result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
    const crypto::SigningKey& by = signer ? *signer : owner;
    protocol::Request request{.request_id = request_id,
                              .core_digest = core.digest(),
                              .model_digest = world.model.digest,
                              .parameters_digest = parameters.digest(),
                              .result_key = result_key->public_key(),
                              .not_after = Time::from_seconds(system_now().seconds()).plus_seconds(600),
                              .requester = by.public_key()};
    if (change_request) change_request(request);
    request_digest = request.digest();
    signed_request = request.sign(by);
  }

  std::vector<Bytes> frames() const {
    std::vector<Bytes> out = {wire::encode_frame(wire::FrameType::score, signed_request)};
    Bytes upload;
    wire::append_frames(upload, wire::FrameType::data, envelope);
    out.push_back(std::move(upload));
    out.push_back(wire::encode_frame(wire::FrameType::end, {}));
    return out;
  }

  Digest input_digest() const {
    return protocol::input_digest(crypto::sha256(view_of(data)),
                                  callable.empty() ? std::nullopt : std::optional(crypto::sha256(view_of(callable))));
  }

  struct Told {
    std::optional<result::Outcome> outcome;
    std::optional<receipt::Receipt> receipt;
    std::string reason;  // of a refusal, the word outside the seal in brackets, or "score"
    std::size_t size = 0;
  };

  // ask does all of it, and checks of the answer what must hold whatever it says.
  Told ask() {
    if (stanza != "broker") appraise();
    seal();
    return open(world.call(frames()));
  }

  Told open(const Returned& returned) {
    Told told;
    told.size = returned.reply.size();
    EXPECT_TRUE(returned.ended);
    if (returned.word != Word::ok) {
      EXPECT_TRUE(returned.reply.empty());
      told.reason = "[" + std::string(wire::name(returned.word)) + "]";
      return told;
    }
    auto answer = protocol::Answer::open(returned.reply, *result_key, request_digest, parameters.output_form,
                                         parameters.rows_class);
    if (!answer && parameters.rows_class != 0)  // the parameters were not read
      answer = protocol::Answer::open(returned.reply, *result_key, request_digest, OutputForm::score, 0);
    EXPECT_TRUE(answer) << describe(answer.error());
    if (!answer) return told;
    if (stanza == "broker") evidence = attestation::Evidence::parse(answer->evidence).value();
    EXPECT_EQ(answer->evidence, evidence.encode());
    auto receipt = receipt::Receipt::open(answer->receipt,
                                          crypto::VerifyKey::parse(evidence.keys.find("receipt")->public_key).value());
    EXPECT_TRUE(receipt) << describe(receipt.error());
    EXPECT_EQ(receipt->request_digest, request_digest);
    EXPECT_TRUE(equal(receipt->binding, evidence.binding().view()));
    EXPECT_TRUE(receipt->development);
    const auto disclosure = receipt::Disclosure::parse(answer->disclosure.expose()).value();
    if (result::is_measured(answer->result.expose())) {
      open_block(answer->result.expose(), *receipt, disclosure, told);
      told.receipt = std::move(*receipt);
      return told;
    }
    told.outcome = result::parse(answer->result.expose()).value();
    if (const auto* report = std::get_if<result::Report>(&*told.outcome)) {
      told.reason = "score";
      EXPECT_TRUE(receipt::check_commitments(*receipt, disclosure, input_digest(), result::encode_rows(*report),
                                             result::encode_quality(*report)));
    } else {
      const auto& error = std::get<Error>(*told.outcome);
      told.reason = name(error.reason);
      EXPECT_TRUE(receipt::check_output(*receipt, disclosure.key_output, answer->result.expose()));
      EXPECT_TRUE(receipt::check_quality(*receipt, disclosure.key_quality, {}));
    }
    told.receipt = std::move(*receipt);
    return told;
  }

  // open_block is a slice's answer: the receipt covers the block, and the report is made here.
  void open_block(View block, const receipt::Receipt& receipt, const receipt::Disclosure& disclosure, Told& told) {
    const auto shape = scoring::shape_of(world.model);
    const auto parts = result::measured_parts(block, world.model.digest, shape).value();
    EXPECT_TRUE(receipt::check_commitments(receipt, disclosure, input_digest(), parts.output, parts.quality));
    const auto measured = result::parse_measured(block, world.model.digest, shape).value();
    const auto report = scoring::expand(world.model, good_parameters(), sliced.value(), measured);
    told.reason = report ? "score" : test::reason_of(report);
    if (report) told.outcome = *report;
  }
};

}  // namespace glovebox::enclave::testing
