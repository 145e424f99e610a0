#include <set>

#include "result/result.h"
#include "scan/cohort.h"
#include "scan/extraction.h"
#include "scoring/genome_row.h"
#include "scoring/genome_rules.h"
#include "scoring/input.h"
#include "scoring/match_log.h"

namespace glovebox::scoring {
namespace {

Notes notes_of(const genome::Extracted& extracted, bool with_callable) {
  return {.build = std::string(genome::name(extracted.build)),
          .build_standing = std::string(genome::name(extracted.build_standing)),
          .with_callable = with_callable,
          .warnings = {},
          .match_log = {}};
}

// The data begins where the callable regions end: until then there is nothing to read it with.
class VcfInput : public Input {
 public:
  VcfInput(const InputSetup& setup, genome::Panel panel)
      : setup_(setup), panel_(std::move(panel)), rules_(rules_of(setup.parameters)) {}

  Status callable(View piece) final {
    if (!regions_) regions_.emplace(panel_);
    return regions_->feed(piece);
  }

 protected:
  Result<genome::Options> options() {
    GLOVEBOX_CHECK(genome::check_rules(rules_, regions_.has_value()));
    genome::Options options{
        .build = build_of(setup_.parameters), .rules = rules_, .sample = setup_.parameters.sample, .limits = {}};
    options.limits.inflate.inflated_max = setup_.inflated_max;
    if (regions_ && !callable_) {
      GLOVEBOX_TRY(callable, regions_->finish());
      callable_ = std::make_shared<genome::Callable>(std::move(callable));
    }
    options.callable = callable_;
    return options;
  }

  InputSetup setup_;
  genome::Panel panel_;
  genome::Rules rules_;
  std::optional<genome::CallableReader> regions_;
  std::shared_ptr<const genome::Callable> callable_;  // once the regions are read
};

// GenomeInput is of one person.
class GenomeInput final : public VcfInput {
 public:
  using VcfInput::VcfInput;

  Status feed(View piece) override {
    if (!begun()) GLOVEBOX_CHECK(begin());
    return reference_ ? reference_->feed(piece) : scan_->feed(piece);
  }

  Result<Notes> finish() override {
    if (!begun()) GLOVEBOX_CHECK(begin());
    GLOVEBOX_TRY(extracted, reference_ ? reference_->finish() : scan_->finish());
    return genome_row(setup_, extracted, regions_.has_value());
  }

  Result<std::optional<Notes>> read_by(const GenomeReader& reader) override {
    GLOVEBOX_TRY(asked, options());
    GLOVEBOX_TRY(extracted, reader(panel_, asked));
    if (!extracted) return std::optional<Notes>{};
    GLOVEBOX_TRY(notes, genome_row(setup_, *extracted, regions_.has_value()));
    return std::optional<Notes>(std::move(notes));
  }

 private:
  bool begun() const { return reference_ || scan_; }

  Status begin() {
    GLOVEBOX_TRY(asked, options());
    if (setup_.reference_reader)
      reference_.emplace(panel_, std::move(asked));
    else
      scan_.emplace(panel_, std::move(asked), scan::Resources{.threads = setup_.threads, .workers = setup_.workers});
    return {};
  }

  std::optional<genome::Extraction> reference_;
  std::optional<scan::Extraction> scan_;
};

// CohortInput is of everybody in the file.
class CohortInput final : public VcfInput {
 public:
  using VcfInput::VcfInput;

  Status feed(View piece) override {
    if (!cohort_) GLOVEBOX_CHECK(begin());
    return cohort_->feed(piece);
  }

  Result<Notes> finish() override {
    if (!cohort_) GLOVEBOX_CHECK(begin());
    auto read = cohort_->finish();
    if (!read) {
      if (read.error().reason == Reject::too_large && read.error().hint.empty())
        read.error().hint = "a file of fewer people, or --all, which asks for one after the other";
      return same(read);
    }
    return rows_of(*read);
  }

