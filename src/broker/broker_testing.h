// broker_testing.h: for tests: an owner with an envelope, a broker, and a machine with an enclave that asks for its
// key.
#pragma once
#include <gmock/gmock.h>

#include "attester/attester.h"
#include "broker/broker.h"
#include "devnsm/virtual_nsm.h"
#include "envelope/header.h"
#include "protocol/release.h"
#include "protocol/release_call.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"
#include "support.h"

namespace glovebox::broker::test {

using ::glovebox::test::reason_of;

inline const Time start = Time::from_seconds(1'795'300'000);

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

inline attestation::Pcrs registers(std::uint8_t of_image) {
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
  protocol::ReleaseRules rules{.purpose = "risk-score", .output_forms = {protocol::OutputForm::score}};
  std::unique_ptr<Broker> broker;
  crypto::KemPrivate result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  Secret<32> share = Secret<32>(Array<32>{1, 2, 3});
  protocol::KeyNumber key_id{9, 9};

  // What is accepted in place of `platform`, for other hardware; its broker is filled in.
  std::optional<verifier::EvidencePolicy> instead = {};

  explicit World(bool development = true) : World(std::optional<Digest>(), development) {}
  // One whose broker accepts another test root.
  explicit World(const Digest& root) : World(std::optional<Digest>(root), true) {}
  World(const std::optional<Digest>& root, bool development) {
    std::vector<Digest> roots;
    if (development) roots.push_back(root.value_or(platform.root.certificate().digest()));
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
    if (instead) {
      verifier::EvidencePolicy policy = *instead;
      policy.brokers = {{"clinic", broker->identity()}};
      return policy;
    }
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
    return ask(parts, *from.attester, std::move(challenge), std::move(key));
  }
  Asked ask(const Parts& parts, attester::Attester& from, Bytes challenge, crypto::KemPrivate key) const {
    const auto opened = protocol::Challenge::open(challenge, broker->identity()).value();
    const Digest request_digest = parts.request.digest();
    const Digest wrapped_digest = parts.wrapped.digest(parts.wrapped.policy_digest().value(), parts.core.digest());
    const attestation::ReleaseContext context{request_digest, wrapped_digest, broker->identity()};
    const auto evidence = from.attest(opened.nonce, attestation::KeySet::of(key.public_key()), context).value();
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

}  // namespace glovebox::broker::test
