// picked_testing.h: what the tests of picking share: made VCFs, and .tbi and .csi of them, written by the
// specifications.
#pragma once
#include <charconv>
#include <map>

#include "genome/genome_testing.h"
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

enum class Form { tbi, csi };

// IndexWriter makes an index of a sorted BGZF VCF, as `tabix -p vcf` does.
class IndexWriter {
 public:
  IndexWriter(Form form, std::uint32_t shift, std::uint32_t depth) : form_(form), shift_(shift), depth_(depth) {}

  Bytes text(View file) {
    places(file);
    rows();
    return written();
  }
  Bytes write(View file) { return bgzf(text(file), 65280); }

 private:
  struct Bin {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> chunks;
    std::uint64_t least = ~std::uint64_t{0};
  };
  struct Contig {
    std::string name;
    std::map<std::uint32_t, Bin> bins;
    std::vector<std::uint64_t> windows;
  };

  // places inflates the file and notes where each block's text begins.
  void places(View file) {
    genome::Inflater inflater([this](View piece) -> Status {
      text_ += text_of(piece);
      return {};
    });
    EXPECT_TRUE(inflater.feed(file) && inflater.finish());
    std::uint64_t at = 0;
    for (std::uint64_t offset = 0; offset < file.size();) {
      const std::uint64_t size = file[offset + 16] + file[offset + 17] * 256U + 1;
      blocks_.emplace_back(at, offset);
      at += Reader(file.subspan(offset + size - 4, 4)).u32le();
      offset += size;
    }
  }
  std::uint64_t place(std::uint64_t at) const {
    auto block = std::ranges::upper_bound(blocks_, at, {}, [](const auto& b) { return b.first; });
    --block;
    return block->second << 16 | (at - block->first);
  }
  std::uint32_t bins_before(std::uint32_t level) const { return ((1U << 3 * level) - 1) / 7; }
  std::uint32_t bin_of(std::uint64_t begin, std::uint64_t last) const {
    for (std::uint32_t level = depth_;; --level) {
      const std::uint32_t shift = shift_ + 3 * (depth_ - level);
      if (begin >> shift == last >> shift) return bins_before(level) + static_cast<std::uint32_t>(begin >> shift);
    }
  }

  void rows() {
    std::optional<std::uint32_t> open;
    for (std::uint64_t at = 0; at < text_.size();) {
      const std::uint64_t next = std::min(text_.find('\n', at) + 1, text_.size());
      const std::string_view line = std::string_view(text_).substr(at, next - at);
      if (!line.starts_with('#')) {
        std::vector<std::string_view> f;
        for (std::size_t i = 0; f.size() < 8;) {
          const auto tab = line.find('\t', i);
          f.push_back(line.substr(i, tab - i));
          i = tab + 1;
        }
        std::uint64_t begin = std::stoull(std::string(f[1]));
        if (begin > 0) --begin;
        std::uint64_t end = std::stoull(std::string(f[1])) - 1 + f[3].size();
        if (const auto key = (";" + std::string(f[7])).find(";END="); key != std::string::npos) {
          std::uint64_t value = 0;
          std::from_chars(f[7].data() + key + 4, f[7].data() + f[7].size(), value);
          if (value > begin) end = value;
        }
        if (contigs_.empty() || contigs_.back().name != f[0]) {
          contigs_.push_back({.name = std::string(f[0]), .bins = {}, .windows = {}});
          open.reset();
        }
        Contig& contig = contigs_.back();
        const std::uint32_t number = bin_of(begin, end - 1);
        auto& chunks = contig.bins[number].chunks;
        if (open == number)
          chunks.back().second = place(next);
        else
          chunks.emplace_back(place(at), place(next));
        open = number;
        if (contig.windows.size() <= (end - 1) >> 14) contig.windows.resize(((end - 1) >> 14) + 1);
        for (std::uint64_t w = begin >> 14; w <= (end - 1) >> 14; ++w)
          if (contig.windows[w] == 0) contig.windows[w] = place(at);
        for (std::uint32_t level = 0; level <= depth_; ++level) {
          const std::uint32_t shift = shift_ + 3 * (depth_ - level);
          for (std::uint64_t b = begin >> shift; b <= (end - 1) >> shift; ++b) {
            auto& least = least_[contigs_.size()][bins_before(level) + static_cast<std::uint32_t>(b)];
            if (least == 0) least = place(at);
          }
        }
      }
      at = next;
    }
  }

  Bytes written() {
    std::string names;
    for (const Contig& contig : contigs_) names += contig.name + std::string(1, '\0');
    Writer about;
    about.u32le(2).u32le(1).u32le(2).u32le(0).u32le('#').u32le(0);
    about.u32le(static_cast<std::uint32_t>(names.size())).bytes(view_of(names));
    Writer out;
    if (form_ == Form::tbi) {
      out.bytes(view_of(std::string_view("TBI\1", 4))).u32le(static_cast<std::uint32_t>(contigs_.size()));
      out.bytes(about.view());
    } else {
      out.bytes(view_of(std::string_view("CSI\1", 4))).u32le(shift_).u32le(depth_);
      out.u32le(static_cast<std::uint32_t>(about.view().size())).bytes(about.view());
      out.u32le(static_cast<std::uint32_t>(contigs_.size()));
    }
    for (std::size_t i = 0; i < contigs_.size(); ++i) {
      const Contig& contig = contigs_[i];
      out.u32le(static_cast<std::uint32_t>(contig.bins.size() + 1));
      for (const auto& [number, bin] : contig.bins) {
        out.u32le(number);
        if (form_ == Form::csi) out.u64le(least_[i + 1][number]);
        out.u32le(static_cast<std::uint32_t>(bin.chunks.size()));
        for (const auto& [begin, end] : bin.chunks) out.u64le(begin).u64le(end);
      }
      out.u32le(bins_before(depth_ + 1) + 1);  // figures
      if (form_ == Form::csi) out.u64le(0);
      out.u32le(2).u64le(1).u64le(2).u64le(3).u64le(0);
      if (form_ == Form::csi) continue;
      out.u32le(static_cast<std::uint32_t>(contig.windows.size()));
      for (const std::uint64_t window : contig.windows) out.u64le(window);
    }
    return out.u64le(0).take();
  }

  Form form_;
  std::uint32_t shift_, depth_;
  std::string text_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks_;  // where the text begins, where the block does
  std::vector<Contig> contigs_;
  std::map<std::size_t, std::map<std::uint32_t, std::uint64_t>> least_;
};
inline Bytes tbi(View file) {
  return IndexWriter(Form::tbi, 14, 5).write(file);
}
inline Bytes csi(View file, std::uint32_t shift, std::uint32_t depth) {
  return IndexWriter(Form::csi, shift, depth).write(file);
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
