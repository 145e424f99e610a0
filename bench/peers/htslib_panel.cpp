// htslib_panel MODE FILE PANEL: the ALT dosages at a panel's sites by htslib's API, as its manual has one do it.
//
//   records   bcf_read of every record, genotypes unpacked at the sites alone; of all samples
//   lines     bgzf_getline of every line, CHROM and POS parsed here, vcf_parse at the sites alone
//
// Prints {"records":, "hits":, "sum":}: hits are sites with the panel's alleles whose record has passed, the sum is
// over all samples' whole genotypes there.
#include <htslib/bgzf.h>
#include <htslib/hts.h>
#include <htslib/kstring.h>
#include <htslib/vcf.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "panel.h"

namespace {

struct Tally {
  std::uint64_t records = 0, hits = 0, sum = 0;
};

class Genotypes {
 public:
  void count(bcf_hdr_t* header, bcf1_t* record, const peers::Site& site, Tally& tally) {
    bcf_unpack(record, BCF_UN_FLT);
    char pass[] = "PASS";
    if (record->n_allele != 2 || site.ref != record->d.allele[0] || site.alt != record->d.allele[1] ||
        bcf_has_filter(header, record, pass) != 1)
      return;
    const int count = bcf_get_genotypes(header, record, &values_, &room_);
    if (count <= 0) return;
    ++tally.hits;
    const int samples = bcf_hdr_nsamples(header), ploidy = count / samples;
    for (int s = 0; s < samples; ++s) {
      std::uint64_t copies = 0;
      bool whole = true;
      for (int i = 0; i < ploidy; ++i) {
        const std::int32_t value = values_[s * ploidy + i];
        if (value == bcf_int32_vector_end) break;
        if (bcf_gt_is_missing(value)) whole = false;
        copies += bcf_gt_allele(value) == 1;
      }
      if (whole) tally.sum += copies;
    }
  }
  ~Genotypes() { std::free(values_); }

 private:
  std::int32_t* values_ = nullptr;
  int room_ = 0;
};

Tally by_records(htsFile* file, bcf_hdr_t* header, const peers::Panel& panel) {
  Tally tally;
  Genotypes genotypes;
  peers::Walk walk(panel);
  bcf1_t* record = bcf_init();
  for (int chromosome = -1; bcf_read(file, header, record) == 0; ++tally.records) {
    if (record->rid != chromosome) {
      chromosome = record->rid;
      walk.chromosome(bcf_hdr_id2name(header, chromosome));
    }
    if (const auto* site = walk.at(record->pos + 1)) genotypes.count(header, record, *site, tally);
  }
  bcf_destroy(record);
  return tally;
}

Tally by_lines(htsFile* file, bcf_hdr_t* header, const peers::Panel& panel) {
  Tally tally;
  Genotypes genotypes;
  peers::Walk walk(panel);
  bcf1_t* record = bcf_init();
  kstring_t line = {0, 0, nullptr};
  std::string chromosome;
  for (; bgzf_getline(file->fp.bgzf, '\n', &line) >= 0; ++tally.records) {
    const auto* tab = static_cast<const char*>(std::memchr(line.s, '\t', line.l));
    if (tab == nullptr) std::exit(1);
    const std::string_view name(line.s, static_cast<std::size_t>(tab - line.s));
    if (name != chromosome) {
      chromosome = name;
      walk.chromosome(chromosome);
    }
    std::int64_t position = 0;
    for (const char* digit = tab + 1; *digit != '\t'; ++digit) position = position * 10 + (*digit - '0');
    const auto* site = walk.at(position);
    if (site == nullptr) continue;
    if (vcf_parse(&line, header, record) < 0) std::exit(1);
    genotypes.count(header, record, *site, tally);
  }
  std::free(line.s);
  bcf_destroy(record);
  return tally;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const peers::Panel panel(arguments[3]);
  htsFile* file = hts_open(arguments[2], "r");
  bcf_hdr_t* header = file == nullptr ? nullptr : bcf_hdr_read(file);
  if (header == nullptr) {
    std::fprintf(stderr, "%s: htslib does not read it\n", arguments[2]);
    return 1;
  }
  const std::string_view mode = arguments[1];
  const Tally tally = mode == "lines" ? by_lines(file, header, panel) : by_records(file, header, panel);
  std::printf("{\"records\": %llu, \"hits\": %llu, \"sum\": %llu}\n", static_cast<unsigned long long>(tally.records),
              static_cast<unsigned long long>(tally.hits), static_cast<unsigned long long>(tally.sum));
  bcf_hdr_destroy(header);
  hts_close(file);
  return 0;
}
