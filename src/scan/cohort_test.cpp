// A cohort's people are who the reference reads one by one: on random files of many samples, in every form and in
// pieces of any size, and on real ones.
#include "scan/cohort.h"

#include <format>

#include "scan/call_texts.h"
#include "scan/scan_testing.h"

namespace glovebox::scan::test {
namespace {
namespace fs = std::filesystem;

// code is what a plane has to say of a dosage; nothing if it cannot.
std::optional<unsigned> code(genome::Dosage dosage) {
  if (dosage == genome::missing_dosage) return 3;
  if (dosage % genome::dosage_unit != 0) return std::nullopt;
  return static_cast<unsigned>(dosage / genome::dosage_unit);
}

void compare_planes(const People& people, const Planes& planes) {
  ASSERT_EQ(planes.stride % 4, 0U);
  ASSERT_GE(planes.stride * 64, people.size());
  ASSERT_EQ(planes.lo.size(), people.sites() * planes.stride);
  ASSERT_EQ(planes.hi.size(), planes.lo.size());
  for (std::size_t site = 0; site < people.sites(); ++site)
    for (std::size_t person = 0; person < planes.stride * 64; ++person) {
      const std::size_t word = site * planes.stride + person / 64;
      const auto found =
          static_cast<unsigned>((planes.lo[word] >> person % 64 & 1) | (planes.hi[word] >> person % 64 & 1) << 1);
      ASSERT_EQ(found, person < people.size() ? code(people.answer(site, person).dosage) : 0);
    }
}

genome::Options for_all(const genome::Options& options) {
  genome::Options out{.build = options.build, .rules = options.rules, .limits = options.limits};
  out.rules.keep_matches = false;
  return out;
}

struct Tally {
  std::size_t people = 0, planes = 0, refused = 0, refused_people = 0;
};

// A refused cohort must be one that the reference refuses for someone, in the same words.
void compare(const genome::Panel& panel, const genome::Options& given, View file, const Resources& resources,
             Random& random, Tally& tally, const std::string& what) {
  genome::Options options = for_all(given);
  Cohort cohort(panel, options, resources);
  const Result<People> people = read_in_pieces(cohort, file, random);
  bool refused_alike = false;
  const std::vector<std::string> names = samples_of(file);
  for (std::size_t i = 0; i < names.size(); ++i) {
    options.sample = names[i];
    genome::Extraction reference(panel, options);
    const auto expected = read_in_pieces(reference, file, random);
    if (people) {
      ASSERT_EQ(say(people->person(i)), say(expected)) << what << ", person " << i;
      ++tally.people;
      tally.refused_people += expected ? 0 : 1;
    } else {
      refused_alike = refused_alike || (!expected && describe(expected.error()) == describe(people.error()));
    }
  }
  if (!people) {
    EXPECT_TRUE(refused_alike || names.empty()) << what << ": " << describe(people.error());
    ++tally.refused;
    return;
  }
  ASSERT_EQ(people->samples(), names);
  bool whole = true;
  for (std::size_t site = 0; site < people->sites(); ++site)
    for (std::size_t i = 0; i < people->size(); ++i) whole = whole && code(people->answer(site, i).dosage).has_value();
  const Result<Planes> planes = people->planes();
  ASSERT_EQ(planes.has_value(), whole) << what;
  if (!planes) return;
  compare_planes(*people, *planes);
  ++tally.planes;
}

Resources some_resources(unsigned seed) {
  static constexpr std::array<Instructions, 3> all = {Instructions::best, Instructions::avx2, Instructions::portable};
  return {.threads = seed % 7 == 0 ? std::size_t{3} : std::size_t{1}, .instructions = all.at(seed % 3)};
}

TEST(Cohort, SaysOfEverybodyWhatTheReferenceSays) {
  Tally tally;
  for (unsigned seed = 0; seed < 4000 && !::testing::Test::HasFatalFailure(); ++seed) {
    Random random(seed + 5'000'000);
    const Case one = random_case(random);
    const genome::Panel panel = genome::test::panel(one.sites);
    compare(panel, one.options, in_form(random, one.text), some_resources(seed), random, tally,
            "seed " + std::to_string(seed));
  }
  EXPECT_GT(tally.people - tally.refused_people, 5000U);
  EXPECT_GT(tally.planes, 1000U);
  EXPECT_LT(tally.refused, 1000U) << "most must be read";
}

// random_cohort has rows of plain genotypes for many people, some of them at the same place.
std::string random_cohort(Random& random, std::size_t people, std::vector<genome::Site>& sites) {
  std::string out = genome::test::head37 + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
  for (std::size_t i = 0; i < people; ++i) out += "\tP" + std::to_string(i);
  out += "\n";
  for (const std::string chromosome : {"1", "X"}) {
    std::uint64_t position = 2699400;
    for (std::size_t rows = 20 + below(random, 40); rows > 0; --rows) {
      position += one_in(random, 12) ? 0 : 5 + below(random, 9);  // mostly apart, so that most people are read
      const std::string ref = one_of<std::string>(random, {"A", "C", "AT", "ACGT"});
      const std::string alt = one_of<std::string>(random, {"G", "T", "G,T", "GTT", "G,*", "G", "T", "<DEL>"});
      out += tabs(chromosome + " " + std::to_string(position) + " . " + ref + " " + alt + " . " +
                  one_of<std::string>(random, {"PASS", "PASS", "PASS", "."}) +
                  " AC=1;END=" + std::to_string(position + below(random, 9)) + " GT");
      const std::size_t most = static_cast<std::size_t>(std::ranges::count(alt, ',')) + 2;
      const auto allele = [&] { return one_in(random, 30) ? std::string(".") : std::to_string(below(random, most)); };
      for (std::size_t i = 0; i < people; ++i)
        out += "\t" + allele() +
               (chromosome == "X" && i % 2 == 0 ? std::string() : (one_in(random, 2) ? "|" : "/") + allele());
      out += "\n";
      if (ref.size() < 4 && alt.size() < 4 && alt != "G,*" && one_in(random, 2))
        sites.push_back(site(chromosome, position, alt.substr(0, alt.find(',')), ref,
                             static_cast<genome::ReferenceAllele>(2 * below(random, 2))));
    }
  }
  if (sites.empty()) sites.push_back(site("1", 2699410, "A", "C"));
  return out;
}

TEST(Cohort, SaysSoOfManyPeoplesGenotypes) {
  Tally tally;
  for (unsigned seed = 0; seed < 30 && !::testing::Test::HasFatalFailure(); ++seed) {
    Random random(seed + 7'000'000);
    std::vector<genome::Site> sites;
    const std::string text = random_cohort(random, 1 + below(random, 200), sites);
    genome::Options options{.build = genome::Build::grch37};
    options.rules.absence = genome::Absence::homref;
    options.rules.sex = static_cast<genome::Sex>(below(random, 3));
    options.rules.x_male = static_cast<genome::MaleX>(below(random, 3));
    options.rules.flip = one_in(random, 2);
    compare(genome::test::panel(sites), options, in_form(random, text), some_resources(seed), random, tally,
            "seed " + std::to_string(seed));
  }
  EXPECT_GT(tally.people - tally.refused_people, 1000U);
  EXPECT_EQ(tally.refused, 0U);
}

// Of damaged files: whoever is read is read as the reference reads them, unless the damage is to a call of another
// person in a row that says nothing about any site.
TEST(Cohort, DamagedFilesAreRefusedForSomebody) {
  std::size_t read = 0, refused = 0;
  for (unsigned seed = 0; seed < 2000 && !HasFatalFailure(); ++seed) {
    Random random(seed + 9'000'000);
    const Case one = random_case(random);
    const genome::Panel panel = genome::test::panel(one.sites);
    genome::Options options = for_all(one.options);
    const std::string text = damage(random, one.text);
    Cohort cohort(panel, options, some_resources(seed));
    const Result<People> people = read_in_pieces(cohort, view_of(text), random);
    const std::vector<std::string> names = samples_of(view_of(text));
    bool refused_alike = names.empty();
    for (std::size_t i = 0; i < names.size(); ++i) {
      options.sample = names[i];
      genome::Extraction reference(panel, options);
      const auto expected = read_in_pieces(reference, view_of(text), random);
      if (people && (expected || i == 0)) {
        ASSERT_EQ(say(people->person(i)), say(expected)) << seed << "\n" << text;
      }
      refused_alike = refused_alike || (!people && !expected && describe(people.error()) == describe(expected.error()));
    }
    if (!people) {
      ASSERT_TRUE(refused_alike) << seed << " " << describe(people.error()) << "\n" << text;
    }
    ++(people ? read : refused);
  }
  EXPECT_GT(read, 500U);
  EXPECT_GT(refused, 500U);
}

TEST(Cohort, IsRefusedBeyondItsMemory) {
  const genome::Panel panel = genome::test::panel({site("1", 100, "A", "G"), site("1", 200, "A", "G")});
  const std::string text = genome::test::head37 + tabs("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT a b c\n") +
                           tabs("1 100 . G A . PASS . GT 0/1 1/1 0/0\n");
  const genome::Options options{.build = genome::Build::grch37, .rules = {.absence = genome::Absence::missing}};
  Cohort enough(panel, options, {}, 12);
  EXPECT_TRUE(enough.feed(view_of(text)));
  const auto people = enough.finish();
  ASSERT_TRUE(people);
  EXPECT_EQ(people->answer(0, 1).dosage, 2 * genome::dosage_unit);
  Cohort short_of(panel, options, {}, 11);
  static_cast<void>(short_of.feed(view_of(text)));
  const auto refused = short_of.finish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reject::too_large);
}

TEST(Cohort, IsRefusedBeyondTheMemoryOfItsStates) {
  constexpr std::size_t people = 3000;
  std::string text = genome::test::head37 + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
  for (std::size_t i = 0; i < people; ++i) text += "\tP" + std::to_string(i);
  text += "\n";
  std::vector<genome::Site> sites;
  for (std::size_t row = 1; row <= 3; ++row) {
    sites.push_back(site("1", row * 100, "A", "G"));
    text += tabs("1 " + std::to_string(row * 100) + " . G A . PASS . GT:DS");
    for (std::size_t i = 0; i < people; ++i) text += std::format("\t0/1:{:.4f}", 0.5 + static_cast<double>(i) / 10000);
    text += "\n";
  }
  const genome::Panel panel = genome::test::panel(sites);
  const genome::Options options{.build = genome::Build::grch37,
                                .rules = {.kind = genome::InputKind::array_imputed,
                                          .absence = genome::Absence::missing,
                                          .dosage = genome::DosageField::ds}};
  const auto reason = [&](std::size_t bytes) {
    Cohort cohort(panel, options, {}, bytes);
    static_cast<void>(cohort.feed(view_of(text)));
    return reason_of(cohort.finish());
  };
  EXPECT_EQ(reason(people * 3 * 2), "too_large") << "there is room for the numbers, not for what they stand for";
  EXPECT_EQ(reason(std::size_t{8} << 20), "accepted");
}

TEST(CallTexts, AreGroupedAsTheyStand) {
  CallTexts texts(5);
  ASSERT_TRUE(texts.split("0/0\t0|1\t0/0:3\t.\t0/0"));
  ASSERT_EQ(texts.size(), 4U);
  EXPECT_EQ(texts.text(0), "0/0");
  EXPECT_EQ(std::vector(texts.samples(0).begin(), texts.samples(0).end()), (std::vector<std::uint32_t>{0, 4}));
  EXPECT_EQ(texts.text(1), "0|1");
  EXPECT_EQ(texts.text(2), "0/0:3");
  EXPECT_EQ(texts.text(3), ".");
  EXPECT_FALSE(texts.split("0/0\t0|1\t0/0\t0/0"));
  EXPECT_FALSE(texts.split("0/0\t0|1\t0/0\t0/0\t0/0\t0/0"));
  EXPECT_TRUE(texts.split("0/0\t0|1\t0/0\t0/0\t"));
  EXPECT_EQ(texts.text(2), "");
}

TEST(Cohort, SaysSoOfRealFiles) {
  const fs::path folder = shared() / "data";
  GLOVEBOX_NEEDS(folder);
  Tally tally;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !(name.ends_with(".vcf") || name.ends_with(".vcf.gz"))) continue;
    if (entry.file_size() > (std::size_t{1} << 20)) continue;
    const Bytes file = test::read(entry.path());
    const std::size_t people = samples_of(file).size();
    if (people < 2 || people > 200) continue;
    ++files;
    Random random(files);
    for (const genome::InputKind kind : {genome::InputKind::wgs_vcf, genome::InputKind::gvcf}) {
      genome::Options options{.build = genome::Build::grch37};
      options.rules.kind = kind;
      options.rules.absence = genome::Absence::missing;
      compare(panel_of(file, 500, false), options, file, Resources{}, random, tally, entry.path().string());
    }
  }
  EXPECT_GT(files, 20U);
  EXPECT_GT(tally.people - tally.refused_people, 100U);
}

}  // namespace
}  // namespace glovebox::scan::test
