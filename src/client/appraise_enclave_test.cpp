// A client before a server on SEV-SNP: what it looks at beside the evidence is its own.
#include "client/session.h"
#include "crypto/hash.h"
#include "http/server.h"
#include "support.h"
#include "testroots/snp_signer.h"

namespace glovebox::client {
namespace {
constexpr std::int64_t day = 86'400;

// Snp is a server that answers each nonce with a good report, under a test root made for it.
struct Snp {
  Time now = system_now();
  testroots::SnpKeys keys;
  testroots::SnpSigner signer{keys, now, attestation::SnpProduct::milan};
  testroots::SnpSigner::Chain chain = signer.issue();
  Digest configuration = crypto::sha256(view_of("a configuration"));
  Digest model = crypto::sha256(view_of("a model"));
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  crypto::SigningKey receipt = crypto::SigningKey::generate();
  std::unique_ptr<http::Server> server = start();

  std::unique_ptr<http::Server> start() {
    auto made = http::Server::start({}, [this](const http::ServerRequest& request) -> http::ServerResponse {
      constexpr std::string_view before = "nonce=";
      const auto nonce = request.query.starts_with(before) ? from_hex(request.query.substr(before.size()))
                                                           : Result<Bytes>(fail(Reject::usage));
      if (request.path != "/v1/evidence" || !nonce) return {.status = 404, .body = {}};
      return {.body = evidence(*nonce).encode()};
    });
    return std::move(made).value();
  }
  attestation::Evidence evidence(View nonce) const {
    const auto keyset = attestation::KeySet::of(hpke.public_key(), receipt.public_key());
    const attestation::Context context = attestation::ClientContext{configuration, {model}};
    attestation::SnpReport report = signer.report();
    std::ranges::copy(attestation::make_binding(nonce, keyset, context).view(), report.report_data.begin());
    report.host_data = attestation::snp_inputs(configuration, {&model, 1});
    signer.sign(report);
    return {
        .media_type = std::string(attestation::media_type_sev_snp),
        .document =
            attestation::SnpEvidence{report, testroots::SnpSigner::table(chain, attestation::SnpSigner::vcek)}.encode(),
        .nonce = to_bytes(nonce),
        .keys = keyset,
        .context = context};
  }
  verifier::EvidencePolicy policy() const {
    const Digest root = crypto::sha256(chain.ark);
    verifier::EvidencePolicy out;
    out.platforms = {"sev-snp"};
    out.freshness_seconds = 300;
    out.kems = {crypto::Kem::x_wing};
    out.configuration = configuration;
    out.roots = {{"test", root, true, chain.ark}};
    out.measurements = {{.version = "0.1.0", .root = root, .launch = signer.report().measurement}};
    out.models = {{"m", model}};
    out.snp = verifier::SnpRules{.signing_keys = {"vcek"},
                                 .minima = {{attestation::SnpProduct::milan, signer.tcb}},
                                 .chips = {signer.chip},
                                 .required = {},
                                 .unchecked = {}};
    return out;
  }
  Bytes list(std::int64_t from, std::int64_t until, std::initializer_list<std::uint64_t> serials) const {
    return crypto::revocation_list(crypto::Certificate::parse(chain.ark).value(), keys.ark, now.plus_seconds(from),
                                   now.plus_seconds(until), serials);
  }
  std::string appraised(const verifier::Collateral& collateral) const {
    const auto at = Server::create("http://127.0.0.1:" + std::to_string(server->port()), std::chrono::seconds(20));
    const auto enclave = appraise_enclave(at.value(), policy(), collateral);
    if (enclave) {
      EXPECT_TRUE(enclave->result.unchecked.empty());
    }
    return test::reason_of(enclave);
  }
};

TEST(Collateral, APolicyThatLeavesNothingUncheckedIsMetWithTheCallersList) {
  const Snp snp;
  EXPECT_EQ(snp.appraised({}), "collateral_missing");
  EXPECT_EQ(snp.appraised({.certificates = {}, .lists = {snp.list(-day, day, {})}}), "accepted");
  EXPECT_EQ(snp.appraised({.certificates = {}, .lists = {snp.list(-day, -1, {})}}), "collateral_expired");
  EXPECT_EQ(snp.appraised({.certificates = {}, .lists = {snp.list(-day, day, {snp.signer.ask.serial})}}),
            "certificate_revoked");
}

}  // namespace
}  // namespace glovebox::client
