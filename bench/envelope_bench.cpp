// layers: envelope
#include <benchmark/benchmark.h>

#include <vector>

#include "crypto/init.h"
#include "envelope/sealer.h"

// What sealing and opening cost: chunks of 64 KiB, as `glovebox seal` and the enclave handle them.
namespace {

using namespace glovebox;
using namespace glovebox::envelope;

EnvelopeKey key() {
  (void)crypto::start();
  return EnvelopeKey::fresh(Core{}).value();
}

void seal_chunk(benchmark::State& state) {
  ChunkCipher cipher(key());
  const Bytes plaintext(chunk_size, 'A');
  Bytes sealed(sealed_chunk_size);
  std::uint64_t index = 0;
  for (auto _ : state) cipher.seal(index++, Final::no, plaintext, sealed);
  state.SetBytesProcessed(static_cast<std::int64_t>(index * chunk_size));
}
BENCHMARK(seal_chunk);

void open_chunk(benchmark::State& state) {
  ChunkCipher cipher(key());
  const Bytes plaintext(chunk_size, 'A');
  Bytes sealed(sealed_chunk_size);
  Bytes opened(chunk_size);
  cipher.seal(0, Final::no, plaintext, sealed);
  std::int64_t done = 0;
  for (auto _ : state) {
    if (!cipher.open(0, Final::no, sealed, opened)) state.SkipWithError("it does not open");
    ++done;
  }
  state.SetBytesProcessed(done * static_cast<std::int64_t>(chunk_size));
}
BENCHMARK(open_chunk);

// A stream as a sender makes it: pieces of 1 MiB, the last chunk held back until more comes.
void seal_stream(benchmark::State& state) {
  const Bytes piece(1 << 20, 'A');
  Sealer sealer(key());
  std::uint64_t sealed = 0;
  const Sink count = [&sealed](View out) -> Status {
    sealed += out.size();
    return {};
  };
  for (auto _ : state)
    if (!sealer.push(piece, count)) state.SkipWithError("it does not seal");
  benchmark::DoNotOptimize(sealed);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(piece.size()));
}
BENCHMARK(seal_stream);

}  // namespace
