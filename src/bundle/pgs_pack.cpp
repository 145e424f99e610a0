#include "bundle/pgs_pack.h"

#include <charconv>
#include <unordered_set>

#include "base/cbor.h"
#include "bundle/pack.h"

namespace glovebox::bundle {
namespace {
// plainly keeps a header's text on one line, within a manifest's bound, and UTF-8: bytes that are none become '?'.
std::string plainly(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, words_max / 4)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  const auto is_utf8 = [](const std::string& t) {
    const Bytes encoded = cbor::Writer().tstr(t).take();
    cbor::Reader in(encoded);
    in.tstr(t.size());
    return in.ok();
  };
  if (out.size() < text.size())  // half a character may be left at the cut
    for (int i = 0; i < 3 && !is_utf8(out); ++i) out.pop_back();
  if (!is_utf8(out))
    for (char& c : out)
      if ((static_cast<unsigned char>(c) & 0x80U) != 0) c = '?';
  return out;
}

std::string model_name(std::string_view id) {
  std::string out;
  for (char c : id.substr(0, name_max)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    out += fits ? c : '-';
  }
  out.erase(0, out.find_first_not_of("-."));
  return out;
}

std::string trait_of(const ScoringFile& file) {
  const std::string_view reported = file.said("trait_reported");
  const std::string_view mapped = file.said("trait_mapped");
  if (reported.empty() && mapped.empty()) return "a trait that the scoring file does not name";
  return plainly(reported.empty() ? mapped : reported);
}

std::string description_of(const ScoringFile& file) {
  std::string out = "polygenic score";
  if (!file.accession.empty()) out += " " + plainly(file.accession);
  if (const std::string_view name = file.said("pgs_name"); !name.empty() && name != file.accession)
    out += " (" + plainly(name) + ")";
  out += " for " + trait_of(file);
  const auto add = [&](std::string_view words, std::string_view key) {
    if (const std::string_view text = file.said(key); !text.empty())
      out += "; " + std::string(words) + " " + plainly(text);
  };
  add("mapped to", "trait_mapped");
  add("that is", "trait_efo");
  add("publication", "pgp_id");
  out += "; weights are ";
  const std::string_view type = file.said("weight_type");
  out += type.empty() ? "of a kind that the file does not name" : plainly(type);
  return out;
}

Manifest manifest_of(const ScoringFile& file) {
  Manifest m;
  m.name = model_name(file.accession.empty() ? file.said("pgs_name") : std::string_view(file.accession));
  m.version =
      file.columns == Columns::harmonised && !file.said("HmPOS_date").empty() ? plainly(file.said("HmPOS_date")) : "1";
  m.description = description_of(file);
  m.engine = "polygenic";
  m.build = file.build;
  m.coverage_gate = coverage_gate_default;
  m.sites_public = true;
  m.output_value = OutputValue::sum;
  m.output = "polygenic score for " + trait_of(file) + ": weights times effect alleles, summed up";
  m.citation = plainly(file.said("citation"));
  m.licence = plainly(file.said("license"));
  if (m.licence.empty()) m.licence = "the scoring file names none";
  m.intended_use = "research; the scoring file names no intended use";
  m.not_medical_device = "A polygenic score is a statistical predictor and no diagnosis.";
  std::string source = std::to_string(file.rows.size()) + " rows of a scoring file, ";
  source += file.columns == Columns::harmonised       ? "at the positions that the PGS Catalog harmonised to "
            : file.build_known == BuildKnown::by_file ? "at its authors' positions on "
                                                      : "at positions of which the file does not say that they are on ";
  m.real.push_back(source + std::string(name(file.build)));
  const std::string_view declared = file.said("variants_number");
  if (!declared.empty() && declared != std::to_string(file.rows.size()))
    m.real.push_back("the scoring file's header speaks of " + plainly(declared) + " variants, and it has " +
                     std::to_string(file.rows.size()) + " rows");
  return m;
}

// Namer gives each row a name of its own: its rsID, else chromosome:position:effect:other, else its line.
class Namer {
 public:
  std::string operator()(const ScoringRow& row) {
    std::string place;
    if (row.site)
      place = genome::name(row.site->chromosome) + ":" + std::to_string(row.site->position) + ":" +
              row.site->effect_allele + ":" + (row.site->other_allele.empty() ? "?" : row.site->other_allele);
    else
      place = row.effect_allele;
    for (const std::string* candidate : {&row.id, static_cast<const std::string*>(&place)})
      if (fits(*candidate) && used_.insert(*candidate).second) return *candidate;
    std::string line = "line_" + std::to_string(row.line);
    while (!used_.insert(line).second) line += "_";
    return line;
  }

 private:
  static bool fits(std::string_view text) {
    if (text.empty() || text.size() > feature_name_max) return false;
    for (const char c : text)
      if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return false;
    return true;
  }
  std::unordered_set<std::string> used_;
};

std::string features_line(const std::string& name, const ScoringRow& row, Build build) {
  if (!row.site)
    return name + "\tunscored\t.\t.\t.\t.\t.\t.\t" + std::string(bundle::name(*row.unscored)) + "\t.\t.\t.\tnan\n";
  const genome::Site& s = *row.site;
  const std::string reference = s.reference == genome::ReferenceAllele::effect  ? s.effect_allele
                                : s.reference == genome::ReferenceAllele::other ? s.other_allele
                                                                                : ".";
  return name + "\tvariant\t" + std::string(bundle::name(build)) + "\t" + genome::name(s.chromosome) + "\t" +
         std::to_string(s.position) + "\t" + s.effect_allele + "\t" + (s.other_allele.empty() ? "." : s.other_allele) +
         "\t" + reference + "\t.\t.\t.\t.\tnan\n";
}
}  // namespace

Result<Bytes> pack_score(const ScoringFile& file, const ScorePackOptions& options) {
  Manifest m = manifest_of(file);
  if (!options.manifest_toml.empty()) {
    GLOVEBOX_TRY(said, manifest_from_toml(options.manifest_toml, &m));
    m = std::move(said);
  }
  if (m.engine != "polygenic" || m.build != file.build)
    return fail(Reject::bundle_malformed, "manifest.toml: another engine or build",
                "polygenic, " + std::string(name(file.build)));
  if (!options.name.empty()) m.name = options.name;
  if (options.coverage_gate) m.coverage_gate = *options.coverage_gate;
  if (m.name.empty()) return fail(Reject::usage, "a scoring file that does not name its score", "--name");
  GLOVEBOX_CHECK(m.check());
  std::string features(features_header);
  features += "\n";
  std::vector<model::TermText> terms;
  Namer name;
  for (const ScoringRow& row : file.rows) {
    terms.push_back({.name = name(row), .effect = row.effect, .weights = row.weights, .frequency = row.frequency});
    features += features_line(terms.back().name, row, file.build);
  }
  const Bytes out = cbor::Writer()
                        .document(bundle_label, 5)
                        .bstr(m.encode())
                        .bstr(view_of(features))
                        .tstr("polygenic-tsv")
                        .bstr(model::encode_polygenic(terms))
                        .take();
  GLOVEBOX_TRY(loaded, load(out));  // what was written is what a reader will accept
  return out;
}

}  // namespace glovebox::bundle
