// A slice gives what the whole file gives, and a wrong one a status: the masks of slice_score.cpp beside a plain
// reading.
#include <cmath>
#include <limits>
#include <random>

#include "bundle/pack.h"
#include "bundle/pgs_pack.h"
#include "model/predict.h"
#include "scoring/job.h"
#include "scoring/slice_score.h"
#include "scoring/slicing.h"
#include "support.h"

namespace glovebox::scoring {
namespace {
using protocol::Parameters;
using protocol::SliceKind;
using protocol::SliceRecord;
using test::reason_of;

// Three sites and three values, of which two take what is missing in other ways.
const bundle::Bundle& trees() {
  static const bundle::Bundle made = [] {
    const auto folder = test::vectors() / "bundle";
    return bundle::load(bundle::pack(text_of(test::read(folder / "manifest.toml")), test::read(folder / "features.tsv"),
                                     test::read(test::vectors() / "model/logistic-ubj.ubj"))
                            .value())
        .value();
  }();
  return made;
}
// A score with every effect, and a row that is never scored.
const bundle::Bundle& polygenic() {
  static const bundle::Bundle made = [] {
    const std::string_view text =
        "#pgs_id=PGS000001\n#genome_build=GRCh37\nrsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_"
        "weight\tis_dominant\tis_recessive\tdosage_0_weight\tdosage_1_weight\tdosage_2_weight\tis_haplotype\t"
        "allelefrequency_effect\n"
        "rs1\t1\t1000\tG\tA\t0.1\t\t\t\t\t\t\t0.3\nrs2\t1\t2000\tC\tT\t0.02\tTrue\t\t\t\t\t\t0.3\n"
        "rs3\t2\t3000\tT\tC\t-0.003\t\tTrue\t\t\t\t\t0.3\nrs4\t2\t4000\tA\tG\t\t\t\t-0.0001\t0.0002\t0.0003\t\t\n"
        "\t6\t\tHLA-A*24\t\t0.5\t\t\t\t\t\tTrue\t\n";
    const auto file = bundle::read_scoring_file(view_of(text), {.build = bundle::Build::grch37});
    return bundle::load(bundle::pack_score(file.value(), {}).value()).value();
  }();
  return made;
}
// Plain values alone, of a model of the vectors: as many outputs as there are classes.
bundle::Bundle values_model(const std::string& file) {
  const std::string manifest =
      "name = \"values\"\nversion = \"1\"\ndescription = \"d\"\nbuild = \"none\"\ncoverage_gate = 0\n"
      "sites_public = true\noutput = \"o\"\nlicence = \"CC0-1.0\"\nintended_use = \"tests\"\n"
      "not_medical_device = \"no\"\n";
  std::string features = std::string(bundle::features_header) + "\n";
  for (int i = 0; i < 6; ++i) features += "f" + std::to_string(i) + "\tvalue\t.\t.\t.\t.\t.\t.\t.\t.\t.\t.\tnan\n";
  auto packed = bundle::pack(manifest, view_of(features), test::read(test::vectors() / "model" / file));
  EXPECT_TRUE(packed) << describe(packed.error_or(Error{}));
  return bundle::load(packed.value()).value();
}

// Sites alone, which an engine takes as codes where the copies are whole; missing in every way that there is.
bundle::Bundle sites_model(const std::string& file) {
  const std::string manifest =
      "name = \"sites\"\nversion = \"1\"\ndescription = \"d\"\nbuild = \"GRCh37\"\ncoverage_gate = 0.5\n"
      "sites_public = true\noutput = \"o\"\nlicence = \"CC0-1.0\"\nintended_use = \"tests\"\n"
      "not_medical_device = \"no\"\n";
  const char* missing[] = {"nan", "0", "1", "2", "refuse", "nan"};
  std::string features = std::string(bundle::features_header) + "\n";
  for (int i = 0; i < 6; ++i)
    features += "f" + std::to_string(i) + "\tvariant\tGRCh37\t1\t" + std::to_string(1000 + i) +
                "\tC\tT\tT\t.\t.\t.\t.\t" + missing[i] + "\n";
  auto packed = bundle::pack(manifest, view_of(features), test::read(test::vectors() / "model" / file));
  EXPECT_TRUE(packed) << describe(packed.error_or(Error{}));
  return bundle::load(packed.value()).value();
}

std::string vcf(const std::string& body) {
  return "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=2,length=243199373>\n"
         "##contig=<ID=22,length=51304566>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n"
         "##FORMAT=<ID=DS,Number=A,Type=Float,Description=\"\">\n"
         "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSOMEONE\n" +
         body;
}
Parameters genome(std::vector<protocol::NamedValue> values = {}) {
  return {.input = protocol::Input::vcf,
          .purpose = "risk-score",
          .input_kind = protocol::InputKind::wgs_vcf,
          .build = protocol::Build::grch37,
          .absence = protocol::Absence::missing,
          .values = std::move(values)};
}
const std::vector<protocol::NamedValue> good_values = {{"f0", 0.5}, {"f4", 54.0}, {"f5", std::string("some")}};

Result<result::Report> whole(const bundle::Bundle& bundle, const Parameters& parameters, const std::string& data) {
  GLOVEBOX_TRY(job, Job::create(bundle, parameters, {.any_match_log = true}));
  GLOVEBOX_CHECK(job.feed(view_of(data)));
  return job.finish();
}
Result<result::Report> sliced(const bundle::Bundle& bundle, const Parameters& parameters, const std::string& data) {
  GLOVEBOX_TRY(slicing, Slicing::create(bundle, parameters));
  for (std::size_t at = 0; at < data.size(); at += 17)
    GLOVEBOX_CHECK(slicing.feed(view_of(std::string_view(data).substr(at, 17))));
  GLOVEBOX_TRY(made, slicing.finish());
  const SliceModel model = SliceModel::compile(bundle).value();
  EXPECT_EQ(made.slice.size(), model.slice_size());
  GLOVEBOX_TRY(block, model.score(made.slice.expose()));
  EXPECT_EQ(block.size(), model.block_size());
  GLOVEBOX_TRY(measured, result::parse_measured(block.expose(), bundle.digest, shape_of(bundle)));
  return expand(bundle, parameters, made, measured);
}
// expect_equal: the report of a slice is the whole file's, but for what leaked.
std::string expect_equal(const bundle::Bundle& bundle, const Parameters& parameters, const std::string& data) {
  auto of_whole = whole(bundle, parameters, data);
  auto of_slice = sliced(bundle, parameters, data);
  EXPECT_EQ(reason_of(of_whole), reason_of(of_slice));
  if (!of_whole || !of_slice) {
    if (!of_whole && !of_slice) {
      EXPECT_EQ(of_whole.error(), of_slice.error());
    }
    return reason_of(of_slice);
  }
  EXPECT_NE(of_whole->leakage, of_slice->leakage);
  of_whole->leakage = of_slice->leakage;
  EXPECT_EQ(*of_whole, *of_slice);
  EXPECT_EQ(result::encode(result::Outcome(*of_whole)), result::encode(result::Outcome(*of_slice)));
  return "accepted";
}

TEST(Slicing, GivesTheReportOfTheWholeFile) {
  const std::string f3 = "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n";
  for (const char* call : {"0/0", "0/1", "1/1", "./.", ".", "0/.", "1|0"})
    for (const std::string filter : {"PASS", "low"}) {
      const std::string body = f3 + "22\t50300078\t.\tG\tA\t.\t" + filter + "\t.\tGT\t" + call + "\n";
      EXPECT_EQ(expect_equal(trees(), genome(good_values), vcf(body)), "accepted");
    }
  EXPECT_EQ(expect_equal(trees(), genome({{"f4", 54.0}}), vcf(f3)), "accepted");  // below the gate: no category
  Parameters log = genome(good_values);
  log.match_log = true;
  EXPECT_EQ(expect_equal(trees(), log, vcf(f3)), "accepted");
  Parameters of_homref = genome(good_values);
  of_homref.absence = protocol::Absence::homref;
  EXPECT_EQ(expect_equal(trees(), of_homref, vcf(f3)), "accepted");
}

TEST(Slicing, GivesTheSumsOfTheWholeFile) {
  const auto body = [](std::string_view key, const std::vector<std::string>& calls) {
    const char* sites[] = {"1\t1000\t.\tA\tG", "1\t2000\t.\tT\tC", "2\t3000\t.\tC\tT", "2\t4000\t.\tG\tA"};
    std::string out;
    for (std::size_t i = 0; i < 4; ++i)
      out += std::string(sites[i]) + "\t.\tPASS\t.\t" + std::string(key) + "\t" + calls[i] + "\n";
    return vcf(out);
  };
  EXPECT_EQ(expect_equal(polygenic(), genome(), body("GT", {"0/1", "1/1", "1/1", "1/1"})), "accepted");
  EXPECT_EQ(expect_equal(polygenic(), genome(), body("GT", {"0/0", "0/1", "./.", "0/0"})), "accepted");
  EXPECT_EQ(expect_equal(polygenic(), genome(), body("GT", {"./.", "./.", "./.", "./."})), "accepted");  // no average
  Parameters imputed = genome();
  imputed.input_kind = protocol::InputKind::array_imputed;
  imputed.dosage = protocol::DosageField::ds;
  EXPECT_EQ(expect_equal(polygenic(), imputed, body("GT:DS", {"0/1:1.234", "1/1:0.5", "1/1:1.75", "1/1:1.2"})),
            "accepted");  // the last is between what its weights are for
  Parameters frequency = genome();
  frequency.absence = protocol::Absence::frequency;
  EXPECT_EQ(expect_equal(polygenic(), frequency, vcf("2\t4000\t.\tG\tA\t.\tPASS\t.\tGT\t1/1\n")), "accepted");
}

TEST(Slicing, TakesValuesAlone) {
  for (const char* file : {"softprob.ubj", "softmax.json", "poisson.ubj", "dart.json", "logistic.json", "hinge.ubj"}) {
    SCOPED_TRACE(file);
    const bundle::Bundle bundle = values_model(file);
    Parameters values{.input = protocol::Input::values, .purpose = "risk-score"};
    EXPECT_EQ(expect_equal(bundle, values, ""), "accepted");
    values.values = {{"f0", 0.25}, {"f2", -3.0}, {"f3", 1e30}, {"f5", -0.0}};
    EXPECT_EQ(expect_equal(bundle, values, ""), "accepted");
  }
}

TEST(Slicing, RefusesWhatTheWholeFileIsRefusedFor) {
  const std::string f3 = "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n";
  Parameters p = genome(good_values);
  p.absence.reset();
  EXPECT_EQ(expect_equal(trees(), p, vcf(f3)), "absence_undeclared");
  p = genome(good_values);
  p.build = protocol::Build::grch38;
  EXPECT_EQ(expect_equal(trees(), p, vcf(f3)), "build_mismatch");
  EXPECT_EQ(expect_equal(trees(), genome(good_values), vcf("")), "value_missing");
  EXPECT_EQ(expect_equal(trees(), genome(good_values), "no VCF\n"), "vcf_malformed");
  EXPECT_EQ(expect_equal(trees(), genome(), vcf(f3)), "value_missing");
  EXPECT_EQ(expect_equal(trees(), genome({{"f4", 130.0}}), vcf(f3)), "value_out_of_range");
  EXPECT_EQ(expect_equal(trees(), genome({{"f4", 54.0}, {"f5", std::string("lots")}}), vcf(f3)), "value_unknown");
  EXPECT_EQ(expect_equal(trees(), genome({{"f9", 1.0}}), vcf(f3)), "value_unknown");
  EXPECT_EQ(reason_of(Slicing::create(trees(), {.input = protocol::Input::table, .purpose = "p"})), "usage");
  // What no request could say: the whole file's parameters would be refused where they are read.
  EXPECT_EQ(reason_of(Slicing::create(trees(), genome({{"f0", std::nan("")}, {"f4", 54.0}}))), "malformed");
}

// -- the masks beside a plain reading ---------------------------------------------------------------------------------

bool finite(float v) {
  return std::isfinite(v);
}

// plain reads records as docs/spec/slice.md says it, with every branch there is, and asks the reference predictor.
result::Measured plain(const bundle::Bundle& bundle, SliceKind kind, std::span<const SliceRecord> records) {
  const result::Shape shape = shape_of(bundle);
  result::Measured out{.model_digest = bundle.digest,
                       .margins = std::vector<float>(shape.groups),
                       .predictions = std::vector<float>(shape.outputs)};
  const model::Polygenic* score = bundle.polygenic();
  std::vector<float> row(records.size());
  std::vector<model::Dose> doses(records.size());
  std::vector<How> hows;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SliceRecord& r = records[i];
    const bundle::Feature& f = bundle.features[i];
    hows.push_back(r.how);
    const auto invalid = [&] { out.status |= result::measured_record_invalid; };
    const float nothing =
        f.missing.kind == bundle::Missing::Kind::number ? f.missing.number : std::numeric_limits<float>::quiet_NaN();
    const bool refuses = f.missing.kind == bundle::Missing::Kind::refuse;
    if (const auto* value = std::get_if<bundle::Value>(&f.what)) {
      const float v = std::bit_cast<float>(r.number);
      row[i] = nothing;
      if (r.how == how_value_missing && refuses) out.status |= result::measured_value_missing;
      if (r.alleles != 0 || (r.how != how_value && r.how != how_value_missing) ||
          (r.how == how_value_missing && r.number != std::bit_cast<std::uint32_t>(nothing))) {
        invalid();
      } else if (r.how == how_value) {
        bool good = finite(v) && !(value->min && v < *value->min) && !(value->max && v > *value->max);
        if (good && !value->levels.empty())
          good = v >= 0 && v < static_cast<float>(value->levels.size()) && std::floor(v) == v;
        if (good)
          row[i] = v;
        else
          out.status |= result::measured_value_range;
      }
      continue;
    }
    const auto number = static_cast<std::int32_t>(r.number);
    row[i] = nothing;
    if (r.how >= genome::outcomes_end) {
      invalid();
      continue;
    }
    const bool unscored = std::holds_alternative<bundle::Unscored>(f.what);
    if (number == protocol::slice_missing) {
      if (genome::gives_dosage(static_cast<genome::Outcome>(r.how)) || r.alleles != 0 ||
          (unscored && r.how != how(genome::Outcome::unsupported)))
        invalid();
      else if (refuses && !unscored)
        out.status |= result::measured_value_missing;
      continue;
    }
    const bool whole_number = number == 0 || number == 1'000'000 || number == 2'000'000;
    const model::Dose dose{number, r.alleles, r.how == how(genome::Outcome::frequency_assumed)};
    if (unscored || !genome::gives_dosage(static_cast<genome::Outcome>(r.how)) || number < 0 || number > 2'000'000 ||
        r.alleles < 1 || r.alleles > 2 || (kind == SliceKind::hard && !whole_number) ||
        (score != nullptr && !score->terms[i].takes(dose))) {
      invalid();
      continue;
    }
    row[i] = static_cast<float>(static_cast<double>(number) / model::dosage_unit);
    doses[i] = dose;
  }
  if (out.status != 0) return out;
  if (score != nullptr) {
    const auto sums = model::sum_of(*score, doses);
    out.sum = {static_cast<std::uint64_t>(sums.sum), static_cast<std::uint64_t>(sums.sum >> 64)};
    out.denominator = sums.denominator;
    out.dosage_sum = sums.dosage_sum;
  } else {
    model::predict_margin(bundle.ensemble(), row, out.margins);
    model::transform(bundle.ensemble(), out.margins, out.predictions);
  }
  Tally tally(bundle::weights_of(bundle));
  out.coverage = tally.add(hows);
  out.covered = out.coverage >= static_cast<double>(bundle.manifest.coverage_gate);
  double share[hows_end] = {};
  const auto weights = bundle::weights_of(bundle);
  for (std::size_t i = 0; i < hows.size(); ++i) {
    ++out.counts[hows[i]].number;
    share[hows[i]] += weights[i];
  }
  for (std::size_t k = 0; k < hows_end; ++k) out.counts[k].weight = share[k];
  return out;
}

class Records {
 public:
  explicit Records(std::uint32_t seed) : random_(seed) {}
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[below(static_cast<std::uint32_t>(all.size()))];
  }

