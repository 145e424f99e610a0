#include "genome/rules.h"

#include <array>
#include <span>
#include <string>

namespace glovebox::genome {
namespace {
constexpr auto kinds = std::to_array<std::string_view>({"wgs-vcf", "gvcf", "array-imputed", "panel"});
constexpr auto absences = std::to_array<std::string_view>({"undeclared", "homref", "missing", "frequency"});
constexpr auto fields = std::to_array<std::string_view>({"GT", "DS", "GP"});
constexpr auto sexes = std::to_array<std::string_view>({"unknown", "female", "male"});
constexpr auto male_xs = std::to_array<std::string_view>({"undeclared", "single", "double"});

template <class Enum>
std::optional<Enum> find(std::span<const std::string_view> words, std::string_view text, std::size_t first) {
  for (std::size_t i = first; i < words.size(); ++i)
    if (words[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}
}  // namespace

std::string_view name(InputKind kind) {
  return kinds.at(static_cast<std::size_t>(kind));
}
std::optional<InputKind> input_kind_from_name(std::string_view text) {
  return find<InputKind>(kinds, text, 0);
}
std::string_view name(Absence absence) {
  return absences.at(static_cast<std::size_t>(absence));
}
std::optional<Absence> absence_from_name(std::string_view text) {
  return find<Absence>(absences, text, 1);
}
std::string_view name(DosageField field) {
  return fields.at(static_cast<std::size_t>(field));
}
std::optional<DosageField> dosage_field_from_name(std::string_view text) {
  return find<DosageField>(fields, text, 0);
}
std::string_view name(Sex sex) {
  return sexes.at(static_cast<std::size_t>(sex));
}
std::optional<Sex> sex_from_name(std::string_view text) {
  return find<Sex>(sexes, text, 1);
}
std::string_view name(MaleX x) {
  return male_xs.at(static_cast<std::size_t>(x));
}
std::optional<MaleX> male_x_from_name(std::string_view text) {
  return find<MaleX>(male_xs, text, 1);
}

std::optional<std::uint32_t> Rules::least_gq() const {
  if (!min_gq) return kind == InputKind::gvcf ? std::optional(gvcf_min_gq) : std::nullopt;
  return *min_gq == 0 ? std::nullopt : min_gq;
}

Status check_rules(const Rules& rules, bool with_callable) {
  const bool few_positions = rules.kind == InputKind::array_imputed || rules.kind == InputKind::panel;
  if (rules.absence == Absence::homref && few_positions && !with_callable)
    return fail(Reject::absence_impossible,
                "absence `homref` for input kind " + std::string(name(rules.kind)) + ", without callable regions",
                "absence `missing` or `frequency`, or callable regions",
                "an array or a panel looked at few positions; a site without a record was most likely never measured");
  if (rules.kind == InputKind::gvcf && rules.dosage != DosageField::gt)
    return fail(Reject::unsupported, "dosage " + std::string(name(rules.dosage)) + " for input kind gvcf", "GT",
                "imputed data are input kind array-imputed");
  return {};
}

}  // namespace glovebox::genome
