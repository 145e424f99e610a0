// The cases of Azure's virtual TPM over TDX.
#include <functional>

#include "attestation/cmw.h"
#include "attestation/hcl_report.h"
#include "attestation/td_local_report.h"
#include "crypto/hash.h"
#include "testroots/intel_maker.h"
#include "testroots/tpm_signer.h"

namespace glovebox::testroots {
namespace {
using attestation::AzureEvidence;
using attestation::HclHardware;
using attestation::Quote;
using attestation::TdLocalReport;
using attestation::TdReport;
const std::string hcl = "Azure confidential VM guest attestation, HCL report";
const std::string module_abi = "Intel TDX Module ABI, TDREPORT_STRUCT";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.azure-tdx-vtpm]";
const std::string platform = "azure-tdx-vtpm";
const std::string mismatch = "parts_mismatch";
constexpr std::int64_t day = 86400;

std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}
TdReport& td(Quote& quote) {
  return std::get<TdReport>(quote.body);
}
// in_hcl is a TDREPORT as the paravisor's report has it: with zeros behind.
Bytes in_hcl(const TdLocalReport& local) {
  Bytes out = local.encode();
  out.resize(attestation::snp_report_size);
  return out;
}

struct AzureTdxMaker {
  IntelMaker intel;
  TpmSigner tpm{};
  TpmSigner stranger{};

  AzureTdxMaker(Suite& suite, Time at) : intel(suite, at, attestation::Tee::tdx) { intel.platform = platform; }

  // local is a TDREPORT that says what a quote says.
  static TdLocalReport local(Quote quote) {
    TdLocalReport out;
    out.cpu_svn = quote.quoting.cpu_svn;
    out.mac.fill(0x3a);
    out.valid = {0xff, 0x01, 0x03};
    out.body = td(quote);
    if (!out.body.later) out.body.later = TdReport::Later{.tee_tcb_svn2 = out.body.tee_tcb_svn};
    if (out.body.later->mr_service_td != Array<48>{}) out.version = 1;
    return out;
  }
  // evidence trades a TDREPORT over the runtime data for a quote, after `change` has spoilt the guest.
  AzureEvidence evidence(const std::string& runtime, const std::function<void(Quote&)>& change = {}) const {
    Quote quote = intel.signer.quote();
    std::ranges::copy(crypto::sha256(view_of(runtime)), td(quote).report_data.begin());
    if (change) change(quote);
    intel.signer.sign(quote, intel.chain);
    return {.hcl = {.version = 2,
                    .hardware = HclHardware::tdx,
                    .report = in_hcl(local(quote)),
                    .runtime = runtime,
                    .padding = 163},
            .td_quote = quote.encode(),
            .quote = tpm.sign(TpmSigner::quote(intel.nonce))};
  }
  AzureEvidence good() const { return evidence(tpm.runtime()); }

  // guest spoils what both the TDREPORT and the quote say; with spoils the evidence, beside says one policy or bundle.
  void guest(Words words, const std::function<void(Quote&)>& change, const std::string& policy = "") const {
    intel.add(std::move(words), evidence(tpm.runtime(), change).encode(), policy);
  }
  void with(Words words, const std::function<void(AzureEvidence&)>& change) const {
    AzureEvidence e = good();
    change(e);
    intel.add(std::move(words), e.encode());
  }
  void with_local(std::string name, std::string why, const std::function<void(TdLocalReport&)>& change,
                  std::string expected = mismatch) const {
    with({std::move(name), std::move(expected), std::move(why), spec + "3"}, [&](AzureEvidence& e) {
      TdLocalReport report = TdLocalReport::parse(e.hcl.report).value();
      change(report);
      e.hcl.report = in_hcl(report);
    });
  }
  void with_quote(Words words, const std::function<void(Quote&)>& change) const {
    with(std::move(words), [&](AzureEvidence& e) {
      Quote quote = Quote::parse(e.td_quote).value();
      change(quote);
      e.td_quote = quote.encode();
    });
  }

