#include "broker/broker.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "attester/attester.h"
#include "broker/api.h"
#include "devnsm/virtual_nsm.h"
#include "envelope/header.h"
#include "protocol/refusal.h"
#include "protocol/release.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"
#include "support.h"
#include "verifier/nitro_verify.h"

namespace glovebox::broker {
namespace {

using ::glovebox::test::reason_of;
using protocol::OutputForm;

const Time start = Time::from_seconds(1'795'300'000);

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "glovebox-broker-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

// Wire hands an enclave's requests to a security module in the same process.
class Wire final : public attester::Transport {
 public:
  explicit Wire(devnsm::VirtualNsm& nsm) : nsm_(nsm) {}
  Result<Bytes> exchange(View request) override { return nsm_.answer(request); }

 private:
  devnsm::VirtualNsm& nsm_;
};

attestation::Pcrs registers(std::uint8_t of_image) {
  attestation::Pcr value;
  value.fill(of_image);
  return {{0, value}, {1, value}, {2, attestation::no_ramdisk()}};
}

// Platform is a machine with an enclave on it.
struct Platform {
  Time now = start;
  devnsm::TestRoot root = devnsm::TestRoot::create(start);
  Digest model = crypto::sha256(view_of("a model"));
  Digest configuration = crypto::sha256(view_of("a configuration"));
  devnsm::VirtualNsm nsm;
  std::unique_ptr<attester::NsmAttester> attester;

  explicit Platform(std::uint8_t image = 7, std::string_view model_name = "a model")
      : nsm(root, registers(image), [this] { return now; }) {
    boot(model_name);
  }
  Platform(const devnsm::TestRoot& other, std::uint8_t image)
      : root(devnsm::TestRoot::from_parts(crypto::EcKey::from_pkcs8(other.key().pkcs8().expose()).value(),
                                          other.certificate().der())
                 .value()),
        nsm(root, registers(image), [this] { return now; }) {
    boot("a model");
  }
  void boot(std::string_view model_name) {
    attester = attester::NsmAttester::create(std::make_unique<Wire>(nsm)).value();
    const Digest loaded = crypto::sha256(view_of(model_name));
    EXPECT_TRUE(attester->measure_inputs({&loaded, 1}, configuration));
  }
};

// World is an owner with an envelope, a broker, and an enclave that asks for its key.
struct World {
  Folder folder;
  Platform platform;
  crypto::SigningKey owner = crypto::SigningKey::generate();
  crypto::SigningKey requester = crypto::SigningKey::generate();
  protocol::ReleaseRules rules{.purpose = "risk-score", .output_forms = {OutputForm::score}};
  std::unique_ptr<Broker> broker;
  crypto::KemPrivate result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  Secret<32> share = Secret<32>(Array<32>{1, 2, 3});
  protocol::KeyNumber key_id{9, 9};

  explicit World(bool development = true) {
    std::vector<Digest> roots;
    if (development) roots.push_back(platform.root.certificate().digest());
    const Status made = Broker::init(path(), roots, start, 365);
    EXPECT_TRUE(made) << describe(made.error());
    reopen();
  }
  std::filesystem::path path() const { return folder.path / "broker"; }
  void reopen() {
    broker.reset();
    auto opened = Broker::open(path());
    EXPECT_TRUE(opened) << describe(opened.error());
    broker = std::move(*opened);
  }

  verifier::EvidencePolicy evidence_policy() const {
    verifier::EvidencePolicy policy;
    policy.platforms = {"nitro"};
    policy.freshness_seconds = 300;
    policy.kems = {crypto::Kem::x_wing};
    policy.configuration = platform.configuration;
    const Digest root = platform.root.certificate().digest();
    policy.roots = {{platform.root.name(), root, true, to_bytes(platform.root.certificate().der())}};
    const auto pcrs = registers(7);
    policy.measurements = {{"0.1.0", root, {pcrs.at(0), pcrs.at(1), pcrs.at(2)}}};
    policy.models = {{"m", platform.model}};
    policy.brokers = {{"clinic", broker->identity()}};
    return policy;
  }
  Bytes signed_policy() const {
    return protocol::ReleasePolicy{owner.public_key(), evidence_policy().to_cbor(), rules}.sign(owner);
  }
  protocol::KeyStatement statement() const {
    return protocol::newest_key(protocol::BrokerKeys::parse(broker->keys()).value(), broker->identity(),
                                start.plus_seconds(1))
        .value();
  }

  // Parts are all that goes into a release call; a test changes one of them.
  struct Parts {
    envelope::Core core;
    Bytes policy;
    protocol::WrappedKey wrapped;
    protocol::Request request;
    const crypto::SigningKey* signer;
  };
  Parts parts() const {
    Bytes policy = signed_policy();
    const Digest policy_digest = protocol::ReleasePolicy::open(policy)->digest;
    envelope::Core core{.random = {4},
                        .content_type = "glovebox/request-body",
                        .size_class = 16,
                        .policy_digest = policy_digest,
                        .broker = broker->identity()};
    auto wrapped =
        protocol::WrappedKey::wrap(statement(), policy, {owner.public_key(), key_id, core.digest(), share.copy()})
            .value();
    protocol::Request request{.request_id = {1},
                              .core_digest = core.digest(),
                              .model_digest = platform.model,
                              .parameters_digest = crypto::sha256(view_of("parameters")),
                              .result_key = result_key.public_key(),
                              .not_after = start.plus_seconds(3'600),
                              .requester = owner.public_key()};
    return {std::move(core), std::move(policy), std::move(wrapped), std::move(request), &owner};
  }

  // Enclave is one enclave's side of a call: its key, and what it waits for.
  struct Asked {
    crypto::KemPrivate key;
    Bytes call;
    protocol::ReleaseContext context;
  };
  Asked ask(const Parts& parts, Platform& from, Bytes challenge, crypto::KemPrivate key) const {
    const auto opened = protocol::Challenge::open(challenge, broker->identity()).value();
    const Digest request_digest = parts.request.digest();
    const Digest wrapped_digest = parts.wrapped.digest(parts.wrapped.policy_digest().value(), parts.core.digest());
    const attestation::ReleaseContext context{request_digest, wrapped_digest, broker->identity()};
    const auto evidence =
        from.attester->attest(opened.nonce, attestation::KeySet::of(key.public_key()), context).value();
    protocol::ReleaseContext expected{opened.nonce, request_digest, wrapped_digest, {}};
    std::ranges::copy(evidence.binding().view(), expected.binding.begin());
    const protocol::ReleaseCall call{std::move(challenge), parts.request.sign(*parts.signer), parts.core.encode(),
                                     parts.wrapped.encode(), evidence.encode()};
    return {std::move(key), call.encode(), expected};
  }
  Asked ask(const Parts& parts) {
    return ask(parts, platform, broker->challenge(platform.now), crypto::KemPrivate::generate(crypto::Kem::x_wing));
  }
  Result<Bytes> release(const Parts& parts) { return broker->release(ask(parts).call, platform.now); }
};

TEST(Broker, ReleasesTheShareToTheAttestedKeyAlone) {
  World world;
  const auto asked = world.ask(world.parts());
  const auto answer = world.broker->release(asked.call, world.platform.now);
  ASSERT_TRUE(answer) << describe(answer.error());
  const auto release = protocol::Release::open(*answer, world.broker->identity(), asked.context);
  ASSERT_TRUE(release) << describe(release.error());
  EXPECT_EQ(release->use, 1U);
  const auto share = release->share(asked.key);
  ASSERT_TRUE(share);
  EXPECT_TRUE(*share == world.share);
  EXPECT_EQ(reason_of(release->share(crypto::KemPrivate::generate(crypto::Kem::x_wing))), "decryption_failed");
}

TEST(Broker, AChallengeIsItsOwnAndUsedOnceAndFor60Seconds) {
  World world;
  const World::Parts parts = world.parts();
  Bytes challenge = world.broker->challenge(world.platform.now);
  const auto key = [] { return crypto::KemPrivate::generate(crypto::Kem::x_wing); };
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, world.platform.now)),
      "accepted");
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, world.platform.now)),
      "challenge_unknown");
  challenge = world.broker->challenge(world.platform.now);
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, start.plus_seconds(61))),
      "challenge_unknown");
  challenge = world.broker->challenge(world.platform.now);
  world.reopen();  // knows none of its challenges from before
  EXPECT_EQ(
      reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, world.platform.now)),
      "challenge_unknown");
  // one that another signed
  const auto other = crypto::SigningKey::generate();
  auto call = protocol::ReleaseCall::parse(world.ask(parts).call).value();
  call.challenge = protocol::Challenge{{5}, start.plus_seconds(60)}.sign(other);
  EXPECT_EQ(reason_of(world.broker->release(call.encode(), world.platform.now)), "challenge_unknown");
}

