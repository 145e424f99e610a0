#include "genome/reader.h"

namespace glovebox::genome {

bool build_is_doubtful(const Dosages& dosages) {
  const std::uint64_t others = dosages.found - dosages.found_with_alleles;
  return others > 1 && others * 10 > dosages.found;
}

Result<bool> SortedRuns::next(const Record& record) {
  if (record.chrom == contig_) {
    if (record.pos < position_)
      return fail_at(record.place(), "POS", record.pos_text,
                     "at least " + std::to_string(position_) + ", the line before's",
                     "bcftools sort -Oz -o sorted.vcf.gz", Reject::vcf_unsorted);
    position_ = record.pos;
    return false;
  }
  contig_ = record.chrom;
  position_ = record.pos;
  if (!seen_.insert(contig_).second)
    return fail_at(record.place(), "CHROM", record.chrom, "all records of a contig in one run",
                   "bcftools sort -Oz -o sorted.vcf.gz", Reject::vcf_unsorted);
  if (seen_.size() > contigs_max)
    return fail_at(record.place(), "CHROM", record.chrom, std::to_string(contigs_max) + " contigs at most", {},
                   Reject::too_large);
  return true;
}

Status RowPlaces::new_contig(const Record& record) {
  GLOVEBOX_CHECK(check_contig(record.chrom, build_));
  chromosome_ = chromosome_of(record.chrom);
  if (!chromosome_ || *chromosome_ == chromosome_mt) return {};  // hg19 has both chrM and MT
  if (chromosomes_.test(chromosome_->number))
    return fail_at(record.place(), "CHROM", record.chrom, "one name for chromosome " + name(*chromosome_), {},
                   Reject::vcf_unsorted);
  chromosomes_.set(chromosome_->number);
  return {};
}

Result<std::optional<Chromosome>> RowPlaces::next(const Record& record) {
  GLOVEBOX_TRY(is_new, runs_.next(record));
  if (is_new) GLOVEBOX_CHECK(new_contig(record));
  if (chromosome_ && !fits(build_, *chromosome_, record.pos))
    return fail_at(record.place(), "POS", record.pos_text,
                   "at most " + std::to_string(length_of(build_, *chromosome_)) + ", the chromosome's end in " +
                       std::string(name(build_)),
                   "say the build the file was made on", Reject::build_mismatch);
  return chromosome_;
}

PersonRows::PersonRows(const Panel& panel, Options options)
    : panel_(panel),
      options_(std::move(options)),
      places_(panel.build()),
      matcher_(panel, options_.rules, options_.callable) {}

Status PersonRows::header(Header header) {
  header_ = std::move(header);
  GLOVEBOX_CHECK(check_rules(options_.rules, options_.callable != nullptr));
  GLOVEBOX_TRY(sample, header_.sample_index(options_.sample));
  GLOVEBOX_TRY(standing, check_build(header_, options_.build, panel_.build()));
  sample_ = sample;
  out_.version = header_.version;
  out_.sample = header_.samples[sample_];
  out_.samples = header_.samples.size();
  out_.build = panel_.build();
  out_.build_standing = standing;
  return {};
}

Status PersonRows::row(const Line& line) {
  GLOVEBOX_TRY(record, parse_record(line, header_, sample_));
  ++out_.records;
  GLOVEBOX_TRY(chromosome, places_.next(record));
  return chromosome ? matcher_.record(record, *chromosome) : Status{};
}

bool PersonRows::snv(std::uint32_t site, const Matcher::Snv& row) {
  if (!matcher_.snv(site, row)) return false;
  skip(1, row.position);
  return true;
}

void PersonRows::skip(std::uint64_t rows, std::uint64_t position) {
  out_.records += rows;
  if (rows > 0) places_.go_on(position);
}

Status check_found(const Dosages& dosages, const Rules& rules) {
  const std::string of_sites = " of " + std::to_string(dosages.dosage.size()) + " model sites";
  if (build_is_doubtful(dosages))
    return fail(
        Reject::build_doubtful,
        "the model's alleles at " + std::to_string(dosages.found_with_alleles) + " of " +
            std::to_string(dosages.found) + " sites found",
        "9 in 10 at least",
        "this is how a file on another build looks; say --build as the file was made, and use a model for that build");
  if (rules.absence == Absence::undeclared && dosages.count(Outcome::absent) > 0)
    return fail(Reject::absence_undeclared, "no record at " + std::to_string(dosages.count(Outcome::absent)) + of_sites,
                "--absent",
                "`homref` if your caller leaves out reference sites (most single-sample WGS), `missing` if those sites "
                "were not measured (panel, array), or send the gVCF");
  return {};
}

Result<Extracted> PersonRows::finish() {
  out_.dosages = matcher_.finish();
  GLOVEBOX_CHECK(check_found(out_.dosages, options_.rules));
  return std::move(out_);
}

Extraction::Extraction(const Panel& panel, Options options)
    : rows_(panel, std::move(options)),
      stream_({.meta = {},
               .header = [this](const Line&, Header read) { return rows_.header(std::move(read)); },
               .body = [this](const Line& line) { return rows_.row(line); }},
              rows_.options().limits) {}

Status Extraction::feed(View piece) {
  return stream_.feed(piece);
}

Result<Extracted> Extraction::finish() {
  GLOVEBOX_CHECK(stream_.finish());
  return rows_.finish();
}
}  // namespace glovebox::genome
