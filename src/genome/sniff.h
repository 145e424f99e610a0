// sniff.h: what a file is, by its first bytes. A file that is not a VCF is refused with the command that makes one.
#pragma once
#include "base/bytes.h"

namespace glovebox::genome {

// Content is what the first bytes of a file say. `gzip` and `bgzf` hide their content: sniff again after inflating.
enum class Content : std::uint8_t {
  empty,
  vcf,
  gzip,
  bgzf,
  bcf,
  plink_bed,
  plink_pgen,
  bgen,
  array_text,
  fasta,
  fastq,
  bam,
  sam,
  cram,
  index,
  zip,
  bzip2,
  xz,
  zstd,
  crypt4gh,
  unknown
};

constexpr std::size_t sniff_bytes = 512;  // enough of a file's beginning for every format below

Content sniff(View first_bytes);
// name says what it is in the field's words: "BCF", "a PLINK .bed file".
std::string_view name(Content content);
// conversion is the command that makes a VCF of it, or what to do instead; empty where there is nothing to say.
std::string_view conversion(Content content);
// require_vcf refuses decoded text that is not a VCF: type_unsupported with the conversion, vcf_malformed if unknown.
Status require_vcf(View first_text);

}  // namespace glovebox::genome
