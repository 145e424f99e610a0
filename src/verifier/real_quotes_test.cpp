// Every real quote of Intel's that we have, against what another program (Python's cryptography) and the notes beside
// the files found in it; and two complete sets under roots that only look like Intel's.
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <functional>

#include "attestation/quote.h"
#include "crypto/hash.h"
#include "crypto/x509_fields.h"
#include "support.h"
#include "verifier/appraise.h"
#include "verifier/explain.h"
#include "verifier/known_roots.h"
#include "verifier/quote_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::EnclaveReport;
using attestation::PckExtension;
using attestation::Platform;
using attestation::Quote;
using attestation::TdReport;
using Json = nlohmann::json;

std::filesystem::path folder() {
  return test::shared() / "vectors/intel";
}

struct Known {
  std::string file;
  Bytes bytes;
  Json expected;
  Quote quote;

  Platform platform() const { return quote.tee() == attestation::Tee::tdx ? Platform::tdx : Platform::sgx; }
  const TdReport* td() const { return std::get_if<TdReport>(&quote.body); }
  bool debug() const { return td() != nullptr ? td()->debug() : std::get<EnclaveReport>(quote.body).debug(); }
  View report_data() const {
    return td() != nullptr ? View(td()->report_data) : View(std::get<EnclaveReport>(quote.body).report_data);
  }
};

Known known(const std::string& file) {
  const Json all = Json::parse(text_of(test::read(test::shared() / "vectors/EXPECTED.json")));
  Known out{.file = file,
            .bytes = test::read(folder() / file),
            .expected = all.value("intel/" + file, Json::object()),
            .quote = {}};
  out.quote = Quote::parse(out.bytes).value();
  return out;
}

// policy_for accepts exactly this quote's measurements; `change` makes it stricter or laxer.
EvidencePolicy policy_for(const Known& known, const std::function<void(IntelRules&)>& change = {}) {
  EvidencePolicy p;
  p.profile = Profile::none;
  p.platforms = {std::string(attestation::name(known.platform()))};
  p.freshness_seconds = 300;
  const auto* const root = &*std::ranges::find(known_roots(), "Intel SGX Root CA", &KnownRoot::name);
  p.roots = {{.name = std::string(root->name), .sha256 = root->sha256}};
  Measurement m{.version = "theirs", .root = root->sha256};
  if (const auto* const td = known.td())
    m.td = TdMeasurement{.mr_td = td->mr_td, .rtmr = {td->rtmr[0], td->rtmr[1], td->rtmr[2], td->rtmr[3]}};
  else
    m.enclave = EnclaveMeasurement{.mr_enclave = std::get<EnclaveReport>(known.quote.body).mr_enclave};
  p.measurements = {m};
  IntelRules rules;
  rules.statuses = {TcbStatus::up_to_date};
  rules.minimum_evaluation = 17;
  rules.unchecked = {"fmspc", "platform"};
  if (change) change(rules);
  (known.td() != nullptr ? p.tdx : p.sgx) = rules;
  return p;
}

void leave_all(IntelRules& rules) {
  rules = {};
  rules.unchecked = {"fmspc", "platform", "revocation", "tcb"};
}

// set_of reads a file of collateral in the form that several verifiers share.
Collateral set_of(const std::string& file) {
  const Json json = Json::parse(text_of(test::read(folder() / file)));
  Collateral out;
  const auto add = [&](View bytes) { EXPECT_TRUE(out.add(bytes)) << file; };
  for (const char* chain : {"pck_crl_issuer_chain", "tcb_info_issuer_chain", "qe_identity_issuer_chain"})
    add(view_of(json[chain].get_ref<const std::string&>()));
  for (const char* list : {"root_ca_crl", "pck_crl"}) add(from_hex(json[list].get<std::string>()).value());
  const auto document = [&](const char* member, const std::string& key) {
    add(view_of("{\"" + std::string(member) + "\":" + json[key].get<std::string>() + ",\"signature\":\"" +
                json[key + "_signature"].get<std::string>() + "\"}"));
  };
  document("tcbInfo", "tcb_info");
  document("enclaveIdentity", "qe_identity");
  return out;
}

Collateral files(std::initializer_list<const char*> names) {
  Collateral out;
  for (const char* name : names) EXPECT_TRUE(out.add(test::read(folder() / name))) << name;
  return out;
}

