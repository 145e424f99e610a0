#include "bundle/pgs_catalog.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "genome/inflate.h"
#include "genome/lines.h"

namespace glovebox::bundle {
namespace {
constexpr std::size_t line_max = std::size_t{1} << 20;
constexpr std::size_t columns_max = 512;
constexpr std::size_t header_lines_max = 512;
constexpr std::size_t cell_shown = 60;  // bytes of a cell in a message

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, cell_shown)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return "\"" + out + (text.size() > cell_shown ? "..." : "") + "\"";
}
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}
// nothing is how files write that there is nothing.
bool nothing(std::string_view cell) {
  return cell.empty() || cell == "." || cell == "NA" || cell == "NR" || cell == "None";
}
bool is_bases(std::string_view allele) {
  return !allele.empty() && allele.size() <= genome::site_allele_max &&
         allele.find_first_not_of("ACGT") == std::string_view::npos;
}

// build_named reads a genome build as the Catalog and authors write it.
std::optional<Build> build_named(std::string_view text) {
  const std::string word = lower(text);
  const auto is = [&](std::string_view name) { return word == name || word.starts_with(std::string(name) + "."); };
  if (is("grch37") || is("hg19") || is("b37")) return Build::grch37;
  if (is("grch38") || is("hg38") || is("b38")) return Build::grch38;
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(const ScoringFileOptions& options) : options_(options) { out_.build = options.build; }

  Status line(const genome::Line& line) {
    number_ = line.number;
    std::string_view text = line.text;
    if (number_ == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (trimmed(text).empty()) return {};
    if (columns_.empty() && (text.starts_with('#') || text.starts_with("\"#"))) return meta(text);
    split(text);
    return columns_.empty() ? header() : row();
  }

  Result<ScoringFile> finish() {
    if (columns_.empty())
      return bad("no line of column names", "chr_name, chr_position, effect_allele, ... between tabs");
    if (out_.rows.empty()) return bad("no rows", "at least one");
    if (out_.scored() == 0)
      return fail(Reject::model_invalid, "no row of " + std::to_string(out_.rows.size()) + " that can be scored",
                  "a position and an allele of A, C, G, T in at least one",
                  out_.columns == Columns::author
                      ? "the PGS Catalog's harmonised files (NAME_hmPOS_GRCh38.txt.gz) have positions"
                      : "");
    GLOVEBOX_CHECK(check_doubles());
    for (const std::string_view key : {"pgs_id", "omicspred_id", "score_id"})
      if (out_.accession.empty()) out_.accession = out_.said(key);
    if (out_.accession.empty()) out_.accession = accession_seen_;
    return std::move(out_);
  }

 private:
  enum class Want { needed, optional };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::unexpected<Error> bad(std::string found, std::string expected, std::string hint = {}) const {
    return fail(Reject::model_malformed, "line " + std::to_string(number_) + ": " + std::move(found),
                std::move(expected), std::move(hint));
  }

  // meta reads "#key=value". Spreadsheets leave tabs behind it, and quotes around and doubled inside it.
  Status meta(std::string_view text) {
    if (++header_lines_ > header_lines_max)
      return bad("more lines of header", "at most " + std::to_string(header_lines_max));
    if (text.starts_with('"')) {
      text = trimmed(text);
      text.remove_prefix(1);
      if (text.ends_with('"')) text.remove_suffix(1);
    }
    text.remove_prefix(1);
    if (text.starts_with('#')) return {};  // a section's title
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return {};  // a remark
    const std::string_view key = trimmed(text.substr(0, equals));
    std::string value(trimmed(text.substr(equals + 1)));  // which may hold more of them
    bool after_quote = false;                             // the first of two was kept
    std::erase_if(value, [&](char c) {
      const bool second = c == '"' && after_quote;
      after_quote = c == '"' && !second;
      return second;
    });
    if (key == "PGS ID" || key == "PGS Name" || key == "Original Genome Build")
      return fail(Reject::model_version_unsupported, "a scoring file of format 1.0 (\"# " + std::string(key) + " = \")",
                  "format_version=2.0", "the PGS Catalog has every score in its present format");
    if (key == "format_version" && value != "2.0")
      return fail(Reject::model_version_unsupported, "format_version=" + shown(value), "2.0");
    if (nothing(value)) value = key == "genome_build" ? "NR" : "";
    if (value.empty()) return {};
    if (!out_.header.emplace(key, value).second) return bad("a second " + shown(key), "each key once");
    return {};
  }

  void split(std::string_view text) {
    cells_.clear();
    for (bool more = true; more;) {
      const std::size_t tab = text.find('\t');
      more = tab != std::string_view::npos;
      cells_.push_back(trimmed(text.substr(0, tab)));
      if (more) text.remove_prefix(tab + 1);
    }
  }

  std::size_t place(std::string_view column) const {
    const auto at = std::ranges::find(columns_, column);
    return at == columns_.end() ? none : static_cast<std::size_t>(at - columns_.begin());
  }

  Status header() {
    while (!cells_.empty() && cells_.back().empty()) cells_.pop_back();
    if (cells_.size() > columns_max)
      return bad(std::to_string(cells_.size()) + " columns", "at most " + std::to_string(columns_max));
    for (const std::string_view cell : cells_) {
      if (cell.empty()) return bad("a column without a name", "a name for each");
      if (std::ranges::find(columns_, cell) != columns_.end())
        return bad("two columns " + shown(cell), "each name once");
      columns_.emplace_back(cell);
    }
    id_ = place("rsID") != none ? place("rsID") : place("rsid");
    effect_allele_ = place("effect_allele");
    other_allele_ = place("other_allele");
    effect_weight_ = place("effect_weight");
    for (std::size_t i = 0; i < 3; ++i) by_count_[i] = place("dosage_" + std::to_string(i) + "_weight");
    dominant_ = place("is_dominant");
    recessive_ = place("is_recessive");
    haplotype_ = place("is_haplotype");
    diplotype_ = place("is_diplotype");
    interaction_ = place("is_interaction");
    variant_type_ = place("variant_type");
    effect_type_ = place("effect_type");
    accession_ = place("accession");
    hm_source_ = place("hm_source");
    inferred_ = place("hm_inferOtherAllele");
    if (place("ID") != none && effect_allele_ != none && effect_weight_ == none)
      return fail(Reject::type_unsupported, "a table of plink2 --score: an ID, an allele and weights",
                  "a scoring file with chr_name, chr_position, effect_allele, other_allele, effect_weight",
                  "an ID does not say on which build it is");
    if (effect_allele_ == none) return bad("no column effect_allele", "the columns of a scoring file between tabs");
    const auto counts = std::ranges::count(by_count_, none);
    if (counts != 0 && counts != 3)
      return bad("not all of dosage_0_weight, dosage_1_weight, dosage_2_weight", "all three or none");
    if (effect_weight_ == none && counts == 3)
      return bad("no column effect_weight", "effect_weight, or dosage_0_weight to dosage_2_weight");
    GLOVEBOX_CHECK(choose_build());
    return choose_frequency();
  }

  Status choose_build() {
    const std::string_view harmonised = out_.said("HmPOS_build");
    const std::string_view author = out_.said("genome_build");
    const std::string wanted(name(options_.build));
    const std::string hint =
        "the PGS Catalog has each score harmonised to both builds: NAME_hmPOS_" + wanted + ".txt.gz";
    if (!harmonised.empty() && build_named(harmonised) == options_.build) {
      out_.columns = Columns::harmonised;
      chromosome_ = place("hm_chr");
      position_ = place("hm_pos");
      if (chromosome_ == none || position_ == none)
        return bad("no columns hm_chr and hm_pos", "both, since HmPOS_build is given");
      return {};
    }
    chromosome_ = place("chr_name");
    position_ = place("chr_position");
    if (position_ == none) position_ = chromosome_ = none;
    if (!author.empty() && build_named(author) == options_.build) return {};
    if (author.empty() && harmonised.empty()) {
      out_.build_known = BuildKnown::by_caller;
      return {};
    }
    if (author == "NR" && harmonised.empty())
      return fail(Reject::build_unknown, "genome_build=NR: its authors do not say on which build it is", wanted, hint);
    std::string found = author.empty() ? "" : "genome_build=" + std::string(author.substr(0, cell_shown));
    if (!harmonised.empty())
      found += (found.empty() ? "" : ", ") + ("HmPOS_build=" + std::string(harmonised.substr(0, cell_shown)));
    return fail(Reject::build_mismatch, found, wanted, hint);
  }

  Status choose_frequency() {
    constexpr std::string_view plain = "allelefrequency_effect";
    for (const std::string& column : columns_)
      if (column.starts_with(plain)) out_.frequency_columns.push_back(column);
    const std::string& asked = options_.frequency_column;
    frequency_ = place(asked.empty() ? std::string(plain) : asked);
    if (frequency_ == none && !asked.empty()) frequency_ = place(std::string(plain) + "_" + asked);
    if (frequency_ != none || asked.empty()) return {};
    std::string listed;
    for (const std::string& column : out_.frequency_columns) listed += (listed.empty() ? "" : ", ") + column;
    return bad("no column of frequencies " + shown(asked),
               listed.empty() ? "none: the file has no frequencies" : listed);
  }

  std::string_view cell(std::size_t column) const { return column == none ? std::string_view() : cells_[column]; }

  Result<bool> flag(std::size_t column) const {
    const std::string word = lower(cell(column));
    if (word == "true" || word == "1") return true;
    if (word == "false" || word == "0" || nothing(cell(column))) return false;
    return bad(columns_[column] + " = " + shown(cell(column)), "True or False");
  }

  Result<model::Int128> weight(std::size_t column, ScoringRow& out) const {
    auto v = model::parse_decimal(cell(column), model::weight_places, model::weight_total_max,
                                  model::Beyond::round_half_even);
    if (!v)
      return fail(v.error().reason,
                  "line " + std::to_string(number_) + ", " + columns_[column] + ": " + v.error().found,
                  v.error().expected);
    out.rounded = out.rounded || v->rounded;
    return v->units;
  }

  Status read_effect(ScoringRow& out) const {
    GLOVEBOX_TRY(dominant, flag(dominant_));
    GLOVEBOX_TRY(recessive, flag(recessive_));
    const std::string type = lower(cell(effect_type_));
    if (type == "dominant")
      dominant = true;
    else if (type == "recessive")
      recessive = true;
    else if (!nothing(cell(effect_type_)) && type != "additive" && type != "nonadditive" && type != "non-additive")
      return bad("effect_type = " + shown(cell(effect_type_)), "additive, dominant, recessive or nonadditive");
    if (dominant && recessive)
      return fail(Reject::model_invalid, "line " + std::to_string(number_) + ": dominant and recessive at once",
                  "one of them");
    const auto given = std::ranges::count_if(by_count_, [&](std::size_t c) { return !nothing(cell(c)); });
    if (given != 0 && given != 3) return bad("a weight for some dosages and not for others", "all three or none");
    if (given == 3) {
      if (dominant || recessive)
        return fail(Reject::model_invalid,
                    "line " + std::to_string(number_) + ": weights by dosage, and dominant or recessive",
                    "one of them");
      out.effect = model::Effect::by_count;
      for (std::size_t i = 0; i < 3; ++i) {
        GLOVEBOX_TRY(w, weight(by_count_[i], out));
        out.weights[i] = w;
      }
      return {};
    }
    if (type == "nonadditive" || type == "non-additive")
      return bad("nonadditive without weights by dosage", "dosage_0_weight to dosage_2_weight");
    out.effect = dominant ? model::Effect::dominant : recessive ? model::Effect::recessive : model::Effect::additive;
    if (effect_weight_ == none) return bad("no weights", "dosage_0_weight to dosage_2_weight");
    GLOVEBOX_TRY(w, weight(effect_weight_, out));
    out.weights[0] = w;
    return {};
  }

  Status read_frequency(ScoringRow& out) const {
    if (nothing(cell(frequency_))) return {};
    const auto v = model::parse_decimal(cell(frequency_), model::weight_places, model::ten_to(model::weight_places),
                                        model::Beyond::round_half_even);
    if (!v || v->units < 0) return bad(columns_[frequency_] + " = " + shown(cell(frequency_)), "0 to 1, or nothing");
    out.frequency = model::to_decimal(v->units, model::weight_places);
    return {};
  }

  // complex says whether the row weighs something else than one allele of one site.
  Result<std::optional<Why>> complex(std::string_view effect) const {
    for (const auto& [column, why] :
         {std::pair{diplotype_, Why::diplotype}, {haplotype_, Why::haplotype}, {interaction_, Why::interaction}}) {
      GLOVEBOX_TRY(is, flag(column));
      if (is) return why;
    }
    if (!nothing(cell(variant_type_))) return Why::variant_type;
    if (!is_bases(effect)) return Why::allele;
    return std::nullopt;
  }

  Status read_site(ScoringRow& out) const {
    const std::string effect = genome::upper(cell(effect_allele_));
    GLOVEBOX_TRY(why, complex(effect));
    if (why) {
      out.unscored = why;
      return {};
    }
    const std::string_view source = out_.columns == Columns::harmonised ? cell(hm_source_) : std::string_view();
    if (nothing(cell(chromosome_)) || nothing(cell(position_)) || lower(source) == "unknown") {
      out.unscored = Why::no_position;
      return {};
    }
    genome::Site site;
    const auto chromosome = genome::chromosome_of(cell(chromosome_));
    if (!chromosome) {
      out.unscored = Why::other_contig;
      return {};
    }
    site.chromosome = *chromosome;
    const std::string_view text = cell(position_);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), site.position);
    if (error != std::errc() || end != text.data() + text.size() || site.position == 0)
      return bad(columns_[position_] + " = " + shown(text), "a whole number from 1");
    const auto build = out_.build == Build::grch37 ? genome::Build::grch37 : genome::Build::grch38;
    if (!genome::fits(build, site.chromosome, site.position))
      return fail(Reject::build_mismatch,
                  "line " + std::to_string(number_) + ": position " + std::string(text) + " of chromosome " +
                      genome::name(site.chromosome),
                  "at most " + std::to_string(genome::length_of(build, site.chromosome)) + " on " +
                      std::string(genome::name(build)));
    std::string other = genome::upper(cell(other_allele_));
    const auto several = [](std::string_view alleles) {
      return alleles.find_first_of("/,|") != std::string_view::npos;
    };
    if (nothing(other) || several(other)) other.clear();
    if (other.empty() && out_.columns == Columns::harmonised) {  // "A/T": the harmoniser found two candidates
      const std::string inferred = genome::upper(cell(inferred_));
      if (is_bases(inferred)) {
        other = inferred;
        out.other_inferred = true;
      }
    }
    if (other == effect || (!other.empty() && !is_bases(other))) {
      out.unscored = Why::allele;
      return {};
    }
    site.effect_allele = effect;
    site.other_allele = other;
    out.site = std::move(site);
    return {};
  }

  Status row() {
    if (out_.rows.size() >= model::terms_max)
      return fail(Reject::too_large, "the scoring file", "at most " + std::to_string(model::terms_max) + " rows");
    while (cells_.size() > columns_.size() && cells_.back().empty()) cells_.pop_back();
    if (cells_.size() != columns_.size())
      return bad(std::to_string(cells_.size()) + " columns",
                 std::to_string(columns_.size()) + ", as the line of names has");
    for (const std::size_t c : {effect_allele_, other_allele_, effect_weight_, chromosome_, position_, id_})
      if (cell(c).starts_with('"')) return bad(columns_[c] + " in quotes: " + shown(cell(c)), "tabs and no quotes");
    ScoringRow out{.line = number_};
    if (cell(effect_allele_).empty()) return bad("no effect_allele", "the allele that is counted");
    out.effect_allele = cell(effect_allele_);
    if (!nothing(cell(id_))) out.id = cell(id_);
    GLOVEBOX_CHECK(read_effect(out));
    GLOVEBOX_CHECK(read_frequency(out));
    GLOVEBOX_CHECK(read_site(out));
    GLOVEBOX_CHECK(read_accession());
    out_.rows.push_back(std::move(out));
    return {};
  }

  Status read_accession() {
    const std::string_view text = cell(accession_);
    if (nothing(text) || text == accession_seen_) return {};
    if (!accession_seen_.empty())
      return fail(Reject::type_unsupported,
                  "line " + std::to_string(number_) + ": score " + shown(text) + " after " + shown(accession_seen_),
                  "one score in a file", "cut the file by its column accession; each score is a model of its own");
    accession_seen_ = text;
    return {};
  }

  // One allele of one variant may stand once. Its other allele may stand beside it, with a weight of its own: both
  // count.
  Status check_doubles() const {
    using Key = std::tuple<genome::Chromosome, std::uint64_t, std::string, std::string, bool>;
    std::vector<std::pair<Key, std::size_t>> keys;
    for (const ScoringRow& row : out_.rows)
      if (row.site) {
        auto v = genome::trim(row.site->position, row.site->effect_allele, row.site->other_allele);
        keys.emplace_back(Key(row.site->chromosome, v.position, std::move(v.first), std::move(v.second),
                              row.site->other_allele.empty()),  // which a deletion's trimmed allele is too
                          row.line);
      }
    std::ranges::sort(keys);
    const auto found = std::ranges::adjacent_find(keys, {}, &std::pair<Key, std::size_t>::first);
    if (found == keys.end()) return {};
    return fail(Reject::model_invalid,
                "lines " + std::to_string(found->second) + " and " + std::to_string((found + 1)->second) +
                    ": one allele of one variant twice",
                "each once", "two weights for one allele: which of them counts is for the file's author to say");
  }

  const ScoringFileOptions& options_;
  ScoringFile out_;
  std::vector<std::string> columns_;
  std::vector<std::string_view> cells_;
  std::string accession_seen_;
  std::size_t number_ = 0;
  std::size_t header_lines_ = 0;
  std::size_t id_ = none, chromosome_ = none, position_ = none, effect_allele_ = none, other_allele_ = none;
  std::size_t effect_weight_ = none, dominant_ = none, recessive_ = none, haplotype_ = none, diplotype_ = none;
  std::size_t interaction_ = none, variant_type_ = none, effect_type_ = none, accession_ = none, hm_source_ = none;
  std::size_t inferred_ = none, frequency_ = none;
  std::array<std::size_t, 3> by_count_{none, none, none};
};
}  // namespace

