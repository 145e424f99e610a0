#include "genome/rules.h"

#include <array>
#include <string>

namespace glovebox::genome {
namespace {
constexpr auto kinds = std::to_array<std::string_view>({"wgs-vcf", "gvcf", "array-imputed", "panel"});
constexpr auto fields = std::to_array<std::string_view>({"GT", "DS", "GP"});
}  // namespace

std::string_view name(InputKind kind) {
  return kinds.at(static_cast<std::size_t>(kind));
}
std::string_view name(DosageField field) {
  return fields.at(static_cast<std::size_t>(field));
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
