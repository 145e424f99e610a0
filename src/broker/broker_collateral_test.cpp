// Releases to hardware whose evidence needs more than it brings: revocation lists, Intel's documents. What a broker
// looks at beside evidence is its operator's.
#include "broker/broker_testing.h"
#include "testroots/intel_signer.h"
#include "testroots/snp_signer.h"

namespace glovebox::broker {
namespace {

using namespace test;
using attestation::Tee;
using crypto::Certificate;
constexpr std::int64_t day = 86'400;

// Guest is an attester whose report or quote is made on the spot by a signer under a test root.
class Guest final : public attester::Attester {
 public:
  using Sign = std::function<Bytes(const attestation::Binding&)>;
  Guest(std::string_view media_type, Sign sign) : media_type_(media_type), sign_(std::move(sign)) {}
  Result<attestation::Evidence> attest(View nonce, const attestation::KeySet& keys,
                                       const attestation::Context& context) override {
    return attestation::Evidence{.media_type = media_type_,
                                 .document = sign_(attestation::make_binding(nonce, keys, context)),
                                 .nonce = to_bytes(nonce),
                                 .keys = keys,
                                 .context = context};
  }
  Result<Time> now() override { return start; }
  Status measure_inputs(std::span<const Digest>, const Digest&) override { return {}; }

 private:
  std::string media_type_;
  Sign sign_;
};

verifier::EvidencePolicy policy_of(const World& world, std::string platform, View root) {
  verifier::EvidencePolicy policy;
  policy.platforms = {std::move(platform)};
  policy.freshness_seconds = 300;
  policy.kems = {crypto::Kem::x_wing};
  policy.configuration = world.platform.configuration;
  policy.roots = {{"test", crypto::sha256(root), true, to_bytes(root)}};
  policy.models = {{"m", world.platform.model}};
  return policy;
}

std::string released(World& world, attester::Attester& guest) {
  const auto asked = world.ask(world.parts(), guest, world.broker->challenge(start),
                               crypto::KemPrivate::generate(crypto::Kem::x_wing));
  const auto answer = world.broker->release(asked.call, start);
  if (!answer) return std::string(name(answer.error().reason));
  const auto opened = protocol::Release::open(*answer, world.broker->identity(), asked.context);
  return opened && opened->share(asked.key) ? "accepted" : "an answer that does not open";
}

struct Snp {
  testroots::SnpKeys keys;
  testroots::SnpSigner signer{keys, start, attestation::SnpProduct::milan};
  testroots::SnpSigner::Chain chain = signer.issue();
  World world{crypto::sha256(chain.ark)};
  Certificate root = Certificate::parse(chain.ark).value();
  // What the host puts beside the report, each time.
  std::optional<attestation::SnpTable> table = testroots::SnpSigner::table(chain, attestation::SnpSigner::vcek);
  Guest guest{attestation::media_type_sev_snp, [this](const attestation::Binding& binding) {
                attestation::SnpReport report = signer.report();
                std::ranges::copy(binding.view(), report.report_data.begin());
                report.host_data = attestation::snp_inputs(world.platform.configuration, {&world.platform.model, 1});
                signer.sign(report);
                return attestation::SnpEvidence{report, table}.encode();
              }};

  Snp() {
    auto policy = policy_of(world, "sev-snp", chain.ark);
    policy.measurements = {
        {.version = "0.1.0", .root = crypto::sha256(chain.ark), .launch = signer.report().measurement}};
    policy.snp = verifier::SnpRules{.signing_keys = {"vcek"},
                                    .minima = {{attestation::SnpProduct::milan, signer.tcb}},
                                    .chips = {},
                                    .required = {},
                                    .unchecked = {"chip"}};
    world.instead = std::move(policy);
  }
  Bytes list(std::int64_t from, std::int64_t until, std::initializer_list<std::uint64_t> serials) const {
    return crypto::revocation_list(root, keys.ark, start.plus_seconds(from), start.plus_seconds(until), serials);
  }
  std::string with(std::vector<Bytes> lists) {
    world.broker->use_collateral({.certificates = {}, .lists = std::move(lists)});
    return released(world, guest);
  }
};

TEST(BrokerCollateral, APolicyThatChecksRevocationIsMetWithAListOfTheOperators) {
  Snp snp;
  EXPECT_EQ(released(snp.world, snp.guest), "collateral_missing");
  EXPECT_EQ(snp.with({snp.list(-day, day, {0x99})}), "accepted");
  EXPECT_EQ(snp.with({snp.list(-2 * day, -1, {})}), "collateral_expired");
  EXPECT_EQ(snp.with({snp.list(1, day, {})}), "collateral_expired");
  EXPECT_EQ(snp.with({snp.list(-day, day, {snp.signer.ask.serial})}), "certificate_revoked");
  // An older list beside the newer hides nothing, nor the other way round: all of them count.
  EXPECT_EQ(snp.with({snp.list(-day, day, {snp.signer.ask.serial}), snp.list(-2 * day, day, {})}),
            "certificate_revoked");
  EXPECT_EQ(snp.with({snp.list(-day, day, {}), snp.list(-9 * day, -8 * day, {snp.signer.ask.serial})}),
            "certificate_revoked");
  EXPECT_EQ(snp.with({}), "collateral_missing");
}

// The host may put anything into the table beside a report. A list there is not looked at, good or bad: of two that are
// valid, it would choose the older.
TEST(BrokerCollateral, AListFromTheHostIsNotTakenUp) {
  Snp snp;
  constexpr Array<16> list_of_the_block = {0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d,
                                           0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea};  // GHCB, "CRL"
  snp.table->entries.push_back({list_of_the_block, snp.list(-day, day, {})});
  EXPECT_EQ(released(snp.world, snp.guest), "collateral_missing");
  EXPECT_EQ(snp.with({snp.list(-day, day, {snp.signer.ask.serial})}), "certificate_revoked");
  EXPECT_EQ(snp.with({snp.list(-day, day, {})}), "accepted");
}

TEST(BrokerCollateral, ACallsOwnPartsAreNotTheOperators) {
  // The operator's certificates do no harm to hosts that bring their own, and serve those that bring none.
  Snp snp;
  snp.table.reset();
  EXPECT_EQ(snp.with({snp.list(-day, day, {})}), "collateral_missing");
  snp.world.broker->use_collateral(
      {.certificates = {snp.chain.ark, snp.chain.ask, snp.chain.leaf}, .lists = {snp.list(-day, day, {})}});
  EXPECT_EQ(released(snp.world, snp.guest), "accepted");
  // A root that the operator holds does not become one that the broker accepts.
  testroots::SnpSigner other(snp.keys, start, attestation::SnpProduct::milan);
  other.ark.serial = 0x77;
  const auto chain = other.issue();
  snp.world.instead->roots = {{"test", crypto::sha256(chain.ark), true, chain.ark}};
  snp.world.instead->measurements.front().root = crypto::sha256(chain.ark);
  EXPECT_EQ(released(snp.world, snp.guest), "root_unknown");
}

struct Intel {
  Tee tee;
  testroots::IntelSigner signer;
  testroots::IntelSigner::Chain chain = signer.issue();
  World world{crypto::sha256(chain.root)};
  Guest guest;

