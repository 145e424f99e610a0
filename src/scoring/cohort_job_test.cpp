// All samples of a file in one request: each person's row is what a request for that person alone gives, counts too.
#include <random>

#include "bundle/pack.h"
#include "genome/cut.h"
#include "genome/genome_testing.h"
#include "scoring/job.h"
#include "scoring/model_engine.h"
#include "scoring/score_testing.h"
#include "scoring/slicing.h"

namespace glovebox::scoring::test {
namespace {
using protocol::Parameters;
using Random = std::mt19937_64;

Parameters of_one(std::vector<protocol::NamedValue> values = {}) {
  return {.input = protocol::Input::vcf,
          .purpose = "risk-score",
          .input_kind = protocol::InputKind::wgs_vcf,
          .build = protocol::Build::grch37,
          .absence = protocol::Absence::missing,
          .values = std::move(values)};
}

Parameters of_all(Parameters parameters, std::size_t people) {
  parameters.all_samples = true;
  parameters.output_form = protocol::OutputForm::table;
  parameters.rows_class = protocol::rows_class_for(people).value();
  return parameters;
}

Result<result::Report> score(const bundle::Bundle& bundle, const Parameters& parameters, View file,
                             const JobOptions& options = {}) {
  GLOVEBOX_CHECK(Parameters::parse(parameters.encode()));
  GLOVEBOX_TRY(job, Job::create(bundle, parameters, options));
  while (!file.empty()) {
    const View piece = file.first(std::min<std::size_t>(file.size(), 70'001));
    if (!job.feed(piece)) break;
    file = file.subspan(piece.size());
  }
  auto report = job.finish();
  if (report) {
    EXPECT_EQ(result::parse(result::encode(result::Outcome(*report))), result::Outcome(*report));
  }
  return report;
}

Result<Bytes> cut(View file, const std::string& sample) {
  Bytes out;
  genome::SampleCutter cutter(
      sample,
      [&out](View text) -> Status {
        out.insert(out.end(), text.begin(), text.end());
        return {};
      },
      genome::SampleCutter::for_cohorts());
  GLOVEBOX_CHECK(cutter.feed(file));
  GLOVEBOX_CHECK(cutter.finish());
  return out;
}

// same_as_alone returns how many people were scored.
std::size_t same_as_alone(const bundle::Bundle& bundle, const Parameters& one, View file,
                          const JobOptions& options = {}) {
  const std::vector<std::string> names = genome::test::samples_of(file);
  const auto all = score(bundle, of_all(one, names.size()), file, options);
  if (all) {
    EXPECT_EQ(all->rows.size(), names.size());
    if (all->rows.size() != names.size()) return 0;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto own = cut(file, names[i]);
    const auto alone = own ? score(bundle, one, *own, options) : same(own);
    if (!alone) {
      EXPECT_FALSE(all) << names[i] << ": " << describe(alone.error());
      if (!all && all.error().found.starts_with("sample " + names[i] + ": ")) {
        EXPECT_EQ(all.error().found, "sample " + names[i] + ": " + alone.error().found);
        EXPECT_EQ(all.error().reason, alone.error().reason);
      }
      if (!all) return 0;
      continue;
    }
    if (!all) continue;  // refused for somebody behind this one
    result::Row row = all->rows[i];
    if (!row.quality) {
      ADD_FAILURE() << "no counts for " << names[i];
      return 0;
    }
    const result::RowQuality quality = *row.quality;
    row.quality.reset();
    EXPECT_EQ(row, alone->rows[0]) << names[i];
    EXPECT_EQ(quality.used, alone->quality.used);
    EXPECT_EQ(quality.asked(), alone->quality.asked);
    EXPECT_EQ(quality.coverage, alone->quality.coverage);
    std::vector<std::pair<std::string, std::uint64_t>> found, expected;
    for (std::size_t k = 0; k < quality.numbers.size(); ++k)
      if (quality.numbers[k] != 0) found.emplace_back(all->quality.counts[k].outcome, quality.numbers[k]);
    for (const auto& count : alone->quality.counts) expected.emplace_back(count.outcome, count.number);
    EXPECT_EQ(found, expected) << names[i];
  }
  EXPECT_TRUE(all) << describe(all.error());  // nobody alone is refused
  return all ? names.size() : 0;
}

std::string head(std::size_t people) {
  std::string out = genome::test::head37 + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
  for (std::size_t i = 0; i < people; ++i) out += "\tP" + std::to_string(i);
  return out + "\n";
}

std::string row(std::string_view place, std::size_t people, const std::function<std::string(std::size_t)>& call) {
  std::string out = genome::test::tabs(std::string(place));
  for (std::size_t i = 0; i < people; ++i) out += "\t" + call(i);
  return out + "\n";
}

// The example bundle: f3 at 1:1000 must be called, f1 and f2 may be missing.
const bundle::Bundle& trees() {
  static const bundle::Bundle made = [] {
    const auto folder = glovebox::test::vectors() / "bundle";
    const Bytes packed = bundle::pack(text_of(glovebox::test::read(folder / "manifest.toml")),
                                      glovebox::test::read(folder / "features.tsv"),
                                      glovebox::test::read(glovebox::test::vectors() / "model/logistic-ubj.ubj"))
                             .value();
    return bundle::load(packed).value();
  }();
  return made;
}
const std::vector<protocol::NamedValue> values = {{"f0", 0.5}, {"f4", 54.0}, {"f5", std::string("some")}};

std::string trees_file(Random& random, std::size_t people, bool f3_missing = false) {
  const std::vector<std::string> calls = {"0/0", "0|1", "1/1", "./.", "0/.", "1|0"};
  const auto any = [&](std::size_t) { return calls[random() % calls.size()]; };
  const auto called = [&](std::size_t i) { return f3_missing && i + 1 == people ? "./." : calls[random() % 3]; };
  const auto on_x = [&](std::size_t i) { return i % 2 == 0 ? std::string(random() % 2 ? "1" : "0") : any(i); };
  return head(people) + row("1 1000 . C T . PASS . GT", people, called) +
         row("22 50300078 . G A,T . PASS . GT", people, any) + row("X 2700001 . T TA . PASS . GT", people, on_x);
}

TEST(AllSamples, OfTreesAreThePeopleOneByOne) {
  const auto engine = ModelEngine::compile(trees()).value();
  Random random(1);
  for (const std::size_t people : {1U, 2U, 255U, 256U, 257U, 600U}) {
    const std::string file = trees_file(random, people);
    Parameters one = of_one(values);
    one.sex = people == 255 ? std::optional(protocol::Sex::male) : std::nullopt;
    one.x_male = protocol::MaleX::doubled;
    EXPECT_EQ(same_as_alone(trees(), one, view_of(file), {.engine = &engine}), people);
    if (people == 257) {
      EXPECT_EQ(same_as_alone(trees(), one, view_of(file)), people);
    }
  }
}

TEST(AllSamples, APersonWhoIsRefusedIsNamed) {
  Random random(2);
  const std::string file = trees_file(random, 300, true);
  const auto refused = score(trees(), of_all(of_one(values), 300), view_of(file));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reject::value_missing);
  EXPECT_EQ(refused.error().found, "sample P299: site \"f3\" is missing_call");
  EXPECT_EQ(same_as_alone(trees(), of_one(values), view_of(file)), 0U);
  Parameters undeclared = of_one(values);
  undeclared.absence.reset();
  const std::string short_file = head(3) + row("1 1000 . C T . PASS . GT", 3, [](std::size_t) { return "0/1"; });
  EXPECT_EQ(same_as_alone(trees(), undeclared, view_of(short_file)), 0U);
}

TEST(AllSamples, OfOneWrittenNameAreRefused) {
  const auto asked = [](const std::string& one, const std::string& other) {
    const std::string file = genome::test::head37 + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + one +
                             "\t" + other + "\n" +
                             row("1 1000 . C T . PASS . GT", 2, [](std::size_t) { return "0/1"; });
    return glovebox::test::reason_of(score(trees(), of_all(of_one(values), 2), view_of(file)));
  };
  EXPECT_EQ(asked("M\xfcller", "M\xf6ller"), "unsupported") << "not UTF-8: both would be M?ller";
  const std::string path(130, 'x');
  EXPECT_EQ(asked(path + "A.bam", path + "B.bam"), "unsupported");
  EXPECT_EQ(asked("M\u00fcller", "M\u00f6ller"), asked("a", "b"));
}

TEST(AllSamples, HaveBounds) {
  Random random(3);
  const std::string file = trees_file(random, 9);
  EXPECT_EQ(score(trees(), of_all(of_one(values), 8), view_of(file)).error_or(Error{}).reason, Reject::too_large);
  EXPECT_TRUE(score(trees(), of_all(of_one(values), 9), view_of(file), {.cohort_bytes_max = 3 * 9 * 2}));
  const auto refused = score(trees(), of_all(of_one(values), 9), view_of(file), {.cohort_bytes_max = 3 * 9 * 2 - 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reject::too_large);
  EXPECT_NE(refused.error().hint.find("--all"), std::string::npos);
  EXPECT_EQ(glovebox::test::reason_of(Slicing::create(trees(), of_all(of_one(values), 9), {})), "usage");
  const std::string sites = genome::test::head37 + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
  EXPECT_EQ(glovebox::test::reason_of(score(trees(), of_all(of_one(values), 9), view_of(sites))), "no_samples");
}

// scoring_rows makes a score of a file's own rows: every third row that a score can be of.
std::string scoring_rows(View file, Random& random, std::size_t most) {
  std::string out;
  std::size_t taken = 0;
  genome::test::every_third_plain(file, [&](const genome::test::PlainRecord& record) {
    if (taken == most || record.chromosome.number > 23) return;
    const std::string name = record.chromosome.number == 23 ? "X" : std::to_string(record.chromosome.number);
    ++taken;
    out += "rs" + std::to_string(record.row) + "\t" + name + "\t" + record.position + "\t" + record.alt + "\t" +
           record.ref + "\t" + (random() % 2 ? "-" : "") + "0." + std::to_string(1 + random() % 99999) + "\n";
  });
  return out;
}

std::optional<bundle::Bundle> polygenic(const std::string& rows) {
  if (rows.empty()) return std::nullopt;
  const std::string text =
      "#pgs_id=PGS000001\n#genome_build=GRCh37\nrsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_"
      "weight\n" +
      rows;
  const auto file = bundle::read_scoring_file(view_of(text), {.build = bundle::Build::grch37});
  if (!file) return std::nullopt;  // a position that is none, say
  return bundle_of(*file);
}

TEST(AllSamples, OfAPolygenicScoreAreThePeopleOneByOne) {
  Random random(4);
  const std::vector<std::string> calls = {"0|0:0", "0|1:1.2", "1|1:2", ".|.:.", "0|.:0.3", "1|0:0.999999"};
  for (const std::size_t people : {3U, 70U, 300U}) {
    std::string file = head(people);
    for (std::size_t i = 0; i < 200; ++i)
      file += row("1 " + std::to_string(1000 + 13 * i) + " . A " + (i % 7 == 0 ? "G,T" : "C") + " . PASS . GT:DS",
                  people, [&](std::size_t) {
                    const std::string call = calls[random() % calls.size()];
                    return i % 7 == 0 ? call.substr(0, call.find(':')) : call;
                  });
    const auto model = polygenic(scoring_rows(view_of(file), random, 1000));
    ASSERT_TRUE(model);
    const auto engine = ModelEngine::compile(*model).value();
    EXPECT_EQ(same_as_alone(*model, of_one(), view_of(file), {.engine = &engine}), people);
    Parameters imputed = of_one();
    imputed.dosage = protocol::DosageField::ds;
    imputed.input_kind = protocol::InputKind::array_imputed;
    EXPECT_EQ(same_as_alone(*model, imputed, view_of(file)), people);
  }
}

TEST(AllSamples, OfRealFilesAreThePeopleOneByOne) {
  const auto folder = glovebox::test::shared() / "data";
  GLOVEBOX_NEEDS(folder);
  std::size_t files = 0, scored = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !(name.ends_with(".vcf") || name.ends_with(".vcf.gz"))) continue;
    if (entry.file_size() > (std::size_t{1} << 20)) continue;
    const Bytes file = glovebox::test::read(entry.path());
    const std::size_t people = genome::test::samples_of(file).size();
    if (people < 2 || people > 200) continue;
    Random random(++files);
    const auto model = polygenic(scoring_rows(file, random, 300));
    if (model) scored += same_as_alone(*model, of_one(), file);
  }
  EXPECT_GT(files, 20U);
  EXPECT_GT(scored, 50U);
}

}  // namespace
}  // namespace glovebox::scoring::test
