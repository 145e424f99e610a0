#include "scan/block_search.h"

#include <cstring>
#include <map>
#include <unordered_set>

#include "base/reader.h"
#include "genome/place.h"

namespace glovebox::scan {
namespace {
constexpr std::size_t contigs_seen_max = std::size_t{1} << 12;
constexpr std::size_t spot_checks = 64;  // places where a contig's run is looked into even if nothing is asked there

// Key is the first row that begins behind a block's first line end: the first row that the block owns. Only for the
// block where the body begins it is the body's first row.
struct Key {
  std::size_t contig = 0;  // in names_
  std::uint64_t position = 0;
  Virtual place = 0;
};

// Run is a contig's stretch of the file.
struct Run {
  std::size_t contig = 0;
  Virtual begin = 0;
  std::size_t block = 0;  // that owns its first row
};

class Search {
 public:
  Search(Source& source, Blocks& blocks, std::size_t line_max, Virtual body, const PickOptions& how, Rows& rows)
      : source_(source), blocks_(blocks), cursor_(blocks, line_max), body_(body), how_(how), rows_(rows) {}

  Status walk(const Wanted& wanted);

 private:
  Result<std::optional<Key>> key(std::size_t block);
  Result<std::optional<Key>> survey(std::size_t block);
  Status check(const Glance& row);
  Status check_between(std::size_t block, const Key& first, const Key& last);
  Result<std::size_t> number_of(std::string_view contig);
  Result<std::optional<std::size_t>> keyed_between(std::size_t low, std::size_t high, std::size_t guess);
  Status find_runs();
  Status changes(Virtual from, std::size_t block, std::optional<Virtual> to);
  Status region(std::size_t run, const Region& region);
  Result<std::size_t> find(std::size_t run, std::uint64_t position);