  explicit Intel(Tee of)
      : tee(of),
        signer(start, of),
        guest(of == Tee::tdx ? attestation::media_type_tdx : attestation::media_type_sgx,
              [this](const attestation::Binding& binding) { return quote(binding); }) {
    auto policy = policy_of(world, tee == Tee::tdx ? "tdx" : "sgx", chain.root);
    verifier::Measurement known{.version = "0.1.0", .root = crypto::sha256(chain.root)};
    const auto quote = signer.quote();
    if (const auto* const td = std::get_if<attestation::TdReport>(&quote.body)) {
      known.td = verifier::TdMeasurement{.mr_td = td->mr_td};
      for (std::size_t i = 0; i < td->rtmr.size(); ++i) known.td->rtmr[i] = td->rtmr[i];
    } else {
      known.enclave =
          verifier::EnclaveMeasurement{.mr_enclave = std::get<attestation::EnclaveReport>(quote.body).mr_enclave};
    }
    policy.measurements = {known};
    const verifier::IntelRules rules{.statuses = {verifier::TcbStatus::up_to_date},
                                     .advisories = {},
                                     .minimum_evaluation = 17,
                                     .fmspcs = {signer.platform.fmspc},
                                     .platforms = {signer.platform.ppid},
                                     .unchecked = {}};
    (tee == Tee::tdx ? policy.tdx : policy.sgx) = rules;
    world.instead = std::move(policy);
  }
  Bytes quote(const attestation::Binding& binding) const {
    attestation::Quote out = signer.quote();
    const std::span<const Digest> models(&world.platform.model, 1);
    if (auto* const td = std::get_if<attestation::TdReport>(&out.body)) {
      td->mr_config_id = attestation::td_inputs(world.platform.configuration, models);
      std::ranges::copy(binding.view(), td->report_data.begin());
    } else {
      auto& enclave = std::get<attestation::EnclaveReport>(out.body);
      enclave.config_id = attestation::enclave_inputs(world.platform.configuration, models);
      std::ranges::copy(binding.view(), enclave.report_data.begin());
    }
    signer.sign(out, chain);
    return out.encode();
  }
  verifier::Collateral good() const {
    const auto list = [&](View of, const crypto::P256Key& key) {
      return crypto::revocation_list(Certificate::parse(of).value(), key, start.plus_seconds(-day),
                                     start.plus_seconds(day), {});
    };
    verifier::Collateral out{
        .certificates = {chain.signer},
        .lists = {list(chain.root, signer.root_key), list(chain.authority, signer.authority_key)},
        .documents = {
            testroots::IntelSigner::document("tcbInfo", signer.documents.tcb_info(), signer.signer_key),
            testroots::IntelSigner::document("enclaveIdentity", signer.documents.identity(), signer.signer_key)}};
    return out;
  }
};

TEST(BrokerCollateral, QuotesAreMetWithIntelsDocumentsAndLists) {
  for (const Tee tee : {Tee::tdx, Tee::sgx}) {
    SCOPED_TRACE(tee == Tee::tdx ? "tdx" : "sgx");
    Intel intel(tee);
    EXPECT_EQ(released(intel.world, intel.guest), "collateral_missing");
    const verifier::Collateral good = intel.good();
    intel.world.broker->use_collateral(good);
    EXPECT_EQ(released(intel.world, intel.guest), "accepted");
    for (const int part : {0, 1, 2}) {
      verifier::Collateral less = good;
      (part == 0 ? less.certificates : part == 1 ? less.lists : less.documents).clear();
      intel.world.broker->use_collateral(less);
      EXPECT_EQ(released(intel.world, intel.guest), "collateral_missing") << part;
    }
    // Documents that are still valid and older than the owner of the data wants.
    intel.world.broker->use_collateral(good);
    auto& rules = tee == Tee::tdx ? intel.world.instead->tdx : intel.world.instead->sgx;
    rules->minimum_evaluation = 18;
    EXPECT_EQ(released(intel.world, intel.guest), "tcb_outdated");
  }
}

}  // namespace
}  // namespace glovebox::broker