TEST(Broker, AChallengeIsUsedUpByACallThatFails) {
  World world;
  World::Parts parts = world.parts();
  const Bytes challenge = world.broker->challenge(world.platform.now);
  const auto key = [] { return crypto::KemPrivate::generate(crypto::Kem::x_wing); };
  parts.request.not_after = start.plus_seconds(-1);
  EXPECT_EQ(reason_of(world.broker->release(world.ask(parts, world.platform, challenge, key()).call, start)),
            "request_expired");
  EXPECT_EQ(reason_of(world.broker->release(world.ask(world.parts(), world.platform, challenge, key()).call, start)),
            "challenge_unknown");
}

TEST(Broker, ForgetsTheOldestChallengeInAFlood) {
  Challenges challenges(3);
  const auto first = challenges.issue(start);
  const auto second = challenges.issue(start);
  challenges.issue(start);
  challenges.issue(start);
  EXPECT_EQ(reason_of(challenges.take(first, start)), "challenge_unknown");
  EXPECT_EQ(reason_of(challenges.take(second, start)), "accepted");
}

// Each refusal by its name: one thing is wrong in each.
TEST(Broker, RefusesEachWrongPartByName) {
  World world;
  const auto refused = [&](auto&& change) {
    World::Parts parts = world.parts();
    change(parts);
    return reason_of(world.release(parts));
  };
  EXPECT_EQ(refused([](auto&) {}), "accepted");
  // the wrapped key
  EXPECT_EQ(refused([&](auto& p) { p.wrapped.broker = world.owner.public_key(); }), "wrapped_key_invalid");
  EXPECT_EQ(refused([&](auto& p) { p.wrapped.key_version[0] ^= 1; }), "wrapped_key_invalid");
  EXPECT_EQ(refused([&](auto& p) { p.wrapped.ct[0] ^= 1; }), "wrapped_key_invalid");
  EXPECT_EQ(refused([&](auto& p) { p.core.random[0] ^= 1; }), "wrapped_key_invalid");  // another envelope
  EXPECT_EQ(refused([&](auto& p) {  // a looser policy in place of the owner's
              world.rules.output_forms.push_back(OutputForm::table);
              p.wrapped.release_policy = world.signed_policy();
              world.rules.output_forms.pop_back();
            }),
            "wrapped_key_invalid");
  EXPECT_EQ(refused([&](auto& p) { p.wrapped.release_policy.back() ^= 1; }), "request_unauthentic");  // its signature
  EXPECT_EQ(refused([&](auto& p) {  // an envelope whose core names another policy, sealed so by its owner
              p.core.policy_digest = crypto::sha256(view_of("another"));
              p.wrapped = protocol::WrappedKey::wrap(
                              world.statement(), p.policy,
                              {world.owner.public_key(), world.key_id, p.core.digest(), world.share.copy()})
                              .value();
              p.request.core_digest = p.core.digest();
            }),
            "policy_mismatch");
  // the request
  EXPECT_EQ(refused([&](auto& p) { p.signer = &world.requester; }), "request_unauthentic");
  EXPECT_EQ(refused([&](auto& p) {
              p.signer = &world.requester;
              p.request.requester = world.requester.public_key();
            }),
            "requester_not_allowed");
  EXPECT_EQ(refused([&](auto& p) { p.request.core_digest[0] ^= 1; }), "request_mismatch");
  EXPECT_EQ(refused([&](auto& p) { p.request.not_after = start.plus_seconds(-1); }), "request_expired");
  EXPECT_EQ(refused([&](auto& p) { p.request.model_digest[0] ^= 1; }), "model_unknown");
}

