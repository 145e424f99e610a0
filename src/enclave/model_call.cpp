#include "enclave/model_call.h"

#include <thread>

#include "base/reader.h"
#include "enclave/proxy.h"
#include "wire/models.h"

namespace glovebox::enclave {
namespace {
constexpr auto try_again_after = std::chrono::milliseconds(100);
constexpr auto one_try = std::chrono::seconds(5);
}  // namespace

Result<Models> read_models(http::Stream& host, std::uint64_t total_max, http::Deadline deadline) {
  Array<1> number{};
  GLOVEBOX_CHECK(host.read_exactly(number, deadline));
  if (number[0] == 0 || number[0] > models_max)
    return fail(Reject::config_invalid, std::to_string(number[0]) + " models of the host",
                "1 to " + std::to_string(models_max));
  std::vector<bundle::Bundle> bundles;
  for (std::size_t i = 0; i < number[0]; ++i) {
    Array<8> head{};
    GLOVEBOX_CHECK(host.read_exactly(head, deadline));
    const std::uint64_t size = Reader(head).u64be();
    if (size > bundle::bundle_size_max || size > total_max)
      return fail(Reject::config_invalid, "a model of " + std::to_string(size) + " bytes, of the host",
                  "at most " + std::to_string(std::min<std::uint64_t>(bundle::bundle_size_max, total_max)),
                  "child_memory_max of the configuration bounds all models together");
    total_max -= size;
    Bytes file(size);
    GLOVEBOX_CHECK(host.read_exactly(file, deadline));
    auto bundle = bundle::load(file);
    if (!bundle) {
      Error refused = bundle.error();
      refused.found = "model " + std::to_string(i + 1) + " of the host: " + refused.found;
      return std::unexpected(std::move(refused));
    }
    bundles.push_back(std::move(*bundle));
  }
  return Models::of(std::move(bundles));
}

Result<Models> fetch_models(const wire::Address& proxy, std::uint64_t total_max, http::Deadline deadline) {
  for (;;) {
    const http::Deadline once = {std::min(deadline.at, http::Deadline::in(one_try).at)};
    const auto stream = connect_name(proxy, wire::proxy_models, once);
    if (stream) return read_models(**stream, total_max, deadline);
    if (deadline.passed())
      return fail(Reject::unreachable, describe(stream.error()), "the host's models",
                  "glovebox-host --model FILE, beside --proxy; or an image that holds its models");
    std::this_thread::sleep_for(try_again_after);
  }
}

}  // namespace glovebox::enclave