 private:
  // Rare variants of many thousand people compress as far as deflate can.
  static constexpr std::uint64_t ratio_max = 1100;

  Status begin() {
    GLOVEBOX_TRY(asked, options());
    asked.limits.inflate.ratio_max = ratio_max;
    cohort_.emplace(panel_, std::move(asked), scan::Resources{}, setup_.cohort_bytes_max);
    return {};
  }

  // check_names: a result tells people apart by their names alone.
  static Status check_names(const std::vector<std::string>& samples) {
    std::set<std::string> written;
    for (const std::string& name : samples)
      if (!written.insert(result::row_id(name)).second)
        return fail(Reject::unsupported, "two samples that a result would both call \"" + result::row_id(name) + "\"",
                    "names that differ in their first 128 bytes, in UTF-8",
                    "rename them (bcftools reheader), or --all, which asks for one after the other");
    return {};
  }

  Result<Notes> rows_of(const scan::People& people) {
    GLOVEBOX_CHECK(check_names(people.samples()));
    GenomeRow row(setup_);
    genome::Extracted all;  // of everybody: counts alone
    for (std::size_t i = 0; i < people.size(); ++i) {
      auto person = people.person(i);
      Status done = person ? row.hand_out(person->sample, person->dosages) : same(person);
      if (!done) {
        done.error().found = "sample " + people.samples()[i] + ": " + done.error().found;
        return same(done);
      }
      for (std::size_t k = 0; k < genome::outcomes_end; ++k) all.dosages.counts[k] += person->dosages.counts[k];
      for (std::size_t k = 0; k < genome::hints_end; ++k) all.dosages.hints[k] += person->dosages.hints[k];
      all.build = person->build;
      all.build_standing = person->build_standing;
    }
    Notes out = notes_of(all, regions_.has_value());
    if (const auto warning = build_warning(all.build_standing)) out.warnings.push_back(*warning);
    for (const auto& list : {site_warnings(all.dosages, rules_, regions_.has_value()), row.warnings()})
      for (const std::string& words : list)
        out.warnings.push_back(words + (people.size() > 1 ? " (of all people together)" : ""));
    return out;
  }

  std::optional<scan::Cohort> cohort_;
};

}  // namespace

Result<Notes> genome_row(const InputSetup& setup, const genome::Extracted& extracted, bool with_callable) {
  GenomeRow row(setup);
  GLOVEBOX_CHECK(row.hand_out(extracted.sample, extracted.dosages));
  Notes out = notes_of(extracted, with_callable);
  for (const auto& list : {warnings_of(extracted, rules_of(setup.parameters), with_callable), row.warnings()})
    out.warnings.insert(out.warnings.end(), list.begin(), list.end());
  if (setup.parameters.match_log)
    out.match_log = match_log(setup.bundle, extracted.dosages, row.hows(), extracted.sample, setup.match_log_room);
  return out;
}

Result<std::unique_ptr<Input>> genome_input(const InputSetup& setup) {
  auto panel = bundle::panel_of(setup.bundle);
  if (!panel)
    return fail(Reject::features_mismatch, "a VCF",
                "a table or values: model " + setup.bundle.manifest.name + " has no sites");
  if (!setup.parameters.input_kind)
    return fail(Reject::input_kind_undeclared, "no input kind", "wgs-vcf, gvcf, array-imputed or panel");
  if (const auto declared = build_of(setup.parameters); declared && *declared != panel->build())
    return fail(Reject::build_mismatch, std::string(genome::name(*declared)),
                std::string(genome::name(panel->build())) + ", the build of model " + setup.bundle.manifest.name,
                "a model for your build, or the file called again on the model's; positions are never lifted over");
  if (setup.parameters.all_samples) return std::make_unique<CohortInput>(setup, std::move(*panel));
  return std::make_unique<GenomeInput>(setup, std::move(*panel));
}

}  // namespace glovebox::scoring
