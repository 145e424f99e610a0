// docs/genotypes.md is what this test says it is: every example on the page is read by our code, and by plink2 and
// bcftools where they are installed, and must come out as the page says.
//
// An example is a fenced block of lines that begin with a key:
//   vcf       CHROM POS ID REF ALT QUAL FILTER INFO FORMAT SAMPLE    one record; may repeat
//   model     CHROM POS effect G, other A, reference A, frequency 0.3    one site; may repeat; only `effect` is needed
//   score     CELL ...    instead of model: a line of a scoring file, the first with the columns' names
//   callable  CHROM START END    a line of a BED
//   options   --input-kind gvcf --min-gq 20 ...    of the command line; without --absent, missing
//   glovebox  OUTCOME[, DOSAGE of ALLELES]    one for each model line; or: refused, REASON; of a scoring file:
//             sum SUM of DENOM, average AVG[, NUMBER OUTCOME]...    with what has no dosage
//   plink2    DOSAGE of ALLELES / missing / row skipped / error [with WORDS]    of all model lines together; of a
//   scoring
//             file: sum SUM of ALLELES
//   bcftools  COMMAND: WHAT IT PRINTS
//   pgsc_calc TEXT    from its documents; not run
#include <cmath>

#include "genome/genome_testing.h"
#include "scoring/score_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;
namespace fs = std::filesystem;

using Words = std::vector<std::string>;

Words words_of(const std::string& text) {
  std::istringstream in(text);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

struct Example {
  std::size_t line = 0;  // on the page
  std::string rule;      // the heading above
  std::vector<Words> records, models, score, callable;
  Words options;
  std::vector<std::string> glovebox, bcftools;
  std::string plink2;
};

std::vector<Example> examples_of(const fs::path& page) {
  std::ifstream in(page);
  std::vector<Example> out;
  bool inside = false;
  std::string rule;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("#")) rule = line.substr(line.find(' ') + 1);
    if (line.starts_with("```")) {
      inside = !inside && line == "```text";
      if (inside) {
        out.emplace_back();
        out.back().line = number;
        out.back().rule = rule;
      }
      continue;
    }
    if (!inside) continue;
    const std::string key = line.substr(0, line.find(' '));
    const std::string rest = line.substr(std::min(line.find_first_not_of(' ', key.size()), line.size()));
    Example& example = out.back();
    if (key == "vcf")
      example.records.push_back(words_of(rest));
    else if (key == "model")
      example.models.push_back(words_of(rest));
    else if (key == "score")
      example.score.push_back(words_of(rest));
    else if (key == "callable")
      example.callable.push_back(words_of(rest));
    else if (key == "options")
      example.options = words_of(rest);
    else if (key == "glovebox")
      example.glovebox.push_back(rest);
    else if (key == "plink2")
      example.plink2 = rest;
    else if (key == "bcftools")
      example.bcftools.push_back(rest);
    else if (key != "pgsc_calc")
      ADD_FAILURE() << page << ":" << number << ": " << key << " is no key of an example";
  }
  return out;
}

const std::map<std::string, std::string> lengths = {
    {"1", "249250621"}, {"22", "51304566"}, {"X", "155270560"}, {"Y", "59373566"}, {"MT", "16569"}};

