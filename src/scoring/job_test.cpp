#include "scoring/job.h"

#include <random>

#include "bundle/pack.h"
#include "model/predict.h"
#include "scoring/leakage.h"
#include "support.h"

namespace glovebox::scoring {
namespace {

using protocol::Absence;
using protocol::Build;
using protocol::InputKind;
using protocol::Parameters;

// The example bundle: f0 and f4 numbers, f5 one of five levels, f1 and f2 and f3 sites.
const bundle::Bundle& example() {
  static const bundle::Bundle made = [] {
    const auto folder = test::vectors() / "bundle";
    const Bytes packed =
        bundle::pack(text_of(test::read(folder / "manifest.toml")), test::read(folder / "features.tsv"),
                     test::read(test::vectors() / "model/logistic-ubj.ubj"))
            .value();
    return bundle::load(packed).value();
  }();
  return made;
}

constexpr std::string_view vcf_head =
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=22,length=51304566>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSOMEONE\n";
constexpr std::string_view vcf_body =
    "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n22\t50300078\t.\tG\tA\t.\tPASS\t.\tGT\t0/1\n";

Parameters genome_parameters() {
  return {.input = protocol::Input::vcf,
          .purpose = "risk-score",
          .input_kind = InputKind::wgs_vcf,
          .build = Build::grch37,
          .absence = Absence::missing,
          .values = {{"f0", 0.5}, {"f4", 54.0}, {"f5", std::string("some")}}};
}

Result<result::Report> score(const Parameters& parameters, std::string_view data, std::size_t piece = SIZE_MAX,
                             Matrix* matrix = nullptr) {
  GLOVEBOX_TRY(job, Job::create(example(), parameters, {.size_class = 16, .keep_features = true}));
  while (!data.empty()) {
    const auto front = data.substr(0, piece);
    GLOVEBOX_CHECK(job.feed(view_of(front)));
    data.remove_prefix(front.size());
  }
  auto report = job.finish();
  if (matrix != nullptr) *matrix = job.features();
  return report;
}

float predicted(const std::vector<float>& row) {
  float margin = 0;
  float out = 0;
  model::predict_margin(example().ensemble(), row, {&margin, 1});
  model::transform(example().ensemble(), {&margin, 1}, {&out, 1});
  return out;
}

Error refused(const Parameters& parameters, std::string_view data) {
  const auto report = score(parameters, data);
  return report ? Error{Reject::internal, "accepted"} : report.error();
}

TEST(Job, ScoresAGenomeWithItsValues) {
  const std::string data = std::string(vcf_head) + std::string(vcf_body);
  const std::vector<float> expected = {0.5F, 1, 0, 2, 54, 1};  // no record on X: the model's 0
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
    Matrix matrix;
    const auto report = score(genome_parameters(), data, piece, &matrix);
    ASSERT_TRUE(report) << describe(report.error());
    ASSERT_EQ(matrix.rows.size(), 1U);
    EXPECT_EQ(matrix.rows[0].values, expected);
    EXPECT_EQ(matrix.names, (std::vector<std::string>{"f0", "f1", "f2", "f3", "f4", "f5"}));
    EXPECT_EQ(report->rows[0].predictions, std::vector{predicted(expected)});
    EXPECT_EQ(report->rows[0].id, "SOMEONE");
    EXPECT_EQ(report->model_digest, example().digest);
    EXPECT_EQ(report->rows[0].percentile,
              result::percentile_of(predicted(expected), example().manifest.reference->quantiles));
    EXPECT_EQ(report->quality.asked, 6U);
    EXPECT_EQ(report->quality.used, 5U);
    EXPECT_EQ(report->quality.build, "GRCh37");
    EXPECT_EQ(report->quality.build_standing, "checked");
    std::uint64_t counted = 0;
    float weight = 0;
    for (const auto& count : report->quality.counts) {
      counted += count.number;
      weight += count.weight;
    }
    EXPECT_EQ(counted, 6U);
    EXPECT_NEAR(weight, 1.0F, 1e-5F);
    EXPECT_EQ(report->leakage, leakage(nullptr, 16));
    EXPECT_TRUE(result::parse(result::encode(result::Outcome(*report))));
  }
}

TEST(Job, BelowTheGateThereIsNoCategory) {
  Parameters parameters = genome_parameters();
  parameters.values = {{"f4", 54.0}};  // f0 is the model's missing, f5 becomes 1
  const std::string data = std::string(vcf_head) + "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n";
  const auto report = score(parameters, data);
  ASSERT_TRUE(report) << describe(report.error());
  ASSERT_LT(report->quality.coverage, 0.75F);
  EXPECT_FALSE(report->rows[0].category);
  ASSERT_TRUE(report->no_category);
  EXPECT_NE(report->no_category->find("75.0 %"), std::string::npos) << *report->no_category;
  const auto whole = score(genome_parameters(), std::string(vcf_head) + std::string(vcf_body));
  EXPECT_EQ(whole->rows[0].category.has_value(), whole->quality.coverage >= 0.75F);
}

TEST(Job, SaysWhatIsWrongWithAPersonsData) {
  const std::string data = std::string(vcf_head) + std::string(vcf_body);
  Parameters parameters = genome_parameters();
  parameters.absence.reset();
  const Error absence = refused(parameters, std::string(vcf_head) + "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n");
  EXPECT_EQ(absence.reason, Reject::absence_undeclared);
  EXPECT_NE(absence.found.find("no record at "), std::string::npos) << absence.found;
  EXPECT_FALSE(absence.hint.empty());

  parameters = genome_parameters();
  parameters.build = Build::grch38;
  EXPECT_EQ(refused(parameters, data).reason, Reject::build_mismatch);
  parameters = genome_parameters();
  parameters.input_kind.reset();
  EXPECT_EQ(refused(parameters, data).reason, Reject::input_kind_undeclared);
  parameters = genome_parameters();
  parameters.values.erase(parameters.values.begin() + 1);
  EXPECT_EQ(refused(parameters, data),
            (Error{Reject::value_missing, "no value for \"f4\"", "a value: this model needs it"}));
  parameters.values = {{"f4", 130.0}};
  EXPECT_EQ(refused(parameters, data).reason, Reject::value_out_of_range);
  parameters.values = {{"f4", 54.0}, {"f5", std::string("lots")}};
  EXPECT_EQ(refused(parameters, data).reason, Reject::value_unknown);
  parameters.values = {{"f1", 1.0}, {"f4", 54.0}};  // a site
  EXPECT_EQ(refused(parameters, data).reason, Reject::value_unknown);
  parameters = genome_parameters();
  parameters.sample = "NOBODY";
  EXPECT_EQ(refused(parameters, data).reason, Reject::sample_unknown);
  EXPECT_EQ(refused(genome_parameters(), vcf_head).reason, Reject::value_missing);  // f3 refuses to be missing
  EXPECT_EQ(refused(genome_parameters(), "not a VCF\n").reason, Reject::vcf_malformed);
  parameters = genome_parameters();
  parameters.input = protocol::Input::values;
  EXPECT_EQ(refused(parameters, "").reason, Reject::features_mismatch);
}

Parameters table_parameters(unsigned rows_class) {
  return {.input = protocol::Input::table,
          .purpose = "risk-score",
          .output_form = protocol::OutputForm::table,
          .rows_class = rows_class};
}

TEST(Job, ScoresEveryRowOfATable) {
  const std::string data = "id,f5,f4,f3,f2,f1,f0\r\n7,some,54,2,NA,1,0.5\r\n8,all,20,0,2,0,\r\n";
  Matrix matrix;
  const auto report = score(table_parameters(1), data, 5, &matrix);
  ASSERT_TRUE(report) << describe(report.error());
  ASSERT_EQ(report->rows.size(), 2U);
  EXPECT_EQ(matrix.rows[0].values, (std::vector<float>{0.5F, 1, 0, 2, 54, 1}));
  EXPECT_TRUE(std::isnan(matrix.rows[1].values[0]));
  EXPECT_EQ(report->rows[0].id, "2");  // the line
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(report->rows[i].predictions, std::vector{predicted(matrix.rows[i].values)});
  ASSERT_EQ(report->warnings.size(), 1U);
  EXPECT_EQ(report->warnings[0], "1 column that the model does not know was left out: id");
  EXPECT_EQ(report->quality.asked, 12U);
}

TEST(Job, RefusesATableByLine) {
  const auto wrong = [](std::string_view data, unsigned rows_class = 4) {
    return refused(table_parameters(rows_class), data);
  };
  EXPECT_EQ(wrong("f3,f4\n2,54\n2,abc\n"), (Error{Reject::value_unknown, "line 3: \"f4\" = \"abc\"", "a number"}));
  EXPECT_EQ(wrong("f3,f4\n3,54\n").found, "line 2: \"f3\" = \"3\"");
  EXPECT_EQ(wrong("f3,f4\n,54\n").reason, Reject::value_missing);
  EXPECT_EQ(wrong("f3,f4\n2,54,1\n").reason, Reject::table_malformed);
  EXPECT_EQ(wrong("f3\n2\n"), (Error{Reject::value_missing, "no column \"f4\"", "one: this model needs it"}));
  EXPECT_EQ(wrong("f3,f4,f4\n2,54,54\n").reason, Reject::table_malformed);
  EXPECT_EQ(wrong("f3,f4\n").found, "no rows");
  EXPECT_EQ(wrong("").reason, Reject::table_malformed);
  EXPECT_EQ(wrong("f3,f4\n2,54\n2,54\n2,54\n", 1).reason, Reject::too_large);
  Parameters one = table_parameters(0);
  one.output_form = protocol::OutputForm::score;
  EXPECT_TRUE(score(one, "f3,f4\n2,54\n"));
  EXPECT_EQ(refused(one, "f3,f4\n2,54\n2,54\n").hint, "ask for the output form `table`");
  one.values = {{"f4", 54.0}};
  EXPECT_TRUE(score(one, "f3\n2\n"));
  EXPECT_EQ(refused(one, "f3,f4\n2,54\n").reason, Reject::table_malformed);
}

TEST(Job, TakesAnyBytesWithoutHarm) {
  std::mt19937 random(3);
  const std::string good = std::string(vcf_head) + std::string(vcf_body);
  for (int round = 0; round < 500; ++round) {
    std::string data = good;
    for (int n = 1 + static_cast<int>(random() % 4); n > 0; --n)
      data[random() % data.size()] = static_cast<char>(random());
    Parameters parameters = random() % 2 ? genome_parameters() : table_parameters(3);
    if (const auto report = score(parameters, data, 1 + random() % 50)) {
      EXPECT_TRUE(result::parse(result::encode(result::Outcome(*report))));
    }
  }
}

}  // namespace
}  // namespace glovebox::scoring
