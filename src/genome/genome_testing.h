// genome_testing.h: what the tests of this layer share: small VCFs, compressed forms, one call from text to dosages.
#pragma once
#include <zlib.h>

#include <format>
#include <functional>
#include <random>

#include "base/reader.h"
#include "genome/reader.h"
#include "support.h"

namespace glovebox::genome {
inline void PrintTo(Outcome outcome, std::ostream* out) {
  *out << name(outcome);
}
}  // namespace glovebox::genome

namespace glovebox::genome::test {
using namespace glovebox::test;

inline const std::string head37 =
    "##fileformat=VCFv4.2\n##FILTER=<ID=LowQual,Description=\"x\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description="
    "\"Genotype\">\n"
    "##contig=<ID=1,length=249250621>\n##contig=<ID=2,length=243199373>\n##contig=<ID=X,length=155270560>\n";
inline const std::string columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n";

// tabs turns single spaces into tabs, so that records can be written legibly.
inline std::string tabs(std::string text) {
  std::ranges::replace(text, ' ', '\t');
  return text;
}
// vcf makes a file of one sample from records like "1 100 A G 0/1", or longer ones "1 100 A G LowQual END=9 GT:FT
// 0/1:x".
inline std::string vcf(std::initializer_list<std::string> records) {
  std::string out = head37 + columns;
  for (const std::string& record : records) {
    std::vector<std::string> f;
    for (std::size_t at = 0; at <= record.size();) {
      const auto space = std::min(record.find(' ', at), record.size());
      f.push_back(record.substr(at, space - at));
      at = space + 1;
    }
    if (f.size() == 5) f.insert(f.begin() + 4, {"PASS", ".", "GT"});
    out += f.at(0) + "\t" + f.at(1) + "\t.\t" + f.at(2) + "\t" + f.at(3) + "\t.\t" + f.at(4) + "\t" + f.at(5) + "\t" +
           f.at(6) + "\t" + f.at(7) + "\n";
  }
  return out;
}

inline Site site(std::string_view chromosome, std::uint64_t position, std::string effect, std::string other,
                 ReferenceAllele reference = ReferenceAllele::unknown) {
  return {chromosome_of(chromosome).value(), position, std::move(effect), std::move(other), reference};
}
inline Panel panel(std::vector<Site> sites, Build build = Build::grch37) {
  return Panel::create(build, std::move(sites)).value();
}

inline Result<Extracted> extract(const Panel& panel, View file,
                                 Options options = {.build = Build::grch37, .rules = {.absence = Absence::missing}},
                                 std::size_t piece = 0) {
  Extraction extraction(panel, std::move(options));
  if (piece == 0) piece = std::max<std::size_t>(file.size(), 1);
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (!extraction.feed(file.subspan(at, std::min(piece, file.size() - at)))) break;
  return extraction.finish();
}
inline Result<Extracted> extract(const Panel& panel, const std::string& text,
                                 Options options = {.build = Build::grch37, .rules = {.absence = Absence::missing}},
                                 std::size_t piece = 0) {
  return extract(panel, view_of(text), std::move(options), piece);
}

// samples_of are the names in a file's header; none where it has no header that can be read.
inline std::vector<std::string> samples_of(View file) {
  std::vector<std::string> out;
  VcfStream stream({.meta = {}, .header = [&](const Line&, const Header& header) -> Status {
                      out = header.samples;
                      return {};
                    }});
  static_cast<void>(stream.feed(file));
  static_cast<void>(stream.finish());
  return out;
}

// A record that a model's site can be made of: a chromosome of the genome, letters alone, two alleles that differ.
struct PlainRecord {
  std::uint64_t row;  // from 1, of all records
  Chromosome chromosome;
  std::string position, ref, alt;  // its first ALT
};
// every_third_plain hands on each third record of a file, where it is plain.
inline void every_third_plain(View file, const std::function<void(const PlainRecord&)>& use) {
  std::uint64_t rows = 0;
  VcfStream stream({.meta = {}, .header = {}, .body = [&](const Line& line) -> Status {
                      std::array<std::string, 5> fields;
                      std::string_view rest = line.text;
                      for (std::string& field : fields) {
                        field = rest.substr(0, rest.find('\t'));
                        rest.remove_prefix(std::min(rest.size(), field.size() + 1));
                      }
                      const auto chromosome = chromosome_of(fields[0]);
                      const std::string alt = fields[4].substr(0, fields[4].find(','));
                      const auto plain = [](std::string_view text) {
                        return !text.empty() && text.size() < 50 &&
                               text.find_first_not_of("ACGT") == std::string_view::npos;
                      };
                      if (++rows % 3 == 0 && chromosome && plain(fields[3]) && plain(alt) && fields[3] != alt)
                        use({rows, *chromosome, fields[1], fields[3], alt});
                      return {};
                    }});
  static_cast<void>(stream.feed(file));
  static_cast<void>(stream.finish());
}

// copies are the dosages in whole alleles; -1 where missing.
inline std::vector<double> copies(const Dosages& dosages) {
  std::vector<double> out;
  for (const Dosage d : dosages.dosage) out.push_back(d == missing_dosage ? -1 : static_cast<double>(d) / dosage_unit);
  return out;
}

// read writes what became of the first site, short: "matched 1.5/2", or the outcome alone where there is no dosage; or
// the reason why the file was refused.
inline std::string read_first(std::vector<Site> sites, std::initializer_list<std::string> records, const Rules& rules,
                              std::shared_ptr<const Callable> callable = {}) {
  const auto got = extract(panel(std::move(sites)), vcf(records),
                           {.build = Build::grch37, .rules = rules, .callable = std::move(callable)});
  if (!got) return std::string(name(got.error().reason));
  const Dosages& dosages = got->dosages;
  std::string out(name(dosages.outcome[0]));
  if (dosages.dosage[0] != missing_dosage)
    out += std::format(" {:g}/{}", copies(dosages)[0], dosages.alleles[0]);
  else if (dosages.alleles[0] != 0)
    out += " with alleles";
  return out;
}

// gzip_member compresses into one gzip member; with `bgzf` into one BGZF block (its text at most 65,280 bytes).
inline Bytes gzip_member(View text, bool bgzf) {
  Bytes body(compressBound(static_cast<uLong>(text.size())) + 64);
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = const_cast<Bytef*>(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = body.data();
  z.avail_out = static_cast<uInt>(body.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  body.resize(z.total_out);
  deflateEnd(&z);
  Bytes out = {0x1f, 0x8b, 8, static_cast<std::uint8_t>(bgzf ? 4 : 0), 0, 0, 0, 0, 0, 0xff};
  if (bgzf) {
    const std::size_t block = 18 + body.size() + 8 - 1;
    for (const std::size_t byte : {std::size_t{6}, std::size_t{0}, std::size_t{'B'}, std::size_t{'C'}, std::size_t{2},
                                   std::size_t{0}, block & 255, block >> 8})
      out.push_back(static_cast<std::uint8_t>(byte));
  }
  out.insert(out.end(), body.begin(), body.end());
  const auto crc = static_cast<std::uint32_t>(crc32(0, text.data(), static_cast<uInt>(text.size())));
  Writer tail;
  tail.u32le(crc).u32le(static_cast<std::uint32_t>(text.size()));
  const Bytes end = tail.take();
  out.insert(out.end(), end.begin(), end.end());
  return out;
}
inline Bytes bgzf(View text, std::size_t block, bool marker = true) {
  Bytes out;
  for (std::size_t at = 0; at < text.size(); at += block) {
    const Bytes member = gzip_member(text.subspan(at, std::min(block, text.size() - at)), true);
    out.insert(out.end(), member.begin(), member.end());
  }
  static constexpr Array<28> eof = {0x1f, 0x8b, 8,    4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C',
                                    2,    0,    0x1b, 0, 3, 0, 0, 0, 0, 0,    0, 0, 0,   0};
  if (marker) out.insert(out.end(), eof.begin(), eof.end());
  return out;
}

}  // namespace glovebox::genome::test
