// The cases of AWS Nitro Enclaves, but for those about form and signature.
#include "attestation/cmw.h"
#include "testroots/nitro_maker.h"

namespace glovebox::testroots {
namespace {
using attestation::Evidence;
using attestation::NitroClaims;
using attestation::Pcr;
}  // namespace

void NitroMaker::chains() const {
  const std::string clause = std::string(nitro_spec) + "2";
  const auto usage = [](crypto::KeyUsage bit) { return static_cast<std::uint16_t>(bit); };
  const auto invalid = [&](std::string name, std::string why, std::string rfc,
                           const std::function<void(NitroSigner&)>& spoil) {
    certificates("certificate-" + std::move(name), "certificate_invalid", std::move(why),
                 "RFC 5280, section " + std::move(rfc), spoil);
  };
  invalid("intermediate-no-ca", "an intermediate with CA:FALSE", "4.2.1.9", [](NitroSigner& s) {
    s.instance.is_ca = false;
    s.instance.path_length.reset();
  });
  invalid("intermediate-no-constraints", "an intermediate without basic constraints", "4.2.1.9",
          [](NitroSigner& s) { s.region.has_basic_constraints = false; });
  invalid("path-length", "an authority below one whose path length is 0", "4.2.1.9",
          [](NitroSigner& s) { s.region.path_length = 0; });
  invalid("intermediate-key-usage", "an intermediate that may sign lists and no certificates", "4.2.1.3",
          [&](NitroSigner& s) { s.instance.key_usage = usage(crypto::KeyUsage::crl_sign); });
  invalid("leaf-is-ca", "a leaf that is an authority", "4.2.1.9", [](NitroSigner& s) { s.leaf.is_ca = true; });
  invalid("leaf-key-usage", "a leaf that may not sign", "4.2.1.3",
          [&](NitroSigner& s) { s.leaf.key_usage = usage(crypto::KeyUsage::key_cert_sign); });
  invalid("leaf-no-key-usage", "a leaf without key usage", "4.2.1.3", [](NitroSigner& s) { s.leaf.key_usage.reset(); });
  invalid("sha256", "a leaf signed with ECDSA and SHA-256", "4.1.1.2",
          [](NitroSigner& s) { s.leaf.signature = crypto::CertificateSignature::ecdsa_sha256; });
  invalid("critical-extension", "a critical extension that nobody knows", "4.2",
          [](NitroSigner& s) { s.region.unknown_critical_extension = "1.2.3.4"; });
  const auto expired = [&](std::string name, crypto::CertificateTemplate NitroSigner::* which) {
    certificates("expired-" + name + "-by-a-second", "certificate_expired",
                 "the " + name + "'s last second was the one before", clause,
                 [&](NitroSigner& s) { (s.*which).not_after = at.plus_seconds(-1); });
    certificates("not-yet-" + name + "-by-a-second", "certificate_expired",
                 "the " + name + "'s first second is the next", clause,
                 [&](NitroSigner& s) { (s.*which).not_before = at.plus_seconds(1); });
  };
  expired("region", &NitroSigner::region);
  expired("instance", &NitroSigner::instance);
  expired("leaf", &NitroSigner::leaf);
  certificates("accepted-leaf-in-its-last-second", "accepted", "the leaf's last second is this one",
               "RFC 5280, section 4.1.2.5", [&](NitroSigner& s) { s.leaf.not_after = at; });

  claim("root-no-intermediates", "root_unknown", "a bundle of the root alone", clause,
        [](NitroClaims& c) { c.cabundle.resize(1); });
  claim("root-without-the-root", "root_unknown", "a bundle that begins below the root", clause,
        [](NitroClaims& c) { c.cabundle.erase(c.cabundle.begin()); });
  claim("root-reordered", "root_unknown", "intermediates in another order", clause,
        [](NitroClaims& c) { std::swap(c.cabundle[1], c.cabundle[2]); });
  claim("certificate-twice", "certificate_invalid", "the last intermediate stands twice", clause,
        [](NitroClaims& c) { c.cabundle.push_back(c.cabundle[2]); });
  claim("certificate-missing", "certificate_invalid", "the intermediate above the leaf is missing", clause,
        [](NitroClaims& c) { c.cabundle.pop_back(); });
  claim("certificate-trailing-byte", "certificate_invalid", "a byte after the leaf's DER", "RFC 5280, section 4.1",
        [](NitroClaims& c) { c.certificate.push_back(0); });
  claim("certificate-bit", "certificate_invalid", "one bit of the signature on the leaf", clause,
        [](NitroClaims& c) { c.certificate.back() ^= 1; });
  claim("certificate-garbage", "certificate_invalid", "a leaf that is no certificate", clause,
        [](NitroClaims& c) { c.certificate = Bytes(100, 0x30); });
  const NitroSigner impostor(at);  // a root of the same name, and a whole chain under it
  const auto foreign = impostor.issue();
  document("root-of-the-same-name", "root_unknown", "a complete chain under a root of the same name and another key",
           clause, impostor.document(claims(foreign).encode()));
  NitroClaims below = claims(chain);
  const crypto::EcKey thief = crypto::EcKey::generate();
  below.cabundle.push_back(chain.leaf);
  below.certificate =
      crypto::issue(signer.leaf, thief.public_key(), crypto::Certificate::parse(chain.leaf).value(), signer.leaf_key);
  document("certificate-leaf-as-an-authority", "certificate_invalid", "a certificate that a leaf issued",
           "RFC 5280, section 4.2.1.9", crypto::cose_sign1(thief, below.encode(), {}));
}

void NitroMaker::bindings() const {
  const std::string clause = std::string(nitro_spec) + "5";
  const std::string fresh = std::string(nitro_spec) + "4";
  claim("stale-old", "evidence_stale", "a second older than the policy allows", fresh,
        [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(-301); });
  claim("stale-future", "evidence_stale", "a second further in the future than the policy allows", fresh,
        [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(301); });
  claim("stale-seconds", "evidence_stale", "a timestamp in seconds", fresh,
        [](NitroClaims& c) { c.timestamp.milliseconds /= 1000; });
  claim("nonce-other", "nonce_mismatch", "a replay: made for another nonce", clause,
        [](NitroClaims& c) { (*c.nonce)[0] ^= 1; });
  claim("nonce-short", "nonce_mismatch", "the nonce without its last byte", clause,
        [](NitroClaims& c) { c.nonce->pop_back(); });
  claim("nonce-long", "nonce_mismatch", "the nonce and a byte", clause, [](NitroClaims& c) { c.nonce->push_back(0); });
  claim("nonce-absent", "nonce_mismatch", "null in place of a nonce", clause, [](NitroClaims& c) { c.nonce.reset(); });
  beside("nonce-beside", "nonce_mismatch", "another nonce in the message than in the document", clause,
         [](Evidence& e) { e.nonce[0] ^= 1; });
  beside("binding-relayed", "binding_mismatch", "a relay: a true document with the key of somebody else beside it",
         clause, [](Evidence& e) {
           auto keys = e.keys.keys();
           keys[0].public_key = crypto::KemPrivate::generate(crypto::Kem::x25519).public_key().bytes();
           e.keys = *attestation::KeySet::create(keys);
         });
  beside("binding-receipt-key", "binding_mismatch", "a true document with another receipt key beside it", clause,
         [](Evidence& e) {
           auto keys = e.keys.keys();
           keys[1].public_key = to_bytes(crypto::SigningKey::generate().public_key().bytes);
           e.keys = *attestation::KeySet::create(keys);
         });
  beside("binding-context", "binding_mismatch", "another context beside the document", clause,
         [](Evidence& e) { std::get<attestation::ClientContext>(e.context).configuration[0] ^= 1; });
  claim("binding-absent", "binding_mismatch", "null in place of user_data", clause,
        [](NitroClaims& c) { c.user_data.reset(); });
  claim("binding-short", "binding_mismatch", "user_data without its last byte", clause,
        [](NitroClaims& c) { c.user_data->pop_back(); });
  claim("binding-public-key", "binding_mismatch", "public_key is not the digest of the keys", clause,
        [](NitroClaims& c) { (*c.public_key)[0] ^= 1; });
  const attestation::Context release = attestation::ReleaseContext{Digest{1}, Digest{2}, receipt.public_key()};
  const auto one_key = attestation::KeySet::of(hpke.public_key());
  NitroClaims other = claims(chain);
  other.user_data = to_bytes(attestation::make_binding(nonce, one_key, release).view());
  other.public_key = to_bytes(one_key.digest());
  Evidence for_release = message(signer.document(other.encode()));
  for_release.keys = one_key;
  for_release.context = release;
  add("purpose-release", "purpose_mismatch", "made for a broker, shown to a client", clause, for_release.encode());
  const auto kem = *attestation::KeySet::create(
      {{"hpke", 0x0010, Bytes(65, 4)}, {"receipt", 8, to_bytes(receipt.public_key().bytes)}});
  NitroClaims p256 = claims(chain);
  p256.user_data = to_bytes(attestation::make_binding(nonce, kem, context()).view());
  p256.public_key = to_bytes(kem.digest());
  Evidence with_p256 = message(signer.document(p256.encode()));
  with_p256.keys = kem;
  add("kem-p256", "kem_not_allowed", "a key of DHKEM(P-256), which the policy does not name",
      std::string(nitro_spec) + "9", with_p256.encode());
}

void NitroMaker::registers() const {
  const std::string clause = std::string(nitro_spec) + "8";
  for (const std::uint8_t i : attestation::pcrs_of_image) {
    const std::string name = "pcr" + std::to_string(i);
    claim("debug-" + name + "-zero", "debug_enclave", "PCR" + std::to_string(i) + " is zero: the host reads its memory",
          std::string(nitro_spec) + "7", [i](NitroClaims& c) { c.pcrs[i] = Pcr{}; });
    claim("measurement-" + name, "measurement_unknown", "one bit of PCR" + std::to_string(i), clause,
          [i](NitroClaims& c) { c.pcrs[i][47] ^= 1; });
  }
  claim("absent-pcr2", "pcr_absent", "no PCR2", std::string(nitro_spec) + "6", [](NitroClaims& c) { c.pcrs.erase(2); });
  claim("absent-pcr16", "pcr_absent", "no PCR16: nothing says which models were loaded", std::string(nitro_spec) + "6",
        [](NitroClaims& c) { c.pcrs.erase(16); });
  claim("zero-pcr16", "pcr_zero", "PCR16 was locked and never written", clause,
        [](NitroClaims& c) { c.pcrs[16] = Pcr{}; });
  claim("zero-pcr17", "pcr_zero", "PCR17 was locked and never written", clause,
        [](NitroClaims& c) { c.pcrs[17] = Pcr{}; });
  claim("model-one-less", "model_unknown", "one model of two", clause,
        [&](NitroClaims& c) { c.pcrs[16] = attestation::models_register(std::span(models).first(1)); });
  claim("model-another", "model_unknown", "another model in place of one", clause,
        [&](NitroClaims& c) { c.pcrs[16] = attestation::models_register(std::vector{models[0], filled<32>(0x44)}); });
  claim("configuration-another", "configuration_unknown", "started with another configuration", clause,
        [](NitroClaims& c) { c.pcrs[17] = attestation::configuration_register(filled<32>(0x34)); });
}

void NitroMaker::bare() const {
  const std::string clause = "docs/spec/evidence.md, Appraisal";
  NitroClaims foreign = claims(chain);
  foreign.pcrs.erase(16);
  foreign.pcrs.erase(17);
  foreign.user_data = to_bytes(view_of("somebody else's"));
  foreign.public_key.reset();
  const Bytes document = signer.document(foreign.encode());
  add("bare-accepted", "accepted", "a document of somebody else's enclave, under profile none", clause, document,
      "nitro-none");
  add("bare-accepted-no-nonce", "accepted", "the same, and no nonce was asked for: listed as unchecked", clause,
      document, "nitro-none", false);
  add("bare-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1",
      attestation::Cmw{std::string(attestation::media_type_nitro), document}.to_cbor(), "nitro-none");
  const std::string json = attestation::Cmw{std::string(attestation::media_type_nitro), document}.to_json();
  add("bare-cmw-json", "accepted", "the same in a wrapper of JSON", "RFC 9999, section 3.1", to_bytes(view_of(json)),
      "nitro-none");
  add("bare-under-glovebox", "pcr_absent", "the same under profile glovebox: it is none of ours", clause, document);
  add("bare-truncated", "truncated", "the first half of a document", clause,
      to_bytes(View(document).first(document.size() / 2)), "nitro-none");
  add("bare-truncated-by-one", "truncated", "a document without its last byte", clause,
      to_bytes(View(document).first(document.size() - 1)), "nitro-none");
  NitroClaims changed = foreign;
  changed.pcrs[0] = changed.pcrs[1] = changed.pcrs[2] = Pcr{};
  add("bare-debug", "debug_enclave", "a document of a debug enclave, under profile none", clause,
      signer.document(changed.encode()), "nitro-none");
  changed = foreign;
  (*changed.nonce)[31] ^= 1;
  add("bare-nonce", "nonce_mismatch", "a bare document for another nonce", clause, signer.document(changed.encode()),
      "nitro-none");
  const std::string policy = "docs/spec/policy.md";
  add("policy-zero-measurement", "policy_invalid", "a policy that lists an all-zero register is no policy", policy,
      document, "nitro-zero-measurement");
  add("policy-no-measurement", "policy_empty", "a policy that would accept any image is no policy", policy, document,
      "nitro-no-measurement");
  add("policy-mixed-roots", "mixed_roots", "a test root beside AWS's", policy, document, "nitro-mixed-roots");
}

void nitro_cases(Suite& suite, Time at) {
  const NitroMaker make{suite, at};
  make.policies();
  make.accepted();
  make.forms();
  make.signatures();
  make.chains();
  make.bindings();
  make.registers();
  make.bare();
}

}  // namespace glovebox::testroots
