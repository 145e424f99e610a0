#include "genome/reader.h"

#include <cstdio>
#include <map>

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;
namespace fs = std::filesystem;

// One file, one fault: the name of each vector begins with the rejection that it must meet.
TEST(Vectors, AreRefusedByName) {
  const Panel one = panel({site("1", 100, "G", "A")});
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(vectors() / "vcf")) {
    const std::string file = entry.path().filename().string();
    if (file == "README.md") continue;
    const Bytes bytes = read(entry.path());
    const std::string expected = file.substr(0, std::min(file.find('-'), file.find('.')));
    for (const std::size_t piece : {std::size_t{0}, std::size_t{77}, std::size_t{1}}) {
      if (piece != 0 && bytes.size() > 10000) continue;
      const auto got = extract(one, bytes, {.build = Build::grch37, .rules = {.absence = Absence::missing}}, piece);
      EXPECT_EQ(reason_of(got), expected) << file << "\n" << describe(got.error_or(Error{}));
      EXPECT_TRUE(!got || copies(got->dosages) == std::vector<double>{1}) << file;
    }
    ++count;
  }
  EXPECT_GE(count, 30U);
}

TEST(Extraction, TellsWhatItRead) {
  const auto got = extract(panel({site("1", 100, "G", "A")}), vcf({"1 100 A G 0/1", "2 5 A G 0/1"})).value();
  EXPECT_EQ(got.records, 2U);
  EXPECT_EQ(got.samples, 1U);
  EXPECT_EQ(got.sample, "S1");
  EXPECT_EQ(got.version, 2U);
  EXPECT_EQ(got.build_standing, BuildStanding::checked);
  EXPECT_EQ(extract(panel({site("1", 100, "G", "A")}), vcf({"1 100 A G 0/1"}), {.rules = {.absence = Absence::missing}})
                ->build_standing,
            BuildStanding::from_header);
}

TEST(Extraction, AsksWhatAbsenceMeans) {
  const Panel two = panel({site("1", 100, "G", "A"), site("1", 200, "G", "A")});
  const auto got = extract(two, vcf({"1 100 A G 0/1"}), {.build = Build::grch37});
  ASSERT_EQ(reason_of(got), "absence_undeclared");
  EXPECT_EQ(got.error().found, "no record at 1 of 2 model sites");
  EXPECT_EQ(got.error().expected, "--absent");
  EXPECT_EQ(reason_of(extract(two, vcf({"1 100 A G 0/1", "1 200 A G 0/0"}), {.build = Build::grch37})), "accepted")
      << "nothing is absent";
}

TEST(Extraction, ALineOfManyLongAllelesCostsNoMoreThanItsBytes) {
  std::string alts = "G";
  for (int i = 0; i < 60000; ++i) alts += ",G";
  const std::string line = tabs("1 100 . A") + std::string(4 << 20, 'C') + "\t" + alts + tabs(" . PASS . GT 0/1\n");
  const auto got = extract(panel({site("1", 100, "G", "A", ReferenceAllele::other)}), head37 + columns + line);
  EXPECT_EQ(got->dosages.outcome[0], Outcome::allele_absent);
}

TEST(Extraction, ALineThatListsOneAlleleOverAndOverCostsNoMoreThanItsBytes) {
  std::string alts = "G", dosages = "0";
  for (int i = 0; i < 60000; ++i) {
    alts += ",G";
    dosages += i == 0 ? ",1" : ",0";
  }
  const std::string line = "1\t100\t.\tA\t" + alts + "\t.\tPASS\t.\tDS\t" + dosages + "\n";
  const auto got =
      extract(panel({site("1", 100, "G", "A"), site("1", 100, "G", "")}), head37 + columns + line,
              {.build = Build::grch37,
               .rules = {.kind = InputKind::array_imputed, .absence = Absence::missing, .dosage = DosageField::ds}});
  EXPECT_EQ(copies(got->dosages), (std::vector<double>{1, 1}));
}

