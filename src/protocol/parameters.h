// parameters.h: what changes a result: the first record of a request's body. Nothing else does.
#pragma once
#include <variant>

#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view parameters_label = "glovebox parameters v1";
constexpr std::size_t parameters_size_max = 65536;
constexpr std::size_t purpose_max = 64;  // bytes
constexpr std::size_t sample_name_max = 1024;
constexpr std::size_t values_max = 512;
constexpr std::size_t value_name_max = 128;
constexpr std::size_t value_text_max = 256;
constexpr unsigned rows_class_max = 16;           // 65,536 rows
constexpr std::uint32_t minimum_max = 1'000'000;  // of a genotype quality or a depth

// slice: records that the sender made of a VCF or of values (slice.h). How they were made is no parameter of its
// request: whatever is said there would have a length of its own, which the size class could show.
enum class Input { vcf, table, values, slice };
enum class OutputForm { score, table };
enum class InputKind { wgs_vcf, gvcf, array_imputed, panel };
enum class Build { grch37, grch38 };
enum class Absence { homref, missing, frequency };
enum class DosageField { gt, ds, gp };  // which field of a record says how many copies there are
enum class Sex { female, male };
enum class MaleX { single, doubled };  // how a man's one copy of X counts

// name returns the word of the documents and of the command line; the *_from_name functions are its inverse.
std::string_view name(Input value);
std::string_view name(OutputForm value);
std::string_view name(InputKind value);
std::string_view name(Build value);
std::string_view name(Absence value);
std::string_view name(DosageField value);
std::string_view name(Sex value);
std::string_view name(MaleX value);
std::optional<Input> input_from_name(std::string_view word);
std::optional<OutputForm> output_form_from_name(std::string_view word);
std::optional<InputKind> input_kind_from_name(std::string_view word);
std::optional<Build> build_from_name(std::string_view word);
std::optional<Absence> absence_from_name(std::string_view word);
std::optional<DosageField> dosage_field_from_name(std::string_view word);
std::optional<Sex> sex_from_name(std::string_view word);
std::optional<MaleX> male_x_from_name(std::string_view word);

using Value = std::variant<double, std::string>;

struct NamedValue {
  std::string name;
  Value value;
  bool operator==(const NamedValue&) const = default;
};

struct Parameters {
  Input input = Input::vcf;
  std::string purpose;
  OutputForm output_form = OutputForm::score;
  std::optional<std::string> sample = {};
  bool all_samples = false;  // in place of one: everybody in the VCF, a row each
  std::optional<InputKind> input_kind = {};
  std::optional<Build> build = {};
  std::optional<Absence> absence = {};
  DosageField dosage = DosageField::gt;
  std::optional<Sex> sex = {};
  std::optional<MaleX> x_male = {};
  bool flip = false;                         // alleles on the other strand match too
  std::optional<std::uint32_t> min_gq = {};  // nothing: the default of the input kind; 0: none
  std::optional<std::uint32_t> min_dp = {};  // nothing: none
  bool match_log = false;                    // a line for each of the model's sites is part of the result
  std::vector<NamedValue> values = {};       // ascending by name, none twice, numbers finite; encode sorts
  // log2 of the padded number of rows; for `score` 0, or that of the sites with a match log
  unsigned rows_class = 0;
  Array<32> salt = {};  // fresh for each request: its digest travels in clear, and an age is soon guessed

  Bytes encode() const;
  // parse: as Request::parse; malformed for an unknown word, a number that is not finite, values out of order, rows for
  // a single score without a match log, a match log of anything but one VCF's score, all samples of anything but a
  // table of a VCF, anything but a purpose beside a slice.
  static Result<Parameters> parse(View encoded);
  Digest digest() const;
  bool operator==(const Parameters&) const = default;
};

// slice_parameters are those of every slice: a purpose and a salt, and no more than slice_parameters_max bytes encoded.
constexpr std::size_t slice_parameters_max = 256;
Parameters slice_parameters(std::string purpose);

// rows_class_for returns the smallest class that holds `rows`; too_large.
Result<unsigned> rows_class_for(std::size_t rows);

}  // namespace glovebox::protocol