std::string file_of(const Example& example, bool with_anchor) {
  std::string out = "##fileformat=VCFv4.2\n##FILTER=<ID=LowQual,Description=\"x\">\n";
  for (const char* field : {"END"})
    out += "##INFO=<ID=" + std::string(field) + ",Number=1,Type=Integer,Description=\"x\">\n";
  for (const char* field : {"GT,Number=1,Type=String", "FT,Number=1,Type=String", "DS,Number=A,Type=Float",
                            "GP,Number=G,Type=Float", "GQ,Number=1,Type=Integer", "RGQ,Number=1,Type=Integer",
                            "DP,Number=1,Type=Integer", "MIN_DP,Number=1,Type=Integer", "LEN,Number=1,Type=Integer"})
    out += "##FORMAT=<ID=" + std::string(field) + ",Description=\"x\">\n";
  std::vector<std::string> contigs = {"22"};
  for (const Words& record : example.records)
    if (std::ranges::find(contigs, record[0]) == contigs.end()) contigs.push_back(record[0]);
  for (const std::string& contig : contigs)
    out += "##contig=<ID=" + contig + ",length=" + lengths.at(contig.starts_with("chr") ? contig.substr(3) : contig) +
           ">\n";
  out += columns;
  for (const Words& record : example.records) {
    EXPECT_EQ(record.size(), 10U) << "line " << example.line;
    for (std::size_t i = 0; i < record.size(); ++i) out += (i == 0 ? "" : "\t") + record[i];
    out += "\n";
  }
  if (with_anchor) out += tabs("22 17000000 anchor C T . PASS . GT 0/0\n");
  return out;
}

// value_after finds "effect G," in a model line.
std::optional<std::string> value_after(const Words& words, std::string_view key) {
  for (std::size_t i = 2; i + 1 < words.size(); ++i)
    if (words[i] == key)
      return words[i + 1].ends_with(',') ? words[i + 1].substr(0, words[i + 1].size() - 1) : words[i + 1];
  return std::nullopt;
}

Site site_of(const Words& model) {
  Site out = site(model.at(0), std::stoull(model.at(1)), value_after(model, "effect").value(),
                  value_after(model, "other").value_or(""));
  if (const auto reference = value_after(model, "reference"))
    out.reference = *reference == out.effect_allele ? ReferenceAllele::effect : ReferenceAllele::other;
  if (const auto frequency = value_after(model, "frequency"))
    out.expected = static_cast<Dosage>(std::lround(2 * std::stod(*frequency) * dosage_unit));
  return out;
}

// meant is the enumerator that an option's word names.
template <class Enum>
Enum meant(const std::string& word, std::initializer_list<std::pair<std::string_view, Enum>> words) {
  for (const auto& [text, value] : words)
    if (text == word) return value;
  ADD_FAILURE() << "no such word: " << word;
  return {};
}

Options options_of(const Example& example) {
  Options out{.build = Build::grch37};
  out.rules.absence = Absence::missing;
  for (std::size_t i = 0; i < example.options.size(); ++i) {
    const std::string& option = example.options[i];
    if (option == "--flip") {
      out.rules.flip = true;
      continue;
    }
    const std::string value = example.options.at(++i);
    if (option == "--input-kind")
      out.rules.kind = meant<InputKind>(value, {{"wgs-vcf", InputKind::wgs_vcf},
                                                {"gvcf", InputKind::gvcf},
                                                {"array-imputed", InputKind::array_imputed},
                                                {"panel", InputKind::panel}});
    else if (option == "--absent")
      out.rules.absence = meant<Absence>(
          value, {{"homref", Absence::homref}, {"missing", Absence::missing}, {"frequency", Absence::frequency}});
    else if (option == "--dosage")
      out.rules.dosage =
          meant<DosageField>(value, {{"GT", DosageField::gt}, {"DS", DosageField::ds}, {"GP", DosageField::gp}});
    else if (option == "--sex")
      out.rules.sex = meant<Sex>(value, {{"female", Sex::female}, {"male", Sex::male}});
    else if (option == "--x-male")
      out.rules.x_male = meant<MaleX>(value, {{"single", MaleX::single}, {"double", MaleX::doubled}});
    else if (option == "--min-gq")
      out.rules.min_gq = static_cast<std::uint32_t>(std::stoul(value));
    else if (option == "--min-dp")
      out.rules.min_dp = static_cast<std::uint32_t>(std::stoul(value));
    else
      ADD_FAILURE() << "no such option: " << option;
  }
  return out;
}