Time at(const char* text) {
  return from_rfc3339(text).value();
}

class RealQuotes : public testing::Test {
 protected:
  void SetUp() override { GLOVEBOX_NEEDS(test::shared() / "vectors/EXPECTED.json"); }
  static Result<AttestationResult> appraise(const Known& known, const EvidencePolicy& policy,
                                            const Collateral& collateral, Time when, std::optional<View> nonce = {}) {
    return appraise_document(known.bytes, policy, when, nonce, known.platform(), collateral);
  }
  static std::string reason(const Known& known, const EvidencePolicy& policy, const Collateral& collateral, Time when) {
    const auto result = appraise(known, policy, collateral, when);
    return test::reason_of(result);
  }
};

const char* const all_files[] = {"dcap-qvl-quote-from-tappd.bin",
                                 "dcap-qvl-sgx_quote",
                                 "dcap-qvl-tdx-quote-hex.bin",
                                 "dcap-qvl-tdx_quote",
                                 "dcap-qvl-tdx_quote_outdated",
                                 "go-tdx-guest-cos-113-tdx-quote.dat",
                                 "go-tdx-guest-quote_v5_sample.dat",
                                 "lunal-tdx_quote_4.dat",
                                 "lunal-tdx_quote_5.dat",
                                 "lunal-tdx_quote_live.dat",
                                 "oak-tdx_oc_quote.bin",
                                 "trustee-occlum_quote.dat",
                                 "trustee-tdx_quote_6.dat"};
// All of these platforms' certificates were valid then.
constexpr const char* common_time = "2026-06-01T00:00:00Z";

TEST_F(RealQuotes, FieldsAreAsAnotherProgramReadThem) {
  for (const char* file : all_files) {
    SCOPED_TRACE(file);
    const Known k = known(file);
    const Json& e = k.expected;
    ASSERT_FALSE(e.empty());
    const auto hex = [&](const char* field, View bytes) {
      EXPECT_EQ(e[field].get<std::string>(), to_hex(bytes)) << field;
    };
    EXPECT_EQ(e["version"], k.quote.version);
    EXPECT_EQ(e["trailing"], k.quote.padding);
    EXPECT_EQ(e["qe_auth_len"], k.quote.auth_data.size());
    EXPECT_EQ(e["qe_isvsvn"], k.quote.quoting.isv_svn);
    hex("qe_mrsigner", k.quote.quoting.mr_signer);
    hex("report_data", k.report_data());
    if (const auto* const td = k.td()) {
      hex("tee_tcb_svn", td->tee_tcb_svn);
      hex("mr_seam", td->mr_seam);
      hex("seam_attr", td->seam_attributes);
      hex("mr_td", td->mr_td);
      hex("mr_config_id", td->mr_config_id);
      hex("mr_owner", td->mr_owner);
      hex("mr_owner_config", td->mr_owner_config);
      for (std::size_t i = 0; i < 4; ++i) hex(("rtmr" + std::to_string(i)).c_str(), td->rtmr[i]);
    } else {
      const auto& enclave = std::get<EnclaveReport>(k.quote.body);
      hex("mrenclave", enclave.mr_enclave);
      hex("mrsigner", enclave.mr_signer);
      hex("attributes", enclave.attributes);
      EXPECT_EQ(e["isv"], Json::array({enclave.isv_prod_id, enclave.isv_svn}));
      EXPECT_EQ(e["sgx_debug"], enclave.debug());
    }
    const auto chain = crypto::parse_chain(k.quote.certification_data).value();
    ASSERT_EQ(chain.size(), 3U);
    const Bytes extension = crypto::extension_value(chain.front(), attestation::oid_pck_extension).value();
    const auto platform = PckExtension::parse(extension);
    ASSERT_TRUE(platform) << describe(platform.error());
    EXPECT_EQ(platform->encode(), extension);
    hex("fmspc", platform->fmspc);
    hex("cpusvn", platform->cpu_svn);
    hex("root_sha256", chain.back().digest());
  }
}

