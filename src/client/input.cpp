#include "client/input.h"

#include <charconv>
#include <optional>
#include <set>

#include "base/file.h"
#include "client/cut_data.h"
#include "genome/cut.h"
#include "genome/sniff.h"
#include "genome/stream.h"
#include "scoring/csv.h"

namespace glovebox::client {
namespace {
constexpr std::size_t list_file_max = std::size_t{64} << 20;
constexpr std::size_t piece_size = std::size_t{1} << 18;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> out;
  for (;;) {
    const auto tab = line.find('\t');
    out.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return out;
    line.remove_prefix(tab + 1);
  }
}

// value_of takes a number as a number and any other word as a level's name.
protocol::Value value_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return std::string(text);
}

using Values = std::map<std::string, protocol::Value>;

Result<Values> set_values(const std::vector<std::string>& words) {
  Values out;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) return fail(Reject::usage, "--set " + word, "--set NAME=VALUE");
    if (!out.emplace(word.substr(0, equals), value_of(std::string_view(word).substr(equals + 1))).second)
      return fail(Reject::usage, "--set " + word.substr(0, equals) + " twice", "one value for each name");
  }
  return out;
}

// Covariates are read by sample; the samples' own file says which are needed.
Result<std::map<std::string, Values>> read_covariates(const std::string& path) {
  std::map<std::string, Values> out;
  if (path.empty()) return out;
  GLOVEBOX_TRY(text, read_file(path, list_file_max));
  const auto lines = lines_of(text_of(text));
  if (lines.empty())
    return fail(Reject::table_malformed, path + " is empty", "a header line: sample, then the values' names");
  const auto names = cells_of(lines.front());
  if (names.front() != "sample" && names.front() != "#IID" && names.front() != "IID")
    return fail(Reject::table_malformed, path + ": first column \"" + names.front() + "\"", "\"sample\"");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto cells = cells_of(lines[i]);
    if (cells.size() != names.size())
      return fail(Reject::table_malformed,
                  path + ", line " + std::to_string(i + 1) + ": " + std::to_string(cells.size()) + " columns",
                  std::to_string(names.size()));
    Values values;
    for (std::size_t k = 1; k < cells.size(); ++k) values.emplace(names[k], value_of(cells[k]));
    if (!out.emplace(cells.front(), std::move(values)).second)
      return fail(Reject::table_malformed, path + ": sample " + cells.front() + " twice", "one line for each sample");
  }
  return out;
}

Result<std::unique_ptr<Data>> open_data(const std::string& file, std::optional<SecretBytes>& held) {
  if (file != "-") return file_data(file);
  if (!held) {
    GLOVEBOX_TRY(bytes, read_secret_file("-", standard_input_max));
    held = std::move(bytes);
  }
  return memory_data(SecretBytes(held->expose()));
}

// open_callable refuses a file without a byte: nothing would be sent of it, and then every site would be callable.
Result<std::unique_ptr<Data>> open_callable(const std::string& file) {
  if (file.empty()) return std::unique_ptr<Data>{};
  GLOVEBOX_TRY(data, file_data(file));
  Array<1> first{};
  GLOVEBOX_TRY(size, data->read(first));
  if (size == 0) return fail(Reject::usage, "--callable " + file + ", which is empty", "a BED file with a region");
  GLOVEBOX_CHECK(data->rewind());
  return data;
}

// header_of reads a VCF as far as its header.
Result<genome::Header> header_of(Data& data) {
  std::optional<genome::Header> found;
  genome::VcfStream stream({.meta = {},
                            .header = [&found](const genome::Line&, genome::Header header) -> Status {
                              found = std::move(header);
                              return fail(Reject::usage);  // enough: nothing behind the header is wanted here
                            },
                            .body = {}},
                           genome::SampleCutter::for_cohorts());
  SecretBytes piece(piece_size);
  GLOVEBOX_CHECK(data.rewind());
  while (!found) {
    GLOVEBOX_TRY(size, data.read(piece.expose_mutable()));
    const auto fed = size == 0 ? stream.finish() : stream.feed(piece.expose().first(size));
    if (found) break;
    if (!fed) return same(fed);
    if (size == 0) return fail(Reject::truncated, "a VCF without its #CHROM line", "a header");
  }
  GLOVEBOX_CHECK(data.rewind());
  return std::move(*found);
}