TEST(Extraction, ContigsMayStandInAnyOrder) {
  const Panel two = panel({site("1", 100, "G", "A"), site("2", 100, "C", "T")});
  EXPECT_EQ(copies(extract(two, vcf({"2 100 T C 1/1", "GL000207.1 5 A G 0/1", "1 100 A G 0/1"}))->dosages),
            (std::vector<double>{1, 2}));
}

TEST(Extraction, EveryShorterPrefixOfACompressedFileIsRefused) {
  const Panel one = panel({site("1", 100, "G", "A")});
  const Bytes file = bgzf(view_of(vcf({"1 100 A G 0/1", "1 101 A G 0/1"})), 60);
  for (std::size_t size = 2; size < file.size(); ++size)
    EXPECT_EQ(reason_of(extract(one, View(file).first(size))), "truncated") << size;
  EXPECT_EQ(reason_of(extract(one, file)), "accepted");
}

// ---- random files, read by us and by a second, tiny implementation of the plain rules
// --------------------------------

struct Variant3 {
  int chromosome;
  std::uint64_t pos;
  std::string ref;
  std::vector<std::string> alts;
  std::string filter;
  int a, b;  // allele numbers, -1 missing
};

std::vector<Variant3> random_variants(std::mt19937& random) {
  std::vector<Variant3> out;
  for (int chromosome = 1; chromosome <= 3; ++chromosome) {
    std::uint64_t pos = 1000;
    for (int i = 0; i < 40; ++i) {
      pos += 1 + random() % 30;
      std::string bases = "ACGT";
      std::ranges::shuffle(bases, random);
      Variant3 v{chromosome,
                 pos,
                 bases.substr(0, 1),
                 {bases.substr(1, 1)},
                 random() % 10 == 0 ? "LowQual" : random() % 2 ? "PASS" : ".",
                 0,
                 0};
      if (random() % 4 == 0) v.alts.push_back(bases.substr(2, 1));
      const auto allele = [&] { return random() % 15 == 0 ? -1 : static_cast<int>(random() % (v.alts.size() + 1)); };
      v.a = allele();
      v.b = allele();
      out.push_back(v);
    }
  }
  return out;
}

std::string allele_text(int allele) {
  return allele < 0 ? "." : std::to_string(allele);
}

