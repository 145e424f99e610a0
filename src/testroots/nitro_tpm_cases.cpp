// The cases of AWS NitroTPM: documents of an ordinary instance's TPM, under the same roots as an enclave's.
#include "attestation/cmw.h"
#include "testroots/nitro_maker.h"

namespace glovebox::testroots {
namespace {
using attestation::NitroClaims;
using attestation::NitroSource;
using attestation::Pcr;
const std::string spec(nitro_spec);
const std::string text = "Amazon EC2 User Guide, NitroTPM Attestation Document content";
const std::string rules = "docs/spec/policy.md, [evidence.nitro-tpm]";

// The registers of a TPM: firmware and boot loader filled the first, those of a dynamic launch begin with ones.
attestation::Pcrs registers() {
  attestation::Pcrs out;
  for (std::uint8_t i = 0; i < 24; ++i) {
    Pcr value{};
    if (i < 8 || i == 12) value.fill(static_cast<std::uint8_t>(0x50 + i));
    if (i >= 17 && i <= 22) value.fill(0xff);
    out.emplace(i, value);
  }
  return out;
}

struct NitroTpmMaker {
  Suite& suite;
  Time at;
  NitroSigner signer{at, "glovebox test root of a NitroTPM suite"};
  NitroSigner::Chain chain = signer.issue();
  Bytes nonce = Bytes(32, 0x77);

  void add(Words words, Bytes evidence, std::string policy = "nitro-tpm", bool asks = true) const {
    suite.add(
        "nitro-tpm", std::move(words),
        {.evidence = std::move(evidence), .policy = std::move(policy), .at = at, .nonce = asks ? nonce : Bytes{}});
  }
  NitroClaims claims() const {
    NitroClaims out;
    out.module_id = "i-0123456789abcdef0-tpm0123456789abcdef";
    out.timestamp = at;
    out.pcrs = registers();
    out.certificate = chain.leaf;
    out.cabundle = chain.bundle;
    out.nonce = nonce;
    out.user_data = to_bytes(view_of("what the instance says"));
    out.source = NitroSource::tpm;
    return out;
  }
  Bytes good() const { return signer.document(claims().encode()); }
  // with changed claims, or with a spoilt payload; both are signed
  void claim(Words words, const std::function<void(NitroClaims&)>& change, std::string policy = "nitro-tpm") const {
    NitroClaims c = claims();
    change(c);
    add(std::move(words), signer.document(c.encode()), std::move(policy));
  }
  void payload(Words words, const std::function<void(Bytes&)>& change) const {
    Bytes bytes = claims().encode();
    change(bytes);
    add(std::move(words), signer.document(bytes));
  }
  // of a chain with a spoilt certificate, under the same root
  void certificates(Words words, const std::function<void(NitroSigner&)>& spoil) const {
    NitroSigner spoilt(at);  // for its templates: the keys are those of the good one
    spoil(spoilt);
    const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
    const Bytes middle =
        crypto::issue(spoilt.region, signer.region_key.public_key(), parse(chain.bundle[0]), signer.root_key);
    const Bytes low =
        crypto::issue(spoilt.instance, signer.instance_key.public_key(), parse(middle), signer.region_key);
    NitroClaims c = claims();
    c.certificate = crypto::issue(spoilt.leaf, signer.leaf_key.public_key(), parse(low), signer.instance_key);
    c.cabundle = {chain.bundle[0], middle, low};
    add(std::move(words), signer.document(c.encode()));
  }

