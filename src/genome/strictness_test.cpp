// docs/vcf-strictness.md is what this test says it is: the specification's own faulty files (hts-specs test/vcf), each
// refused or let pass for a reason that is written here, beside what htslib does with it; and the files of other
// people that are refused. The page is made from the files; where it differs, the test fails and leaves the new one.
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "genome/spec_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;
namespace fs = std::filesystem;

constexpr std::string_view bcftools_known = "bcftools 1.21";

// Why a fault is let pass. The first family that begins the file's name wins.
struct Tolerated {
  std::string_view family, why;
};
constexpr std::array tolerated{
    Tolerated{"body_info_integer", "INFO: no score reads it"},
    Tolerated{"body_info_016", "END of a row whose ALT is spelled out: REF says how long it is"},
    Tolerated{"body_info_017", "END of a row whose ALT is spelled out: REF says how long it is"},
    Tolerated{"body_info_018", "END of a row whose ALT is spelled out: REF says how long it is"},
    Tolerated{"body_info", "INFO: no score reads it"},
    Tolerated{"meta_alt", "an ALT line: a record's own ALT is what counts"},
    Tolerated{"meta_info", "an INFO line other than END's: no score reads the field"},
    Tolerated{"meta_contig_003", "`:` and `*` stand in the names of HLA contigs"},
    Tolerated{"meta_format_002", "a description is for people"},
    Tolerated{"meta_format_003", "the order of Number and Type says nothing"},
    Tolerated{"meta_format", "a FORMAT line of a field that no score reads; GATK writes AD with Number=."},
    Tolerated{"meta_001", "descriptions with quotes inside are common"},
    Tolerated{"meta_00", "a description, or a line, that no score reads"},
    Tolerated{"meta_", "a line that no score reads"},
    Tolerated{"body_duplicated", "real files have them: the site is `duplicate` or `ambiguous`, and has no dosage"},
    Tolerated{"body_no_newline", "editors and scripts leave the last newline out"},
    Tolerated{"body_alt_000", "an IUPAC letter: real references and files have them; no model's allele equals it"},
    Tolerated{"body_ref_001", "an IUPAC letter: real references and files have them; no model's allele equals it"},
    Tolerated{"body_chrom", "`:` and `*` stand in the names of HLA contigs"},
    Tolerated{"body_filter_004", "a filter named twice: filtered either way"},
    Tolerated{"body_format", "the name of a FORMAT field that no score reads"},
    Tolerated{"body_id", "an rsID is never looked at"},
    Tolerated{"body_qual", "no score reads QUAL; GATK has written negative ones"},
    Tolerated{"body_samples_ploidy", "PL: no score reads it"},
    Tolerated{"body_sample", "a FORMAT field that this score does not read"},
};

std::optional<std::string_view> why_tolerated(std::string_view file) {
  for (const Tolerated& one : tolerated)
    if (file.starts_with(one.family)) return one.why;
  return std::nullopt;
}

// Files of other people's tests, each made by hand with one fault or another, which no caller wrote.
const std::map<std::string_view, std::string_view> refused_files = {
    {"isec-miss.2.3.vcf", "rows without the sample columns that the header names; bcftools refuses it too"},
    {"setGT.4.vcf", "a row with one sample column more than the header names"},
    {"norm.setref.vcf", "REF is `.`: made to test that `norm` can fill it in"},
    {"norm.vcf", "ALT is `I`: made to test an unknown allele"},
    {"noroundtrip.vcf", "FORMAT is `GT:GT`: which of the two is the call?"},
    {"vcf_example1.vcf", "REF is `.`, or empty, or two alleles: made to test a converter's errors"},
    {"vcf_example3.vcf", "X is written `X`, `chrX` and `x` in one file, rows of chromosome 1 between"},
    {"vcf_structural_variants.vcf", "rows of several callers put one after the other, unsorted"},
    {"vcftests.vcf", "the rows of M are unsorted"},
};

// fault is what the file says of itself.
std::string fault(const fs::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (const auto at = line.find("auseOfFailure="); at != std::string::npos && line.starts_with("##")) {
      std::string text = line.substr(at + 14);
      while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.pop_back();
      return text;
    }
  return "-";
}