struct Writing {
  bool chr = false, lower = false, shuffle_alts = false, reverse_contigs = false, crlf = false, padded = false;
};
std::string write(std::vector<Variant3> variants, const Writing& how, std::mt19937& random) {
  if (how.reverse_contigs) std::ranges::stable_sort(variants, std::ranges::greater{}, &Variant3::chromosome);
  std::string out = head37 + columns;
  for (Variant3 v : variants) {
    if (how.shuffle_alts && v.alts.size() == 2) {
      std::swap(v.alts[0], v.alts[1]);
      for (int* allele : {&v.a, &v.b})
        if (*allele > 0) *allele = 3 - *allele;
    }
    if (how.padded) {  // a base before, which trimming takes off again
      v.pos -= 1;
      v.ref = "T" + v.ref;
      for (auto& alt : v.alts) alt = "T" + alt;
    }
    std::string alts = v.alts[0];
    for (std::size_t i = 1; i < v.alts.size(); ++i) alts += "," + v.alts[i];
    const auto spell = [&](std::string text) {
      if (how.lower)
        std::ranges::transform(text, text.begin(),
                               [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
      return text;
    };
    const char mark = random() % 2 ? '|' : '/';
    out += (how.chr ? "chr" : "") + std::to_string(v.chromosome) + "\t" + std::to_string(v.pos) + "\t.\t" +
           spell(v.ref) + "\t" + spell(alts) + "\t.\t" + v.filter + "\tX=1\tGT\t" + allele_text(v.a) + mark +
           allele_text(v.b) + (how.crlf ? "\r\n" : "\n");
  }
  return out;
}

// The second implementation: SNVs, one record for each site, straight from the rules.
std::pair<Outcome, int> obvious(const std::vector<Variant3>& variants, const Site& s) {
  for (const Variant3& v : variants) {
    if (v.chromosome != s.chromosome.number || v.pos != s.position) continue;
    std::vector<std::string> alleles = {v.ref};
    alleles.insert(alleles.end(), v.alts.begin(), v.alts.end());
    const bool effect_is_ref = s.effect_allele == v.ref && std::ranges::find(v.alts, s.other_allele) != v.alts.end();
    const bool effect_is_alt = s.other_allele == v.ref && std::ranges::find(v.alts, s.effect_allele) != v.alts.end();
    if (!effect_is_ref && !effect_is_alt) return {Outcome::allele_absent, -1};
    if (v.filter == "LowQual") return {Outcome::filtered, -1};
    if (v.a < 0 && v.b < 0) return {Outcome::missing_call, -1};
    if (v.a < 0 || v.b < 0) return {Outcome::half_call, -1};
    const int count = (alleles[static_cast<std::size_t>(v.a)] == s.effect_allele) +
                      (alleles[static_cast<std::size_t>(v.b)] == s.effect_allele);
    return {effect_is_ref ? Outcome::matched_swapped : Outcome::matched, count};
  }
  return {Outcome::absent, -1};
}

std::vector<Site> random_sites(const std::vector<Variant3>& variants, std::mt19937& random) {
  std::vector<Site> sites;
  for (const Variant3& v : variants) {
    if (random() % 3 == 0) continue;
    Site s = site(std::to_string(v.chromosome), v.pos, v.alts[random() % v.alts.size()], v.ref);
    if (random() % 2) std::swap(s.effect_allele, s.other_allele);
    if (random() % 40 == 0) s.effect_allele = s.other_allele == "A" ? "C" : "A";
    if (random() % 10 == 0) s.position += 1000000;
    sites.push_back(s);
  }
  std::ranges::shuffle(sites, random);
  return sites;
}

TEST(Property, AgreesWithTheObviousImplementationHoweverTheFileIsWritten) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto variants = random_variants(random);
    const auto sites = random_sites(variants, random);
    const Panel wanted = panel(sites);
    for (unsigned form = 0; form < 8; ++form) {
      const auto flag = [&] { return random() % 2 == 0; };
      const Writing how{flag(), flag(), flag(), flag(), flag(), false};
      const std::string text = write(variants, how, random);
      const Bytes file = form % 3 == 0   ? to_bytes(view_of(text))
                         : form % 3 == 1 ? gzip_member(view_of(text), false)
                                         : bgzf(view_of(text), 1 + random() % 3000);
      const auto got =
          extract(wanted, file, {.build = Build::grch37, .rules = {.absence = Absence::missing}}, 1 + random() % 5000);
      ASSERT_TRUE(got) << seed << " " << describe(got.error_or(Error{}));
      for (std::size_t i = 0; i < sites.size(); ++i) {
        const auto [outcome, dosage] = obvious(variants, sites[i]);
        ASSERT_EQ(got->dosages.outcome[i], outcome) << seed << " site " << i << " " << sites[i].position;
        ASSERT_EQ(copies(got->dosages)[i], dosage) << seed << " site " << i;
      }
    }
    const auto plain = extract(wanted, write(variants, {}, random)).value();
    const auto padded = extract(wanted, write(variants, {.padded = true}, random)).value();
    for (std::size_t i = 0; i < sites.size(); ++i)
      EXPECT_TRUE(!gives_dosage(plain.dosages.outcome[i]) || plain.dosages.dosage[i] == padded.dosages.dosage[i])
          << seed;
  }
}

