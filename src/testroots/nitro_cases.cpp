// The cases of AWS Nitro Enclaves.
#include <functional>

#include "attestation/cmw.h"
#include "attestation/evidence.h"
#include "crypto/hash.h"
#include "testroots/nitro_signer.h"
#include "testroots/suite.h"

namespace glovebox::testroots {
namespace {
using attestation::Evidence;
using attestation::NitroClaims;
using attestation::Pcr;

// Where what a case expects is said.
constexpr std::string_view spec = "docs/spec/evidence.md, Appraisal, step ";
constexpr std::string_view aws = "aws-nitro-enclaves-nsm-api, docs/attestation_process.md, ";

template <std::size_t N>
Array<N> filled(std::uint8_t byte) {
  Array<N> out;
  out.fill(byte);
  return out;
}

std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}

struct Maker {
  Suite& suite;
  Time at;
  NitroSigner signer{at};
  NitroSigner::Chain chain = signer.issue();
  Digest configuration = filled<32>(0x33);
  std::vector<Digest> models = {filled<32>(0x11), filled<32>(0x22)};
  attestation::Nonce nonce = filled<32>(0x77);
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x25519);
  crypto::SigningKey receipt = crypto::SigningKey::generate();
  Pcr image = attestation::measure(view_of("an enclave image"));

  attestation::KeySet keys() const { return attestation::KeySet::of(hpke.public_key(), receipt.public_key()); }
  attestation::Context context() const { return attestation::ClientContext{configuration, models}; }

  // --- policies ---
  std::string roots(View der) const {
    return "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", crypto::sha256(der)) +
           "certificate = \"" + to_base64(der) + "\"\n";
  }
  std::string measurement(View root, const Pcr& pcr0) const {
    return "[[evidence.measurements]]\nversion = \"1.0\"\n" + hex_line("root", crypto::sha256(root)) +
           hex_line("pcr0", pcr0) + hex_line("pcr1", image) + hex_line("pcr2", attestation::no_ramdisk());
  }
  std::string head(std::string_view profile) const {
    std::string out = "# Its root is a test root, made with these cases.\n[evidence]\nprofile = \"" +
                      std::string(profile) + "\"\nplatforms = [\"nitro\"]\nfreshness_seconds = 300\n";
    return profile == "none" ? out
                             : out + "kems = [\"x25519\", \"x-wing\"]\n" + hex_line("configuration", configuration);
  }
  std::string two_models() const {
    return "[[evidence.models]]\nname = \"a\"\n" + hex_line("digest", models[0]) +
           "[[evidence.models]]\nname = \"b\"\n" + hex_line("digest", models[1]);
  }
  void policies() const {
    const View root = chain.bundle[0];
    suite.policies["nitro"] = head("glovebox") + roots(root) + measurement(root, image) + two_models();
    suite.policies["nitro-none"] = head("none") + roots(root) + measurement(root, image);
    suite.policies["nitro-zero-measurement"] = head("none") + roots(root) + measurement(root, Pcr{});
    suite.policies["nitro-no-measurement"] = head("none") + roots(root);
    suite.policies["nitro-mixed-roots"] =
        head("none") + roots(root) + "[[evidence.roots]]\nname = \"AWS\"\nsha256 = \"" +
        "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b\"\n" + measurement(root, image);
  }

  // --- evidence ---
  NitroClaims claims(const NitroSigner::Chain& of) const {
    NitroClaims out;
    out.module_id = "i-0123456789abcdef0-enc0123456789abcdef";
    out.timestamp = at;
    for (std::uint8_t i = 0; i < 16; ++i) out.pcrs[i] = Pcr{};
    out.pcrs[0] = out.pcrs[1] = image;
    out.pcrs[2] = attestation::no_ramdisk();
    out.pcrs[4] = attestation::extend({}, view_of("i-0123456789abcdef0"));
    out.pcrs[attestation::pcr_models] = attestation::models_register(models);
    out.pcrs[attestation::pcr_configuration] = attestation::configuration_register(configuration);
    out.certificate = of.leaf;
    out.cabundle = of.bundle;
    out.nonce = to_bytes(nonce);
    out.user_data = to_bytes(attestation::make_binding(nonce, keys(), context()).view());
    out.public_key = to_bytes(keys().digest());
    return out;
  }
  Evidence message(Bytes document) const {
    return {.media_type = std::string(attestation::media_type_nitro),
            .document = std::move(document),
            .nonce = to_bytes(nonce),
            .keys = keys(),
            .context = context()};
  }
  Bytes good() const { return signer.document(claims(chain).encode()); }

  // --- cases ---
  void add(std::string name, std::string expected, std::string why, std::string clause, Bytes evidence,
           std::string policy = "nitro", bool asks = true) const {
    suite.cases.push_back({.name = "nitro-" + std::move(name),
                           .platform = "nitro",
                           .why = std::move(why),
                           .expected = std::move(expected),
                           .clause = std::move(clause),
                           .evidence = std::move(evidence),
                           .policy = std::move(policy),
                           .at = at,
                           .nonce = asks ? to_bytes(nonce) : Bytes{}});
  }
  // of a message with a document, with changed claims, with a spoilt payload, or changed itself
  void document(std::string name, std::string expected, std::string why, std::string clause, Bytes bytes) const {
    add(std::move(name), std::move(expected), std::move(why), std::move(clause), message(std::move(bytes)).encode());
  }
  void claim(std::string name, std::string expected, std::string why, std::string clause,
             const std::function<void(NitroClaims&)>& change) const {
    NitroClaims c = claims(chain);
    change(c);
    document(std::move(name), std::move(expected), std::move(why), std::move(clause), signer.document(c.encode()));
  }
  void payload(std::string name, std::string expected, std::string why, std::string clause,
               const std::function<void(Bytes&)>& change) const {
    Bytes bytes = claims(chain).encode();
    change(bytes);
    document(std::move(name), std::move(expected), std::move(why), std::move(clause), signer.document(bytes));
  }
  void beside(std::string name, std::string expected, std::string why, std::string clause,
              const std::function<void(Evidence&)>& change) const {
    Evidence e = message(good());
    change(e);
    add(std::move(name), std::move(expected), std::move(why), std::move(clause), e.encode());
  }
  // of a chain with spoilt certificates, under the same keys
  void certificates(std::string name, std::string expected, std::string why, std::string clause,
                    const std::function<void(NitroSigner&)>& spoil) const {
    NitroSigner spoilt(at);
    spoil(spoilt);
    spoilt.root = signer.root;
    NitroSigner::Chain issued;
    const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
    const Bytes middle =
        crypto::issue(spoilt.region, spoilt.region_key.public_key(), parse(chain.bundle[0]), signer.root_key);
    const Bytes low =
        crypto::issue(spoilt.instance, spoilt.instance_key.public_key(), parse(middle), spoilt.region_key);
    issued.leaf = crypto::issue(spoilt.leaf, spoilt.leaf_key.public_key(), parse(low), spoilt.instance_key);
    issued.bundle = {chain.bundle[0], middle, low};
    document(std::move(name), std::move(expected), std::move(why), std::move(clause),
             spoilt.document(claims(issued).encode()));
  }

  void accepted() const;
  void forms() const;
  void signatures() const;
  void chains() const;
  void bindings() const;
  void registers() const;
  void bare() const;
};

