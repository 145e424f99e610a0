#include "bundle/pgs_pack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "bundle/pack.h"
#include "bundle/reference_alleles.h"
#include "support.h"

namespace glovebox::bundle {
namespace {
const auto folder = test::vectors() / "scoring_file";

ScoringFile file(const std::string& name, Build build = Build::grch38) {
  return read_scoring_file(test::read(folder / name), {.build = build}).value();
}
Bundle packed(const ScoringFile& scoring, const ScorePackOptions& options = {}) {
  const auto bytes = pack_score(scoring, options);
  EXPECT_TRUE(bytes) << describe(bytes.error());
  return load(bytes.value()).value();
}

TEST(ScorePack, MakesABundleOfTheHeaderAndTheRows) {
  const Bundle b = packed(file("010-good-catalog.txt"));
  EXPECT_EQ(b.manifest.name, "pgs000001");
  EXPECT_EQ(b.manifest.engine, "polygenic");
  EXPECT_EQ(b.manifest.output_value, OutputValue::sum);
  EXPECT_EQ(b.manifest.citation, "Nobody et al. (2026). doi:10.0/x");
  EXPECT_EQ(b.manifest.licence, "CC0");
  EXPECT_NE(b.manifest.description.find("Example trait"), std::string::npos);
  EXPECT_NE(b.manifest.description.find("beta"), std::string::npos);
  EXPECT_EQ(b.weights_format, "polygenic-tsv");
  ASSERT_NE(b.polygenic(), nullptr);
  EXPECT_EQ(b.polygenic()->terms.size(), 2U);
  EXPECT_EQ(b.features[0].name, "rs1");
  EXPECT_EQ(std::get<genome::Site>(b.features[1].what).other_allele, "C");
  EXPECT_EQ(pack_score(file("010-good-catalog.txt"), {}).value(), pack_score(file("010-good-catalog.txt"), {}).value());
}

TEST(ScorePack, WhatTheManifestSaysStandsInsteadOfTheHeaders) {
  const Bundle b =
      packed(file("010-good-catalog.txt"),
             {.name = "mine",
              .coverage_gate = 0.9F,
              .manifest_toml = "licence = \"CC BY\"\noutput_value = \"average\"\nreal = [\"x\"]\n[reference]\nname = "
                               "\"someone\"\nquantiles = [-1, 0, 1]\n"});
  EXPECT_EQ(b.manifest.name, "mine");
  EXPECT_EQ(b.manifest.coverage_gate, 0.9F);
  EXPECT_EQ(b.manifest.licence, "CC BY");
  EXPECT_EQ(b.manifest.output_value, OutputValue::average);
  EXPECT_EQ(b.manifest.real, std::vector<std::string>{"x"});
  EXPECT_EQ(b.manifest.reference->quantiles.size(), 3U);
  EXPECT_EQ(b.manifest.citation, "Nobody et al. (2026). doi:10.0/x");
  const auto refused = [](const std::string& toml) {
    return test::reason_of(pack_score(file("010-good-catalog.txt"), {.manifest_toml = toml}));
  };
  EXPECT_EQ(refused("engine = \"trees\"\noutput_value = \"prediction\"\n"), "bundle_malformed");
  EXPECT_EQ(refused("output_value = \"margin\"\n"), "bundle_malformed");
  EXPECT_EQ(refused("build = \"GRCh37\"\n"), "bundle_malformed");
  EXPECT_EQ(refused("nonsense = 1\n"), "bundle_malformed");
}

TEST(ScorePack, TextsOfTheHeaderAreMadePlain) {
  ScoringFile scoring = file("010-good-catalog.txt");
  scoring.header["citation"] = "M\xc3\xbcller";
  EXPECT_EQ(packed(scoring).manifest.citation, "M\xc3\xbcller");
  scoring.header["citation"] = "M\xfcller\x1b[2J";  // Latin-1, and what would clear a terminal
  EXPECT_EQ(packed(scoring).manifest.citation, "M?ller [2J");
  scoring.header["citation"] = std::string(511, 'x') + "\xc3\xbc" + std::string(3000, 'y');
  EXPECT_EQ(packed(scoring).manifest.citation, std::string(511, 'x'));
}

TEST(ScorePack, AScoreWithoutANameNeedsOne) {
  EXPECT_EQ(test::reason_of(pack_score(file("011-good-bare-columns.txt"), {})), "usage");
  EXPECT_EQ(packed(file("011-good-bare-columns.txt"), {.name = "own"}).manifest.name, "own");
}

TEST(ScorePack, EveryGoodFileMakesABundle) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.find("-good-") == std::string::npos) continue;
    const ScoringFile scoring = file(name);
    const Bundle b = packed(scoring, {.name = "x"});
    EXPECT_EQ(b.features.size(), scoring.rows.size()) << name;
    EXPECT_EQ(b.variants().size(), scoring.scored()) << name;
    EXPECT_TRUE(panel_of(b)) << name;
    EXPECT_NE(summary(b).find("polygenic-tsv"), std::string::npos) << name;
    const std::vector<double> weights = weights_of(b);
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1.0, 1e-12) << name;
  }
}