  // good makes a record that the feature may have.
  SliceRecord good(const bundle::Feature& f, const model::Term* term, SliceKind kind) {
    const float nothing =
        f.missing.kind == bundle::Missing::Kind::number ? f.missing.number : std::numeric_limits<float>::quiet_NaN();
    const bool refuses = f.missing.kind == bundle::Missing::Kind::refuse;
    const auto absent = SliceRecord{static_cast<std::uint32_t>(-1), 0, how(genome::Outcome::absent)};
    if (const auto* value = std::get_if<bundle::Value>(&f.what)) {
      if (!refuses && below(4) == 0) return {std::bit_cast<std::uint32_t>(nothing), 0, how_value_missing};
      float v = value->levels.empty() ? static_cast<float>(below(2000)) / 16 - 50
                                      : static_cast<float>(below(static_cast<std::uint32_t>(value->levels.size())));
      v = std::min(std::max(v, value->min.value_or(v)), value->max.value_or(v));
      return {std::bit_cast<std::uint32_t>(v), 0, how_value};
    }
    if (std::holds_alternative<bundle::Unscored>(f.what))
      return {static_cast<std::uint32_t>(-1), 0, how(genome::Outcome::unsupported)};
    if (!refuses && below(3) == 0) return {static_cast<std::uint32_t>(-1), 0, static_cast<How>(7 + below(8))};
    const bool whole = kind == SliceKind::hard || (term != nullptr && term->effect == model::Effect::by_count);
    const std::uint32_t number = whole ? below(3) * 1'000'000 : below(2'000'001);
    const bool additive = term == nullptr || term->effect == model::Effect::additive;
    const SliceRecord out{number, static_cast<std::uint8_t>(1 + below(2)), static_cast<How>(below(additive ? 7 : 6))};
    return out.how < genome::outcomes_end ? out : absent;
  }
  SliceRecord spoilt(SliceRecord r) {
    switch (below(4)) {
      case 0:
        r.number =
            one_of<std::uint32_t>({0,          1,          999'999,    1'000'000,  1'500'000,  2'000'000,  2'000'001,
                                   0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x7f800000, 0xff800000, 0x7fc00000,
                                   0x7fa00000, 0x3f800000, 0x40a00000, 0x00000001, 0x80000001, 0xc0000000});
        break;
      case 1:
        r.alleles = static_cast<std::uint8_t>(one_of<int>({0, 1, 2, 3, 128, 255}));
        break;
      case 2:
        r.how = static_cast<How>(one_of<int>({0, 5, 6, 7, 14, 15, 16, 17, 31, 32, 38, 39, 64, 255}));
        break;
      default:
        r = {static_cast<std::uint32_t>(random_()), static_cast<std::uint8_t>(random_()), static_cast<How>(random_())};
    }
    return r;
  }

