#include "scoring/job.h"

#include <array>
#include <random>

#include "bundle/pack.h"
#include "model/predict.h"
#include "scoring/genome_rules.h"
#include "scoring/leakage.h"
#include "scoring/match_log.h"
#include "scoring/model_engine.h"
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

TEST(Job, AnEngineSaysWhatTheReferenceSays) {
  const auto engine = ModelEngine::compile(example());
  ASSERT_TRUE(engine) << describe(engine.error());
  const auto by = [&](const ModelEngine* which, const Parameters& parameters, std::string_view data) {
    auto job = Job::create(example(), parameters, {.size_class = 16, .engine = which}).value();
    for (; !data.empty(); data.remove_prefix(std::min<std::size_t>(data.size(), 4'099)))
      if (!job.feed(view_of(data.substr(0, 4'099)))) break;
    return job.finish();
  };
  const auto same = [&](const Parameters& parameters, std::string_view data) {
    const auto fast = by(&*engine, parameters, data);
    const auto plain = by(nullptr, parameters, data);
    ASSERT_EQ(fast.has_value(), plain.has_value());
    if (fast)
      EXPECT_EQ(*fast, *plain);
    else
      EXPECT_EQ(fast.error(), plain.error());
  };
  std::mt19937 random(11);
  constexpr std::array<std::string_view, 6> levels = {"none", "some", "much", "most", "all", ""};
  std::string table = "f5,f4,f3,f2,f1,f0\n";
  for (int row = 0; row < 1000; ++row) {
    table += std::string(levels[random() % levels.size()]) + "," + std::to_string(random() % 121) + "," +
             std::to_string(random() % 3) + "," + std::to_string(random() % 3) + ",";
    table += (random() % 4 == 0 ? "NA" : std::to_string(random() % 3)) + ",";
    table += (random() % 4 == 0 ? "" : std::to_string(static_cast<int>(random() % 2001) - 1000) + "e-2") + "\n";
    if (row == 0 || row == 255 || row == 256 || row == 999) same(table_parameters(10), table);
  }
  same(table_parameters(10), table + "none,999,0,0,0,0\n");  // refused, after rows that waited
  same(table_parameters(9), table);                          // too many
  same(genome_parameters(), std::string(vcf_head) + std::string(vcf_body));
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

TEST(Job, KeepsALogOfTheMatching) {
  Parameters p = genome_parameters();
  p.match_log = true;
  EXPECT_EQ(test::reason_of(score(p, std::string(vcf_head) + std::string(vcf_body))), "request_mismatch");
  p.rows_class = 2;  // three sites
  const auto report = score(p, std::string(vcf_head) + std::string(vcf_body)).value();
  ASSERT_TRUE(report.match_log);
  EXPECT_EQ(report.quality.match_log, crypto::sha256(view_of(*report.match_log)));
  const std::string& log = *report.match_log;
  EXPECT_NE(log.find("\n1\texample\t22\t50300078\tA\tG\t\t\t"), std::string::npos) << log;
  EXPECT_NE(log.find("\tSOMEONE\tmatched\t1\n"), std::string::npos) << log;
  EXPECT_NE(log.find("\n2\texample\tX\t2700001\tT\tTA\t"), std::string::npos) << log;
  EXPECT_EQ(std::ranges::count(log, '\n'), 4);
  p.match_log = false;
  p.rows_class = 0;
  EXPECT_FALSE(score(p, std::string(vcf_head) + std::string(vcf_body)).value().match_log);
}

// The short form is what makes an answer's size the model's alone: it must fit whatever a file writes.
TEST(MatchLog, AlwaysFitsItsRoom) {
  bundle::Bundle bundle = example();
  bundle.manifest.name = std::string(64, 'n');
  genome::Dosages dosages;
  std::vector<How> hows;
  std::size_t lines = 0;
  for (auto& feature : bundle.features) {
    if (auto* site = std::get_if<genome::Site>(&feature.what)) {
      *site = {.chromosome = site->chromosome,
               .position = 248'956'422,
               .effect_allele = std::string(8192, 'A'),
               .other_allele = std::string(8192, 'C')};
      hows.push_back(how(genome::Outcome::matched_no_other_allele));
      dosages.dosage.push_back(1'999'999);
      dosages.outcome.push_back(genome::Outcome::matched_no_other_allele);
      const std::string text(genome::matched_text_max, '\t');
      dosages.matches.push_back({.id = text, .ref = text, .alt = text, .flipped = true});
      ++lines;
    } else {
      hows.push_back(how_value);
    }
  }
  const std::string sample(1024, 's');
  const auto longest = match_log(bundle, dosages, hows, sample, SIZE_MAX);
  const auto fitted = match_log(bundle, dosages, hows, sample, lines * match_log_line_max);
  EXPECT_GT(longest.size(), fitted.size());
  const auto header = fitted.find('\n') + 1;
  EXPECT_LE(fitted.size() - header, lines * match_log_line_max);
  for (const std::string& log : {longest, fitted}) {
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(log, '\n')), lines + 1);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(log, '\t')), 23 * (lines + 1));  // none of the file's
    EXPECT_NE(log.find("\tno_oa"), log.find("\taltref_flip\t"));
    EXPECT_NE(log.find("\t1.999999\n"), std::string::npos);
  }
}

TEST(MatchLog, IsGivenOfPublicSitesAlone) {
  bundle::Bundle bundle = example();
  EXPECT_EQ(match_log_class(bundle).value(), 2U);
  bundle.manifest.sites_public = false;
  EXPECT_EQ(test::reason_of(match_log_class(bundle)), "output_not_allowed");
  bundle.manifest.sites_public = true;
  bundle.features.resize(70'000, {.name = "x", .what = genome::Site{}});
  EXPECT_EQ(test::reason_of(match_log_class(bundle)), "too_large");
}

// Every parameter reaches the reader of the file under its own name.
TEST(GenomeRules, AreTheRequests) {
  Parameters p = genome_parameters();
  const auto plain = rules_of(p);
  EXPECT_EQ(plain.kind, genome::InputKind::wgs_vcf);
  EXPECT_EQ(plain.absence, genome::Absence::missing);
  EXPECT_EQ(plain.dosage, genome::DosageField::gt);
  EXPECT_EQ(plain.sex, genome::Sex::unknown);
  EXPECT_EQ(plain.x_male, genome::MaleX::undeclared);
  EXPECT_FALSE(plain.flip || plain.min_gq || plain.min_dp || plain.keep_matches);
  for (const auto kind : {InputKind::wgs_vcf, InputKind::gvcf, InputKind::array_imputed, InputKind::panel}) {
    p.input_kind = kind;
    EXPECT_EQ(genome::name(rules_of(p).kind), protocol::name(kind));
  }
  for (const auto& [asked, read] :
       {std::pair(Absence::homref, genome::Absence::homref), std::pair(Absence::missing, genome::Absence::missing),
        std::pair(Absence::frequency, genome::Absence::frequency)}) {
    p.absence = asked;
    EXPECT_EQ(rules_of(p).absence, read);
  }
  for (const auto field : {protocol::DosageField::gt, protocol::DosageField::ds, protocol::DosageField::gp}) {
    p.dosage = field;
    EXPECT_EQ(genome::name(rules_of(p).dosage), protocol::name(field));
  }
  for (const auto& [asked, read] :
       {std::pair(protocol::Sex::female, genome::Sex::female), std::pair(protocol::Sex::male, genome::Sex::male)}) {
    p.sex = asked;
    EXPECT_EQ(rules_of(p).sex, read);
  }
  for (const auto& [asked, read] : {std::pair(protocol::MaleX::single, genome::MaleX::single),
                                    std::pair(protocol::MaleX::doubled, genome::MaleX::doubled)}) {
    p.x_male = asked;
    EXPECT_EQ(rules_of(p).x_male, read);
  }
  p.absence.reset();
  p.flip = true;
  p.min_gq = 0;
  p.min_dp = 7;
  p.match_log = true;
  const auto all = rules_of(p);
  EXPECT_EQ(all.absence, genome::Absence::undeclared);
  EXPECT_TRUE(all.flip && all.keep_matches);
  EXPECT_EQ(all.min_gq, 0U);
  EXPECT_EQ(all.min_dp, 7U);
}

TEST(Job, CallableRegionsAreOfAVcfAlone) {
  Parameters p = genome_parameters();
  auto job = Job::create(example(), p, {}).value();
  EXPECT_EQ(test::reason_of(job.callable(view_of("chr22\t1\n"))), "accepted");  // not a line yet
  EXPECT_EQ(test::reason_of(job.feed(view_of(vcf_head))), "regions_malformed");
  p.input = protocol::Input::table;
  auto table = Job::create(example(), p, {}).value();
  EXPECT_EQ(test::reason_of(table.callable(view_of("chr22\t1\t2\n"))), "usage");
}

}  // namespace
}  // namespace glovebox::scoring
