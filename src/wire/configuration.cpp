#include "wire/configuration.h"

#include <cstdlib>

#include "base/cbor.h"

namespace glovebox::wire {
namespace {

constexpr std::string_view label = "glovebox configuration v1";

struct Field {
  const char* name;
  std::uint64_t Configuration::* value;
  std::uint64_t min;
  std::uint64_t max;
};
constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t child_threads_max = 64;
// Bounds of sanity: below, no request could be served; above, a number is a mistake.
constexpr Field fields[] = {
    {"upload_max", &Configuration::upload_max, 65'536, std::uint64_t{1} << 40},
    {"inflated_max", &Configuration::inflated_max, 65'536, std::uint64_t{1} << 44},
    {"requests_max", &Configuration::requests_max, 1, 1'024},
    {"sessions_max", &Configuration::sessions_max, 1, 65'536},
    {"request_seconds", &Configuration::request_seconds, 1, 86'400},
    {"child_memory_max", &Configuration::child_memory_max, 64 * mib, std::uint64_t{1} << 40},
    {"kem", &Configuration::kem, 1, 65'535},
    {"child_threads", &Configuration::child_threads, 0, child_threads_max},
};

std::string in_mib(std::uint64_t bytes) {
  return std::to_string((bytes + mib - 1) / mib) + " MiB";
}

}  // namespace

std::uint64_t threads_that_fit(std::uint64_t child_memory_max) {
  std::uint64_t threads = 1;
  while (threads < child_threads_max && threads_memory(threads + 1) <= child_memory_max / threads_share) ++threads;
  return threads;
}

Status check(const Configuration& configuration) {
  for (const Field& field : fields) {
    const std::uint64_t value = configuration.*field.value;
    if (value < field.min || value > field.max)
      return fail(Reject::config_invalid, std::string(field.name) + " = " + std::to_string(value),
                  std::to_string(field.min) + " to " + std::to_string(field.max));
  }
  const std::uint64_t threads = configuration.child_threads;
  const std::uint64_t room = configuration.child_memory_max / threads_share;
  if (const std::uint64_t need = threads_memory(threads); need > room)
    return fail(Reject::config_invalid,
                "child_threads = " + std::to_string(threads) + ", which need " + in_mib(need) + " of each child",
                "at most a quarter of child_memory_max = " + std::to_string(configuration.child_memory_max),
                "child_threads = " + std::to_string(threads_that_fit(configuration.child_memory_max)) +
                    " at most, or child_memory_max = " + std::to_string(need * threads_share) +
                    " at least; child_threads = 0 takes as many as there are cores and room for");
  return {};
}

Bytes encode(const Configuration& configuration) {
  if (!check(configuration)) std::abort();
  cbor::Writer out;
  out.document(label, 1 + std::size(fields));
  for (const Field& field : fields) out.uint(configuration.*field.value);
  return out.take();
}

Result<Configuration> parse_configuration(View bytes) {
  if (bytes.size() > configuration_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes",
                "at most " + std::to_string(configuration_max));
  cbor::Reader in(bytes);
  in.document(label, 1 + std::size(fields));
  Configuration out;
  for (const Field& field : fields) out.*field.value = in.uint();
  GLOVEBOX_CHECK(in.finish());
  GLOVEBOX_CHECK(check(out));
  return out;
}

}  // namespace glovebox::wire
