// result.h: what a score is: values, what they mean, how good the data was, and what leaked; or a refusal that only the
// person sees. It is what the enclave seals for the client (docs/spec/model.md, "Result"), in deterministic CBOR.
#pragma once
#include <optional>
#include <span>
#include <variant>

#include "base/bytes.h"

namespace glovebox::result {

constexpr std::string_view result_label = "glovebox result v1";
constexpr std::size_t result_max = std::size_t{17} << 20;  // bytes: the largest table's answer
constexpr std::size_t rows_max = 65'536;
constexpr std::size_t outputs_max = 1024;  // values of one row
constexpr std::size_t name_max = 128;      // bytes of a name
constexpr std::size_t words_max = 2048;    // bytes of a sentence
constexpr std::size_t list_max = 64;       // categories, counts, statements, warnings
constexpr std::size_t quantiles_max = 101;
constexpr std::size_t error_text_max = 4096;
constexpr std::size_t decimal_max = 48;  // bytes of an exact sum: 39 digits, a sign, a point

// Sums is what plink2 --score writes of a polygenic score: SUM, DENOM, AVG and NAMED_ALLELE_DOSAGE_SUM. The texts are
// decimal and exact; the average is the float64 beside SUM / DENOM, and not a number if nothing counts.
struct Sums {
  std::string sum = {};
  std::uint64_t denominator = 0;  // alleles at the sites that count
  double average = 0;
  std::string dosage_sum = {};         // effect alleles counted
  bool operator==(const Sums&) const;  // compares the average by its bits
};

// RowQuality is how good one row's data was, where the rows are people.
struct RowQuality {
  std::uint64_t used = 0;
  float coverage = 0;                  // 0 to 1
  std::vector<std::uint64_t> numbers;  // of each of Quality::counts
  std::uint64_t asked() const;         // their sum
  bool operator==(const RowQuality&) const = default;
};

// row_id is how a result writes a sample's name: at most 128 bytes, and '?' for bytes that are no UTF-8.
std::string row_id(std::string_view name);

// Row is one person's, or one table line's, score.
struct Row {
  std::string id = {};                         // the sample's name, or the line's number
  std::vector<float> margins = {};             // before the output transform, one for each group
  std::vector<float> predictions = {};         // after it; bit for bit what the model's trainer computes
  std::optional<float> percentile = {};        // of the first prediction in the reference, 0 to 100
  std::optional<std::uint32_t> category = {};  // index into Report::categories
  std::optional<Sums> sums = {};               // of a polygenic score
  std::optional<double> z = {};                // standard deviations from the reference's mean
  std::optional<double> z_norm1 = {};          // from the mean that the person's ancestry leads to expect
  std::optional<double> z_norm2 = {};          // the same, by the spread that it leads to expect
  std::optional<RowQuality> quality = {};      // in all rows or in none; it stands among the quality counts
  bool operator==(const Row&) const;           // compares floats by their bits
};

// Category is a range of the first prediction: from the one before's `below` up to, not including, its own.
struct Category {
  std::optional<float> below = {};  // nothing: the last
  std::string name;
  std::string words;  // what it means
  bool operator==(const Category&) const = default;
};

// Reference is the distribution that percentiles are of.
struct Reference {
  std::string name;
  std::vector<float> quantiles;  // ascending, evenly spaced from the least to the greatest; for a picture
  bool operator==(const Reference&) const = default;
};

// Count is how many of the model's sites, or values, had one outcome, and what share of the model's splits asks for
// them.
struct Count {
  std::string outcome;
  std::uint64_t number = 0;
  float weight = 0;  // 0 to 1
  bool operator==(const Count&) const = default;
};

struct Quality {
  std::uint64_t asked = 0;  // sites and values of the model
  std::uint64_t used = 0;   // of these, those that the score rests on
  float coverage = 0;       // used / asked by weight, 0 to 1
  std::vector<Count> counts = {};
  std::optional<std::string> build = {};           // "GRCh37"
  std::optional<std::string> build_standing = {};  // "checked"; "declared, not checked"
  std::optional<std::string> input_kind = {};
  std::optional<std::string> absence = {};  // what an absent record was taken for
  std::optional<Digest> match_log = {};     // H of Report::match_log, where there is one
  bool operator==(const Quality&) const = default;
};

struct Report {
  std::string model;
  std::string version;
  Digest model_digest{};
  std::string output;                          // what a prediction is, in words
  std::vector<std::string> output_names = {};  // where there are several: one for each prediction
  std::vector<Row> rows = {};
  Quality quality = {};  // of all rows together
  std::vector<Category> categories = {};
  std::optional<std::string> no_category = {};  // why there is none: coverage below the model's gate
  std::optional<Reference> reference = {};
  std::vector<std::string> statements = {};   // the model owner's: intended use, what is simulated, no medical device
  std::vector<std::string> warnings = {};     // this run's
  std::string leakage;                        // what the host could learn
  std::optional<std::string> match_log = {};  // what of the file each site was matched with, as TSV
  bool operator==(const Report&) const = default;
};

// A refusal stands where the score would: what is wrong with a person's data is for that person alone.
using Outcome = std::variant<Report, Error>;

// encode writes ["glovebox result v1", "score", ...] or [..., "refusal", ...]. Texts longer than their bound are cut at
// a whole character, so that a long file name cannot turn an answer into a failure.
Bytes encode(const Outcome& outcome);
// parse refuses what encode would not have written: malformed, too_large, not_deterministic, trailing_bytes.
Result<Outcome> parse(View bytes);

// encode_rows and encode_quality are the parts that the receipt's commitments are over, as encode embeds them.
Bytes encode_rows(const Report& report);
Bytes encode_quality(const Report& report);

// percentile_of is where `value` stands among ascending `quantiles` that are evenly spaced in probability: 0 to 100,
// linear between two, the middle of a run of equal ones. Nothing for fewer than two, or a NaN.
std::optional<float> percentile_of(float value, std::span<const float> quantiles);
// rank_of is the share of `scores`, ascending, that lie below `value`: 0 to 100. Where some equal it, it is their mean
// rank, as scipy's percentileofscore has it. Nothing for no scores, or a NaN.
std::optional<float> rank_of(float value, std::span<const float> scores);
// category_of is the index of the category that `value` falls in; nothing for a NaN or an empty list.
std::optional<std::uint32_t> category_of(float value, std::span<const Category> categories);

}  // namespace glovebox::result
