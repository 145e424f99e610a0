// layers: attester devnsm testroots verifier
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "../tests/evidence/world.h"
#include "base/file.h"
#include "crypto/chain_memory.h"
#include "crypto/crl.h"
#include "crypto/init.h"
#include "crypto/p256.h"
#include "testroots/suite.h"
#include "verifier/nitro_verify.h"
#include "verifier/policy_toml.h"

// What an appraisal costs beside the signatures it must check. Three for the development root's chain (intermediate,
// leaf, document), five for a real one (three authorities, leaf, document).
namespace {

using namespace glovebox;
using namespace glovebox::verifier;

void bare_verification(benchmark::State& state) {
  (void)crypto::start();
  const auto key = crypto::EcKey::generate();
  const auto public_key = key.public_key();
  const Bytes message(4500, 'A');  // a document's size
  const auto signature = key.sign(message);
  for (auto _ : state)
    if (!crypto::verify(public_key, message, signature)) state.SkipWithError("it does not verify");
}
BENCHMARK(bare_verification)->Unit(benchmark::kMicrosecond);

void appraise_development(benchmark::State& state) {
  (void)crypto::start();
  test::World world;
  const Bytes message = world.evidence().encode();
  const auto policy = world.policy();
  for (auto _ : state) {
    const auto evidence = attestation::Evidence::parse(message);
    if (!evidence || !appraise(*evidence, world.expected(), policy, world.now)) state.SkipWithError("refused");
  }
}
BENCHMARK(appraise_development)->Unit(benchmark::kMicrosecond);

// The same with its chain remembered: one signature is left, the document's own.
void appraise_development_again(benchmark::State& state) {
  (void)crypto::start();
  test::World world;
  const Bytes message = world.evidence().encode();
  const auto policy = world.policy();
  crypto::ChainMemory memory;
  for (auto _ : state) {
    const auto evidence = attestation::Evidence::parse(message);
    if (!evidence || !appraise(*evidence, world.expected(), policy, world.now, {}, &memory))
      state.SkipWithError("refused");
  }
}
BENCHMARK(appraise_development_again)->Unit(benchmark::kMicrosecond);

// A real document of AWS's, named by GLOVEBOX_BENCH_NITRO, at its own time.
void appraise_real_with(benchmark::State& state, crypto::ChainMemory* memory) {
  (void)crypto::start();
  const char* path = std::getenv("GLOVEBOX_BENCH_NITRO");
  const auto document = path == nullptr ? Result<Bytes>(Bytes{}) : read_file(path, 1 << 16);
  const auto parsed = attestation::parse_unverified(document ? View(*document) : View{});
  if (!parsed) {
    state.SkipWithError("no real document");
    return;
  }
  EvidencePolicy policy;
  policy.profile = Profile::none;
  policy.platforms = {"nitro"};
  policy.freshness_seconds = 300;
  policy.roots = {{.name = std::string(aws_nitro_root_name), .sha256 = aws_nitro_root_sha256()}};
  const auto& pcrs = parsed->claims.pcrs;
  policy.measurements = {
      {.version = "theirs", .root = aws_nitro_root_sha256(), .pcrs = {pcrs.at(0), pcrs.at(1), pcrs.at(2)}}};
  for (auto _ : state)
    if (!appraise_document(*document, policy, parsed->claims.timestamp, {}, attestation::Platform::nitro, {}, memory))
      state.SkipWithError("refused");
}
void appraise_real(benchmark::State& state) {
  appraise_real_with(state, nullptr);
}
void appraise_real_again(benchmark::State& state) {
  crypto::ChainMemory memory;
  appraise_real_with(state, &memory);
}
BENCHMARK(appraise_real_again)->Unit(benchmark::kMicrosecond);
BENCHMARK(appraise_real)->Unit(benchmark::kMicrosecond);

// SEV-SNP: a message with a report, its three certificates and a revocation list, beside the four signatures in them:
// RSA-4096 on authority, leaf and list, P-384 on the report.
struct Snp {
  testroots::Case one;
  EvidencePolicy policy;
  Collateral collateral;
  attestation::Evidence evidence;
};
const Snp& snp() {
  static const Snp made = [] {
    (void)crypto::start();
    testroots::Suite suite;
    testroots::snp_cases(suite, test::noon());
    Snp out{.one = suite.cases.front(), .policy = {}, .collateral = {}, .evidence = {}};
    out.policy = parse_policy(view_of(suite.policies.at(out.one.policy))).value().evidence;
    (void)out.collateral.add(suite.collateral.at(out.one.collateral));
    out.evidence = attestation::Evidence::parse(out.one.evidence).value();
    return out;
  }();
  return made;
}

void bare_snp_signatures(benchmark::State& state) {
  const auto root = crypto::Certificate::parse(*snp().policy.roots.front().certificate).value();
  const auto list = crypto::Crl::parse(snp().collateral.lists.front()).value();
  const auto key = crypto::EcKey::generate();
  const auto public_key = key.public_key();
  const Bytes message(attestation::snp_signed_size, 'A');
  const auto signature = key.sign(message);
  for (auto _ : state) {
    bool good = crypto::verify(public_key, message, signature).has_value();
    for (int i = 0; i < 3; ++i) good = list.issued_by(root) && good;  // RSA-4096 with PSS over as many bytes
    if (!good) state.SkipWithError("it does not verify");
  }
}
BENCHMARK(bare_snp_signatures)->Unit(benchmark::kMicrosecond);

void bare_snp_report(benchmark::State& state) {
  (void)crypto::start();
  const auto key = crypto::EcKey::generate();
  const auto public_key = key.public_key();
  const Bytes message(attestation::snp_signed_size, 'A');
  const auto signature = key.sign(message);
  for (auto _ : state)
    if (!crypto::verify(public_key, message, signature)) state.SkipWithError("it does not verify");
}
BENCHMARK(bare_snp_report)->Unit(benchmark::kMicrosecond);

void appraise_snp(benchmark::State& state, crypto::ChainMemory* memory) {
  const Snp& s = snp();
  Expected expected{.purpose = attestation::Purpose::client};
  std::ranges::copy(s.one.nonce, expected.nonce.begin());
  for (auto _ : state)
    if (!appraise(s.evidence, expected, s.policy, s.one.at, s.collateral, memory)) state.SkipWithError("refused");
}
void appraise_snp_message(benchmark::State& state) {
  appraise_snp(state, nullptr);
}
BENCHMARK(appraise_snp_message)->Unit(benchmark::kMicrosecond);
void appraise_snp_again(benchmark::State& state) {
  crypto::ChainMemory memory;
  appraise_snp(state, &memory);
}
BENCHMARK(appraise_snp_again)->Unit(benchmark::kMicrosecond);

// TDX: a message with a quote, its chain and whole collateral, beside the nine signatures in them, all on P-256: two
// certificates of the platform's chain, one of the documents' signer, two revocation lists, two documents, the quoting
// enclave's report, the quote.
struct Tdx {
  testroots::Case one;
  EvidencePolicy policy;
  Collateral collateral;
  attestation::Evidence evidence;
};
const Tdx& tdx() {
  static const Tdx made = [] {
    (void)crypto::start();
    testroots::Suite suite;
    testroots::intel_cases(suite, test::noon(), attestation::Tee::tdx);
    Tdx out{.one = suite.cases.front(), .policy = {}, .collateral = {}, .evidence = {}};
    out.policy = parse_policy(view_of(suite.policies.at(out.one.policy))).value().evidence;
    (void)out.collateral.add(suite.collateral.at(out.one.collateral));
    out.evidence = attestation::Evidence::parse(out.one.evidence).value();
    return out;
  }();
  return made;
}

void bare_tdx_signatures(benchmark::State& state) {
  const auto key = crypto::P256Key::generate();
  const auto public_key = key.public_key();
  const Bytes message(800, 'A');  // the sizes lie between 384 and 3,000 bytes
  const auto signature = key.sign(message);
  for (auto _ : state)
    for (int i = 0; i < 9; ++i)
      if (!crypto::verify(public_key, message, signature)) state.SkipWithError("it does not verify");
}
BENCHMARK(bare_tdx_signatures)->Unit(benchmark::kMicrosecond);

// What is left of them with chain and collateral remembered: the quoting enclave's report and the quote.
void bare_tdx_quote(benchmark::State& state) {
  (void)crypto::start();
  const auto platform = crypto::P256Key::generate();
  const auto attestation = crypto::P256Key::generate();
  const auto platform_key = platform.public_key();
  const auto attestation_key = attestation.public_key();
  const Bytes report(384, 'A');
  const Bytes quote(632, 'B');
  const auto of_report = platform.sign(report);
  const auto of_quote = attestation.sign(quote);
  for (auto _ : state)
    if (!crypto::verify(platform_key, report, of_report) || !crypto::verify(attestation_key, quote, of_quote))
      state.SkipWithError("it does not verify");
}
BENCHMARK(bare_tdx_quote)->Unit(benchmark::kMicrosecond);

void appraise_tdx(benchmark::State& state, crypto::ChainMemory* memory) {
  const Tdx& t = tdx();
  Expected expected{.purpose = attestation::Purpose::client};
  std::ranges::copy(t.one.nonce, expected.nonce.begin());
  for (auto _ : state)
    if (!appraise(t.evidence, expected, t.policy, t.one.at, t.collateral, memory)) state.SkipWithError("refused");
}
void appraise_tdx_message(benchmark::State& state) {
  appraise_tdx(state, nullptr);
}
BENCHMARK(appraise_tdx_message)->Unit(benchmark::kMicrosecond);
void appraise_tdx_again(benchmark::State& state) {
  crypto::ChainMemory memory;
  appraise_tdx(state, &memory);
}
BENCHMARK(appraise_tdx_again)->Unit(benchmark::kMicrosecond);

}  // namespace
