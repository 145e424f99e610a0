#include "scan/picked.h"

#include <array>

#include "scan/block_search.h"
#include "scan/by_index.h"

namespace glovebox::scan {
namespace {
// Told is what a header says about rows that speak of more than their REF.
struct Told {
  bool by_length = false;   // SVLEN or LEN may say where a row ends, which indexes do not read
  bool structural = false;  // symbolic alleles, beside those of reference blocks
};

void listen(Told& told, std::string_view line) {
  const auto names = [&](std::string_view id) {
    const auto at = line.find(id);
    return at != std::string_view::npos && at + id.size() < line.size() &&
           (line[at + id.size()] == ',' || line[at + id.size()] == '>');
  };
  if (line.starts_with("##INFO=") && names("ID=SVLEN")) told.by_length = true;
  if (line.starts_with("##FORMAT=") && names("ID=LEN")) told.by_length = true;
  if (line.starts_with("##ALT=") && !names("ID=NON_REF") && !names("ID=*") && !names("ID=X")) told.structural = true;
}

struct Beginning {
  genome::Header header;
  Told told;
  Virtual body = 0;              // where the first row begins
  std::uint64_t block_size = 1;  // compressed bytes of a block with rows
};

Result<Beginning> read_header(Blocks& blocks, LineCursor& cursor) {
  Beginning out;
  genome::HeaderParser parser;
  GLOVEBOX_CHECK(cursor.seek(0));
  for (std::uint64_t number = 1; !parser.complete(); ++number) {
    GLOVEBOX_TRY(line, cursor.next());
    if (!line) return same(parser.unfinished());
    std::string_view text = line->text;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.contains('\0')) return fail(Reject::vcf_malformed, "a NUL byte", "text");
    listen(out.told, text);
    GLOVEBOX_CHECK(parser.line({text, "\n", number}));
  }
  out.header = parser.take();
  GLOVEBOX_TRY(body, cursor.place());
  if (!body) return out;
  out.body = *body;
  GLOVEBOX_TRY(first, blocks.at(out.body >> 16));
  out.block_size = first->next - first->offset;
  if (first->next == blocks.size()) return out;
  GLOVEBOX_TRY(second, blocks.at(first->next));  // the first one may hold much of the header
  if (!second->text.empty()) out.block_size = second->next - second->offset;
  return out;
}

class Pick {
 public:
  Pick(Source& vcf, const genome::Panel& panel, const genome::Options& options, const PickOptions& how)
      : vcf_(vcf), blocks_(vcf), panel_(panel), options_(options), how_(how) {}

  Result<Picked> run(Source* index) {
    GLOVEBOX_CHECK(check_marker(vcf_));
    LineCursor cursor(blocks_, options_.limits.line_max);
    auto beginning = read_header(blocks_, cursor);
    if (!beginning) return give_up("the header", beginning.error());
    wanted_ = wanted_of(panel_);
    if (count(wanted_) * how_.dense_blocks > vcf_.size() / beginning->block_size)
      return give_up("the sites lie dense in the file");
    if (beginning->told.by_length)
      return give_up("the header declares rows whose length stands in SVLEN or LEN, which no index tells");

    if (index == nullptr) {
      note("no index");
    } else {
      GLOVEBOX_TRY(picked, attempt(Way::index, *beginning, [&](Rows& rows) -> Status {
                     GLOVEBOX_TRY(read, Index::read(*index));
                     return walk_by_index(read, wanted_, beginning->body, rows);
                   }));
      if (picked) return std::move(out_);
    }
    if (options_.rules.kind == genome::InputKind::gvcf) return give_up("the blocks of a gVCF ask for an index");
    if (beginning->told.structural) return give_up("the header declares symbolic alleles, which ask for an index");
    GLOVEBOX_TRY(picked, attempt(Way::block_search, *beginning, [&](Rows& rows) {
                   return walk_by_search(vcf_, blocks_, options_.limits.line_max, wanted_, beginning->body, how_, rows);
                 }));
    if (picked) return std::move(out_);
    return give_up({});
  }

 private:
  // attempt says whether the way led there. What the person's rows refuse is refused; else only a file that cannot be
  // read is an error here.
  template <class Walk>
  Result<bool> attempt(Way way, const Beginning& beginning, Walk walk) {
    genome::PersonRows person(panel_, options_);
    GLOVEBOX_CHECK(person.header(beginning.header));
    Rows rows(blocks_, person, options_.limits.line_max);
    if (beginning.body != 0) {
      const Status walked = walk(rows);
      if (!walked && walked.error().reason == Reject::file_unreadable) return same(walked);
      if (!walked) {
        note(std::string(name(way)) + ": " + describe(walked.error()));
        return false;
      }
    }
    GLOVEBOX_TRY(extracted, person.finish());
    out_.extracted = std::move(extracted);
    out_.way = way;
    out_.blocks_read = blocks_.inflated();
    return true;
  }

  void note(std::string text) { out_.notes.push_back(std::move(text)); }
  Result<Picked> give_up(std::string why) {
    if (!why.empty()) note(std::move(why));
    out_.blocks_read = blocks_.inflated();
    return std::move(out_);
  }
  Result<Picked> give_up(std::string_view what, const Error& error) {
    if (error.reason == Reject::file_unreadable) return std::unexpected(error);
    return give_up(std::string(what) + ": " + describe(error));
  }

  Source& vcf_;
  Blocks blocks_;
  const genome::Panel& panel_;
  const genome::Options& options_;
  const PickOptions& how_;
  Wanted wanted_;
  Picked out_;
};
}  // namespace

std::string_view name(Way way) {
  constexpr auto words = std::to_array<std::string_view>({"index", "block-search", "whole-file"});
  return words.at(static_cast<std::size_t>(way));
}

Result<Picked> pick(Source& vcf, Source* index, const genome::Panel& panel, const genome::Options& options,
                    const PickOptions& how) {
  Array<genome::bgzf_head_bytes> head{};
  GLOVEBOX_TRY(size, vcf.read_at(0, head));
  if (vcf.size() > bgzf_size_max || size < head.size() || !genome::bgzf_block_size(head)) {
    Picked whole;
    whole.notes.emplace_back("the file is not BGZF");
    return whole;
  }
  return Pick(vcf, panel, options, how).run(index);
}

}  // namespace glovebox::scan
