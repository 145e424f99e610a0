#include "model/polygenic.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/cells.h"

namespace glovebox::model {
namespace {
enum Column { name_, effect_, weight_, weight_0_, weight_1_, weight_2_, frequency_, columns };
constexpr std::array<std::string_view, columns> titles = {"name",     "effect",   "weight",   "weight_0",
                                                          "weight_1", "weight_2", "frequency"};
using Cells = std::array<std::string_view, columns>;

struct Place {
  std::size_t line;
  std::string named(Column column) const { return "line " + std::to_string(line) + ", " + std::string(titles[column]); }
  std::unexpected<Error> bad(Column column, std::string expected) const {
    return fail(Reject::model_malformed, named(column), std::move(expected));
  }
};

// number reads a cell and says where it stands if it cannot.
Result<Int128> number(const Cells& cells, Column column, const Place& at, Int128 most) {
  auto v = parse_decimal(cells[column], weight_places, most);
  if (v) return v->units;
  v.error().found = at.named(column) + ": " + v.error().found;
  return same(v);
}

Result<Term> read_term(const Cells& cells, const Place& at) {
  Term term;
  if (!is_plain(cells[name_], term_name_max)) return at.bad(name_, "1 to 128 bytes");
  const auto effect = effect_from_name(cells[effect_]);
  if (!effect) return at.bad(effect_, "additive, dominant, recessive or by_count");
  term.effect = *effect;
  if (term.effect == Effect::by_count) {
    if (cells[weight_] != ".") return at.bad(weight_, ". beside weights by count");
    for (const Column c : {weight_0_, weight_1_, weight_2_}) {
      GLOVEBOX_TRY(v, number(cells, c, at, weight_total_max));
      term.weights[static_cast<std::size_t>(c - weight_0_)] = v;
    }
  } else {
    for (const Column c : {weight_0_, weight_1_, weight_2_})
      if (cells[c] != ".") return at.bad(c, ". for another effect than by_count");
    GLOVEBOX_TRY(v, number(cells, weight_, at, weight_total_max));
    term.weights[0] = v;
  }
  if (cells[frequency_] != ".") {
    GLOVEBOX_TRY(frequency, number(cells, frequency_, at, ten_to(weight_places)));
    if (frequency < 0) return fail(Reject::model_invalid, at.named(frequency_), "0 to 1");
    // 2 x frequency to the nearest millionth, a half to the even one.
    constexpr Int128 step = ten_to(weight_places) / copies_max;
    Int128 expected = frequency / step;
    const Int128 rest = frequency % step;
    if (2 * rest > step || (2 * rest == step && expected % 2 != 0)) ++expected;
    term.expected = static_cast<std::int32_t>(expected);
  }
  return term;
}
}  // namespace

std::string_view name(Effect effect) {
  switch (effect) {
    case Effect::additive:
      return "additive";
    case Effect::dominant:
      return "dominant";
    case Effect::recessive:
      return "recessive";
    case Effect::by_count:
      return "by_count";
  }
  return "additive";
}
std::optional<Effect> effect_from_name(std::string_view word) {
  for (const Effect e : {Effect::additive, Effect::dominant, Effect::recessive, Effect::by_count})
    if (name(e) == word) return e;
  return std::nullopt;
}

Int128 Term::magnitude() const {
  Int128 out = 0;
  for (const Int128 w : weights) out = std::max(out, w < 0 ? -w : w);
  return out;
}
bool Term::takes(const Dose& dose) const {
  if (dose.dosage < 0 || (dose.expected && effect != Effect::additive)) return false;
  return effect != Effect::by_count || dose.dosage % dosage_unit == 0;
}

Result<Polygenic> load_polygenic(View text) {
  if (text.size() > polygenic_size_max)
    return fail(Reject::too_large, "weights of " + std::to_string(text.size()) + " bytes",
                "at most " + std::to_string(polygenic_size_max));
  std::string_view rest = text_of(text);
  if (rest.substr(0, rest.find('\n')) != polygenic_label)
    return fail(Reject::model_version_unsupported, "weights with another first line", std::string(polygenic_label));
  if (rest.empty() || rest.back() != '\n')
    return fail(Reject::model_malformed, "a last line without its end", "a newline after every line");
  Polygenic out;
  Int128 total = 0;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (number == 1) continue;
    if (number == 2) {
      if (line != polygenic_header)
        return fail(Reject::model_malformed, "line 2", "the columns " + std::string(polygenic_header));
      continue;
    }
    if (out.terms.size() >= terms_max)
      return fail(Reject::too_large, "the weights", "at most " + std::to_string(terms_max) + " terms");
    const Place at{number};
    Cells cells;
    const std::size_t count = split_cells(line, cells);
    if (count != columns)
      return fail(Reject::model_malformed, "line " + std::to_string(number) + ": " + std::to_string(count) + " columns",
                  std::to_string(columns));
    GLOVEBOX_TRY(term, read_term(cells, at));
    total += term.magnitude();  // each is at most weight_total_max, so that this cannot overflow before it is refused
    if (total > weight_total_max)
      return fail(Reject::model_invalid,
                  "weights that sum up to more than " + to_decimal(weight_total_max, weight_places),
                  "weights whose sum can be held exactly");
    out.terms.push_back(term);
    out.names.emplace_back(cells[name_]);
  }
  if (out.terms.empty()) return fail(Reject::model_malformed, "weights without a term", "at least one");
  return out;
}

Bytes encode_polygenic(std::span<const TermText> terms) {
  std::string out(polygenic_label);
  out += "\n" + std::string(polygenic_header) + "\n";
  for (const TermText& t : terms) {
    out += t.name + "\t" + std::string(name(t.effect));
    const bool by_count = t.effect == Effect::by_count;
    out += "\t" + (by_count ? "." : to_decimal(t.weights[0], weight_places));
    for (const Int128 w : t.weights) out += "\t" + (by_count ? to_decimal(w, weight_places) : ".");
    out += "\t" + (t.frequency.empty() ? "." : t.frequency) + "\n";
  }
  return Bytes(out.begin(), out.end());
}

double Sums::average() const {
  if (denominator == 0) return std::numeric_limits<double>::quiet_NaN();
  return to_double(sum, sum_places) / static_cast<double>(denominator);
}

Sums sum_of(const Polygenic& model, std::span<const Dose> doses) {
  if (doses.size() != model.terms.size()) std::abort();
  Sums out;
  for (std::size_t i = 0; i < doses.size(); ++i) {
    const Term& term = model.terms[i];
    const Dose& dose = doses[i];
    if (dose.dosage > copies_max || dose.alleles > 2) std::abort();
    if (!term.takes(dose)) continue;
    std::int32_t d = dose.dosage;
    if (term.effect == Effect::dominant) d = std::min(d, dosage_unit);
    if (term.effect == Effect::recessive) d = std::max(d - dosage_unit, 0);
    if (term.effect == Effect::by_count)
      out.sum += term.weights[static_cast<std::size_t>(d / dosage_unit)] * dosage_unit;
    else
      out.sum += term.weights[0] * d;
    out.denominator += dose.alleles;
    if (!dose.expected) out.dosage_sum += d;
  }
  return out;
}

}  // namespace glovebox::model
