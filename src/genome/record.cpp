#include "genome/record.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace glovebox::genome {
namespace {
constexpr std::uint64_t pos_max = std::uint64_t{1} << 40;  // no known chromosome is longer; sums of two stay in 64 bits

// Letters is a set of characters, looked up by their code: every character of some columns is.
class Letters {
 public:
  constexpr explicit Letters(std::string_view all) {
    for (const char c : all) is_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool has(char c) const { return is_[static_cast<unsigned char>(c)]; }
  constexpr bool has_all(std::string_view text) const {
    return std::ranges::all_of(text, [this](char c) { return has(c); });
  }
  constexpr bool has_any(std::string_view text) const {
    return std::ranges::any_of(text, [this](char c) { return has(c); });
  }

 private:
  std::array<bool, 256> is_{};
};
constexpr Letters iupac("ACGTNRYSWKMBDHVacgtnryswkmbdhv");
constexpr Letters white_space(" \v\f\r");
constexpr Letters of_numbers("0123456789.,+-eEinfaINFA");
constexpr Letters never_in_contigs("\\,\"'`()[]{}<>");

bool is_bases(std::string_view text) {
  return !text.empty() && iupac.has_all(text);
}
bool has_white_space(std::string_view text) {
  return white_space.has_any(text);
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Fields walks a text's fields one by one.
class Fields {
 public:
  Fields(std::string_view text, char separator) : rest_(text), separator_(separator) {}
  std::optional<std::string_view> next() {
    if (done_) return std::nullopt;
    const auto at = rest_.find(separator_);
    const std::string_view field = rest_.substr(0, at);
    if (at == std::string_view::npos)
      done_ = true;
    else
      rest_.remove_prefix(at + 1);
    return field;
  }

 private:
  std::string_view rest_;
  char separator_;
  bool done_ = false;
};

// A contig's name (VCF 4.5 section 1.4.7), with ":" and "*" allowed since HLA contigs have them; or "<name>".
bool is_contig(std::string_view text) {
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);
  if (text.empty() || text.front() == '*' || text.front() == '=') return false;
  for (const char c : text)
    if (c <= 0x20 || c >= 0x7f || never_in_contigs.has(c)) return false;
  return true;
}

bool is_quality(std::string_view text) {
  if (text == ".") return true;
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error != std::errc::invalid_argument && end == text.data() + text.size();
}

// passes reads FILTER or FT. Nothing if it has an empty or spaced name, or 0, which meant PASS before VCF 4.0 and is
// reserved since.
std::optional<bool> passes(std::string_view filter) {
  if (filter == "PASS" || filter == ".") return true;
  Fields names(filter, ';');
  while (const auto name = names.next())
    if (name->empty() || *name == "." || *name == "0" || has_white_space(*name)) return std::nullopt;
  return false;
}

// info_value finds KEY=value in INFO.
std::optional<std::string_view> info_value(std::string_view info, std::string_view key) {
  Fields fields(info, ';');
  while (const auto field = fields.next())
    if (field->size() > key.size() && field->starts_with(key) && (*field)[key.size()] == '=')
      return field->substr(key.size() + 1);
  return std::nullopt;
}

Status read_alts(Record& record, std::string_view text) {
  if (text == ".") return {};
  Fields fields(text, ',');
  while (const auto alt = fields.next()) {
    const auto kind = kind_of(*alt);
    if (!kind) return fail_at(record.place(), "ALT", text, "bases, *, <NAME>, a breakend, or . alone");
    if (record.alts.size() == alleles_max)
      return fail_at(record.place(), "ALT", text, std::to_string(alleles_max) + " alleles at most");
    record.alts.push_back({*alt, *kind});
  }
  return {};
}

struct Picked {
  std::string_view gt, ft, len;
  bool has_gt = false;
  CallFields fields;
};

// slot is where a FORMAT field that call.h may read goes; null for any other.
std::optional<std::string_view>* slot(CallFields& fields, std::string_view key) {
  if (key == "DS") return &fields.ds;
  if (key == "GP") return &fields.gp;
  if (key == "GQ") return &fields.gq;
  if (key == "RGQ") return &fields.rgq;
  if (key == "GQX") return &fields.gqx;
  if (key == "DP") return &fields.dp;
  if (key == "MIN_DP") return &fields.min_dp;
  return nullptr;
}

// pick_fields takes what may be read out of the sample's column. Trailing fields may be left out.
Result<Picked> pick_fields(const Record& record, std::string_view format, std::string_view sample) {
  Picked call;
  Fields keys(format, ':');
  Fields values(sample, ':');
  bool more = true;
  for (std::size_t i = 0;; ++i) {
    const auto key = keys.next();
    const auto value = more ? values.next() : std::nullopt;
    if (!value) more = false;
    if (!key) {
      if (value) return fail_at(record.place(), "sample", sample, "no more fields than FORMAT names");
      return call;
    }
    if (key->empty() || has_white_space(*key))
      return fail_at(record.place(), "FORMAT", format, "names with a colon between each");
    if (*key == "GT") {
      if (i != 0) return fail_at(record.place(), "FORMAT", format, "GT first, once");
      call.has_gt = true;
      call.gt = value.value_or(".");
    } else if (*key == "FT" && value) {
      call.ft = *value;
    } else if (*key == "LEN" && value) {
      call.len = *value;
    } else if (auto* field = slot(call.fields, *key)) {
      if (*field) return fail_at(record.place(), "FORMAT", format, std::string(*key) + " once");
      *field = value.value_or(".");
      // Held to its form even where no score asks for it, as htslib holds it: cheap, and damage shows.
      if (!of_numbers.has_all(**field))
        return fail_at(record.place(), *key, **field, "numbers with a comma between, or .");
    }
  }
}

// find_end is the last position a record speaks of (VCF 4.5: LEN for <*> rows, else END, else SVLEN, else REF's
// length). Several callers write their reference blocks with ALT "." and END.
Result<std::uint64_t> find_end(const Record& record, std::string_view len) {
  const std::uint64_t ref_end = record.ref_end();
  bool spelled_out = !record.alts.empty();
  for (const Alt& alt : record.alts)
    if (alt.kind == AlleleKind::unseen || alt.kind == AlleleKind::symbolic) spelled_out = false;
  if (spelled_out) return ref_end;
  std::uint64_t end = ref_end;
  if (!len.empty() && len != "." && record.has_unseen()) {
    const auto bases = whole_number(len);
    if (!bases || *bases > pos_max) return fail_at(record.place(), "LEN", len, "a number of bases");
    return std::max(end, record.pos + std::max<std::uint64_t>(*bases, 1) - 1);
  }
  if (const auto text = info_value(record.info, "END"); text && *text != ".") {
    const auto last = whole_number(*text);
    if (!last || *last > pos_max) return fail_at(record.place(), "END", *text, "a position");
    return std::max(end, *last);  // some callers write an END before POS on translocations; htslib ignores it too
  }
  if (const auto text = info_value(record.info, "SVLEN"); text && !record.alts.empty()) {
    Fields lengths(*text, ',');
    while (auto length = lengths.next()) {
      if (length->starts_with('-')) length->remove_prefix(1);
      if (const auto bases = whole_number(*length); bases && *bases <= pos_max)
        end = std::max(end, record.pos + *bases);
    }
  }
  return end;
}
}  // namespace

std::optional<AlleleKind> kind_of(std::string_view alt) {
  if (is_bases(alt)) return AlleleKind::bases;
  if (alt == "*") return AlleleKind::star;
  if (alt == "<*>" || alt == "<NON_REF>" || alt == "<X>") return AlleleKind::unseen;
  if (alt.empty() || has_white_space(alt)) return std::nullopt;
  if (alt.front() == '<') {
    const bool closed = alt.size() > 2 && alt.find('>') == alt.size() - 1 && alt.find('<', 1) == std::string_view::npos;
    return closed ? std::optional(AlleleKind::symbolic) : std::nullopt;
  }
  // A breakend is "t[p[", "t]p]", "]p]t" or "[p[t", a single one "t." or ".t"; t is bases, and may be a "." at a
  // telomere.
  for (const char bracket : {'[', ']'}) {
    const auto first = alt.find(bracket);
    if (first == std::string_view::npos) continue;
    const auto second = alt.find(bracket, first + 1);
    if (second == std::string_view::npos || second - first < 4 ||
        alt.find(bracket, second + 1) != std::string_view::npos)
      return std::nullopt;
    const std::string_view place = alt.substr(first + 1, second - first - 1);
    const auto colon = place.rfind(':');
    if (colon == 0 || colon == std::string_view::npos || !whole_number(place.substr(colon + 1))) return std::nullopt;
    const std::string_view before = alt.substr(0, first);
    const std::string_view after = alt.substr(second + 1);
    if (before.empty() == after.empty()) return std::nullopt;
    const std::string_view bases = before.empty() ? after : before;
    return is_bases(bases) || bases == "." ? std::optional(AlleleKind::breakend) : std::nullopt;
  }
  if (alt.size() > 1 && (alt.front() == '.') != (alt.back() == '.')) {
    if (is_bases(alt.front() == '.' ? alt.substr(1) : alt.substr(0, alt.size() - 1))) return AlleleKind::breakend;
  }
  return std::nullopt;
}

bool Genotype::all_missing() const {
  return std::ranges::all_of(alleles, [](auto a) { return a == no_allele; });
}
bool Genotype::any_missing() const {
  return std::ranges::any_of(alleles, [](auto a) { return a == no_allele; });
}
bool Genotype::carries_alternative() const {
  return std::ranges::any_of(alleles, [](auto a) { return a > 0; });
}

bool Record::has_bases() const {
  return std::ranges::any_of(alts, [](const Alt& a) { return a.kind == AlleleKind::bases; });
}
bool Record::has_unseen() const {
  return std::ranges::any_of(alts, [](const Alt& a) { return a.kind == AlleleKind::unseen; });
}

Result<Genotype> parse_genotype(std::string_view text, std::size_t alts, const Place& place) {
  if (alts == 0)
    alts = 1;  // "1" beside ALT "." calls an allele that is not named; the specification's own tests have it
  const std::string expected = "allele numbers from 0 to " + std::to_string(alts) + ", or ., with / or | between";
  Genotype genotype;
  std::string_view rest = text;
  if (rest.starts_with('/') || rest.starts_with('|')) rest.remove_prefix(1);
  for (;;) {
    const auto mark = rest.find_first_of("/|");
    const std::string_view allele = rest.substr(0, mark);
    if (genotype.alleles.size() == ploidy_max)
      return fail_at(place, "GT", text, std::to_string(ploidy_max) + " alleles at most");
    if (allele == ".") {
      genotype.alleles.push_back(no_allele);
    } else {
      const auto index = whole_number(allele);
      if (!index || *index > alts) return fail_at(place, "GT", text, expected);
      genotype.alleles.push_back(static_cast<std::int32_t>(*index));
    }
    if (mark == std::string_view::npos) return genotype;
    rest.remove_prefix(mark + 1);
  }
}

Result<Record> parse_record(const Line& line, const Header& header, std::optional<std::size_t> sample) {
  Record record;
  record.line = line.number;
  std::array<std::string_view, fixed_columns + 1> fixed;
  std::string_view call_text;
  Fields columns(line.text, '\t');
  std::size_t count = 0;
  while (const auto column = columns.next()) {
    if (count < fixed.size()) fixed[count] = *column;
    if (sample && count == fixed.size() + *sample) call_text = *column;
    ++count;
  }
  const auto& [chrom, pos, id, ref, alt, qual, filter, info, format] = fixed;
  if (count != header.columns())
    return fail_at({line.number}, "columns", std::to_string(count),
                   std::to_string(header.columns()) + ", as in the line #CHROM",
                   count == 1 ? "columns are separated by tabs" : "");
  record.chrom = chrom;
  record.pos_text = pos;
  record.id = id;
  record.ref = ref;
  record.alt = alt;
  record.info = info;
  if (!is_contig(chrom)) return fail_at(record.place(), "CHROM", chrom, "a contig's name");
  const auto position = whole_number(pos);
  if (!position || *position > pos_max)
    return fail_at(record.place(), "POS", pos, "a whole number up to " + std::to_string(pos_max));
  record.pos = *position;
  if (id.empty() || has_white_space(id) || id.front() == ';' || id.back() == ';')
    return fail_at(record.place(), "ID", id, "identifiers with ; between, or .");
  if (!is_bases(ref)) return fail_at(record.place(), "REF", ref, "bases");
  GLOVEBOX_CHECK(read_alts(record, alt));
  if (!is_quality(qual)) return fail_at(record.place(), "QUAL", qual, "a number, or .");
  const auto passed = passes(filter);
  if (!passed) return fail_at(record.place(), "FILTER", filter, "PASS, . or filter names with ; between");
  record.passed = *passed;
  if (info.empty()) return fail_at(record.place(), "INFO", info, "key=value fields, or .");
  Picked call;
  if (header.has_format) {
    if (format.empty()) return fail_at(record.place(), "FORMAT", format, "field names");
    if (sample) {
      GLOVEBOX_TRY(read, pick_fields(record, format, call_text));
      call = read;
    }
  }
  if (call.has_gt) {
    GLOVEBOX_TRY(genotype, parse_genotype(call.gt, record.alts.size(), record.place()));
    record.genotype = std::move(genotype);
  }
  // FT is FILTER for one sample (VCF 4.5 section 1.6.2). What it cannot be read as counts as not passed.
  if (!call.ft.empty() && !passes(call.ft).value_or(false)) record.passed = false;
  record.fields = call.fields;
  GLOVEBOX_TRY(end, find_end(record, call.len));
  record.end = end;
  return record;
}
}  // namespace glovebox::genome
