// info.h: what an enclave says of itself without proof: a hint for finding a policy's model, never trusted.
#pragma once
#include <vector>

#include "base/bytes.h"
#include "wire/limits.h"

namespace glovebox::wire {

struct Info {
  struct Model {
    std::string name;
    Digest digest{};
    bool operator==(const Model&) const = default;
  };
  std::string version;
  std::vector<Model> models;
  Bytes configuration;  // encoded

  bool operator==(const Info&) const = default;
};

Bytes encode(const Info& info);
Result<Info> parse_info(View bytes);  // truncated, malformed, too_large, not_deterministic, trailing_bytes

}  // namespace glovebox::wire
