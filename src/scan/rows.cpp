#include "scan/rows.h"

#include "genome/place.h"

namespace glovebox::scan {

void Rows::enter(std::string_view contig) {
  contig_ = contig;
  position_ = 0;
  walked_ = 0;
}

Result<std::optional<Walked>> Rows::next() {
  GLOVEBOX_TRY(line, cursor_.next());
  if (!line) return std::nullopt;
  const auto read = glance(line->text);
  if (!read) return fail(Reject::vcf_malformed, "a line that is no row: " + genome::quote(line->text));
  if (read->chrom == contig_ && line->begin >= walked_) {
    if (read->pos < position_)
      return fail(
          Reject::vcf_unsorted,
          "POS " + std::to_string(read->pos) + " behind " + std::to_string(position_) + " on " + genome::quote(contig_),
          "positions in order");
    position_ = read->pos;
    walked_ = line->begin;
  }
  return Walked{*line, *read};
}

Status Rows::hand(const TextLine& line) {
  if (last_handed_ && line.begin <= *last_handed_) return {};
  last_handed_ = line.begin;
  std::string_view text = line.text;
  std::string_view ending;
  if (text.ends_with('\n')) {
    ending = text.ends_with("\r\n") ? "\r\n" : "\n";
    text.remove_suffix(ending.size());
  }
  if (text.contains('\0')) return fail(Reject::vcf_malformed, "a NUL byte", "text");
  return person_.row({text, ending, ++handed_});
}

}  // namespace glovebox::scan
