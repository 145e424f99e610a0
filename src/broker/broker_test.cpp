#include "broker/broker_testing.h"

namespace glovebox::broker {
namespace {

using namespace test;
using protocol::OutputForm;

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

TEST(Broker, RefusesWhatIsNoCall) {
  World world;
  const Bytes call = world.ask(world.parts()).call;
  for (std::size_t n = 0; n < call.size(); n += 97) EXPECT_FALSE(world.broker->release(View(call).first(n), start));
  Bytes longer = call;
  longer.push_back(0);
  EXPECT_EQ(reason_of(world.broker->release(longer, start)), "trailing_bytes");
}

}  // namespace
}  // namespace glovebox::broker
