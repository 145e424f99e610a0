#include "testroots/intel_maker.h"

#include "base/cbor.h"
#include "crypto/hash.h"

namespace glovebox::testroots {
namespace {
using attestation::EnclaveReport;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;
constexpr std::int64_t day = 86400;

std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}
crypto::Certificate parse(View der) {
  return crypto::Certificate::parse(der).value();
}
}  // namespace

IntelMaker::IntelMaker(Suite& to, Time now, Tee of)
    : suite(to), at(now), tee(of), platform(of == Tee::tdx ? "tdx" : "sgx"), signer(now, of) {
  configuration.fill(0x33);
  models.resize(2);
  models[0].fill(0x11);
  models[1].fill(0x22);
  nonce.fill(0x77);
}

attestation::KeySet IntelMaker::keyset() const {
  return attestation::KeySet::of(hpke.public_key(), receipt.public_key());
}
attestation::Context IntelMaker::context() const {
  return attestation::ClientContext{configuration, models};
}

Array<64>& IntelMaker::caller_data(Quote& quote) {
  if (auto* const td = std::get_if<TdReport>(&quote.body)) return td->report_data;
  return std::get<EnclaveReport>(quote.body).report_data;
}

Quote IntelMaker::quote() const {
  Quote out = signer.quote();
  if (auto* const td = std::get_if<TdReport>(&out.body))
    td->mr_config_id = attestation::td_inputs(configuration, models);
  else
    std::get<EnclaveReport>(out.body).config_id = attestation::enclave_inputs(configuration, models);
  std::ranges::copy(attestation::make_binding(nonce, keyset(), context()).view(), caller_data(out).begin());
  return out;
}

Bytes IntelMaker::document(Quote quote) const {
  signer.sign(quote, chain);
  return quote.encode();
}

attestation::Evidence IntelMaker::message(Bytes document) const {
  return {.media_type = std::string(tee == Tee::tdx ? attestation::media_type_tdx : attestation::media_type_sgx),
          .document = std::move(document),
          .nonce = to_bytes(nonce),
          .keys = keyset(),
          .context = context()};
}

std::string IntelMaker::known_by() const {
  const Quote good = signer.quote();
  if (const auto* const td = std::get_if<TdReport>(&good.body)) {
    std::string out = hex_line("mr_td", td->mr_td);
    for (std::size_t i = 0; i < td->rtmr.size(); ++i) out += hex_line("rtmr" + std::to_string(i), td->rtmr[i]);
    return out;
  }
  return hex_line("mr_enclave", std::get<EnclaveReport>(good.body).mr_enclave);
}

std::string IntelMaker::rules(std::string_view unchecked, std::string_view statuses) const {
  return "statuses = [" + std::string(statuses) + "]\nminimum_evaluation = 17\nunchecked = [" + std::string(unchecked) +
         "]\n";
}

void IntelMaker::policy(const std::string& name, std::string_view profile, const std::string& rules,
                        const std::string& measurement) const {
  std::string out = "# Its root is a test root, made with these cases.\n[evidence]\nprofile = \"" +
                    std::string(profile) + "\"\nplatforms = [\"" + platform + "\"]\nfreshness_seconds = 300\n";
  if (profile == "glovebox") out += "kems = [\"x25519\", \"x-wing\"]\n" + hex_line("configuration", configuration);
  out += "[evidence." + platform + "]\n" + rules;
  out += "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", crypto::sha256(chain.root)) +
         "certificate = \"" + to_base64(chain.root) + "\"\n";
  out += "[[evidence.measurements]]\nversion = \"1.0\"\n" + hex_line("root", crypto::sha256(chain.root));
  out += measurement.empty() ? known_by() : measurement;
  if (profile == "glovebox")
    for (std::size_t i = 0; i < models.size(); ++i)
      out += "[[evidence.models]]\nname = \"" + std::string(1, static_cast<char>('a' + i)) + "\"\n" +
             hex_line("digest", models[i]);
  suite.policies[platform + (name.empty() ? "" : "-" + name)] = std::move(out);
}

