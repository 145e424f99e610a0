#include "testroots/snp_maker.h"

#include "base/cbor.h"
#include "crypto/hash.h"

namespace glovebox::testroots {
namespace {
using attestation::SnpProduct;
using attestation::SnpReport;
constexpr std::int64_t day = 86400;

std::string hex_line(std::string_view key, View bytes) {
  return std::string(key) + " = \"" + to_hex(bytes) + "\"\n";
}
crypto::Certificate parse(View der) {
  return crypto::Certificate::parse(der).value();
}
Bytes bundle_of(std::vector<Bytes> certificates, std::vector<Bytes> lists) {
  const auto text = [](const Bytes& der) { return text_of(der); };
  std::ranges::sort(certificates, {}, text);
  std::ranges::sort(lists, {}, text);
  cbor::Writer out;
  out.document("glovebox collateral v1", 3).array(certificates.size());
  for (const Bytes& der : certificates) out.bstr(der);
  out.array(lists.size());
  for (const Bytes& der : lists) out.bstr(der);
  return out.take();
}
}  // namespace

std::string snp_rules(std::string_view unchecked, int maximum_vmpl) {
  return "signing_keys = [\"vcek\"]\nmaximum_vmpl = " + std::to_string(maximum_vmpl) + "\nunchecked = [" +
         std::string(unchecked) + "]\n";
}

std::string snp_minimum(std::string_view product, const attestation::SnpTcb& tcb) {
  std::string out = "[[evidence.sev-snp.minimum_tcb]]\nproduct = \"" + std::string(product) + "\"\n";
  const auto line = [&](std::string_view key, std::uint8_t value) {
    out += std::string(key) + " = " + std::to_string(value) + "\n";
  };
  if (product == "Turin") line("fmc", tcb.fmc);
  line("bootloader", tcb.bootloader);
  line("tee", tcb.tee);
  line("snp", tcb.snp);
  line("microcode", tcb.microcode);
  return out;
}

SnpMaker::SnpMaker(Suite& to, Time now) : suite(to), at(now) {
  configuration.fill(0x33);
  models.resize(2);
  models[0].fill(0x11);
  models[1].fill(0x22);
  nonce.fill(0x77);
}

attestation::KeySet SnpMaker::keyset() const {
  return attestation::KeySet::of(hpke.public_key(), receipt.public_key());
}
attestation::Context SnpMaker::context() const {
  return attestation::ClientContext{configuration, models};
}

SnpReport SnpMaker::report(const SnpSigner& signer) const {
  SnpReport out = signer.report();
  std::ranges::copy(attestation::make_binding(nonce, keyset(), context()).view(), out.report_data.begin());
  out.host_data = attestation::snp_inputs(configuration, models);
  return out;
}

Bytes SnpMaker::document(SnpReport report, const SnpSigner& signer, const SnpSigner::Chain& of) const {
  signer.sign(report);
  return attestation::SnpEvidence{report, SnpSigner::table(of, signer.kind)}.encode();
}

attestation::Evidence SnpMaker::message(Bytes document) const {
  return {.media_type = std::string(attestation::media_type_sev_snp),
          .document = std::move(document),
          .nonce = to_bytes(nonce),
          .keys = keyset(),
          .context = context()};
}

void SnpMaker::policy(const std::string& name, std::string_view profile, View root, const std::string& rules,
                      const std::string& measurement) const {
  std::string out = "# Its root is a test root, made with these cases.\n[evidence]\nprofile = \"" +
                    std::string(profile) + "\"\nplatforms = [\"sev-snp\"]\nfreshness_seconds = 300\n";
  if (profile == "glovebox") out += "kems = [\"x25519\", \"x-wing\"]\n" + hex_line("configuration", configuration);
  out += "[evidence.sev-snp]\n" + rules;
  out += "[[evidence.roots]]\nname = \"test\"\ntest = true\n" + hex_line("sha256", crypto::sha256(root)) +
         "certificate = \"" + to_base64(root) + "\"\n";
  out += "[[evidence.measurements]]\nversion = \"1.0\"\n" + hex_line("root", crypto::sha256(root));
  out += measurement.empty() ? hex_line("measurement", milan.report().measurement) : measurement;
  if (profile == "glovebox")
    for (std::size_t i = 0; i < models.size(); ++i)
      out += "[[evidence.models]]\nname = \"" + std::string(1, static_cast<char>('a' + i)) + "\"\n" +
             hex_line("digest", models[i]);
  suite.policies[name] = std::move(out);
}

void SnpMaker::policies() const {
  const std::string least = snp_minimum("Milan", milan.tcb);
  policy("sev-snp", "glovebox", chain.ark, snp_rules("\"chip\"") + least);
  policy("sev-snp-none", "none", chain.ark, snp_rules("\"chip\"") + least);
  policy("sev-snp-genoa", "glovebox", genoa.issue().ark, snp_rules("\"chip\"") + snp_minimum("Genoa", genoa.tcb));
  policy("sev-snp-turin", "glovebox", turin.issue().ark, snp_rules("\"chip\"") + snp_minimum("Turin", turin.tcb));
  policy("sev-snp-vlek", "glovebox", chain.ark,
         "signing_keys = [\"vlek\"]\nmaximum_vmpl = 0\nunchecked = [\"chip\"]\n" + least);
  policy("sev-snp-vmpl-1", "glovebox", chain.ark, snp_rules("\"chip\"", 1) + least);
  policy("sev-snp-one-chip", "glovebox", chain.ark,
         snp_rules("") + "chips = [\"" + to_hex(milan.chip) + "\"]\n" + least);
  policy("sev-snp-require", "glovebox", chain.ark,
         snp_rules("\"chip\"") + "require = [\"alias-check\", \"ecc\", \"single-socket\"]\n" + least);
  policy("sev-snp-no-smt", "glovebox", chain.ark, snp_rules("\"chip\"") + "require = [\"no-smt\"]\n" + least);
  policy("sev-snp-unchecked", "none", chain.ark, snp_rules("\"chip\", \"revocation\", \"tcb\""));
  // and those that are none
  policy("sev-snp-no-tcb", "none", chain.ark, snp_rules("\"chip\""));
  policy("sev-snp-no-chips", "none", chain.ark, snp_rules("") + least);
  policy("sev-snp-zero-tcb", "none", chain.ark, snp_rules("\"chip\"") + snp_minimum("Milan", {}));
  policy("sev-snp-both", "none", chain.ark, snp_rules("\"chip\", \"tcb\"") + least);
  policy("sev-snp-zero-measurement", "none", chain.ark, snp_rules("\"chip\"") + least,
         hex_line("measurement", Array<48>{}));
  policy("sev-snp-unknown-word", "none", chain.ark, snp_rules("\"chip\", \"debug\"") + least);
  policy("sev-snp-debug", "none", chain.ark, snp_rules("\"chip\"") + "debug = true\n" + least);
  std::string without = suite.policies.at("sev-snp-none");
  const std::size_t begin = without.find("[evidence.sev-snp]");
  without.erase(begin, without.find("[[evidence.roots]]") - begin);
  suite.policies["sev-snp-no-rules"] = without;
}

void SnpMaker::collateral() const {
  const auto root = parse(chain.ark);
  const auto list = [&](std::int64_t from, std::int64_t until, std::initializer_list<std::uint64_t> serials,
                        const crypto::RsaKey& key) {
    return crypto::revocation_list(root, key, at.plus_seconds(from), at.plus_seconds(until), serials);
  };
  const Bytes good = list(-day, 30 * day, {0x99}, keys.ark);
  suite.collateral["sev-snp"] = bundle_of({}, {good});
  suite.collateral["sev-snp-vlek-chain"] = bundle_of({}, {good});
  suite.collateral["sev-snp-expired"] = bundle_of({}, {list(-2 * day, -1, {}, keys.ark)});
  suite.collateral["sev-snp-not-yet"] = bundle_of({}, {list(1, day, {}, keys.ark)});
  suite.collateral["sev-snp-revoked"] = bundle_of({}, {list(-day, day, {milan.ask.serial}, keys.ark)});
  suite.collateral["sev-snp-revoked-long-ago"] =
      bundle_of({}, {list(-9 * day, -8 * day, {milan.ask.serial}, keys.ark), good});
  suite.collateral["sev-snp-forged"] = bundle_of({}, {list(-day, day, {}, keys.ask)});
  suite.collateral["sev-snp-chain"] = bundle_of({chain.ark, chain.ask, chain.leaf}, {good});
  suite.collateral["sev-snp-chain-without-leaf"] = bundle_of({chain.ark, chain.ask}, {good});
  suite.collateral["sev-snp-chain-without-authority"] = bundle_of({chain.ark, chain.leaf}, {good});
  for (const auto* other : {&genoa, &turin}) {
    const Bytes ark = other->issue().ark;
    suite.collateral["sev-snp-" + std::string(other == &genoa ? "genoa" : "turin")] =
        bundle_of({}, {crypto::revocation_list(parse(ark), keys.ark, at.plus_seconds(-day), at.plus_seconds(day), {})});
  }
  suite.collateral.erase("sev-snp-vlek-chain");
}

void SnpMaker::add(Words words, Bytes evidence, std::string policy, std::string collateral, bool asks) const {
  suite.add("sev-snp", std::move(words),
            {.evidence = std::move(evidence),
             .policy = std::move(policy),
             .at = at,
             .nonce = asks ? to_bytes(nonce) : Bytes{},
             .collateral = std::move(collateral)});
}

void SnpMaker::before(Words words, const std::function<void(SnpReport&)>& change, std::string policy) const {
  SnpReport r = report(milan);
  change(r);
  add(std::move(words), message(document(r, milan, chain)).encode(), std::move(policy));
}

void SnpMaker::after(Words words, const std::function<void(Bytes&)>& change) const {
  Bytes bytes = good();
  change(bytes);
  add(std::move(words), message(std::move(bytes)).encode());
}

void SnpMaker::beside(Words words, const std::function<void(attestation::Evidence&)>& change) const {
  attestation::Evidence e = message(good());
  change(e);
  add(std::move(words), e.encode());
}

void SnpMaker::spoilt(Words words, const std::function<void(SnpSigner&)>& spoil, std::string policy) const {
  SnpSigner signer(keys, at, SnpProduct::milan);
  spoil(signer);
  SnpSigner::Chain issued{.ark = chain.ark, .ask = {}, .leaf = {}};
  issued.ask = crypto::issue(signer.ask, signer.keys.ask, parse(chain.ark), keys.ark);
  issued.leaf = crypto::issue(signer.leaf, signer.leaf_key.public_key(), parse(issued.ask), signer.keys.ask);
  add(std::move(words), message(document(report(signer), signer, issued)).encode(), std::move(policy));
}

}  // namespace glovebox::testroots