  Source& source_;
  Blocks& blocks_;
  LineCursor cursor_;
  Virtual body_;
  const PickOptions& how_;
  Rows& rows_;
  std::vector<BlockPlace> places_;                  // from the block where the body begins
  std::map<std::size_t, std::optional<Key>> keys_;  // by block; nothing: it owns no row
  std::map<std::size_t, Key> lasts_;                // the last whole row in a block
  std::vector<std::string> names_;
  std::vector<Run> runs_;
  std::size_t block_ = 0;  // where the search for the next region on a run begins
  Virtual resume_ = 0;
};

Status Search::check(const Glance& row) {
  if (row.reaches)
    return fail(Reject::unsupported, "a row that may speak of more than its REF, at " + genome::quote(row.chrom) + ":" +
                                         std::to_string(row.pos));
  if (row.ref_end - row.pos >= how_.longest_ref && row.ref_end > row.pos)
    return fail(Reject::unsupported,
                "a REF of " + std::to_string(row.ref_end - row.pos + 1) + " bases, at " + genome::quote(row.chrom) +
                    ":" + std::to_string(row.pos),
                std::to_string(how_.longest_ref) + " at most");
  return {};
}

Result<std::size_t> Search::number_of(std::string_view contig) {
  for (std::size_t i = names_.size(); i-- > 0;)
    if (names_[i] == contig) return i;
  if (names_.size() == contigs_seen_max)
    return fail(Reject::too_large, "more contigs", std::to_string(contigs_seen_max) + " at most");
  names_.emplace_back(contig);
  return names_.size() - 1;
}

Result<std::optional<Key>> Search::key(std::size_t block) {
  if (const auto known = keys_.find(block); known != keys_.end()) return known->second;
  if (blocks_.inflated() > places_.size() / 2 + 64)
    return fail(Reject::too_large, "a search that reads most of the blocks");
  GLOVEBOX_TRY(found, survey(block));
  keys_.emplace(block, found);
  return found;
}

// survey reads a block's rows and holds them to what the search relies on.
Result<std::optional<Key>> Search::survey(std::size_t block) {
  GLOVEBOX_TRY(inflated, blocks_.at(places_[block].offset));
  const std::string_view text = text_of(inflated->text);
  std::size_t at = body_ & 0xffff;
  if (block != 0) {
    at = text.find('\n');
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  GLOVEBOX_CHECK(cursor_.seek(inflated->at(at)));
  GLOVEBOX_TRY(line, cursor_.next());
  if (!line) return std::nullopt;  // the file's end
  std::optional<Glance> row = glance(line->text);
  if (!row) return fail(Reject::vcf_malformed, "a line that is no row: " + genome::quote(line->text));
  GLOVEBOX_CHECK(check(*row));
  GLOVEBOX_TRY(contig, number_of(row->chrom));
  const Key first{contig, row->pos, line->begin};
  Key last = first;
  std::size_t before = at;
  for (at = text.find('\n', at); at != std::string_view::npos; at = text.find('\n', before)) {
    if (before != static_cast<std::size_t>(first.place & 0xffff)) {
      row = glance(text.substr(before, at - before));
      if (!row)
        return fail(Reject::vcf_malformed, "a line that is no row: " + genome::quote(text.substr(before, at - before)));
      GLOVEBOX_CHECK(check(*row));
      if (row->chrom != names_[last.contig]) {
        GLOVEBOX_TRY(next, number_of(row->chrom));
        last = {next, row->pos, inflated->at(before)};
      } else if (row->pos < last.position) {
        return fail(Reject::vcf_unsorted, "POS " + std::to_string(row->pos) + " behind " +
                                              std::to_string(last.position) + " on " + genome::quote(row->chrom));
      }
      last.position = row->pos;
      last.place = inflated->at(before);
    }
    before = at + 1;
  }
  GLOVEBOX_CHECK(check_between(block, first, last));
  lasts_.emplace(block, last);
  return first;
}

// check_between holds a block against its neighbours among those that are known.
Status Search::check_between(std::size_t block, const Key& first, const Key& last) {
  const auto disorder = [&](const Key& a, const Key& b) { return a.contig == b.contig && a.position > b.position; };
  const auto wrong = [&] {
    return fail(Reject::vcf_unsorted, "blocks of " + genome::quote(names_[first.contig]) + " out of order");
  };
  auto after = keys_.upper_bound(block);
  while (after != keys_.end() && !after->second) ++after;
  if (after != keys_.end() && disorder(last, *after->second)) return wrong();
  const auto behind = lasts_.lower_bound(block);
  if (behind != lasts_.begin() && disorder(std::prev(behind)->second, first)) return wrong();
  return {};
}

// keyed_between finds a block that owns a row in (low, high), near the guess.
Result<std::optional<std::size_t>> Search::keyed_between(std::size_t low, std::size_t high, std::size_t guess) {
  for (std::size_t i = guess; i > low; --i) {
    GLOVEBOX_TRY(found, key(i));
    if (found) return i;
  }
  for (std::size_t i = guess + 1; i < high; ++i) {
    GLOVEBOX_TRY(found, key(i));
    if (found) return i;
  }
  return std::nullopt;
}

// changes notes where contigs begin among the rows from `from`, which `block` owns, to `to` or the file's end.
Status Search::changes(Virtual from, std::size_t block, std::optional<Virtual> to) {
  GLOVEBOX_CHECK(cursor_.seek(from));
  for (;;) {
    GLOVEBOX_TRY(line, cursor_.next());
    if (!line || (to && line->begin >= *to)) return {};
    const auto row = glance(line->text);
    if (!row) return fail(Reject::vcf_malformed, "a line that is no row: " + genome::quote(line->text));
    GLOVEBOX_CHECK(check(*row));
    GLOVEBOX_TRY(contig, number_of(row->chrom));
    if (runs_.empty() || runs_.back().contig != contig) runs_.push_back({contig, line->begin, block});
  }
}

// find_runs: between two blocks that begin on one contig there is no other, in a sorted file. That it is one is spot
// checked.
Status Search::find_runs() {
  const std::size_t spot_checks_apart = places_.size() / spot_checks + 1;
  std::vector<std::pair<std::size_t, std::size_t>> open;  // [low, high): the part to the left last
  std::size_t last = places_.size();
  std::optional<Key> last_key;
  while (!last_key && last > 0) {
    GLOVEBOX_TRY(found, key(--last));
    last_key = found;
  }
  if (!last_key) return {};
  GLOVEBOX_TRY(first_key, key(0));
  if (!first_key) return fail(Reject::vcf_malformed, "no row where the body begins");
  runs_.push_back({first_key->contig, first_key->place, 0});
  open.emplace_back(0, last);
  while (!open.empty()) {
    const auto [low, high] = open.back();
    open.pop_back();
    if (low >= high) continue;
    GLOVEBOX_TRY(low_key, key(low));
    GLOVEBOX_TRY(high_key, key(high));
    if (low_key->contig == high_key->contig && high - low <= spot_checks_apart) continue;
    GLOVEBOX_TRY(middle, keyed_between(low, high, low + (high - low) / 2));
    if (!middle) {
      GLOVEBOX_CHECK(changes(low_key->place, low, high_key->place));
      if (runs_.back().contig != high_key->contig) runs_.push_back({high_key->contig, high_key->place, high});
      continue;
    }
    open.emplace_back(*middle, high);
    open.emplace_back(low, *middle);
  }
  GLOVEBOX_CHECK(changes(last_key->place, last, std::nullopt));
  std::unordered_set<std::size_t> seen;
  for (const Run& run : runs_)
    if (!seen.insert(run.contig).second)
      return fail(Reject::vcf_unsorted, "contig " + genome::quote(names_[run.contig]) + " in two runs");
  return {};
}

// find is the last block whose own rows begin before `position`, or the run's first one.
Result<std::size_t> Search::find(std::size_t run, std::uint64_t position) {
  const std::size_t contig = runs_[run].contig;
  const auto before = [&](const Key& key) { return key.contig == contig && key.position < position; };
  std::size_t low = std::max(block_, runs_[run].block);
  const std::size_t end = run + 1 < runs_.size() ? runs_[run + 1].block + 1 : places_.size();
  std::size_t high = end;
  std::optional<Key> low_key, high_key;
  GLOVEBOX_TRY(begins, key(low));
  // Where the run begins inside a block, the block's own first row may be another contig's.
  if (begins && begins->contig == contig) low_key = begins;
  for (auto known = keys_.upper_bound(low); known != keys_.end() && known->first < end; ++known) {
    if (!known->second) continue;
    if (!before(*known->second)) {
      high = known->first;
      if (known->second->contig == contig) high_key = known->second;
      break;
    }
    low = known->first;
    low_key = known->second;
  }
  std::size_t none = low;  // blocks in (low, none] own no row
  for (unsigned turn = 0; high - none > 1; ++turn) {
    std::size_t guess = none + (high - none) / 2;
    if (turn % 3 != 2 && low_key && high_key && high_key->position > low_key->position) {
      const double part = static_cast<double>(position - std::min(position, low_key->position)) /
                          static_cast<double>(high_key->position - low_key->position);
      guess = low + static_cast<std::size_t>(part * static_cast<double>(high - low));
      guess = std::clamp(guess, none + 1, high - 1);
    }
    std::size_t at = guess;
    std::optional<Key> found;
    for (; at > none; --at) {
      GLOVEBOX_TRY(read, key(at));
      found = read;
      if (found) break;
    }
    if (!found) {
      none = guess;
    } else if (before(*found)) {
      low = at;
      none = guess;
      low_key = found;
    } else {
      high = at;
      if (found->contig == contig) high_key = found;
    }
  }
  return low;
}

Status Search::region(std::size_t run, const Region& region) {
  const std::uint64_t from = region.first > how_.look_back ? region.first - how_.look_back : 0;
  GLOVEBOX_TRY(block, find(run, from));
  block_ = block;
  GLOVEBOX_TRY(own, key(block));
  Virtual start = runs_[run].begin;
  if (own && block != runs_[run].block) start = own->place;
  start = std::max(start, resume_);
  GLOVEBOX_CHECK(rows_.cursor().seek(start));
  const std::string& contig = names_[runs_[run].contig];
  for (;;) {
    GLOVEBOX_TRY(row, rows_.next());
    if (!row || row->glance.chrom != contig) return {};
    GLOVEBOX_CHECK(check(row->glance));
    if (row->glance.pos > region.last) {
      resume_ = row->line.begin;
      return {};
    }
    if (row->glance.end >= region.first) GLOVEBOX_CHECK(rows_.hand(row->line));
  }
}

Status Search::walk(const Wanted& wanted) {
  GLOVEBOX_TRY(all, list_blocks(source_));
  const auto body = std::ranges::find(all, body_ >> 16, &BlockPlace::offset);
  if (body == all.end()) return {};  // the header ends the file
  places_.assign(body, all.end());
  if (count(wanted) * how_.dense_blocks * 2 > places_.size())
    return fail(Reject::unsupported, "sites that lie dense in the file");
  GLOVEBOX_CHECK(find_runs());
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const auto chromosome = genome::chromosome_of(names_[runs_[i].contig]);
    if (!chromosome) continue;
    rows_.enter(names_[runs_[i].contig]);
    GLOVEBOX_CHECK(rows_.cursor().seek(runs_[i].begin));
    GLOVEBOX_TRY(first, rows_.next());
    if (!first) return fail(Reject::internal, "a run without a row");
    GLOVEBOX_CHECK(rows_.hand(first->line));
    block_ = runs_[i].block;
    resume_ = runs_[i].begin;
    for (const Region& one : wanted.at(chromosome->number)) GLOVEBOX_CHECK(region(i, one));
  }
  if (names_.size() != runs_.size()) return fail(Reject::vcf_unsorted, "a contig that is no run");
  return {};
}
}  // namespace

Result<std::vector<BlockPlace>> list_blocks(Source& source) {
  constexpr std::size_t length_bytes = 4;  // of the text, at a block's end
  std::vector<BlockPlace> out;
  Array<length_bytes + genome::bgzf_head_bytes> step{};
  const std::span head = std::span(step).subspan(length_bytes);
  GLOVEBOX_TRY(first, source.read_at(0, head));
  std::size_t got = first + length_bytes;
  for (std::uint64_t at = 0; at < source.size();) {
    const auto size = got == step.size() ? genome::bgzf_block_size(head) : std::nullopt;
    if (!size || *size > source.size() - at)
      return fail(Reject::compression_invalid, "no block begins at byte " + std::to_string(at), "BGZF blocks alone");
    GLOVEBOX_TRY(read, source.read_at(at + *size - length_bytes, step));
    got = read;
    const std::uint32_t text = Reader(View(step).first(length_bytes)).u32le();
    if (got < length_bytes || text > genome::bgzf_block_max)
      return fail(Reject::compression_invalid, "a text of " + std::to_string(text) + " bytes", "64 KiB at most");
    if (text != 0) out.push_back({at, text});
    at += *size;
  }
  return out;
}

Status walk_by_search(Source& source, Blocks& blocks, std::size_t line_max, const Wanted& wanted, Virtual body,
                      const PickOptions& how, Rows& rows) {
  return Search(source, blocks, line_max, body, how, rows).walk(wanted);
}

}  // namespace glovebox::scan
