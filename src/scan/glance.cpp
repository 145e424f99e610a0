#include "scan/glance.h"

#include <algorithm>
#include <charconv>

namespace glovebox::scan {
namespace {
constexpr std::uint64_t pos_max = std::uint64_t{1} << 40;  // as in genome/record.cpp

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > pos_max) return std::nullopt;
  return value;
}

// column cuts the next column off; nothing if no tab follows.
std::optional<std::string_view> column(std::string_view& rest) {
  const auto tab = rest.find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  const std::string_view out = rest.substr(0, tab);
  rest.remove_prefix(tab + 1);
  return out;
}

// value_of finds KEY=value in INFO; `key` has its "=".
std::optional<std::string_view> value_of(std::string_view info, std::string_view key) {
  for (std::size_t at = 0;;) {
    if (info.substr(at).starts_with(key)) {
      const std::string_view value = info.substr(at + key.size());
      return value.substr(0, value.find(';'));
    }
    at = info.find(';', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
}

// names_len says that FORMAT lists LEN.
bool names_len(std::string_view format) {
  for (std::size_t at = format.find("LEN"); at != std::string_view::npos; at = format.find("LEN", at + 1))
    if ((at == 0 || format[at - 1] == ':') && (at + 3 == format.size() || format[at + 3] == ':')) return true;
  return false;
}
}  // namespace

std::optional<Glance> glance(std::string_view row) {
  if (row.ends_with('\n')) row.remove_suffix(1);
  if (row.ends_with('\r')) row.remove_suffix(1);
  Glance out;
  std::string_view rest = row;
  const auto chrom = column(rest);
  const auto pos_text = column(rest);
  column(rest);  // ID
  const auto ref = column(rest);
  const auto alt = column(rest);
  if (!alt || chrom->empty() || chrom->front() == '#' || ref->empty()) return std::nullopt;
  const auto pos = number(*pos_text);
  if (!pos) return std::nullopt;
  out.chrom = *chrom;
  out.pos = *pos;
  out.ref_end = *pos + ref->size() - 1;
  out.end = out.ref_end;
  out.reaches = alt->find('<') != std::string_view::npos;
  const bool unnamed = *alt == ".";
  if (!out.reaches && !unnamed && ref->size() == 1) return out;
  column(rest);                            // QUAL
  if (!column(rest)) return std::nullopt;  // FILTER
  const std::string_view info = rest.substr(0, rest.find('\t'));
  std::optional<std::uint64_t> end;
  if (const auto text = value_of(info, "END="); text && *text != ".") {
    end = number(*text);
    if (!end && (out.reaches || unnamed)) return std::nullopt;
    if (!end) out.beyond_indexes = true;  // who knows what an index makes of it
  }
  if (out.reaches || unnamed) {
    if (end && *end > out.ref_end) {
      out.end = *end;
      out.reaches = true;
    }
    if (!end && out.reaches && value_of(info, "SVLEN=")) out.beyond_indexes = true;
    if (out.reaches && rest.size() > info.size()) {
      rest.remove_prefix(info.size() + 1);
      if (names_len(rest.substr(0, rest.find('\t')))) out.beyond_indexes = true;
    }
  }
  // htslib takes any END beyond POS for the row's end, also one within REF.
  if (end && *end >= out.pos && *end < out.ref_end) out.beyond_indexes = true;
  return out;
}

}  // namespace glovebox::scan