TEST(ScorePack, WhatIsNotScoredIsCountedAndWeighed) {
  const Bundle b = packed(file("040-good-hla.txt"));
  const ScoreCounts n = score_counts(b);
  EXPECT_EQ(n.scored, 1U);
  EXPECT_EQ(n.unscored, 3U);
  EXPECT_EQ(n.by_why.at(Why::haplotype), 1U);
  EXPECT_EQ(n.by_why.at(Why::diplotype), 1U);
  EXPECT_EQ(n.by_why.at(Why::variant_type), 1U);
  EXPECT_NEAR(n.unscored_weight, (2.7 + 3.05 + 0.9163) / (0.5 + 2.7 + 3.05 + 0.9163), 1e-12);
  EXPECT_EQ(b.features[1].name, "HLA-DRB1*15");
  EXPECT_FALSE(b.features[1].is_variant());
  EXPECT_FALSE(b.features[1].is_value());
}

TEST(ScorePack, BothAllelesOfAVariantMayHaveAWeightAndOneAlleleOnlyOnce) {
  const Bundle b = packed(file("044-good-both-alleles-of-one-variant.txt"));
  EXPECT_EQ(b.variants().size(), 2U);
  EXPECT_EQ(b.features[0].name, "rs1");
  EXPECT_EQ(b.features[1].name, "1:1000:A:G");  // rs1 is taken
}

