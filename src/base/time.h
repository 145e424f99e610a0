// time.h: a point in time, UTC, in milliseconds since 1970 (as Nitro documents carry it). Time is an argument: only
// apps and servers' outermost loops ask a clock.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace glovebox {

struct Time {
  std::int64_t milliseconds = 0;

  static Time from_seconds(std::int64_t seconds) { return {seconds * 1000}; }
  std::int64_t seconds() const { return milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000; }
  Time plus_seconds(std::int64_t s) const { return {milliseconds + s * 1000}; }
  auto operator<=>(const Time&) const = default;
};

// system_now asks this machine's clock. Not for the enclave, whose clock belongs to the host.
Time system_now();
// to_rfc3339 writes "2026-11-21T22:51:00Z" (with ".123" where there are milliseconds).
std::string to_rfc3339(Time time);
// from_rfc3339 reads that form, or whole seconds since 1970 as digits; malformed otherwise. Years 1970 to 9999.
Result<Time> from_rfc3339(std::string_view text);

}  // namespace glovebox
