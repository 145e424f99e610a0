#include "broker/broker.h"

#include "attestation/evidence.h"
#include "envelope/header.h"
#include "protocol/release.h"
#include "protocol/release_call.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"
#include "verifier/known_roots.h"

namespace glovebox::broker {
namespace {

constexpr const char* database_file = "broker.sqlite";
constexpr std::int64_t day = 86'400;
constexpr std::string_view kinds[] = {"release", "again", "repeat"};

std::filesystem::path database_path(const std::filesystem::path& folder) {
  return folder / database_file;
}

}  // namespace

Status Broker::init(const std::filesystem::path& folder, const std::vector<Digest>& development_roots, Time now,
                    std::int64_t key_days) {
  GLOVEBOX_CHECK(Keys::create(folder));
  GLOVEBOX_TRY(keys, Keys::load(folder));
  std::vector<Bytes> roots;
  for (const Digest& root : development_roots) roots.push_back(to_bytes(root));
  GLOVEBOX_TRY(store, Store::create(database_path(folder), keys.identity().public_key().bytes, roots));
  return keys.add(folder, crypto::Kem::x_wing, now, now.plus_seconds(key_days * day), store->development());
}

Result<std::unique_ptr<Broker>> Broker::open(const std::filesystem::path& folder) {
  GLOVEBOX_TRY(store, Store::open(database_path(folder)));
  GLOVEBOX_TRY(keys, Keys::load(folder));
  if (!equal(store->identity(), keys.identity().public_key().bytes))
    return fail(Reject::key_invalid, "identity.key and database of two brokers", "one broker's",
                "restore both from one backup");
  for (const Version& version : keys.versions())
    if (version.statement.development != store->development())
      return fail(Reject::key_invalid, "a key statement of another kind than this broker (development or not)",
                  "one broker's");
  return std::unique_ptr<Broker>(new Broker(folder, std::make_shared<const Keys>(std::move(keys)), std::move(store)));
}

Result<protocol::KeyStatement> Broker::new_key(const std::filesystem::path& folder, crypto::Kem kem, Time now,
                                               std::int64_t days) {
  GLOVEBOX_TRY(store, Store::open(database_path(folder)));
  GLOVEBOX_TRY(keys, Keys::load(folder));
  GLOVEBOX_CHECK(keys.add(folder, kem, now, now.plus_seconds(days * day), store->development()));
  return keys.versions().back().statement;
}

Broker::Broker(std::filesystem::path folder, std::shared_ptr<const Keys> keys, std::unique_ptr<Store> store)
    : folder_(std::move(folder)),
      keys_(std::move(keys)),
      identity_(keys_->identity().public_key()),
      store_(std::move(store)) {}

std::shared_ptr<const Keys> Broker::held() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

Status Broker::reload() {
  GLOVEBOX_TRY(keys, Keys::load(folder_));
  if (keys.identity().public_key() != identity_)
    return fail(Reject::key_invalid, "another identity", to_hex(identity_.bytes));
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const Keys>(std::move(keys));
  return {};
}

std::shared_ptr<const verifier::Collateral> Broker::collateral() const {
  const std::lock_guard lock(mutex_);
  return collateral_;
}

void Broker::use_collateral(verifier::Collateral collateral) {
  auto made = std::make_shared<const verifier::Collateral>(std::move(collateral));
  const std::lock_guard lock(mutex_);
  collateral_ = std::move(made);
}

Bytes Broker::keys() const {
  return held()->encode();
}

Bytes Broker::challenge(Time now) {
  ++challenged_;
  return challenges_.issue(now).sign(held()->identity());
}

// A policy is its sender's: under roots of his own he could fill the memory with chains that nobody else has.
crypto::ChainMemory* Broker::memory_for(const verifier::EvidencePolicy& policy) {
  const auto accepted = [&](const verifier::Root& root) {
    return development() ? std::ranges::any_of(store_->development_roots(),
                                               [&](const Bytes& own) { return equal(own, root.sha256); })
                         : verifier::known_root(root.sha256) != nullptr;
  };
  return std::ranges::all_of(policy.roots, accepted) ? &memory_ : nullptr;
}

Status Broker::accept_root(const verifier::AttestationResult& result) const {
  const auto refuse = [&](const char* expected) {
    return fail(Reject::root_unknown, result.root_name + " (" + to_hex(result.root) + ")", expected);
  };
  if (!development()) {
    if (verifier::known_root(result.root) == nullptr || result.development)
      return refuse("a root of a platform's maker");
    return {};
  }
  const auto& roots = store_->development_roots();
  if (!std::ranges::any_of(roots, [&](const Bytes& root) { return equal(root, result.root); }))
    return refuse("a test root that this development broker was made for");
  return {};
}

Result<Bytes> Broker::release(View call, Time now) {
  Event event;
  event.time = now;
  Result<Bytes> released = decide(call, now, event);
  if (released) {
    for (std::size_t i = 0; i < std::size(kinds); ++i)
      if (event.kind == kinds[i]) ++granted_[i];
    return released;
  }
  {
    const std::lock_guard lock(mutex_);
    ++refusals_[released.error().reason];
  }
  event.kind = "refusal";
  event.reject = name(released.error().reason);
  event.found = released.error().found;
  event.release_id.reset();
  GLOVEBOX_CHECK(store_->log(event));
  return released;
}

Result<Bytes> Broker::decide(View encoded, Time now, Event& event) {
  const std::shared_ptr<const Keys> keys = held();
  GLOVEBOX_TRY(call, protocol::ReleaseCall::parse(encoded));
  const Digest call_digest = crypto::sha256(encoded);
  // The same call once more: its answer was lost on the way, and is sealed to the same enclave.
  GLOVEBOX_TRY(answered, store_->answer_of(call_digest, event));
  if (answered) {
    event.kind = "repeat";
    GLOVEBOX_CHECK(store_->log(event));
    return std::move(*answered);
  }

  // The challenge is ours and unused.
  GLOVEBOX_TRY(challenge, protocol::Challenge::open(call.challenge, identity_));
  GLOVEBOX_CHECK(challenges_.take(challenge, now));

  // The wrapped key is for us, and opens for this envelope and this policy.
  GLOVEBOX_TRY(wrapped, protocol::WrappedKey::parse(call.wrapped_key));
  if (wrapped.broker != identity_)
    return fail(Reject::wrapped_key_invalid, "wrapped to " + to_hex(wrapped.broker.bytes), to_hex(identity_.bytes));
  const Version* const version = keys->find(wrapped.key_version);
  if (version == nullptr)
    return fail(Reject::wrapped_key_invalid, "key version " + to_hex(wrapped.key_version),
                "one that this broker holds");
  GLOVEBOX_TRY(core, envelope::Core::parse(call.core));
  const Digest core_digest = crypto::sha256(call.core);
  GLOVEBOX_TRY(policy_digest, wrapped.policy_digest());
  event.policy_digest = to_bytes(policy_digest);
  GLOVEBOX_TRY(share, wrapped.unwrap(version->key, policy_digest, core_digest));
  event.key_id = to_bytes(share.key_id);
  if (core.broker != identity_)
    return fail(Reject::wrapped_key_invalid, "an envelope that names another broker", to_hex(identity_.bytes));
  if (core.policy_digest != policy_digest)
    return fail(Reject::policy_mismatch, core.policy_digest ? to_hex(*core.policy_digest) : "none",
                to_hex(policy_digest));

  // Whose data it is has said so, and who asks may.
  GLOVEBOX_TRY(policy, protocol::ReleasePolicy::open(wrapped.release_policy));
  if (policy.document.owner != share.owner)
    return fail(Reject::policy_mismatch, "a policy of " + to_hex(policy.document.owner.bytes),
                to_hex(share.owner.bytes));
  GLOVEBOX_TRY(request, protocol::Request::open(call.request));
  event.request_id = to_bytes(request.document.request_id);
  event.request_digest = to_bytes(request.digest);
  event.requester = to_bytes(request.document.requester.bytes);
  const protocol::ReleaseRules& rules = policy.document.rules;
  GLOVEBOX_CHECK(rules.allows_requester(share.owner, request.document.requester));
  if (request.document.core_digest != core_digest)
    return fail(Reject::request_mismatch, "a request for " + to_hex(request.document.core_digest), to_hex(core_digest));
  GLOVEBOX_CHECK(protocol::check_time(request.document, now));
  GLOVEBOX_TRY(evidence_policy, verifier::EvidencePolicy::from_cbor(policy.document.evidence_policy));
  if (!std::ranges::contains(evidence_policy.models, request.document.model_digest, &verifier::ModelReference::digest))
    return fail(Reject::model_unknown, to_hex(request.document.model_digest), "a model of the release policy");

  // The enclave is what the policy accepts, and made this key for this release.
  GLOVEBOX_TRY(evidence, attestation::Evidence::parse(call.evidence));
  const Digest wrapped_key_digest = wrapped.digest(policy_digest, core_digest);
  const verifier::Expected expected{
      attestation::Purpose::release, challenge.nonce,
      attestation::Context(attestation::ReleaseContext{request.digest, wrapped_key_digest, identity_})};
  const std::shared_ptr<const verifier::Collateral> beside = collateral();
  GLOVEBOX_TRY(result,
               verifier::appraise(evidence, expected, evidence_policy, now, *beside, memory_for(evidence_policy)));
  GLOVEBOX_CHECK(accept_root(result));
  event.version = result.version;
  if (!result.hpke || !result.binding) return fail(Reject::binding_mismatch, "evidence without a key", "an hpke key");

  GLOVEBOX_CHECK(rules.allows_time(now));

  protocol::ReleaseContext context{challenge.nonce, request.digest, wrapped_key_digest, {}};
  std::ranges::copy(result.binding->view(), context.binding.begin());
  const Ask ask{share.key_id,
                request.document.request_id,
                core_digest,
                request.document.model_digest,
                request.document.parameters_digest,
                result.keys.digest(),
                call_digest,
                rules.maximum_uses,
                now};
  GLOVEBOX_TRY(granted,
               store_->release(ask, event, [&](std::uint64_t use, const protocol::ReleaseId& id) -> Result<Bytes> {
                 GLOVEBOX_TRY(release, protocol::Release::seal(context, id, Time::from_seconds(now.seconds()), use,
                                                               *result.hpke, share.share));
                 return release.sign(keys->identity());
               }));
  return std::move(granted.answer);
}

std::string Broker::metrics() const {
  std::string out =
      "# HELP glovebox_broker_challenges_total Challenges given out.\n# TYPE glovebox_broker_challenges_total "
      "counter\n";
  out += "glovebox_broker_challenges_total " + std::to_string(challenged_) + "\n";
  out +=
      "# HELP glovebox_broker_releases_total Releases: uses, other enclaves of a use, the same bytes again.\n"
      "# TYPE glovebox_broker_releases_total counter\n";
  for (std::size_t i = 0; i < std::size(kinds); ++i)
    out +=
        "glovebox_broker_releases_total{kind=\"" + std::string(kinds[i]) + "\"} " + std::to_string(granted_[i]) + "\n";
  out += "# HELP glovebox_broker_refusals_total Refusals by reason.\n# TYPE glovebox_broker_refusals_total counter\n";
  const std::lock_guard lock(mutex_);
  for (const auto& [reason, count] : refusals_)
    out +=
        "glovebox_broker_refusals_total{reason=\"" + std::string(name(reason)) + "\"} " + std::to_string(count) + "\n";
  return out;
}

}  // namespace glovebox::broker