TEST(Broker, RefusesEachWrongEnclaveByName) {
  World world;
  const auto refused = [&](Platform& platform) {
    return reason_of(world.broker->release(world
                                               .ask(world.parts(), platform, world.broker->challenge(start),
                                                    crypto::KemPrivate::generate(crypto::Kem::x_wing))
                                               .call,
                                           start));
  };
  Platform other_root(7);
  EXPECT_EQ(refused(other_root), "root_unknown");
  Platform other_image(world.platform.root, 8);
  EXPECT_EQ(refused(other_image), "measurement_unknown");
  Platform debug(world.platform.root, 0);
  EXPECT_EQ(refused(debug), "debug_enclave");
  // evidence for another nonce, another key, another KEM
  auto call = protocol::ReleaseCall::parse(world.ask(world.parts()).call).value();
  const auto swap = [&](const World::Parts& parts) {
    auto changed = protocol::ReleaseCall::parse(world.ask(parts).call).value();
    changed.evidence = call.evidence;
    return reason_of(world.broker->release(changed.encode(), start));
  };
  EXPECT_EQ(swap(world.parts()), "nonce_mismatch");
  EXPECT_EQ(reason_of(world.broker->release(world
                                                .ask(world.parts(), world.platform, world.broker->challenge(start),
                                                     crypto::KemPrivate::generate(crypto::Kem::x25519))
                                                .call,
                                            start)),
            "kem_not_allowed");
  call = protocol::ReleaseCall::parse(world.ask(world.parts()).call).value();
  world.platform.now = start.plus_seconds(-301);
  EXPECT_EQ(refused(world.platform), "evidence_stale");
}

