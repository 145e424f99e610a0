#include "scoring/genome_rules.h"

namespace glovebox::scoring {
namespace {

genome::InputKind kind_of(protocol::InputKind kind) {
  switch (kind) {
    case protocol::InputKind::wgs_vcf:
      return genome::InputKind::wgs_vcf;
    case protocol::InputKind::gvcf:
      return genome::InputKind::gvcf;
    case protocol::InputKind::array_imputed:
      return genome::InputKind::array_imputed;
    case protocol::InputKind::panel:
      return genome::InputKind::panel;
  }
  std::unreachable();
}

genome::Absence absence_of(const std::optional<protocol::Absence>& absence) {
  if (!absence) return genome::Absence::undeclared;
  switch (*absence) {
    case protocol::Absence::homref:
      return genome::Absence::homref;
    case protocol::Absence::missing:
      return genome::Absence::missing;
    case protocol::Absence::frequency:
      return genome::Absence::frequency;
  }
  std::unreachable();
}

genome::DosageField field_of(protocol::DosageField field) {
  switch (field) {
    case protocol::DosageField::gt:
      return genome::DosageField::gt;
    case protocol::DosageField::ds:
      return genome::DosageField::ds;
    case protocol::DosageField::gp:
      return genome::DosageField::gp;
  }
  std::unreachable();
}
}  // namespace

std::optional<genome::Build> build_of(const protocol::Parameters& parameters) {
  if (!parameters.build) return std::nullopt;
  return *parameters.build == protocol::Build::grch37 ? genome::Build::grch37 : genome::Build::grch38;
}

genome::Rules rules_of(const protocol::Parameters& p) {
  genome::Rules out{.kind = kind_of(p.input_kind.value_or(protocol::InputKind::wgs_vcf)),
                    .absence = absence_of(p.absence),
                    .dosage = field_of(p.dosage),
                    .flip = p.flip,
                    .min_gq = p.min_gq,
                    .min_dp = p.min_dp,
                    .keep_matches = p.match_log};
  if (p.sex) out.sex = *p.sex == protocol::Sex::male ? genome::Sex::male : genome::Sex::female;
  if (p.x_male) out.x_male = *p.x_male == protocol::MaleX::single ? genome::MaleX::single : genome::MaleX::doubled;
  return out;
}

std::optional<std::string> build_warning(genome::BuildStanding standing) {
  if (standing != genome::BuildStanding::declared_not_checked) return std::nullopt;
  return "build: declared, not checked: the file does not say on which build it is";
}

std::vector<std::string> site_warnings(const genome::Dosages& dosages, const genome::Rules& rules, bool with_callable) {
  using genome::Outcome;
  std::vector<std::string> out;
  const auto warn = [&](auto what, const std::string& words) {
    if (const std::uint64_t n = dosages.count(what))
      out.push_back(std::to_string(n) + (n == 1 ? " site: " : " sites: ") + words);
  };
  warn(Outcome::unsupported, "not read, for a reason below or a form of call that nothing reads; taken as missing");
  warn(genome::Hint::reference,
       "homozygous reference, and the model does not say which allele that is; who packs it can (model pack "
       "--reference)");
  warn(genome::Hint::input_kind, "in a gVCF's reference block, which --input-kind gvcf reads");
  warn(genome::Hint::x_male, "one allele on X, and no --x-male that says whether it counts once or twice");
  warn(genome::Hint::sex, "on X, where without a call only --sex says how many alleles there are");
  warn(genome::Hint::dosage, "not the FORMAT field that is read: GT, DS or GP, by --dosage");
  std::string below = "FILTER or FT is not PASS";
  if (const auto gq = rules.least_gq()) below += ", or GQ is below " + std::to_string(*gq) + " (--min-gq)";
  if (rules.min_dp) below += ", or the depth is below " + std::to_string(*rules.min_dp) + " (--min-dp)";
  warn(Outcome::filtered, below + "; taken as missing");
  warn(genome::Hint::quality, "no GQ or depth to compare with the minimum; --min-gq 0 asks for none");
  warn(Outcome::duplicate, "two records for one site; taken as missing");
  warn(Outcome::allele_absent, std::string("other alleles than the model's; taken as missing") +
                                   (rules.flip ? "" : " (--flip also looks on the other strand)"));
  warn(Outcome::ambiguous, std::string("the records do not say which allele it is") +
                               (rules.flip ? ", or its alleles read the same on both strands (--flip)" : "") +
                               (rules.sex == genome::Sex::male ? ", or heterozygous on a man's only X" : "") +
                               "; taken as missing");
  if (with_callable) warn(Outcome::absent, "no record, and outside the callable regions; taken as missing");
  return out;
}

std::vector<std::string> warnings_of(const genome::Extracted& extracted, const genome::Rules& rules,
                                     bool with_callable) {
  std::vector<std::string> out = site_warnings(extracted.dosages, rules, with_callable);
  if (const auto warning = build_warning(extracted.build_standing)) out.insert(out.begin(), *warning);
  if (extracted.samples > 1)
    out.push_back("the file holds " + std::to_string(extracted.samples) + " samples; only " + extracted.sample +
                  " was scored");
  return out;
}

}  // namespace glovebox::scoring
