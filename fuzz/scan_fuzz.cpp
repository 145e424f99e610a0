// layers: base genome scan
// max_len: 8192
// The fast reader of VCFs says what the reference says, of any bytes, in pieces of any size, with each set of
// instructions; refusals too, in the same words. Where the compressed data has a fault, both refuse. The reader of many
// samples says of each what the reference says of that one. The first byte says how the file is read, and whether what
// follows is the file or its text; the second one how large pieces are.
#include "bgzf.h"
#include "genome/reader.h"
#include "property.h"
#include "scan/cohort.h"
#include "scan/extraction.h"

using namespace glovebox;
using namespace glovebox::genome;
using glovebox::fuzz::require;

namespace {

constexpr std::size_t choice_bytes = 2;
constexpr std::uint8_t is_gvcf = 1, is_homref = 2, asks_gq = 4, asks_dp = 8, reads_ds = 16, is_text = 32, by_crew = 64;

const Panel& panel() {
  static const Panel made = [] {
    std::vector<Site> sites;
    for (const auto reference : {ReferenceAllele::unknown, ReferenceAllele::effect, ReferenceAllele::other}) {
      sites.push_back({Chromosome{1}, 100, "G", "A", reference});
      sites.push_back({Chromosome{1}, 102, "AT", "A", reference});
      sites.push_back({Chromosome{2}, 100, "C", "CTTT", reference});
      sites.push_back({Chromosome{23}, 5000000, "G", "A", reference});
    }
    // Lone SNVs, which have a shorter way.
    sites.push_back({Chromosome{1}, 200, "G", "A", ReferenceAllele::other});
    sites.push_back({Chromosome{1}, 201, "C", "T", ReferenceAllele::unknown});
    sites.push_back({Chromosome{23}, 6000000, "G", "A", ReferenceAllele::effect});
    return Panel::create(Build::grch37, std::move(sites)).value();
  }();
  return made;
}

Options options(View choice) {
  Rules rules;
  rules.kind = (choice[0] & is_gvcf) != 0 ? InputKind::gvcf : InputKind::wgs_vcf;
  rules.absence = (choice[0] & is_homref) != 0 ? Absence::homref : Absence::missing;
  if ((choice[0] & asks_gq) != 0) rules.min_gq = 10;
  if ((choice[0] & asks_dp) != 0) rules.min_dp = 10;
  if ((choice[0] & reads_ds) != 0) rules.dosage = DosageField::ds;
  return {
      .build = Build::grch37,
      .rules = rules,
      .limits = {.inflate = {.inflated_max = 1 << 22, .ratio_max = 256, .ratio_free = 1 << 22}, .line_max = 1 << 14}};
}

template <class Reader>
auto read(Reader reader, View file, std::size_t piece) {
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (!reader->feed(file.subspan(at, std::min(piece, file.size() - at)))) break;
  return reader->finish();
}

bool in_compression(const Error& error) {
  return error.reason == Reject::compression_invalid || error.reason == Reject::truncated ||
         error.reason == Reject::trailing_bytes || error.reason == Reject::compression_bomb;
}

void require_same(const Extracted& found, const Extracted& expected) {
  require(found.dosages.dosage == expected.dosages.dosage && found.dosages.outcome == expected.dosages.outcome &&
              found.dosages.alleles == expected.dosages.alleles && found.dosages.hints == expected.dosages.hints,
          "both find the same");
  require(found.records == expected.records && found.dosages.found == expected.dosages.found &&
              found.dosages.found_with_alleles == expected.dosages.found_with_alleles,
          "both count the same");
}

std::vector<std::string> samples_of(View file, const Limits& limits) {
  std::vector<std::string> out;
  VcfStream stream({.meta = {},
                    .header = [&out](const Line&, const Header& header) -> Status {
                      out = header.samples;
                      return {};
                    },
                    .body = {}},
                   limits);
  if (stream.feed(file)) static_cast<void>(stream.finish());
  return out;
}

// What is wrong with somebody's call, in a row that says nothing about any site, may be seen or not, unless it is the
// first sample's.
void cohort(View choice, View file, std::size_t threads) {
  constexpr std::size_t looked_at = 4;
  Options asked = options(choice);
  const auto people =
      read(std::make_unique<scan::Cohort>(panel(), asked, scan::Resources{.threads = threads}, std::size_t{1} << 24),
           file, std::size_t{1} + choice[1]);
  const std::vector<std::string> names = samples_of(file, asked.limits);
  if (people) require(people->samples() == names, "everybody in the header is read");
  bool alike = names.size() > looked_at;  // else it must be somebody who was looked at
  for (std::size_t i = 0; i < std::min(names.size(), looked_at); ++i) {
    asked.sample = names[i];
    const auto expected = read(std::make_unique<Extraction>(panel(), asked), file, file.size() + 1);
    if (!people) {
      // Another row may be the first that the reference refuses for somebody else: one that says nothing about any
      // site.
      alike = alike || (!expected && (people.error() == expected.error() || in_compression(people.error()) ||
                                      in_compression(expected.error()) ||
                                      (i > 0 && people.error().reason == expected.error().reason)));
      continue;
    }
    if (!expected && (i > 0 || expected.error().found.ends_with("too many length or distance symbols"))) continue;
    const auto found = people->person(i);
    require(found.has_value() == expected.has_value(), "both read a person, or neither");
    if (expected)
      require_same(*found, *expected);
    else
      require(found.error() == expected.error(), "both refuse a person alike");
  }
  require(people || alike || names.empty(), "a cohort is refused as one of its people is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < choice_bytes) return 0;
  const View choice(data, choice_bytes);
  const View input(data + choice_bytes, size - choice_bytes);
  const Bytes packed = (choice[0] & is_text) != 0 ? fuzz::bgzf(input, std::size_t{1} + choice[1]) : Bytes();
  const View file = packed.empty() ? input : View(packed);
  const std::size_t threads = (choice[0] & by_crew) != 0 ? 3 : 1;
  const auto expected = read(std::make_unique<Extraction>(panel(), options(choice)), file, file.size() + 1);
  for (const auto instructions : {scan::Instructions::best, scan::Instructions::avx2, scan::Instructions::portable}) {
    const auto found =
        read(std::make_unique<scan::Extraction>(panel(), options(choice),
                                                scan::Resources{.threads = threads, .instructions = instructions}),
             file, std::size_t{1} + choice[1]);
    // zlib refuses a block that announces codes for more symbols than there are; libdeflate inflates it to what its
    // checksum says.
    if (found && !expected && expected.error().found.ends_with("too many length or distance symbols")) continue;
    require(found.has_value() == expected.has_value(), "both read a file, or neither");
    if (!expected) {
      require(found.error() == expected.error() || in_compression(found.error()) || in_compression(expected.error()),
              "both refuse it alike");
      continue;
    }
    require_same(*found, *expected);
  }
  cohort(choice, file, threads);
  return 0;
}