const Bytes es384 = {0xa1, 0x01, 0x38, 0x22};
const Bytes empty_map = {0xa0};

Bytes to_be_signed(View payload) {
  return cbor::Writer().array(4).tstr("Signature1").bstr(es384).bstr({}).bstr(payload).take();
}

void Maker::accepted() const {
  const Bytes payload_bytes = claims(chain).encode();
  document("accepted", "accepted", "what an enclave of ours sends", "docs/spec/evidence.md, Message", good());
  document("accepted-tagged", "accepted", "the document has CBOR tag 18", "RFC 9052, section 4.2",
           cbor::Writer().tag(18).raw(good()).take());
  payload("accepted-indefinite-map", "accepted",
          "the claims are a map of indefinite length, as hardware writes since 2025", "RFC 8949, section 3.2.2",
          [](Bytes& bytes) {
            bytes[0] = 0xbf;
            bytes.push_back(0xff);
          });
  const auto signature = signer.leaf_key.sign(to_be_signed(payload_bytes));
  document("accepted-low-s", "accepted", "the lesser of the two values of s", "FIPS 186-5, section 6.4",
           NitroSigner::raw(es384, empty_map, payload_bytes, low_s(signature)));
  document("accepted-high-s", "accepted", "the greater of the two values of s: hardware makes both",
           "docs/spec/evidence.md, Appraisal", NitroSigner::raw(es384, empty_map, payload_bytes, high_s(signature)));
  claim("accepted-root-of-the-bundle-is-ignored", "accepted", "cabundle[0] is garbage: the root is the verifier's own",
        std::string(spec) + "2", [](NitroClaims& c) { c.cabundle[0] = {0x30}; });
  claim("accepted-oldest", "accepted", "a document exactly as old as the policy allows", std::string(spec) + "4",
        [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(-300); });
}

