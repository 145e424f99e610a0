#include "scan/index.h"

#include <cstring>
#include <unordered_set>

namespace glovebox::scan {
namespace {
constexpr std::uint32_t format_vcf = 2;
constexpr std::size_t chunk_bytes = 16;
constexpr std::size_t bin_bytes_tbi = 8;  // number, count of chunks
constexpr std::size_t bin_bytes_csi = 16;
constexpr std::uint32_t tbi_shift = 14;
constexpr std::uint32_t tbi_depth = 5;

template <class T>
T load(const std::uint8_t* at) {
  T out = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) out = static_cast<T>(out << 8 | at[i]);
  return out;
}

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::malformed, "index: " + std::move(found), std::move(expected));
}

// count reads how many items of `size` bytes follow, and refuses more than there are bytes for.
std::size_t count(Reader& in, std::size_t size, std::string_view what) {
  const std::uint32_t items = in.u32le();
  if (in.ok() && items > in.left() / size)
    in.refuse(Reject::malformed, "index: " + std::to_string(items) + " " + std::string(what),
              "no more than there are bytes");
  return in.ok() ? items : 0;
}
}  // namespace

Result<Index> Index::read(Source& source) {
  if (source.size() > index_bytes_max)
    return fail(Reject::too_large, "an index of " + std::to_string(source.size()) + " bytes",
                std::to_string(index_bytes_max) + " at most");
  Blocks blocks(source);
  Bytes text;
  for (std::uint64_t at = 0; at < source.size();) {
    GLOVEBOX_TRY(block, blocks.at(at));
    if (text.size() + block->text.size() > index_text_max)
      return fail(Reject::too_large, "a larger index", std::to_string(index_text_max) + " bytes inflated at most");
    text.insert(text.end(), block->text.begin(), block->text.end());
    at = block->next;
  }
  return parse(text);
}

Result<Index> Index::parse(View text) {
  using namespace std::string_view_literals;
  Reader in(text);
  const auto magic = in.array<4>();
  const bool csi = text_of(magic) == "CSI\1"sv;
  if (!csi && text_of(magic) != "TBI\1"sv) return malformed("other first bytes", "TBI or CSI, and 1");
  Index index;
  index.windowed_ = !csi;
  GLOVEBOX_CHECK(index.form(in, csi));
  for (Contig& contig : index.contigs_) GLOVEBOX_CHECK(index.tree(in, contig));
  if (in.left() != 0) in.skip(8);  // how many rows have no place, which a VCF's always have
  GLOVEBOX_CHECK(in.finish());
  return index;
}

// form reads what stands before the bins: what is indexed, and the contigs' names.
Status Index::form(Reader& in, bool csi) {
  std::uint32_t contigs = 0;
  if (csi) {
    shift_ = in.u32le();
    depth_ = in.u32le();
    if (in.ok() && (shift_ > index_shift_max || depth_ > index_depth_max))
      return malformed("bins of 2^" + std::to_string(shift_) + " positions in " + std::to_string(depth_) + " levels",
                       "at most " + std::to_string(index_shift_max) + " and " + std::to_string(index_depth_max));
  } else {
    shift_ = tbi_shift;
    depth_ = tbi_depth;
    contigs = in.u32le();
  }
  Reader about(csi ? in.bytes(count(in, 1, "bytes of description")) : View());
  Reader& description = csi ? about : in;
  if (csi && in.ok() && about.left() == 0)
    return fail(Reject::type_unsupported, "an index without column numbers, as of a BCF", "one of a VCF");
  const std::uint32_t format = description.u32le();
  const std::uint32_t chrom = description.u32le();
  const std::uint32_t begin = description.u32le();
  const std::uint32_t end = description.u32le();
  const std::uint32_t comment = description.u32le();
  const std::uint32_t skipped = description.u32le();
  if (description.ok() &&
      (format != format_vcf || chrom != 1 || begin != 2 || end != 0 || comment != '#' || skipped != 0))
    return fail(Reject::type_unsupported, "an index of another kind of file", "one of a VCF",
                "make it with `bcftools index` or `tabix -p vcf`");
  std::string_view list = text_of(description.bytes(count(description, 1, "bytes of names")));
  if (csi) {
    GLOVEBOX_CHECK(about.finish());
    contigs = in.u32le();
  }
  GLOVEBOX_CHECK(in.status());
  if (contigs > index_contigs_max)
    return fail(Reject::too_large, "an index of " + std::to_string(contigs) + " contigs",
                std::to_string(index_contigs_max) + " at most");
  std::unordered_set<std::string_view> seen;
  while (!list.empty()) {
    const auto zero = list.find('\0');
    if (zero == 0 || zero == std::string_view::npos) return malformed("a name that is empty or has no end");
    if (!seen.insert(list.substr(0, zero)).second) return malformed("a contig's name twice");
    contigs_.push_back({.name = std::string(list.substr(0, zero))});
    list.remove_prefix(zero + 1);
    if (contigs_.size() > contigs) break;
  }
  if (contigs_.size() != contigs)
    return malformed(std::to_string(contigs_.size()) + " names or more", std::to_string(contigs));
  return {};
}