std::string_view ScoringFile::said(std::string_view key) const {
  const auto found = header.find(key);
  return found == header.end() ? std::string_view() : std::string_view(found->second);
}

std::size_t ScoringFile::scored() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(rows, [](const ScoringRow& row) { return row.site.has_value(); }));
}

Result<ScoringFile> read_scoring_file(View bytes, const ScoringFileOptions& options) {
  if (options.build == Build::none) return fail(Reject::usage, "no build", "GRCh37 or GRCh38");
  if (bytes.size() > scoring_file_size_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes",
                "at most " + std::to_string(scoring_file_size_max));
  Reader reader(options);
  genome::LineSplitter splitter([&reader](const genome::Line& line) { return reader.line(line); }, line_max);
  genome::InflateLimits limits;
  limits.inflated_max = options.inflated_max;
  genome::Inflater inflater([&splitter](View text) { return splitter.feed(text); }, limits);
  const auto all = [&]() -> Status {
    GLOVEBOX_CHECK(inflater.feed(bytes));
    GLOVEBOX_CHECK(inflater.finish());
    return splitter.finish();
  };
  if (auto done = all(); !done) {
    if (done.error().reason == Reject::vcf_malformed) done.error().reason = Reject::model_malformed;  // a NUL byte
    return same(done);
  }
  return reader.finish();
}

}  // namespace glovebox::bundle
