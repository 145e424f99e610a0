// The fast reader says what the reference says: on random files, well formed and damaged, in every form, in pieces of
// any size, with each set of instructions.
#include "scan/scan_testing.h"

#include <sstream>
#include <string_view>

#include "genome/regions.h"

namespace glovebox::scan::test {
namespace {

using namespace std::string_view_literals;

constexpr char letters[] = "ACGT";

std::string random_bases(Random& random, std::size_t most) {
  std::string out(1 + below(random, most), 'A');
  for (char& c : out) c = one_in(random, 40) ? 'n' : letters[below(random, 4)];
  return out;
}

struct Contig {
  std::string name;
  std::uint64_t from, to;  // positions
};

// Writer makes one file.
class Writer {
 public:
  Writer(Random& random, Mostly mostly) : random_(random), usual_(mostly == Mostly::usual) {}

  Case make() {
    Case out;
    const bool gvcf = !usual_ && one_in(random_, 4);
    const bool imputed = !usual_ && !gvcf && one_in(random_, 5);
    samples_ = !usual_ && one_in(random_, 4) ? 1 + below(random_, 40) : 1;
    out.options = options(gvcf, imputed);
    if (usual_) {
      genome::Rules& rules = out.options.rules;
      rules = {.absence = rules.absence, .sex = rules.sex, .x_male = rules.x_male};
    }
    text_ = genome::test::head37 +
            "##contig=<ID=22,length=51304566>\n##contig=<ID=MT,length=16569>\n#"
            "CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
    for (std::size_t i = 0; i < samples_; ++i) text_ += "\tS" + std::to_string(i);
    text_ += newline_ = one_in(random_, 10) ? "\r\n" : "\n";
    std::vector<Contig> contigs = {{"1", 100, 900},         {"2", 243199000, 243199400}, {"22", 51304000, 51304567},
                                   {"X", 2699400, 2699700}, {"GL000191.1", 1, 100000},   {"MT", 1, 17000},
                                   {"Y", 1, 10000}};
    std::ranges::shuffle(contigs, random_);
    contigs.resize(1 + below(random_, contigs.size()));
    for (const Contig& contig : contigs) run(contig, gvcf, imputed, out.sites);
    if (out.sites.empty() || one_in(random_, 20)) out.sites.push_back(site("1", 500, "A", "C"));
    std::ranges::shuffle(out.sites, random_);
    out.text = std::move(text_);
    if (one_in(random_, 10)) out.text.pop_back();  // the last line without its end
    if (one_in(random_, 15)) out.text += "\n\n";
    return out;
  }

 private:
  genome::Options options(bool gvcf, bool imputed) {
    genome::Rules rules;
    rules.kind = gvcf      ? genome::InputKind::gvcf
                 : imputed ? genome::InputKind::array_imputed
                           : genome::InputKind::wgs_vcf;
    rules.absence = one_in(random_, 3)   ? genome::Absence::missing
                    : one_in(random_, 2) ? genome::Absence::frequency
                    : imputed            ? genome::Absence::missing
                                         : genome::Absence::homref;
    if (imputed)
      rules.dosage = one_of<genome::DosageField>(
          random_, {genome::DosageField::gt, genome::DosageField::ds, genome::DosageField::gp});
    rules.sex = static_cast<genome::Sex>(below(random_, 3));
    rules.x_male = static_cast<genome::MaleX>(below(random_, 3));
    rules.flip = one_in(random_, 2);
    if (one_in(random_, 4)) rules.min_gq = static_cast<std::uint32_t>(below(random_, 50));
    if (one_in(random_, 5)) rules.min_dp = static_cast<std::uint32_t>(below(random_, 20));
    rules.keep_matches = one_in(random_, 2);
    genome::Options out{.build = genome::Build::grch37, .rules = rules};
    if (samples_ > 1 || one_in(random_, 3)) out.sample = "S" + std::to_string(below(random_, samples_));
    if (one_in(random_, 10)) out.limits.line_max = 200 + below(random_, 2000);
    return out;
  }

