#include "genome/chromosome.h"

#include <charconv>

namespace glovebox::genome {
namespace {
// number reads decimal digits without sign or leading zero, at most `max`.
std::optional<unsigned> number(std::string_view text, unsigned max) {
  unsigned value = 0;
  if (text.empty() || text.front() == '0') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool has_chr_prefix(std::string_view name) {
  return name.size() > 3 && lower(name[0]) == 'c' && lower(name[1]) == 'h' && lower(name[2]) == 'r';
}
constexpr std::string_view refseq_prefix = "NC_0000";  // then two digits, a dot, a version
constexpr std::string_view refseq_mt = "NC_012920.";

bool is_refseq(std::string_view contig) {
  return contig.size() > 10 && contig.starts_with(refseq_prefix) && contig[9] == '.';
}
}  // namespace

std::string name(Chromosome chromosome) {
  if (chromosome == chromosome_x) return "X";
  if (chromosome == chromosome_y) return "Y";
  if (chromosome == chromosome_mt) return "MT";
  return std::to_string(chromosome.number);
}

std::optional<Chromosome> chromosome_of(std::string_view contig) {
  if (is_refseq(contig)) {
    std::string_view digits = contig.substr(refseq_prefix.size(), 2);
    if (digits.starts_with('0')) digits.remove_prefix(1);
    const auto value = number(digits, 24);
    if (!value || !refseq_version(contig)) return std::nullopt;
    return Chromosome{static_cast<std::uint8_t>(*value)};
  }
  if (contig.starts_with(refseq_mt)) return chromosome_mt;
  if (has_chr_prefix(contig)) contig.remove_prefix(3);
  // PLINK numbers them: 23 is X, 24 Y, 26 MT. Its 25, the ends that X and Y share, would be a second run of X.
  if (contig == "X" || contig == "x" || contig == "23") return chromosome_x;
  if (contig == "Y" || contig == "y" || contig == "24") return chromosome_y;
  if (contig == "26" || contig == "M" || contig == "MT" || contig == "m" || contig == "mt") return chromosome_mt;
  if (const auto value = number(contig, 22)) return Chromosome{static_cast<std::uint8_t>(*value)};
  return std::nullopt;
}

std::optional<unsigned> refseq_version(std::string_view contig) {
  if (!is_refseq(contig)) return std::nullopt;
  return number(contig.substr(10), 99);
}
}  // namespace glovebox::genome
