#include <charconv>
#include <limits>

#include "scoring/input.h"

namespace glovebox::scoring {
namespace {

constexpr std::size_t names_shown = 5;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_missing(std::string_view text) {
  return text.empty() || text == "NA" || text == "NaN" || text == "nan" || text == "?" || text == ".";
}

// value_of reads a field for a plain feature: a level by its name, or a number.
std::optional<protocol::Value> value_of(const bundle::Value& what, std::string_view field) {
  if (std::ranges::find(what.levels, field) != what.levels.end()) return std::string(field);
  const std::string_view text = trimmed(field);
  if (is_missing(text)) return std::nullopt;
  if (what.levels.empty()) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && at == end) return number;
  }
  return std::string(text);
}

class TableInput final : public Input {
 public:
  explicit TableInput(const InputSetup& setup)
      : setup_(setup),
        row_(setup.bundle.features.size()),
        hows_(setup.bundle.features.size()),
        doses_(setup.bundle.polygenic() != nullptr ? setup.bundle.features.size() : 0),
        reader_([this](const CsvRow& row) { return columns_.empty() ? header(row) : line(row); }) {}
  TableInput(const TableInput&) = delete;
  TableInput& operator=(const TableInput&) = delete;

  Status feed(View piece) override { return reader_.feed(piece); }

  Result<Notes> finish() override {
    GLOVEBOX_CHECK(reader_.finish());
    Notes out;
    const auto warn = [&](const std::vector<std::string>& names, std::string_view words) {
      if (names.empty()) return;
      std::string text = std::to_string(names.size()) + std::string(words);
      for (std::size_t i = 0; i < std::min(names.size(), names_shown); ++i)
        text += (i ? ", " : ": ") + names[i].substr(0, 64);
      out.warnings.push_back(text + (names.size() > names_shown ? ", ..." : ""));
    };
    warn(left_out_, left_out_.size() == 1 ? " column that the model does not know was left out"
                                          : " columns that the model does not know were left out");
    warn(not_there_, not_there_.size() == 1 ? " value of the model is no column and was not given"
                                            : " values of the model are no columns and were not given");
    return out;
  }

 private:
  static constexpr std::size_t no_column = std::numeric_limits<std::size_t>::max();

  Status header(const CsvRow& row) {
    std::map<std::string, std::size_t, std::less<>> places;
    for (std::size_t i = 0; i < row.fields.size(); ++i)
      if (!places.emplace(std::string(trimmed(row.fields[i])), i).second)
        return fail(Reject::table_malformed, "two columns named \"" + row.fields[i].substr(0, 64) + "\"",
                    "each name once");
    const auto& features = setup_.bundle.features;
    columns_.assign(features.size(), no_column);
    std::size_t found = 0;
    for (std::size_t i = 0; i < features.size(); ++i) {
      if (std::holds_alternative<bundle::Unscored>(features[i].what)) continue;
      const auto place = places.find(features[i].name);
      const bool given = setup_.values.given(i).has_value();
      if (place != places.end()) {
        if (given)
          return fail(Reject::table_malformed,
                      "\"" + features[i].name + "\" is a column and was given beside the table", "one of the two");
        columns_[i] = place->second;
        places.erase(place);
        ++found;
      } else if (!given) {
        if (features[i].missing.kind == bundle::Missing::Kind::refuse)
          return fail(Reject::value_missing, "no column \"" + features[i].name + "\"", "one: this model needs it");
        not_there_.push_back(features[i].name);
      }
    }
    if (found == 0)
      return fail(Reject::table_malformed, "no column of the model's",
                  "columns named as the features of model " + setup_.bundle.manifest.name,
                  "`glovebox model show` lists them");
    for (const auto& [name, place] : places) left_out_.push_back(name);
    return {};
  }

  // A polygenic score's dosages are exact, and may be an imputation's: any decimal from 0 to 2, of two alleles.
  Result<Encoded> dose(std::size_t i, std::string_view field) {
    const bundle::Feature& feature = setup_.bundle.features[i];
    const std::string_view text = trimmed(field);
    doses_[i] = {};
    if (is_missing(text)) return dosage(feature, text);
    const auto v = model::parse_decimal(text, model::dosage_places, model::copies_max, model::Beyond::round_half_even);
    if (!v || v->units < 0)
      return fail(Reject::value_out_of_range, "\"" + feature.name + "\" = \"" + std::string(text.substr(0, 64)) + "\"",
                  "0 to 2 or NA: effect alleles");
    const model::Dose given{.dosage = static_cast<std::int32_t>(v->units), .alleles = 2};
    if (!setup_.bundle.polygenic()->terms[i].takes(given))
      return fail(Reject::value_out_of_range, "\"" + feature.name + "\" = \"" + std::string(text.substr(0, 64)) + "\"",
                  "0, 1, 2 or NA: its weights are of whole alleles");
    doses_[i] = given;
    return Encoded{static_cast<float>(model::to_double(v->units, model::dosage_places)), how_value};
  }