  void policy(const std::string& name, const std::string& versions, const std::string& tdx,
              const std::string& profile = "none", const std::string& platforms = "\"azure-tdx-vtpm\"") const {
    const Digest root = crypto::sha256(intel.chain.root);
    std::string out = "# Its root is a test root, made with these cases.\n[evidence]\nprofile = \"" + profile +
                      "\"\nplatforms = [" + platforms + "]\nfreshness_seconds = 300\n";
    if (profile == "glovebox")
      out += "kems = [\"x-wing\"]\n" + hex_line("configuration", intel.configuration) +
             "[[evidence.models]]\nname = \"a\"\n" + hex_line("digest", intel.models.front());
    out += versions + tdx + "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", root) +
           "certificate = \"" + to_base64(intel.chain.root) +
           "\"\n[[evidence.measurements]]\nversion = \"paravisor 1\"\n" + hex_line("root", root) + intel.known_by();
    intel.suite.policies[platform + (name.empty() ? "" : "-" + name)] = std::move(out);
  }
};

void policies(const AzureTdxMaker& m) {
  std::string versions = "[[evidence.azure-tdx-vtpm.versions]]\nversion = \"1.0\"\n";
  for (const std::uint8_t i : std::initializer_list<std::uint8_t>{0, 4, 7, 11})
    versions += hex_line("pcr" + std::to_string(i), TpmSigner::registers().at(i));
  const std::string head = "[evidence.tdx]\n";
  const std::string tdx = head + m.intel.rules("\"fmspc\", \"platform\"");
  m.policy("", versions, tdx);
  m.policy("unchecked", versions, head + "unchecked = [\"fmspc\", \"platform\", \"revocation\", \"tcb\"]\n");
  Array<48> service;
  service.fill(0x5d);
  m.policy("service-td", versions, tdx + hex_line("service_td", service));
  m.policy("one-platform", versions,
           head + m.intel.rules("") + "fmspcs = [\"b0c06f000000\"]\nplatforms = [\"" + std::string(32, '1') + "\"]\n");
  // and those that are none
  m.policy("no-tdx", versions, "");
  m.policy("no-versions", "[evidence.azure-tdx-vtpm]\n", tdx);
  m.policy("no-statuses", versions, head + "unchecked = [\"fmspc\", \"platform\"]\n");
  m.policy("keys",
           versions + "[[evidence.azure-tdx-vtpm.keys]]\nname = \"AK\"\ntest = true\npublic_key = \"" +
               to_base64(m.tpm.key.public_key().spki()) + "\"\n",
           tdx);
  m.policy("debug", versions, tdx + "debug = true\n");
  m.policy("glovebox", versions, tdx, "glovebox");
  m.policy("beside-tdx", versions, tdx, "none", "\"azure-tdx-vtpm\", \"tdx\"");
  m.intel.with_parts("", [](auto&) {});
}