// shown writes millionths as a person does: 1, 0.6, 1.05.
std::string shown(Dosage dosage) {
  std::string out = std::to_string(dosage / dosage_unit);
  if (dosage % dosage_unit == 0) return out;
  std::string places = std::to_string(dosage_unit + dosage % dosage_unit).substr(1);
  while (places.ends_with('0')) places.pop_back();
  return out + "." + places;
}

std::vector<std::string> ours(const Example& example) {
  std::vector<Site> sites;
  for (const Words& model : example.models) sites.push_back(site_of(model));
  const Panel wanted = panel(sites);
  Options options = options_of(example);
  if (!example.callable.empty()) {
    CallableReader reader(wanted);
    std::string bed;
    for (const Words& region : example.callable) bed += region.at(0) + "\t" + region.at(1) + "\t" + region.at(2) + "\n";
    EXPECT_TRUE(reader.feed(view_of(bed)));
    options.callable = std::make_shared<const Callable>(reader.finish().value());
  }
  const auto got = extract(wanted, file_of(example, false), options);
  if (!got) return {"refused, " + std::string(name(got.error().reason))};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const Dosages& d = got->dosages;
    out.push_back(std::string(name(d.outcome[i])));
    if (d.dosage[i] != missing_dosage) out.back() += ", " + shown(d.dosage[i]) + " of " + std::to_string(d.alleles[i]);
  }
  return out;
}

std::vector<std::string> our_sum(const Example& example) {
  std::string scoring;
  for (const Words& row : example.score)
    for (std::size_t i = 0; i < row.size(); ++i) scoring += row[i] + (i + 1 == row.size() ? "\n" : "\t");
  const auto file = bundle::read_scoring_file(view_of(scoring), {.build = bundle::Build::grch37});
  if (!file) return {"refused, " + std::string(name(file.error().reason))};
  const bundle::Bundle model = scoring::test::bundle_of(*file);
  const auto scored = scoring::test::Scorer(model).score(file_of(example, false), options_of(example));
  std::map<std::string, std::size_t> without;
  if (const std::size_t unscored = model.features.size() - model.variants().size()) without["unsupported"] = unscored;
  for (std::size_t i = 0; i < scored.used.size(); ++i)
    if (!scored.used[i])
      ++without[gives_dosage(scored.outcome[i]) ? "unsupported" : std::string(name(scored.outcome[i]))];
  std::ostringstream out;
  out << "sum " << scored.sums.sum_text() << " of " << scored.sums.denominator << ", average " << scored.sums.average();
  for (const auto& [outcome, number] : without) out << ", " << number << " " << outcome;
  return {out.str()};
}

// ---- the programs of others

