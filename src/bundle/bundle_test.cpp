#include "bundle/bundle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/cbor.h"
#include "bundle/pack.h"
#include "crypto/hash.h"
#include "support.h"

namespace glovebox::bundle {
namespace {
namespace fs = std::filesystem;
const fs::path folder = test::vectors() / "bundle";
const fs::path models = test::vectors() / "model";

std::string text(const fs::path& path) {
  return std::string(text_of(test::read(path)));
}
std::string manifest() {
  return text(folder / "manifest.toml");
}
std::string features() {
  return text(folder / "features.tsv");
}
Bytes weights() {
  return test::read(models / "logistic-ubj.ubj");
}
Bytes packed() {
  return pack(manifest(), view_of(features()), weights()).value();
}

std::string with(std::string whole, std::string_view from, std::string_view to) {
  const std::size_t at = whole.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return whole.replace(at, from.size(), to);
}
std::string packs(const std::string& m, const std::string& f, const Bytes& w = weights()) {
  return test::reason_of(pack(m, view_of(f), w));
}

TEST(Bundle, PacksAndLoads) {
  const auto made = pack(manifest(), view_of(features()), weights());
  ASSERT_TRUE(made) << describe(made.error());
  const auto b = load(*made);
  ASSERT_TRUE(b) << describe(b.error());
  EXPECT_EQ(b->manifest.name, "example");
  EXPECT_EQ(b->manifest.categories.size(), 3U);
  EXPECT_EQ(b->manifest.reference->quantiles.size(), 6U);
  EXPECT_EQ(b->variants(), (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(std::get<genome::Site>(b->features[1].what).reference, genome::ReferenceAllele::other);
  EXPECT_EQ(std::get<genome::Site>(b->features[2].what).reference, genome::ReferenceAllele::effect);
  EXPECT_EQ(std::get<genome::Site>(b->features[3].what).other_allele, "");
  EXPECT_EQ(b->features[3].missing.kind, Missing::Kind::refuse);
  EXPECT_EQ(b->ensemble().features, 6U);
  ASSERT_TRUE(panel_of(*b));
  EXPECT_EQ(panel_of(*b)->size(), 3U);
  EXPECT_EQ(packed(), *made);  // the same bytes every time
  EXPECT_NE(summary(*b).find("3 variants, 3 values"), std::string::npos) << summary(*b);
}

TEST(Bundle, ItsDigestIsOverManifestFeaturesAndWeights) {
  const Bytes bytes = packed();
  const Digest digest = load(bytes)->digest;
  const auto part = [](View v) { return cbor::Writer().bstr(crypto::sha256(v)).take(); };
  const Bytes m = manifest_from_toml(manifest())->encode();
  const Bytes by_hand = concat(
      {cbor::Writer().array(4).tstr("glovebox bundle v1").take(), part(m), part(view_of(features())), part(weights())});
  EXPECT_EQ(digest, crypto::sha256(by_hand));
  // comments and order in the TOML do not matter; anything said does
  const auto digest_of = [](const std::string& toml) {
    return load(pack(toml, view_of(features()), weights()).value())->digest;
  };
  EXPECT_EQ(digest_of("# a comment\n" + manifest()), digest);
  EXPECT_NE(digest_of(with(manifest(), "0.75\nsites", "0.7\nsites")), digest);
}

TEST(Bundle, EveryShorterPrefixIsTruncated) {
  const Bytes bytes = packed();
  for (std::size_t n = 0; n < bytes.size(); ++n)
    ASSERT_EQ(test::reason_of(load(View(bytes).first(n))), "truncated") << n;
}

TEST(Bundle, AChangedByteIsRefusedOrAnotherModel) {
  const Bytes good = packed();
  const Digest digest = load(good)->digest;
  std::mt19937 random(11);
  std::size_t accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes = good;
    bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    const auto b = load(bytes);
    if (!b) continue;
    ++accepted;
    ASSERT_NE(b->digest, digest);
  }
  EXPECT_GT(accepted, 0U);
}

TEST(Bundle, PackChecksFeaturesAgainstTheModel) {
  const std::string f = features();
  EXPECT_EQ(packs(manifest(), f), "accepted");
  EXPECT_EQ(packs(manifest(), f.substr(0, f.rfind("f5\t"))), "features_mismatch");                   // one too few
  EXPECT_EQ(packs(manifest(), with(f, "f4\t", "g4\t")), "features_mismatch");                        // another name
  EXPECT_EQ(packs(manifest(), with(with(f, "f1\t", "fX\t"), "f2\t", "f1\t")), "features_mismatch");  // another order
  EXPECT_EQ(packs(manifest(), with(f, "f4\t", "f0\t")), "features_mismatch");                        // twice
  const std::string twice = with(f, "X\t2700001\tT\tTA\tT", "22\t50300078\tG\tA\tG");
  EXPECT_EQ(packs(manifest(), twice), "features_mismatch");  // one variant under two names, effect and other swapped
}

TEST(Bundle, FeatureTableIsReadStrictly) {
  const std::string f = features();
  const auto bad = [&](std::string_view from, std::string_view to) { return packs(manifest(), with(f, from, to)); };
  EXPECT_EQ(bad("f1\tvariant\tGRCh37", "f1\tvariant\tGRCh38"), "bundle_malformed");
  EXPECT_EQ(bad("\t22\t", "\tchr22\t"), "bundle_malformed");
  EXPECT_EQ(bad("\t22\t", "\t022\t"), "bundle_malformed");
  EXPECT_EQ(bad("50300078", "0"), "bundle_malformed");
  EXPECT_EQ(bad("50300078", "5e7"), "bundle_malformed");
  EXPECT_EQ(bad("50300078", "900000000"), "model_invalid");  // beyond the chromosome
  EXPECT_EQ(bad("A\tG\tG", "A\tG\tT"), "bundle_malformed");
  EXPECT_EQ(bad("A\tG\tG", "A\tA\tA"), "bundle_malformed");
  EXPECT_EQ(bad("A\tG\tG", "a\tG\tG"), "bundle_malformed");
  EXPECT_EQ(bad("A\tG\tG", "<DEL>\tG\tG"), "bundle_malformed");
  EXPECT_EQ(bad("\tvalue\t", "\tsecret\t"), "bundle_malformed");
  EXPECT_EQ(bad("-10\t10", "10\t-10"), "bundle_malformed");
  EXPECT_EQ(bad("-10\t10", "-10\tinf"), "bundle_malformed");
  EXPECT_EQ(bad("none|some", "some|some"), "bundle_malformed");
  EXPECT_EQ(bad("none|some", "|some"), "bundle_malformed");
  EXPECT_EQ(bad("all\t1\n", "all\tmaybe\n"), "bundle_malformed");
  EXPECT_EQ(bad("all\t1\n", "all\t1\t\n"), "bundle_malformed");
  EXPECT_EQ(bad("all\t1\n", "all\t1\r\n"), "bundle_malformed");
  EXPECT_EQ(bad("all\t1\n", "all\t1"), "bundle_malformed");
  EXPECT_EQ(bad("name\tkind", "Name\tkind"), "bundle_malformed");
  EXPECT_EQ(packs(manifest(), ""), "bundle_malformed");
}

TEST(Bundle, ManifestIsReadStrictly) {
  const std::string m = manifest();
  const auto bad = [&](std::string_view from, std::string_view to) { return packs(with(m, from, to), features()); };
  EXPECT_EQ(bad("sites_public = true", "sites_public = true\ncolour = \"red\""), "bundle_malformed");
  EXPECT_EQ(bad("sites_public = true", ""), "bundle_malformed");
  EXPECT_EQ(bad("sites_public = true", "sites_public = \"yes\""), "bundle_malformed");
  EXPECT_EQ(bad("name = \"example\"", "name = \"../../etc\""), "bundle_malformed");
  EXPECT_EQ(bad("name = \"example\"", "name = \"\""), "bundle_malformed");
  EXPECT_EQ(bad("build = \"GRCh37\"", "build = \"hg19\""), "bundle_malformed");
  EXPECT_EQ(bad("build = \"GRCh37\"", "build = \"none\""), "bundle_malformed");
  EXPECT_EQ(bad("coverage_gate = 0.75", "coverage_gate = 1.5"), "bundle_malformed");
  EXPECT_EQ(bad("coverage_gate = 0.75", "coverage_gate = nan"), "bundle_malformed");
  EXPECT_EQ(bad("below = 0.75", "below = 0.25"), "bundle_malformed");
  EXPECT_EQ(bad("name = \"high\"", "name = \"high\"\nbelow = 0.9"), "bundle_malformed");
  EXPECT_EQ(bad("0.05, 0.2", "0.5, 0.2"), "bundle_malformed");
  EXPECT_EQ(bad("simulated = [\"everything\"]", "simulated = [1]"), "bundle_malformed");
  EXPECT_EQ(bad("\"tests\"", "\"\\u001b[2J\""), "bundle_malformed");  // what a terminal would obey
  EXPECT_EQ(bad("[reference]", "[reference"), "bundle_malformed");
  EXPECT_EQ(packs(std::string(manifest_size_max + 1, '#'), features()), "too_large");
}

TEST(Bundle, FaultyFilesAreRefusedByName) {
  std::size_t tried = 0;
  for (const auto& entry : fs::directory_iterator(folder / "bad")) {
    const std::string file = entry.path().filename();
    const bool toml = file.ends_with(".toml");
    if (!toml && !file.ends_with(".tsv")) continue;
    const std::size_t dash = file.find('-');
    const std::string expected = file.substr(dash + 1, file.find('-', dash + 1) - dash - 1);
    EXPECT_EQ(packs(toml ? text(entry.path()) : manifest(), toml ? features() : text(entry.path())), expected) << file;
    ++tried;
  }
  EXPECT_EQ(tried, 21U);
}

TEST(Bundle, WeightsAreLoadedAgain) {
  EXPECT_EQ(packs(manifest(), features(), test::read(models / "bad" / "010-model_invalid-cycle.json")),
            "model_invalid");
  const Bytes m = manifest_from_toml(manifest())->encode();
  const auto bundle = [&](std::string_view form, View w) {
    return cbor::Writer().document(bundle_label, 5).bstr(m).bstr(view_of(features())).tstr(form).bstr(w).take();
  };
  EXPECT_EQ(test::reason_of(load(bundle("xgboost-ubjson", weights()))), "accepted");
  EXPECT_EQ(test::reason_of(load(bundle("xgboost-json", weights()))), "bundle_malformed");
  EXPECT_EQ(test::reason_of(load(bundle("onnx", weights()))), "type_unsupported");
  EXPECT_EQ(test::reason_of(load(bundle("xgboost-json", test::read(models / "bad" / "010-model_invalid-cycle.json")))),
            "model_invalid");
  EXPECT_EQ(test::reason_of(load(cbor::Writer().document("glovebox bundle v2", 5).take())), "version_unsupported");
}

TEST(Bundle, CategoricalFeaturesNeedTheirLevels) {
  const Bytes w = test::read(models / "categorical-onehot.json");
  EXPECT_EQ(packs(manifest(), features(), w), "accepted");
  const std::string f = with(features(), "\t.\t.\t.\tnone|some|much|most|all\t1", "\t.\t0\t9\t.\t1");
  EXPECT_EQ(packs(manifest(), f, w), "features_mismatch");
}

TEST(Bundle, EarlyStoppingIsAskedAbout) {
  std::string json = text(models / "logistic.json");
  json = with(json, "\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"3\"}");
  EXPECT_EQ(packs(manifest(), features(), to_bytes(view_of(json))), "model_invalid");
  json = with(json, "\"best_iteration\":\"3\"", "\"best_iteration\":\"7\"");
  EXPECT_EQ(packs(manifest(), features(), to_bytes(view_of(json))), "accepted");
}

TEST(Bundle, ValuesBecomeNumbers) {
  const auto b = load(packed()).value();
  using Given = std::optional<std::variant<double, std::string>>;
  const auto of = [&](std::size_t i, Given given) { return encode_value(b.features[i], given); };
  EXPECT_EQ(of(0, 0.1).value(), 0.1F);
  EXPECT_TRUE(std::isnan(of(0, std::nullopt).value()));
  EXPECT_TRUE(std::isnan(of(0, std::nan("")).value()));
  EXPECT_EQ(test::reason_of(of(0, 10.5)), "value_out_of_range");
  EXPECT_EQ(test::reason_of(of(0, 1e300)), "value_out_of_range");
  EXPECT_EQ(test::reason_of(of(0, HUGE_VAL)), "value_out_of_range");
  EXPECT_EQ(test::reason_of(of(0, "ten")), "value_unknown");
  EXPECT_EQ(test::reason_of(of(4, std::nullopt)), "value_missing");
  EXPECT_EQ(of(4, 120.0).value(), 120.0F);
  EXPECT_EQ(of(5, "much").value(), 2.0F);
  EXPECT_EQ(of(5, std::nullopt).value(), 1.0F);
  EXPECT_EQ(test::reason_of(of(5, "Much")), "value_unknown");
  EXPECT_EQ(test::reason_of(of(5, 2.0)), "value_unknown");
}

// What a manifest may say of whom a score is compared with.
constexpr std::string_view compared = R"(
[[reference_groups]]
label = "EUR"
name = "made-up people of the west"
quantiles = [0.1, 0.5, 0.9]
mean = 0.5
sd = 0.25

[[reference_groups]]
label = "EAS"
name = "made-up people of the east"
scores = [1, 4, 4, 9.5]
mean = 4
sd = 3

[ancestry]
components = ["PC1", "PC2"]
means = [0.5, -1]
sds = [46.6225, 2]
offset = 2.01
[ancestry.z_norm1]
intercept = 0.125
coefficients = [0.25, 1.3]
residual_sd = 3.19
[ancestry.z_norm2]
mean_intercept = -0.002
mean_coefficients = [0.26, 1.31]
log_variance_intercept = 2.3
log_variance_coefficients = [-0.136, -0.157]
)";

TEST(Bundle, AncestryAndReferenceGroupsAreReadStrictly) {
  const std::string good = manifest() + std::string(compared);
  const Manifest m = manifest_from_toml(good).value();
  EXPECT_EQ(Manifest::parse(m.encode()).value(), m);
  ASSERT_EQ(m.reference_groups.size(), 2U);
  EXPECT_EQ(m.reference_groups[1].label, "EAS");
  EXPECT_EQ(m.reference_groups[1].reference.mean, 4.0);
  EXPECT_EQ(m.reference_groups[1].reference.scores, (std::vector<float>{1, 4, 4, 9.5}));
  ASSERT_TRUE(m.ancestry);
  EXPECT_EQ(m.ancestry->components[0], (model::Component{"PC1", 0.5, 46.6225}));  // not rounded to a float
  EXPECT_EQ(m.ancestry->mean2, (model::Linear{-0.002, {0.26, 1.31}}));
  EXPECT_NE(summary(load(pack(good, view_of(features()), weights()).value()).value()).find("PC1, PC2"),
            std::string::npos);
  const auto bad = [&](std::string_view from, std::string_view to) { return packs(with(good, from, to), features()); };
  EXPECT_EQ(bad("label = \"EAS\"", "label = \"EUR\""), "bundle_malformed");
  EXPECT_EQ(bad("label = \"EAS\"", "label = \"E AS\""), "bundle_malformed");
  EXPECT_EQ(bad("label = \"EAS\"\n", ""), "bundle_malformed");
  EXPECT_EQ(bad("sd = 3\n", "sd = 0\n"), "bundle_malformed");
  EXPECT_EQ(bad("sd = 3\n", ""), "bundle_malformed");
  EXPECT_EQ(bad("scores = [1, 4, 4, 9.5]\nmean = 4\nsd = 3\n", ""), "bundle_malformed");
  EXPECT_EQ(bad("mean = 4\nsd = 3\n", ""), "accepted") << "scores are enough for a percentile";
  EXPECT_EQ(bad("scores = [1, 4, 4, 9.5]\n", "scores = [1]\n"), "bundle_malformed");
  EXPECT_EQ(bad("scores = [1, 4,", "scores = [4, 1,"), "bundle_malformed");
  EXPECT_EQ(bad("scores = [1,", "quantiles = [1, 2]\nscores = [1,"), "bundle_malformed");
  EXPECT_EQ(bad("offset = 2.01\n", ""), "bundle_malformed");
  EXPECT_EQ(bad("offset = 2.01\n", "offset = nan\n"), "bundle_malformed");
  EXPECT_EQ(bad("\"PC1\", \"PC2\"", "\"PC1\""), "bundle_malformed");
  EXPECT_EQ(bad("\"PC1\", \"PC2\"", "\"PC1\", \"PC1\""), "bundle_malformed");
  EXPECT_EQ(bad("46.6225", "-1"), "bundle_malformed");
  EXPECT_EQ(bad("[0.25, 1.3]", "[0.25]"), "bundle_malformed");
  EXPECT_EQ(bad("residual_sd = 3.19", "resid_std = 3.19"), "bundle_malformed");
  EXPECT_EQ(bad("[ancestry.z_norm2]", "[ancestry.z_norm3]"), "bundle_malformed");
}

TEST(Bundle, ManifestRoundTrips) {
  const Manifest m = manifest_from_toml(manifest() + std::string(compared)).value();
  const Bytes bytes = m.encode();
  EXPECT_EQ(Manifest::parse(bytes).value(), m);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    ASSERT_EQ(test::reason_of(Manifest::parse(View(bytes).first(n))), "truncated") << n;
}

}  // namespace
}  // namespace glovebox::bundle
