#include "bundle/manifest.h"

#include <algorithm>
#include <cmath>

#include "base/cbor.h"

namespace glovebox::bundle {
namespace {
constexpr std::size_t version_max = 32;

std::unexpected<Error> bad(std::string found, std::string expected) {
  return fail(Reject::bundle_malformed, "manifest: " + std::move(found), std::move(expected));
}
bool lower_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}
bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; });
}
// A terminal shows these texts: no control characters.
bool plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}
Status check_words(std::string_view field, std::string_view text, bool needed) {
  if (needed && text.empty()) return bad("no " + std::string(field), "a sentence");
  if (text.size() > words_max)
    return bad(std::string(field) + " of " + std::to_string(text.size()) + " bytes",
               "at most " + std::to_string(words_max));
  if (!plain(text)) return bad("a control character in " + std::string(field), "one line of plain text");
  return {};
}

void put(cbor::Writer& out, const std::vector<std::string>& list) {
  out.array(list.size());
  for (const std::string& text : list) out.tstr(text);
}
std::vector<std::string> texts(cbor::Reader& in, std::size_t count) {
  std::vector<std::string> out;
  for (auto c = in.array(count); in.more(c);) out.emplace_back(in.tstr(words_max));
  return out;
}
void put(cbor::Writer& out, const std::optional<double>& value) {
  if (value)
    out.float64(*value);
  else
    out.null();
}
std::optional<double> float64_or_null(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  return in.float64();
}

// A reference's five fields, which stand in a list of their own or behind a label.
void put(cbor::Writer& out, const Reference& r) {
  out.tstr(r.name).array(r.quantiles.size());
  for (const float v : r.quantiles) out.float32(v);
  out.array(r.scores.size());
  for (const float v : r.scores) out.float32(v);
  put(out, r.mean);
  put(out, r.sd);
}
Reference read_reference(cbor::Reader& in) {
  Reference r;
  r.name = in.tstr(words_max);
  for (auto list = in.array(reference_max); in.more(list);) r.quantiles.push_back(in.float32());
  for (auto list = in.array(scores_max); in.more(list);) r.scores.push_back(in.float32());
  r.mean = float64_or_null(in);
  r.sd = float64_or_null(in);
  return r;
}
Status check_reference(const Reference& r) {
  if (r.name.empty()) return bad("a reference distribution without a name", "whose distribution it is");
  GLOVEBOX_CHECK(check_words("reference name", r.name, true));
  if (r.mean.has_value() != r.sd.has_value()) return bad("a reference with one of mean and sd", "both, or none");
  if (r.mean && !(std::isfinite(*r.mean) && std::isfinite(*r.sd) && *r.sd > 0))
    return bad("mean or sd of the reference", "finite, the sd above 0");
  if (!r.quantiles.empty() && !r.scores.empty()) return bad("a reference with quantiles and scores", "one of the two");
  const auto& values = r.scores.empty() ? r.quantiles : r.scores;
  const std::string what = r.scores.empty() ? "reference quantiles" : "reference scores";
  const std::size_t most = r.scores.empty() ? reference_max : scores_max;
  if (values.empty() && r.mean) return {};
  if (values.size() < 2 || values.size() > most)
    return bad(std::to_string(values.size()) + " " + what, "2 to " + std::to_string(most));
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }) || !std::ranges::is_sorted(values))
    return bad(what, "finite, ascending");
  return {};
}

void put(cbor::Writer& out, const model::Linear& linear) {
  out.array(2).float64(linear.intercept).array(linear.coefficients.size());
  for (const double v : linear.coefficients) out.float64(v);
}
model::Linear read_linear(cbor::Reader& in) {
  model::Linear out;
  in.open_array(2);
  out.intercept = in.float64();
  for (auto list = in.array(model::components_max); in.more(list);) out.coefficients.push_back(in.float64());
  return out;
}
void put(cbor::Writer& out, const std::optional<model::Ancestry>& a) {
  if (!a) {
    out.null();
    return;
  }
  out.array(6).array(a->components.size());
  for (const auto& c : a->components) out.array(3).tstr(c.name).float64(c.mean).float64(c.sd);
  out.float64(a->offset);
  put(out, a->mean1);
  out.float64(a->residual_sd);
  put(out, a->mean2);
  put(out, a->log_variance);
}
std::optional<model::Ancestry> read_ancestry(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  model::Ancestry out;
  in.open_array(6);
  for (auto list = in.array(model::components_max); in.more(list);) {
    model::Component c;
    in.open_array(3);
    c.name = in.tstr(model::component_name_max);
    c.mean = in.float64();
    c.sd = in.float64();
    out.components.push_back(std::move(c));
  }
  out.offset = in.float64();
  out.mean1 = read_linear(in);
  out.residual_sd = in.float64();
  out.mean2 = read_linear(in);
  out.log_variance = read_linear(in);
  return out;
}

