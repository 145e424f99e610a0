#include "genome/regions.h"

#include <algorithm>
#include <charconv>

#include "genome/place.h"

namespace glovebox::genome {
namespace {
std::unexpected<Error> malformed(const Line& line, std::string_view field, std::string_view found,
                                 std::string expected) {
  return fail(Reject::regions_malformed,
              "line " + std::to_string(line.number) + ", " + std::string(field) + ": " + quote(found),
              std::move(expected));
}

// next_field takes a field off the front of the line; columns are separated by one tab, or by any number of blanks.
std::string_view next_field(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_of("\t "), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end);
  if (rest.starts_with('\t'))
    rest.remove_prefix(1);
  else
    while (rest.starts_with(' ')) rest.remove_prefix(1);
  return field;
}

std::optional<std::uint64_t> coordinate(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// is_comment: the UCSC's own files begin with lines for its browser.
bool is_comment(std::string_view text) {
  if (text.starts_with('#')) return true;
  for (const std::string_view word : {"track", "browser"})
    if (text.starts_with(word) && (text.size() == word.size() || text[word.size()] == ' ' || text[word.size()] == '\t'))
      return true;
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

// last_base is the last position that must be callable for the site to be called reference.
std::uint64_t last_base(const Site& site) {
  const std::size_t bases = site.reference == ReferenceAllele::effect  ? site.effect_allele.size()
                            : site.reference == ReferenceAllele::other ? site.other_allele.size()
                                                                       : 1;
  return site.position + bases - 1;
}
}  // namespace

CallableReader::CallableReader(const Panel& panel, const InflateLimits& limits)
    : panel_(panel),
      callable_(panel.size()),
      skip_(panel.size() + 1),
      splitter_([this](const Line& next) { return line(next); }, bed_line_max),
      inflater_([this](View text) { return splitter_.feed(text); }, limits) {
  for (std::size_t i = 0; i < skip_.size(); ++i) skip_[i] = static_cast<std::uint32_t>(i);
}

Status CallableReader::feed(View piece) {
  if (status_) status_ = inflater_.feed(piece);
  return status_;
}

Result<Callable> CallableReader::finish() {
  if (status_) status_ = inflater_.finish();
  if (status_) status_ = splitter_.finish();
  if (!status_) return std::unexpected(status_.error());
  return std::move(callable_);
}

Status CallableReader::line(const Line& line) {
  if (is_comment(line.text)) return {};
  std::string_view rest = line.text;
  const std::string_view contig = next_field(rest);
  const std::string_view start_text = next_field(rest);
  const std::string_view end_text = next_field(rest);
  if (contig.empty()) return malformed(line, "chromosome", contig, "a chromosome's name");
  const auto start = coordinate(start_text);
  if (!start) return malformed(line, "start", start_text, "a whole number, counted from 0");
  const auto end = coordinate(end_text);
  if (!end || *end < *start) return malformed(line, "end", end_text, "a whole number, at least the start");
  GLOVEBOX_CHECK(check_contig(contig, panel_.build()));
  const auto chromosome = chromosome_of(contig);
  if (!chromosome || *chromosome == chromosome_mt) return {};  // nothing is read there
  if (const std::uint64_t length = length_of(panel_.build(), *chromosome); *end > length)
    return fail(Reject::build_mismatch,
                "callable regions, line " + std::to_string(line.number) + ": end " + std::to_string(*end),
                "at most " + std::to_string(length) + ", the chromosome's end in " + std::string(name(panel_.build())),
                "callable regions on the model's build");
  if (*start < *end) cover(*chromosome, *start + 1, *end);
  return {};
}

// next_open is the first place from `rank` on whose site is not yet callable. Chains of callable sites are shortened on
// the way, so that regions over the same sites, however many, cost about one step each.
std::size_t CallableReader::next_open(std::size_t rank) {
  std::size_t open = rank;
  while (skip_[open] != open) open = skip_[open];
  while (skip_[rank] != open) {
    const std::size_t next = skip_[rank];
    skip_[rank] = static_cast<std::uint32_t>(open);
    rank = next;
  }
  return open;
}

void CallableReader::cover(Chromosome chromosome, std::uint64_t first, std::uint64_t last) {
  const auto inside = panel_.starting_in(chromosome, first, last);
  if (inside.empty()) return;
  const std::size_t begin = panel_.rank(inside);
  const std::size_t end = begin + inside.size();
  for (std::size_t rank = next_open(begin); rank < end; rank = next_open(rank + 1)) {
    const std::uint32_t number = inside[rank - begin];
    if (last_base(panel_.site(number)) > last) continue;
    callable_.set(number);
    skip_[rank] = static_cast<std::uint32_t>(rank + 1);
  }
}

}  // namespace glovebox::genome
