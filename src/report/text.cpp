#include "report/text.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "report/picture.h"

namespace glovebox::report {
namespace {
constexpr std::size_t label_width = 12;

void line(std::string& out, std::string_view label, std::string_view words) {
  out += "  " + std::string(label) + std::string(label.size() < label_width ? label_width - label.size() : 1, ' ') +
         std::string(words) + "\n";
}

std::string counts_in_words(const result::Quality& quality) {
  std::string out;
  for (const auto& count : quality.counts) {
    if (count.number == 0) continue;
    out += (out.empty() ? "" : ", ") + std::to_string(count.number) + " " + count.outcome;
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

std::string short_number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", static_cast<double>(value));
  return text;
}

std::string exact_number(float value) {
  if (std::isnan(value)) return "nan";
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return error == std::errc{} ? std::string(text, end) : std::string("?");
}

std::string exact_number(double value) {
  if (std::isnan(value)) return "nan";
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return error == std::errc{} ? std::string(text, end) : std::string("?");
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::vector<Comparison> sums_of(const result::Row& row) {
  if (!row.sums) return {};
  return {{"SUM", row.sums->sum, "of weight x effect alleles, exact"},
          {"DENOM", std::to_string(row.sums->denominator), "alleles at the sites that count"},
          {"AVG", exact_number(row.sums->average), "SUM / DENOM"}};
}

std::vector<Comparison> standing_of(const result::Report& report, const result::Row& row) {
  std::vector<Comparison> out;
  if (row.z && report.reference)
    out.push_back({"Z", short_number(*row.z), "standard deviations from the mean of " + report.reference->name});
  if (row.z_norm1)
    out.push_back(
        {"Z_norm1", short_number(*row.z_norm1), "from the mean that the principal components lead to expect"});
  if (row.z_norm2)
    out.push_back({"Z_norm2", short_number(*row.z_norm2), "the same, by the spread that they lead to expect"});
  return out;
}

std::string ordinal(float percentile) {
  const long n = std::lround(percentile);
  const long last = n % 10;
  const bool teen = n % 100 >= 11 && n % 100 <= 13;
  return std::to_string(n) + (teen ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string title(const result::Report& report, const result::Row& row) {
  return (report.quality.input_kind ? "" : "line ") + printable(row.id);
}

std::string to_text(const result::Report& report, const result::Row& row) {
  std::string out = title(report, row) + "  " + report.model + " " + report.version + "\n";
  for (std::size_t i = 0; i < row.predictions.size(); ++i) {
    const std::string what = i < report.output_names.size() ? report.output_names[i] : report.output;
    line(out, i == 0 ? "score" : "", short_number(row.predictions[i]) + "  " + what);
  }
  for (const auto& [label, number, words] : sums_of(row)) line(out, label, number + "  " + words);
  if (row.category)
    line(out, "category", report.categories[*row.category].name + ": " + report.categories[*row.category].words);
  if (report.no_category && !row.category) line(out, "category", "none: " + *report.no_category);
  if (row.percentile && report.reference && !row.predictions.empty()) {
    line(out, "percentile", ordinal(*row.percentile) + " of " + report.reference->name);
    std::string picture = terminal_picture(*report.reference, row.predictions.front(), 60);
    for (std::string_view rest = picture; !rest.empty();) {
      const auto end = rest.find('\n');
      line(out, "", rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  }
  for (const auto& [label, number, words] : standing_of(report, row)) line(out, label, number + "  " + words);
  const auto& q = report.quality;
  line(out, "data",
       std::to_string(q.used) + " of " + std::to_string(q.asked) + " features used: " + counts_in_words(q));
  return out + remarks_text(report);
}

std::string remarks_text(const result::Report& report) {
  std::string out;
  const auto& q = report.quality;
  if (q.build) line(out, "build", *q.build + (q.build_standing ? ": " + *q.build_standing : ""));
  if (q.absence) line(out, "absent", "sites without a record were taken as " + *q.absence);
  if (report.no_category && report.rows.size() != 1) line(out, "category", "none: " + *report.no_category);
  for (const auto& warning : report.warnings) line(out, "warning", warning);
  return out;
}

std::string proof_text(const result::Report& report, const Proof& proof) {
  std::string out;
  if (proof.development) line(out, "", development_notice);
  for (const auto& [label, words] : proof.lines) line(out, label, words);
  for (const auto& what : proof.unchecked) line(out, "unchecked", what + ", as the policy says");
  line(out, "leakage", report.leakage);
  for (const auto& statement : report.statements) line(out, "note", statement);
  return out;
}

std::string tsv_header(const result::Report& report) {
  std::string out = "id";
  const std::size_t outputs = report.rows.empty() ? 1 : report.rows.front().predictions.size();
  const std::size_t margins = report.rows.empty() ? 1 : report.rows.front().margins.size();
  for (std::size_t i = 0; i < outputs; ++i) out += outputs == 1 ? "\tprediction" : "\tprediction_" + std::to_string(i);
  for (std::size_t i = 0; i < margins; ++i) out += margins == 1 ? "\tmargin" : "\tmargin_" + std::to_string(i);
  return out +
         "\tSUM\tDENOM\tAVG\tpercentile\tZ\tZ_norm1\tZ_norm2\tcategory\tfeatures_used\tfeatures_asked\tmodel\tmodel_"
         "version\n";
}

std::string tsv_row(const result::Report& report, const result::Row& row) {
  std::string out = printable(row.id);
  for (const float value : row.predictions) out += "\t" + exact_number(value);
  for (const float value : row.margins) out += "\t" + exact_number(value);
  const auto or_none = [&out](const auto& value) { out += "\t" + (value ? exact_number(*value) : std::string(".")); };
  out += row.sums ? "\t" + row.sums->sum + "\t" + std::to_string(row.sums->denominator) + "\t" +
                        exact_number(row.sums->average)
                  : "\t.\t.\t.";
  or_none(row.percentile);
  or_none(row.z);
  or_none(row.z_norm1);
  or_none(row.z_norm2);
  out += "\t" + (row.category ? report.categories[*row.category].name : std::string("."));
  const auto [used, asked] = row.quality ? std::pair(row.quality->used, row.quality->asked())
                                         : std::pair(report.quality.used, report.quality.asked);
  out += "\t" + std::to_string(used) + "\t" + std::to_string(asked);
  return out + "\t" + report.model + "\t" + report.version + "\n";
}
}  // namespace glovebox::report