template <class T>
T word(cbor::Reader& in, std::optional<T> (*from_name)(std::string_view)) {
  const auto value = from_name(in.tstr(name_max));
  if (!value) in.refuse(Reject::bundle_malformed, "manifest: an unknown word");
  return value.value_or(T{});
}
}  // namespace

std::string_view name(Build build) {
  switch (build) {
    case Build::grch37:
      return "GRCh37";
    case Build::grch38:
      return "GRCh38";
    case Build::none:
      break;
  }
  return "none";
}
std::optional<Build> build_from_name(std::string_view word) {
  for (const Build b : {Build::none, Build::grch37, Build::grch38})
    if (name(b) == word) return b;
  return std::nullopt;
}
std::string_view name(OutputValue value) {
  switch (value) {
    case OutputValue::margin:
      return "margin";
    case OutputValue::sum:
      return "sum";
    case OutputValue::average:
      return "average";
    case OutputValue::prediction:
      break;
  }
  return "prediction";
}
std::optional<OutputValue> output_value_from_name(std::string_view word) {
  for (const OutputValue v : {OutputValue::prediction, OutputValue::margin, OutputValue::sum, OutputValue::average})
    if (name(v) == word) return v;
  return std::nullopt;
}

Status Manifest::check() const {
  if (name.empty() || name.size() > name_max || !lower_word(name) || name.front() == '.' || name.front() == '-')
    return bad("name \"" + name.substr(0, name_max) + "\"", "1 to 64 of a-z, 0-9, _, - and .");
  if (version.empty() || version.size() > version_max || !printable(version))
    return bad("version \"" + version.substr(0, version_max) + "\"", "1 to 32 printable characters");
  const bool polygenic = engine == "polygenic";
  if (!polygenic && engine != "trees")
    return bad("engine \"" + engine.substr(0, name_max) + "\"", "\"trees\" or \"polygenic\"");
  if (polygenic != (output_value == OutputValue::sum || output_value == OutputValue::average))
    return bad("output_value \"" + std::string(bundle::name(output_value)) + "\" of the engine " + engine,
               polygenic ? "sum or average" : "prediction or margin");
  if (!(coverage_gate >= 0.0F && coverage_gate <= 1.0F)) return bad("coverage_gate", "0 to 1");
  GLOVEBOX_CHECK(check_words("description", description, true));
  GLOVEBOX_CHECK(check_words("output", output, true));
  GLOVEBOX_CHECK(check_words("intended_use", intended_use, true));
  GLOVEBOX_CHECK(check_words("licence", licence, true));
  GLOVEBOX_CHECK(check_words("citation", citation, false));
  GLOVEBOX_CHECK(check_words("not_medical_device", not_medical_device, false));
  if (real.size() > statements_max || simulated.size() > statements_max)
    return bad("too many statements", "at most " + std::to_string(statements_max));
  for (const auto* list : {&real, &simulated})
    for (const std::string& text : *list) GLOVEBOX_CHECK(check_words("a statement", text, true));
  if (output_names.size() > output_names_max) return bad("too many output_names", std::to_string(output_names_max));
  for (const std::string& text : output_names)
    if (text.empty() || text.size() > name_max || !plain(text))
      return bad("an output name", "1 to 64 bytes of plain text");
  if (categories.size() > categories_max) return bad("too many categories", std::to_string(categories_max));
  for (std::size_t i = 0; i < categories.size(); ++i) {
    const Category& c = categories[i];
    if (c.name.empty() || c.name.size() > name_max || !plain(c.name)) return bad("a category's name", "1 to 64 bytes");
    GLOVEBOX_CHECK(check_words("a category's words", c.words, true));
    if (c.below.has_value() != (i + 1 < categories.size()))
      return bad("category \"" + c.name + "\"", "`below` in every category but the last");
    if (c.below && (!std::isfinite(*c.below) || (i > 0 && !(*categories[i - 1].below < *c.below))))
      return bad("cut-point of category \"" + c.name + "\"", "finite, ascending");
  }
  std::size_t shown = description.size() + output.size() + citation.size() + licence.size() + intended_use.size() +
                      not_medical_device.size();
  for (const auto* list : {&output_names, &real, &simulated})
    for (const std::string& text : *list) shown += text.size();
  for (const Category& c : categories) shown += c.name.size() + c.words.size();
  if (shown > shown_max) return bad(std::to_string(shown) + " bytes of text", "at most " + std::to_string(shown_max));
  if (reference) GLOVEBOX_CHECK(check_reference(*reference));
  if (reference_groups.size() > reference_groups_max)
    return bad(std::to_string(reference_groups.size()) + " reference groups", std::to_string(reference_groups_max));
  for (std::size_t i = 0; i < reference_groups.size(); ++i) {
    const ReferenceGroup& group = reference_groups[i];
    if (group.label.empty() || group.label.size() > name_max || !printable(group.label))
      return bad("a reference group's label", "1 to 64 printable characters");
    for (std::size_t k = 0; k < i; ++k)
      if (reference_groups[k].label == group.label) return bad("reference group " + group.label + " twice", "once");
    GLOVEBOX_CHECK(check_reference(group.reference));
  }
  if (ancestry) {
    if (const Status good = ancestry->check(); !good) return bad(good.error().found, good.error().expected);
    for (const auto& c : ancestry->components)
      if (c.name == reference_group_value) return bad("a component named " + c.name, "another name");
  }
  return {};
}

