#include "protocol/parameters.h"

#include <cmath>

namespace glovebox::protocol {
namespace {
template <class E>
struct Word {
  E value;
  std::string_view word;
};
constexpr Word<Input> inputs[] = {
    {Input::vcf, "vcf"}, {Input::table, "table"}, {Input::values, "values"}, {Input::slice, "slice"}};
constexpr Word<OutputForm> output_forms[] = {{OutputForm::score, "score"}, {OutputForm::table, "table"}};
constexpr Word<InputKind> input_kinds[] = {{InputKind::wgs_vcf, "wgs-vcf"},
                                           {InputKind::gvcf, "gvcf"},
                                           {InputKind::array_imputed, "array-imputed"},
                                           {InputKind::panel, "panel"}};
constexpr Word<Build> builds[] = {{Build::grch37, "GRCh37"}, {Build::grch38, "GRCh38"}};
constexpr Word<Absence> absences[] = {
    {Absence::homref, "homref"}, {Absence::missing, "missing"}, {Absence::frequency, "frequency"}};
constexpr Word<DosageField> dosage_fields[] = {
    {DosageField::gt, "GT"}, {DosageField::ds, "DS"}, {DosageField::gp, "GP"}};
constexpr Word<Sex> sexes[] = {{Sex::female, "female"}, {Sex::male, "male"}};
constexpr Word<MaleX> male_xs[] = {{MaleX::single, "single"}, {MaleX::doubled, "double"}};
constexpr std::size_t word_max = 32;
constexpr std::size_t fields = 18;

template <class E, std::size_t N>
std::string_view word_of(const Word<E> (&words)[N], E value) {
  for (const auto& entry : words)
    if (entry.value == value) return entry.word;
  std::unreachable();
}

template <class E, std::size_t N>
std::optional<E> value_of(const Word<E> (&words)[N], std::string_view word) {
  for (const auto& entry : words)
    if (entry.word == word) return entry.value;
  return std::nullopt;
}

template <class E, std::size_t N>
E read_word(cbor::Reader& in, const Word<E> (&words)[N], std::string_view what) {
  const std::string_view word = in.tstr(word_max);
  const auto value = value_of(words, word);
  if (in.ok() && !value)
    in.refuse(Reject::malformed, std::string(what) + " \"" + std::string(word) + "\"", "a word of the specification");
  return value.value_or(words[0].value);
}

template <class E, std::size_t N>
std::optional<E> read_optional_word(cbor::Reader& in, const Word<E> (&words)[N], std::string_view what) {
  if (in.take_null()) return std::nullopt;
  return read_word(in, words, what);
}

template <class E>
void write_optional_word(cbor::Writer& out, const std::optional<E>& value) {
  if (value) {
    out.tstr(name(*value));
  } else {
    out.null();
  }
}

std::optional<std::uint32_t> read_minimum(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  return static_cast<std::uint32_t>(in.uint(minimum_max));
}

void write_minimum(cbor::Writer& out, const std::optional<std::uint32_t>& value) {
  if (value) {
    out.uint(*value);
  } else {
    out.null();
  }
}

std::vector<NamedValue> read_values(cbor::Reader& in) {
  std::vector<NamedValue> values;
  for (auto c = in.array(values_max); in.more(c);) {
    in.open_array(2);
    NamedValue entry{std::string(in.tstr(value_name_max)), 0.0};
    if (in.peek() == cbor::Type::tstr) {
      entry.value = std::string(in.tstr(value_text_max));
    } else {
      const double number = in.float64();
      if (in.ok() && !std::isfinite(number)) in.refuse(Reject::malformed, "a value that is not finite", "a number");
      entry.value = number;
    }
    if (!in.ok()) break;
    if (!values.empty() && values.back().name >= entry.name)
      in.refuse(Reject::malformed, "values out of order or twice", "names in ascending order");
    values.push_back(std::move(entry));
  }
  return values;
}
}  // namespace

std::string_view name(Input value) {
  return word_of(inputs, value);
}
std::string_view name(OutputForm value) {
  return word_of(output_forms, value);
}
std::string_view name(InputKind value) {
  return word_of(input_kinds, value);
}
std::string_view name(Build value) {
  return word_of(builds, value);
}
std::string_view name(Absence value) {
  return word_of(absences, value);
}
std::string_view name(DosageField value) {
  return word_of(dosage_fields, value);
}
std::string_view name(Sex value) {
  return word_of(sexes, value);
}
std::string_view name(MaleX value) {
  return word_of(male_xs, value);
}
std::optional<Input> input_from_name(std::string_view word) {
  return value_of(inputs, word);
}
std::optional<OutputForm> output_form_from_name(std::string_view word) {
  return value_of(output_forms, word);
}
std::optional<InputKind> input_kind_from_name(std::string_view word) {
  return value_of(input_kinds, word);
}
std::optional<Build> build_from_name(std::string_view word) {
  return value_of(builds, word);
}
std::optional<Absence> absence_from_name(std::string_view word) {
  return value_of(absences, word);
}
std::optional<DosageField> dosage_field_from_name(std::string_view word) {
  return value_of(dosage_fields, word);
}
std::optional<Sex> sex_from_name(std::string_view word) {
  return value_of(sexes, word);
}
std::optional<MaleX> male_x_from_name(std::string_view word) {
  return value_of(male_xs, word);
}

Bytes Parameters::encode() const {
  cbor::Writer out;
  out.document(parameters_label, fields).tstr(name(input)).tstr(purpose).tstr(name(output_form));
  if (all_samples) {
    out.boolean(true);
  } else if (sample) {
    out.tstr(*sample);
  } else {
    out.null();
  }
  write_optional_word(out, input_kind);
  write_optional_word(out, build);
  write_optional_word(out, absence);
  out.tstr(name(dosage));
  write_optional_word(out, sex);
  write_optional_word(out, x_male);
  out.boolean(flip);
  write_minimum(out, min_gq);
  write_minimum(out, min_dp);
  out.boolean(match_log);
  std::vector<NamedValue> sorted = values;
  std::ranges::sort(sorted, {}, &NamedValue::name);
  out.array(sorted.size());
  for (const auto& [value_name, value] : sorted) {
    out.array(2).tstr(value_name);
    if (const auto* number = std::get_if<double>(&value)) {
      out.float64(*number);
    } else {
      out.tstr(std::get<std::string>(value));
    }
  }
  return out.uint(rows_class).bstr(salt).take();
}

Result<Parameters> Parameters::parse(View encoded) {
  GLOVEBOX_CHECK(check_size(parameters_label, encoded.size(), parameters_size_max));
  cbor::Reader in(encoded);
  Parameters out;
  in.document(parameters_label, fields);
  out.input = read_word(in, inputs, "input");
  out.purpose = in.tstr(purpose_max);
  out.output_form = read_word(in, output_forms, "output form");
  if (in.peek() == cbor::Type::boolean) {
    out.all_samples = in.boolean();
    if (in.ok() && !out.all_samples) in.refuse(Reject::malformed, "false for a sample", "a name, true or null");
  } else if (!in.take_null()) {
    out.sample = std::string(in.tstr(sample_name_max));
  }
  out.input_kind = read_optional_word(in, input_kinds, "input kind");
  out.build = read_optional_word(in, builds, "build");
  out.absence = read_optional_word(in, absences, "absence");
  out.dosage = read_word(in, dosage_fields, "dosage");
  out.sex = read_optional_word(in, sexes, "sex");
  out.x_male = read_optional_word(in, male_xs, "x_male");
  out.flip = in.boolean();
  out.min_gq = read_minimum(in);
  out.min_dp = read_minimum(in);
  out.match_log = in.boolean();
  out.values = read_values(in);
  out.rows_class = static_cast<unsigned>(in.uint(rows_class_max));
  if (in.ok() && out.match_log && (out.output_form != OutputForm::score || out.input != Input::vcf))
    in.refuse(Reject::malformed, "a match log of a table or of values", "of the one score of a VCF");
  if (in.ok() && out.all_samples && (out.output_form != OutputForm::table || out.input != Input::vcf))
    in.refuse(Reject::malformed, "all samples of a table or of values, or for one score", "a table of a VCF's");
  if (in.ok() && out.output_form == OutputForm::score && !out.match_log && out.rows_class != 0)
    in.refuse(Reject::malformed, "rows class " + std::to_string(out.rows_class) + " for one score", "0");
  out.salt = in.bytes_of<32>();
  if (in.ok() && out.input == Input::slice) {
    Parameters bare = slice_parameters(out.purpose);
    bare.salt = out.salt;
    if (out != bare)
      in.refuse(Reject::malformed, "parameters of a file beside a slice", "a purpose alone: its records are made");
  }
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Parameters slice_parameters(std::string purpose) {
  return {.input = Input::slice, .purpose = std::move(purpose)};
}

Digest Parameters::digest() const {
  return crypto::sha256(encode());
}

Result<unsigned> rows_class_for(std::size_t rows) {
  for (unsigned c = 0; c <= rows_class_max; ++c)
    if (rows <= std::size_t{1} << c) return c;
  return fail(Reject::too_large, std::to_string(rows) + " rows", "at most " + std::to_string(1U << rows_class_max));
}
}  // namespace glovebox::protocol