void IntelMaker::policies() const {
  const std::string any = "\"fmspc\", \"platform\"";
  policy("", "glovebox", rules(any));
  policy("none", "none", rules(any));
  policy("out-of-date", "glovebox",
         rules(any, "\"UpToDate\", \"OutOfDate\"") +
             "advisories = [\"INTEL-SA-00960\", \"INTEL-SA-01036\", \"INTEL-SA-00615\"]\n");
  policy("out-of-date-no-advisory", "glovebox", rules(any, "\"UpToDate\", \"OutOfDate\""));
  policy("hardening", "glovebox", rules(any, "\"SWHardeningNeeded\""));
  policy("dated", "glovebox", rules(any) + "minimum_tcb_date = \"2024-03-14T00:00:00Z\"\n");
  policy("one-platform", "glovebox",
         rules("") + "fmspcs = [\"b0c06f000000\"]\nplatforms = [\"" + to_hex(signer.platform.ppid) + "\"]\n");
  policy("unchecked", "none", "unchecked = [\"fmspc\", \"platform\", \"revocation\", \"tcb\"]\n");
  policy("no-revocation", "glovebox", rules("\"fmspc\", \"platform\", \"revocation\""));
  if (tee == Tee::tdx) {
    Array<48> service;
    service.fill(0x5d);
    policy("service-td", "glovebox", rules(any) + hex_line("service_td", service));
    policy("relaunch", "glovebox", rules(any, "\"TDRelaunchAdvised\"") + "advisories = [\"INTEL-SA-01036\"]\n");
    policy("no-septve", "glovebox", rules("\"fmspc\", \"platform\", \"sept-ve-disable\""));
    std::string lines = known_by();
    lines.erase(lines.find("rtmr3"));
    policy("rtmr3-unchecked", "glovebox", rules("\"fmspc\", \"platform\", \"rtmr3\""), lines);
    policy("no-rtmr3", "none", rules(any), lines);
    policy("zero-measurement", "none", rules(any), hex_line("mr_td", Array<48>{}) + lines.substr(lines.find("rtmr0")));
  } else {
    const auto enclave = std::get<EnclaveReport>(signer.quote().body);
    const auto by = [&](const std::string& name, int product, int version) {
      policy(name, "glovebox", rules(any),
             hex_line("mr_signer", enclave.mr_signer) + "isv_prod_id = " + std::to_string(product) +
                 "\nminimum_isv_svn = " + std::to_string(version) + "\n");
    };
    by("signer", 7, 3);
    by("signer-other-product", 8, 3);
    by("signer-newer", 7, 4);
    policy("zero-measurement", "none", rules(any), hex_line("mr_enclave", Array<32>{}));
    policy("both-measurements", "none", rules(any),
           known_by() + hex_line("mr_signer", enclave.mr_signer) + "isv_prod_id = 7\nminimum_isv_svn = 3\n");
  }
  // and those that are none
  policy("no-statuses", "none", "minimum_evaluation = 17\nunchecked = [" + any + "]\n");
  policy("no-evaluation", "none", "statuses = [\"UpToDate\"]\nunchecked = [" + any + "]\n");
  policy("no-platforms", "none", rules("\"fmspc\""));
  policy("revoked", "none", rules(any, "\"Revoked\""));
  policy("unknown-status", "none", rules(any, "\"Fine\""));
  policy("both", "none", rules("\"fmspc\", \"platform\", \"tcb\""));
  policy("unknown-word", "none", rules("\"debug\", \"fmspc\", \"platform\""));
  policy("debug", "none", rules(any) + "debug = true\n");
  std::string without = suite.policies.at(platform + "-none");
  const std::size_t begin = without.find("[evidence." + platform + "]");
  without.erase(begin, without.find("[[evidence.roots]]") - begin);
  suite.policies[platform + "-no-rules"] = without;
}

