#include "bundle/pgs_catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support.h"

namespace glovebox::bundle {
namespace {
namespace fs = std::filesystem;
const fs::path folder = test::vectors() / "scoring_file";

Result<ScoringFile> read(const fs::path& path, Build build = Build::grch38, const std::string& frequency = {}) {
  return read_scoring_file(test::read(path), {.build = build, .frequency_column = frequency});
}

// told is what was read, one row after the other, as short as it can be.
std::string told(const ScoringFile& file) {
  std::string out;
  for (const ScoringRow& row : file.rows) {
    out += out.empty() ? "" : "; ";
    out += row.id.empty() ? "-" : row.id;
    if (row.site) {
      out += " " + genome::name(row.site->chromosome) + ":" + std::to_string(row.site->position) + " " +
             row.site->effect_allele + "/" + (row.site->other_allele.empty() ? "?" : row.site->other_allele);
      if (row.other_inferred) out += "*";
    } else {
      out += " " + std::string(name(*row.unscored));
    }
    if (row.effect != model::Effect::additive) out += " " + std::string(name(row.effect));
    for (std::size_t i = 0; i < (row.effect == model::Effect::by_count ? 3 : 1); ++i)
      out += " " + model::to_decimal(row.weights[i], model::weight_places);
    if (row.rounded) out += "~";
    if (!row.frequency.empty()) out += " f=" + row.frequency;
  }
  return out;
}

TEST(ScoringFile, EveryTrapIsReadAsItsAuthorMeant) {
  const std::string one = "rs1 1:1000 G/A 0.5";
  const std::map<std::string, std::string> expected = {
      {"010-good-catalog.txt", one + "; rs2 X:2000000 CT/C -0.0276"},
      {"011-good-bare-columns.txt", "- 1:1000 G/? 0.5"},
      {"012-good-omicspred.txt", one},
      {"013-good-harmonised.txt", one},
      {"014-good-columns-in-another-order.txt", "- 1:1000 G/A 0.5"},
      {"020-good-trailing-tabs.txt", one + "; rs2 1:1001 G/A 0.5"},
      {"021-good-equals-in-a-value.txt", one},
      {"022-good-doubled-quotes.txt", one},
      {"023-good-crlf.txt", one},
      {"024-good-byte-order-mark.txt", one},
      {"025-good-no-last-newline.txt", one},
      {"026-good-compressed.txt.gz", one},
      {"027-good-build-not-reported-but-harmonised.txt", one},
      {"028-good-build-by-its-other-name.txt", one},
      {"029-good-lower-case-alleles.txt", one},
      {"030-good-empty-position.txt", one + "; rs2 no_position 0.25; rs3 no_position 0.25"},
      {"031-good-harmonisation-failed.txt", one + "; rs2 no_position 0.5; rs3 no_position 0.5"},
      {"032-good-other-contigs.txt",
       one + "; rs2 other_contig 0.25; rs3 other_contig 0.25; rs4 2:1000 G/A 0.25; rs5 MT:300 G/A 0.25"},
      {"033-good-inferred-other-allele.txt", "rs1 1:1000 G/A* 0.5; rs2 1:1001 G/? 0.5; rs3 1:1002 G/? 0.5"},
      {"034-good-no-other-allele.txt",
       "rs1 1:1000 G/? 0.5; rs2 1:1001 G/? 0.5; rs3 1:1002 G/? 0.5; rs4 1:1003 G/? 0.5"},
      {"035-good-dominant-recessive.txt",
       "rs1 1:1000 G/A dominant 0.5; rs2 1:1001 G/A recessive 0.5; rs3 1:1002 G/A 0.5"},
      {"036-good-dosage-weights.txt", "- 1:1000 G/A by_count -0.09833810000000001 0.5 0.4437184"},
      {"037-good-dosage-weights-beside-a-weight.txt", one + "; rs2 1:1001 G/A by_count 0 0.1 0.3"},
      {"038-good-effect-type.txt", one + "; rs2 1:1001 G/A recessive 0.5"},
      {"039-good-a-deletion-beside-an-allele.txt", "rs1 1:1000 TA/T 0.5; rs2 1:1001 A/? 0.25"},
      {"040-good-hla.txt", one + "; - haplotype -2.7; - diplotype 3.05; - variant_type -0.9163"},
      {"041-good-apoe.txt", one + "; - allele 1.2; - haplotype -0.4"},
      {"042-good-interaction.txt", one + "; rs2_x_rs3 interaction 0.1"},
      {"043-good-deletion-marks.txt", one + "; rs2 allele 0.5; rs3 allele 0.5; rs4 allele 0.5"},
      {"044-good-both-alleles-of-one-variant.txt", one + "; rs1 1:1000 A/G 0.25"},
      {"045-good-several-other-alleles-in-rows.txt", one + "; rs1 1:1000 T/A 0.25"},
      {"046-good-frequency.txt", one + " f=0.377; rs2 1:1001 G/A 0.5; rs3 1:1002 G/A 0.5 f=0.001"},
      {"047-good-frequency-by-ancestry-only.txt", one},
      {"048-good-more-places-than-are-kept.txt", "rs1 1:1000 G/A 0.000000000123456789012346~"},
      {"049-good-text-in-quotes-beside.txt", one},
  };
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.find("-good-") == std::string::npos) continue;
    seen.insert(name);
    const auto file = read(entry.path());
    ASSERT_TRUE(file) << name << ": " << describe(file.error());
    ASSERT_TRUE(expected.contains(name)) << name;
    EXPECT_EQ(told(*file), expected.at(name)) << name;
  }
  EXPECT_EQ(seen.size(), expected.size());
}

