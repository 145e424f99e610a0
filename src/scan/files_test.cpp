// Real files, and files of other people's tests: the fast reader says what the reference says, sample by sample.
#include "scan/scan_testing.h"

namespace glovebox::scan::test {
namespace {
namespace fs = std::filesystem;

// A file that is not on this build, or has several samples, is refused by both alike; so it is read as far as it goes.
void compare(const fs::path& path, const genome::Options& options, std::size_t& read_to_end) {
  const Bytes file = test::read(path);
  const genome::Panel panel = panel_of(file, 3000, true);
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