Result<std::vector<std::string>> wanted_samples(const InputWish& wish, const genome::Header& header) {
  if (header.samples.empty()) return fail(Reject::no_samples, "a VCF of sites alone", "a genotype column");
  if (wish.all || wish.all_samples) return header.samples;
  std::vector<std::string> names;
  if (!wish.samples_file.empty()) {
    GLOVEBOX_TRY(text, read_file(wish.samples_file, list_file_max));
    for (const auto line : lines_of(text_of(text))) names.emplace_back(line);
    if (names.empty()) return fail(Reject::usage, wish.samples_file + " names no sample", "one name a line");
  } else if (!wish.sample.empty()) {
    names.push_back(wish.sample);
  } else {
    const auto only = header.sample_index(std::nullopt);
    if (!only)
      return fail(only.error().reason, only.error().found, only.error().expected,
                  "--sample NAME, --samples FILE, --all for one request each, or --all-samples for one of everybody");
    names.push_back(header.samples[*only]);
  }
  for (const auto& name : names) GLOVEBOX_CHECK(header.sample_index(name));
  return names;
}

bool looks_like_table(const std::string& file, View first) {
  const std::string_view path = file;
  if (path.ends_with(".csv")) return true;
  return file == "-" && genome::sniff(first) == genome::Content::unknown &&
         text_of(first).find(',') != std::string_view::npos;
}

Result<std::vector<Item>> read_table(const InputWish& wish, std::unique_ptr<Data> data, const Values& values,
                                     std::string purpose) {
  std::size_t rows = 0;
  scoring::CsvReader reader([&rows](const scoring::CsvRow&) -> Status {
    ++rows;
    return {};
  });
  GLOVEBOX_TRY(size, read_all(*data, [&reader](View piece) { return reader.feed(piece); }));
  GLOVEBOX_CHECK(reader.finish());
  if (rows < 2 || size == 0)
    return fail(Reject::table_malformed, "a table without a row", "a header line and at least one row");
  GLOVEBOX_TRY(rows_class, protocol::rows_class_for(rows - 1));
  Item item{.id = wish.file,
            .parameters = {.input = protocol::Input::table, .purpose = std::move(purpose)},
            .data = std::move(data)};
  item.parameters.output_form = protocol::OutputForm::table;
  item.parameters.rows_class = rows_class;
  for (const auto& [name, value] : values) item.parameters.values.push_back({name, value});
  std::vector<Item> items;
  items.push_back(std::move(item));
  return items;
}

template <class T, class FromName>
Result<std::optional<T>> word(const std::string& option, const std::string& text, FromName from_name,
                              const std::string& expected) {
  if (text.empty()) return std::optional<T>{};
  const std::optional<T> value = from_name(text);
  if (!value) return fail(Reject::usage, "--" + option + " " + text, expected);
  return value;
}
}  // namespace

