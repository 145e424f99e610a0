#include "scan/by_index.h"

#include "genome/place.h"

namespace glovebox::scan {
namespace {
constexpr std::uint64_t chunks_max = std::uint64_t{1} << 26;  // and bins, looked at in one walk

std::unexpected<Error> foreign(std::string found) {
  return fail(Reject::malformed, "index: " + std::move(found), "an index of this file", "make it again");
}

// same_place says that no byte of text lies between two places.
Result<bool> same_place(LineCursor& cursor, Virtual a, Virtual b) {
  if (a == b) return true;
  GLOVEBOX_CHECK(cursor.seek(a));
  GLOVEBOX_TRY(place_a, cursor.place());
  GLOVEBOX_CHECK(cursor.seek(b));
  GLOVEBOX_TRY(place_b, cursor.place());
  return place_a == place_b;
}

class Walk {
 public:
  Walk(const Index& index, Rows& rows) : index_(index), rows_(rows) {}

  Status contig(std::size_t number, const std::vector<Region>* regions) {
    const Index::Contig& contig = index_.contigs()[number];
    rows_.enter(contig.name);
    GLOVEBOX_CHECK(rows_.cursor().seek(contig.begin));
    GLOVEBOX_TRY(row, rows_.next());
    if (!row || row->glance.chrom != contig.name)
      return foreign("no row of " + genome::quote(contig.name) + " where its first one should be");
    GLOVEBOX_CHECK(rows_.hand(row->line));
    if (regions == nullptr) return {};
    resume_ = contig.begin;
    for (const Region& one : *regions) GLOVEBOX_CHECK(region(number, one));
    return {};
  }

 private:
  // region: a row before `resume_` begins before the end of an earlier region. If it overlaps this one, it overlapped
  // that one too, and was handed then.
  Status region(std::size_t number, const Region& region) {
    const std::vector<Chunk> chunks = index_.chunks(number, region.first, region.last, looked_at_);
    if (looked_at_ > chunks_max)
      return fail(Reject::too_large, "index: more chunks", std::to_string(chunks_max) + " at most");
    for (const Chunk& chunk : chunks) {
      if (chunk.end <= resume_) continue;
      GLOVEBOX_TRY(beyond, walk(index_.contigs()[number].name, chunk, region));
      if (beyond) return {};
    }
    return {};
  }

  // walk says whether it came to a row beyond the region.
  Result<bool> walk(std::string_view contig, const Chunk& chunk, const Region& region) {
    const Virtual start = std::max(chunk.begin, resume_);
    GLOVEBOX_CHECK(rows_.cursor().seek(start));
    bool joined = start == resume_;  // no row between here and `resume_` lies beyond the region
    for (bool first = start == chunk.begin;; first = false) {
      GLOVEBOX_TRY(row, rows_.next());
      if (!row) {
        if (first) return foreign("a chunk behind the file's end");
        break;
      }
      const auto& [line, glance] = *row;
      if (line.begin >= chunk.end) break;
      if (glance.chrom != contig)
        return foreign("a row of " + genome::quote(glance.chrom) + " where one of " + genome::quote(contig) +
                       " should be");
      if (glance.beyond_indexes)
        return fail(Reject::unsupported, "a row whose end stands where indexes do not look, at " +
                                             genome::quote(contig) + ":" + std::to_string(glance.pos));
      if (first &&
          (std::max<std::uint64_t>(glance.pos, 1) > chunk.high || std::max<std::uint64_t>(glance.end, 1) < chunk.low))
        return foreign("a row at " + std::to_string(glance.pos) + " in the bin from " + std::to_string(chunk.low) +
                       " to " + std::to_string(chunk.high));
      if (glance.pos > region.last) {
        if (joined) resume_ = line.begin;
        return true;
      }
      joined = true;
      if (glance.end >= region.first) GLOVEBOX_CHECK(rows_.hand(line));
    }
    resume_ = std::max(resume_, chunk.end);
    return false;
  }

  const Index& index_;
  Rows& rows_;
  Virtual resume_ = 0;
  std::uint64_t looked_at_ = 0;
};
}  // namespace

Status walk_by_index(const Index& index, const Wanted& wanted, Virtual body, Rows& rows) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < index.contigs().size(); ++i)
    if (index.contigs()[i].has_rows()) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return index.contigs()[i].begin; });
  Virtual end = body;
  for (const std::size_t i : order) {
    GLOVEBOX_TRY(joined, same_place(rows.cursor(), end, index.contigs()[i].begin));
    if (!joined) return foreign("a gap before the rows of " + genome::quote(index.contigs()[i].name));
    end = index.contigs()[i].end;
  }
  GLOVEBOX_CHECK(rows.cursor().seek(end));
  GLOVEBOX_TRY(more, rows.cursor().place());
  if (more) return foreign("rows behind its last one");
  Walk walk(index, rows);
  for (const std::size_t i : order) {
    const auto chromosome = genome::chromosome_of(index.contigs()[i].name);
    const bool asked = chromosome && !wanted[chromosome->number].empty();
    // Of a contig that is no chromosome nothing is read, beyond what the file's order asks.
    if (chromosome) GLOVEBOX_CHECK(walk.contig(i, asked ? &wanted[chromosome->number] : nullptr));
  }
  return {};
}

}  // namespace glovebox::scan