TEST_F(RealQuotes, SignaturesAndChainsHoldWhereOnlyTheyAreAskedFor) {
  for (const char* file : all_files) {
    SCOPED_TRACE(file);
    const Known k = known(file);
    const auto policy = policy_for(k, leave_all);
    ASSERT_TRUE(policy.check()) << describe(policy.check().error());
    const auto result = appraise(k, policy, {}, at(common_time));
    const std::string expected = k.debug()                           ? "debug_enclave"
                                 : k.file == "lunal-tdx_quote_5.dat" ? "guest_policy_not_allowed"  // a service guest
                                                                     : "accepted";
    EXPECT_EQ(test::reason_of(result), expected) << (result ? "" : describe(result.error()));
    if (result) {
      for (const char* what : {"fmspc", "platform", "revocation", "tcb", "nonce", "time"})
        EXPECT_TRUE(std::ranges::contains(result->unchecked, what)) << what;
      EXPECT_EQ(test::reason_of(appraise(k, policy, {}, at(common_time), k.report_data())), "accepted");
      Bytes other = to_bytes(k.report_data());
      other[63] ^= 1;
      EXPECT_EQ(test::reason_of(appraise(k, policy, {}, at(common_time), View(other))), "nonce_mismatch");
      EXPECT_NE(explain(*result).find("unchecked: tcb"), std::string::npos);
    }
    EXPECT_EQ(reason(k, policy, {}, at("2019-01-01T00:00:00Z")), "certificate_expired");
    EXPECT_EQ(reason(k, policy, {}, at("2034-01-01T00:00:00Z")), "certificate_expired");
    const auto strict = policy_for(k);
    EXPECT_EQ(reason(k, strict, {}, at(common_time)), "collateral_missing");
    EXPECT_EQ(overview(k.bytes).form.has_value(), true);
  }
}

