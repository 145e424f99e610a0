// A synthetic VCF on GRCh38 with the sites of models for it, the same bytes for the same arguments.
//
//   make_vcf single RECORDS SEED PANEL:SITES...           > one person, as GATK's HaplotypeCaller writes a genome
//   make_vcf cohort RECORDS SAMPLES SEED PANEL:SITES...   > many people on chromosome 20, as the 1000 Genomes Project
//
// PANEL:SITES writes so many sites to the file PANEL, spread evenly over the records of the autosomes: six in ten lie
// on a record, the others where there is none. Lines are chromosome, position, REF, ALT and ID, with tabs, in the
// file's order. Sites are single bases; indels are among the records alone.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Contig {
  std::string_view name;
  std::uint32_t length;
};
// GRCh38, as the assembly report of GCF_000001405.40 has it.
constexpr std::array<Contig, 23> contigs = {{
    {"chr1", 248956422},  {"chr2", 242193529},  {"chr3", 198295559},  {"chr4", 190214555},  {"chr5", 181538259},
    {"chr6", 170805979},  {"chr7", 159345973},  {"chr8", 145138636},  {"chr9", 138394717},  {"chr10", 133797422},
    {"chr11", 135086622}, {"chr12", 133275309}, {"chr13", 114364328}, {"chr14", 107043718}, {"chr15", 101991189},
    {"chr16", 90338345},  {"chr17", 83257441},  {"chr18", 80373285},  {"chr19", 58617616},  {"chr20", 64444167},
    {"chr21", 46709983},  {"chr22", 50818468},  {"chrX", 156040895},
}};
constexpr std::size_t chromosome_20 = 19, chromosome_x = 22;
constexpr std::uint32_t margin = 10000;  // bases without records at both ends
constexpr std::string_view bases = "ACGT";

// SplitMix64: by Sebastiano Vigna, in the public domain; here for its few lines.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32); }
  double normal() {
    if (spare_ready_) {
      spare_ready_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(uniform() + 1e-12)), angle = 6.283185307179586 * uniform();
    spare_ = radius * std::sin(angle);
    spare_ready_ = true;
    return radius * std::cos(angle);
  }
  bool chance(double p) { return uniform() < p; }

 private:
  std::uint64_t state_;
  double spare_ = 0;
  bool spare_ready_ = false;
};

// Text grows and is written in large pieces.
class Text {
 public:
  explicit Text(std::FILE* out) : out_(out) { bytes_.reserve(full + 65536); }
  Text& operator<<(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  Text& operator<<(char letter) {
    bytes_ += letter;
    return *this;
  }
  template <std::integral T>
    requires(!std::is_same_v<T, char>)
  Text& operator<<(T value) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    bytes_.append(digits.data(), end);
    return *this;
  }
  // fixed writes so many digits after the point.
  Text& fixed(double value, int places) {
    std::array<char, 48> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, places).ptr;
    bytes_.append(digits.data(), end);
    return *this;
  }
  void line() {
    bytes_ += '\n';
    if (bytes_.size() >= full) flush();
  }
  void flush() {
    if (std::fwrite(bytes_.data(), 1, bytes_.size(), out_) != bytes_.size() || std::fflush(out_) != 0) {
      std::perror("make_vcf");
      std::exit(1);
    }
    bytes_.clear();
  }

 private:
  static constexpr std::size_t full = 1 << 20;
  std::FILE* out_;
  std::string bytes_;
};

struct Record {
  std::size_t contig = 0;
  std::uint32_t position = 0, next_position = 0;
  std::string ref, alt, id;
};