TEST(Broker, ATestRootIsNeverEnoughForAProductionBroker) {
  World world(false);
  EXPECT_FALSE(world.broker->development());
  EXPECT_EQ(reason_of(world.release(world.parts())), "root_unknown");
  EXPECT_FALSE(world.statement().development);
}

TEST(Broker, DevelopmentIsForGood) {
  World world;
  EXPECT_TRUE(world.statement().development);
  ASSERT_TRUE(Broker::new_key(world.path(), crypto::Kem::x25519, start, 10)->development);
  auto database = Database::open(world.path() / "broker.sqlite").value();
  EXPECT_FALSE(database.run("DELETE FROM development_root"));
  ASSERT_TRUE(world.broker->store().log({.time = start, .kind = "refusal", .reject = "", .found = ""}));
  EXPECT_FALSE(database.run("UPDATE log SET kind = ''"));
  EXPECT_FALSE(database.run("DELETE FROM log"));
  EXPECT_EQ(reason_of(Broker::init(world.path(), {}, start, 1)), "file_unwritable");
}

TEST(Broker, AppliesTheRulesOfTheOwner) {
  World world;
  world.rules.not_before = start.plus_seconds(10);
  world.rules.not_after = start.plus_seconds(20);
  EXPECT_EQ(reason_of(world.release(world.parts())), "not_yet_valid");
  world.platform.now = start.plus_seconds(15);
  EXPECT_EQ(reason_of(world.release(world.parts())), "accepted");
  world.platform.now = start.plus_seconds(21);
  EXPECT_EQ(reason_of(world.release(world.parts())), "expired");
  world.platform.now = start;
  world.rules = {
      .purpose = "risk-score", .output_forms = {OutputForm::score}, .requesters = {world.requester.public_key()}};
  World::Parts parts = world.parts();
  parts.signer = &world.requester;
  parts.request.requester = world.requester.public_key();
  parts.request.request_id = {2};
  EXPECT_EQ(reason_of(world.release(parts)), "accepted");
}