Bytes IntelMaker::bundle(Parts parts) {
  const auto text = [](const Bytes& bytes) { return text_of(bytes); };
  cbor::Writer out;
  out.document("glovebox collateral v1", parts.documents.empty() ? 3 : 4);
  for (auto* list : {&parts.certificates, &parts.lists, &parts.documents}) {
    if (list == &parts.documents && list->empty()) continue;
    std::ranges::sort(*list, {}, text);
    out.array(list->size());
    for (const Bytes& one : *list) out.bstr(one);
  }
  return out.take();
}

Bytes IntelMaker::list(bool of_root, std::int64_t from, std::int64_t until,
                       std::initializer_list<std::uint64_t> serials, const crypto::P256Key* key) const {
  const auto issuer = parse(of_root ? chain.root : chain.authority);
  const auto& own = of_root ? signer.root_key : signer.authority_key;
  return crypto::revocation_list(issuer, key == nullptr ? own : *key, at.plus_seconds(from), at.plus_seconds(until),
                                 serials);
}

IntelMaker::Parts IntelMaker::good_parts() const {
  return {.certificates = {chain.signer},
          .lists = {list(true, -day, 30 * day, {0x999}), list(false, -day, 30 * day, {0x998})},
          .documents = {IntelSigner::document("tcbInfo", signer.documents.tcb_info(), signer.signer_key),
                        IntelSigner::document("enclaveIdentity", signer.documents.identity(), signer.signer_key)}};
}

void IntelMaker::with_parts(const std::string& name, const std::function<void(Parts&)>& change) const {
  Parts parts = good_parts();
  change(parts);
  suite.collateral[platform + (name.empty() ? "" : "-" + name)] = bundle(std::move(parts));
}

void IntelMaker::with_documents(const std::string& name, const std::function<void(IntelDocuments&)>& change) const {
  with_parts(name, [&](Parts& parts) {
    IntelDocuments changed = signer.documents;
    change(changed);
    parts.documents = {IntelSigner::document("tcbInfo", changed.tcb_info(), signer.signer_key),
                       IntelSigner::document("enclaveIdentity", changed.identity(), signer.signer_key)};
  });
}

void IntelMaker::add(Words words, Bytes evidence, const std::string& policy, const std::string& collateral,
                     bool asks) const {
  const auto named = [&](const std::string& name) { return platform + (name.empty() ? "" : "-" + name); };
  suite.add(platform, std::move(words),
            {.evidence = std::move(evidence),
             .policy = policy.starts_with('/') ? policy.substr(1) : named(policy),
             .at = at,
             .nonce = asks ? to_bytes(nonce) : Bytes{},
             .collateral = collateral == "-" ? "" : named(collateral)});
}

void IntelMaker::before(Words words, const std::function<void(Quote&)>& change, const std::string& policy,
                        const std::string& collateral) const {
  Quote q = quote();
  change(q);
  add(std::move(words), message(document(std::move(q))).encode(), policy, collateral);
}

void IntelMaker::signed_then(Words words, const std::function<void(Quote&)>& change) const {
  Quote q = quote();
  signer.sign(q, chain);
  change(q);
  add(std::move(words), message(q.encode()).encode());
}

void IntelMaker::after(Words words, const std::function<void(Bytes&)>& change) const {
  Bytes bytes = good();
  change(bytes);
  add(std::move(words), message(std::move(bytes)).encode());
}

void IntelMaker::beside(Words words, const std::function<void(attestation::Evidence&)>& change) const {
  attestation::Evidence e = message(good());
  change(e);
  add(std::move(words), e.encode());
}

void IntelMaker::spoilt(Words words, const std::function<void(IntelSigner&)>& spoil, const std::string& policy,
                        const std::string& collateral) const {
  IntelSigner changed = signer;
  spoil(changed);
  IntelSigner::Chain issued = changed.issue();
  issued.root = chain.root;
  Quote q = quote();
  changed.sign(q, issued);
  add(std::move(words), message(q.encode()).encode(), policy, collateral);
}

}  // namespace glovebox::testroots
