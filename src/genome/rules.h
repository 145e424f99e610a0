// rules.h: how a person's file is to be read, as declared with the request. A file does not tell by itself what a site
// without a record means, whether a haploid X counts once or twice, or which strand a list of alleles was written on;
// whoever made it knows. Nothing here has a default that could change a score unasked.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace glovebox::genome {

// Dosage is how many copies of an allele a person has, in millionths: 1'500'000 is one and a half.
using Dosage = std::int32_t;
constexpr Dosage dosage_unit = 1'000'000;
constexpr Dosage missing_dosage = -1;

// The words by which a request names these are protocol's (protocol/parameters.h). Two have theirs here too, for
// refusals.

// InputKind is what the file was made from. Words: wgs-vcf, gvcf, array-imputed, panel.
enum class InputKind : std::uint8_t { wgs_vcf, gvcf, array_imputed, panel };
std::string_view name(InputKind kind);

// Absence is what a site without a record means. It has no default: only the sender knows how the file was made.
enum class Absence : std::uint8_t { undeclared, homref, missing, frequency };

// DosageField is the FORMAT field that is read: called alleles, or an imputation's dosages or probabilities. Words: GT,
// DS, GP.
enum class DosageField : std::uint8_t { gt, ds, gp };
std::string_view name(DosageField field);

// Sex says how many X chromosomes to expect.
enum class Sex : std::uint8_t { unknown, female, male };

// MaleX is how one allele on the only X chromosome counts: once, or twice as if it were homozygous.
enum class MaleX : std::uint8_t { undeclared, single, doubled };

constexpr std::uint32_t gvcf_min_gq = 20;  // where a gVCF's reader asks for nothing else

struct Rules {
  InputKind kind = InputKind::wgs_vcf;
  Absence absence = Absence::undeclared;  // undeclared: any site without a record is absence_undeclared
  DosageField dosage = DosageField::gt;
  Sex sex = Sex::unknown;
  MaleX x_male = MaleX::undeclared;
  bool flip = false;                         // also match SNVs whose alleles are on the other strand
  std::optional<std::uint32_t> min_gq = {};  // phred; 0 asks for none. Without it gvcf_min_gq for gVCFs, none else
  std::optional<std::uint32_t> min_dp = {};  // reads
  bool keep_matches = false;                 // fill Dosages::matches

  // least_gq is the minimum that holds; nothing if none does.
  std::optional<std::uint32_t> least_gq() const;
};

// check_rules refuses what cannot be meant: absence_impossible for `homref` on an array or a panel, whose makers looked
// at few positions, unless callable regions say which; unsupported for DS or GP of a gVCF.
Status check_rules(const Rules& rules, bool with_callable);

}  // namespace glovebox::genome
