#include "bundle/pack.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/cbor.h"
#include "base/toml_guard.h"
#include "base/toml_library.h"
#include "model/load.h"

namespace glovebox::bundle {
namespace {
std::unexpected<Error> bad(const toml::source_region& where, std::string found, std::string expected) {
  return fail(Reject::bundle_malformed,
              "manifest.toml line " + std::to_string(where.begin.line) + ": " + std::move(found), std::move(expected));
}

// Table reads the keys of one TOML table; the first failure sticks, and `finish` also refuses keys that nobody asked
// for.
class Table {
 public:
  explicit Table(const toml::table& table) : table_(table) {}

  void text(std::string_view key, std::string& out, bool needed = false) {
    if (const toml::node* node = take(key, needed)) {
      if (const auto* v = node->as_string())
        out = v->get();
      else
        wrong(key, *node, "a text");
    }
  }
  void boolean(std::string_view key, bool& out, bool needed = false) {
    if (const toml::node* node = take(key, needed)) {
      if (const auto* v = node->as_boolean())
        out = v->get();
      else
        wrong(key, *node, "true or false");
    }
  }
  template <class T>
  bool number(std::string_view key, T& out, bool needed = false) {
    const toml::node* node = take(key, needed);
    if (node == nullptr) return false;
    if (const auto v = number_of<T>(*node))
      out = *v;
    else
      wrong(key, *node, "a number");
    return true;
  }
  void texts(std::string_view key, std::vector<std::string>& out) {
    const toml::array* list = array(key);
    if (list == nullptr) return;
    out.clear();
    for (const toml::node& item : *list) {
      if (const auto* v = item.as_string())
        out.push_back(v->get());
      else
        wrong(key, item, "a text");
    }
  }
  template <class T>
  void numbers(std::string_view key, std::vector<T>& out) {
    if (const toml::array* list = array(key))
      for (const toml::node& item : *list) {
        if (const auto v = number_of<T>(item))
          out.push_back(*v);
        else
          wrong(key, item, "a number");
      }
  }
  const toml::array* array(std::string_view key) {
    const toml::node* node = take(key, false);
    if (node == nullptr) return nullptr;
    if (const toml::array* list = node->as_array()) return list;
    wrong(key, *node, "a list");
    return nullptr;
  }
  const toml::table* table(std::string_view key, bool needed = false) {
    const toml::node* node = take(key, needed);
    if (node == nullptr) return nullptr;
    if (const toml::table* inner = node->as_table()) return inner;
    wrong(key, *node, "a table");
    return nullptr;
  }
  template <class T>
  void word(std::string_view key, T& out, std::optional<T> (*from_name)(std::string_view), std::string expected,
            bool needed) {
    std::string text;
    this->text(key, text, needed);
    if (text.empty()) return;
    if (const auto v = from_name(text))
      out = *v;
    else
      wrong(key, *table_.get(key), std::move(expected));
  }
  Status finish() {
    for (const auto& [key, node] : table_)
      if (std::ranges::find(taken_, key.str()) == taken_.end() && status_)
        status_ = bad(key.source(), "a key \"" + std::string(key.str()) + "\"", "a key of docs/spec/model.md");
    return status_;
  }

 private:
  template <class T>
  static std::optional<T> number_of(const toml::node& node) {
    double v = 0;
    if (const auto* real = node.as_floating_point())
      v = real->get();
    else if (const auto* whole = node.as_integer())
      v = static_cast<double>(whole->get());
    else
      return std::nullopt;
    if (!(std::abs(v) <= static_cast<double>(std::numeric_limits<T>::max()))) return std::nullopt;
    return static_cast<T>(v);
  }
  const toml::node* take(std::string_view key, bool needed) {
    taken_.push_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && needed && status_)
      status_ = fail(Reject::bundle_malformed, "manifest.toml: no " + std::string(key), "it must be given");
    return node;
  }
  void wrong(std::string_view key, const toml::node& node, std::string expected) {
    if (status_) status_ = bad(node.source(), "\"" + std::string(key) + "\"", std::move(expected));
  }