TEST_F(RealQuotes, AsTheirNotesSayWithTheirCollateral) {
  const Known tdx = known("dcap-qvl-tdx_quote");
  const Collateral tdx_set = set_of("dcap-qvl-tdx_quote_collateral.json");
  const Time summer = at("2025-06-25T00:00:00Z");
  const auto accepted = appraise(tdx, policy_for(tdx), tdx_set, summer);
  ASSERT_TRUE(accepted) << describe(accepted.error());
  EXPECT_EQ(accepted->platform, "tdx");
  EXPECT_FALSE(accepted->development);
  EXPECT_EQ(reason(tdx, policy_for(tdx), tdx_set, at("2025-06-19T10:00:00Z")), "collateral_expired");
  EXPECT_EQ(reason(tdx, policy_for(tdx), tdx_set, at("2025-07-20T00:00:00Z")), "collateral_expired");
  EXPECT_EQ(reason(tdx, policy_for(tdx, [](IntelRules& r) { r.minimum_evaluation = 18; }), tdx_set, summer),
            "tcb_outdated");
  EXPECT_EQ(reason(tdx, policy_for(tdx, [](IntelRules& r) { r.minimum_tcb_date = at("2025-01-01T00:00:00Z"); }),
                   tdx_set, summer),
            "tcb_outdated");

  const Known sgx = known("dcap-qvl-sgx_quote");
  const Collateral sgx_set = set_of("dcap-qvl-sgx_quote_collateral.json");
  EXPECT_EQ(reason(sgx, policy_for(sgx), sgx_set, summer), "tcb_status_not_allowed");
  const auto hardened = [](IntelRules& r) { r.statuses = {TcbStatus::configuration_and_sw_hardening_needed}; };
  const auto advised = appraise(sgx, policy_for(sgx, hardened), sgx_set, summer);
  EXPECT_EQ(test::reason_of(advised), "advisory_not_allowed");
  EXPECT_EQ(advised.error().found, "INTEL-SA-00289");
  const auto both = [&](IntelRules& r) {
    hardened(r);
    r.advisories = {"INTEL-SA-00289", "INTEL-SA-00615"};
  };
  EXPECT_EQ(reason(sgx, policy_for(sgx, both), sgx_set, summer), "accepted");
  EXPECT_EQ(reason(sgx, policy_for(sgx, both), tdx_set, summer), "collateral_missing");  // mixed sets

  const Known old = known("dcap-qvl-tdx_quote_outdated");
  const Collateral old_set = set_of("dcap-qvl-tdx_quote_outdated_collateral.json");
  EXPECT_EQ(reason(old, policy_for(old), old_set, at("2026-03-01T00:00:00Z")), "tcb_outdated");
  EXPECT_EQ(reason(old, policy_for(old), old_set, at("2026-03-21T00:00:00Z")), "collateral_expired");

  // Of other owners only parts are stored; what is missing is taken from a set of the same weeks, or left.
  const Known v5 = known("go-tdx-guest-quote_v5_sample.dat");
  Collateral v5_set = old_set;
  v5_set.documents.erase(
      std::ranges::find_if(v5_set.documents, [](const Bytes& b) { return text_of(b).starts_with("{\"tcb"); }));
  EXPECT_EQ(reason(v5, policy_for(v5), v5_set, at("2026-02-25T00:00:00Z")), "collateral_missing");
  v5_set.add(files({"go-tdx-guest-sample_tcbinfo_response_v5"}));
  EXPECT_EQ(reason(v5, policy_for(v5), v5_set, at("2026-02-25T00:00:00Z")), "accepted");

  const Known six = known("trustee-tdx_quote_6.dat");
  const Collateral six_set =
      files({"trustee-tcbInfo.json", "trustee-enclaveIdentity.json", "lunal-tcb_signing_chain.pem"});
  const auto unrevoked = [](IntelRules& r) { r.unchecked = {"fmspc", "platform", "revocation"}; };
  const Time autumn = at("2025-11-10T00:00:00Z");
  EXPECT_EQ(reason(six, policy_for(six, unrevoked), six_set, autumn), "tcb_outdated");  // by its PCE alone
  const auto old_too = [&](IntelRules& r) {
    unrevoked(r);
    r.statuses = {TcbStatus::up_to_date, TcbStatus::out_of_date};
  };
  EXPECT_EQ(reason(six, policy_for(six, old_too), six_set, autumn), "accepted");
  EXPECT_EQ(reason(six, policy_for(six), six_set, autumn), "collateral_missing");

  const Collateral spring = files({"lunal-pck_crl_platform.der", "lunal-root_ca_crl.der", "lunal-tcb_signing_chain.pem",
                                   "lunal-qe_identity_signing_chain.pem", "lunal-td_qe_identity.json",
                                   "lunal-tcb_info_50806f000000.json", "lunal-tcb_info_90c06f000000.json"});
  const Time april = at("2026-04-05T00:00:00Z");
  const Known live = known("lunal-tdx_quote_live.dat");
  EXPECT_EQ(reason(live, policy_for(live), spring, april), "collateral_missing");  // its FMSPC is another
  const Known four = known("lunal-tdx_quote_4.dat");
  EXPECT_EQ(reason(four, policy_for(four), spring, april), "debug_enclave");
  const Known five = known("lunal-tdx_quote_5.dat");
  EXPECT_EQ(reason(five, policy_for(five), spring, april), "guest_policy_not_allowed");
  const auto served = [&](IntelRules& r) { r.service_td = five.td()->later->mr_service_td; };
  EXPECT_NE(reason(five, policy_for(five, served), spring, april), "guest_policy_not_allowed");
}

