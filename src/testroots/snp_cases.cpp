// The cases of AMD SEV-SNP.
#include "attestation/cmw.h"
#include "testroots/nitro_signer.h"
#include "testroots/snp_maker.h"

namespace glovebox::testroots {
namespace {
using attestation::SnpReport;
const std::string abi = "SEV-SNP Firmware ABI (56860), ATTESTATION_REPORT";
const std::string kds = "VCEK Certificate and KDS Interface (57230), ";
const std::string ghcb = "GHCB (56421), section 4.1.8.1";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.sev-snp]";

void accepted(const SnpMaker& m) {
  m.add({"accepted", "accepted", "what a guest of ours on a Milan sends", "docs/spec/evidence.md, Message"},
        m.message(m.good()).encode());
  m.before({"accepted-version-2", "accepted", "a report of version 2, which does not name the processor", abi},
           [](SnpReport& r) {
             r.version = 2;
             r.cpuid = {};
           });
  m.before({"accepted-version-4", "accepted", "a report of version 4", abi}, [](SnpReport& r) { r.version = 4; });
  m.before({"accepted-version-5", "accepted", "a report of version 5, with mitigations", abi}, [](SnpReport& r) {
    r.version = 5;
    r.current_mitigations = r.launch_mitigations = 0x3f;
  });
  m.add({"accepted-genoa", "accepted", "a Genoa", abi},
        m.message(m.document(m.report(m.genoa), m.genoa, m.genoa.issue())).encode(), "sev-snp-genoa", "sev-snp-genoa");
  m.add({"accepted-turin", "accepted", "a Turin: another order of versions, a chip's number of 8 bytes", abi},
        m.message(m.document(m.report(m.turin), m.turin, m.turin.issue())).encode(), "sev-snp-turin", "sev-snp-turin");
  SnpSigner::Chain vlek = m.vlek.issue();
  m.add({"accepted-vlek", "accepted", "signed with the key of the host's owner", abi},
        m.message(m.document(m.report(m.vlek), m.vlek, vlek)).encode(), "sev-snp-vlek");
  SnpReport r = m.report(m.milan);
  const Bytes body = r.encode();
  const auto signature = m.milan.leaf_key.sign(View(body).first(attestation::snp_signed_size));
  for (const bool high : {false, true}) {
    SnpSigner::set_signature(r, high ? high_s(signature) : low_s(signature));
    m.add({high ? "accepted-high-s" : "accepted-low-s", "accepted",
           high ? "the greater value of s" : "the lesser value of s", "FIPS 186-5, section 6.4"},
          m.message(attestation::SnpEvidence{r, SnpSigner::table(m.chain, m.milan.kind)}.encode()).encode());
  }
  m.after({"accepted-padded-table", "accepted", "zeros behind the certificate table, to a page", ghcb},
          [](Bytes& b) { b.resize(b.size() + 100); });
  m.after({"accepted-mixed-guids", "accepted", "GUIDs in the order of bytes that Windows writes", ghcb}, [](Bytes& b) {
    for (std::size_t i = 0; i < 3; ++i) {
      const auto guid = b.begin() + static_cast<std::ptrdiff_t>(attestation::snp_report_size + 24 * i);
      std::reverse(guid, guid + 4);
      std::reverse(guid + 4, guid + 6);
      std::reverse(guid + 6, guid + 8);
    }
  });
  m.spoilt({"accepted-wrapped-chip", "accepted", "the chip's number in an OCTET STRING, as some copies have it",
            kds + "section 3.1"},
           [](SnpSigner& s) {
             auto& value = s.leaf.extensions.back().value;
             value.insert(value.begin(), {0x04, 0x40});
           });
  m.before(
      {"accepted-vmpl-1", "accepted", "privilege level 1, where the policy allows it", rules},
      [](SnpReport& x) { x.vmpl = 1; }, "sev-snp-vmpl-1");
  m.before(
      {"accepted-one-chip", "accepted", "the one chip that the policy lists", rules}, [](SnpReport&) {},
      "sev-snp-one-chip");
  m.before(
      {"accepted-protections", "accepted", "every protection that the policy requires", rules},
      [](SnpReport& x) { x.policy |= 1U << 20; }, "sev-snp-require");
}

void forms(const SnpMaker& m) {
  const auto malformed = [&](std::string name, std::string why, const std::function<void(SnpReport&)>& change) {
    m.before({"malformed-" + std::move(name), "evidence_malformed", std::move(why), abi}, change);
  };
  malformed("version-1", "version 1", [](SnpReport& r) { r.version = 1; });
  malformed("version-6", "version 6, of which nobody knows anything", [](SnpReport& r) { r.version = 6; });
  malformed("policy-bit-17", "a guest policy whose bit 17 is not one", [](SnpReport& r) { r.policy &= ~(1U << 17); });
  malformed("policy-reserved", "a guest policy with bit 40", [](SnpReport& r) { r.policy |= std::uint64_t{1} << 40; });
  malformed("flags-reserved", "a reserved flag", [](SnpReport& r) { r.flags |= 1U << 9; });
  malformed("cpuid-in-version-2", "a processor named in version 2", [](SnpReport& r) { r.version = 2; });
  malformed("mitigations-in-version-3", "mitigations in version 3", [](SnpReport& r) { r.current_mitigations = 1; });
  malformed("processor-of-nobody", "a processor of family 0x20", [](SnpReport& r) { r.cpuid[0] = 0x20; });
  const auto byte = [&](std::string name, std::string why, std::size_t offset) {
    m.after({"malformed-" + std::move(name), "evidence_malformed", std::move(why), abi},
            [offset](Bytes& b) { b[offset] = 1; });
  };
  byte("reserved-4c", "a reserved byte at 0x4c", 0x4c);
  byte("reserved-18b", "a reserved byte at 0x18b", 0x18b);
  byte("reserved-1eb", "a reserved byte at 0x1eb", 0x1eb);
  byte("reserved-208", "a reserved byte at 0x208", 0x208);
  byte("long-r", "a number r of 49 bytes", 0x2a0 + 48);
  byte("long-s", "a number s of 49 bytes", 0x2a0 + 72 + 48);
  byte("behind-the-signature", "a byte behind the signature", 0x49f);
  m.after({"algorithm-2", "algorithm_unsupported", "a signature algorithm that nobody knows", abi},
          [](Bytes& b) { b[0x34] = 2; });
  m.after({"malformed-table-gap", "evidence_malformed",
           "a certificate that does not begin where the one before it ends", ghcb},
          [](Bytes& b) { ++b[attestation::snp_report_size + 24 + 16]; });
  m.after({"malformed-table-no-guid", "evidence_malformed", "an entry of the table without a GUID", ghcb},
          [](Bytes& b) { std::fill_n(b.begin() + attestation::snp_report_size, 16, std::uint8_t{0}); });
  m.after({"malformed-table-trailing", "evidence_malformed", "a byte behind the table that is not zero", ghcb},
          [](Bytes& b) { b.push_back(1); });
  m.beside({"malformed-in-a-message-cut", "evidence_malformed", "a message with half a report", spec + "1"},
           [](attestation::Evidence& e) { e.document.resize(600); });
  m.beside({"platform-called-nitro", "platform_unknown", "a report of SEV-SNP called a Nitro document", spec + "1"},
           [](attestation::Evidence& e) { e.media_type = attestation::media_type_nitro; });
}

void signatures(const SnpMaker& m) {
  const auto with = [&](std::string name, std::string why, const std::function<void(Bytes&)>& change) {
    m.after({"signature-" + std::move(name), "evidence_signature_invalid", std::move(why), spec + "3"}, change);
  };
  with("bit-of-r", "one bit of r", [](Bytes& b) { b[0x2a0] ^= 1; });
  with("bit-of-s", "one bit of s", [](Bytes& b) { b[0x2a0 + 72] ^= 1; });
  with("r-zero", "r = 0", [](Bytes& b) { std::fill_n(b.begin() + 0x2a0, 72, std::uint8_t{0}); });
  with("s-zero", "s = 0", [](Bytes& b) { std::fill_n(b.begin() + 0x2a0 + 72, 72, std::uint8_t{0}); });
  with("big-endian", "r and s with their bytes the other way round", [](Bytes& b) {
    std::reverse(b.begin() + 0x2a0, b.begin() + 0x2a0 + 48);
    std::reverse(b.begin() + 0x2a0 + 72, b.begin() + 0x2a0 + 72 + 48);
  });
  with("measurement-changed", "one bit of the measurement, after signing", [](Bytes& b) { b[0x90] ^= 1; });
  with("report-data-changed", "one bit of the caller's data, after signing", [](Bytes& b) { b[0x50] ^= 1; });
  SnpReport r = m.report(m.milan);
  SnpSigner::sign(r, crypto::EcKey::generate());
  m.add({"signature-by-nobody", "evidence_signature_invalid", "signed by a key of nobody", spec + "3"},
        m.message(attestation::SnpEvidence{r, SnpSigner::table(m.chain, m.milan.kind)}.encode()).encode());
  m.before({"signature-none", "evidence_signature_invalid", "a report that says that nobody signed it", abi},
           [](SnpReport& x) { x.flags = 7U << 2; });
}

void chains(const SnpMaker& m) {
  const auto bad = [&](std::string name, std::string word, std::string why,
                       const std::function<void(SnpSigner&)>& spoil) {
    m.spoilt({std::move(name), std::move(word), std::move(why), kds + "section 3.1"}, spoil);
  };
  const std::string invalid = "certificate_invalid";
  bad("certificate-authority-no-ca", invalid, "an authority with CA:FALSE", [](SnpSigner& s) {
    s.ask.what.is_ca = false;
    s.ask.what.path_length.reset();
  });
  bad("certificate-authority-key-usage", invalid, "an authority that may not sign certificates",
      [](SnpSigner& s) { s.ask.what.key_usage = static_cast<std::uint16_t>(crypto::KeyUsage::crl_sign); });
  bad("certificate-leaf-is-ca", invalid, "a VCEK that is an authority", [](SnpSigner& s) {
    s.leaf.what.has_basic_constraints = true;
    s.leaf.what.is_ca = true;
  });
  bad("certificate-authority-of-genoa", invalid, "an authority of another product",
      [](SnpSigner& s) { s.ask.what.common_name = "SEV-Genoa"; });
  bad("certificate-authority-of-vlek", invalid, "a VCEK under the authority of VLEKs",
      [](SnpSigner& s) { s.ask.what.common_name = "SEV-VLEK-Milan"; });
  bad("certificate-product", invalid, "a VCEK for another product",
      [](SnpSigner& s) { s.leaf.extensions[1].value = {0x16, 5, 'G', 'e', 'n', 'o', 'a'}; });
  bad("certificate-no-versions", invalid, "a VCEK without its versions of firmware",
      [](SnpSigner& s) { s.leaf.extensions.erase(s.leaf.extensions.begin() + 2); });
  bad("certificate-version-twice-as-long", invalid, "a version that is not the shortest integer",
      [](SnpSigner& s) { s.leaf.extensions[2].value = {2, 2, 0, 4}; });
  bad("certificate-no-chip", invalid, "a VCEK without its chip's number",
      [](SnpSigner& s) { s.leaf.extensions.pop_back(); });
  bad("certificate-critical-extension", invalid, "a critical extension that nobody knows",
      [](SnpSigner& s) { s.leaf.what.unknown_critical_extension = "1.2.3.4"; });
  bad("certificate-salt-32", invalid, "a VCEK signed with a salt of 32 bytes",
      [](SnpSigner& s) { s.leaf.salt_size = 32; });
  bad("certificate-rsa-2048", invalid, "an authority with a key of 2048 bits",
      [](SnpSigner& s) { s.keys.ask = crypto::RsaKey::generate(2048); });
  bad("tcb-mismatch-bootloader", "tcb_mismatch", "a VCEK for an older bootloader than is reported",
      [](SnpSigner& s) { s.leaf.extensions[2].value = {2, 1, 3}; });
  bad("tcb-mismatch-microcode", "tcb_mismatch", "a VCEK for a newer microcode than is reported",
      [](SnpSigner& s) { s.leaf.extensions[5].value = {2, 2, 0, 220}; });
  bad("chip-mismatch", "chip_mismatch", "a VCEK of another chip",
      [](SnpSigner& s) { s.leaf.extensions.back().value[63] ^= 1; });
  const auto times = [&](std::string name, crypto::RsaIssue SnpSigner::* which) {
    bad("expired-" + name + "-by-a-second", "certificate_expired", "the " + name + "'s last second was the one before",
        [&, which](SnpSigner& s) { (s.*which).what.not_after = m.at.plus_seconds(-1); });
    bad("not-yet-" + name + "-by-a-second", "certificate_expired", "the " + name + "'s first second is the next",
        [&, which](SnpSigner& s) { (s.*which).what.not_before = m.at.plus_seconds(1); });
  };
  times("authority", &SnpSigner::ask);
  times("leaf", &SnpSigner::leaf);

  const SnpKeys others{.ark = crypto::RsaKey::generate(4096),
                       .ask = m.keys.ask};  // a root of the same name, and a whole chain under it
  const SnpSigner impostor(others, m.at, attestation::SnpProduct::milan);
  m.add({"root-of-the-same-name", "root_unknown", "a complete chain under a root named ARK-Milan with another key",
         spec + "2"},
        m.message(m.document(m.report(impostor), impostor, impostor.issue())).encode());
  m.add({"root-of-another-product", "root_unknown", "a Genoa under a policy of Milan's root", spec + "2"},
        m.message(m.document(m.report(m.genoa), m.genoa, m.genoa.issue())).encode());
  SnpSigner::Chain chain = m.chain;
  chain.leaf.push_back(0);
  m.add({"certificate-trailing-byte", invalid, "a byte after the VCEK's DER", "RFC 5280, section 4.1"},
        m.message(m.document(m.report(m.milan), m.milan, chain)).encode());
  chain = m.chain;
  chain.leaf.back() ^= 1;
  m.add({"certificate-bit", invalid, "one bit of the signature on the VCEK", spec + "2"},
        m.message(m.document(m.report(m.milan), m.milan, chain)).encode());
  m.add({"signing-key-vlek", "signing_key_not_allowed", "a VLEK, where the policy allows VCEKs alone", rules},
        m.message(m.document(m.report(m.vlek), m.vlek, m.vlek.issue())).encode());
}

void collaterals(const SnpMaker& m) {
  const Bytes message = m.message(m.good()).encode();
  const auto with = [&](std::string name, std::string word, std::string why, std::string collateral) {
    m.add({std::move(name), std::move(word), std::move(why), spec + "2"}, message, "sev-snp", std::move(collateral));
  };
  with("crl-missing", "collateral_missing", "no revocation list, and the policy asks for one", "");
  with("crl-expired", "collateral_expired", "a revocation list whose time ended a second ago", "sev-snp-expired");
  with("crl-not-yet", "collateral_expired", "a revocation list whose time begins in a second", "sev-snp-not-yet");
  with("crl-forged", "collateral_invalid", "a revocation list that the root did not sign", "sev-snp-forged");
  with("crl-revoked", "certificate_revoked", "the authority stands in the list", "sev-snp-revoked");
  with("crl-revoked-long-ago", "certificate_revoked", "the authority stands in an old list beside a fresh one",
       "sev-snp-revoked-long-ago");
  with("crl-of-genoa", "collateral_missing", "a revocation list of another product's root", "sev-snp-genoa");
  m.add({"crl-unchecked", "accepted", "no revocation list, and the policy says that it leaves that unchecked", rules},
        m.good(), "sev-snp-unchecked", "", false);

  SnpReport r = m.report(m.milan);
  m.milan.sign(r);
  const Bytes bare = r.encode();
  m.add({"bare-with-collateral", "accepted", "a bare report, its certificates in a bundle", rules},
        m.message(bare).encode(), "sev-snp", "sev-snp-chain");
  m.add({"bare-without-leaf", "collateral_missing", "a bare report and no VCEK", spec + "2"}, m.message(bare).encode(),
        "sev-snp", "sev-snp-chain-without-leaf");
  m.add({"bare-without-authority", "collateral_missing", "a bare report and no authority", spec + "2"},
        m.message(bare).encode(), "sev-snp", "sev-snp-chain-without-authority");
  m.add({"bare-without-anything", "collateral_missing", "a bare report alone", spec + "2"}, m.message(bare).encode());
}

void bindings(const SnpMaker& m) {
  m.beside({"nonce-other", "nonce_mismatch", "a replay: made for another nonce", spec + "5"},
           [](attestation::Evidence& e) { e.nonce[0] ^= 1; });
  m.beside({"binding-relayed", "binding_mismatch", "a relay: a true report with the key of somebody else beside it",
            spec + "5"},
           [](attestation::Evidence& e) {
             auto keys = e.keys.keys();
             keys[0].public_key = crypto::KemPrivate::generate(crypto::Kem::x25519).public_key().bytes();
             e.keys = *attestation::KeySet::create(keys);
           });
  m.beside({"binding-context", "binding_mismatch", "another context beside the report", spec + "5"},
           [](attestation::Evidence& e) { std::get<attestation::ClientContext>(e.context).configuration[0] ^= 1; });
  m.before({"binding-zero", "binding_mismatch", "no data of a caller", spec + "5"},
           [](SnpReport& r) { r.report_data = {}; });
  m.before({"binding-last-byte", "binding_mismatch", "the last byte of the binding", spec + "5"},
           [](SnpReport& r) { r.report_data[63] ^= 1; });
  const attestation::Context release = attestation::ReleaseContext{Digest{1}, Digest{2}, m.receipt.public_key()};
  const auto one_key = attestation::KeySet::of(m.hpke.public_key());
  SnpReport r = m.report(m.milan);
  std::ranges::copy(attestation::make_binding(m.nonce, one_key, release).view(), r.report_data.begin());
  attestation::Evidence for_release = m.message(m.document(r, m.milan, m.chain));
  for_release.keys = one_key;
  for_release.context = release;
  m.add({"purpose-release", "purpose_mismatch", "made for a broker, shown to a client", spec + "5"},
        for_release.encode());
}

void states(const SnpMaker& m) {
  m.before({"debug", "debug_enclave", "a guest policy that allows debugging", spec + "7"},
           [](SnpReport& r) { r.policy |= 1U << 19; });
  m.before({"migratable", "guest_policy_not_allowed", "a guest that a migration agent may move", rules},
           [](SnpReport& r) { r.policy |= 1U << 18; });
  m.before({"vmpl-1", "privilege_not_allowed", "privilege level 1", rules}, [](SnpReport& r) { r.vmpl = 1; });
  m.before(
      {"vmpl-4294967295", "privilege_not_allowed", "a privilege level that means the host", rules},
      [](SnpReport& r) { r.vmpl = UINT32_MAX; }, "sev-snp-vmpl-1");
  m.before(
      {"no-alias-check", "platform_state_not_allowed", "memory that was not checked for aliases", rules},
      [](SnpReport& r) {
        r.policy |= 1U << 20;
        r.platform_info &= ~(1U << 5);
      },
      "sev-snp-require");
  m.before(
      {"two-sockets", "guest_policy_not_allowed", "a guest that may run on two sockets", rules}, [](SnpReport&) {},
      "sev-snp-require");
  m.before(
      {"smt", "platform_state_not_allowed", "two threads on a core, where the policy wants one", rules},
      [](SnpReport&) {}, "sev-snp-no-smt");
  const auto older = [&](std::string name, std::string why, Array<8> SnpReport::* which) {
    m.before({"tcb-outdated-" + std::move(name), "tcb_outdated", std::move(why), rules},
             [which](SnpReport& r) { --(r.*which)[7]; });
  };
  older("current", "an older microcode than the policy's minimum", &SnpReport::current_tcb);
  older("committed", "firmware that can still go back behind the minimum", &SnpReport::committed_tcb);
  older("launch", "a guest that was started on older firmware", &SnpReport::launch_tcb);
  m.spoilt({"tcb-outdated-reported", "tcb_outdated", "a key for older firmware than the policy's minimum", rules},
           [](SnpSigner& s) {
             s.tcb.snp = 23;
             s.leaf.extensions[4].value = {2, 1, 23};
           });
  m.spoilt(
      {"chip-unknown", "chip_unknown", "another chip than the one that the policy lists", rules},
      [](SnpSigner& s) {
        s.chip[0] ^= 1;
        s.leaf.extensions.back().value[0] ^= 1;
      },
      "sev-snp-one-chip");
  m.before(
      {"chip-masked", "chip_unknown", "a report that hides its chip, where the policy lists chips", rules},
      [](SnpReport& r) { r.chip_id = {}; }, "sev-snp-one-chip");
  m.before({"measurement", "measurement_unknown", "one bit of the launch measurement", spec + "8"},
           [](SnpReport& r) { r.measurement[47] ^= 1; });
  m.before({"host-data", "configuration_unknown", "started with other models", spec + "8"},
           [](SnpReport& r) { r.host_data[0] ^= 1; });
  m.before({"host-data-zero", "configuration_unknown", "started with no word on models and configuration", spec + "8"},
           [](SnpReport& r) { r.host_data = {}; });
}

void bare(const SnpMaker& m) {
  SnpReport r = m.milan.report();
  std::ranges::copy(m.nonce, r.report_data.begin());
  const Bytes document = m.document(r, m.milan, m.chain);
  m.add({"bare-accepted", "accepted", "a report of somebody else's guest, its nonce in the caller's data", rules},
        document, "sev-snp-none");
  m.add({"bare-accepted-no-nonce", "accepted", "the same, and no nonce was asked for: nonce and time are unchecked",
         rules},
        document, "sev-snp-none", "sev-snp", false);
  m.add({"bare-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_sev_snp), document}.to_cbor(), "sev-snp-none");
  m.add({"bare-truncated", "truncated", "half a report", abi}, to_bytes(View(document).first(592)), "sev-snp-none");
  m.add({"bare-truncated-table", "truncated", "a certificate table without its last byte", ghcb},
        to_bytes(View(document).first(document.size() - 1)), "sev-snp-none");
  m.add({"bare-trailing-zero", "evidence_malformed", "a zero behind a bare report", abi},
        concat({View(document).first(attestation::snp_report_size), Bytes{0}}), "sev-snp-none");
  r.report_data[31] ^= 1;
  m.add({"bare-nonce", "nonce_mismatch", "a bare report for another nonce", spec + "5"},
        m.document(r, m.milan, m.chain), "sev-snp-none");
  r.report_data[31] ^= 1;
  r.report_data[32] = 1;
  m.add({"bare-nonce-and-more", "nonce_mismatch", "the nonce, and something behind it", spec + "5"},
        m.document(r, m.milan, m.chain), "sev-snp-none");
  r = m.milan.report();
  r.policy |= 1U << 19;
  m.add({"bare-debug", "debug_enclave", "a debug guest of somebody else, under profile none", spec + "7"},
        m.document(r, m.milan, m.chain), "sev-snp-none", "sev-snp", false);
  m.add({"platform-under-nitro", "platform_unknown", "a report of SEV-SNP under a policy of Nitro alone", spec + "1"},
        document, "nitro-none");
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.add({"policy-" + std::string(name), word, why, rules}, document, "sev-snp-" + std::string(name));
  };
  policy("no-rules", "policy_empty", "the platform is listed and its rules are not there");
  policy("no-tcb", "policy_empty", "no minimum_tcb, and no word that it is unchecked");
  policy("no-chips", "policy_empty", "no chips, and no word that they are unchecked");
  policy("zero-tcb", "policy_invalid", "a minimum_tcb that every firmware has");
  policy("both", "policy_invalid", "minimum_tcb, and a word that it is unchecked");
  policy("zero-measurement", "policy_invalid", "an all-zero measurement");
  policy("unknown-word", "policy_invalid", "unchecked names what cannot be left");
  policy("debug", "policy_invalid", "a key that would allow debugging: there is none");
}
}  // namespace

void snp_cases(Suite& suite, Time at) {
  const SnpMaker make(suite, at);
  make.policies();
  make.collateral();
  accepted(make);
  forms(make);
  signatures(make);
  chains(make);
  collaterals(make);
  bindings(make);
  states(make);
  bare(make);
}

}  // namespace glovebox::testroots
