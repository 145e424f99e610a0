#include "genome/rules.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

TEST(Rules, AskAQualityOfGvcfsOnly) {
  EXPECT_EQ(Rules{}.least_gq(), std::nullopt);
  EXPECT_EQ((Rules{.kind = InputKind::gvcf}.least_gq()), 20U);
  EXPECT_EQ((Rules{.kind = InputKind::gvcf, .min_gq = 0}.least_gq()), std::nullopt);
  EXPECT_EQ((Rules{.kind = InputKind::gvcf, .min_gq = 5}.least_gq()), 5U);
  EXPECT_EQ((Rules{.min_gq = 30}.least_gq()), 30U);
}

TEST(Rules, ThatCannotBeMeantAreRefused) {
  for (const auto kind : {InputKind::wgs_vcf, InputKind::gvcf, InputKind::array_imputed, InputKind::panel}) {
    const bool few = kind == InputKind::array_imputed || kind == InputKind::panel;
    const Rules homref = {.kind = kind, .absence = Absence::homref};
    EXPECT_EQ(reason_of(check_rules(homref, false)), few ? "absence_impossible" : "accepted");
    EXPECT_EQ(reason_of(check_rules(homref, true)), "accepted");
    EXPECT_EQ(reason_of(check_rules({.kind = kind, .absence = Absence::missing}, false)), "accepted");
    for (const auto field : {DosageField::ds, DosageField::gp})
      EXPECT_EQ(reason_of(check_rules({.kind = kind, .dosage = field}, false)),
                kind == InputKind::gvcf ? "unsupported" : "accepted");
  }
}

}  // namespace
}  // namespace glovebox::genome
