// quality_json.h: how good the data was, as `check --json` and `score --json` say it.
#pragma once
#include <nlohmann/json.hpp>

#include "result/result.h"

namespace glovebox::app {

inline nlohmann::ordered_json quality_json(const result::Quality& quality) {
  nlohmann::ordered_json outcomes = nlohmann::ordered_json::object();
  for (const auto& count : quality.counts)
    if (count.number != 0) outcomes[count.outcome] = count.number;
  return {{"asked", quality.asked},
          {"used", quality.used},
          {"coverage", quality.coverage},
          {"outcomes", std::move(outcomes)}};
}

// How the data was read, which is the same for everybody in it.
inline nlohmann::ordered_json reading_json(const result::Quality& quality) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  if (quality.build) out["build"] = *quality.build;
  if (quality.build_standing) out["build_standing"] = *quality.build_standing;
  if (quality.absence) out["absence"] = *quality.absence;
  return out;
}

// Of one person among several.
inline nlohmann::ordered_json quality_json(const result::Quality& all, const result::RowQuality& row) {
  result::Quality one{.asked = row.asked(), .used = row.used, .coverage = row.coverage};
  for (std::size_t i = 0; i < all.counts.size(); ++i)
    one.counts.push_back({.outcome = all.counts[i].outcome, .number = row.numbers[i]});
  return quality_json(one);
}

}  // namespace glovebox::app