Bytes Manifest::encode() const {
  cbor::Writer out;
  out.document(manifest_label, 21).tstr(name).tstr(version).tstr(description).tstr(engine);
  out.tstr(bundle::name(build)).float32(coverage_gate).boolean(sites_public);
  out.tstr(bundle::name(output_value)).tstr(output);
  put(out, output_names);
  out.array(categories.size());
  for (const Category& c : categories) {
    out.array(3);
    if (c.below)
      out.float32(*c.below);
    else
      out.null();
    out.tstr(c.name).tstr(c.words);
  }
  if (reference) {
    out.array(5);
    put(out, *reference);
  } else {
    out.null();
  }
  out.array(reference_groups.size());
  for (const ReferenceGroup& group : reference_groups) {
    out.array(6).tstr(group.label);
    put(out, group.reference);
  }
  put(out, ancestry);
  out.tstr(citation).tstr(licence).tstr(intended_use).tstr(not_medical_device);
  put(out, real);
  put(out, simulated);
  return out.take();
}

Result<Manifest> Manifest::parse(View bytes) {
  if (bytes.size() > manifest_size_max)
    return fail(Reject::too_large, "a manifest of " + std::to_string(bytes.size()) + " bytes",
                "at most " + std::to_string(manifest_size_max));
  cbor::Reader in(bytes);
  Manifest m;
  in.document(manifest_label, 21);
  m.name = in.tstr(name_max);
  m.version = in.tstr(version_max);
  m.description = in.tstr(words_max);
  m.engine = in.tstr(name_max);
  m.build = word<Build>(in, build_from_name);
  m.coverage_gate = in.float32();
  m.sites_public = in.boolean();
  m.output_value = word<OutputValue>(in, output_value_from_name);
  m.output = in.tstr(words_max);
  m.output_names = texts(in, output_names_max);
  for (auto list = in.array(categories_max); in.more(list);) {
    Category c;
    in.open_array(3);
    if (!in.take_null()) c.below = in.float32();
    c.name = in.tstr(name_max);
    c.words = in.tstr(words_max);
    m.categories.push_back(std::move(c));
  }
  if (!in.take_null()) {
    in.open_array(5);
    m.reference = read_reference(in);
  }
  for (auto list = in.array(reference_groups_max); in.more(list);) {
    in.open_array(6);
    std::string label(in.tstr(name_max));
    m.reference_groups.push_back({std::move(label), read_reference(in)});
  }
  m.ancestry = read_ancestry(in);
  m.citation = in.tstr(words_max);
  m.licence = in.tstr(words_max);
  m.intended_use = in.tstr(words_max);
  m.not_medical_device = in.tstr(words_max);
  m.real = texts(in, statements_max);
  m.simulated = texts(in, statements_max);
  GLOVEBOX_CHECK(in.finish());
  GLOVEBOX_CHECK(m.check());
  return m;
}

}  // namespace glovebox::bundle
