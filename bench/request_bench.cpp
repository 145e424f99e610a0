// layers: attester devnsm verifier envelope
#include <benchmark/benchmark.h>

#include "../tests/evidence/world.h"
#include "crypto/hpke.h"
#include "crypto/init.h"
#include "crypto/sign.h"
#include "envelope/chunk.h"

// The cryptography that one small live request cannot do without, operation by operation as enclave and broker do it
// (docs/spec/request.md), with nothing around it: no process, no socket, no parsing of genomes, no database. What
// bench/table.py holds a real service against.
namespace {

using namespace glovebox;

struct Parts {
  crypto::SigningKey ed25519 = crypto::SigningKey::generate();
  crypto::KemPrivate kem = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  Bytes message = Bytes(2'000, 'A');
  crypto::Signature signature = ed25519.sign(message);
  crypto::Sealed sealed = crypto::hpke_seal(kem.public_key(), {}, {}, Bytes(32)).value();
  test::World world;
  Bytes evidence = world.evidence().encode();
  verifier::EvidencePolicy policy = world.policy();
  envelope::ChunkCipher cipher = envelope::ChunkCipher(envelope::EnvelopeKey::fresh(envelope::Core{}).value());
  Bytes plain = Bytes(envelope::chunk_size, 'A');
  Bytes chunk = Bytes(envelope::sealed_chunk_size);

  Parts() { cipher.seal(0, envelope::Final::no, plain, chunk); }
  void verify() { benchmark::DoNotOptimize(crypto::verify(ed25519.public_key(), message, signature)); }
  void sign() { benchmark::DoNotOptimize(ed25519.sign(message)); }
  void make_kem() { benchmark::DoNotOptimize(crypto::KemPrivate::generate(crypto::Kem::x_wing)); }
  void open() { benchmark::DoNotOptimize(crypto::hpke_open(kem, sealed.enc, {}, {}, sealed.ciphertext)); }
  void seal(std::size_t size) {
    benchmark::DoNotOptimize(crypto::hpke_seal(kem.public_key(), {}, {}, View(plain).first(size)));
  }
  void open_chunk() { benchmark::DoNotOptimize(cipher.open(0, envelope::Final::no, chunk, plain)); }
  bool appraise() {
    const auto parsed = attestation::Evidence::parse(evidence);
    return parsed && verifier::appraise(*parsed, world.expected(), policy, world.now);
  }
};

Parts& parts() {
  (void)crypto::start();
  static Parts all;
  return all;
}

void request_in_the_enclave(benchmark::State& state) {
  Parts& p = parts();
  for (auto _ : state) {
    p.make_kem();                                              // evidence: a key for this client
    benchmark::DoNotOptimize(crypto::SigningKey::generate());  // and one for its receipt
    p.verify();                                                // the request
    p.open();                                                  // the client's share
    p.verify();                                                // the broker's challenge
    p.make_kem();                                              // a key for the broker's share
    p.verify();                                                // the release
    p.open();                                                  // the broker's share
    for (int i = 0; i < 2; ++i) p.open_chunk();                // the body, of the smallest class
    p.verify();                                                // the release policy
    p.sign();                                                  // the receipt
    p.seal(16'384);                                            // the answer
  }
}
BENCHMARK(request_in_the_enclave)->Unit(benchmark::kMicrosecond);

void request_at_the_broker(benchmark::State& state) {
  Parts& p = parts();
  for (auto _ : state) {
    p.sign();    // the challenge
    p.verify();  // it again, as it comes back
    p.open();    // the wrapped share
    p.verify();  // the release policy
    p.verify();  // the request
    if (!p.appraise()) state.SkipWithError("refused");
    p.seal(32);  // the share
    p.sign();    // the release
  }
}
BENCHMARK(request_at_the_broker)->Unit(benchmark::kMicrosecond);

// What the platform's security module signs for one request: evidence for the client, evidence for the broker, and the
// time, twice. On Nitro another machine's work; here devnsm's.
void request_at_the_platform(benchmark::State& state) {
  Parts& p = parts();
  for (auto _ : state)
    for (int i = 0; i < 4; ++i) benchmark::DoNotOptimize(p.world.attester->now());
}
BENCHMARK(request_at_the_platform)->Unit(benchmark::kMicrosecond);

}  // namespace