TEST_F(RealQuotes, RulesHoldAgainstThem) {
  const Known k = known("dcap-qvl-tdx_quote");
  const Collateral set = set_of("dcap-qvl-tdx_quote_collateral.json");
  const Time when = at("2025-06-25T00:00:00Z");
  const auto with = [&](auto&& change) {
    EvidencePolicy policy = policy_for(k);
    change(policy);
    EXPECT_TRUE(policy.check()) << describe(policy.check().error());
    return reason(k, policy, set, when);
  };
  const Array<6> fmspc = {0xb0, 0xc0, 0x6f, 0, 0, 0};
  EXPECT_EQ(with([&](EvidencePolicy& p) {
              p.tdx->unchecked = {"platform"};
              p.tdx->fmspcs = {fmspc};
            }),
            "accepted");
  EXPECT_EQ(with([&](EvidencePolicy& p) {
              p.tdx->unchecked = {"platform"};
              p.tdx->fmspcs = {Array<6>{0x90, 0xc0, 0x6f}};
            }),
            "chip_unknown");
  const auto result = appraise(k, policy_for(k), set, when);
  ASSERT_TRUE(result);
  const auto ppid = fixed<16>(from_hex(std::string_view(result->instance).substr(9)).value()).value();
  EXPECT_EQ(with([&](EvidencePolicy& p) {
              p.tdx->unchecked = {"fmspc"};
              p.tdx->platforms = {ppid};
            }),
            "accepted");
  Array<16> other = ppid;
  other[3] ^= 1;
  EXPECT_EQ(with([&](EvidencePolicy& p) {
              p.tdx->unchecked = {"fmspc"};
              p.tdx->platforms = {other};
            }),
            "chip_unknown");
  EXPECT_EQ(with([&](EvidencePolicy& p) { (*p.measurements[0].td->rtmr[2])[0] ^= 1; }), "measurement_unknown");
  EXPECT_EQ(with([&](EvidencePolicy& p) {
              p.measurements[0].td->rtmr[2].reset();
              p.tdx->unchecked = {"fmspc", "platform", "rtmr2"};
            }),
            "accepted");
  EXPECT_EQ(with([&](EvidencePolicy& p) { p.measurements[0].td->mr_td[0] ^= 1; }), "measurement_unknown");
  // Without the list of the intermediate authority, of the root, without TCB info or identity: each is missed.
  for (std::size_t i = 0; i < set.lists.size(); ++i) {
    Collateral less = set;
    less.lists.erase(less.lists.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(reason(k, policy_for(k), less, when), "collateral_missing");
  }
  for (std::size_t i = 0; i < set.documents.size(); ++i) {
    Collateral less = set;
    less.documents.erase(less.documents.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(reason(k, policy_for(k), less, when), "collateral_missing");
  }
}

// Intel's own samples are signed from end to end, under roots named as Intel's are, with other keys.
TEST_F(RealQuotes, LookAlikeRootsAreRefusedByKey) {
  for (const std::string name : {"sgx", "tdx"}) {
    SCOPED_TRACE(name);
    const std::string sample = "qvl-sample-" + name + "/";
    const Known k = known(sample + "quote.dat");
    const Bytes root = test::read(folder() / (sample + "trustedRootCaCert.pem"));
    const Collateral set = [&] {
      Collateral out;
      for (const char* file : {"pckCert.pem", "pckSignChain.pem", "tcbSignChain.pem", "trustedRootCaCert.pem",
                               "rootCaCrl.der", "intermediateCaCrl.der", "qeIdentity.json"})
        EXPECT_TRUE(out.add(test::read(folder() / (sample + file)))) << file;
      if (name == "sgx") {
        EXPECT_TRUE(out.add(test::read(folder() / (sample + "tcbInfo.json"))));
      }
      return out;
    }();
    EXPECT_EQ(reason(k, policy_for(k, leave_all), set, at(common_time)),
              "policy_invalid");  // all measurements are zero
    EvidencePolicy policy = policy_for(k, leave_all);
    if (policy.measurements[0].td)
      policy.measurements[0].td->mr_td[0] = 1;
    else
      (*policy.measurements[0].enclave->mr_enclave)[0] = 1;
    ASSERT_TRUE(policy.check());
    const Time when = at(name == "sgx" ? "2025-01-01T00:00:00Z" : common_time);
    EXPECT_EQ(reason(k, policy, set, when), "root_unknown");

    // With that root passed in as a test root, all that is signed holds.
    const auto certificate = crypto::parse_chain(root).value().front();
    policy.roots = {
        {.name = "sample", .sha256 = certificate.digest(), .test = true, .certificate = to_bytes(certificate.der())}};
    policy.measurements[0].root = certificate.digest();
    IntelRules& rules = policy.tdx ? *policy.tdx : *policy.sgx;
    if (name == "sgx") {
      rules.statuses = {TcbStatus::up_to_date};
      rules.minimum_evaluation = 3;
      rules.unchecked = {"fmspc", "platform"};
      ASSERT_TRUE(policy.check()) << describe(policy.check().error());
      const auto verified = verify_quote(k.quote, k.bytes, policy, set, when);
      ASSERT_TRUE(verified) << describe(verified.error());
      const auto standing =
          standing_of(*verified->documents->info, *verified->documents->identity, verified->platform, k.quote);
      ASSERT_TRUE(standing) << describe(standing.error());
      EXPECT_EQ(standing->status, TcbStatus::up_to_date);
      EXPECT_EQ(reason(k, policy, set, when), "guest_policy_not_allowed");  // a report of zeros: never started
      continue;
    }
    // This one's identity is of another signer than its quote's quoting enclave, and its TCB info has components beyond
    // a byte: both are said, and only after all signatures held.
    rules.unchecked = {"fmspc", "platform", "tcb"};
    EXPECT_EQ(reason(k, policy, set, when), "quoting_enclave_unknown");
    rules.statuses = {TcbStatus::up_to_date};
    rules.minimum_evaluation = 1;
    rules.unchecked = {"fmspc", "platform"};
    EXPECT_EQ(reason(k, policy, set, when), "collateral_missing");
    EXPECT_EQ(test::reason_of(Collateral().add(test::read(folder() / (sample + "tcbInfo.json")))),
              "collateral_invalid");
  }
}

// One bit in each byte, of what is signed, of the signatures and of all between them.
// GLOVEBOX_EXHAUSTIVE=1 tries every byte of every quote, else every 97th of each.
TEST_F(RealQuotes, NoChangedBitPasses) {
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 97;
  for (const char* file : all_files) {
    const Known k = known(file);
    if (k.debug() || k.file == "lunal-tdx_quote_5.dat") continue;
    const EvidencePolicy policy = policy_for(k, leave_all);
    const auto chain = crypto::parse_chain(k.quote.certification_data).value();
    for (std::size_t i = 0; i < k.bytes.size(); i += step) {
      Known changed = k;
      changed.bytes[i] = static_cast<std::uint8_t>(changed.bytes[i] ^ (1U << (i % 8)));
      const auto result = appraise(changed, policy, {}, at(common_time));
      if (result) {  // the one thing that nobody signs: the received root, and how the PEM around the others is written
        const auto again = Quote::parse(changed.bytes);
        ASSERT_TRUE(again);
        const auto others = crypto::parse_chain(again->certification_data);
        ASSERT_TRUE(others) << file << " byte " << i;
        ASSERT_EQ((*others)[0].digest(), chain[0].digest()) << file << " byte " << i;
        ASSERT_EQ((*others)[1].digest(), chain[1].digest()) << file << " byte " << i;
        continue;
      }
      if (result.error().reason == Reject::truncated) continue;  // a changed length names more than there is
      EXPECT_EQ(exit_code(result.error().reason), Exit::evidence_refused)
          << file << " " << i << describe(result.error());
    }
  }
}

TEST_F(RealQuotes, NoChangedBitOfTheirCollateralPasses) {
  const std::size_t step = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1 : 61;
  const Known k = known("dcap-qvl-tdx_quote");
  const Collateral set = set_of("dcap-qvl-tdx_quote_collateral.json");
  const Time when = at("2025-06-25T00:00:00Z");
  for (auto member : {&Collateral::documents, &Collateral::lists}) {
    for (std::size_t item = 0; item < (set.*member).size(); ++item) {
      for (std::size_t i = 0; i < (set.*member)[item].size(); i += step) {
        Collateral changed = set;
        auto& byte = (changed.*member)[item][i];
        byte = static_cast<std::uint8_t>(byte ^ (1U << (i % 8)));
        const auto result = appraise(k, policy_for(k), changed, when);
        // Hex digits have two spellings: that bit means nothing.
        if (result && text_of(set.documents[0]).starts_with("{") && member == &Collateral::documents) {
          ASSERT_EQ(DcapDocument::parse((changed.*member)[item])->encode(), (set.*member)[item]) << i;
          continue;
        }
        ASSERT_FALSE(result) << item << " byte " << i;
        EXPECT_EQ(exit_code(result.error().reason), Exit::evidence_refused);
      }
    }
  }
}

TEST_F(RealQuotes, Bundles) {
  const Collateral set = set_of("dcap-qvl-tdx_quote_collateral.json");
  const Bytes bundle = set.to_bundle();
  EXPECT_EQ(Collateral::parse_bundle(bundle).value(), set);
  Collateral again;
  ASSERT_TRUE(again.add(bundle));
  EXPECT_EQ(again, set);
  const std::string text = describe(set, at("2025-06-25T00:00:00Z"));
  EXPECT_NE(text.find("TCB info of TDX, FMSPC b0c06f000000, number 17"), std::string::npos) << text;
  EXPECT_NE(text.find("quoting enclave of TDX"), std::string::npos);
  EXPECT_EQ(pcs_tcb_url(attestation::Tee::tdx, {0xb0, 0xc0, 0x6f, 0, 0, 0}),
            "https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=b0c06f000000");
}
}  // namespace
}  // namespace glovebox::verifier