// where is the place in an error's `found`: line, CHROM:POS, field.
std::string where(const Error& error) {
  const std::string text = error.found.substr(0, error.found.find(": "));
  return text.starts_with("line ") ? text : std::string();
}

std::string cell(std::string text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

// first_line runs a command and returns the first line of what it prints.
std::string first_line(const std::string& command) {
  std::array<char, 128> line{};
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    if (std::fgets(line.data(), line.size(), pipe) == nullptr) line[0] = 0;
    ::pclose(pipe);
  }
  return line.data();
}
bool htslib_refuses(const fs::path& file) {
  return ::system(("bcftools view -o /dev/null '" + file.string() + "' >/dev/null 2>&1").c_str()) != 0;
}

struct Count {
  std::size_t all = 0, refused = 0, htslib = 0, only_htslib = 0;
};

TEST(Strictness, ThePageSaysWhatIsRefusedAndWhatIsLetPass) {
  const auto folder = shared() / "data/vcf-spec";
  GLOVEBOX_NEEDS(folder);
  const fs::path page_path = vectors().parent_path().parent_path() / "docs/vcf-strictness.md";
  const Bytes bytes = fs::exists(page_path) ? read(page_path) : Bytes();
  const std::string page(bytes.begin(), bytes.end());
  const bool measured = first_line("bcftools --version 2>/dev/null") == std::string(bcftools_known) + "\n";

  std::map<std::string, Count> counts;
  std::map<std::string, std::set<std::string>> refused;          // a row without its versions, and these
  std::map<std::string_view, std::set<std::string>> let_pass;    // why, and the faults
  std::map<std::string_view, std::array<std::size_t, 3>> files;  // why: files of 4.2, of 4.3, refused by htslib
  for (const std::string version : {"4.2", "4.3"})
    for (const fs::path& file : files_in(folder / version / "failed", ".vcf")) {
      const std::string name = file.stem().string().substr(7);  // without "failed_"
      const auto got = read_all(read(file));
      const bool by_htslib = measured && htslib_refuses(file);
      Count& count = counts[version];
      ++count.all;
      count.refused += got ? 0U : 1U;
      count.htslib += by_htslib ? 1U : 0U;
      count.only_htslib += by_htslib && got ? 1U : 0U;
      if (got) {
        const auto why = why_tolerated(name);
        ASSERT_TRUE(why) << file << " was read, and nothing says why";
        let_pass[*why].insert(cell(fault(file)));
        auto& [of_42, of_43, of_htslib] = files[*why];
        ++(version == "4.2" ? of_42 : of_43);
        of_htslib += by_htslib ? 1U : 0U;
      } else {
        const std::string at = where(got.error());
        refused["`" + name + "` | \x01 | " + cell(fault(file)) + " | `" +
                std::string(glovebox::name(got.error().reason)) + "`" + (at.empty() ? "" : ": " + cell(at)) + " | " +
                (by_htslib ? "refused" : "read") + " |"]
            .insert(version);
      }
    }

  std::string refused_table, let_pass_table;
  for (const auto& [row, versions] : refused) {
    std::string text = row;
    text.replace(text.find('\x01'), 1, versions.size() == 2 ? "4.2, 4.3" : *versions.begin());
    refused_table += "| " + text + "\n";
  }
  for (const auto& [why, faults] : let_pass) {
    const auto& [of_42, of_43, of_htslib] = files[why];
    std::string list;
    for (const std::string& one : faults) list += (list.empty() ? "" : "; ") + one;
    let_pass_table += "| " + std::string(why) + " | " + std::to_string(of_42) + " | " + std::to_string(of_43) + " | " +
                      std::to_string(of_htslib) + " | " + list + " |\n";
  }

  // What is well formed, or someone's own.
  std::size_t passed = 0, without_samples = 0;
  for (const fs::path& file : files_in(folder, ".vcf")) {
    if (file.string().contains("/failed/")) continue;
    ++passed;
    const auto got = extract(panel({site("1", 1, "A", "C")}), read(file));
    without_samples += reason_of(got) == "no_samples" ? 1U : 0U;
  }
  std::size_t others = 0;
  std::string other_table;
  for (const char* from : {"bcftools", "htslib", "fhir", "genotypes", "derived"})
    for (const char* extension : {".vcf", ".vcf.gz"})
      for (const fs::path& file : files_in(shared() / "data" / from, extension)) {
        ++others;
        const auto got = read_all(read(file));
        if (got) continue;
        const auto known = refused_files.find(file.filename().string());
        EXPECT_NE(known, refused_files.end()) << file << ": " << describe(got.error());
        if (known == refused_files.end()) continue;
        other_table += "| `" + std::string(known->first) + "` | " + from + " | `" +
                       std::string(glovebox::name(got.error().reason)) + "`: " + cell(where(got.error())) + " | " +
                       std::string(known->second) + " |\n";
      }
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(other_table, '\n')), refused_files.size());

  const auto number = [](std::size_t n) { return std::to_string(n); };
  const auto line = [&](const std::string& what, std::size_t Count::* field) {
    return "| " + what + " | " + number(counts["4.2"].*field) + " | " + number(counts["4.3"].*field) + " |\n";
  };
  const std::string expected =
      "# What of a VCF is held to the letter\n\n"
      "A parser that lets a fault pass may score another genome than the one that was meant; one that refuses what "
      "real callers write\n"
      "is of no use. Checked to the letter is what a score depends on ([spec/genome.md](spec/genome.md)). This page is "
      "that line drawn\n"
      "through the specification's own test files (hts-specs, test/vcf). "
      "`Strictness.ThePageSaysWhatIsRefusedAndWhatIsLetPass` makes it\n"
      "and fails where it is not true; htslib is what `bcftools view` 1.21 answers.\n\n"
      "| files that must fail | VCF 4.2 | VCF 4.3 |\n| --- | --- | --- |\n" +
      line("in all", &Count::all) + line("refused by glovebox", &Count::refused) +
      line("refused by htslib", &Count::htslib) + line("refused by htslib, read by glovebox", &Count::only_htslib) +
      "\nOf the " + number(passed) + " files that must be read, or are examples, all are; " + number(without_samples) +
      " of them have no samples and cannot be scored (`no_samples`). One, `zero_length_LAA.vcf`, lists\n"
      "position 400 before 300, against the specification that it tests: its records are read, a score of it is "
      "`vcf_unsorted`.\n\n"
      "## Other people's files\n\nOf " +
      number(others) + " files of bcftools, htslib, vcf2fhir, the 1000 Genomes Project and CINECA, " +
      number(others - refused_files.size()) +
      " are read to the end. These are not; all were written by hand as tests:\n\n"
      "| file | of | refused as | why |\n| --- | --- | --- | --- |\n" +
      other_table +
      "\n## Refused\n\n| file | VCF | its fault | glovebox | htslib |\n| --- | --- | --- | --- | --- |\n" +
      refused_table +
      "\n## Let pass\n\n| why | files of 4.2 | of 4.3 | refused by htslib | their faults |\n| --- | --- | --- | --- | "
      "--- |\n" +
      let_pass_table;
  EXPECT_EQ(passed, 51U);
  EXPECT_EQ(without_samples, 19U);
  EXPECT_EQ(counts["4.2"].all, 190U);
  EXPECT_EQ(counts["4.3"].all, 224U);
  if (!measured) GTEST_SKIP() << "the page's figures for htslib need " << bcftools_known << ", which is not here";
  for (const auto& [version, count] : counts) {
    EXPECT_GT(count.refused, 2 * count.htslib) << version;
    EXPECT_EQ(count.only_htslib, 0U) << version;
  }
  if (expected == page) return;
  const fs::path made = fs::path(GLOVEBOX_BUILD) / "vcf-strictness.md";
  std::ofstream(made) << expected;
  ADD_FAILURE() << page_path << " is not what the files say; what they say is in " << made;
}

}  // namespace
}  // namespace glovebox::genome
