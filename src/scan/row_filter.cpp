#include "scan/row_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "genome/record.h"

namespace glovebox::scan {
namespace {
static_assert(alts_max == genome::alleles_max);

RowLoop loop_for(Instructions instructions) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (instructions == Instructions::best && avx512) return row_loop_avx512;
  if (instructions != Instructions::portable && avx2) return row_loop_avx2;
#endif
  static_cast<void>(instructions);
  return row_loop_portable;
}
}  // namespace

RowFilter::RowFilter(const Reach& reach, genome::Build build, const genome::Rules& rules, std::size_t line_max,
                     Instructions instructions)
    : reach_(reach),
      build_(build),
      reads_gt_(rules.dosage == genome::DosageField::gt),
      loop_(loop_for(instructions)),
      state_(std::make_unique<RowState>()) {
  state_->line_max = line_max;
  state_->compares_quality = rules.least_gq().has_value() || (rules.min_dp && *rules.min_dp > 0);
}

void RowFilter::columns(std::size_t columns, std::size_t sample) {
  state_->columns = columns;
  state_->sample = sample;
}

void RowFilter::begin() {
  state_->at = state_->searched = 0;
}

RowFilter::Found RowFilter::next(View text) {
  std::size_t begin = 0;
  state_->passed = 0;
  const Stop stop = loop_(*state_, text.data(), text.size(), begin);
  // A row that touches a site has a position of its own.
  Found found = {
      .stop = stop, .row = {}, .snv = state_->snv, .passed = state_->passed, .position = state_->passed_position};
  if (stop != Stop::none) found.row = text_of(text.subspan(begin, state_->at - begin));
  return found;
}

void RowFilter::learn(std::string_view row) {
  if (!reads_gt_) return;  // numbers of DS and GP are the reference's to read
  std::array<std::string_view, 9> columns;
  for (std::string_view& column : columns) {
    const std::size_t tab = row.find('\t');
    if (tab == std::string_view::npos) return forget_contig();
    column = row.substr(0, tab);
    row.remove_prefix(tab + 1);
  }
  std::uint64_t position = 0;
  const std::string_view pos = columns[1];
  if (std::from_chars(pos.data(), pos.data() + pos.size(), position).ec != std::errc()) return forget_contig();
  const View known(state_->contig, state_->contig_size);
  if (known.empty() || columns[0] != text_of(known)) learn_contig(columns[0]);
  state_->position = position;
  learn_filter(columns[6]);
  learn_format(columns[8]);
}

void RowFilter::learn_contig(std::string_view name) {
  forget_contig();
  if (name.size() >= contig_room) return;
  std::ranges::copy(name, state_->contig);
  state_->contig[name.size()] = '\t';
  state_->contig_size = name.size();
  state_->position_max = std::numeric_limits<std::uint64_t>::max();
  state_->stretch = state_->stretch_end = nullptr;
  const auto chromosome = genome::chromosome_of(name);
  if (!chromosome) return;
  if (*chromosome != genome::chromosome_mt) state_->position_max = genome::length_of(build_, *chromosome) + 1;
  const auto stretches = reach_.on(*chromosome);
  state_->stretch = stretches.data();
  state_->stretch_end = stretches.data() + stretches.size();
}

void RowFilter::learn_filter(std::string_view text) {
  if (text == "PASS" || text == "." || text.empty() || text.size() > text_room) return;
  for (std::size_t i = 0; i < state_->filters_size; ++i)
    if (text == text_of(View(state_->filters[i].text, state_->filters[i].size))) return;
  Filter& filter = state_->filters[next_filter_];
  next_filter_ = (next_filter_ + 1) % known_texts;
  state_->filters_size = std::min(state_->filters_size + 1, known_texts);
  std::ranges::copy(text, filter.text);
  filter.size = static_cast<std::uint32_t>(text.size());
}

void RowFilter::learn_format(std::string_view text) {
  if (text.empty() || text.size() > text_room) return;
  for (std::size_t i = 0; i < state_->formats_size; ++i)
    if (text == text_of(View(state_->formats[i].text, state_->formats[i].size))) return;
  Format format;
  std::ranges::copy(text, format.text);
  format.size = static_cast<std::uint32_t>(text.size());
  for (;;) {
    if (format.fields == fields_room) return;
    const std::string_view key = text.substr(0, text.find(':'));
    const std::uint32_t bit = std::uint32_t{1} << format.fields;
    if (key == "GT") format.has_gt = true;
    if (key == "LEN") format.has_len = true;
    if (key == "FT") format.has_ft = true;
    const bool quality = key == "GQ" || key == "RGQ" || key == "GQX" || key == "DP" || key == "MIN_DP";
    if (quality) format.qualities |= bit;
    if (quality || key == "DS" || key == "GP") format.numbers |= bit;
    ++format.fields;
    if (key.size() == text.size()) break;
    text.remove_prefix(key.size() + 1);
  }
  if (format.has_gt) {  // the first field
    const std::uint32_t first = format.numbers & (0 - format.numbers), last = std::bit_floor(format.numbers);
    format.is_usual = format.numbers == 2 * last - first;
    format.before_numbers = first == 0 ? 1 : first / 2;
    format.last_number = last == 0 ? 1 : last;
  }
  state_->format = next_format_;
  state_->formats[next_format_] = format;
  next_format_ = (next_format_ + 1) % known_texts;
  state_->formats_size = std::min(state_->formats_size + 1, known_texts);
}

}  // namespace glovebox::scan