 private:
  std::mt19937 random_;
};

void compare(const bundle::Bundle& bundle, std::uint32_t seed, int rounds) {
  const SliceModel model = SliceModel::compile(bundle).value();
  Records make(seed);
  int good = 0, refused = 0;
  for (int round = 0; round < rounds; ++round) {
    const SliceKind kind = round % 2 == 0 ? SliceKind::hard : SliceKind::fractional;
    std::vector<SliceRecord> records;
    for (std::size_t i = 0; i < bundle.features.size(); ++i) {
      const model::Term* term = bundle.polygenic() == nullptr ? nullptr : &bundle.polygenic()->terms[i];
      records.push_back(make.good(bundle.features[i], term, kind));
    }
    const std::uint32_t faults = make.below(3);
    for (std::uint32_t n = 0; n < faults; ++n) {
      auto& r = records[make.below(static_cast<std::uint32_t>(records.size()))];
      r = make.spoilt(r);
    }
    const SecretBytes slice = protocol::encode_slice(kind, bundle.digest, records).value();
    const SecretBytes block = model.score(slice.expose()).value();
    const result::Measured expected = plain(bundle, kind, records);
    const SecretBytes wanted = result::encode(expected);
    if (faults == 0) {
      EXPECT_EQ(expected.status, 0U);
    }
    ASSERT_TRUE(equal(block.expose(), wanted.expose()))
        << "round " << round << ", status " << expected.status << "\n"
        << to_hex(slice.expose().subspan(protocol::slice_head_size)) << "\n"
        << to_hex(block.expose().subspan(64)) << "\n"
        << to_hex(wanted.expose().subspan(64));
    ++(expected.status == 0 ? good : refused);
  }
  EXPECT_GT(good, rounds / 4);
  EXPECT_GT(refused, rounds / 4);
}