// Panel takes every step-th record of those that may carry a site.
class Panel {
 public:
  Panel(const std::string& path, std::uint64_t sites, std::uint64_t records)
      : file_(std::fopen(path.c_str(), "w"), std::fclose), out_(file_.get()), sites_(sites), records_(records) {
    if (!file_) {
      std::perror(path.c_str());
      std::exit(1);
    }
  }
  ~Panel() { out_.flush(); }
  // offer is called with every record that may carry a site, in the file's order, `index` counting them.
  void offer(std::uint64_t index, const Record& r) {
    // Site k belongs to record floor((k + 1/2) * records / sites); an indel passes it on to the next record.
    while (due_ < sites_ && (2 * due_ + 1) * records_ / (2 * sites_) <= index) ++due_;
    if (written_ == due_ || r.ref.size() != 1 || r.alt.size() != 1) return;
    const bool gap = r.position + 1 < r.next_position;
    const bool there = !gap || written_ % 5 < 3;
    out_ << contigs[r.contig].name << '\t' << r.position + (there ? 0 : 1) << '\t' << r.ref << '\t' << r.alt << '\t';
    if (there)
      out_ << r.id;
    else
      out_ << '.';
    out_.line();
    ++written_;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  Text out_;
  std::uint64_t sites_, records_, due_ = 0, written_ = 0;
};

void header(Text& out, std::size_t samples, bool cohort) {
  const auto line = [&](std::string_view text) { (out << text).line(); };
  line("##fileformat=VCFv4.2");
  line("##reference=GRCh38");
  line("##FILTER=<ID=PASS,Description=\"All filters passed\">");
  line("##FILTER=<ID=LowQual,Description=\"Low quality\">");
  line("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">");
  line("##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count\">");
  line("##INFO=<ID=AF,Number=A,Type=Float,Description=\"Allele frequency\">");
  line("##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Alleles in called genotypes\">");
  if (cohort) {
    line("##INFO=<ID=NS,Number=1,Type=Integer,Description=\"Number of samples\">");
    line("##INFO=<ID=VT,Number=1,Type=String,Description=\"Variant type\">");
  } else {
    line("##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Allelic depths\">");
    line("##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">");
    line("##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Genotype quality\">");
    line("##FORMAT=<ID=PL,Number=G,Type=Integer,Description=\"Likelihoods\">");
    line("##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">");
    line("##INFO=<ID=MLEAC,Number=A,Type=Integer,Description=\"Likeliest allele count\">");
    line("##INFO=<ID=MLEAF,Number=A,Type=Float,Description=\"Likeliest allele frequency\">");
    for (const std::string_view name :
         {"BaseQRankSum", "ExcessHet", "FS", "MQ", "MQRankSum", "QD", "ReadPosRankSum", "SOR"})
      (out << "##INFO=<ID=" << name << ",Number=1,Type=Float,Description=\"" << name << "\">").line();
  }
  for (const auto& contig : contigs)
    (out << "##contig=<ID=" << contig.name << ",length=" << contig.length << '>').line();
  out << "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
  for (std::size_t i = 0; i < samples; ++i) {
    if (cohort)
      out << "\tHG" << 10000 + i;
    else
      out << "\tNA12878";
  }
  out.line();
}

// call writes what HaplotypeCaller says of one person at one site.
void call(Text& out, Random& random) {
  const bool both = random.chance(0.38);
  const int depth = std::max(4, static_cast<int>(32 + 6 * random.normal()));
  const int ref_depth = both ? 0 : std::clamp(static_cast<int>(depth * (0.5 + 0.08 * random.normal())), 0, depth);
  double quality = both ? depth * 30.0 + 5 * random.normal() : depth * 15.0 + 40 * random.normal();
  if (quality < 30) quality = 30 + 10 * random.uniform();
  const int gq = both ? std::min(99, depth * 3) : random.chance(0.95) ? 99 : 20 + static_cast<int>(random.below(79));
  (out << '\t').fixed(quality, 2) << '\t' << (random.chance(0.97) ? "PASS" : "LowQual") << '\t';
  const double mapping = random.chance(0.8) ? 60 : 60 - 3 * random.uniform();
  if (both) {
    (out << "AC=2;AF=1.00;AN=2;DP=" << depth << ";ExcessHet=3.0103;FS=0.000;MLEAC=2;MLEAF=1.00;MQ=").fixed(mapping, 2);
  } else {
    (out << "AC=1;AF=0.500;AN=2;BaseQRankSum=").fixed(1.5 * random.normal(), 3)
        << ";DP=" << depth << ";ExcessHet=3.0103;FS=";
    out.fixed(3 * std::abs(random.normal()), 3) << ";MLEAC=1;MLEAF=0.500;MQ=";
    out.fixed(mapping, 2) << ";MQRankSum=";
    out.fixed(random.chance(0.8) ? 0 : random.normal(), 3);
  }
  (out << ";QD=").fixed(quality / depth, 2);
  if (!both) (out << ";ReadPosRankSum=").fixed(random.normal(), 3);
  (out << ";SOR=").fixed(0.5 + random.uniform(), 3) << "\tGT:AD:DP:GQ:PL\t" << (both ? "1/1:" : "0/1:");
  out << ref_depth << ',' << depth - ref_depth << ':' << depth << ':' << gq << ':';
  const int likelihood = static_cast<int>(quality);
  if (both)
    out << likelihood + 28 << ',' << gq << ",0";
  else
    out << likelihood + 8 << ",0," << std::max(0, static_cast<int>(depth * 14 + 30 * random.normal()));
}

// calls writes everybody's phased genotype; the frequency is drawn from 1/f.
void calls(Text& out, Random& random, const Record& r, std::size_t samples, std::string& genotypes) {
  const double rarest = std::log(1.0 / (2.0 * static_cast<double>(samples)));
  double frequency = std::exp(rarest + (std::log(0.5) - rarest) * random.uniform());
  if (random.chance(0.05)) frequency = 1 - frequency;
  const auto threshold = static_cast<std::uint32_t>(frequency * 4294967295.0);
  genotypes.clear();
  std::uint64_t carried = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::uint64_t draw = random.next();
    const bool left = static_cast<std::uint32_t>(draw) < threshold;
    const bool right = static_cast<std::uint32_t>(draw >> 32) < threshold;
    carried += std::uint64_t{left} + right;
    genotypes += {'\t', left ? '1' : '0', '|', right ? '1' : '0'};
  }
  (out << "\t100\tPASS\tAC=" << carried << ";AF=")
          .fixed(static_cast<double>(carried) / static_cast<double>(2 * samples), 6)
      << ";AN=" << 2 * samples << ";NS=" << samples
      << ";VT=" << (r.ref.size() == 1 && r.alt.size() == 1 ? "SNP" : "INDEL") << "\tGT" << genotypes;
}

// alleles draws a change of one base, or in one of eight an indel. No record lies over another's position: then what a
// site's record says is all that the file says about it, and programs that know of overlaps agree with those that do
// not.
void alleles(Random& random, Record& r) {
  const std::uint32_t from = random.below(4);
  r.ref = bases[from];
  r.alt = bases[(from + 1 + random.below(3)) & 3];
  if (!random.chance(0.12)) return;
  r.alt = r.ref;
  const bool deletion = random.chance(0.5);
  auto more = static_cast<std::uint32_t>(std::min(20.0, 1 - 3 * std::log(random.uniform() + 1e-9)));
  if (deletion) more = std::min(more, r.next_position - r.position - 1);
  if (more == 0) r.alt = r.ref == "A" ? "C" : "A";
  for (; more > 0; --more) (deletion ? r.ref : r.alt) += bases[random.below(4)];
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> given(arguments + 1, arguments + count);
  const bool cohort = !given.empty() && given[0] == "cohort";
  const std::size_t panels_at = cohort ? 4 : 3;
  if (given.size() < panels_at || (!cohort && given[0] != "single")) {
    std::fputs(
        "usage: make_vcf single RECORDS SEED PANEL:SITES... | make_vcf cohort RECORDS SAMPLES SEED PANEL:SITES...\n",
        stderr);
    return 2;
  }
  const std::uint64_t records = std::stoull(given[1]);
  const std::size_t samples = cohort ? std::stoull(given[2]) : 1;
  Random random(std::stoull(given[panels_at - 1]));
  std::uint64_t genome = 0;
  for (const auto& contig : contigs) genome += contig.length;
  const auto share = [&](std::size_t contig) -> std::uint64_t {
    if (cohort) return contig == chromosome_20 ? records : 0;
    return records * contigs[contig].length / genome;
  };
  std::uint64_t autosomal = 0;
  for (std::size_t i = 0; i < chromosome_x; ++i) autosomal += share(i);
  std::vector<std::unique_ptr<Panel>> panels;
  for (std::size_t i = panels_at; i < given.size(); ++i) {
    const auto colon = given[i].rfind(':');
    panels.push_back(
        std::make_unique<Panel>(given[i].substr(0, colon), std::stoull(given[i].substr(colon + 1)), autosomal));
  }

  Text out(stdout);
  header(out, samples, cohort);
  std::uint64_t index = 0, number = 100000;
  std::string genotypes;
  for (std::size_t contig = 0; contig < contigs.size(); ++contig) {
    std::uint64_t here = share(contig);
    if (contig == chromosome_x && !cohort) here = records - autosomal;
    const double spacing = here == 0 ? 0 : (contigs[contig].length - 2.0 * margin) / static_cast<double>(here);
    std::uint32_t last = margin;
    const auto place = [&](std::uint64_t i) {
      last = std::max(last + 1,
                      static_cast<std::uint32_t>(margin + (static_cast<double>(i) + random.uniform()) * spacing));
      return last;
    };
    Record r;
    r.contig = contig;
    if (here > 0) r.next_position = place(0);
    for (std::uint64_t i = 0; i < here; ++i) {
      r.position = r.next_position;
      r.next_position = i + 1 < here ? place(i + 1) : r.position + 2;
      alleles(random, r);
      number += 1 + random.below(280);
      r.id = random.chance(0.92) ? "rs" + std::to_string(number) : ".";
      if (contig != chromosome_x) {
        for (const auto& panel : panels) panel->offer(index, r);
        ++index;
      }
      out << contigs[contig].name << '\t' << r.position << '\t' << r.id << '\t' << r.ref << '\t' << r.alt;
      if (cohort)
        calls(out, random, r, samples, genotypes);
      else
        call(out, random);
      out.line();
    }
  }
  out.flush();
  return 0;
}
