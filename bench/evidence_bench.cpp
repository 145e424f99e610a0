// layers: attester devnsm verifier
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "../tests/evidence/world.h"
#include "base/file.h"
#include "crypto/init.h"
#include "verifier/nitro_verify.h"

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

// A real document of AWS's, named by GLOVEBOX_BENCH_NITRO, at its own time.
void appraise_real(benchmark::State& state) {
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
    if (!appraise_document(*document, policy, parsed->claims.timestamp)) state.SkipWithError("refused");
}
BENCHMARK(appraise_real)->Unit(benchmark::kMicrosecond);

}  // namespace