  static std::string version(std::initializer_list<std::uint8_t> indices, const std::string& name = "1.0") {
    std::string out = "[[evidence.nitro-tpm.versions]]\nversion = \"" + name + "\"\n";
    for (const std::uint8_t i : indices) out += hex_line("pcr" + std::to_string(i), registers().at(i));
    return out;
  }
  std::string root() const {
    const View der = chain.bundle[0];
    return "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", crypto::sha256(der)) +
           "certificate = \"" + to_base64(der) + "\"\n";
  }
  std::string measurement() const {
    return "[[evidence.measurements]]\nversion = \"enclave\"\n" + hex_line("root", crypto::sha256(chain.bundle[0])) +
           hex_line("pcr0", filled<48>(0x50)) + hex_line("pcr1", filled<48>(0x51)) + hex_line("pcr2", filled<48>(0x52));
  }
  void policy(const std::string& name, const std::string& rest, const std::string& platforms = "\"nitro-tpm\"",
              const std::string& profile = "none") const {
    std::string out = "# Its root is a test root, made with these cases.\n[evidence]\nprofile = \"" + profile +
                      "\"\nplatforms = [" + platforms + "]\nfreshness_seconds = 300\n";
    if (profile == "glovebox")
      out += "kems = [\"x-wing\"]\n" + hex_line("configuration", Bytes(32, 0x33)) +
             "[[evidence.models]]\nname = \"a\"\n" + hex_line("digest", Bytes(32, 0x11));
    suite.policies[name] = out + rest;
  }
};

void policies(const NitroTpmMaker& m) {
  const std::string boot = NitroTpmMaker::version({4, 7, 12});
  m.policy("nitro-tpm", m.root() + boot);
  m.policy("nitro-tpm-two", m.root() + NitroTpmMaker::version({0, 7, 4}) + NitroTpmMaker::version({12, 17, 4}, "2.0"));
  m.policy("nitro-tpm-both", m.root() + m.measurement() + boot, R"("nitro-tpm", "nitro")");
  m.policy("nitro-under-the-tpms-root", m.root() + m.measurement(), "\"nitro\"");
  // and those that are none
  m.policy("nitro-tpm-no-roots", boot);
  m.policy("nitro-tpm-no-rules", m.root());
  m.policy("nitro-tpm-no-versions", m.root() + "[evidence.nitro-tpm]\n");
  m.policy("nitro-tpm-no-registers", m.root() + NitroTpmMaker::version({}));
  m.policy("nitro-tpm-zero-register", m.root() + NitroTpmMaker::version({4, 16}));
  m.policy("nitro-tpm-untouched-registers", m.root() + NitroTpmMaker::version({17, 18}));
  m.policy("nitro-tpm-short-register", m.root() + boot + hex_line("pcr5", Bytes(32, 0x55)));
  m.policy("nitro-tpm-register-24", m.root() + boot + hex_line("pcr24", Bytes(48, 0x55)));
  m.policy("nitro-tpm-twice", m.root() + boot + NitroTpmMaker::version({4, 7, 12}, "2.0"));
  m.policy("nitro-tpm-measurement", m.root() + m.measurement() + boot);
  m.policy("nitro-tpm-keys", m.root() + boot +
                                 "[[evidence.nitro-tpm.keys]]\nname = \"AK\"\ntest = true\npublic_key = \"" +
                                 to_base64(m.chain.leaf) + "\"\n");
  m.policy("nitro-tpm-glovebox", m.root() + boot, "\"nitro-tpm\"", "glovebox");
  m.policy("nitro-tpm-mixed-roots", m.root() + "[[evidence.roots]]\nname = \"AWS\"\nsha256 = \"" +
                                        "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b\"\n" + boot);
}

void accepted(const NitroTpmMaker& m) {
  m.add({"accepted", "accepted", "a document of an instance's TPM, whose unused registers are zeros or ones", text},
        m.good());
  m.add({"accepted-no-nonce", "accepted", "the same, and no nonce was asked for: listed as unchecked", spec + "5"},
        m.good(), "nitro-tpm", false);
  m.claim(
      {"accepted-second-version", "accepted", "the registers of the second of two versions", rules},
      [](NitroClaims& c) { c.pcrs[0][0] ^= 1; }, "nitro-tpm-two");
  m.add(
      {"accepted-beside-enclaves", "accepted", "under a policy for enclaves too: the document says which it is", rules},
      m.good(), "nitro-tpm-both");
  m.add({"accepted-tagged", "accepted", "the document has CBOR tag 18", "RFC 9052, section 4.2"},
        cbor::Writer().tag(18).raw(m.good()).take());
  m.add({"accepted-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_nitro_tpm), m.good()}.to_cbor());
  m.payload({"accepted-indefinite-map", "accepted", "the claims are a map of indefinite length", spec + "1"},
            [](Bytes& p) {
              p[0] = 0xbf;
              p.push_back(0xff);
            });
  const Bytes bytes = m.claims().encode();
  const auto signature = m.signer.leaf_key.sign(to_be_signed(bytes));
  m.add({"accepted-high-s", "accepted", "the greater of the two values of s", "FIPS 186-5, section 6.4"},
        NitroSigner::raw(es384_header(), empty_map(), bytes, high_s(signature)));
  m.claim({"accepted-zero-pcr0", "accepted", "PCR0 to PCR2 are zero: debug mode is an enclave's alone", spec + "7"},
          [](NitroClaims& c) { c.pcrs[0] = c.pcrs[1] = c.pcrs[2] = Pcr{}; });
  m.claim({"accepted-other-register", "accepted", "another value in a register that the policy leaves", rules},
          [](NitroClaims& c) { c.pcrs[9][0] ^= 1; });
  m.claim({"accepted-few-registers", "accepted", "the policy's registers alone", rules}, [](NitroClaims& c) {
    std::erase_if(c.pcrs, [](const auto& r) { return r.first != 4 && r.first != 7 && r.first != 12; });
  });
  m.claim({"accepted-oldest", "accepted", "exactly as old as the policy allows", spec + "4"},
          [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(-300); });
}

// One never for the other.
void platforms(const NitroTpmMaker& m) {
  NitroClaims enclave = m.claims();
  enclave.source = NitroSource::enclave;  // of the same registers
  const Bytes document = m.signer.document(enclave.encode());
  const std::string form = spec + "1";
  m.add({"platform-enclave", "platform_unknown", "an enclave's document with the same registers", form}, document);
  m.add({"platform-enclave-named", "platform_unknown", "the same, called a NitroTPM's in its wrapper", form},
        attestation::Cmw{std::string(attestation::media_type_nitro_tpm), document}.to_cbor());
  m.add({"platform-for-enclaves", "platform_unknown", "a NitroTPM's document under a policy for enclaves", form},
        m.good(), "nitro-under-the-tpms-root");
  m.add({"platform-named-enclave", "platform_unknown", "the same, called an enclave's in its wrapper", form},
        attestation::Cmw{std::string(attestation::media_type_nitro), m.good()}.to_cbor(), "nitro-under-the-tpms-root");
  m.add({"platform-named-enclave-both", "platform_unknown", "the same under a policy for both", form},
        attestation::Cmw{std::string(attestation::media_type_nitro), m.good()}.to_cbor(), "nitro-tpm-both");
  const Bytes pcrs = cbor::Writer().tstr("pcrs").map(1).uint(0).bstr(filled<48>(0x50)).take();
  m.payload({"platform-both-maps", "platform_unknown", "an enclave's registers behind the TPM's", form}, [&](Bytes& p) {
    p[0] = 0xaa;
    p.insert(p.end(), pcrs.begin(), pcrs.end());
  });
  m.payload({"platform-both-maps-first", "platform_unknown", "an enclave's registers before the TPM's", form},
            [&](Bytes& p) {
              p[0] = 0xaa;
              p.insert(p.begin() + 1, pcrs.begin(), pcrs.end());
            });
}

void forms(const NitroTpmMaker& m) {
  const std::string form = spec + "1";
  const Bytes good = m.good();
  m.add({"truncated", "truncated", "half a document", form}, to_bytes(View(good).first(good.size() / 2)));
  m.add({"truncated-by-one", "truncated", "a document without its last byte", form},
        to_bytes(View(good).first(good.size() - 1)));
  const auto malformed = [&](std::string name, std::string why, const std::function<void(Bytes&)>& change) {
    m.payload({"malformed-" + std::move(name), "evidence_malformed", std::move(why), text}, change);
  };
  m.add({"malformed-trailing", "evidence_malformed", "a byte after the document", form}, concat({good, Bytes{0}}));
  malformed("no-registers", "neither map of registers", [](Bytes& p) {
    const auto from = std::ranges::search(p, cbor::Writer().tstr("nitrotpm_pcrs").take());
    const auto to = std::ranges::search(p, cbor::Writer().tstr("certificate").take());
    p.erase(from.begin(), to.begin());
    p[0] = 0xa8;
  });
  m.claim({"malformed-empty-registers", "evidence_malformed", "a map of no registers", text},
          [](NitroClaims& c) { c.pcrs.clear(); });
  m.claim({"malformed-register-32", "evidence_malformed", "register 32 of 0 to 31", text},
          [](NitroClaims& c) { c.pcrs[32] = Pcr{}; });
  const auto replace = [](Bytes& p, const Bytes& from, const Bytes& to) {
    const auto found = std::ranges::search(p, from);
    const auto where = p.erase(found.begin(), found.end());
    p.insert(where, to.begin(), to.end());
  };
  const Bytes fourth = cbor::Writer().uint(4).bstr(filled<48>(0x54)).take();
  malformed("register-47-bytes", "a register of 47 bytes", [&](Bytes& p) {
    replace(p, fourth, cbor::Writer().uint(4).bstr(View(filled<48>(0x54)).first(47)).take());
  });
  malformed("register-of-sha256", "a register of 32 bytes, of another bank",
            [&](Bytes& p) { replace(p, fourth, cbor::Writer().uint(4).bstr(filled<32>(0x54)).take()); });
  malformed("register-twice", "register 4 stands twice",
            [&](Bytes& p) { replace(p, cbor::Writer().uint(5).bstr(filled<48>(0x55)).take(), fourth); });
  malformed("digest-sha256", "another digest than SHA384", [](Bytes& p) {
    const auto found = std::ranges::search(p, std::string_view("SHA384"));
    std::ranges::copy(std::string_view("SHA256"), found.begin());
  });
  malformed("claim-unknown", "a tenth claim that nobody knows", [](Bytes& p) {
    p[0] = 0xaa;
    const Bytes more = cbor::Writer().tstr("extra").uint(1).take();
    p.insert(p.end(), more.begin(), more.end());
  });
  const Bytes bytes = m.claims().encode();
  m.add({"algorithm-es256", "algorithm_unsupported", "ES256 in place of ES384", form},
        NitroSigner::raw(Bytes{0xa1, 0x01, 0x26}, empty_map(), bytes, Bytes(64, 1)));
}

void signatures(const NitroTpmMaker& m) {
  const Bytes bytes = m.claims().encode();
  auto signature = m.signer.leaf_key.sign(to_be_signed(bytes));
  const auto with = [&](std::string name, std::string why, View wrong) {
    m.add({"signature-" + std::move(name), "evidence_signature_invalid", std::move(why), spec + "3"},
          NitroSigner::raw(es384_header(), empty_map(), bytes, wrong));
  };
  with("by-the-intermediate", "signed by the key of the certificate above the leaf",
       m.signer.instance_key.sign(to_be_signed(bytes)));
  with("zeros", "a signature of zeros", Bytes(96));
  // The name of the map is signed, too.
  NitroClaims enclave = m.claims();
  enclave.source = NitroSource::enclave;
  m.add({"signature-renamed", "evidence_signature_invalid", "an enclave's document whose map was given the TPM's name",
         spec + "3"},
        NitroSigner::raw(es384_header(), empty_map(), bytes, m.signer.leaf_key.sign(to_be_signed(enclave.encode()))));
  signature[95] ^= 1;
  with("bit-flipped", "one bit of the signature", signature);

  const std::string chains = spec + "2";
  m.claim({"root-no-intermediates", "root_unknown", "a bundle of the root alone", chains},
          [](NitroClaims& c) { c.cabundle.resize(1); });
  m.claim({"certificate-missing", "certificate_invalid", "the intermediate above the leaf is missing", chains},
          [](NitroClaims& c) { c.cabundle.pop_back(); });
  m.claim({"certificate-bit", "certificate_invalid", "one bit of the signature on the leaf", chains},
          [](NitroClaims& c) { c.certificate.back() ^= 1; });
  m.certificates({"certificate-leaf-is-ca", "certificate_invalid", "a leaf that is an authority", chains},
                 [](NitroSigner& s) { s.leaf.is_ca = true; });
  m.certificates(
      {"expired-leaf-by-a-second", "certificate_expired", "the leaf's last second was the one before", chains},
      [&](NitroSigner& s) { s.leaf.not_after = m.at.plus_seconds(-1); });
  m.certificates({"not-yet-region-by-a-second", "certificate_expired", "the region's first second is the next", chains},
                 [&](NitroSigner& s) { s.region.not_before = m.at.plus_seconds(1); });
  const NitroSigner impostor(m.at, "glovebox test root of a NitroTPM suite");
  const auto foreign = impostor.issue();
  NitroClaims c = m.claims();
  c.certificate = foreign.leaf;
  c.cabundle = foreign.bundle;
  m.add({"root-of-the-same-name", "root_unknown", "a complete chain under a root of the same name and another key",
         chains},
        impostor.document(c.encode()));
}

void values(const NitroTpmMaker& m) {
  m.claim({"stale-old", "evidence_stale", "a second older than the policy allows", spec + "4"},
          [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(-301); });
  m.claim({"stale-future", "evidence_stale", "a second further in the future than the policy allows", spec + "4"},
          [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(301); });
  m.claim({"nonce-other", "nonce_mismatch", "a replay: made for another nonce", spec + "5"},
          [](NitroClaims& c) { (*c.nonce)[0] ^= 1; });
  m.claim({"nonce-short", "nonce_mismatch", "the nonce without its last byte", spec + "5"},
          [](NitroClaims& c) { c.nonce->pop_back(); });
  m.claim({"nonce-absent", "nonce_mismatch", "null in place of a nonce", spec + "5"},
          [](NitroClaims& c) { c.nonce.reset(); });
  for (const std::uint8_t i : {std::uint8_t{4}, std::uint8_t{7}, std::uint8_t{12}}) {
    const std::string name = "pcr" + std::to_string(i);
    m.claim({"measurement-" + name, "measurement_unknown", "one bit of PCR" + std::to_string(i), spec + "8"},
            [i](NitroClaims& c) { c.pcrs[i][47] ^= 1; });
  }
  m.claim({"measurement-zero", "measurement_unknown", "nothing was measured into PCR4", spec + "8"},
          [](NitroClaims& c) { c.pcrs[4] = Pcr{}; });
  const auto of_both = [](NitroClaims& c) {
    c.pcrs[0][0] ^= 1;
    c.pcrs[12][0] ^= 1;
  };
  m.claim({"measurement-of-no-version", "measurement_unknown", "of each of two versions one register is another",
           spec + "8"},
          of_both, "nitro-tpm-two");
  m.claim({"absent-pcr12", "pcr_absent", "no PCR12", spec + "6"}, [](NitroClaims& c) { c.pcrs.erase(12); });

  const auto none = [&](std::string name, std::string expected, std::string why) {
    m.add({"policy-" + name, std::move(expected), std::move(why), rules}, m.good(), "nitro-tpm-" + name);
  };
  none("no-roots", "policy_empty", "versions and no root");
  none("no-rules", "policy_empty", "a root and no versions: any instance");
  none("no-versions", "policy_empty", "an empty table: any instance");
  none("no-registers", "policy_empty", "a version of no registers: any instance");
  none("zero-register", "policy_invalid", "a register of zeros: nothing was measured into it");
  none("untouched-registers", "policy_invalid", "registers of ones alone, as every instance has them");
  none("short-register", "policy_invalid", "a register of 32 bytes");
  none("register-24", "policy_invalid", "a register that no TPM has");
  none("twice", "policy_invalid", "two versions of the same registers");
  none("measurement", "policy_invalid", "an enclave's measurement where only TPMs are listed");
  none("keys", "policy_invalid", "keys, where AWS's certificates say whose key it is");
  none("glovebox", "policy_invalid", "under profile glovebox: it binds no keys of ours");
  none("mixed-roots", "mixed_roots", "a test root beside AWS's");
}
}  // namespace

void nitro_tpm_cases(Suite& suite, Time at) {
  const NitroTpmMaker m{suite, at};
  policies(m);
  accepted(m);
  platforms(m);
  forms(m);
  signatures(m);
  values(m);
}

}  // namespace glovebox::testroots