  Result<Encoded> dosage(const bundle::Feature& feature, std::string_view field) const {
    const std::string_view text = trimmed(field);
    if (text.size() == 1 && text[0] >= '0' && text[0] <= '2')
      return Encoded{static_cast<float>(text[0] - '0'), how_value};
    if (!is_missing(text))
      return fail(Reject::value_out_of_range, "\"" + feature.name + "\" = \"" + std::string(text.substr(0, 64)) + "\"",
                  "0, 1, 2 or NA: effect alleles");
    if (feature.missing.kind == bundle::Missing::Kind::refuse)
      return fail(Reject::value_missing, "no value for \"" + feature.name + "\"", "a value: this model needs it");
    return Encoded{feature.missing.kind == bundle::Missing::Kind::number ? feature.missing.number
                                                                         : std::numeric_limits<float>::quiet_NaN(),
                   how_value_missing};
  }

  Status line(const CsvRow& row) {
    const auto& features = setup_.bundle.features;
    for (std::size_t i = 0; i < features.size(); ++i) {
      const std::string_view field =
          columns_[i] == no_column ? std::string_view() : std::string_view(row.fields[columns_[i]]);
      if (std::holds_alternative<bundle::Unscored>(features[i].what)) {
        row_[i] = std::numeric_limits<float>::quiet_NaN();
        hows_[i] = how(genome::Outcome::unsupported);
        continue;
      }
      auto encoded = !doses_.empty()            ? dose(i, field)
                     : features[i].is_variant() ? dosage(features[i], field)
                     : columns_[i] == no_column
                         ? encode(features[i], setup_.values.given(i))
                         : encode(features[i], value_of(std::get<bundle::Value>(features[i].what), field));
      if (!encoded) {
        Error error = encoded.error();
        error.found = "line " + std::to_string(row.line) + ": " + error.found;
        return std::unexpected(std::move(error));
      }
      row_[i] = encoded->value;
      hows_[i] = encoded->how;
    }
    return setup_.rows({std::to_string(row.line), row_, hows_, doses_});
  }

  InputSetup setup_;
  std::vector<std::size_t> columns_;  // of each feature; empty before the header line
  std::vector<std::string> left_out_;
  std::vector<std::string> not_there_;
  std::vector<float> row_;
  std::vector<How> hows_;
  std::vector<model::Dose> doses_;
  CsvReader reader_;
};

class ValuesInput final : public Input {
 public:
  explicit ValuesInput(const InputSetup& setup) : setup_(setup) {}

  Status feed(View piece) override {
    if (piece.empty()) return {};
    return fail(Reject::trailing_bytes, "data", "none: the values are in the request's parameters");
  }

  Result<Notes> finish() override {
    const auto& features = setup_.bundle.features;
    std::vector<float> row(features.size());
    std::vector<How> hows(features.size());
    std::vector<protocol::SliceRecord> records(features.size());
    for (std::size_t i = 0; i < features.size(); ++i) {
      GLOVEBOX_TRY(encoded, encode(features[i], setup_.values.given(i)));
      row[i] = encoded.value;
      hows[i] = encoded.how;
      records[i] = record_of(encoded);
    }
    GLOVEBOX_CHECK(setup_.rows({"values", row, hows, {}, records}));
    return Notes{};
  }

 private:
  InputSetup setup_;
};

}  // namespace

Status Input::callable(View) {
  return fail(Reject::usage, "callable regions beside a table or values", "a VCF");
}

Result<std::optional<Notes>> Input::read_by(const GenomeReader&) {
  return std::optional<Notes>{};
}

Result<std::unique_ptr<Input>> table_input(const InputSetup& setup) {
  return std::make_unique<TableInput>(setup);
}

Result<std::unique_ptr<Input>> values_input(const InputSetup& setup) {
  const std::size_t sites = setup.bundle.variants().size();
  if (sites > 0 || setup.bundle.polygenic() != nullptr)
    return fail(Reject::features_mismatch, "values alone",
                "a VCF: model " + setup.bundle.manifest.name + " has " + std::to_string(sites) + " sites");
  return std::make_unique<ValuesInput>(setup);
}

}  // namespace glovebox::scoring