TEST(ScoringFile, EveryFaultIsRefusedByItsName) {
  std::size_t faults = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.find("-good-") != std::string::npos) continue;
    ++faults;
    const std::string reason = name.substr(4, name.find('-', 4) - 4);
    EXPECT_EQ(test::reason_of(read(entry.path())), reason) << name;
  }
  EXPECT_GE(faults, 40U);
}

TEST(ScoringFile, HeaderIsKept) {
  const auto file = read(folder / "010-good-catalog.txt").value();
  EXPECT_EQ(file.accession, "PGS000001");
  EXPECT_EQ(file.said("trait_reported"), "Example trait");
  EXPECT_EQ(file.said("license"), "CC0");
  EXPECT_EQ(file.build_known, BuildKnown::by_file);
  EXPECT_EQ(read(folder / "012-good-omicspred.txt")->accession, "OPGS000001");
  EXPECT_EQ(read(folder / "021-good-equals-in-a-value.txt")->said("citation"), "see https://example.org/?a=b&c=d");
  EXPECT_EQ(read(folder / "022-good-doubled-quotes.txt")->said("HmPOS_match_pos"), R"({"True": null, "False": null})");
  EXPECT_EQ(read(folder / "020-good-trailing-tabs.txt")->said("pgs_id"), "PGS000001");
  EXPECT_EQ(read(folder / "027-good-build-not-reported-but-harmonised.txt")->said("weight_type"), "");  // NR
  EXPECT_EQ(read(folder / "011-good-bare-columns.txt")->build_known, BuildKnown::by_caller);
  EXPECT_EQ(read(folder / "013-good-harmonised.txt")->columns, Columns::harmonised);
}

TEST(ScoringFile, TheBuildAskedForChoosesTheColumns) {
  const auto file = read(folder / "013-good-harmonised.txt", Build::grch37).value();
  EXPECT_EQ(file.columns, Columns::author);
  EXPECT_EQ(told(file), "rs1 1:900 G/A 0.5");
}

