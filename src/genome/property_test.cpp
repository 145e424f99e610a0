// What must not change a score, and what must: random people, written in every way that means the same, give the same
// dosages; one called allele exchanged for another that the model weighs differently gives another sum.
#include <map>

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

using Random = std::mt19937;
std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}
bool one_in(Random& random, std::size_t n) {
  return below(random, n) == 0;
}

constexpr char bases[] = "ACGT";
constexpr int no_call = -1;

// One place of a person's genome: alleles[0] is the reference's; called holds two places in it, or no_call.
struct Locus {
  std::string contig;
  std::uint64_t position = 0;
  std::vector<std::string> alleles;
  std::array<int, 2> called{};
  std::string filter = "PASS";
  bool reference() const { return called[0] == 0 && called[1] == 0 && filter == "PASS"; }
};

struct Person {
  std::vector<Locus> variants;  // by contig and position
  std::vector<Site> sites;
  std::vector<int> weights;  // of the sites, never 0
};

enum class Overlaps { none, some };

// person makes about 60 variants on three contigs and a model that asks for most of them, and for some that are
// nowhere.
Person person(Random& random, Overlaps overlaps) {
  Person out;
  for (const char* contig : {"1", "2", "22"}) {
    std::uint64_t position = 17'000'000;
    const std::size_t count = 10 + below(random, 20);
    for (std::size_t i = 0; i < count; ++i) {
      position += overlaps == Overlaps::some ? 1 + below(random, 6) : 8 + below(random, 40);
      Locus v;
      v.contig = contig;
      v.position = position;
      const std::size_t ref = below(random, 4);
      v.alleles.emplace_back(1, bases[ref]);
      const std::size_t alts = 1 + (one_in(random, 4) ? 1 : 0);
      for (std::size_t a = 1; a <= alts; ++a) v.alleles.emplace_back(1, bases[(ref + a) % 4]);
      if (one_in(random, 6)) {  // a deletion of up to four bases, or an insertion
        const std::string tail(1 + below(random, 4), bases[below(random, 4)]);
        if (one_in(random, 2)) {
          for (std::string& allele : v.alleles) allele += tail;
          v.alleles.emplace_back(1, bases[ref]);
        } else {
          v.alleles.push_back(v.alleles[0] + tail);
        }
      }
      for (int& called : v.called) called = static_cast<int>(below(random, v.alleles.size()));
      if (one_in(random, 3)) v.called = {0, 0};
      if (one_in(random, 12)) v.called = {no_call, no_call};
      if (one_in(random, 20)) v.filter = "LowQual";
      if (!one_in(random, 5)) {
        const std::size_t alt = 1 + below(random, v.alleles.size() - 1);
        const bool swapped = one_in(random, 2);
        out.sites.push_back(site(contig, position, v.alleles[swapped ? 0 : alt], v.alleles[swapped ? alt : 0],
                                 swapped ? ReferenceAllele::effect : ReferenceAllele::other));
      }
      out.variants.push_back(std::move(v));
    }
    out.sites.push_back(site(contig, position + 1000, "G", "A", ReferenceAllele::other));
  }
  std::ranges::shuffle(out.sites, random);
  for (std::size_t i = 0; i < out.sites.size(); ++i)
    out.weights.push_back((one_in(random, 2) ? 1 : -1) * static_cast<int>(1 + below(random, 1000)));
  return out;
}

// How a person is written.
struct Style {
  std::string prefix = {};
  std::vector<std::string> contigs = {"1", "2", "22"};
  bool blocks = false;             // reference rows as gVCF blocks
  bool without_reference = false;  // reference rows left out
  Random* alt_order = nullptr;     // shuffles the ALTs of each row
  Random* noise = nullptr;         // rows, fields and contigs that say nothing of the model
  std::string newline = "\n";
};

const std::map<std::string, std::string> contig_length = {{"1", "249250621"}, {"2", "243199373"}, {"22", "51304566"}};

std::string call_of(const std::array<int, 2>& called, const std::vector<int>& number, bool phased) {
  std::string out;
  for (std::size_t i = 0; i < 2; ++i) {
    if (i != 0) out += phased ? '|' : '/';
    out += called[i] == no_call ? "." : std::to_string(number[static_cast<std::size_t>(called[i])]);
  }
  return out;
}

