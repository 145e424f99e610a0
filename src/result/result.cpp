#include "result/result.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "base/cbor.h"

namespace glovebox::result {
namespace {
// cut shortens a text to `max` bytes without splitting a UTF-8 character; bytes that are no UTF-8 become '?'.
std::string cut(std::string_view text, std::size_t max) {
  std::string out(text.substr(0, max));
  const auto continues = [&](std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80;
  };
  if (text.size() > max)
    for (std::size_t end = max; end > 0 && continues(end); --end) out.resize(end - 1);
  const Bytes encoded = cbor::Writer().tstr(out).take();
  cbor::Reader in(encoded);
  in.tstr(max);
  if (!in.ok())
    for (char& c : out)
      if ((static_cast<unsigned char>(c) & 0x80U) != 0) c = '?';
  return out;
}

}  // namespace

std::string row_id(std::string_view name) {
  return cut(name, name_max);
}

namespace {
void put(cbor::Writer& out, const std::optional<std::string>& text, std::size_t max) {
  if (text)
    out.tstr(cut(*text, max));
  else
    out.null();
}
void put(cbor::Writer& out, const std::vector<std::string>& list, std::size_t max) {
  out.array(list.size());
  for (const std::string& text : list) out.tstr(cut(text, max));
}
void put(cbor::Writer& out, std::span<const float> list) {
  out.array(list.size());
  for (const float v : list) out.float32(v);
}

void put(cbor::Writer& out, const std::optional<double>& value) {
  if (value)
    out.float64(*value);
  else
    out.null();
}
std::optional<double> number_or_null(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  const double v = in.float64();
  if (in.ok() && !std::isfinite(v)) in.refuse(Reject::malformed, "a Z that is not finite");
  return v;
}

std::optional<std::string> text_or_null(cbor::Reader& in, std::size_t max) {
  if (in.take_null()) return std::nullopt;
  return std::string(in.tstr(max));
}
std::vector<std::string> texts(cbor::Reader& in, std::size_t count, std::size_t max) {
  std::vector<std::string> out;
  for (auto c = in.array(count); in.more(c);) out.emplace_back(in.tstr(max));
  return out;
}
std::vector<float> floats(cbor::Reader& in, std::size_t count) {
  std::vector<float> out;
  for (auto c = in.array(count); in.more(c);) out.push_back(in.float32());
  return out;
}
float share(cbor::Reader& in) {
  const float v = in.float32();
  if (!(v >= 0.0F && v <= 1.0F)) in.refuse(Reject::malformed, "a share of " + std::to_string(v), "0 to 1");
  return v;
}

// decimal reads what to_decimal writes: digits, a minus before them if need be, a point among them.
std::string decimal(cbor::Reader& in) {
  const std::string_view text = in.tstr(decimal_max);
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const auto number = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (in.ok() && !(number(digits.substr(0, point)) && (point == digits.size() || number(digits.substr(point + 1)))))
    in.refuse(Reject::malformed, "a sum that is no decimal number");
  return std::string(text);
}
void put(cbor::Writer& out, const std::optional<Sums>& sums) {
  if (!sums) {
    out.null();
    return;
  }
  out.array(4).tstr(cut(sums->sum, decimal_max)).uint(sums->denominator).float64(sums->average);
  out.tstr(cut(sums->dosage_sum, decimal_max));
}
std::optional<Sums> parse_sums(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  Sums out;
  in.open_array(4);
  out.sum = decimal(in);
  out.denominator = in.uint();
  out.average = in.float64();
  out.dosage_sum = decimal(in);
  return out;
}

Result<std::vector<Row>> parse_rows(View bytes, std::size_t categories) {
  cbor::Reader in(bytes);
  std::vector<Row> rows;
  for (auto c = in.array(rows_max); in.more(c);) {
    Row row;
    in.open_array(9);
    row.id = in.tstr(name_max);
    row.margins = floats(in, outputs_max);
    row.predictions = floats(in, outputs_max);
    if (!in.take_null()) {
      row.percentile = in.float32();
      if (!(*row.percentile >= 0.0F && *row.percentile <= 100.0F))
        in.refuse(Reject::malformed, "a percentile", "0 to 100");
    }
    if (!in.take_null()) {
      row.category = static_cast<std::uint32_t>(in.uint(list_max));
      if (*row.category >= categories) in.refuse(Reject::malformed, "a category that is not listed");
    }
    row.sums = parse_sums(in);
    row.z = number_or_null(in);
    row.z_norm1 = number_or_null(in);
    row.z_norm2 = number_or_null(in);
    if (!in.ok()) break;
    if (!rows.empty() && row.sums.has_value() != rows[0].sums.has_value())
      in.refuse(Reject::malformed, "sums in some rows and not in others");
    if (!rows.empty() &&
        (row.margins.size() != rows[0].margins.size() || row.predictions.size() != rows[0].predictions.size()))
      in.refuse(Reject::malformed, "rows of different lengths");
    rows.push_back(std::move(row));
  }
  GLOVEBOX_CHECK(in.finish());
  return rows;
}

// parse_row_qualities holds them to the counts of all rows together.
void parse_row_qualities(cbor::Reader& in, const Quality& q, std::vector<Row>& rows) {
  if (in.take_null()) return;
  std::uint64_t used = 0;
  std::vector<std::uint64_t> sums(q.counts.size());
  std::size_t row = 0;
  for (auto c = in.array(rows_max); in.more(c); ++row) {
    RowQuality quality;
    in.open_array(3);
    quality.used = in.uint(UINT32_MAX);
    quality.coverage = share(in);
    for (auto numbers = in.array(list_max); in.more(numbers);) quality.numbers.push_back(in.uint(UINT32_MAX));
    if (!in.ok()) break;
    if (row == rows.size() || quality.numbers.size() != sums.size() || quality.used > quality.asked()) {
      in.refuse(Reject::malformed, "counts of a row that are not those of all rows");
      break;
    }
    used += quality.used;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += quality.numbers[i];
    rows[row].quality = std::move(quality);
  }
  bool adds_up = row == rows.size() && row > 0 && used == q.used;
  for (std::size_t i = 0; i < sums.size(); ++i) adds_up = adds_up && sums[i] == q.counts[i].number;
  if (in.ok() && !adds_up) in.refuse(Reject::malformed, "counts of rows that do not add up to those of all");
  std::set<std::string_view> names;
  for (const Row& one : rows)
    if (in.ok() && !names.insert(one.id).second) in.refuse(Reject::malformed, "two people of one name");
}

Result<Quality> parse_quality(View bytes, std::vector<Row>& rows) {
  cbor::Reader in(bytes);
  Quality q;
  in.open_array(10);
  q.asked = in.uint();
  q.used = in.uint();
  q.coverage = share(in);
  for (auto c = in.array(list_max); in.more(c);) {
    Count count;
    in.open_array(3);
    count.outcome = in.tstr(name_max);
    count.number = in.uint();
    count.weight = share(in);
    q.counts.push_back(std::move(count));
  }
  q.build = text_or_null(in, name_max);
  q.build_standing = text_or_null(in, name_max);
  q.input_kind = text_or_null(in, name_max);
  q.absence = text_or_null(in, name_max);
  if (!in.take_null()) q.match_log = in.bytes_of<32>();
  parse_row_qualities(in, q, rows);
  if (in.ok() && q.used > q.asked) in.refuse(Reject::malformed, "more sites used than asked for");
  GLOVEBOX_CHECK(in.finish());
  return q;
}

Bytes encode_report(const Report& r) {
  cbor::Writer out;
  out.array(14).tstr(cut(r.model, name_max)).tstr(cut(r.version, name_max)).bstr(r.model_digest);
  out.tstr(cut(r.output, words_max));
  put(out, r.output_names, name_max);
  out.bstr(encode_rows(r)).bstr(encode_quality(r));
  out.array(r.categories.size());
  for (const Category& c : r.categories) {
    out.array(3);
    if (c.below)
      out.float32(*c.below);
    else
      out.null();
    out.tstr(cut(c.name, name_max)).tstr(cut(c.words, words_max));
  }
  put(out, r.no_category, words_max);
  if (r.reference) {
    out.array(2).tstr(cut(r.reference->name, name_max));
    put(out, r.reference->quantiles);
  } else {
    out.null();
  }
  put(out, r.statements, words_max);
  put(out, r.warnings, words_max);
  out.tstr(cut(r.leakage, words_max));
  if (r.match_log)
    out.bstr(view_of(*r.match_log));
  else
    out.null();
  return out.take();
}

Result<Report> parse_report(cbor::Reader& in) {
  Report r;
  in.open_array(14);
  r.model = in.tstr(name_max);
  r.version = in.tstr(name_max);
  r.model_digest = in.bytes_of<32>();
  r.output = in.tstr(words_max);
  r.output_names = texts(in, outputs_max, name_max);
  const View rows = in.bstr(result_max);
  const View quality = in.bstr(result_max);
  for (auto c = in.array(list_max); in.more(c);) {
    Category category;
    in.open_array(3);
    if (!in.take_null()) category.below = in.float32();
    category.name = in.tstr(name_max);
    category.words = in.tstr(words_max);
    r.categories.push_back(std::move(category));
  }
  r.no_category = text_or_null(in, words_max);
  if (!in.take_null()) {
    Reference reference;
    in.open_array(2);
    reference.name = in.tstr(name_max);
    reference.quantiles = floats(in, quantiles_max);
    r.reference = std::move(reference);
  }
  r.statements = texts(in, list_max, words_max);
  r.warnings = texts(in, list_max, words_max);
  r.leakage = in.tstr(words_max);
  if (!in.take_null()) r.match_log = std::string(text_of(in.bstr(result_max)));
  GLOVEBOX_CHECK(in.status());
  GLOVEBOX_TRY(parsed_rows, parse_rows(rows, r.categories.size()));
  GLOVEBOX_TRY(parsed_quality, parse_quality(quality, parsed_rows));
  r.rows = std::move(parsed_rows);
  r.quality = std::move(parsed_quality);
  if (r.match_log.has_value() != r.quality.match_log.has_value())
    return fail(Reject::malformed, "a match log without its digest, or a digest without its log");
  return r;
}

Result<Error> parse_refusal(cbor::Reader& in) {
  in.open_array(4);
  const std::string_view word = in.tstr(name_max);
  const auto reason = reject_from_name(word);
  if (in.ok() && !reason) in.refuse(Reject::malformed, "a refusal for an unknown reason");
  Error error{.reason = reason.value_or(Reject::internal)};
  error.found = in.tstr(error_text_max);
  error.expected = in.tstr(error_text_max);
  error.hint = in.tstr(error_text_max);
  GLOVEBOX_CHECK(in.status());
  return error;
}
}  // namespace

bool Sums::operator==(const Sums& other) const {
  return sum == other.sum && denominator == other.denominator && dosage_sum == other.dosage_sum &&
         std::bit_cast<std::uint64_t>(average) == std::bit_cast<std::uint64_t>(other.average);
}

std::uint64_t RowQuality::asked() const {
  std::uint64_t out = 0;
  for (const std::uint64_t number : numbers) out += number;
  return out;
}

bool Row::operator==(const Row& other) const {
  const auto same_bits = [](float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
  };
  return id == other.id && std::ranges::equal(margins, other.margins, same_bits) &&
         std::ranges::equal(predictions, other.predictions, same_bits) && percentile == other.percentile &&
         category == other.category && sums == other.sums && z == other.z && z_norm1 == other.z_norm1 &&
         z_norm2 == other.z_norm2 && quality == other.quality;
}

Bytes encode_rows(const Report& report) {
  cbor::Writer out;
  out.array(report.rows.size());
  for (const Row& row : report.rows) {
    out.array(9).tstr(row_id(row.id));
    put(out, row.margins);
    put(out, row.predictions);
    if (row.percentile)
      out.float32(*row.percentile);
    else
      out.null();
    if (row.category)
      out.uint(*row.category);
    else
      out.null();
    put(out, row.sums);
    put(out, row.z);
    put(out, row.z_norm1);
    put(out, row.z_norm2);
  }
  return out.take();
}

Bytes encode_quality(const Report& report) {
  const Quality& q = report.quality;
  cbor::Writer out;
  out.array(10).uint(q.asked).uint(q.used).float32(q.coverage).array(q.counts.size());
  for (const Count& count : q.counts)
    out.array(3).tstr(cut(count.outcome, name_max)).uint(count.number).float32(count.weight);
  put(out, q.build, name_max);
  put(out, q.build_standing, name_max);
  put(out, q.input_kind, name_max);
  put(out, q.absence, name_max);
  if (q.match_log)
    out.bstr(*q.match_log);
  else
    out.null();
  if (report.rows.empty() || !report.rows.front().quality) return out.null().take();
  out.array(report.rows.size());
  for (const Row& row : report.rows) {
    const RowQuality of_row = row.quality.value_or(RowQuality{});
    out.array(3).uint(of_row.used).float32(of_row.coverage).array(of_row.numbers.size());
    for (const std::uint64_t number : of_row.numbers) out.uint(number);
  }
  return out.take();
}

Bytes encode(const Outcome& outcome) {
  cbor::Writer out;
  out.document(result_label, 3);
  if (const Report* report = std::get_if<Report>(&outcome)) {
    out.tstr("score").raw(encode_report(*report));
  } else {
    const Error& error = std::get<Error>(outcome);
    out.tstr("refusal").array(4).tstr(name(error.reason));
    for (const std::string* text : {&error.found, &error.expected, &error.hint}) out.tstr(cut(*text, error_text_max));
  }
  return out.take();
}

Result<Outcome> parse(View bytes) {
  if (bytes.size() > result_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes", "at most " + std::to_string(result_max));
  cbor::Reader in(bytes);
  in.document(result_label, 3);
  const std::string_view kind = in.tstr(name_max);
  GLOVEBOX_CHECK(in.status());
  Outcome out;
  if (kind == "score") {
    GLOVEBOX_TRY(report, parse_report(in));
    out = std::move(report);
  } else if (kind == "refusal") {
    GLOVEBOX_TRY(error, parse_refusal(in));
    out = std::move(error);
  } else {
    return fail(Reject::malformed, "a result that is neither score nor refusal");
  }
  GLOVEBOX_CHECK(in.finish());
  return out;
}

std::optional<float> percentile_of(float value, std::span<const float> quantiles) {
  if (quantiles.size() < 2 || std::isnan(value)) return std::nullopt;
  const auto below = std::ranges::lower_bound(quantiles, value);  // the first not less than it
  const auto above = std::ranges::upper_bound(quantiles, value);  // the first greater
  const auto last = static_cast<double>(quantiles.size() - 1);
  const auto first_at = static_cast<double>(below - quantiles.begin());
  double rank = 0;
  if (below != above) {  // a run of equal ones: its middle
    rank = (first_at + static_cast<double>(above - quantiles.begin()) - 1) / 2;
  } else if (below == quantiles.begin()) {
    rank = 0;
  } else if (below == quantiles.end()) {
    rank = last;
  } else {
    const double low = static_cast<double>(*(below - 1));
    rank = first_at - 1 + (static_cast<double>(value) - low) / (static_cast<double>(*below) - low);
  }
  return static_cast<float>(100.0 * rank / last);
}

std::optional<float> rank_of(float value, std::span<const float> scores) {
  if (scores.empty() || std::isnan(value)) return std::nullopt;
  const auto [first, last] = std::ranges::equal_range(scores, value);
  const auto below = static_cast<double>(first - scores.begin());
  const auto equal = static_cast<double>(last - first);
  const double rank = equal > 0 ? (2 * below + equal + 1) / 2 : below;
  return static_cast<float>(100.0 * rank / static_cast<double>(scores.size()));
}

std::optional<std::uint32_t> category_of(float value, std::span<const Category> categories) {
  if (std::isnan(value)) return std::nullopt;
  for (std::size_t i = 0; i < categories.size(); ++i)
    if (!categories[i].below || value < *categories[i].below) return static_cast<std::uint32_t>(i);
  return std::nullopt;
}

}  // namespace glovebox::result
