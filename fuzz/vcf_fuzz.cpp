// layers: base genome
// max_len: 8192
// A VCF in any form, as a request's child reads it, under rules that the first three bytes draw: how the bytes are cut
// into pieces changes neither the answer nor the reason of a refusal; every site has one outcome that fits its dosage;
// and what is read is read alike after cutting.
#include "genome/cut.h"
#include "genome/reader.h"
#include "property.h"

using namespace glovebox;
using namespace glovebox::genome;
using glovebox::fuzz::require;

namespace {

constexpr std::size_t choice_bytes = 3;

const Panel& panel() {
  static const Panel made = [] {
    std::vector<Site> sites;
    const auto add = [&](std::uint8_t chromosome, std::uint64_t position, std::string effect, std::string other,
                         ReferenceAllele reference) {
      sites.push_back({Chromosome{chromosome}, position, std::move(effect), std::move(other), reference});
      if (sites.size() % 2 == 0) sites.back().expected = 634'021;
    };
    for (const auto reference : {ReferenceAllele::unknown, ReferenceAllele::effect, ReferenceAllele::other}) {
      add(1, 100, "G", "A", reference);
      add(1, 101, "A", "T", reference);
      add(1, 102, "AT", "A", reference);
      add(2, 100, "C", "CTTT", reference);
      add(23, 5000000, "G", "A", reference);
      add(23, 100000, "C", "T", reference);  // pseudoautosomal
    }
    add(1, 100, "G", "", ReferenceAllele::unknown);
    return Panel::create(Build::grch37, std::move(sites)).value();
  }();
  return made;
}

std::shared_ptr<const Callable> every_other_site() {
  static const auto made = [] {
    auto callable = std::make_shared<Callable>(panel().size());
    for (std::size_t i = 0; i < panel().size(); i += 2) callable->set(i);
    return callable;
  }();
  return made;
}

Options options(View choice) {
  static constexpr std::array<std::optional<std::uint32_t>, 4> minima = {std::nullopt, 0, 10, 30};
  const Rules rules = {.kind = static_cast<InputKind>(choice[1] & 3),
                       .absence = static_cast<Absence>((choice[0] >> 1) & 3),
                       .dosage = static_cast<DosageField>(((choice[1] >> 2) & 3) % 3),
                       .sex = static_cast<Sex>(((choice[1] >> 4) & 3) % 3),
                       .x_male = static_cast<MaleX>((choice[1] >> 6) % 3),
                       .flip = (choice[0] & 16) != 0,
                       .min_gq = minima[choice[2] & 3],
                       .min_dp = minima[(choice[2] >> 2) & 3],
                       .keep_matches = (choice[0] & 32) != 0};
  return {
      .build = choice[0] & 1 ? std::optional(Build::grch37) : std::nullopt,
      .rules = rules,
      .sample = choice[0] & 8 ? std::optional<std::string>("S1") : std::nullopt,
      .limits = {.inflate = {.inflated_max = 1 << 22, .ratio_max = 256, .ratio_free = 1 << 22}, .line_max = 1 << 16},
      .callable = choice[0] & 64 ? every_other_site() : nullptr};
}

Result<Extracted> extract(View file, View choice, std::size_t piece) {
  Extraction extraction(panel(), options(choice));
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (!extraction.feed(file.subspan(at, std::min(piece, file.size() - at)))) break;
  return extraction.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < choice_bytes) return 0;
  const View choice(data, choice_bytes);
  const View file(data + choice_bytes, size - choice_bytes);
  const auto whole = extract(file, choice, file.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + choice[0]}) {
    const auto parts = extract(file, choice, piece);
    require(parts.has_value() == whole.has_value(), "pieces do not decide whether a file is read");
    if (!whole) {
      require(parts.error() == whole.error(), "pieces do not change the error");
      continue;
    }
    require(parts->dosages.dosage == whole->dosages.dosage && parts->dosages.outcome == whole->dosages.outcome,
            "pieces do not change dosages");
    require(parts->records == whole->records && parts->sample == whole->sample, "pieces do not change counts");
  }
  if (!whole) return 0;
  std::uint64_t counted = 0;
  for (const std::uint64_t count : whole->dosages.counts) counted += count;
  require(counted == panel().size(), "every site is counted once");
  for (std::size_t i = 0; i < panel().size(); ++i) {
    const Dosage dosage = whole->dosages.dosage[i];
    const int alleles = whole->dosages.alleles[i];
    require(gives_dosage(whole->dosages.outcome[i])
                ? dosage >= 0 && dosage <= alleles * dosage_unit && (alleles == 1 || alleles == 2)
                : dosage == missing_dosage && alleles == 0,
            "a dosage fits its outcome");
  }
  Bytes cut;
  SampleCutter cutter(
      whole->sample,
      [&](View text) -> Status {
        cut.insert(cut.end(), text.begin(), text.end());
        return {};
      },
      SampleCutter::for_cohorts());
  require(cutter.feed(file).has_value() && cutter.finish().has_value(), "what is read can be cut");
  const auto own = extract(cut, choice, cut.size() + 1);
  require(
      own.has_value() && own->dosages.dosage == whole->dosages.dosage && own->dosages.outcome == whole->dosages.outcome,
      "a cut file says the same of its person");
  return 0;
}
