// Real files, and files of other people's tests: the fast reader says what the reference says, sample by sample.
#include "scan/scan_testing.h"

namespace glovebox::scan::test {
namespace {
namespace fs = std::filesystem;

// panel_of asks for some of what a file says: every third row's first ALT, and the place beside it.
genome::Panel panel_of(View file) {
  std::vector<genome::Site> sites;
  std::uint64_t rows = 0;
  genome::VcfStream stream(
      {.meta = {}, .header = {}, .body = [&](const genome::Line& line) -> Status {
         std::array<std::string_view, 5> columns;
         std::string_view rest = line.text;
         for (std::string_view& column : columns) {
           column = rest.substr(0, rest.find('\t'));
           rest.remove_prefix(std::min(rest.size(), column.size() + 1));
         }
         const auto chromosome = genome::chromosome_of(columns[0]);
         const std::string alt(columns[4].substr(0, columns[4].find(',')));
         const auto plain = [](std::string_view text) {
           return !text.empty() && text.size() < 50 && text.find_first_not_of("ACGT") == std::string_view::npos;
         };
         if (++rows % 3 != 0 || !chromosome || !plain(columns[3]) || !plain(alt) || columns[3] == alt) return {};
         const std::uint64_t position = std::strtoull(std::string(columns[1]).c_str(), nullptr, 10);
         if (position == 0 || position >= genome::length_of(genome::Build::grch37, *chromosome)) return {};
         if (sites.size() < 3000) {
           sites.push_back({*chromosome, position, alt, std::string(columns[3]), genome::ReferenceAllele::other});
           if (rows % 2 == 0) sites.push_back({*chromosome, position + 1, "A", "G"});
         }
         return {};
       }});
  static_cast<void>(stream.feed(file));
  if (sites.empty()) sites.push_back(site("1", 1000, "A", "C"));
  return genome::Panel::create(genome::Build::grch37, std::move(sites)).value();
}

// A file that is not on this build, or has several samples, is refused by both alike; so it is read as far as it goes.
void compare(const fs::path& path, const genome::Options& options, std::size_t& read_to_end) {
  const Bytes file = test::read(path);
  const genome::Panel panel = panel_of(file);
  Random random(1);
  genome::Extraction reference(panel, options);
  const auto expected = read_in_pieces(reference, file, random);
  read_to_end += expected ? 1 : 0;
  for (const Resources& resources : {Resources{}, Resources{.instructions = Instructions::avx2},
                                     Resources{.instructions = Instructions::portable}, Resources{.threads = 3}}) {
    Extraction fast(panel, options, resources);
    EXPECT_EQ(say(read_in_pieces(fast, file, random)), say(expected)) << path;
  }
}

std::optional<std::string> first_sample(const fs::path& path) {
  std::optional<std::string> out;
  genome::VcfStream stream({.meta = {}, .header = [&](const genome::Line&, const genome::Header& header) -> Status {
                              if (!header.samples.empty()) out = header.samples.back();
                              return {};
                            }});
  static_cast<void>(stream.feed(test::read(path)));
  return out;
}

TEST(Files, TheFastReaderSaysWhatTheReferenceSays) {
  const fs::path folder = shared() / "data";
  GLOVEBOX_NEEDS(folder);
  std::size_t files = 0, read_to_end = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !(name.ends_with(".vcf") || name.ends_with(".vcf.gz"))) continue;
    const bool large = entry.file_size() > (std::size_t{20} << 20);
    if (large) continue;
    ++files;
    const auto sample = first_sample(entry.path());
    for (const genome::InputKind kind : {genome::InputKind::wgs_vcf, genome::InputKind::gvcf}) {
      genome::Options options{.build = genome::Build::grch37, .sample = sample};
      options.rules.kind = kind;
      options.rules.absence = genome::Absence::missing;
      options.rules.keep_matches = true;
      compare(entry.path(), options, read_to_end);
    }
  }
  EXPECT_GT(files, 400U);
  EXPECT_GT(read_to_end, 100U);
}

TEST(Files, SoItDoesWithTheVectors) {
  std::size_t files = 0, read_to_end = 0;
  for (const auto& entry : fs::recursive_directory_iterator(vectors() / "vcf")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !name.contains(".vcf")) continue;
    ++files;
    genome::Options options{.build = genome::Build::grch37};
    options.rules.absence = genome::Absence::missing;
    compare(entry.path(), options, read_to_end);
  }
  EXPECT_GT(files, 10U);
}

}  // namespace
}  // namespace glovebox::scan::test