TEST(ScoringFile, FrequenciesAreOfTheColumnAskedFor) {
  const fs::path both = folder / "046-good-frequency.txt";
  EXPECT_EQ(told(read(both, Build::grch38, "European").value()),
            "rs1 1:1000 G/A 0.5 f=0.4; rs2 1:1001 G/A 0.5 f=0.4; rs3 1:1002 G/A 0.5");
  EXPECT_EQ(read(both)->frequency_columns.size(), 2U);
  EXPECT_EQ(
      told(read(folder / "047-good-frequency-by-ancestry-only.txt", Build::grch38, "allelefrequency_effect_European")
               .value()),
      "rs1 1:1000 G/A 0.5 f=0.4");
  EXPECT_EQ(test::reason_of(read(both, Build::grch38, "Martian")), "model_malformed");
}

TEST(ScoringFile, APrefixIsRefusedOrHasOnlyWholeRows) {
  const Bytes whole = test::read(folder / "010-good-catalog.txt");
  const auto all = read_scoring_file(whole, {.build = Build::grch38}).value();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto part = read_scoring_file(View(whole).first(n), {.build = Build::grch38});
    if (!part) continue;
    // what is cut off within the last cell cannot be told from a shorter number; the header's count says so
    ASSERT_LE(part->rows.size(), all.rows.size());
    for (std::size_t i = 0; i + 1 < part->rows.size(); ++i) ASSERT_EQ(part->rows[i].weights, all.rows[i].weights);
  }
  const Bytes packed = test::read(folder / "026-good-compressed.txt.gz");
  for (std::size_t n = 1; n < packed.size(); ++n)
    ASSERT_FALSE(read_scoring_file(View(packed).first(n), {.build = Build::grch38})) << n;
}

