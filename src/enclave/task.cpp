#include "enclave/task.h"

#include "base/reader.h"

namespace glovebox::enclave {
namespace {

// put copies `bytes` to the front of `out` and moves `out` behind them: unlike Writer it leaves no copies of a key in
// buffers that grew.
void put(std::span<std::uint8_t>& out, View bytes) {
  std::ranges::copy(bytes, out.begin());
  out = out.subspan(bytes.size());
}

}  // namespace

SecretBytes Task::encode() const {
  SecretBytes out(task_size);
  auto at = out.expose_mutable();
  put(at, file_key.expose());
  put(at, parameters_digest);
  Writer rest;
  rest.u32be(model)
      .u64be(inflated_max)
      .u64be(memory_max)
      .u64be(cpu_seconds)
      .u32be(threads)
      .u32be(static_cast<std::uint32_t>(core.size()));
  put(at, rest.view());
  put(at, core);
  return out;
}

Result<Task> Task::parse(View bytes) {
  Reader in(bytes);
  const View key = in.bytes(32);
  if (!in.ok()) return same(Result<Task>(std::unexpected(in.status().error())));
  Task task{.file_key = Secret<32>(key.first<32>())};
  task.parameters_digest = in.array<32>();
  task.model = in.u32be();
  task.inflated_max = in.u64be();
  task.memory_max = in.u64be();
  task.cpu_seconds = in.u64be();
  task.threads = in.u32be();
  const std::size_t size = in.u32be();
  if (size > envelope::core_size_max) return fail(Reject::too_large);
  task.core = to_bytes(in.bytes(size));
  in.zeros(envelope::core_size_max - size);
  GLOVEBOX_CHECK(in.finish());
  return task;
}

Result<SecretBytes> Outcome::encode(protocol::OutputForm form, unsigned rows_class) const {
  SecretBytes out(outcome_size(form, rows_class));
  if (result.size() > out.size() - 36) return fail(Reject::internal, "a result beyond its bound");
  auto at = out.expose_mutable();
  put(at, input_digest);
  Writer size;
  size.u32be(static_cast<std::uint32_t>(result.size()));
  put(at, size.view());
  put(at, result.expose());
  return out;
}

Result<Outcome> Outcome::parse(View block) {
  Reader in(block);
  Outcome outcome;
  outcome.input_digest = in.array<32>();
  const std::size_t size = in.u32be();
  outcome.result = SecretBytes(in.bytes(size));
  in.zeros(in.left());
  GLOVEBOX_CHECK(in.finish());
  return outcome;
}

}  // namespace glovebox::enclave
