// plain_values.h: the model's plain values as a person gave them: by name, with the request.
#pragma once
#include <map>
#include <optional>

#include "protocol/parameters.h"
#include "scoring/row.h"

namespace glovebox::scoring {

// Encoded is a plain value as the model takes it.
struct Encoded {
  float value = 0;
  How how = how_value;
};
// record_of is its record in a slice.
protocol::SliceRecord record_of(const Encoded& value);
// encode: value_missing, value_unknown, value_out_of_range.
Result<Encoded> encode(const bundle::Feature& feature, const std::optional<protocol::Value>& given);

// PlainValues checks that every name given is one of the model's plain values.
class PlainValues {
 public:
  // create: value_unknown for another name, or that of a site.
  static Result<PlainValues> create(const bundle::Bundle& bundle, const std::vector<protocol::NamedValue>& given);
  // given returns what was given for the feature at this place.
  std::optional<protocol::Value> given(std::size_t feature) const;

 private:
  std::map<std::size_t, protocol::Value> values_;
};

}  // namespace glovebox::scoring
