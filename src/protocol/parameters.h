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
constexpr unsigned rows_class_max = 16;  // 65,536 rows

enum class Input { vcf, table, values };
enum class OutputForm { score, table };
enum class InputKind { wgs_vcf, gvcf, array_imputed, panel };
enum class Build { grch37, grch38 };
enum class Absence { homref, missing, frequency };

// name returns the word of the documents and of the command line; the *_from_name functions are its inverse.
std::string_view name(Input value);
std::string_view name(OutputForm value);
std::string_view name(InputKind value);
std::string_view name(Build value);
std::string_view name(Absence value);
std::optional<Input> input_from_name(std::string_view word);
std::optional<OutputForm> output_form_from_name(std::string_view word);
std::optional<InputKind> input_kind_from_name(std::string_view word);
std::optional<Build> build_from_name(std::string_view word);
std::optional<Absence> absence_from_name(std::string_view word);

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
  std::optional<InputKind> input_kind = {};
  std::optional<Build> build = {};
  std::optional<Absence> absence = {};
  std::vector<NamedValue> values = {};  // ascending by name, none twice, numbers finite; encode sorts
  unsigned rows_class = 0;              // log2 of the padded number of rows; 0 for `score`
  Array<32> salt = {};  // fresh for each request: its digest travels in clear, and an age is soon guessed

  Bytes encode() const;
  // parse: as Request::parse; malformed for an unknown word, a number that is not finite, values out of order, rows for
  // a single score.
  static Result<Parameters> parse(View encoded);
  Digest digest() const;
  bool operator==(const Parameters&) const = default;
};

// rows_class_for returns the smallest class that holds `rows`; too_large.
Result<unsigned> rows_class_for(std::size_t rows);

}  // namespace glovebox::protocol