TEST(Broker, CountsRequestsAndNotCalls) {
  World world;
  world.rules.maximum_uses = 2;
  World::Parts parts = world.parts();
  const auto use_of = [&](const World::Asked& asked) {
    const auto answer = world.broker->release(asked.call, start);
    return answer ? protocol::Release::open(*answer, world.broker->identity(), asked.context)->use : 0;
  };
  EXPECT_EQ(use_of(world.ask(parts)), 1U);
  EXPECT_EQ(use_of(world.ask(parts)), 1U);  // another enclave
  parts.request.result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing).public_key();
  EXPECT_EQ(use_of(world.ask(parts)), 1U);  // a retry of the client's has another result key
  EXPECT_EQ(reason_of(world.release(parts)), "retries_exhausted");
  World::Parts second = world.parts();
  second.request.request_id = {2};
  EXPECT_EQ(use_of(world.ask(second)), 2U);
  World::Parts third = world.parts();
  third.request.request_id = {3};
  EXPECT_EQ(reason_of(world.release(third)), "uses_exhausted");
  world.reopen();  // counts survive
  EXPECT_EQ(reason_of(world.release(third)), "uses_exhausted");
  EXPECT_EQ(world.broker->store().uses(world.key_id), 2U);
  second.request.parameters_digest[0] ^= 1;
  EXPECT_EQ(reason_of(world.release(second)), "request_mismatch");
  second = world.parts();
  second.request.request_id = {2};
  // A new wrap of the same key shares its count: the key id is what counts.
  second.wrapped =
      protocol::WrappedKey::wrap(world.statement(), second.policy,
                                 {world.owner.public_key(), world.key_id, second.core.digest(), world.share.copy()})
          .value();
  third.wrapped = second.wrapped;
  EXPECT_EQ(reason_of(world.release(third)), "uses_exhausted");
}

TEST(Broker, GivesTheSameBytesToTheSameEnclave) {
  World world;
  world.rules.maximum_uses = 1;
  const World::Parts parts = world.parts();
  const auto seed = Secret<32>(Array<32>{3});
  const auto key = [&] { return crypto::KemPrivate::from_seed(crypto::Kem::x_wing, seed); };
  const auto first = world.ask(parts, world.platform, world.broker->challenge(start), key());
  const auto answer = world.broker->release(first.call, start);
  ASSERT_TRUE(answer);
  EXPECT_EQ(world.broker->release(first.call, start), answer);  // the same call: its answer was lost
  world.reopen();
  EXPECT_EQ(world.broker->release(first.call, start.plus_seconds(1'000)), answer);
  const auto fresh = world.ask(parts, world.platform, world.broker->challenge(start), key());
  EXPECT_EQ(world.broker->release(fresh.call, start), answer);  // a new challenge for the same key
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.broker->release(first.call, start), answer);
  EXPECT_EQ(world.broker->store().uses(world.key_id), 1U);
}

TEST(Broker, CountsOnceFor50ThreadsWithOneRequest) {
  World world;
  world.rules.maximum_uses = 1;
  const World::Parts parts = world.parts();
  std::vector<World::Asked> calls;
  for (int i = 0; i < 50; ++i) calls.push_back(world.ask(parts));  // each another enclave key
  std::atomic<int> released = 0;
  std::atomic<int> exhausted = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto& call : calls)
      threads.emplace_back([&] {
        const auto answer = world.broker->release(call.call, start);
        if (answer) ++released;
        if (!answer && answer.error().reason == Reject::retries_exhausted) ++exhausted;
      });
  }
  EXPECT_EQ(released, 3);
  EXPECT_EQ(exhausted, 47);
  EXPECT_EQ(world.broker->store().uses(world.key_id), 1U);
}

TEST(Broker, OneOf50RequestsGetsTheOneUse) {
  World world;
  world.rules.maximum_uses = 1;
  std::vector<World::Asked> calls;
  for (std::uint8_t i = 0; i < 50; ++i) {
    World::Parts parts = world.parts();
    parts.request.request_id = {i};
    calls.push_back(world.ask(parts));
  }
  std::atomic<int> released = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto& call : calls)
      threads.emplace_back([&] { released += world.broker->release(call.call, start) ? 1 : 0; });
  }
  EXPECT_EQ(released, 1);
}