// Every scoring file among the optional data: what is read of it on the build it is on, or why it is refused.
TEST(ScoringFile, RealFiles) {
  GLOVEBOX_NEEDS(test::shared() / "data/pgs");
  struct Real {
    const char* path;
    const char* grch37;  // "scored+unscored", or the reason
    const char* grch38;
  };
  const std::vector<Real> files = {
      {"pgs/core/OPGS002493.txt.gz", "23+0", "build_mismatch"},
      {"pgs/core/OPGS017309.txt", "697+0", "build_mismatch"},
      {"pgs/core/OPGS017309_hmPOS_GRCh38.txt.gz", "697+0", "697+0"},
      {"pgs/core/OPGS019828.txt", "1+0", "build_mismatch"},
      {"pgs/core/OPGS019828_hmPOS_GRCh38.txt.gz", "1+0", "1+0"},
      {"pgs/core/PGS000001.txt.gz", "build_unknown", "build_unknown"},
      {"pgs/core/PGS000001_hmPOS_GRCh37.txt", "77+0", "build_mismatch"},
      {"pgs/core/PGS000001_hmPOS_GRCh37.txt.gz", "77+0", "build_mismatch"},
      {"pgs/core/PGS000001_hmPOS_GRCh38.txt", "build_mismatch", "77+0"},
      {"pgs/core/PGS000001_hmPOS_GRCh38.txt.gz", "build_mismatch", "77+0"},
      {"pgs/core/PGS000002.txt.gz", "build_unknown", "build_unknown"},
      {"pgs/core/PGS000002_hmPOS_GRCh37.txt.gz", "77+0", "build_mismatch"},
      {"pgs/core/PGS000002_hmPOS_GRCh38.txt.gz", "build_mismatch", "77+0"},
      {"pgs/core/PGS000802_hmPOS_GRCh37.txt", "19+0", "build_mismatch"},
      {"pgs/core/PGS004255_hmPOS_GRCh38.txt.gz", "30+0", "30+0"},         // genome_build=hg19
      {"pgs/core/bad_harmonised.txt", "model_invalid", "model_invalid"},  // no row has a position
      {"pgs/core/invalid_scorefile.txt", "model_invalid", "build_mismatch"},
      {"pgs/core/combined.txt.gz", "type_unsupported", "type_unsupported"},           // two scores
      {"pgs/core/complex_variants_PGS000021.txt", "model_invalid", "model_invalid"},  // rsIDs alone
      {"pgs/core/complex_variants_PGS004239.txt", "5+9", "5+9"},                      // says no build
      {"pgs/core/custom.txt", "1+0", "build_mismatch"},
      {"pgs/core/custom_no_oa.txt", "1+0", "build_mismatch"},
      {"pgs/core/hgdp_ALL_additive_0.scorefile", "type_unsupported", "type_unsupported"},
      {"pgs/core/lift/PGS000001_hmPOS_GRCh37.txt", "77+0", "build_mismatch"},
      {"pgs/core/lift/PGS000001_hmPOS_GRCh38.txt", "build_mismatch", "77+0"},
      {"pgs/core/lift_to_grch37.txt", "build_mismatch", "77+0"},
      {"pgs/core/lift_to_grch38.txt", "77+0", "build_mismatch"},
      {"pgs/core/relabel_map_chr1.txt.gz", "model_malformed", "model_malformed"},  // no scoring file
      {"pgs/core/relabel_map_chr8.txt.gz", "model_malformed", "model_malformed"},
      {"pgs/match/bad_match_scorefile.txt.gz", "build_mismatch", "51181+28"},
      {"pgs/match/duplicated_scorefile.txt", "type_unsupported", "type_unsupported"},
      {"pgs/match/good_match_scorefile.txt", "type_unsupported", "type_unsupported"},
      {"pgs/match/normalised_PGS000001_hmPOS_GRCh38.txt.gz", "77+0", "77+0"},
      {"pgs/match/normalised_PGS000866_hmPOS_GRCh38.txt.gz", "4+0", "4+0"},
      {"pgs/structured/PGS000001_hmPOS_GRCh38.txt.gz", "77+0", "77+0"},
      {"pgs/structured/PGS001229_hmPOS_GRCh38.txt.gz", "build_mismatch", "51181+28"},
      {"genotypes/cineca/PGS001229_22.txt", "835+0", "build_mismatch"},
      {"genotypes/cineca/PGS001229_22_duplicate.txt", "8+0", "build_mismatch"},
      {"genotypes/cineca/customgrch37.txt", "2+0", "build_mismatch"},
      {"genotypes/cineca/customgrch38.txt", "build_mismatch", "2+0"},
      {"genotypes/cineca/multiscore.txt", "type_unsupported", "type_unsupported"},
      {"genotypes/cineca/scorefile.txt", "835+0", "build_mismatch"},
      {"genotypes/cineca/scorefile_dominant_and_recessive.txt", "835+0", "build_mismatch"},
      {"genotypes/cineca/test.scorefile", "type_unsupported", "type_unsupported"},
  };
  std::set<std::string> listed;
  const auto outcome = [](const fs::path& path, Build build) {
    const auto file = read(path, build);
    return file ? std::to_string(file->scored()) + "+" + std::to_string(file->rows.size() - file->scored())
                : test::reason_of(file);
  };
  for (const Real& real : files) {
    const fs::path path = test::shared() / "data" / real.path;
    EXPECT_EQ(outcome(path, Build::grch37), real.grch37) << real.path;
    EXPECT_EQ(outcome(path, Build::grch38), real.grch38) << real.path;
    listed.insert(real.path);
  }
  // none is left out
  for (const char* part : {"pgs/core", "pgs/match", "pgs/structured", "genotypes/cineca"})
    for (const auto& entry : fs::recursive_directory_iterator(test::shared() / "data" / part)) {
      const std::string name = entry.path().filename();
      const bool scoring = name.find(".txt") != std::string::npos || name.ends_with(".scorefile");
      if (!entry.is_regular_file() || !scoring) continue;
      EXPECT_TRUE(listed.contains(fs::relative(entry.path(), test::shared() / "data"))) << entry.path();
    }
}

}  // namespace
}  // namespace glovebox::bundle