TEST(SliceModel, ReadsRecordsAsThePlainReadingDoes) {
  compare(trees(), 1, 6000);
  compare(polygenic(), 2, 6000);
  compare(values_model("softprob.ubj"), 3, 3000);
  compare(values_model("dart.json"), 4, 3000);
  compare(sites_model("logistic.json"), 6, 6000);
  compare(sites_model("softprob.ubj"), 7, 3000);
}

TEST(SliceModel, RefusesReservedBytes) {
  const SliceModel model = SliceModel::compile(polygenic()).value();
  Records make(5);
  std::vector<SliceRecord> records;
  for (std::size_t i = 0; i < polygenic().features.size(); ++i)
    records.push_back(make.good(polygenic().features[i], &polygenic().polygenic()->terms[i], SliceKind::hard));
  const SecretBytes made = protocol::encode_slice(SliceKind::hard, polygenic().digest, records).value();
  const auto status = [&](View slice) {
    const auto block = model.score(slice).value();
    return result::parse_measured(block.expose(), polygenic().digest, shape_of(polygenic())).value().status;
  };
  EXPECT_EQ(status(made.expose()), 0U);
  for (const std::size_t at : {6U, 7U}) {
    Bytes changed = to_bytes(made.expose());
    changed[protocol::slice_head_size + 2 * 8 + at] = 1;
    EXPECT_EQ(status(changed), result::measured_record_invalid);
  }
}

