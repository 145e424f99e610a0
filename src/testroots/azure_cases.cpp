// The cases of Azure's virtual TPM over SEV-SNP.
#include <functional>

#include "attestation/cmw.h"
#include "attestation/evidence.h"
#include "crypto/hash.h"
#include "testroots/snp_signer.h"
#include "testroots/suite.h"
#include "testroots/tpm_signer.h"

namespace glovebox::testroots {
namespace {
using attestation::AzureEvidence;
using attestation::HclReport;
using attestation::SnpReport;
const std::string hcl = "Azure confidential VM guest attestation, HCL report";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.azure-snp-vtpm]";
constexpr std::int64_t day = 86400;

std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}

struct AzureMaker {
  Suite& suite;
  Time at;
  SnpKeys keys{};
  SnpSigner milan{keys, at, attestation::SnpProduct::milan};
  SnpSigner::Chain chain = milan.issue();
  TpmSigner tpm{};
  TpmSigner stranger{};
  Bytes nonce = Bytes(32, 0x77);

  void add(Words words, Bytes evidence, std::string policy = "azure-snp-vtpm", bool asks = true,
           std::string collateral = "azure-snp-vtpm") const {
    suite.add("azure-snp-vtpm", std::move(words),
              {.evidence = std::move(evidence),
               .policy = std::move(policy),
               .at = at,
               .nonce = asks ? nonce : Bytes{},
               .collateral = std::move(collateral)});
  }
  // evidence signs a report over the runtime data, after `change` has spoilt it, and puts a good quote beside it.
  AzureEvidence evidence(const std::string& runtime, const std::function<void(SnpReport&)>& change = {}) const {
    SnpReport report = milan.report();
    std::ranges::copy(crypto::sha256(view_of(runtime)), report.report_data.begin());
    if (change) change(report);
    milan.sign(report);
    return {.hcl = {.report = report.encode(), .runtime = runtime, .padding = 254},
            .certificates = {chain.leaf, chain.ask, chain.ark},
            .quote = tpm.sign(TpmSigner::quote(nonce))};
  }
  AzureEvidence good() const { return evidence(tpm.runtime()); }
  void report(Words words, const std::function<void(SnpReport&)>& change) const {
    add(std::move(words), evidence(tpm.runtime(), change).encode());
  }
  void with(Words words, const std::function<void(AzureEvidence&)>& change) const {
    AzureEvidence e = good();
    change(e);
    add(std::move(words), e.encode());
  }

  void policy(const std::string& name, const std::string& versions, const std::string& snp,
              const std::string& profile = "none", const std::string& platforms = "\"azure-snp-vtpm\"") const {
    const Digest root = crypto::sha256(chain.ark);
    std::string out = "# Its root is a test root, made with these cases.\n[evidence]\nprofile = \"" + profile +
                      "\"\nplatforms = [" + platforms + "]\nfreshness_seconds = 300\n";
    if (profile == "glovebox")
      out += "kems = [\"x-wing\"]\n" + hex_line("configuration", Bytes(32, 0x33)) +
             "[[evidence.models]]\nname = \"a\"\n" + hex_line("digest", Bytes(32, 0x11));
    out += versions + snp + "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", root) +
           "certificate = \"" + to_base64(chain.ark) + "\"\n[[evidence.measurements]]\nversion = \"paravisor 1\"\n" +
           hex_line("root", root) + hex_line("measurement", milan.report().measurement);
    suite.policies[name] = std::move(out);
  }
};

void policies(const AzureMaker& m) {
  std::string versions = "[[evidence.azure-snp-vtpm.versions]]\nversion = \"1.0\"\n";
  for (const std::uint8_t i : std::initializer_list<std::uint8_t>{0, 4, 7, 11})
    versions += hex_line("pcr" + std::to_string(i), TpmSigner::registers().at(i));
  const std::string snp =
      "[evidence.sev-snp]\nsigning_keys = [\"vcek\"]\nmaximum_vmpl = 0\nunchecked = [\"chip\", \"tcb\"]\n";
  m.policy("azure-snp-vtpm", versions, snp);
  // and those that are none
  m.policy("azure-snp-vtpm-no-snp", versions, "");
  m.policy("azure-snp-vtpm-no-versions", "[evidence.azure-snp-vtpm]\n", snp);
  m.policy("azure-snp-vtpm-keys",
           versions + "[[evidence.azure-snp-vtpm.keys]]\nname = \"AK\"\ntest = true\npublic_key = \"" +
               to_base64(m.tpm.key.public_key().spki()) + "\"\n",
           snp);
  m.policy("azure-snp-vtpm-glovebox", versions, snp, "glovebox");
  m.policy("azure-snp-vtpm-beside-snp", versions, snp, "none", "\"azure-snp-vtpm\", \"sev-snp\"");
  // one that lets plain guests report from a lower level
  const std::string lower =
      "[evidence.sev-snp]\nsigning_keys = [\"vcek\"]\nmaximum_vmpl = 1\nunchecked = [\"chip\", \"tcb\"]\n";
  m.policy("azure-snp-vtpm-vmpl-1", versions, lower);
  const auto bundle = [&](std::initializer_list<std::uint64_t> serials) {
    const Bytes list = crypto::revocation_list(crypto::Certificate::parse(m.chain.ark).value(), m.keys.ark,
                                               m.at.plus_seconds(-day), m.at.plus_seconds(day), serials);
    return cbor::Writer().document("glovebox collateral v1", 3).array(0).array(1).bstr(list).take();
  };
  m.suite.collateral["azure-snp-vtpm"] = bundle({});
  m.suite.collateral["azure-snp-vtpm-revoked"] = bundle({m.milan.ask.serial});
}

