// A polygenic score from a VCF or a table to SUM, DENOM, AVG and NAMED_ALLELE_DOSAGE_SUM.
#include "bundle/pgs_pack.h"
#include "scoring/job.h"
#include "support.h"

namespace glovebox::scoring {
namespace {

using protocol::Parameters;

// The columns of one row: id, chromosome, position, effect allele, other allele, three weights or one, effect.
bundle::Bundle model_of(const std::string& rows, const std::string& manifest = {}) {
  const std::string text =
      "#pgs_id=PGS000001\n#genome_build=GRCh37\nrsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_"
      "weight\t"
      "is_dominant\tis_recessive\tdosage_0_weight\tdosage_1_weight\tdosage_2_weight\tis_haplotype\tallelefrequency_"
      "effect\n" +
      rows;
  const auto file = bundle::read_scoring_file(view_of(text), {.build = bundle::Build::grch37});
  EXPECT_TRUE(file) << describe(file.error());
  return bundle::load(bundle::pack_score(file.value(), {.manifest_toml = manifest}).value()).value();
}
constexpr std::string_view rows =
    "rs1\t1\t1000\tG\tA\t0.1\t\t\t\t\t\t\t0.3\n"               // additive
    "rs2\t1\t2000\tC\tT\t0.02\tTrue\t\t\t\t\t\t0.3\n"          // dominant
    "rs3\t2\t3000\tT\tC\t-0.003\t\tTrue\t\t\t\t\t0.3\n"        // recessive
    "rs4\t2\t4000\tA\tG\t\t\t\t-0.0001\t0.0002\t0.0003\t\t\n"  // by count
    "\t6\t\tHLA-A*24\t\t0.5\t\t\t\t\t\tTrue\t\n";
std::string vcf(const std::string& body) {
  return "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=2,length=243199373>\n"
         "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n##FORMAT=<ID=DS,Number=A,Type=Float,Description=\"\">"
         "\n"
         "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSOMEONE\n" +
         body;
}
std::string record(std::string_view chromosome, int position, std::string_view ref, std::string_view alt,
                   std::string_view call) {
  return std::string(chromosome) + "\t" + std::to_string(position) + "\t.\t" + std::string(ref) + "\t" +
         std::string(alt) + "\t.\tPASS\t.\tGT\t" + std::string(call) + "\n";
}

Parameters genome(protocol::Absence absence = protocol::Absence::missing) {
  return {.input = protocol::Input::vcf,
          .purpose = "risk-score",
          .input_kind = protocol::InputKind::wgs_vcf,
          .build = protocol::Build::grch37,
          .absence = absence};
}
Result<result::Report> score(const bundle::Bundle& model, const Parameters& parameters, const std::string& data) {
  GLOVEBOX_TRY(job, Job::create(model, parameters, {.size_class = 16}));
  GLOVEBOX_CHECK(job.feed(view_of(data)));
  return job.finish();
}
std::string told(const Result<result::Report>& report) {
  if (!report) return test::reason_of(report);
  std::string out;
  for (const auto& row : report->rows)
    out += (out.empty() ? "" : "; ") + row.sums.value().sum + " " + std::to_string(row.sums->denominator) + " " +
           row.sums->dosage_sum;
  return out;
}
std::uint64_t count(const result::Report& report, std::string_view outcome) {
  for (const auto& c : report.quality.counts)
    if (c.outcome == outcome) return c.number;
  return 0;
}

TEST(PolygenicJob, AddsUpAGenome) {
  const bundle::Bundle model = model_of(std::string(rows));
  const auto report = score(model, genome(),
                            vcf(record("1", 1000, "A", "G", "0/1") + record("1", 2000, "T", "C", "1/1") +
                                record("2", 3000, "C", "T", "1|1") + record("2", 4000, "A", "G", "0/1")));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(told(report), "0.1172 8 4");  // 0.1 + 0.02 - 0.003 + 0.0002
  const result::Row& row = report->rows[0];
  EXPECT_EQ(row.sums->average, 0.1172 / 8);
  EXPECT_EQ(row.margins, std::vector<float>{0.1172F});
  EXPECT_EQ(row.predictions, std::vector<float>{0.1172F});
  EXPECT_EQ(report->quality.asked, 5U);
  EXPECT_EQ(report->quality.used, 4U);
  const double all = 0.1 + 0.02 + 0.003 + 0.0003 + 0.5;
  EXPECT_NEAR(report->quality.coverage, (all - 0.5) / all, 1e-6);
  EXPECT_EQ(count(*report, "unsupported"), 1U);
  EXPECT_TRUE(std::ranges::any_of(report->warnings, [](const std::string& w) {
    return w.starts_with("1 of the model's 5 rows are never scored (1 haplotype)");
  })) << report->warnings.size();
}

TEST(PolygenicJob, WhatIsMissingLeavesTheDenominator) {
  const bundle::Bundle model = model_of(std::string(rows));
  EXPECT_EQ(told(score(model, genome(), vcf(record("1", 1000, "A", "G", "0/1") + record("1", 2000, "T", "C", "./.")))),
            "0.1 2 1");
  EXPECT_EQ(told(score(model, genome(), vcf(record("1", 1, "A", "G", "0/1")))), "0 0 0");
}

TEST(PolygenicJob, ADosageBetweenTheCountsThatHaveWeightsIsMissingAndSaid) {
  const bundle::Bundle model = model_of(std::string(rows));
  Parameters parameters = genome();
  parameters.dosage = protocol::DosageField::ds;
  const auto report = score(model, parameters, vcf("2\t4000\t.\tA\tG\t.\tPASS\t.\tDS\t1.2\n"));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(told(report), "0 0 0");
  EXPECT_EQ(count(*report, "unsupported"), 2U);
  EXPECT_TRUE(std::ranges::any_of(report->warnings,
                                  [](const std::string& w) { return w.starts_with("1 site: a dosage between"); }));
}

TEST(PolygenicJob, AFrequencyStandsInWhereItIsAskedForAndTheEffectIsAdditive) {
  const bundle::Bundle model = model_of(std::string(rows));
  const auto report = score(model, genome(protocol::Absence::frequency), vcf(record("2", 4000, "A", "G", "1/1")));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(told(report), "0.0599 4 0");  // 0.1 x 0.6 - 0.0001; no allele of the file's is an A
  EXPECT_EQ(count(*report, "frequency_assumed"), 1U);
  EXPECT_EQ(count(*report, "absent"), 2U);
}

TEST(PolygenicJob, TheAverageIsTheOutputWhereTheManifestSaysSo) {
  const bundle::Bundle model = model_of(std::string(rows), "output_value = \"average\"\n");
  const auto report = score(model, genome(), vcf(record("1", 1000, "A", "G", "1/1")));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->rows[0].predictions, std::vector<float>{0.1F});
  EXPECT_EQ(report->rows[0].sums->sum, "0.2");
}

TEST(PolygenicJob, BothAllelesOfOneVariantCount) {
  const bundle::Bundle model =
      model_of("rs1\t1\t1000\tG\tA\t0.1\t\t\t\t\t\t\t\nrs1\t1\t1000\tA\tG\t0.03\t\t\t\t\t\t\t\n");
  EXPECT_EQ(told(score(model, genome(), vcf(record("1", 1000, "A", "G", "0/1")))), "0.13 4 2");
  EXPECT_EQ(told(score(model, genome(), vcf(record("1", 1000, "A", "G", "1/1")))), "0.2 4 2");
}

TEST(PolygenicJob, TakesATableOfDosages) {
  const bundle::Bundle model = model_of(std::string(rows));
  const Parameters table{.input = protocol::Input::table,
                         .purpose = "risk-score",
                         .output_form = protocol::OutputForm::table,
                         .rows_class = 3};
  EXPECT_EQ(told(score(model, table, "rs1,rs2,rs3,rs4\n1,2,2,1\n1.5,0.25,NA,2\n0,,0,0\n")),
            "0.1172 8 4; 0.1553 6 3.75; -0.0001 6 0");
  EXPECT_EQ(told(score(model, table, "rs1\n1\n")), "0.1 2 1");
  EXPECT_EQ(told(score(model, table, "rs4\n1.5\n")), "value_out_of_range");
  EXPECT_EQ(told(score(model, table, "rs1\n2.1\n")), "value_out_of_range");
  EXPECT_EQ(told(score(model, table, "rs1\n-0.1\n")), "value_out_of_range");
  EXPECT_EQ(told(score(model, table, "rs1\nx\n")), "value_out_of_range");
  EXPECT_EQ(told(score(model, table, "HLA-A*24\n1\n")), "table_malformed");  // no column of the model's
}

TEST(PolygenicJob, TakesNoPlainValues) {
  const bundle::Bundle model = model_of(std::string(rows));
  EXPECT_EQ(told(score(model, {.input = protocol::Input::values, .purpose = "risk-score"}, "")), "features_mismatch");
  Parameters with_value = genome();
  with_value.values = {{"HLA-A*24", 1.0}};
  EXPECT_EQ(told(score(model, with_value, "")), "value_unknown");
}

TEST(PolygenicJob, ItsResultTravels) {
  const bundle::Bundle model = model_of(std::string(rows));
  const auto report = score(model, genome(), vcf(record("1", 1000, "A", "G", "0/1")));
  ASSERT_TRUE(report) << describe(report.error());
  const auto parsed = result::parse(result::encode(*report));
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(std::get<result::Report>(*parsed), *report);
}

}  // namespace
}  // namespace glovebox::scoring