// The head is public structure: what is wrong with it is said in words.
TEST(SliceModel, ChecksTheHead) {
  const SliceModel model = SliceModel::compile(trees()).value();
  const std::vector<SliceRecord> records(6);
  const SecretBytes other = protocol::encode_slice(SliceKind::hard, polygenic().digest, records).value();
  EXPECT_EQ(reason_of(model.score(other.expose())), "request_mismatch");
  const SecretBytes fewer =
      protocol::encode_slice(SliceKind::hard, trees().digest, std::span(records).first(5)).value();
  EXPECT_EQ(reason_of(model.score(fewer.expose())), "malformed");
  EXPECT_EQ(reason_of(model.score({})), "truncated");
}

TEST(Expand, ABlockWithAStatusIsThatRefusal) {
  const Sliced sliced{.slice = {}, .id = "x", .notes = {}};
  const auto reason = [&](std::uint64_t status) {
    const result::Measured m{.model_digest = trees().digest, .status = status, .margins = {0}, .predictions = {0}};
    return reason_of(expand(trees(), genome(good_values), sliced, m));
  };
  EXPECT_EQ(reason(result::measured_record_invalid), "malformed");
  EXPECT_EQ(reason(result::measured_value_missing), "value_missing");
  EXPECT_EQ(reason(result::measured_value_range), "value_out_of_range");
}

}  // namespace
}  // namespace glovebox::scoring