  void run(const Contig& contig, bool gvcf, bool imputed, std::vector<genome::Site>& sites) {
    const auto chromosome = genome::chromosome_of(contig.name);
    formats_.clear();
    for (std::size_t i = 0; i < 1 + below(random_, 3); ++i) formats_.push_back(format(gvcf, imputed));
    std::uint64_t position = contig.from;
    const std::size_t step = 1 + below(random_, 40);
    for (std::size_t left = below(random_, 40); left > 0; --left) {
      position += below(random_, step);
      if (position > contig.to && !one_in(random_, 200)) break;
      const bool snv = usual_ && !one_in(random_, 8);
      std::string ref = !snv && one_in(random_, 6) ? random_bases(random_, 12) : random_bases(random_, 1);
      std::vector<std::string> alts;
      if (snv) {
        alts.push_back(random_bases(random_, 1));
        if (chromosome && chromosome != genome::chromosome_mt && !one_in(random_, 3))
          add_site(contig, position, ref, alts, sites);
        row(contig, position, ref, alts, false);
        continue;
      }
      const bool block = gvcf && one_in(random_, 2);
      if (!block && !one_in(random_, 12))
        for (std::size_t i = 0; i < 1 + (one_in(random_, 6) ? below(random_, 4) : 0); ++i) alts.push_back(alt(ref));
      if (gvcf && (block || one_in(random_, 2)))
        alts.push_back(one_of<std::string>(random_, {"<NON_REF>", "<*>", "<NON_REF>"}));
      if (block && one_in(random_, 6)) alts.clear();
      if (chromosome && chromosome != genome::chromosome_mt && one_in(random_, 3))
        add_site(contig, position, ref, alts, sites);
      row(contig, position, ref, alts, block || alts.empty());
    }
  }

  std::string alt(const std::string& ref) {
    switch (below(random_, 24)) {
      case 0:
        return "*";
      case 1:
        return "<DEL>";
      case 2:
        return "<CGA_NOCALL>";
      case 3:
        return ref + "[2:321682[";
      case 4:
      case 5:
        return ref + random_bases(random_, 5);
      case 6:
        return ref.substr(0, 1);
      case 7:
        return one_of<std::string>(random_, {"R", "a", "g"});
      default:
        return random_bases(random_, 1);
    }
  }

  void add_site(const Contig& contig, std::uint64_t position, const std::string& ref,
                const std::vector<std::string>& alts, std::vector<genome::Site>& sites) {
    const auto plain = [](const std::string& text) { return text.find_first_not_of("ACGT") == std::string::npos; };
    std::string one = plain(ref) ? ref : "A";
    std::string other = !alts.empty() && plain(alts.front()) ? alts.front() : "G";
    if (tidy_ && (alts.empty() || other != alts.front() || one != ref)) return;
    if (!tidy_ && one_in(random_, 5)) other = random_bases(random_, 3);
    if (one == other || !plain(other)) return;
    auto reference = static_cast<genome::ReferenceAllele>(below(random_, 3));
    if (one_in(random_, 2)) std::swap(one, other);
    if (one_in(random_, 12)) other.clear();
    if (other.empty() && reference == genome::ReferenceAllele::other) reference = genome::ReferenceAllele::unknown;
    const std::uint64_t at = position + (tidy_ || !one_in(random_, 3) ? 0 : below(random_, 3));
    if (at > genome::length_of(genome::Build::grch37, *genome::chromosome_of(contig.name))) return;
    sites.push_back(site(contig.name, at, one, other, reference));
    if (one_in(random_, 3)) sites.back().expected = static_cast<genome::Dosage>(below(random_, 2000001));
  }

  std::string format(bool gvcf, bool imputed) {
    if (usual_ && !one_in(random_, 4)) return one_of<std::string>(random_, {"GT:AD:DP:GQ:PL", "GT:GQ", "GT"});
    if (imputed) return one_of<std::string>(random_, {"GT:DS", "GT:DS:GP", "GT:GP", "DS", "GT"});
    if (gvcf)
      return one_of<std::string>(random_, {"GT:DP:GQ:MIN_DP:PL", "GT:GQ", "GT:AD:DP:GQ:PL", "GT:GQX:DP", "GT:GQ:LEN"});
    return one_of<std::string>(random_,
                               {"GT", "GT:AD:DP:GQ:PL", "GT:AD:DP:GQ:PGT:PID:PL:PS", "GT:FT:GQ", "GT:DP", "AD:DP"});
  }

