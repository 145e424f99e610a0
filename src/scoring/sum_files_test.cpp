// Exact sums on every scoring file that there is, in the tree and in the data beside it: the engine's are those of
// model::sum_of for people of all kinds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "bundle/pgs_pack.h"
#include "scoring/model_engine.h"
#include "support.h"

namespace glovebox::scoring {
namespace {
namespace fs = std::filesystem;

// random_dose is one that the term may be given.
model::Dose random_dose(const model::Term& term, std::mt19937& random) {
  model::Dose out{.dosage = static_cast<std::int32_t>(random() % 3) * model::dosage_unit,
                  .alleles = static_cast<std::uint8_t>(1 + random() % 2),
                  .expected = term.effect == model::Effect::additive && random() % 4 == 0};
  if (term.effect != model::Effect::by_count && random() % 3 == 0)
    out.dosage = static_cast<std::int32_t>(random() % (model::copies_max + 1));
  if (random() % 5 == 0) out = {.dosage = -1, .alleles = 0};
  return out;
}

TEST(SumFiles, TheEnginesSumsAreTheReferences) {
  std::vector<fs::path> files;
  for (const fs::path& folder :
       {test::vectors() / "scoring_file", test::shared() / "data/pgs", test::shared() / "data/genotypes/cineca"})
    if (fs::exists(folder))
      for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().string().ends_with(".txt") || entry.path().string().ends_with(".txt.gz"))
          files.push_back(entry.path());
  std::ranges::sort(files);
  // Doses drawn for one model, beside two people at least.
  const std::size_t doses_wanted = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr ? 1'000'000 : 5'000;
  std::mt19937 random(5);
  std::size_t models = 0, terms = 0, people = 0;
  for (const fs::path& path : files) {
    SCOPED_TRACE(path);
    const Bytes text = test::read(path);
    for (const auto build : {bundle::Build::grch37, bundle::Build::grch38}) {
      const auto file = bundle::read_scoring_file(text, {.build = build});
      if (!file) continue;  // refused ones, those of the other build, and other files
      const auto packed = bundle::pack_score(*file, {.name = "score"});
      if (!packed) continue;
      const auto model = bundle::load(*packed).value();
      const model::Polygenic& score = *model.polygenic();
      const auto engine = ModelEngine::compile(model).value();
      ++models;
      terms += score.terms.size();
      const std::size_t each = 2 + doses_wanted / score.terms.size();
      for (std::size_t i = 0; i < each; ++i, ++people) {
        std::vector<model::Dose> doses;
        for (const model::Term& term : score.terms) doses.push_back(random_dose(term, random));
        const model::Sums wanted = model::sum_of(score, doses);
        const model::Sums got = engine.sum(doses);
        ASSERT_TRUE(got.sum == wanted.sum) << got.sum_text() << ", not " << wanted.sum_text();
        ASSERT_EQ(got.denominator, wanted.denominator);
        ASSERT_EQ(got.dosage_sum, wanted.dosage_sum);
      }
    }
  }
  EXPECT_GE(models, 20U);
  std::cout << models << " models of scoring files, " << terms << " terms, " << people << " people\n";
}

}  // namespace
}  // namespace glovebox::scoring