TEST(Property, ChangingOneCalledAlleleAlwaysShows) {
  for (unsigned seed = 100; seed < 110; ++seed) {
    std::mt19937 random(seed);
    const auto variants = random_variants(random);
    std::vector<Site> sites;
    for (const Variant3& v : variants) sites.push_back(site(std::to_string(v.chromosome), v.pos, v.alts[0], v.ref));
    const Panel wanted = panel(sites);
    const auto before = extract(wanted, write(variants, {}, random)).value();
    for (std::size_t i = 0; i < variants.size(); ++i) {
      if (!gives_dosage(before.dosages.outcome[i])) continue;
      auto changed = variants;
      changed[i].a = changed[i].a == 1 ? 0 : 1;
      const auto after = extract(wanted, write(changed, {}, random)).value();
      for (std::size_t k = 0; k < sites.size(); ++k)
        EXPECT_EQ(before.dosages.dosage[k] != after.dosages.dosage[k], k == i) << seed << " " << i;
    }
  }
}

// ---- real files, against bcftools
// -------------------------------------------------------------------------------------

std::optional<std::string> run(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string out;
  std::array<char, 65536> buffer;
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), got);
  return pclose(pipe) == 0 ? std::optional(out) : std::nullopt;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(separator, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// compare_with_bcftools makes a site of every plain record and compares each sample's dosages with the GT that bcftools
// prints. Positions with several records are left out: there we answer `duplicate` or `ambiguous` on purpose.
void compare_with_bcftools(const fs::path& file, Build build, std::size_t every_nth_sample) {
  const auto listed = run("bcftools query -l '" + file.string() + "' 2>/dev/null");
  if (!listed) GTEST_SKIP() << "needs bcftools";
  auto samples = split(*listed, '\n');
  samples.pop_back();
  const auto body =
      run("bcftools query -f '%CHROM\\t%POS\\t%REF\\t%ALT\\t%FILTER[\\t%GT]\\n' '" + file.string() + "' 2>/dev/null");
  ASSERT_TRUE(body);
  std::vector<std::vector<std::string>> rows;
  std::map<std::pair<std::string, std::string>, int> at_position;
  for (const auto& line : split(*body, '\n'))
    if (!line.empty()) {
      rows.push_back(split(line, '\t'));
      ++at_position[{rows.back()[0], rows.back()[1]}];
    }
  std::vector<Site> sites;
  std::vector<std::size_t> row_of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& f = rows[i];
    const auto chromosome = chromosome_of(f[0]);
    if (!chromosome || !chromosome->is_autosome() || at_position[{f[0], f[1]}] > 1) continue;
    if ((f[2] + f[3]).find_first_not_of("ACGT") != std::string::npos) continue;
    const bool swap = i % 3 == 0 && f[2].size() == 1 && f[3].size() == 1;
    sites.push_back(site(f[0], std::stoull(f[1]), swap ? f[2] : f[3], swap ? f[3] : f[2]));
    row_of.push_back(i);
  }
  ASSERT_GT(sites.size(), 100U);
  const Panel wanted = panel(sites, build);
  const Bytes bytes = read(file);
  std::size_t compared = 0, uncertain = 0;
  for (std::size_t s = 0; s < samples.size(); s += every_nth_sample) {
    const auto got =
        extract(wanted, bytes, {.build = build, .rules = {.absence = Absence::missing}, .sample = samples[s]}, 65536);
    ASSERT_TRUE(got) << describe(got.error_or(Error{}));
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const auto& row = rows[row_of[i]];
      if (got->dosages.outcome[i] == Outcome::ambiguous) {  // REF counted at a site under a called deletion
        ++uncertain;
        continue;
      }
      const std::string& gt = row[5 + s];
      ASSERT_EQ(gt.size(), 3U);
      const bool passes = row[4] == "PASS" || row[4] == ".";
      const bool swap = sites[i].effect_allele == row[2];
      const int expected =
          !passes || gt.contains('.') ? -1 : (gt[0] == (swap ? '0' : '1')) + (gt[2] == (swap ? '0' : '1'));
      ASSERT_EQ(got->dosages.dosage[i], expected < 0 ? missing_dosage : expected * dosage_unit)
          << samples[s] << " " << row[0] << ":" << row[1] << " " << gt << " " << name(got->dosages.outcome[i]);
      ++compared;
    }
  }
  std::cout << file.filename().string() << ": " << compared << " dosages of " << sites.size()
            << " sites equal bcftools', " << uncertain << " ambiguous\n";
  EXPECT_LT(uncertain * 50, compared);
}