  std::string value(std::string_view key, std::size_t alts) {
    const std::size_t most = std::max<std::size_t>(alts, 1) + 1;
    const auto allele = [&] {
      if (samples_ == 1 && one_in(random_, 1500)) return std::to_string(most);  // one that the record does not have
      return one_in(random_, 15) ? std::string(".") : std::to_string(below(random_, most));
    };
    if (key == "GT") {
      if (one_in(random_, 25)) return allele();
      if (one_in(random_, 100)) return "|" + allele() + "/" + allele();
      if (one_in(random_, 100)) return allele() + "/" + allele() + "/" + allele();
      return allele() + (one_in(random_, 3) ? "|" : "/") + allele();
    }
    if (key == "DS") {
      std::string out;
      for (std::size_t i = 0; i < std::max<std::size_t>(alts, 1); ++i)
        out += (i != 0 ? "," : "") + std::format("{:.3f}", static_cast<double>(below(random_, 1000)) / 1000);
      return out;
    }
    if (key == "GP") return alts == 1 ? "0.1,0.2,0.7" : ".";
    if (key == "FT") return one_of<std::string>(random_, {"PASS", "low", "."});
    if (key == "AD" || key == "PL") {
      std::string out = std::to_string(below(random_, 1000));
      for (std::size_t i = 0; i < alts * 2; ++i) out += "," + std::to_string(below(random_, 1000));
      return out;
    }
    if (key == "PID") return "123_A_G";
    if (key == "PGT") return "0|1";
    if (one_in(random_, 30)) return ".";
    if (one_in(random_, 60)) return std::format("{}.5", below(random_, 99));
    return std::to_string(below(random_, 99));
  }

  void row(const Contig& contig, std::uint64_t position, const std::string& ref, const std::vector<std::string>& alts,
           bool block) {
    std::string alt = alts.empty() ? "." : "";
    for (std::size_t i = 0; i < alts.size(); ++i) alt += (i != 0 ? "," : "") + alts[i];
    std::string info = one_of<std::string>(random_, {".", "AC=1;AF=0.500;AN=2;DP=34", "DP=3;FS=0.000;MQ=60.00;QD=13.75",
                                                     "ANN=x|missense variant|y;AC=2", "AC=1"});
    if (usual_) info += ";NOTE=" + std::string(20 + below(random_, 150), 'x');
    if (one_in(random_, 12)) info += ";NOTE=" + std::string(below(random_, 300), 'x');
    if (block && !one_in(random_, 4)) {
      const std::string end = "END=" + std::to_string(position + below(random_, 60));
      info = one_in(random_, 2) ? end : one_in(random_, 2) ? end + ";" + info : info + ";" + end;
    }
    if (alt.starts_with("<DEL") && one_in(random_, 2))
      info += one_in(random_, 2) ? ";SVLEN=-30" : ";END=" + std::to_string(position + 25);
    const std::string& format = one_of(random_, formats_);
    text_ += contig.name + "\t" + std::to_string(position) + "\t" +
             one_of<std::string>(random_, {".", "rs100214", "rs1;rs2", "."}) + "\t" + ref + "\t" + alt + "\t" +
             one_of<std::string>(random_, {".", "30", "467.54", "1e3", "50"}) + "\t" +
             one_of<std::string>(random_, {"PASS", "PASS", "PASS", ".", "LowQual", "q10;s50"}) + "\t" + info + "\t" +
             format;
    for (std::size_t i = 0; i < samples_; ++i) {
      std::string call;
      std::string_view keys = format;
      for (;;) {
        const std::string_view key = keys.substr(0, keys.find(':'));
        call += value(key, alts.size());
        if (key.size() == keys.size() || one_in(random_, 60)) break;
        call += ":";
        keys.remove_prefix(key.size() + 1);
      }
      text_ += "\t" + call;
    }
    text_ += newline_;
  }

