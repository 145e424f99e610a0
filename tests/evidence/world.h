// world.h: a small world for tests of evidence: a test root, a virtual NSM, an attester and the policy that accepts it.
#pragma once
#include "attester/attester.h"
#include "crypto/kem.h"
#include "devnsm/virtual_nsm.h"
#include "verifier/appraise.h"

namespace glovebox::test {

inline Time noon() {
  return *from_rfc3339("2026-11-21T12:00:00Z");
}

template <std::size_t N>
Array<N> filled(std::uint8_t b) {
  Array<N> out;
  out.fill(b);
  return out;
}

// Direct hands requests to a virtual NSM in the same process.
class Direct final : public attester::Transport {
 public:
  explicit Direct(devnsm::VirtualNsm& module) : module_(module) {}
  Result<Bytes> exchange(View request) override { return module_.answer(request); }

 private:
  devnsm::VirtualNsm& module_;
};

inline attestation::Pcrs image_registers() {
  const attestation::Pcr image = attestation::measure(view_of("an enclave image"));
  return {{0, image}, {1, image}, {2, attestation::no_ramdisk()}, {4, attestation::extend({}, view_of("i-1"))}};
}

struct World {
  Time now = noon();
  devnsm::TestRoot root = devnsm::TestRoot::create(noon());
  devnsm::VirtualNsm module{root, image_registers(), [this] { return now; }};
  std::unique_ptr<attester::NsmAttester> attester = *attester::NsmAttester::create(std::make_unique<Direct>(module));
  std::vector<Digest> models = {filled<32>(0x22), filled<32>(0x11)};
  Digest configuration = filled<32>(0x33);
  attestation::Nonce nonce = filled<32>(0x77);
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x25519);
  crypto::SigningKey receipt = crypto::SigningKey::generate();

  explicit World(bool measured = true) {
    if (measured && !attester->measure_inputs(models, configuration)) std::abort();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  attestation::KeySet keys() const { return attestation::KeySet::of(hpke.public_key(), receipt.public_key()); }
  attestation::Context context() const {
    return attestation::ClientContext{.configuration = configuration, .models = {filled<32>(0x11), filled<32>(0x22)}};
  }
  attestation::Evidence evidence() { return attester->attest(nonce, keys(), context()).value(); }
  verifier::Expected expected() const {
    return {.purpose = attestation::Purpose::client, .nonce = nonce, .context = {}};
  }

  verifier::EvidencePolicy policy() const {
    verifier::EvidencePolicy p;
    p.platforms = {"nitro"};
    p.freshness_seconds = 300;
    p.kems = {crypto::Kem::x25519, crypto::Kem::x_wing};
    p.configuration = configuration;
    const Digest sha256 = root.certificate().digest();
    p.roots = {{.name = "test", .sha256 = sha256, .test = true, .certificate = to_bytes(root.certificate().der())}};
    const auto pcrs = image_registers();
    p.measurements = {{.version = "1.0", .root = sha256, .pcrs = {pcrs.at(0), pcrs.at(1), pcrs.at(2)}}};
    p.models = {{.name = "a", .digest = models[0]}, {.name = "b", .digest = models[1]}};
    return p;
  }

  // forged signs other claims than the module would, as a hypervisor could: `change` edits those of a good document.
  template <class Change>
  attestation::Evidence forged(Change&& change) {
    attestation::Evidence out = evidence();
    attestation::NitroClaims claims = attestation::parse_unverified(out.document)->claims;
    change(claims);
    out.document = module.sign(claims);
    return out;
  }
};

}  // namespace glovebox::test
