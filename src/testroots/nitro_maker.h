// nitro_maker.h: what the cases of Nitro are made with: a signer, policies that accept it, and ways to spoil one thing
// at a time. Only nitro_cases*.cpp include this.
#pragma once
#include <functional>

#include "attestation/evidence.h"
#include "crypto/hash.h"
#include "testroots/nitro_signer.h"
#include "testroots/suite.h"

namespace glovebox::testroots {

// Where what a case expects is said.
constexpr std::string_view nitro_spec = "docs/spec/evidence.md, Appraisal, step ";
constexpr std::string_view nitro_text = "aws-nitro-enclaves-nsm-api, docs/attestation_process.md, ";

template <std::size_t N>
Array<N> filled(std::uint8_t byte) {
  Array<N> out;
  out.fill(byte);
  return out;
}

inline std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}

struct NitroMaker {
  Suite& suite;
  Time at;
  NitroSigner signer{at};
  NitroSigner::Chain chain = signer.issue();
  Digest configuration = filled<32>(0x33);
  std::vector<Digest> models = {filled<32>(0x11), filled<32>(0x22)};
  attestation::Nonce nonce = filled<32>(0x77);
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x25519);
  crypto::SigningKey receipt = crypto::SigningKey::generate();
  attestation::Pcr image = attestation::measure(view_of("an enclave image"));

  attestation::KeySet keys() const { return attestation::KeySet::of(hpke.public_key(), receipt.public_key()); }
  attestation::Context context() const { return attestation::ClientContext{configuration, models}; }

  // --- policies ---
  std::string roots(View der) const {
    return "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", crypto::sha256(der)) +
           "certificate = \"" + to_base64(der) + "\"\n";
  }
  std::string measurement(View root, const attestation::Pcr& pcr0) const {
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
    suite.policies["nitro-zero-measurement"] = head("none") + roots(root) + measurement(root, attestation::Pcr{});
    suite.policies["nitro-no-measurement"] = head("none") + roots(root);
    suite.policies["nitro-mixed-roots"] =
        head("none") + roots(root) + "[[evidence.roots]]\nname = \"AWS\"\nsha256 = \"" +
        "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b\"\n" + measurement(root, image);
  }

  // --- evidence ---
  attestation::NitroClaims claims(const NitroSigner::Chain& of) const {
    attestation::NitroClaims out;
    out.module_id = "i-0123456789abcdef0-enc0123456789abcdef";
    out.timestamp = at;
    for (std::uint8_t i = 0; i < 16; ++i) out.pcrs[i] = attestation::Pcr{};
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
  attestation::Evidence message(Bytes document) const {
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
             const std::function<void(attestation::NitroClaims&)>& change) const {
    attestation::NitroClaims c = claims(chain);
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
              const std::function<void(attestation::Evidence&)>& change) const {
    attestation::Evidence e = message(good());
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

inline Bytes es384_header() {
  return {0xa1, 0x01, 0x38, 0x22};
}
inline Bytes empty_map() {
  return {0xa0};
}
// to_be_signed is COSE's Sig_structure over a payload, under ES384.
inline Bytes to_be_signed(View payload) {
  return cbor::Writer().array(4).tstr("Signature1").bstr(es384_header()).bstr({}).bstr(payload).take();
}

}  // namespace glovebox::testroots