void accepted(const AzureMaker& m) {
  const Bytes good = m.good().encode();
  m.add({"accepted", "accepted", "a quote of a virtual TPM that a Milan vouches for", hcl}, good);
  m.add({"accepted-no-nonce", "accepted", "the same, and no nonce was asked for", spec + "5"}, good, "azure-snp-vtpm",
        false);
  m.with({"accepted-version-2", "accepted", "a report of version 2", hcl}, [](AzureEvidence& e) { e.hcl.version = 2; });
  m.with({"accepted-no-padding", "accepted", "no zeros behind the runtime data", hcl},
         [](AzureEvidence& e) { e.hcl.padding = 0; });
  m.add({"accepted-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_azure_snp), good}.to_cbor());
}

void forms(const AzureMaker& m) {
  const Bytes good = m.good().encode();
  m.add({"truncated", "truncated", "half a document", spec + "1"}, to_bytes(View(good).first(good.size() / 2)));
  m.add({"truncated-by-one", "truncated", "a document without its last byte", spec + "1"},
        to_bytes(View(good).first(good.size() - 1)));
  m.add({"malformed-trailing-byte", "evidence_malformed", "a byte after the document", spec + "1"},
        concat({good, Bytes{0}}));
  const auto runtime = [&](std::string name, std::string why, const std::string& text) {
    m.add({"malformed-" + std::move(name), "evidence_malformed", std::move(why), hcl}, m.evidence(text).encode());
  };
  const std::string json = m.tpm.runtime();
  runtime("runtime-no-json", "runtime data that are no JSON", json.substr(1));
  runtime("runtime-no-key", "runtime data without HCLAkPub", R"({"keys":[]})");
  const std::string keys = json.substr(8, json.find(']', json.find("\"n\"")) - 8);
  runtime("runtime-two-keys", "two keys called HCLAkPub", "{\"keys\":" + keys + "," + keys.substr(1) + "]}");
  runtime("runtime-member-twice", "a member that stands twice", R"({"keys":[],)" + json.substr(1));
  m.with({"malformed-hardware", "evidence_malformed", "a report of hardware that has none of SEV-SNP's", hcl},
         [](AzureEvidence& e) { e.hcl.report[0] = 9; });
  m.with({"platform-tdx", "platform_unknown", "a virtual TPM over TDX, where the policy has SEV-SNP", spec + "1"},
         [](AzureEvidence& e) { e.hcl.hardware = attestation::HclHardware::tdx; });
  m.add({"malformed-bare-report", "evidence_malformed", "a bare report of the paravisor", spec + "1"},
        m.good().hcl.encode());
}

void parts(const AzureMaker& m) {
  m.with({"parts-runtime-changed", "parts_mismatch", "secure boot said to be off, beside a true report", spec + "3"},
         [](AzureEvidence& e) {
           e.hcl.runtime.replace(e.hcl.runtime.find("secure-boot\":true"), 17, "secure-boot\":null");
         });
  m.with({"parts-another-key", "parts_mismatch", "a TPM's key that the hardware does not vouch for, and its quote",
          spec + "3"},
         [&](AzureEvidence& e) {
           e.hcl.runtime = m.stranger.runtime();
           e.quote = m.stranger.sign(TpmSigner::quote(m.nonce));
         });
  m.report({"parts-report-data-more", "parts_mismatch", "something behind the digest in the report", spec + "3"},
           [](SnpReport& r) { r.report_data[63] = 1; });
  m.with({"parts-register", "parts_mismatch", "one bit of a register's value, beside a true quote", spec + "3"},
         [](AzureEvidence& e) { e.quote.registers[4][0] ^= 1; });
  const std::string word = "evidence_signature_invalid";
  m.with({"signature-quote-bit", word, "one bit of the signature on the quote", spec + "3"},
         [](AzureEvidence& e) { e.quote.signature.value[0] ^= 1; });
  m.with({"signature-quote-by-nobody", word, "a quote that another TPM signed", spec + "3"},
         [&](AzureEvidence& e) { e.quote = m.stranger.sign(TpmSigner::quote(m.nonce)); });
  m.with({"signature-report-bit", word, "one bit of the signature on the hardware's report", spec + "3"},
         [](AzureEvidence& e) { e.hcl.report[0x2a0] ^= 1; });
  m.with({"signature-measurement-changed", word, "one bit of the paravisor's measurement, after signing", spec + "3"},
         [](AzureEvidence& e) { e.hcl.report[0x90] ^= 1; });
  m.with({"chip-without-leaf", "collateral_missing", "no certificate of the chip's key", spec + "2"},
         [](AzureEvidence& e) { e.certificates.erase(e.certificates.begin()); });
  m.add({"chip-revoked", "certificate_revoked", "an authority that was revoked", spec + "2"}, m.good().encode(),
        "azure-snp-vtpm", true, "azure-snp-vtpm-revoked");
  const SnpSigner impostor(SnpKeys{.ark = crypto::RsaKey::generate(4096), .ask = m.keys.ask}, m.at,
                           attestation::SnpProduct::milan);
  const auto other = impostor.issue();
  m.with({"root-of-the-same-name", "root_unknown", "a complete chain under another root of that name", spec + "2"},
         [&](AzureEvidence& e) {
           auto report = SnpReport::parse(e.hcl.report).value();
           impostor.sign(report);
           e.hcl.report = report.encode();
           e.certificates = {other.leaf, other.ask, other.ark};
         });
}

void rest(const AzureMaker& m) {
  const auto quote = [&](std::string name, std::string word, std::string why, const std::string& clause,
                         const std::function<void(attestation::TpmQuote&)>& change) {
    m.with({std::move(name), std::move(word), std::move(why), clause}, [&](AzureEvidence& e) {
      auto q = TpmSigner::quote(m.nonce);
      change(q);
      q.attest.digest = q.registers_digest();
      e.quote = m.tpm.sign(q);
    });
  };
  quote("nonce-other", "nonce_mismatch", "a replay: made for another nonce", spec + "5",
        [](auto& q) { q.attest.extra_data[31] ^= 1; });
  quote("measurement-register", "measurement_unknown", "another boot loader", spec + "8",
        [](auto& q) { q.registers[4][31] ^= 1; });
  quote("register-absent", "pcr_absent", "a quote without a register of the policy", spec + "8", [](auto& q) {
    q.registers.erase(11);
    q.attest.selected &= ~(1U << 11);
  });
  m.report({"measurement-paravisor", "measurement_unknown", "another paravisor", spec + "8"},
           [](SnpReport& r) { r.measurement[0] ^= 1; });
  m.report({"debug", "debug_enclave", "a guest policy that allows debugging", spec + "7"},
           [](SnpReport& r) { r.policy |= 1U << 19; });
  m.report({"vmpl-1", "privilege_not_allowed", "a report that the guest's kernel asked for, not the paravisor",
            "docs/spec/policy.md, [evidence.sev-snp]"},
           [](SnpReport& r) { r.vmpl = 1; });
  m.add({"vmpl-1-allowed-to-guests", "privilege_not_allowed",
         "the same, under a policy that lets guests report from there: a guest would vouch for its own TPM",
         "docs/spec/policy.md, [evidence.sev-snp]"},
        m.evidence(m.tpm.runtime(), [](SnpReport& r) { r.vmpl = 1; }).encode(), "azure-snp-vtpm-vmpl-1");
  const Bytes good = m.good().encode();
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.add({"policy-" + std::string(name), word, why, rules}, good, "azure-snp-vtpm-" + std::string(name));
  };
  policy("no-snp", "policy_empty", "no rules for the hardware below");
  policy("no-versions", "policy_empty", "no version");
  policy("keys", "policy_invalid", "a key of the TPM, for which the hardware vouches");
  policy("glovebox", "policy_invalid", "profile glovebox, which no machine of others can meet");
  policy("beside-snp", "policy_invalid", "a guest's own report would pass for the paravisor's");
}
}  // namespace

void azure_cases(Suite& suite, Time at) {
  const AzureMaker make{.suite = suite, .at = at};
  policies(make);
  accepted(make);
  forms(make);
  parts(make);
  rest(make);
}

}  // namespace glovebox::testroots
