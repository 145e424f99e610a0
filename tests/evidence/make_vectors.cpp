// Writes tests/vectors/evidence: evidence messages under a test root made for them, each with one fault. The name of a
// file begins with its rejection. Usage: make_evidence_vectors FOLDER. Keys and signatures are new each time.
#include <cstdio>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "world.h"

namespace {
using namespace glovebox;
using attestation::Evidence;
using attestation::NitroClaims;

std::string policy_text(const test::World& w) {
  const auto p = w.policy();
  const auto quoted = [](View bytes) { return "\"" + to_hex(bytes) + "\"\n"; };
  std::string out =
      "# The policy that these files are appraised under. Its root is a test root, made with them.\n[evidence]\n";
  out += "profile = \"glovebox\"\nplatforms = [\"nitro\"]\nfreshness_seconds = 300\nkems = [\"x25519\", \"x-wing\"]\n";
  out += "configuration = " + quoted(p.configuration);
  out += "[[evidence.roots]]\nname = \"test\"\ntest = true\nsha256 = " + quoted(p.roots[0].sha256);
  out += "certificate = \"" + to_base64(*p.roots[0].certificate) + "\"\n";
  out += "[[evidence.measurements]]\nversion = \"1.0\"\nroot = " + quoted(p.measurements[0].root);
  for (std::size_t i = 0; i < 3; ++i) out += "pcr" + std::to_string(i) + " = " + quoted(p.measurements[0].pcrs[i]);
  for (const auto& model : p.models)
    out += "[[evidence.models]]\nname = \"" + model.name + "\"\ndigest = " + quoted(model.digest);
  return out;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  test::World w;
  bool ok = true;
  const auto write = [&](const std::string& name, View bytes) {
    ok = ok && write_file(folder / name, bytes).has_value();
  };
  const auto message = [&](const std::string& name, const Evidence& e) { write(name + ".cbor", e.encode()); };
  const auto forged = [&](const std::string& name, const std::function<void(NitroClaims&)>& change) {
    message(name, w.forged(change));
  };
  const auto changed = [&](const std::string& name, const std::function<void(Evidence&)>& change) {
    Evidence e = w.evidence();
    change(e);
    message(name, e);
  };

  write("policy.toml", view_of(policy_text(w)));
  write("time.txt", view_of(to_rfc3339(w.now) + "\n"));
  write("nonce.txt", view_of(to_hex(w.nonce) + "\n"));
  message("accepted", w.evidence());
  forged("debug_enclave-pcr0-zero", [](NitroClaims& c) { c.pcrs[0] = {}; });
  forged("pcr_absent-no-pcr16", [](NitroClaims& c) { c.pcrs.erase(16); });
  forged("pcr_zero-pcr17", [](NitroClaims& c) { c.pcrs[17] = {}; });
  forged("measurement_unknown-pcr2-of-another-image", [](NitroClaims& c) { c.pcrs[2][0] ^= 1; });
  forged("model_unknown-one-model-less", [](NitroClaims& c) {
    c.pcrs[16] = attestation::models_register(std::vector<Digest>{test::filled<32>(0x11)});
  });
  forged("configuration_unknown-another",
         [](NitroClaims& c) { c.pcrs[17] = attestation::configuration_register(test::filled<32>(0x34)); });
  forged("evidence_stale-ten-minutes-old", [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(-600); });
  forged("evidence_stale-from-the-future", [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(600); });
  forged("nonce_mismatch-short", [](NitroClaims& c) { c.nonce->pop_back(); });
  message("nonce_mismatch-other", *w.attester->attest(test::filled<32>(0x78), w.keys(), w.context()));
  changed("binding_mismatch-relayed-with-another-key", [](Evidence& e) {
    const auto thief = crypto::KemPrivate::from_seed(crypto::Kem::x25519, Secret<32>(test::filled<32>(9)));
    auto keys = e.keys.keys();
    keys[0].public_key = thief.public_key().bytes();
    e.keys = *attestation::KeySet::create(keys);
  });
  message("purpose_mismatch-release",
          *w.attester->attest(w.nonce, attestation::KeySet::of(w.hpke.public_key()),
                              attestation::ReleaseContext{
                                  .request = Digest{1}, .wrapped_key = Digest{2}, .broker = w.receipt.public_key()}));
  changed("platform_unknown-media-type", [](Evidence& e) { e.media_type = "application/vnd.amd.sev.snp"; });
  changed("algorithm_unsupported-es256", [](Evidence& e) {
    const auto document = attestation::parse_unverified(e.document);
    e.document = cbor::Writer()
                     .array(4)
                     .bstr(Bytes{0xa1, 0x01, 0x26})
                     .map(0)
                     .bstr(document->cose.payload)
                     .bstr(document->cose.signature)
                     .take();
  });
  changed("algorithm_unsupported-unsigned-as-by-an-emulator", [](Evidence& e) {
    const auto document = attestation::parse_unverified(e.document);
    e.document = cbor::Writer()
                     .array(4)
                     .bstr(Bytes{0xa1, 0x01, 0x20})
                     .map(0)
                     .bstr(document->cose.payload)
                     .bstr(Bytes(64))
                     .take();
  });
  changed("evidence_signature_invalid-one-bit", [](Evidence& e) { e.document.back() ^= 1; });
  changed("evidence_malformed-signature-of-97-bytes", [](Evidence& e) {
    const auto document = attestation::parse_unverified(e.document);
    e.document = cbor::Writer()
                     .array(4)
                     .bstr(document->cose.protected_bytes)
                     .map(0)
                     .bstr(document->cose.payload)
                     .bstr(concat({document->cose.signature, Bytes{0}}))
                     .take();
  });
  changed("evidence_malformed-byte-after-the-document", [](Evidence& e) { e.document.push_back(0); });
  forged("certificate_invalid-byte-after-the-leaf", [](NitroClaims& c) { c.certificate.push_back(0); });
  forged("root_unknown-no-intermediate", [](NitroClaims& c) { c.cabundle.resize(1); });
  {
    test::World impostor;
    message("root_unknown-another-test-root", impostor.evidence());
  }
  {
    const auto unknown = *attestation::KeySet::create(
        {{"hpke", 0x0010, Bytes(65, 4)}, {"receipt", 8, to_bytes(w.receipt.public_key().bytes)}});
    message("kem_not_allowed-p256", *w.attester->attest(w.nonce, unknown, w.context()));
  }
  {
    const Bytes whole = w.evidence().encode();
    write("evidence_malformed-message-cut-in-half.cbor", View(whole).first(whole.size() / 2));
  }
  w.now = w.now.plus_seconds(-4 * 3600);  // a leaf of three hours, made four hours ago
  message("certificate_expired-leaf", w.evidence());
  if (!ok) std::fputs("a file could not be written\n", stderr);
  return ok ? 0 : 1;
}