std::string write(const Person& person, const Style& style) {
  std::string out = "##fileformat=VCFv4.3\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"x\">\n";
  for (const std::string& contig : style.contigs)
    out += "##contig=<ID=" + style.prefix + contig + ",length=" + contig_length.at(contig) + ">\n";
  out += columns;
  const auto row = [&](const std::string& contig, std::uint64_t position, const std::string& ref,
                       const std::string& alt, const std::string& filter, const std::string& info,
                       const std::string& call) {
    const bool more = style.noise != nullptr && one_in(*style.noise, 2);
    out += style.prefix + contig + "\t" + std::to_string(position) + "\t" + (more ? "rs1;x" : ".") + "\t" + ref + "\t" +
           alt + "\t" + (more ? "12.5" : ".") + "\t" + filter + "\t" + info + (more ? ";AC=1;NOTE=a b" : "") + "\t" +
           (style.blocks ? "GT:GQ"
            : more       ? "GT:AD:PL"
                         : "GT") +
           "\t" + call +
           (style.blocks ? ":50"
            : more       ? ":1,2:."
                         : "") +
           "\n";
  };
  for (const std::string& contig : style.contigs) {
    std::uint64_t next = 16'999'000;  // the first position that no row speaks of
    const auto block_to = [&](std::uint64_t end) {
      if (style.blocks && next < end) row(contig, next, "N", "<NON_REF>", ".", "END=" + std::to_string(end - 1), "0/0");
    };
    for (const Locus& v : person.variants) {
      if (v.contig != contig) continue;
      if (v.reference() && (style.blocks || style.without_reference)) continue;
      block_to(v.position);
      next = v.position + v.alleles[0].size();
      std::vector<std::size_t> order(v.alleles.size() - 1);
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i + 1;
      if (style.alt_order != nullptr) std::ranges::shuffle(order, *style.alt_order);
      std::vector<int> number(v.alleles.size(), 0);
      std::string alts;
      for (std::size_t i = 0; i < order.size(); ++i) {
        number[order[i]] = static_cast<int>(i + 1);
        alts += (i == 0 ? "" : ",") + v.alleles[order[i]];
      }
      if (style.blocks) alts += ",<NON_REF>";
      row(contig, v.position, v.alleles[0], alts, v.filter, ".", call_of(v.called, number, v.position % 2 == 0));
    }
    block_to(17'010'000);
    if (style.noise != nullptr) row(contig, 20'000'000 + below(*style.noise, 1000), "A", "C", "PASS", ".", "0/1");
  }
  if (style.newline != "\n")
    for (std::size_t at = 0; (at = out.find('\n', at)) != std::string::npos; at += style.newline.size())
      out.replace(at, 1, style.newline);
  return out;
}

Options options(Absence absence, InputKind kind = InputKind::wgs_vcf) {
  Options out{.build = Build::grch37};
  out.rules.absence = absence;
  out.rules.kind = kind;
  return out;
}

// Sum is what a score makes of it: the weighted sum and the alleles that it is of.
struct Sum {
  std::int64_t sum = 0;
  std::uint64_t alleles = 0;
  bool operator==(const Sum&) const = default;
};
Sum sum_of(const Person& person, const Extracted& extracted) {
  Sum out;
  for (std::size_t i = 0; i < person.sites.size(); ++i) {
    const Dosage dosage = extracted.dosages.dosage[i];
    if (dosage == missing_dosage) continue;
    out.sum += std::int64_t{person.weights[i]} * dosage;
    out.alleles += extracted.dosages.alleles[i];
  }
  return out;
}

constexpr unsigned seeds = 150;

TEST(SamePerson, WaysOfWritingNeverChangeADosage) {
  std::size_t with_dosage = 0, without = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Random random(seed);
    const Person one = person(random, seed % 2 == 0 ? Overlaps::none : Overlaps::some);
    const Panel wanted = panel(one.sites);
    const std::string plain = write(one, {});
    const auto base = extract(wanted, plain, options(Absence::missing));
    ASSERT_TRUE(base) << describe(base.error_or(Error{}));
    for (const Dosage d : base->dosages.dosage) ++(d == missing_dosage ? without : with_dosage);
    const auto same = [&](const std::string& what, const auto& file, std::size_t piece = 0) {
      const auto got = extract(wanted, file, options(Absence::missing), piece);
      ASSERT_TRUE(got) << what << ", seed " << seed << ": " << describe(got.error_or(Error{}));
      EXPECT_EQ(got->dosages.outcome, base->dosages.outcome) << what << ", seed " << seed;
      EXPECT_EQ(got->dosages.dosage, base->dosages.dosage) << what << ", seed " << seed;
      EXPECT_EQ(sum_of(one, *got), sum_of(one, *base)) << what << ", seed " << seed;
    };
    same("chr prefix", write(one, {.prefix = "chr"}));
    same("CHR prefix", write(one, {.prefix = "Chr"}));
    std::vector<std::string> contigs = {"1", "2", "22"};
    std::ranges::shuffle(contigs, random);
    same("contig order", write(one, {.contigs = contigs}));
    same("order of ALTs", write(one, {.alt_order = &random}));
    same("CRLF", write(one, {.newline = "\r\n"}));
    same("what no score reads", write(one, {.noise = &random}));
    same("pieces", plain, 1 + below(random, 300));
    same("BGZF", bgzf(view_of(plain), 1 + below(random, 500)), 1 + below(random, 5000));
    const std::size_t cut = below(random, plain.size());
    Bytes members = gzip_member(view_of(plain).first(cut), false);
    const Bytes rest = gzip_member(view_of(plain).subspan(cut), false);
    members.insert(members.end(), rest.begin(), rest.end());
    same("gzip members", members);
    same("all at once",
         bgzf(view_of(write(
                  one,
                  {.prefix = "chr", .contigs = contigs, .alt_order = &random, .noise = &random, .newline = "\r\n"})),
              1 + below(random, 500)));
  }
  std::cout << with_dosage << " sites with a dosage, " << without << " without\n";
  EXPECT_GT(with_dosage, seeds * 20);
  EXPECT_GT(without, seeds * 5);
}

