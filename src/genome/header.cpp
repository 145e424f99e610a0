#include "genome/header.h"

#include <array>
#include <charconv>
#include <unordered_set>

#include "genome/place.h"

namespace glovebox::genome {
namespace {
constexpr std::string_view format_key = "##fileformat=";
constexpr std::string_view fixed_names = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

// fields_of reads the comma-separated key=value list of a structured line; values may be quoted, with \" inside, or
// bracketed. Nothing if it has another form.
std::optional<Fields> fields_of(std::string_view list) {
  Fields fields;
  for (;;) {
    const auto equals = list.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = list.substr(0, equals);
    if (key.empty() || key.find(',') != std::string_view::npos) return std::nullopt;
    list.remove_prefix(equals + 1);
    std::size_t end = 0;
    if (list.starts_with('"')) {
      for (end = 1; end < list.size() && list[end] != '"'; ++end)
        if (list[end] == '\\') ++end;
      if (end >= list.size()) return std::nullopt;
      ++end;
    } else if (list.starts_with('[')) {
      end = list.find(']');
      if (end == std::string_view::npos) return std::nullopt;
      ++end;
    } else {
      end = std::min(list.find(','), list.size());
    }
    fields.emplace_back(key, list.substr(0, end));
    list.remove_prefix(end);
    if (list.empty()) return fields;
    if (list.front() != ',') return std::nullopt;
    list.remove_prefix(1);
  }
}

// A field that a score may read, and what its header line may say of it: the specification's own Number and Type, and
// those that real callers write in their place (GATK's FT with Number=. and GQ of Type=Float, minimac's DS with
// Number=1, GP with Number=3). Any other says that the numbers in the records mean something else.
struct Declared {
  std::string_view key, id, numbers, types;  // lists, with a comma between
};
constexpr std::array declared{
    Declared{"FORMAT", "GT", "1", "String"},          Declared{"FORMAT", "FT", "1,.", "String"},
    Declared{"FORMAT", "DS", "A,1,.", "Float"},       Declared{"FORMAT", "GP", "G,3,.", "Float"},
    Declared{"FORMAT", "GQ", "1,.", "Integer,Float"}, Declared{"FORMAT", "RGQ", "1,.", "Integer,Float"},
    Declared{"FORMAT", "DP", "1,.", "Integer"},       Declared{"FORMAT", "MIN_DP", "1,.", "Integer"},
    Declared{"FORMAT", "LEN", "1,.", "Integer"},      Declared{"INFO", "END", "1,.", "Integer"}};

bool listed(std::string_view list, std::string_view one) {
  if (one.empty()) return false;
  for (;;) {
    const auto comma = list.find(',');
    if (list.substr(0, comma) == one) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

std::string_view value_of(const Fields& fields, std::string_view key) {
  for (const auto& [name, value] : fields)
    if (name == key) return value;
  return {};
}

bool has_white_space(std::string_view text) {
  return text.find_first_of(" \t\v\f\r") != std::string_view::npos;
}
}  // namespace

Result<std::size_t> Header::sample_index(const std::optional<std::string>& name) const {
  if (samples.empty())
    return fail(Reject::no_samples, "no sample column", "at least one", "this file lists sites, not a person's calls");
  if (!name) {
    if (samples.size() == 1) return std::size_t{0};
    return fail(Reject::sample_ambiguous,
                std::to_string(samples.size()) + " samples, the first is " + quote(samples.front()),
                "one, or the name of one", "--sample NAME");
  }
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (samples[i] == *name) return i;
  return fail(Reject::sample_unknown, quote(*name),
              samples.size() == 1 ? quote(samples.front()) : "one of " + std::to_string(samples.size()) + " samples",
              "names are compared letter by letter");
}

Status HeaderParser::line(const Line& line) {
  bytes_ += line.text.size() + line.ending.size();
  if (++lines_ > header_lines_max || bytes_ > header_bytes_max)
    return fail(Reject::too_large, "a header beyond line " + std::to_string(line.number),
                std::to_string(header_lines_max) + " lines and " + std::to_string(header_bytes_max) + " bytes at most");
  if (lines_ == 1) return file_format(line);
  if (line.text.starts_with("##")) return meta(line);
  if (line.text.starts_with("#")) return column_names(line);
  return fail_at({line.number}, "header", line.text, "a line that begins with ##, or #CHROM");
}

Status HeaderParser::unfinished() const {
  if (lines_ == 0) return fail(Reject::truncated, "no lines", "a VCF header");
  return fail(Reject::truncated, "the text ends in the header, after line " + std::to_string(lines_),
              "the line #CHROM ...");
}

Status HeaderParser::file_format(const Line& line) {
  if (!line.text.starts_with(format_key))
    return fail_at({line.number}, "fileformat", line.text, "##fileformat=VCFv4.1 to VCFv4.5");
  const std::string_view version = line.text.substr(format_key.size());
  constexpr std::string_view major = "VCFv4.";
  if (version.size() == major.size() + 1 && version.starts_with(major) && version.back() >= '1' &&
      version.back() <= '5') {
    header_.version = static_cast<unsigned>(version.back() - '0');
    return {};
  }
  const bool is_version = version.starts_with("VCFv") && version.size() > 4 &&
                          version.find_first_not_of("0123456789.", 4) == std::string_view::npos;
  return fail_at({line.number}, "fileformat", version, "VCFv4.1 to VCFv4.5",
                 is_version ? "rewrite it with `bcftools view -Oz -o sample.vcf.gz`" : "",
                 is_version ? Reject::version_unsupported : Reject::vcf_malformed);
}

Status HeaderParser::meta(const Line& line) {
  const auto equals = line.text.find('=');
  if (equals == std::string_view::npos || equals == 2)
    return fail_at({line.number}, "header", line.text, "##key=value");
  const std::string_view key = line.text.substr(2, equals - 2);
  const std::string_view value = line.text.substr(equals + 1);
  if (key == "fileformat") return fail_at({line.number}, "fileformat", line.text, "once, in line 1");
  for (const std::string_view with_id : {"contig", "FILTER", "FORMAT", "INFO", "ALT"})
    if (key == with_id) return structured(line, key, value);
  return {};
}

Status HeaderParser::structured(const Line& line, std::string_view key, std::string_view value) {
  if (value.size() < 2 || value.front() != '<' || value.back() != '>')
    return fail_at({line.number}, key, value, "<ID=...>");
  const std::string_view list = value.substr(1, value.size() - 2);
  const auto fields = fields_of(list);
  if (!fields) {
    // Descriptions with quotes inside are common and harm nobody; a contig that cannot be read may hide its length.
    if (key != "contig" && list.starts_with("ID=")) return {};
    return fail_at({line.number}, key, value, "key=value fields with a comma between each");
  }
  const std::string_view id = value_of(*fields, "ID");
  if (id.empty()) return fail_at({line.number}, key, value, "an ID");
  for (const Declared& one : declared)
    if (key == one.key && id == one.id &&
        (!listed(one.numbers, value_of(*fields, "Number")) || !listed(one.types, value_of(*fields, "Type"))))
      return fail_at(
          {line.number}, key, value,
          std::string(id) + " with Number " + std::string(one.numbers) + " and Type " + std::string(one.types));
  // A record could not name it: FILTER, FORMAT and ALT fields have no white space, an ALT no brackets inside.
  if (key != "INFO" && (has_white_space(id) || id.find_first_of("<>") != std::string_view::npos))
    return fail_at({line.number}, key, id, "an ID without white space and angle brackets");
  return key == "contig" ? contig(line, id, value_of(*fields, "length")) : Status{};
}

Status HeaderParser::contig(const Line& line, std::string_view id, std::string_view length) {
  if (has_white_space(id)) return fail_at({line.number}, "contig", id, "a name without white space");
  if (header_.contigs.size() == contigs_max)
    return fail(Reject::too_large, "more contigs, at line " + std::to_string(line.number),
                std::to_string(contigs_max) + " at most");
  Contig contig{std::string(id), std::nullopt};
  if (length.size() >= 2 && length.front() == '"' && length.back() == '"') length = length.substr(1, length.size() - 2);
  // An absent, unknown ("." or "?") or zero length is no length. Anything else must be a number.
  if (!length.empty() && length != "." && length != "?") {
    std::uint64_t bases = 0;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bases);
    if (error != std::errc() || end != length.data() + length.size())
      return fail_at({line.number}, "contig length", length, "a number of bases");
    if (bases != 0) contig.length = bases;
  }
  // A contig may be listed again, as the specification's own tests do, but not with another length.
  const auto [known, is_new] = contig_lengths_.try_emplace(contig.name, contig.length);
  if (!is_new && contig.length) {
    if (known->second && known->second != contig.length)
      return fail_at({line.number}, "contig length", length, "one length for each contig");
    known->second = contig.length;
  }
  header_.contigs.push_back(std::move(contig));
  return {};
}

Status HeaderParser::column_names(const Line& line) {
  std::string_view text = line.text;
  if (!text.starts_with(fixed_names))
    return fail_at({line.number}, "column names", text,
                   "#CHROM POS ID REF ALT QUAL FILTER INFO, with a tab between each",
                   text.find('\t') == std::string_view::npos ? "columns are separated by tabs" : "");
  complete_ = true;
  text.remove_prefix(fixed_names.size());
  if (text.empty()) return {};
  if (!text.starts_with("\tFORMAT\t"))
    return fail_at({line.number}, "column names", text, "FORMAT and a sample after INFO, or nothing");
  header_.has_format = true;
  text.remove_prefix(8);
  std::unordered_set<std::string_view> names;
  for (bool more = true; more;) {
    const auto tab = text.find('\t');
    const std::string_view name = text.substr(0, tab);
    more = tab != std::string_view::npos;
    if (more) text.remove_prefix(tab + 1);
    if (name.empty()) return fail_at({line.number}, "sample names", name, "a name in each column");
    if (!names.insert(name).second) return fail_at({line.number}, "sample names", name, "each name once");
    if (names.size() > samples_max)
      return fail(Reject::too_large, "more samples", std::to_string(samples_max) + " at most");
    header_.samples.emplace_back(name);
  }
  return {};
}
}  // namespace glovebox::genome