TEST(Bcftools, ThousandGenomesOnGrch38) {
  const auto file = shared() / "data/genotypes/tiny1000G/tiny1000G.vcf.gz";
  GLOVEBOX_NEEDS(file);
  compare_with_bcftools(file, Build::grch38, 400);
}
TEST(Bcftools, SyntheticCohortOnGrch37) {
  const auto file = shared() / "data/genotypes/cineca/cineca_synthetic_subset.vcf.gz";
  GLOVEBOX_NEEDS(file);
  compare_with_bcftools(file, Build::grch37, 500);
}
TEST(Bcftools, FiveRealPeopleOfTheDemo) {
  const char* data = std::getenv("GLOVEBOX_DATA");
  if (data == nullptr) GTEST_SKIP() << "needs GLOVEBOX_DATA, the folder with VariantAnnotation/extdata";
  const auto file = fs::path(data) / "VariantAnnotation/extdata/chr22.vcf.gz";
  GLOVEBOX_NEEDS(file);
  compare_with_bcftools(file, Build::grch37, 1);
}

// plink2's sums over the same people: a file with every record and one with the variant ones alone.
TEST(RealFiles, VariantOnlyFileUnderHomrefEqualsTheFullFile) {
  const auto folder = shared() / "data/derived/plink2_oracle";
  GLOVEBOX_NEEDS(folder);
  for (const char* person : {"HG00096", "HG00403"}) {
    const Bytes full = read(folder / (std::string(person) + ".full.vcf.gz"));
    const Bytes variant_only = read(folder / (std::string(person) + ".varonly.vcf.gz"));
    std::vector<Site> sites;
    Header header;
    VcfStream stream({.header = [&](const Line&, Header h) -> Status {
                        header = std::move(h);
                        return {};
                      },
                      .body = [&](const Line& line) -> Status {
                        const auto record = parse_record(line, header, 0);
                        const auto chromosome = chromosome_of(record->chrom);
                        if (chromosome && chromosome->is_autosome() && record->alts.size() == 1 &&
                            record->ref.size() == 1 && record->alts[0].text.size() == 1)
                          sites.push_back({*chromosome, record->pos,
                                           upper(sites.size() % 2 ? record->ref : record->alts[0].text),
                                           upper(sites.size() % 2 ? record->alts[0].text : record->ref),
                                           sites.size() % 2 ? ReferenceAllele::effect : ReferenceAllele::other});
                        return {};
                      }});
    ASSERT_TRUE(stream.feed(full));
    ASSERT_TRUE(stream.finish());
    const Panel wanted = panel(sites, Build::grch38);
    const auto a = extract(wanted, full, {.build = Build::grch38, .rules = {.absence = Absence::missing}}).value();
    const auto b =
        extract(wanted, variant_only, {.build = Build::grch38, .rules = {.absence = Absence::homref}}).value();
    // Where a site is split over two records and only the other one is left, ours is missing and not reference.
    std::size_t others = 0;
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const bool other = b.dosages.outcome[i] == Outcome::allele_absent;
      others += other ? 1 : 0;
      EXPECT_TRUE(other || a.dosages.dosage[i] == b.dosages.dosage[i] || a.dosages.outcome[i] == Outcome::ambiguous)
          << i;
    }
    EXPECT_LE(others, 13U);
    EXPECT_GT(b.dosages.count(Outcome::homref_assumed), 300U);
    std::cout << person << ": " << b.dosages.count(Outcome::homref_assumed) << " of " << sites.size()
              << " sites assumed homozygous reference, all rightly; " << others << " missing beside another record\n";
  }
}

}  // namespace
}  // namespace glovebox::genome