// A site's reference row may be written out, be part of a gVCF block, or be left out of a file whose sender says that
// blanks are reference: the sum is the same.
TEST(SamePerson, ReferenceRowsMayBeBlocksOrBlanks) {
  std::size_t from_blocks = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Random random(seed + 10'000);
    const Person one = person(random, Overlaps::none);
    // Only what is written out can be compared: the model asks for no site of which there is no row.
    Person asked = one;
    asked.sites.clear();
    asked.weights.clear();
    for (std::size_t i = 0; i < one.sites.size(); ++i)
      if (std::ranges::any_of(one.variants, [&](const Locus& v) {
            return v.position == one.sites[i].position && chromosome_of(v.contig) == one.sites[i].chromosome;
          })) {
        asked.sites.push_back(one.sites[i]);
        asked.weights.push_back(one.weights[i]);
      }
    const Panel wanted = panel(asked.sites);
    const auto base = extract(wanted, write(asked, {}), options(Absence::missing)).value();
    const auto blocks = extract(wanted, write(asked, {.blocks = true}), options(Absence::missing, InputKind::gvcf));
    ASSERT_TRUE(blocks) << describe(blocks.error_or(Error{}));
    EXPECT_EQ(blocks->dosages.dosage, base.dosages.dosage) << seed;
    EXPECT_EQ(blocks->dosages.alleles, base.dosages.alleles) << seed;
    EXPECT_EQ(sum_of(asked, *blocks), sum_of(asked, base)) << seed;
    from_blocks += blocks->dosages.count(Outcome::homref_from_block);
    const auto blanks = extract(wanted, write(asked, {.without_reference = true}), options(Absence::homref)).value();
    EXPECT_EQ(blanks.dosages.dosage, base.dosages.dosage) << seed;
    EXPECT_EQ(sum_of(asked, blanks), sum_of(asked, base)) << seed;
  }
  EXPECT_GT(from_blocks, seeds * 5);
}

// One called allele is exchanged for another: wherever the model weighs the two differently, the sum changes, by that
// weight; where it does not, the sum stays.
TEST(SamePerson, ExchangingACalledAlleleChangesTheSumByItsWeight) {
  std::size_t exchanged = 0, changed = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Random random(seed + 20'000);
    Person one = person(random, Overlaps::none);
    const Panel wanted = panel(one.sites);
    const auto base = extract(wanted, write(one, {}), options(Absence::missing)).value();
    for (int round = 0; round < 20; ++round) {
      Locus& v = one.variants[below(random, one.variants.size())];
      const std::size_t which = below(random, 2);
      const int was = v.called[which];
      const int now = static_cast<int>(below(random, v.alleles.size()));
      if (was == no_call || was == now || v.filter != "PASS") continue;
      std::int64_t expected = sum_of(one, base).sum;
      for (std::size_t i = 0; i < one.sites.size(); ++i) {
        const Site& s = one.sites[i];
        if (s.position != v.position || s.chromosome != chromosome_of(v.contig)) continue;
        const auto effect = [&](int allele) { return v.alleles[static_cast<std::size_t>(allele)] == s.effect_allele; };
        expected += std::int64_t{one.weights[i]} * dosage_unit * (effect(now) - effect(was));
      }
      v.called[which] = now;
      const auto got = extract(wanted, write(one, {}), options(Absence::missing)).value();
      EXPECT_EQ(sum_of(one, got).sum, expected) << "seed " << seed << ", " << v.contig << ":" << v.position;
      EXPECT_EQ(sum_of(one, got).alleles, sum_of(one, base).alleles);
      ++exchanged;
      changed += expected != sum_of(one, base).sum ? 1U : 0U;
      v.called[which] = was;
    }
  }
  std::cout << changed << " of " << exchanged << " exchanges changed the sum\n";
  EXPECT_GT(changed, exchanged / 3);
}

}  // namespace
}  // namespace glovebox::genome