void Maker::forms() const {
  const std::string form = std::string(spec) + "1";
  const std::string map = std::string(aws) + "section 2.2.2";
  const Bytes bytes = claims(chain).encode();
  const auto signature = signer.leaf_key.sign(to_be_signed(bytes));
  document("malformed-unprotected-header", "evidence_malformed", "a header that the signature does not cover", form,
           NitroSigner::raw(es384, Bytes{0xa1, 0x04, 0x41, 0x00}, bytes, signature));
  document("malformed-two-protected-headers", "evidence_malformed", "a second protected header", form,
           NitroSigner::raw(Bytes{0xa2, 0x01, 0x38, 0x22, 0x04, 0x41, 0x00}, empty_map, bytes, signature));
  document("malformed-signature-95", "evidence_malformed", "a signature of 95 bytes", form,
           NitroSigner::raw(es384, empty_map, bytes, View(signature).first(95)));
  document("malformed-signature-97", "evidence_malformed", "a signature of 97 bytes", form,
           NitroSigner::raw(es384, empty_map, bytes, concat({signature, Bytes{0}})));
  document("malformed-tag-17", "evidence_malformed", "the tag of another COSE structure", form,
           cbor::Writer().tag(17).raw(good()).take());
  document("malformed-trailing-byte", "evidence_malformed", "a byte after the document", form,
           concat({good(), Bytes{0}}));
  payload("malformed-trailing-byte-in-the-payload", "evidence_malformed", "a byte after the claims", form,
          [](Bytes& p) { p.push_back(0); });
  payload("malformed-claim-twice", "evidence_malformed", "the claim module_id stands twice", "RFC 8949, section 5.6",
          [](Bytes& p) {
            p[0] = 0xaa;
            const Bytes again = cbor::Writer().tstr("module_id").tstr("i-1").take();
            p.insert(p.end(), again.begin(), again.end());
          });
  payload("malformed-claim-unknown", "evidence_malformed", "a tenth claim that nobody knows", map, [](Bytes& p) {
    p[0] = 0xaa;
    const Bytes more = cbor::Writer().tstr("extra").uint(1).take();
    p.insert(p.end(), more.begin(), more.end());
  });
  payload("malformed-indefinite-string", "evidence_malformed", "a text of indefinite length", form, [](Bytes& p) {
    // the first key, module_id (9 letters), in one chunk
    const Bytes chunked = concat({Bytes{0x7f}, View(p).subspan(1, 10), Bytes{0xff}});
    p.erase(p.begin() + 1, p.begin() + 11);
    p.insert(p.begin() + 1, chunked.begin(), chunked.end());
  });
  payload("malformed-longer-integer", "evidence_malformed", "a length written in more bytes than it needs", form,
          [](Bytes& p) {
            p[1] = 0x78;  // module_id's head: text, one byte of length
            p.insert(p.begin() + 2, 9);
          });
  const auto change = [&](std::string name, std::string why, const std::function<void(NitroClaims&)>& spoil) {
    claim("malformed-" + std::move(name), "evidence_malformed", std::move(why), map, spoil);
  };
  change("register-32", "register 32 of 0 to 31", [](NitroClaims& c) { c.pcrs[32] = Pcr{}; });
  change("no-registers", "an empty map of registers", [](NitroClaims& c) { c.pcrs.clear(); });
  change("module-empty", "an empty module_id", [](NitroClaims& c) { c.module_id.clear(); });
  change("bundle-empty", "a cabundle of none", [](NitroClaims& c) { c.cabundle.clear(); });
  change("certificate-empty", "a certificate of no bytes", [](NitroClaims& c) { c.certificate.clear(); });
  change("certificate-1025", "a certificate of 1025 bytes", [](NitroClaims& c) { c.certificate.resize(1025); });
  change("nonce-513", "a nonce of 513 bytes", [](NitroClaims& c) { c.nonce = Bytes(513); });
  change("user-data-513", "user_data of 513 bytes", [](NitroClaims& c) { c.user_data = Bytes(513); });
  change("public-key-1025", "a public_key of 1025 bytes", [](NitroClaims& c) { c.public_key = Bytes(1025); });
  payload("malformed-register-47-bytes", "evidence_malformed", "a register of 47 bytes", map, [&](Bytes& p) {
    const Bytes whole = cbor::Writer().uint(0).bstr(image).take();
    const auto found = std::ranges::search(p, whole);
    const Bytes cut = cbor::Writer().uint(0).bstr(View(image).first(47)).take();
    const auto where = p.erase(found.begin(), found.end());
    p.insert(where, cut.begin(), cut.end());
  });
  payload("malformed-nonce-as-text", "evidence_malformed", "a nonce that is text", map, [](Bytes& p) {
    p[p.size() - 34] = 0x78;  // 0x58 0x20, bytes, becomes 0x78 0x20, text
  });
  payload("malformed-digest-sha256", "evidence_malformed", "another digest than SHA384", map, [](Bytes& p) {
    const auto found = std::ranges::search(p, std::string_view("SHA384"));
    std::ranges::copy(std::string_view("SHA256"), found.begin());
  });
  payload("malformed-payload-16385", "evidence_malformed", "a payload of 16385 bytes",
          std::string(aws) + "section 2.2.1", [](Bytes& p) { p.resize(16385); });
  payload("platform-nitrotpm", "platform_unknown",
          "registers of a NitroTPM, which firmware of an ordinary instance fills", form, [](Bytes& p) {
            const auto found = std::ranges::search(p, std::string_view("\x64pcrs"));
            const Bytes other = cbor::Writer().tstr("nitrotpm_pcrs").take();
            const auto where = p.erase(found.begin(), found.end());
            p.insert(where, other.begin(), other.end());
          });
  beside("platform-media-type-of-snp", "platform_unknown", "a Nitro document called an SNP report", form,
         [](Evidence& e) { e.media_type = attestation::media_type_sev_snp; });
  beside("platform-media-type-of-nobody", "platform_unknown", "a media type that nobody knows", form,
         [](Evidence& e) { e.media_type = "application/octet-stream"; });
  const auto relabelled = [&](std::string name, std::string why, Bytes header, std::size_t size) {
    document(
        "algorithm-" + std::move(name), "algorithm_unsupported", std::move(why), form,
        NitroSigner::raw(header, empty_map, bytes,
                         Bytes(View(signature).begin(), View(signature).begin() + static_cast<std::ptrdiff_t>(size))));
  };
  relabelled("es256", "ES256 in place of ES384", {0xa1, 0x01, 0x26}, 64);
  relabelled("eddsa", "EdDSA in place of ES384", {0xa1, 0x01, 0x27}, 64);
  document("algorithm-unsigned-emulator", "algorithm_unsupported",
           "algorithm -1 and 64 zeros: an emulator's, signed by nobody", form,
           NitroSigner::raw(Bytes{0xa1, 0x01, 0x20}, empty_map, bytes, Bytes(64)));
}