TEST(ScorePack, FrequenciesBecomeExpectedDosagesOfAdditiveTermsOnly) {
  const Bundle b = packed(file("046-good-frequency.txt"));
  EXPECT_EQ(std::get<genome::Site>(b.features[0].what).expected, 754'000);
  EXPECT_EQ(std::get<genome::Site>(b.features[1].what).expected, std::nullopt);
  ScoringFile dominant = file("046-good-frequency.txt");
  dominant.rows[0].effect = model::Effect::dominant;
  EXPECT_EQ(std::get<genome::Site>(packed(dominant).features[0].what).expected, std::nullopt);
}

std::string with(std::string whole, std::string_view from, std::string_view to) {
  const std::size_t at = whole.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return whole.replace(at, from.size(), to);
}

TEST(ScorePack, PartsWrittenByHandAreCheckedAgainstEachOther) {
  const std::string manifest =
      "name = \"hand\"\nversion = \"1\"\ndescription = \"d\"\nengine = \"polygenic\"\nbuild = \"GRCh38\"\n"
      "coverage_gate = 0.5\nsites_public = true\noutput = \"o\"\nlicence = \"l\"\nintended_use = \"i\"\n";
  const std::string features = std::string(features_header) +
                               "\nrs1\tvariant\tGRCh38\t1\t1000\tG\tA\tA\t.\t.\t.\t.\tnan\n"
                               "HLA-A*24\tunscored\t.\t.\t.\t.\t.\t.\thaplotype\t.\t.\t.\tnan\n";
  const std::string weights = std::string(model::polygenic_label) + "\n" + std::string(model::polygenic_header) +
                              "\nrs1\tadditive\t0.5\t.\t.\t.\t.\nHLA-A*24\tadditive\t0.43\t.\t.\t.\t.\n";
  const auto packs = [](const std::string& m, const std::string& f, const std::string& w) {
    return test::reason_of(pack(m, view_of(f), view_of(w)));
  };
  EXPECT_EQ(packs(manifest, features, weights), "accepted");
  EXPECT_EQ(packs(with(manifest, "\"polygenic\"", "\"trees\""), features, weights), "bundle_malformed");
  EXPECT_EQ(packs(manifest + "output_value = \"prediction\"\n", features, weights), "bundle_malformed");
  EXPECT_EQ(packs(manifest + "output_value = \"average\"\n", features, weights), "accepted");
  EXPECT_EQ(packs(manifest, with(features, "haplotype", "other"), weights), "bundle_malformed");
  EXPECT_EQ(packs(manifest, with(features, "haplotype", "."), weights), "bundle_malformed");
  EXPECT_EQ(packs(manifest, with(features, "\tnan\nHLA", "\t0\nHLA"), weights), "features_mismatch");
  EXPECT_EQ(packs(manifest, with(features, "\tnan\nHLA", "\trefuse\nHLA"), weights), "accepted");
  EXPECT_EQ(packs(manifest, with(features, "rs1", "rs2"), weights), "features_mismatch");
  EXPECT_EQ(packs(manifest, features, weights.substr(0, weights.find("HLA"))), "features_mismatch");
  EXPECT_EQ(packs(manifest, features, "glovebox polygenic v2\n"), "model_version_unsupported");
  const std::string value = std::string(features_header) + "\nrs1\tvalue\t.\t.\t.\t.\t.\t.\t.\t.\t.\t.\tnan\n";
  EXPECT_EQ(packs(with(manifest, "GRCh38", "none"), value, weights.substr(0, weights.find("HLA"))),
            "features_mismatch");
  const std::string twice = features + "rs2\tvariant\tGRCh38\t1\t999\tTG\tTA\t.\t.\t.\t.\t.\tnan\n";
  EXPECT_EQ(packs(manifest, twice, weights + "rs2\tadditive\t1\t.\t.\t.\t.\n"), "features_mismatch");
  const std::string swapped = features + "rs2\tvariant\tGRCh38\t1\t1000\tA\tG\t.\t.\t.\t.\t.\tnan\n";
  EXPECT_EQ(packs(manifest, swapped, weights + "rs2\tadditive\t1\t.\t.\t.\t.\n"), "accepted");
}

TEST(ScorePack, TreesDoNotTakeWhatIsUnscored) {
  const auto text = [](const char* name) {
    return std::string(text_of(test::read(test::vectors() / "bundle" / name)));
  };
  std::string features = text("features.tsv");
  const std::size_t f1 = features.find("\nf1\t") + 1;
  features.replace(f1, features.find('\n', f1) - f1, "f1\tunscored\t.\t.\t.\t.\t.\t.\thaplotype\t.\t.\t.\tnan");
  EXPECT_EQ(test::reason_of(
                pack(text("manifest.toml"), view_of(features), test::read(test::vectors() / "model/logistic-ubj.ubj"))),
            "features_mismatch");
}

// What a reference tells of: 1 SNV on the effect, 2 SNV on the other, 3 neither, 4 an insertion where only the shorter
// allele fits, 5 one where both fit, 6 no other allele.
std::vector<genome::Site> sites() {
  const genome::Chromosome mt = genome::chromosome_mt;
  return {{mt, 10, "A", "G"},  {mt, 11, "A", "C"},  {mt, 12, "A", "C"},
          {mt, 13, "TG", "T"}, {mt, 13, "TA", "T"}, {mt, 10, "A", ""}};
}
std::string known(const std::vector<genome::Site>& list) {
  std::string out;
  for (const genome::Site& s : list)
    out += s.reference == genome::ReferenceAllele::effect  ? 'e'
           : s.reference == genome::ReferenceAllele::other ? 'o'
                                                           : '?';
  return out;
}
std::string fasta(std::size_t length, std::size_t width) {
  std::string bases(length, 'N');
  bases.replace(9, 6, "ACtTAC");  // positions 10 to 15
  std::string out = ">chrUn_x\nACGT\n>MT description\n";
  for (std::size_t at = 0; at < length; at += width) out += bases.substr(at, width) + "\n";
  return out + ">other\nAC\n";
}
Result<ReferenceCounts> look_up(std::vector<genome::Site>& list, std::string_view text, std::size_t piece) {
  std::vector<genome::Site*> pointers;
  for (genome::Site& s : list) pointers.push_back(&s);
  ReferenceReader reader(genome::Build::grch38, pointers);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    GLOVEBOX_CHECK(reader.feed(view_of(text.substr(0, piece))));
  return reader.finish();
}

TEST(ReferenceAlleles, AFastaTellsOfSingleBases) {
  for (const std::size_t width : {std::size_t{1}, std::size_t{7}, std::size_t{60}, std::size_t{20'000}})
    for (const std::size_t piece : {std::size_t{3}, std::size_t{1000}, SIZE_MAX}) {
      auto list = sites();
      const auto counts = look_up(list, fasta(16'569, width), piece);
      ASSERT_TRUE(counts) << describe(counts.error());
      EXPECT_EQ(known(list), "eo?o??") << width;
      EXPECT_EQ(counts->known, 3U);
      EXPECT_EQ(counts->neither, 1U);
    }
}

TEST(ReferenceAlleles, AFastaOfAnotherBuildIsDoubtful) {
  auto list = sites();
  EXPECT_EQ(test::reason_of(look_up(list, fasta(16'571, 60), SIZE_MAX)), "build_doubtful");  // hg19's chrM
  std::vector<genome::Site> wrong;
  for (std::uint64_t i = 0; i < 25; ++i) wrong.push_back({genome::chromosome_mt, 10, i % 2 != 0 ? "C" : "G", "T"});
  EXPECT_EQ(test::reason_of(look_up(wrong, fasta(16'569, 60), SIZE_MAX)), "build_doubtful");
}

TEST(ReferenceAlleles, AVcfTellsOfIndelsToo) {
  const std::string vcf =
      "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
      "chrM\t8\t.\tNNAC\tN\t.\t.\t.\nMT\t12\t.\tt\tC\t.\t.\t.\nMT\t13\t.\tT\tTG,<DEL>,*\t.\t.\t.\nMT\t13\t.\tTA\tT\t."
      "\t.\t.\n";
  auto list = sites();
  const auto counts = look_up(list, vcf, 5);
  ASSERT_TRUE(counts) << describe(counts.error());
  EXPECT_EQ(known(list), "eo?oe?");
  EXPECT_EQ(counts->neither, 1U);
}

TEST(ReferenceAlleles, OtherFilesAreRefused) {
  auto list = sites();
  EXPECT_EQ(test::reason_of(look_up(list, "", SIZE_MAX)), "truncated");
  EXPECT_EQ(test::reason_of(look_up(list, "hello\n", SIZE_MAX)), "type_unsupported");
  EXPECT_EQ(test::reason_of(look_up(list, ">MT\nAC GT\n", SIZE_MAX)), "model_malformed");
  EXPECT_EQ(test::reason_of(look_up(list, "##fileformat=VCFv4.2\nMT\t1\n", SIZE_MAX)), "model_malformed");
  EXPECT_EQ(test::reason_of(look_up(list, "##fileformat=VCFv4.2\nMT\tx\t.\tA\tC\n", SIZE_MAX)), "model_malformed");
  EXPECT_EQ(test::reason_of(look_up(list, "##fileformat=VCFv4.2\nNC_000001.10\t5\t.\tA\tC\n", SIZE_MAX)),
            "build_mismatch");
}

}  // namespace
}  // namespace glovebox::bundle
