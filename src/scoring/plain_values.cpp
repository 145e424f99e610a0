#include "scoring/plain_values.h"

#include <bit>

#include "scoring/standing.h"

namespace glovebox::scoring {

Result<Encoded> encode(const bundle::Feature& feature, const std::optional<protocol::Value>& given) {
  GLOVEBOX_TRY(value, bundle::encode_value(feature, given));
  return Encoded{value, given ? how_value : how_value_missing};
}

protocol::SliceRecord record_of(const Encoded& value) {
  return {.number = std::bit_cast<std::uint32_t>(value.value), .alleles = 0, .how = value.how};
}

Result<PlainValues> PlainValues::create(const bundle::Bundle& bundle, const std::vector<protocol::NamedValue>& given) {
  PlainValues out;
  if (given.empty()) return out;
  std::map<std::string_view, std::size_t> places;
  std::string known;
  for (std::size_t i = 0; i < bundle.features.size(); ++i) {
    if (!bundle.features[i].is_value()) continue;
    places.emplace(bundle.features[i].name, i);
    if (known.size() < 200) known += (known.empty() ? "" : ", ") + bundle.features[i].name;
  }
  for (const auto& value : given) {
    const auto place = places.find(value.name);
    if (place == places.end() && stands_for(bundle.manifest, value.name)) continue;
    if (place == places.end())
      return fail(Reject::value_unknown, "a value for \"" + value.name.substr(0, 64) + "\"",
                  known.empty() ? "none: this model takes no plain values" : "one of: " + known);
    out.values_.emplace(place->second, value.value);
  }
  return out;
}

std::optional<protocol::Value> PlainValues::given(std::size_t feature) const {
  const auto found = values_.find(feature);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace glovebox::scoring
