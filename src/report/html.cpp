#include "report/html.h"

#include "report/picture.h"

namespace glovebox::report {
namespace {
constexpr std::string_view style = R"(
:root{color-scheme:light}body{font:16px/1.5 system-ui,sans-serif;color:#1b2430;background:#f4f6f8;margin:0}
main{max-width:46rem;margin:2rem auto;padding:0 1rem}section{background:#fff;border:1px solid #d9dfe6;border-radius:10px;padding:1.4rem 1.6rem;margin:0 0 1.4rem;break-inside:avoid}
h1{font-size:1.3rem;margin:.2rem 0 1rem}h2{font-size:1.15rem;margin:0}h3{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:#5b6878;margin:1.3rem 0 .3rem}
.score{font-size:2.2rem;font-weight:650;margin:.3rem 0 0}.what{color:#5b6878;margin:0}.category{display:inline-block;background:#e7eef7;border-radius:6px;padding:.15rem .6rem;margin:.5rem 0 0;font-weight:600}
table{border-collapse:collapse;width:100%}td{padding:.18rem .6rem .18rem 0;vertical-align:top;overflow-wrap:anywhere}td:first-child{color:#5b6878;white-space:nowrap;width:9rem}
svg{width:100%;height:auto;margin:.6rem 0 0}.curve{fill:#cfe0f3;stroke:#3f74ad;stroke-width:1.5}.cut{stroke:#9aa7b5;stroke-dasharray:4 4}.mark{stroke:#b3261e;fill:#b3261e;stroke-width:2}svg text{font-size:12px;fill:#5b6878}
.development{background:#fdecea;border:1px solid #e6a29c;border-radius:6px;padding:.5rem .8rem;font-weight:600;margin:0 0 1rem}.warning{background:#fff5db;border-radius:6px;padding:.4rem .7rem;margin:.5rem 0 0}
footer{color:#5b6878;font-size:.85rem;margin:0 0 2rem}@media print{body{background:#fff}section{border:0;padding:0}}
)";

void row(std::string& out, std::string_view label, std::string_view words) {
  out += "<tr><td>" + escape_html(label) + "</td><td>" + escape_html(words) + "</td></tr>";
}

// quality_of is the person's own where there are several.
result::Quality quality_of(const result::Report& report, const result::Row& person) {
  result::Quality out = report.quality;
  if (!person.quality) return out;
  out.asked = person.quality->asked();
  out.used = person.quality->used;
  out.coverage = person.quality->coverage;
  for (std::size_t i = 0; i < out.counts.size(); ++i) out.counts[i].number = person.quality->numbers[i];
  return out;
}

std::string section(const result::Report& report, const result::Row& person, const Proof& proof) {
  std::string out = "<section><h2>" + escape_html(title(report, person)) + "</h2><p class=\"what\">" +
                    escape_html(report.model + " " + report.version) + "</p>";
  if (!person.predictions.empty()) {
    out += "<p class=\"score\">" + escape_html(short_number(person.predictions.front())) + "</p>";
    out += "<p class=\"what\">" +
           escape_html(report.output_names.empty() ? report.output : report.output_names.front()) + "</p>";
    for (std::size_t i = 1; i < person.predictions.size() && i < report.output_names.size(); ++i)
      out += "<p class=\"what\">" + escape_html(report.output_names[i] + ": " + short_number(person.predictions[i])) +
             "</p>";
  }
  const auto table = [&out](std::string_view heading, const std::vector<Comparison>& list) {
    if (list.empty()) return;
    out += "<h3>" + escape_html(heading) + "</h3><table>";
    for (const auto& [label, number, words] : list) row(out, label, number + "  " + words);
    out += "</table>";
  };
  table("The sum", sums_of(person));
  if (person.category) {
    const auto& category = report.categories[*person.category];
    out += "<p class=\"category\">" + escape_html(category.name) + "</p><p class=\"what\">" +
           escape_html(category.words) + "</p>";
  }
  if (report.no_category && !person.category)
    out += "<p class=\"warning\">No category: " + escape_html(*report.no_category) + "</p>";
  if (person.percentile && report.reference && !person.predictions.empty()) {
    out += "<h3>Compared with</h3><p class=\"what\">" +
           escape_html(ordinal(*person.percentile) + " percentile of " + report.reference->name) + "</p>";
    out += svg_picture(report, person.predictions.front());
  }
  table("Beside others", standing_of(report, person));
  for (const auto& warning : report.warnings) out += "<p class=\"warning\">" + escape_html(warning) + "</p>";

  const result::Quality q = quality_of(report, person);
  out += "<h3>Quality of the data</h3><table>";
  row(out, "used",
      std::to_string(q.used) + " of " + std::to_string(q.asked) + " features, " + short_number(q.coverage * 100) +
          " % by weight");
  for (const auto& count : q.counts)
    if (count.number != 0)
      row(out, count.outcome,
          std::to_string(count.number) +
              (person.quality ? "" : " (" + short_number(count.weight * 100) + " % by weight)"));
  if (q.build) row(out, "build", *q.build + (q.build_standing ? ": " + *q.build_standing : ""));
  if (q.input_kind) row(out, "kind of file", *q.input_kind);
  if (q.absence) row(out, "absent sites", "taken as " + *q.absence);
  out += "</table><h3>What was checked</h3><table>";
  for (const auto& [label, words] : proof.lines) row(out, label, words);
  for (const auto& what : proof.unchecked) row(out, "unchecked", what + ", as the policy says");
  row(out, "leakage", report.leakage);
  out += "</table>";
  if (!report.statements.empty()) {
    out += "<h3>What this is, and what not</h3>";
    for (const auto& statement : report.statements) out += "<p class=\"what\">" + escape_html(statement) + "</p>";
  }
  return out + "</section>";
}
}  // namespace

std::string to_html(const std::vector<Entry>& entries, const std::string& written_at) {
  std::string out =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">"
      "<title>glovebox report</title><style>" +
      std::string(style) + "</style></head><body><main><h1>Scores from an attested enclave</h1>";
  bool development = false;
  for (const auto& entry : entries) development = development || entry.proof.development;
  if (development) out += "<p class=\"development\">" + std::string(development_notice) + "</p>";
  for (const auto& entry : entries)
    for (const auto& person : entry.report.rows) out += section(entry.report, person, entry.proof);
  return out + "<footer>Written " + escape_html(written_at) +
         " by glovebox " GLOVEBOX_VERSION
         " on the reader's own machine, after every check had passed. No medical "
         "device.</footer></main></body></html>\n";
}
}  // namespace glovebox::report
