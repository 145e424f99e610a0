// layers: base genome scan
// max_len: 8192
// What is picked out of a BGZF file, by an index or by a search over its blocks, is what the whole file says; or the
// whole file is asked for. The first three bytes say how; then comes the file's text, and is packed and indexed here.
// With a damaged index, or a file as it comes, nothing is promised but that what it says is counted right.
#include "bgzf.h"
#include "property.h"
#include "scan/glance.h"
#include "scan/index_testing.h"
#include "scan/picked.h"

using namespace glovebox;
using namespace glovebox::genome;
using glovebox::fuzz::require;

namespace {

constexpr std::size_t choice_bytes = 3;
constexpr std::uint8_t is_gvcf = 1, is_homref = 2, has_tbi = 4, has_csi = 8, is_file = 16, is_damaged = 32, dense = 64;

const Panel& panel() {
  static const Panel made = [] {
    std::vector<Site> sites;
    for (const std::uint64_t chromosome : {1U, 2U, 23U}) {
      const Chromosome on{static_cast<std::uint8_t>(chromosome)};
      for (const std::uint64_t position : {100U, 5000U, 40000U, 5000000U})
        sites.push_back({on, position, "G", "A", ReferenceAllele::effect});
      sites.push_back({on, 102, "AT", "A", ReferenceAllele::other});
    }
    return Panel::create(Build::grch37, std::move(sites)).value();
  }();
  return made;
}

Options options(std::uint8_t choice) {
  Rules rules;
  rules.kind = (choice & is_gvcf) != 0 ? InputKind::gvcf : InputKind::wgs_vcf;
  rules.absence = (choice & is_homref) != 0 ? Absence::homref : Absence::missing;
  return {
      .build = Build::grch37,
      .rules = rules,
      .limits = {.inflate = {.inflated_max = 1 << 22, .ratio_max = 256, .ratio_free = 1 << 22}, .line_max = 1 << 14}};
}

Result<Extracted> whole(View file, const Options& options) {
  Extraction reader(panel(), options);
  if (const Status fed = reader.feed(file); !fed) return std::unexpected(fed.error());
  return reader.finish();
}

// can_be_indexed: rows whose places fit into the bins below, and no row that ends where an index looks for it
// elsewhere.
bool can_be_indexed(std::string_view text) {
  constexpr std::uint64_t places = std::uint64_t{1} << 29;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, next - at);
    at = next;
    if (line.starts_with('#')) continue;
    const auto row = scan::glance(line);
    if (!row || row->end >= places || row->pos >= places || row->pos == 0 || row->beyond_indexes) return false;
    // Any END counts for an index, also where a row of its form has none.
    if (line.contains("END=") && !row->reaches) return false;
  }
  return true;
}

Bytes index_of(View file, std::uint8_t choice) {
  using scan::test::Form;
  using scan::test::IndexWriter;
  if ((choice & has_tbi) != 0) return IndexWriter(Form::tbi, 14, 5).text(file);
  return IndexWriter(Form::csi, 12, 6).text(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < choice_bytes) return 0;
  const std::uint8_t choice = data[0];
  const View input = View(data, size).subspan(choice_bytes);
  const Bytes file = (choice & is_file) != 0 ? to_bytes(input) : fuzz::bgzf(input, std::size_t{8} + 4 * data[1]);
  const Options how = options(choice);
  const auto expected = whole(file, how);

  Bytes index;
  if ((choice & (has_tbi | has_csi)) != 0 && (choice & is_file) == 0 && expected && can_be_indexed(text_of(input)))
    index = index_of(file, choice);
  if ((choice & is_damaged) != 0 && !index.empty()) index[data[2] % index.size()] ^= 1 + data[1] % 7;
  const Bytes packed = index.empty() ? index : fuzz::bgzf(index, fuzz::bgzf_text_max);
  scan::MemorySource vcf(file);
  scan::MemorySource beside(packed);
  // A search looks back as far as it must to see every row over a site, and reads what it sees.
  const scan::PickOptions bounds = {.dense_blocks = (choice & dense) != 0 ? 2U : 0U, .look_back = ~std::uint64_t{0}};
  const auto picked = scan::pick(vcf, index.empty() ? nullptr : &beside, panel(), how, bounds);
  if (!picked) {
    require(!expected || (choice & is_damaged) != 0, "what refuses a part refuses the whole");
    return 0;
  }
  if (!picked->extracted) {
    require(picked->way == scan::Way::whole_file && !picked->notes.empty(), "who asks for the whole file says why");
    return 0;
  }
  require(picked->way != scan::Way::whole_file, "what was picked was found somehow");
  const Dosages& found = picked->extracted->dosages;
  require(found.dosage.size() == panel().size() && found.outcome.size() == found.dosage.size(),
          "every site has an answer");
  if (!expected || (choice & is_damaged) != 0) return 0;
  const Dosages& wanted = expected->dosages;
  require(found.dosage == wanted.dosage && found.outcome == wanted.outcome && found.alleles == wanted.alleles &&
              found.found == wanted.found && found.found_with_alleles == wanted.found_with_alleles &&
              found.hints == wanted.hints,
          "what is picked is what the whole file says");
  require(picked->extracted->records <= expected->records, "no row is looked at twice");
  return 0;
}