TEST(Broker, LogsEachReleaseAndRefusal) {
  World world;
  const World::Parts parts = world.parts();
  const auto asked = world.ask(parts);
  ASSERT_TRUE(world.broker->release(asked.call, start));
  ASSERT_TRUE(world.broker->release(asked.call, start));
  ASSERT_TRUE(world.release(parts));
  World::Parts bad = world.parts();
  bad.request.core_digest[0] ^= 1;
  ASSERT_FALSE(world.release(bad));
  const auto events = world.broker->store().events(10).value();
  ASSERT_EQ(events.size(), 4U);
  const std::pair<std::string, std::string> expected[] = {
      {"release", ""}, {"repeat", ""}, {"again", ""}, {"refusal", "request_mismatch"}};
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].kind, expected[i].first);
    EXPECT_EQ(events[i].reject, expected[i].second);
  }
  EXPECT_EQ(events[0].version, "0.1.0");
  EXPECT_THAT(world.broker->metrics(), ::testing::HasSubstr(R"(refusals_total{reason="request_mismatch"} 1)"));
}

TEST(Broker, KeepsOpeningUnderOlderKeysUntilTheyAreDestroyed) {
  World world;
  const World::Parts parts = world.parts();
  ASSERT_TRUE(Broker::new_key(world.path(), crypto::Kem::x_wing, start, 100));
  ASSERT_TRUE(world.broker->reload());
  EXPECT_EQ(world.statement().version, 2U);
  EXPECT_EQ(reason_of(world.release(parts)), "accepted");
  struct stat info{};
  ASSERT_EQ(::stat((world.path() / "keys" / "1.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  std::filesystem::remove(world.path() / "keys" / "1.key");
  ASSERT_TRUE(world.broker->reload());
  EXPECT_EQ(reason_of(world.release(parts)), "wrapped_key_invalid");
}

TEST(Broker, RefusesAStatementThatIsNotItsOwn) {
  World world;
  const World other;
  std::filesystem::copy_file(other.path() / "keys" / "1.statement", world.path() / "keys" / "1.statement",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(reason_of(Broker::open(world.path())), "broker_unknown");
}

TEST(Broker, RefusesWhatIsNoCall) {
  World world;
  const Bytes call = world.ask(world.parts()).call;
  for (std::size_t n = 0; n < call.size(); n += 97) EXPECT_FALSE(world.broker->release(View(call).first(n), start));
  Bytes longer = call;
  longer.push_back(0);
  EXPECT_EQ(reason_of(world.broker->release(longer, start)), "trailing_bytes");
}

TEST(BrokerApi, AnswersOverHttp) {
  World world;
  const auto ask = [&](std::string method, std::string path, Bytes body = {}) {
    return answer(*world.broker, {std::move(method), std::move(path), "", std::move(body)}, start);
  };
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  EXPECT_EQ(ask("GET", "/v1/keys").body, world.broker->keys());
  EXPECT_EQ(ask("GET", "/v1/challenge").status, 405U);
  EXPECT_EQ(ask("GET", "/nothing").status, 404U);
  const auto asked = world.ask(world.parts(), world.platform, ask("POST", "/v1/challenge").body,
                               crypto::KemPrivate::generate(crypto::Kem::x_wing));
  EXPECT_EQ(ask("POST", "/v1/release", asked.call).status, 200U);
  World::Parts bad = world.parts();
  bad.request.core_digest[0] ^= 1;
  const auto refused = ask("POST", "/v1/release", world.ask(bad).call);
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(protocol::parse_refusal(refused.body)->reason, Reject::request_mismatch);
  EXPECT_EQ(ask("POST", "/v1/release", {1, 2}).status, 400U);
  EXPECT_THAT(std::string(text_of(ask("GET", "/metrics").body)),
              ::testing::HasSubstr(R"(releases_total{kind="release"} 1)"));
}

}  // namespace
}  // namespace glovebox::broker
