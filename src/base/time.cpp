#include "base/time.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace glovebox {

Time system_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time.milliseconds)};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss clock{point - day};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  std::string out = text;
  if (const auto ms = clock.subseconds().count(); ms != 0) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms));
    out += text;
  }
  return out + "Z";
}

Result<Time> from_rfc3339(std::string_view text) {
  const auto bad = [&] {
    return fail(Reject::malformed, "\"" + std::string(text) + "\"", "a time such as 2026-11-21T22:51:00Z");
  };
  const auto number = [&](std::size_t at, std::size_t size, std::int64_t& out) {
    if (at + size > text.size()) return false;
    const auto* end = text.data() + at + size;
    const auto [stop, error] = std::from_chars(text.data() + at, end, out);
    return error == std::errc{} && stop == end && out >= 0;
  };
  std::int64_t seconds = 0;
  if (!text.empty() && text.size() <= 11 && number(0, text.size(), seconds)) return Time::from_seconds(seconds);
  std::int64_t y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      !text.ends_with('Z'))
    return bad();
  if (!number(0, 4, y) || !number(5, 2, mo) || !number(8, 2, d) || !number(11, 2, h) || !number(14, 2, mi) ||
      !number(17, 2, s))
    return bad();
  if (text.size() != 20 && (text.size() != 24 || text[19] != '.' || !number(20, 3, ms))) return bad();
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(y)), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!date.ok() || y < 1970 || h > 23 || mi > 59 || s > 59) return bad();
  const auto since = sys_days(date).time_since_epoch() + hours(h) + minutes(mi) + std::chrono::seconds(s);
  return Time{duration_cast<milliseconds>(since).count() + ms};
}
}  // namespace glovebox