// tree reads one contig's bins.
Status Index::tree(Reader& in, Contig& contig) {
  const std::size_t bin_bytes = windowed_ ? bin_bytes_tbi : bin_bytes_csi;
  const std::uint32_t bins_end = bins_before(depth_ + 1);
  const std::size_t bins = count(in, bin_bytes, "bins");
  Tree tree{.first = bins_.size()};
  bool any = false;
  for (std::size_t i = 0; i < bins && in.ok(); ++i) {
    const View head = in.bytes(bin_bytes - 4);
    const std::size_t chunks = count(in, chunk_bytes, "chunks");
    const View list = in.bytes(chunks * chunk_bytes);
    if (!in.ok()) break;
    const auto number = load<std::uint32_t>(head.data());
    if (number == bins_end + 1) continue;  // figures about the contig
    if (number >= bins_end) return malformed("bin " + std::to_string(number), "less than " + std::to_string(bins_end));
    bins_.push_back({.number = number,
                     .count = static_cast<std::uint32_t>(chunks),
                     .first = spans_.size(),
                     .least = windowed_ ? 0 : load<std::uint64_t>(head.data() + 4)});
    for (std::size_t k = 0; k < chunks; ++k) {
      const Span span{load<std::uint64_t>(list.data() + k * chunk_bytes),
                      load<std::uint64_t>(list.data() + k * chunk_bytes + 8)};
      if (span.begin >= span.end) return malformed("a chunk that ends before it begins");
      spans_.push_back(span);
      contig.begin = any ? std::min(contig.begin, span.begin) : span.begin;
      contig.end = any ? std::max(contig.end, span.end) : span.end;
      any = true;
    }
  }
  tree.count = bins_.size() - tree.first;
  const auto sorted = std::span(bins_).subspan(tree.first);
  std::ranges::sort(sorted, {}, &Bin::number);
  if (std::ranges::adjacent_find(sorted, {}, &Bin::number) != sorted.end()) return malformed("a bin twice");
  if (windowed_) {
    const std::size_t windows = count(in, 8, "intervals");
    const View list = in.bytes(windows * 8);
    tree.windows_first = windows_.size();
    tree.windows = list.size() / 8;
    windows_.reserve(windows_.size() + tree.windows);
    for (std::size_t k = 0; k < tree.windows; ++k) windows_.push_back(load<std::uint64_t>(list.data() + k * 8));
  }
  trees_.push_back(tree);
  return in.status();
}

const Index::Bin* Index::find(const Tree& tree, std::uint32_t number) const {
  const auto bins = std::span(bins_).subspan(tree.first, tree.count);
  const auto at = std::ranges::lower_bound(bins, number, {}, &Bin::number);
  return at != bins.end() && at->number == number ? &*at : nullptr;
}

// least is a place before which no row begins that overlaps `position` (from 0) or one behind it.
Virtual Index::least(const Tree& tree, std::uint64_t position) const {
  if (windowed_) {
    const std::uint64_t window = position >> tbi_shift;
    return window < tree.windows ? windows_[tree.windows_first + window] : 0;
  }
  // A bin to the left, or one that holds the position, serves as well.
  auto bin = bins_before(depth_) + static_cast<std::uint32_t>(position >> shift_);
  for (;;) {
    if (const Bin* found = find(tree, bin)) return found->least;
    if (bin == 0) return 0;
    const std::uint32_t parent = (bin - 1) >> 3;
    bin = bin > (parent << 3) + 1 ? bin - 1 : parent;
  }
}

std::vector<Chunk> Index::chunks(std::size_t contig, std::uint64_t first, std::uint64_t last,
                                 std::uint64_t& looked_at) const {
  std::vector<Chunk> out;
  const Tree& tree = trees_.at(contig);
  const std::uint64_t positions = std::uint64_t{1} << (shift_ + 3 * depth_);
  if (first == 0) first = 1;
  if (first > last || first > positions) return out;
  last = std::min(last, positions);
  const Virtual least_begin = least(tree, first - 1);
  for (std::uint32_t level = 0; level <= depth_; ++level) {
    const std::uint32_t shift = shift_ + 3 * (depth_ - level);
    const auto from = bins_before(level) + static_cast<std::uint32_t>((first - 1) >> shift);
    const auto to = bins_before(level) + static_cast<std::uint32_t>((last - 1) >> shift);
    const auto bins = std::span(bins_).subspan(tree.first, tree.count);
    for (auto bin = std::ranges::lower_bound(bins, from, {}, &Bin::number); bin != bins.end() && bin->number <= to;
         ++bin) {
      looked_at += 1 + std::uint64_t{bin->count};
      const std::uint64_t low = static_cast<std::uint64_t>(bin->number - bins_before(level)) << shift;
      for (const Span& span : std::span(spans_).subspan(bin->first, bin->count))
        if (span.end > least_begin) out.push_back({span.begin, span.end, low + 1, low + (std::uint64_t{1} << shift)});
    }
  }
  std::ranges::sort(out, {}, &Chunk::begin);
  return out;
}

}  // namespace glovebox::scan