Result<std::vector<Item>> read_input(const InputWish& wish, const std::string& purpose) {
  if ((wish.all ? 1 : 0) + (wish.all_samples ? 1 : 0) + (wish.sample.empty() ? 0 : 1) +
          (wish.samples_file.empty() ? 0 : 1) >
      1)
    return fail(Reject::usage, "more than one of --sample, --samples, --all, --all-samples", "one of them");
  for (const auto& [option, given] :
       {std::pair("--covariates", !wish.covariates.empty()), std::pair("--match-log", wish.match_log)})
    if (wish.all_samples && given)
      return fail(Reject::usage, std::string(option) + " and --all-samples", "--all, or no such option",
                  "one request for everybody has one set of values and no log; --all is a request for each");
  GLOVEBOX_TRY(build, word<protocol::Build>("build", wish.build, protocol::build_from_name, "GRCh37 or GRCh38"));
  GLOVEBOX_TRY(kind, word<protocol::InputKind>("input-kind", wish.input_kind, protocol::input_kind_from_name,
                                               "wgs-vcf, gvcf, array-imputed or panel"));
  GLOVEBOX_TRY(absence, word<protocol::Absence>("absent", wish.absent, protocol::absence_from_name,
                                                "homref, missing or frequency"));
  GLOVEBOX_TRY(dosage,
               word<protocol::DosageField>("dosage", wish.dosage, protocol::dosage_field_from_name, "GT, DS or GP"));
  GLOVEBOX_TRY(sex, word<protocol::Sex>("sex", wish.sex, protocol::sex_from_name, "female or male"));
  GLOVEBOX_TRY(x_male, word<protocol::MaleX>("x-male", wish.x_male, protocol::male_x_from_name, "single or double"));
  for (const auto& [option, least] : {std::pair("--min-gq", wish.min_gq), std::pair("--min-dp", wish.min_dp)})
    if (least && *least > protocol::minimum_max)
      return fail(Reject::usage, std::string(option) + " " + std::to_string(*least),
                  "at most " + std::to_string(protocol::minimum_max));
  if (!wish.callable.empty() && absence != protocol::Absence::homref)
    return fail(Reject::usage, "--callable without --absent homref", "both, or neither",
                "the regions say where a site without a record is homozygous reference, and nothing else");
  GLOVEBOX_TRY(common, set_values(wish.values));
  GLOVEBOX_TRY(covariates, read_covariates(wish.covariates));

  std::optional<SecretBytes> held;
  GLOVEBOX_TRY(data, open_data(wish.file, held));
  Array<genome::sniff_bytes> first{};
  GLOVEBOX_TRY(first_size, data->read(first));
  GLOVEBOX_CHECK(data->rewind());
  if (looks_like_table(wish.file, View(first).first(first_size))) {
    for (const auto& [option, given] :
         {std::pair("--sample", !wish.sample.empty()), std::pair("--samples", !wish.samples_file.empty()),
          std::pair("--all", wish.all), std::pair("--all-samples", wish.all_samples),
          std::pair("--build", build.has_value()), std::pair("--input-kind", kind.has_value()),
          std::pair("--absent", absence.has_value()), std::pair("--covariates", !wish.covariates.empty()),
          std::pair("--dosage", dosage.has_value()), std::pair("--sex", sex.has_value()),
          std::pair("--x-male", x_male.has_value()), std::pair("--flip", wish.flip),
          std::pair("--min-gq", wish.min_gq.has_value()), std::pair("--min-dp", wish.min_dp.has_value()),
          std::pair("--callable", !wish.callable.empty()), std::pair("--match-log", wish.match_log)})
      if (given)
        return fail(Reject::usage, std::string(option) + " and a table", "a VCF, or no such option",
                    "a table is one row for each person, with a value for each feature");
    return read_table(wish, std::move(data), common, purpose);
  }

  GLOVEBOX_TRY(header, header_of(*data));
  GLOVEBOX_TRY(samples, wanted_samples(wish, header));
  if (wish.match_log && samples.size() != 1)
    return fail(Reject::usage, "--match-log and " + std::to_string(samples.size()) + " samples", "one sample");
  std::vector<Item> items;
  for (const auto& sample : samples) {
    Item item{.id = sample, .parameters = {.input = protocol::Input::vcf, .purpose = purpose}, .data = {}};
    if (wish.all_samples) {
      item.id = wish.file;
      item.parameters.all_samples = true;
      item.parameters.output_form = protocol::OutputForm::table;
      GLOVEBOX_TRY(rows_class, protocol::rows_class_for(samples.size()));
      item.parameters.rows_class = rows_class;
    } else {
      item.parameters.sample = sample;
    }
    item.parameters.input_kind = kind.value_or(protocol::InputKind::wgs_vcf);  // what most people have; reports say it
    item.parameters.build = build;
    item.parameters.absence = absence;
    item.parameters.dosage = dosage.value_or(protocol::DosageField::gt);
    item.parameters.sex = sex;
    item.parameters.x_male = x_male;
    item.parameters.flip = wish.flip;
    item.parameters.min_gq = wish.min_gq;
    item.parameters.min_dp = wish.min_dp;
    item.parameters.match_log = wish.match_log;
    GLOVEBOX_TRY(callable, open_callable(wish.callable));
    item.callable = std::move(callable);
    Values values = common;
    if (!wish.covariates.empty()) {
      const auto row = covariates.find(sample);
      if (row == covariates.end())
        return fail(Reject::value_missing, wish.covariates + " has no line for " + sample, "one for each sample");
      for (const auto& [name, value] : row->second) values.insert_or_assign(name, value);
    }
    for (auto& [name, value] : values) item.parameters.values.push_back({name, value});
    GLOVEBOX_TRY(whole, open_data(wish.file, held));
    if (wish.file != "-") item.file = wish.file;
    const bool as_it_is = wish.all_samples || header.samples.size() == 1;
    item.data = as_it_is ? std::move(whole) : cut_data(std::move(whole), sample);
    items.push_back(std::move(item));
    if (wish.all_samples) break;  // that was everybody
  }
  return items;
}
}  // namespace glovebox::client
