#include "client/session.h"

#include <thread>

#include "base/reader.h"
#include "client/answer_check.h"
#include "client/sealed_upload.h"
#include "crypto/random.h"
#include "envelope/key.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"

namespace glovebox::client {
namespace {

constexpr std::chrono::seconds broker_wait{30};  // for a broker's key statements
constexpr int rounds_longer = 2;  // then the pause grows no more: who has waited for long must not wait for longest

// Sealed is what stays the same over all attempts of one request: the envelope's key and core, the signed release
// policy, and the share that is wrapped to the broker.
struct Sealed {
  envelope::EnvelopeKey key;
  Bytes signed_policy;
  Digest policy_digest{};
  Bytes wrapped_key;  // empty without a broker
  Bytes parameters;
  Digest parameters_digest{};
  protocol::RequestId request_id{};
};

Result<protocol::KeyStatement> broker_key(const Server& server, const verifier::EvidencePolicy& policy,
                                          const verifier::BrokerReference& broker) {
  const auto ask = [&]() -> Result<protocol::BrokerKeys> {
    if (!broker.url) return server.broker_keys();
    GLOVEBOX_TRY(direct, Server::create(*broker.url, std::min(server.timeout(), broker_wait), server.ca_file()));
    return direct.keys();
  };
  GLOVEBOX_TRY(keys, ask());
  GLOVEBOX_TRY(statement, protocol::newest_key(keys, broker.identity, system_now(), policy.kems));
  if (statement.development && !policy.development())
    return fail(Reject::broker_unknown, "a development broker", "a broker of no test root",
                "a broker made under a test root is one for good");
  return statement;
}

Result<Sealed> prepare(const Server& server, const verifier::PolicyFile& policy, const crypto::SigningKey& owner,
                       const Asked& asked) {
  if (!policy.release)
    return fail(Reject::policy_empty, "a policy without [release]", "the rules under which the key may be released");
  const protocol::ReleasePolicy release{
      .owner = owner.public_key(), .evidence_policy = policy.evidence.to_cbor(), .rules = *policy.release};
  GLOVEBOX_CHECK(release.rules.allows_purpose(asked.parameters.purpose));
  GLOVEBOX_CHECK(release.rules.allows_output(asked.parameters.output_form));
  Bytes signed_policy = release.sign(owner);

  const bool with_broker = !policy.evidence.brokers.empty();
  const std::string_view stanza = with_broker ? "live" : "enclave";
  GLOVEBOX_CHECK(protocol::check_enforceable(release.rules, std::span(&stanza, 1)));

  // The request names its parameters by a digest, in clear: without a salt, sample, age and sex could be guessed from
  // it.
  protocol::Parameters salted = asked.parameters;
  salted.salt = crypto::random_array<32>();
  Bytes parameters = salted.encode();
  envelope::Core core;
  core.random = crypto::random_array<32>();
  core.content_type = envelope::content_type_request;
  // The class of a slice is one for all requests of its model: it holds the longest parameters of any purpose.
  const std::size_t parameters_size =
      salted.input == protocol::Input::slice ? protocol::slice_parameters_max : parameters.size();
  GLOVEBOX_TRY(size_class, envelope::size_class_for(protocol::body_size(parameters_size, signed_policy.size(),
                                                                        asked.callable_size, asked.data_size)));
  core.size_class = size_class;
  core.policy_digest = release.digest();
  if (with_broker) core.broker = policy.evidence.brokers.front().identity;
  GLOVEBOX_TRY(key, envelope::EnvelopeKey::fresh(std::move(core)));

  Bytes wrapped_key;
  if (with_broker) {
    GLOVEBOX_TRY(statement, broker_key(server, policy.evidence, policy.evidence.brokers.front()));
    const protocol::Share share{.owner = owner.public_key(),
                                .key_id = crypto::random_array<16>(),
                                .core_digest = key.core_digest(),
                                .share = key.broker_share().copy()};
    GLOVEBOX_TRY(wrapped, protocol::WrappedKey::wrap(statement, signed_policy, share));
    wrapped_key = wrapped.encode();
  }
  const Digest policy_digest = release.digest();
  const Digest parameters_digest = salted.digest();
  return Sealed{.key = std::move(key),
                .signed_policy = std::move(signed_policy),
                .policy_digest = policy_digest,
                .wrapped_key = std::move(wrapped_key),
                .parameters = std::move(parameters),
                .parameters_digest = parameters_digest,
                .request_id = crypto::random_array<16>()};
}

// attempt seals the request to the enclave just appraised, sends it, and checks the answer. `answered` says that there
// was one.
Result<Scored> attempt(const Server& server, const crypto::SigningKey& owner, const Asked& asked, const Sealed& sealed,
                       Enclave enclave, ChunkGuard& guard, Time now, const Attempts& limits, const Events& events,
                       bool& answered) {
  if (!enclave.result.hpke || !enclave.result.binding)
    return fail(Reject::binding_mismatch, "evidence that binds no key to seal to", "an hpke key");
  const auto binding = fixed<64>(enclave.result.binding->view()).value();
  const envelope::Recipient recipient =
      sealed.wrapped_key.empty()
          ? envelope::Recipient(envelope::ToEnclave{.binding = binding, .key = *enclave.result.hpke})
          : envelope::Recipient(
                envelope::ToLive{.binding = binding, .key = *enclave.result.hpke, .wrapped_key = sealed.wrapped_key});
  GLOVEBOX_TRY(header, sealed.key.header(std::span(&recipient, 1)));

  const auto result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  const protocol::Request request{.request_id = sealed.request_id,
                                  .core_digest = sealed.key.core_digest(),
                                  .model_digest = asked.model.digest,
                                  .parameters_digest = sealed.parameters_digest,
                                  .result_key = result_key.public_key(),
                                  .not_after = Time::from_seconds(now.seconds()).plus_seconds(limits.not_after.count()),
                                  .requester = owner.public_key()};
  const Bytes signed_request = request.sign(owner);
  Bytes prefix = Writer().u32be(static_cast<std::uint32_t>(signed_request.size())).bytes(signed_request).take();
  const Bytes encoded_header = header.encode();
  prefix.insert(prefix.end(), encoded_header.begin(), encoded_header.end());

  GLOVEBOX_CHECK(asked.data->rewind());
  if (asked.callable != nullptr) GLOVEBOX_CHECK(asked.callable->rewind());
  SealedUpload upload(std::move(prefix), sealed.key,
                      {.parameters = sealed.parameters,
                       .signed_policy = sealed.signed_policy,
                       .callable = asked.callable,
                       .callable_size = asked.callable_size,
                       .data = *asked.data,
                       .data_size = asked.data_size},
                      guard);
  if (events.sealed) events.sealed();
  const std::uint64_t total = upload.size();
  auto answer = server.score({.size = total,
                              .source = [&upload](std::span<std::uint8_t> out) { return upload.read(out); },
                              .progress =
                                  [&events, total](std::uint64_t sent) {
                                    if (events.sending) events.sending(sent, total);
                                    if (sent == total && events.waiting) events.waiting();
                                  }});
  if (!answer) return same(answer);
  answered = true;
  return check_answer(*answer,
                      AnswerContext{.result_key = result_key,
                                    .request_digest = request.digest(),
                                    .parameters = asked.parameters,
                                    .parameters_digest = sealed.parameters_digest,
                                    .model = asked.model,
                                    .policy_digest = sealed.policy_digest,
                                    .broker = sealed.key.core().broker,
                                    .input_digest = upload.input_digest(),
                                    .expansion = asked.expansion ? &*asked.expansion : nullptr},
                      std::move(enclave));
}

// worth_retrying: the line broke, or the host or the enclave died. What was refused stays refused. An answer says
// enclave_failed where the process that read the data died: to send that again would tell the host what the seal hides.
bool worth_retrying(Reject reason, bool answered) {
  if (reason == Reject::connection_lost || reason == Reject::unreachable || reason == Reject::busy) return true;
  return !answered && reason == Reject::enclave_failed;
}

// pause waits before the next round, longer each time; not all who were turned away at once come back at once.
void pause(int round) {
  const auto wait = 500U << static_cast<unsigned>(std::min(round, rounds_longer));
  const auto random = crypto::random_array<2>();
  const unsigned part = (random[0] | static_cast<unsigned>(random[1]) << 8U) % wait;
  std::this_thread::sleep_for(std::chrono::milliseconds(wait / 2 + part));
}
}  // namespace

Result<Enclave> appraise_enclave(const Server& server, const verifier::EvidencePolicy& policy,
                                 const verifier::Collateral& collateral) {
  const auto nonce = crypto::random_array<attestation::nonce_size>();
  GLOVEBOX_TRY(evidence, server.evidence(nonce));
  // The registers are held against the policy, and the context against them: no context of our own is needed.
  const verifier::Expected expected{.purpose = attestation::Purpose::client, .nonce = nonce};
  // Now, not when it was asked for: a host may have kept it.
  GLOVEBOX_TRY(result, verifier::appraise(evidence, expected, policy, system_now(), collateral));
  return Enclave{std::move(evidence), std::move(result)};
}

Result<Scored> score(const Server& server, const verifier::PolicyFile& policy, const crypto::SigningKey& owner,
                     const Asked& asked, const Attempts& attempts, const Events& events,
                     const verifier::Collateral& collateral) {
  auto asked_first = appraise_enclave(server, policy.evidence, collateral);
  for (int round = 0; !asked_first && asked_first.error().reason == Reject::busy && round < attempts.retries; ++round) {
    if (events.retrying) events.retrying(asked_first.error(), round + 1);
    pause(round);
    asked_first = appraise_enclave(server, policy.evidence, collateral);
  }
  GLOVEBOX_TRY(first, std::move(asked_first));
  if (events.appraised) events.appraised(first);
  GLOVEBOX_TRY(sealed, prepare(server, policy, owner, asked));

  ChunkGuard guard;
  std::optional<Enclave> enclave(std::move(first));
  for (int round = 0;; ++round) {
    bool answered = false;
    auto scored = [&]() -> Result<Scored> {
      if (!enclave) {  // a session's key serves one request: a retry needs fresh evidence
        GLOVEBOX_TRY(again, appraise_enclave(server, policy.evidence, collateral));
        enclave = std::move(again);
      }
      Enclave appraised = std::move(*enclave);
      enclave.reset();
      return attempt(server, owner, asked, sealed, std::move(appraised), guard, system_now(), attempts, events,
                     answered);
    }();
    if (scored || round >= attempts.retries || !worth_retrying(scored.error().reason, answered)) return scored;
    if (events.retrying) events.retrying(scored.error(), round + 1);
    pause(round);
  }
}
}  // namespace glovebox::client
