#include "genome/rules.h"

#include "genome/genome_testing.h"

namespace glovebox::genome {
namespace {
using namespace test;

TEST(Rules, HaveWords) {
  for (const auto kind : {InputKind::wgs_vcf, InputKind::gvcf, InputKind::array_imputed, InputKind::panel})
    EXPECT_EQ(input_kind_from_name(name(kind)), kind);
  for (const auto absence : {Absence::homref, Absence::missing, Absence::frequency})
    EXPECT_EQ(absence_from_name(name(absence)), absence);
  for (const auto field : {DosageField::gt, DosageField::ds, DosageField::gp})
    EXPECT_EQ(dosage_field_from_name(name(field)), field);
  for (const auto sex : {Sex::female, Sex::male}) EXPECT_EQ(sex_from_name(name(sex)), sex);
  for (const auto x : {MaleX::single, MaleX::doubled}) EXPECT_EQ(male_x_from_name(name(x)), x);
  EXPECT_EQ(name(MaleX::doubled), "double");
  EXPECT_EQ(absence_from_name("undeclared"), std::nullopt);
  EXPECT_EQ(sex_from_name("unknown"), std::nullopt);
  EXPECT_EQ(male_x_from_name("undeclared"), std::nullopt);
  EXPECT_EQ(dosage_field_from_name("gt"), std::nullopt);
}

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