std::string of_plink2(const Example& example) {
  const Scratch scratch;
  const auto with = example.plink2.find(" with ");
  std::string dosage, modifiers, flags;
  if (with != std::string::npos)
    for (const std::string& word : words_of(example.plink2.substr(with + 6))) {
      if (word.starts_with("dosage="))
        dosage = " " + word;
      else if (word == "male" || word == "female")
        flags +=
            " --update-sex " + scratch.write("sex", "#IID\tSEX\nS1\t" + std::string(word == "male" ? "1" : "2") + "\n");
      else if (word == "ignore-dup-ids" || word == "dominant" || word == "recessive")
        modifiers += " " + word;
      else
        flags += " " + word;
    }
  std::string score;
  for (const Words& model : example.models) {
    std::string id = "elsewhere";
    for (const Words& record : example.records)
      if ((record[0] == model[0] || record[0] == "chr" + model[0]) && record[1] == model[1]) {
        id = record[2];
        break;
      }
    score += id + " " + value_after(model, "effect").value() + " 1\n";
  }
  for (const Words& row : example.score) {
    if (row == example.score.front()) continue;
    const auto column = [&](const char* key) {
      return row.at(
          static_cast<std::size_t>(std::ranges::find(example.score.front(), key) - example.score.front().begin()));
    };
    for (const Words& record : example.records)
      if (record[0] == column("chr_name") && record[1] == column("chr_position"))
        score += record[2] + " " + column("effect_allele") + " " + column("effect_weight") + "\n";
  }
  const std::string command = "plink2 --threads 1 --memory 1024 --vcf " +
                              scratch.write("x.vcf", file_of(example, true)) + dosage + " --score " +
                              scratch.write("score", score + "anchor T 0\n") + " no-mean-imputation" + modifiers +
                              " cols=+scoresums" + flags + " --out " + scratch.path("out") + " 2>&1";
  const std::string log = output_of(command);
  std::ifstream in(scratch.path("out.sscore"));
  std::string names, values;
  if (!std::getline(in, names) || !std::getline(in, values)) return "error";
  if (log.contains("skipped") || log.contains("missing from")) return "row skipped";
  std::map<std::string, std::string> row;
  const Words keys = words_of(names), cells = words_of(values);
  for (std::size_t i = 0; i < keys.size(); ++i) row[keys[i]] = cells.at(i);
  const auto alleles = std::stoul(row["ALLELE_CT"]) - 2;
  if (!example.score.empty()) return "sum " + row["SCORE1_SUM"] + " of " + std::to_string(alleles);
  if (alleles == 0) return "missing";
  return row["NAMED_ALLELE_DOSAGE_SUM"] + " of " + std::to_string(alleles);
}

// of_bcftools runs the command of a line "COMMAND: OUTPUT" and writes it again with what came out.
std::string of_bcftools(const Example& example, const std::string& line) {
  const Scratch scratch;
  const std::string command = line.substr(0, line.find(": "));
  const std::string file = scratch.write("x.vcf", file_of(example, false));
  std::string out;
  if (command == "+dosage") {
    for (const std::string& row : lines_of(output_of("bcftools +dosage " + file + " -- -t GT 2>/dev/null")))
      if (!row.starts_with("#")) out += (out.empty() ? "" : "; ") + row.substr(row.rfind('\t') + 1);
  } else {
    std::string shell = "bcftools view -Oz -W=tbi -o " + scratch.path("x.vcf.gz") + " " + file + " 2>/dev/null && ";
    shell += "bcftools " + command + " " + scratch.path("x.vcf.gz") +
             " 2>/dev/null | bcftools query -f '%REF>%ALT [%GT]\\n' 2>/dev/null";
    for (const std::string& row : lines_of(output_of(shell))) out += (out.empty() ? "" : "; ") + row;
  }
  return command + ": " + (out.empty() ? "nothing" : out);
}

TEST(GenotypesPage, EveryExampleComesOutAsThePageSays) {
  const auto examples = examples_of(vectors().parent_path().parent_path() / "docs/genotypes.md");
  EXPECT_GT(examples.size(), 40U);
  const bool plink2 = installed("plink2"), bcftools = installed("bcftools");
  std::size_t by_plink2 = 0, by_bcftools = 0;
  for (const Example& example : examples) {
    const std::string where = "docs/genotypes.md:" + std::to_string(example.line) + ": " + example.rule;
    EXPECT_TRUE(example.models.empty() != example.score.empty()) << where;
    EXPECT_EQ(example.score.empty() ? ours(example) : our_sum(example), example.glovebox) << where;
    if (plink2 && !example.plink2.empty()) {
      EXPECT_EQ(of_plink2(example), example.plink2.substr(0, example.plink2.find(" with "))) << where;
      ++by_plink2;
    }
    if (bcftools)
      for (const std::string& line : example.bcftools) {
        EXPECT_EQ(of_bcftools(example, line), line) << where;
        ++by_bcftools;
      }
  }
  std::cout << examples.size() << " examples, " << by_plink2 << " also by plink2, " << by_bcftools << " by bcftools\n";
}

}  // namespace
}  // namespace glovebox::genome
