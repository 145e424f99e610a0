#include "enclave/broker_call.h"

#include "protocol/challenge.h"
#include "protocol/refusal.h"
#include "protocol/release_call.h"

namespace glovebox::enclave {
namespace {

constexpr std::size_t answer_max = 16384;

// A refusal's words end up inside a signed answer, although anyone on the way could have written them: it says so.
constexpr const char* unsigned_words =
    "these are the broker's words, or those of whoever carries them: a refusal is not signed by it";

// post makes one call of the broker; its refusal is the error. What a refusal says is not signed: it explains and
// decides nothing but that there is no key.
Result<Bytes> post(const BrokerCall& call, std::string target, View body) {
  GLOVEBOX_TRY(stream, call.connect(call.deadline));
  http::Request request;
  request.method = "POST";
  request.target = std::move(target);
  request.host = "broker";
  request.headers = {{"Content-Type", "application/cbor"}};
  request.body = body;
  GLOVEBOX_TRY(response, http::call(*stream, request, {.body_max = answer_max}, call.deadline));
  if (response.status == 200) return std::move(response.body);
  if (auto refusal = protocol::parse_refusal(response.body)) {
    refusal->hint = unsigned_words;
    return std::unexpected(std::move(*refusal));
  }
  if (response.status == 503) return fail(Reject::busy, "a broker that answers others", "a moment's patience");
  return fail(Reject::protocol_error, "HTTP status " + std::to_string(response.status) + " of the broker");
}

}  // namespace

Result<Released> ask_broker(const BrokerCall& call) {
  GLOVEBOX_TRY(wrapped_key, protocol::WrappedKey::parse(call.wrapped_key));
  if (wrapped_key.broker != call.broker)
    return fail(Reject::wrapped_key_invalid, "a key wrapped to " + to_hex(wrapped_key.broker.bytes),
                "the broker of the envelope, " + to_hex(call.broker.bytes));
  GLOVEBOX_TRY(policy_digest, wrapped_key.policy_digest());

  GLOVEBOX_TRY(signed_challenge, post(call, "/v1/challenge", {}));
  const auto challenge = protocol::Challenge::open(signed_challenge, call.broker);
  if (!challenge)
    return fail(Reject::release_unauthentic, "a challenge that is not signed by " + to_hex(call.broker.bytes));

  const auto key = crypto::KemPrivate::generate(call.kem);
  const attestation::ReleaseContext context = {.request = call.request_digest,
                                               .wrapped_key = wrapped_key.digest(policy_digest, call.core_digest),
                                               .broker = call.broker};
  GLOVEBOX_TRY(evidence, call.attester.attest(challenge->nonce, attestation::KeySet::of(key.public_key()), context));
  const protocol::ReleaseCall release_call = {.challenge = std::move(signed_challenge),
                                              .request = to_bytes(call.signed_request),
                                              .core = to_bytes(call.core),
                                              .wrapped_key = to_bytes(call.wrapped_key),
                                              .evidence = evidence.encode()};
  GLOVEBOX_TRY(signed_release, post(call, "/v1/release", release_call.encode()));
  protocol::ReleaseContext expected = {.challenge_nonce = challenge->nonce,
                                       .request_digest = call.request_digest,
                                       .wrapped_key_digest = context.wrapped_key};
  std::ranges::copy(evidence.binding().view(), expected.binding.begin());
  const auto release = protocol::Release::open(signed_release, call.broker, expected);
  if (!release)
    return fail(Reject::release_unauthentic,
                "a release that is not signed by " + to_hex(call.broker.bytes) + " for this call");
  GLOVEBOX_TRY(share, release->share(key));
  return Released{
      .share = std::move(share),
      .proof = {.broker = call.broker, .release_id = release->release_id, .time = release->time, .use = release->use}};
}

}  // namespace glovebox::enclave
