// picked_testing.h: what the tests of picking share: made VCFs, and .tbi and .csi of them.
#pragma once
#include "genome/genome_testing.h"
#include "scan/index_testing.h"
#include "scan/picked.h"

namespace glovebox::scan::test {
using namespace genome::test;

using Random = std::mt19937;
inline std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}
inline bool one_in(Random& random, std::size_t n) {
  return below(random, n) == 0;
}
inline std::string bases(Random& random, std::size_t size) {
  std::string out;
  while (out.size() < size) out += "ACGT"[below(random, 4)];
  return out;
}

// tbi and csi make them as they lie in a file.
inline Bytes tbi(View file) {
  return bgzf(IndexWriter(Form::tbi, 14, 5).text(file), 65280);
}
inline Bytes csi(View file, std::uint32_t shift, std::uint32_t depth) {
  return bgzf(IndexWriter(Form::csi, shift, depth).text(file), 65280);
}

// Made is a VCF as text, and sites on its rows and beside them.
struct Made {
  std::string text;
  std::vector<genome::Site> sites;
};
enum class Kind { variants, gvcf };

inline Made made(Random& random, Kind kind, std::size_t rows, std::size_t sites) {
  Made out;
  out.text = head37 + "##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"x\">\n";
  if (kind == Kind::gvcf)
    out.text += "##ALT=<ID=NON_REF,Description=\"x\">\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"x\">\n";
  out.text += columns;
  std::vector<std::string> contigs = {"1", "2", "X", "GL000192.1", "21", "Y", "MT"};
  std::ranges::shuffle(contigs, random);
  contigs.resize(1 + below(random, contigs.size()));
  for (const std::string& contig : contigs) {
    const bool close = one_in(random, 2);
    std::uint64_t position = contig == "MT" || contig == "GL000192.1" ? 1 : 1 + below(random, 20'000'000);
    const std::uint64_t last = contig == "MT" ? 16'000 : 45'000'000;
    const std::size_t count = 1 + below(random, rows);
    for (std::size_t i = 0; i < count && position < last; ++i) {
      std::string ref = bases(random, 1);
      std::string alt;
      std::string info = bases(random, below(random, one_in(random, 60) ? 5000 : 60) + 1);
      std::string gt = std::array{"0/1", "1/1", "0/0", "./.", "0|1", "1", "./1"}[below(random, 7)];
      std::uint64_t end = position;
      if (kind == Kind::gvcf && !one_in(random, 4)) {
        alt = one_in(random, 5) ? "." : "<NON_REF>";
        if (one_in(random, 30)) alt = "<DEL>";
        end = position + below(random, one_in(random, 20) ? 300'000 : 400);
        info = (one_in(random, 2) ? info + ";" : std::string()) + "END=" + std::to_string(end);
        gt = one_in(random, 8) ? "./." : alt == "<DEL>" ? "0/1" : "0/0";
      } else if (one_in(random, 8)) {
        ref += bases(random, 1 + below(random, one_in(random, 5) ? 600 : 8));
        alt = ref.substr(0, 1);
        end = position + ref.size() - 1;
      } else if (one_in(random, 10)) {
        alt = ref + bases(random, 1 + below(random, 5));
      } else if (one_in(random, 12)) {
        alt = ".";
        gt = "0/0";
      } else {
        alt = ref == "A" ? "G" : "A";
        if (one_in(random, 10)) alt += ref == "C" ? ",T" : ",C";
      }
      if (kind == Kind::gvcf && alt != "." && !alt.starts_with('<')) alt += ",<NON_REF>";
      out.text += contig + "\t" + std::to_string(position) + "\t.\t" + ref + "\t" + alt + "\t.\t" +
                  (one_in(random, 15) ? "LowQual" : "PASS") + "\t" + info + "\tGT:GQ\t" + gt + ":50\n";
      if (!out.sites.empty() || !one_in(random, 3)) {
        const std::uint64_t beside = position + (one_in(random, 2) ? 0 : below(random, 2 * (end - position) + 20));
        if (genome::chromosome_of(contig) && contig != "MT") {
          const bool swapped = one_in(random, 2);
          const bool snv = alt == "." || alt.starts_with('<') || beside != position;
          const std::string first = snv ? "A" : ref;
          const std::string second = snv ? "C" : alt.substr(0, alt.find(','));
          out.sites.push_back(site(contig, beside, swapped ? first : second, swapped ? second : first,
                                   one_in(random, 5) ? genome::ReferenceAllele::unknown
                                   : swapped         ? genome::ReferenceAllele::effect
                                                     : genome::ReferenceAllele::other));
          if (one_in(random, 12)) out.sites.back().other_allele.clear();
          if (out.sites.back().other_allele.empty()) out.sites.back().reference = genome::ReferenceAllele::unknown;
        }
      }
      // Several rows at one position, close ones, and deserts.
      if (!one_in(random, 10)) position += 1 + below(random, close ? 60 : one_in(random, 50) ? 900'000 : 9000);
    }
  }
  std::ranges::shuffle(out.sites, random);
  if (out.sites.size() > sites) out.sites.resize(sites);
  out.sites.push_back(site("7", 5000, "A", "G", genome::ReferenceAllele::other));  // no such rows
  out.sites.push_back(site("2", 40'000'000 + below(random, 100'000), "A", "G", genome::ReferenceAllele::effect));
  return out;
}

// glance_of is a site that a row's first alleles make; nothing where they make none.
inline std::optional<genome::Site> glance_of(std::string_view row) {
  std::vector<std::string> f;
  for (std::size_t at = 0; f.size() < 5;) {
    const auto tab = row.find('\t', at);
    if (tab == std::string_view::npos) return std::nullopt;
    f.emplace_back(row.substr(at, tab - at));
    at = tab + 1;
  }
  const auto chromosome = genome::chromosome_of(f[0]);
  std::string alt = f[4].substr(0, f[4].find(','));
  if (alt.find_first_not_of("ACGT") != std::string::npos) alt = f[3] == "A" ? "C" : "A";
  if (!chromosome || f[3].find_first_not_of("ACGT") != std::string::npos || f[3] == alt) return std::nullopt;
  return genome::Site{*chromosome, std::stoull(f[1]), alt, f[3], genome::ReferenceAllele::other};
}

// said writes what was extracted, all but the count of rows.
inline std::string said(const Result<genome::Extracted>& got) {
  if (!got) return std::string(name(got.error().reason));
  std::string out = got->sample + " " + std::to_string(got->samples) + " v" + std::to_string(got->version) + " " +
                    std::string(name(got->build)) + " " + std::string(name(got->build_standing));
  const genome::Dosages& d = got->dosages;
  out += " found " + std::to_string(d.found) + " " + std::to_string(d.found_with_alleles) + ";";
  for (const auto hint : d.hints) out += " " + std::to_string(hint);
  for (std::size_t i = 0; i < d.outcome.size(); ++i) {
    out +=
        "\n" + std::string(name(d.outcome[i])) + " " + std::to_string(d.dosage[i]) + "/" + std::to_string(d.alleles[i]);
    if (!d.matches.empty()) out += " " + d.matches[i].ref + ">" + d.matches[i].alt;
  }
  return out;
}

}  // namespace glovebox::scan::test