void accepted(const AzureTdxMaker& m) {
  const Bytes good = m.good().encode();
  m.intel.add({"accepted", "accepted", "a quote of a virtual TPM that a guest of TDX vouches for", hcl}, good);
  m.intel.add({"accepted-no-nonce", "accepted", "the same, and no nonce was asked for", spec + "5"}, good, "", "",
              false);
  m.intel.add({"accepted-unchecked", "accepted", "no collateral, and the policy says what it leaves", rules}, good,
              "unchecked", "-");
  m.with({"accepted-version-1", "accepted", "a report of version 1, and no zeros behind the runtime data", hcl},
         [](AzureEvidence& e) {
           e.hcl.version = 1;
           e.hcl.padding = 0;
         });
  m.guest(
      {"accepted-tdx-1.5", "accepted", "a quote of version 5 with TDX 1.5's report, and its service guest", module_abi},
      [](Quote& q) {
        q.version = 5;
        td(q).later = TdReport::Later{.tee_tcb_svn2 = td(q).tee_tcb_svn};
        td(q).later->mr_service_td.fill(0x5d);
      },
      "service-td");
  m.with_local(
      "accepted-other-mac", "another MAC: only the machine can check it, and the quote is what counts",
      [](TdLocalReport& r) { r.mac.fill(0x3b); }, "accepted");
  m.intel.add({"accepted-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
              attestation::Cmw{std::string(attestation::media_type_azure_tdx), good}.to_cbor());
}

void forms(const AzureTdxMaker& m) {
  const Bytes good = m.good().encode();
  m.intel.add({"truncated", "truncated", "half a document", spec + "1"}, to_bytes(View(good).first(good.size() / 2)));
  m.intel.add({"truncated-by-one", "truncated", "a document without its last byte", spec + "1"},
              to_bytes(View(good).first(good.size() - 1)));
  const std::string malformed = "evidence_malformed";
  m.intel.add({"malformed-trailing-byte", malformed, "a byte after the document", spec + "1"},
              concat({good, Bytes{0}}));
  m.intel.add({"malformed-bare-report", malformed, "a bare report of the paravisor", spec + "1"},
              m.good().hcl.encode());
  m.intel.add({"malformed-runtime-no-key", malformed, "runtime data without HCLAkPub", hcl},
              m.evidence(R"({"keys":[]})").encode());
  const auto form = [&](std::string name, std::string why, const std::string& clause,
                        const std::function<void(AzureEvidence&)>& change) {
    m.with({"malformed-" + std::move(name), malformed, std::move(why), clause}, change);
  };
  form("quote-none", "no quote: a TDREPORT proves nothing to another machine", spec + "1",
       [](AzureEvidence& e) { e.td_quote.clear(); });
  form("quote-cut", "half a quote in a whole document", spec + "1",
       [](AzureEvidence& e) { e.td_quote.resize(e.td_quote.size() / 2); });
  form("local-kind", "a report of another kind than TDX's in the paravisor's", module_abi,
       [](AzureEvidence& e) { e.hcl.report[0] = 0; });
  form("local-reserved", "a reserved byte of the TDREPORT", module_abi,
       [](AzureEvidence& e) { e.hcl.report[200] = 1; });
  form("local-digest", "a measurement in the TDREPORT that its digest does not cover", module_abi,
       [](AzureEvidence& e) { e.hcl.report[530] ^= 1; });
  form("local-behind", "something behind the TDREPORT", hcl, [](AzureEvidence& e) { e.hcl.report[1100] = 1; });
  m.with({"platform-snp", "platform_unknown", "a virtual TPM over SEV-SNP, where the policy has TDX", spec + "1"},
         [](AzureEvidence& e) { e.hcl.hardware = HclHardware::snp; });
  m.with({"platform-quote-of-sgx", "platform_unknown", "an enclave's quote in the place of the guest's", spec + "1"},
         [&](AzureEvidence& e) {
           Quote quote = m.intel.signer.quote();
           quote.body = attestation::EnclaveReport{};
           m.intel.signer.sign(quote, m.intel.chain);
           e.td_quote = quote.encode();
         });
  // The paravisor's report says what hardware it is of: 1184 bytes and two numbers behind its header.
  Bytes other = good;
  const Bytes report = m.good().hcl.encode();
  const auto header = std::ranges::search(other, View(report).first(8)).begin();
  header[32 + attestation::snp_report_size + 8] = 2;
  m.intel.add({"platform-report-of-snp", "platform_unknown", "the paravisor's report says SEV-SNP, the document TDX",
               spec + "1"},
              other);
}

void parts(const AzureTdxMaker& m) {
  m.with({"parts-runtime-changed", mismatch, "secure boot said to be off, beside a true report", spec + "3"},
         [](AzureEvidence& e) {
           e.hcl.runtime.replace(e.hcl.runtime.find("secure-boot\":true"), 17, "secure-boot\":null");
         });
  m.with({"parts-another-key", mismatch, "a TPM's key that the hardware does not vouch for, and its quote", spec + "3"},
         [&](AzureEvidence& e) {
           e.hcl.runtime = m.stranger.runtime();
           e.quote = m.stranger.sign(TpmSigner::quote(m.intel.nonce));
         });
  m.with({"parts-local-made-up", mismatch,
          "a key of a stranger's, under a TDREPORT that he wrote himself, beside the true quote of a good guest",
          spec + "3"},
         [&](AzureEvidence& e) {
           TdLocalReport report = TdLocalReport::parse(e.hcl.report).value();
           e.hcl.runtime = m.stranger.runtime();
           std::ranges::copy(crypto::sha256(view_of(e.hcl.runtime)), report.body.report_data.begin());
           e.hcl.report = in_hcl(report);
           e.quote = m.stranger.sign(TpmSigner::quote(m.intel.nonce));
         });
  m.with({"parts-quote-of-another", mismatch, "the quote of another guest of the same image", spec + "3"},
         [&](AzureEvidence& e) { e.td_quote = m.evidence(m.stranger.runtime()).td_quote; });
  m.guest({"parts-report-data-more", mismatch, "something behind the digest in the quote", spec + "3"},
          [](Quote& q) { td(q).report_data[63] = 1; });
  m.with({"parts-register", mismatch, "one bit of a register's value, beside a true quote of the TPM", spec + "3"},
         [](AzureEvidence& e) { e.quote.registers[4][0] ^= 1; });
  m.with_local("parts-local-measurement", "a TDREPORT of another image than the quote's",
               [](TdLocalReport& r) { r.body.mr_td[0] ^= 1; });
  m.with_local("parts-local-register", "a TDREPORT with another run-time register than the quote's",
               [](TdLocalReport& r) { r.body.rtmr[2][0] ^= 1; });
  m.with_local("parts-local-attributes", "a TDREPORT in debug mode beside the quote of a guest that is not",
               [](TdLocalReport& r) { r.body.td_attributes |= 1; });
  m.with_local("parts-local-xfam", "a TDREPORT with other processor features than the quote's",
               [](TdLocalReport& r) { r.body.xfam ^= 0x40000; });
  m.with_local("parts-local-module", "a TDREPORT of another TDX module than the quote's",
               [](TdLocalReport& r) { r.body.mr_seam[0] ^= 1; });
  m.with_local("parts-local-report-data", "a TDREPORT over other runtime data than the quote's",
               [](TdLocalReport& r) { r.body.report_data[0] ^= 1; });
}

void signatures(const AzureTdxMaker& m) {
  const std::string word = "evidence_signature_invalid";
  m.with({"signature-quote-bit", word, "one bit of the TPM's signature", spec + "3"},
         [](AzureEvidence& e) { e.quote.signature.value[0] ^= 1; });
  m.with({"signature-quote-by-nobody", word, "a quote that another TPM signed", spec + "3"},
         [&](AzureEvidence& e) { e.quote = m.stranger.sign(TpmSigner::quote(m.intel.nonce)); });
  m.with_quote({"signature-hardware-bit", word, "one bit of the signature on the hardware's quote", spec + "3"},
               [](Quote& q) { q.signature[5] ^= 1; });
  m.with(
      {"signature-measurement-changed", word, "another measurement in quote and TDREPORT, after signing", spec + "3"},
      [](AzureEvidence& e) {
        Quote quote = Quote::parse(e.td_quote).value();
        td(quote).mr_td[0] ^= 1;
        e.td_quote = quote.encode();
        e.hcl.report = in_hcl(AzureTdxMaker::local(quote));
      });
  m.with_quote({"signature-key-of-nobody", word, "an attestation key of the host's own", spec + "3"},
               [&](Quote& q) { IntelSigner(m.intel.at, attestation::Tee::tdx).sign_body(q); });
  const IntelSigner impostor(m.intel.at, attestation::Tee::tdx);
  const auto issued = impostor.issue();
  m.with_quote(
      {"root-of-the-same-name", "root_unknown", "a complete chain under another root of that name", spec + "2"},
      [&](Quote& q) { impostor.sign(q, issued); });
}

void collateral(const AzureTdxMaker& m) {
  const Bytes good = m.good().encode();
  const auto& signer = m.intel.signer;
  m.intel.add({"documents-nothing", "collateral_missing", "no collateral at all", spec + "2"}, good, "", "-");
  m.intel.with_documents("expired", [&](IntelDocuments& d) { d.next_update = m.intel.at.plus_seconds(-1); });
  m.intel.add({"documents-expired", "collateral_expired", "documents whose time ended a second ago", spec + "2"}, good,
              "", "expired");
  m.intel.with_parts("revoked", [&](auto& p) { p.lists[1] = m.intel.list(false, -day, day, {signer.leaf.serial}); });
  m.intel.add(
      {"crl-revoked-platform", "certificate_revoked", "the platform stands in the authority's list", spec + "2"}, good,
      "", "revoked");
  m.intel.add({"chip-other-platform", "chip_unknown", "a platform that the policy does not list", rules}, good,
              "one-platform");
  IntelSigner old = signer;
  old.platform.components[0] = 2;
  IntelSigner::Chain issued = old.issue();
  issued.root = m.intel.chain.root;
  m.with_quote({"tcb-outdated", "tcb_outdated", "a platform of the older level", spec + "8"},
               [&](Quote& q) { old.sign(q, issued); });
}

void states(const AzureTdxMaker& m) {
  const auto quote = [&](std::string name, std::string word, std::string why, const std::string& clause,
                         const std::function<void(attestation::TpmQuote&)>& change) {
    m.with({std::move(name), std::move(word), std::move(why), clause}, [&](AzureEvidence& e) {
      auto q = TpmSigner::quote(m.intel.nonce);
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
  m.guest({"measurement-paravisor", "measurement_unknown", "another paravisor", spec + "8"},
          [](Quote& q) { td(q).mr_td[0] ^= 1; });
  m.guest({"measurement-rtmr", "measurement_unknown", "another value in a run-time register of the guest", spec + "8"},
          [](Quote& q) { td(q).rtmr[1][0] ^= 1; });
  m.guest({"debug", "debug_enclave", "a guest that its host may look into", spec + "7"},
          [](Quote& q) { td(q).td_attributes |= 1; });
  m.guest({"migratable", "guest_policy_not_allowed", "a guest that a migration guest may move", spec + "8"},
          [](Quote& q) { td(q).td_attributes |= std::uint64_t{1} << 29; });
  m.guest({"no-septve", "guest_policy_not_allowed", "a guest whose host may take pages away", spec + "8"},
          [](Quote& q) { td(q).td_attributes = 0; });
  const Bytes good = m.good().encode();
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.intel.add({"policy-" + std::string(name), word, why, rules}, good, name);
  };
  policy("no-tdx", "policy_empty", "no rules for the hardware below");
  policy("no-versions", "policy_empty", "no version");
  policy("no-statuses", "policy_empty", "no word on the platform's firmware, which is not said to be left either");
  policy("keys", "policy_invalid", "a key of the TPM, for which the hardware vouches");
  policy("debug", "policy_invalid", "a rule that nobody knows: nothing can allow a debug guest");
  policy("glovebox", "policy_invalid", "profile glovebox, which no machine of others can meet");
  policy("beside-tdx", "policy_invalid", "a guest's own quote would pass for the paravisor's");
}
}  // namespace

void azure_tdx_cases(Suite& suite, Time at) {
  const AzureTdxMaker make(suite, at);
  policies(make);
  accepted(make);
  forms(make);
  parts(make);
  signatures(make);
  collateral(make);
  states(make);
}

}  // namespace glovebox::testroots