  const toml::table& table_;
  std::vector<std::string_view> taken_;
  Status status_;
};

Status read_categories(const toml::array& list, Manifest& m) {
  for (const toml::node& item : list) {
    const toml::table* inner = item.as_table();
    if (inner == nullptr) return bad(item.source(), "\"categories\"", "[[categories]]");
    Table t(*inner);
    Category c;
    float below = 0;
    if (t.number("below", below)) c.below = below;
    t.text("name", c.name, true);
    t.text("words", c.words, true);
    GLOVEBOX_CHECK(t.finish());
    m.categories.push_back(std::move(c));
  }
  return {};
}

void read_reference(Table& t, Reference& out) {
  t.text("name", out.name, true);
  t.numbers("quantiles", out.quantiles);
  t.numbers("scores", out.scores);
  double value = 0;
  if (t.number("mean", value)) out.mean = value;
  if (t.number("sd", value)) out.sd = value;
}

Status read_reference_groups(const toml::array& list, Manifest& m) {
  for (const toml::node& item : list) {
    const toml::table* inner = item.as_table();
    if (inner == nullptr) return bad(item.source(), "\"reference_groups\"", "[[reference_groups]]");
    Table t(*inner);
    ReferenceGroup group;
    t.text("label", group.label, true);
    read_reference(t, group.reference);
    GLOVEBOX_CHECK(t.finish());
    m.reference_groups.push_back(std::move(group));
  }
  return {};
}

Status read_ancestry(const toml::table& table, Manifest& m) {
  Table t(table);
  model::Ancestry out;
  std::vector<std::string> names;
  std::vector<double> means, sds;
  t.texts("components", names);
  t.numbers("means", means);
  t.numbers("sds", sds);
  t.number("offset", out.offset, true);
  const toml::table* first = t.table("z_norm1", true);
  const toml::table* second = t.table("z_norm2", true);
  GLOVEBOX_CHECK(t.finish());
  if (means.size() != names.size() || sds.size() != names.size())
    return bad(table.source(),
               std::to_string(names.size()) + " components, " + std::to_string(means.size()) + " means and " +
                   std::to_string(sds.size()) + " sds",
               "one mean and one sd for each component");
  for (std::size_t i = 0; i < names.size(); ++i) out.components.push_back({names[i], means[i], sds[i]});
  Table one(*first);
  one.number("intercept", out.mean1.intercept, true);
  one.numbers("coefficients", out.mean1.coefficients);
  one.number("residual_sd", out.residual_sd, true);
  GLOVEBOX_CHECK(one.finish());
  Table two(*second);
  two.number("mean_intercept", out.mean2.intercept, true);
  two.numbers("mean_coefficients", out.mean2.coefficients);
  two.number("log_variance_intercept", out.log_variance.intercept, true);
  two.numbers("log_variance_coefficients", out.log_variance.coefficients);
  GLOVEBOX_CHECK(two.finish());
  m.ancestry = std::move(out);
  return {};
}
}  // namespace

Result<Manifest> manifest_from_toml(std::string_view text, const Manifest* under) {
  if (text.size() > manifest_size_max)
    return fail(Reject::too_large, "manifest.toml of " + std::to_string(text.size()) + " bytes",
                "at most " + std::to_string(manifest_size_max));
  if (const auto headers = check_toml(text); !headers)
    return fail(Reject::bundle_malformed, headers.error().found, headers.error().expected);
  try {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) return bad(parsed.error().source(), std::string(parsed.error().description()), "TOML");
    Table t(parsed.table());
    Manifest m = under != nullptr ? *under : Manifest{};
    const bool needed = under == nullptr;
    t.text("name", m.name, needed);
    t.text("version", m.version, needed);
    t.text("description", m.description, needed);
    t.text("engine", m.engine);
    if (needed && m.engine == "polygenic") m.output_value = OutputValue::sum;
    t.word<Build>("build", m.build, build_from_name, "none, GRCh37 or GRCh38", needed);
    t.number("coverage_gate", m.coverage_gate, needed);
    t.boolean("sites_public", m.sites_public, needed);
    t.word<OutputValue>("output_value", m.output_value, output_value_from_name, "prediction, margin, sum or average",
                        false);
    t.text("output", m.output, needed);
    t.texts("output_names", m.output_names);
    t.text("citation", m.citation);
    t.text("licence", m.licence, needed);
    t.text("intended_use", m.intended_use, needed);
    t.text("not_medical_device", m.not_medical_device);
    t.texts("real", m.real);
    t.texts("simulated", m.simulated);
    const toml::array* categories = t.array("categories");
    const toml::table* reference = t.table("reference");
    const toml::array* groups = t.array("reference_groups");
    const toml::table* ancestry = t.table("ancestry");
    GLOVEBOX_CHECK(t.finish());
    if (categories != nullptr) m.categories.clear();
    if (categories != nullptr) GLOVEBOX_CHECK(read_categories(*categories, m));
    if (reference != nullptr) {
      Table r(*reference);
      m.reference.emplace();
      read_reference(r, *m.reference);
      GLOVEBOX_CHECK(r.finish());
    }
    if (groups != nullptr) m.reference_groups.clear();
    if (groups != nullptr) GLOVEBOX_CHECK(read_reference_groups(*groups, m));
    if (ancestry != nullptr) GLOVEBOX_CHECK(read_ancestry(*ancestry, m));
    GLOVEBOX_CHECK(m.check());
    return m;
  } catch (const TomlAssumption&) {
    return fail(Reject::bundle_malformed, "text that toml++ cannot read", "a TOML file");
  }
}

Result<Bytes> pack(std::string_view manifest_toml, View features_tsv, View weights) {
  GLOVEBOX_TRY(manifest, manifest_from_toml(manifest_toml));
  GLOVEBOX_TRY(format, model::detect(weights));
  Bytes out = cbor::Writer()
                  .document(bundle_label, 5)
                  .bstr(manifest.encode())
                  .bstr(features_tsv)
                  .tstr(model::format_text(format))
                  .bstr(weights)
                  .take();
  GLOVEBOX_TRY(loaded, load(out));
  if (loaded.polygenic() != nullptr) return out;
  const model::Ensemble& e = loaded.ensemble();
  if (e.best_iteration && static_cast<std::size_t>(*e.best_iteration) + 1 < e.iterations)
    return fail(Reject::model_invalid,
                std::to_string(e.iterations) + " rounds, of which training found " +
                    std::to_string(*e.best_iteration + 1) + " best",
                "the rounds that count and no others", "booster[: booster.best_iteration + 1].save_model(\"m.ubj\")");
  return out;
}

}  // namespace glovebox::bundle