  Random& random_;
  bool usual_;
  // Sites have the alleles of their rows; otherwise most files are refused as of another build.
  bool tidy_ = !one_in(random_, 4);
  std::size_t samples_ = 1;
  std::string newline_;
  std::vector<std::string> formats_;
  std::string text_;
};

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace

Case random_case(Random& random, Mostly mostly) {
  return Writer(random, mostly).make();
}

std::string damage(Random& random, std::string text) {
  static constexpr std::string_view odd = "\0\t\n\r :;,./|0129-+<>*AaNX=_\x80\xff\x01\x1f\x20\x21"sv;
  for (std::size_t left = 1 + below(random, 2); left > 0; --left) {
    if (text.empty()) return text;
    std::vector<std::string> rows = split_lines(text);
    const std::size_t row = below(random, rows.size());
    switch (below(random, 8)) {
      case 0:
        text[below(random, text.size())] = odd[below(random, odd.size())];
        break;
      case 1:
        text.insert(below(random, text.size()), 1, odd[below(random, odd.size())]);
        break;
      case 2:
        text.erase(below(random, text.size()), 1);
        break;
      case 3:
        std::swap(rows[row], rows[below(random, rows.size())]);
        break;
      case 4:
        rows[row] += rows[row];
        break;
      case 5:
        text.resize(below(random, text.size()));
        break;
      default: {
        // A byte of a column's beginning or end.
        const std::size_t tab = text.find('\t', below(random, text.size()));
        if (tab == std::string::npos || tab + 1 >= text.size()) break;
        text[one_in(random, 2) ? tab + 1 : tab - 1] = odd[below(random, odd.size())];
      }
    }
    if (const std::size_t kind = rows.size(); kind > 0) {
      std::string joined;
      for (const std::string& one : rows) joined += one;
      if (joined.size() == text.size() || joined.size() > text.size() + 1) text = one_in(random, 2) ? joined : text;
    }
  }
  return text;
}

genome::Panel panel_of(View file, std::size_t most, bool beside) {
  std::vector<genome::Site> sites;
  every_third_plain(file, [&](const genome::test::PlainRecord& record) {
    const std::uint64_t position = std::strtoull(record.position.c_str(), nullptr, 10);
    if (position == 0 || position >= genome::length_of(genome::Build::grch37, record.chromosome)) return;
    if (sites.size() >= most) return;
    sites.push_back({record.chromosome, position, record.alt, record.ref, genome::ReferenceAllele::other});
    if (beside && record.row % 2 == 0) sites.push_back({record.chromosome, position + 1, "A", "G"});
  });
  if (sites.empty()) sites.push_back(site("1", 1000, "A", "C"));
  return genome::Panel::create(genome::Build::grch37, std::move(sites)).value();
}

std::string say(const Result<Extracted>& got) {
  std::ostringstream out;
  if (!got) {
    out << "refused: " << describe(got.error());
    return out.str();
  }
  const genome::Dosages& d = got->dosages;
  out << got->version << ' ' << got->sample << ' ' << got->samples << ' ' << got->records << ' '
      << static_cast<int>(got->build_standing) << " found " << d.found << ' ' << d.found_with_alleles << '\n';
  for (std::size_t i = 0; i < d.dosage.size(); ++i)
    out << d.dosage[i] << '/' << int{d.alleles[i]} << ' ' << name(d.outcome[i]) << '\n';
  for (const auto count : d.counts) out << count << ' ';
  for (const auto count : d.hints) out << count << ' ';
  for (const genome::Matched& m : d.matches)
    out << '\n'
        << m.id << ' ' << m.ref << ' ' << m.alt << ' ' << m.effect_is_ref << m.flipped << m.multiallelic
        << m.palindromic;
  return out.str();
}

Bytes in_form(Random& random, const std::string& text) {
  const View view = view_of(text);
  switch (below(random, 4)) {
    case 0:
      return Bytes(view.begin(), view.end());
    case 1:
      return genome::test::gzip_member(view, false);
    default:
      return genome::test::bgzf(view, one_of<std::size_t>(random, {100, 777, 5000, 65280}));
  }
}

namespace {

void compare(const Case& one, const std::string& text, Random& random, const std::string& what) {
  const genome::Panel panel = genome::test::panel(one.sites);
  const Bytes file = in_form(random, text);
  genome::Extraction reference(panel, one.options);
  const std::string expected = say(read_in_pieces(reference, file, random));
  for (const Instructions instructions :
       {one_in(random, 2) ? Instructions::best : Instructions::avx2, Instructions::portable}) {
    Extraction fast(panel, one.options, {.instructions = instructions});
    const std::string found = say(read_in_pieces(fast, file, random));
    ASSERT_EQ(found, expected) << what << (instructions == Instructions::portable ? ", portable" : ", by vectors")
                               << "\n"
                               << text;
  }
}

// Every third file is mostly of usual rows.
Mostly mostly_of(unsigned seed) {
  return seed % 3 == 0 ? Mostly::usual : Mostly::anything;
}

TEST(RandomFiles, TheFastReaderSaysWhatTheReferenceSays) {
  std::size_t refused = 0;
  for (unsigned seed = 0; seed < 3000 && !HasFatalFailure(); ++seed) {
    Random random(seed);
    const Case one = random_case(random, mostly_of(seed));
    compare(one, one.text, random, "seed " + std::to_string(seed));
    refused += extract(genome::test::panel(one.sites), one.text, one.options) ? 0 : 1;
  }
  EXPECT_LT(refused, 1500U) << "most must be read";
}

TEST(RandomFiles, DamagedOnesAreRefusedAlike) {
  for (unsigned seed = 0; seed < 8000 && !HasFatalFailure(); ++seed) {
    Random random(seed + 1'000'000);
    const Case one = random_case(random, mostly_of(seed));
    compare(one, damage(random, one.text), random, "seed " + std::to_string(seed + 1'000'000));
  }
}

}  // namespace
}  // namespace glovebox::scan::test