void Maker::signatures() const {
  const std::string clause = std::string(spec) + "3";
  const Bytes bytes = claims(chain).encode();
  const auto signature = signer.leaf_key.sign(to_be_signed(bytes));
  const auto with = [&](std::string name, std::string why, View wrong) {
    document("signature-" + std::move(name), "evidence_signature_invalid", std::move(why), clause,
             NitroSigner::raw(es384, empty_map, bytes, wrong));
  };
  auto wrong = signature;
  wrong[95] ^= 1;
  with("bit-flipped", "one bit of the signature", wrong);
  wrong = signature;
  std::fill_n(wrong.begin(), 48, std::uint8_t{0});
  with("r-zero", "r = 0", wrong);
  wrong = signature;
  std::fill_n(wrong.begin() + 48, 48, std::uint8_t{0});
  with("s-zero", "s = 0", wrong);
  with("zeros", "a signature of zeros", Bytes(96));
  with("by-the-intermediate", "signed by the key of the certificate above the leaf",
       signer.instance_key.sign(to_be_signed(bytes)));
  with("by-nobody", "signed by a key of nobody", crypto::EcKey::generate().sign(to_be_signed(bytes)));
  with("without-the-structure", "over the payload alone, not over Sig_structure", signer.leaf_key.sign(bytes));
  Bytes changed = bytes;
  changed[changed.size() - 1] ^= 1;  // of the nonce
  document("signature-payload-changed", "evidence_signature_invalid", "one bit of the claims, after signing", clause,
           NitroSigner::raw(es384, empty_map, changed, signature));
}

void Maker::chains() const {
  const std::string clause = std::string(spec) + "2";
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

void Maker::bindings() const {
  const std::string clause = std::string(spec) + "5";
  const std::string fresh = std::string(spec) + "4";
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
  add("kem-p256", "kem_not_allowed", "a key of DHKEM(P-256), which the policy does not name", std::string(spec) + "9",
      with_p256.encode());
}

void Maker::registers() const {
  const std::string clause = std::string(spec) + "8";
  for (const std::uint8_t i : attestation::pcrs_of_image) {
    const std::string name = "pcr" + std::to_string(i);
    claim("debug-" + name + "-zero", "debug_enclave", "PCR" + std::to_string(i) + " is zero: the host reads its memory",
          std::string(spec) + "7", [i](NitroClaims& c) { c.pcrs[i] = Pcr{}; });
    claim("measurement-" + name, "measurement_unknown", "one bit of PCR" + std::to_string(i), clause,
          [i](NitroClaims& c) { c.pcrs[i][47] ^= 1; });
  }
  claim("absent-pcr2", "pcr_absent", "no PCR2", std::string(spec) + "6", [](NitroClaims& c) { c.pcrs.erase(2); });
  claim("absent-pcr16", "pcr_absent", "no PCR16: nothing says which models were loaded", std::string(spec) + "6",
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

void Maker::bare() const {
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
}  // namespace

void nitro_cases(Suite& suite, Time at) {
  const Maker make{suite, at};
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
