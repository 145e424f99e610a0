// arm_claims.h: the claims of Arm's attestation tokens: maps with numbered keys, as CBOR (RFC 9711), whose values have
// one of six shapes. What is read is kept in the order in which it came, so that it is written back as the same bytes.
// Form only: definite lengths (RFC 9783 section 5.2.2), no claim twice, none that the token's profile does not have.
#pragma once
#include <optional>
#include <variant>

#include "base/bytes.h"

namespace glovebox::attestation {

constexpr std::size_t arm_claims_size_max = 16384;
constexpr std::size_t arm_components_max = 64;
constexpr std::size_t arm_text_size_max = 256;
constexpr std::size_t arm_config_size_max = 4096;
constexpr std::size_t arm_extensible_count = 4;

// ArmComponent is one piece of measured software.
struct ArmComponent {
  std::optional<std::string> type = {};       // 1: its role, "BL"
  Bytes measurement;                          // 2: 32, 48 or 64 bytes
  std::optional<std::string> version = {};    // 4
  Bytes signer;                               // 5: of whoever signed it; 32, 48 or 64 bytes
  std::optional<std::string> algorithm = {};  // 6: how it was measured
  std::vector<std::uint8_t> order = {};       // of the keys; empty: ascending
  bool operator==(const ArmComponent&) const = default;
};

// ArmShape is what a claim's value may be; ArmRule one claim that a profile has.
enum class ArmShape { integer, bytes, hash, text, components, hashes };  // hash: 32, 48 or 64 bytes; hashes: four
struct ArmRule {
  std::int64_t key;
  ArmShape shape;
  std::int64_t min = 0;  // of an integer, or bytes of a string
  std::int64_t max = 0;
  bool required = true;
};

using ArmValue = std::variant<std::int64_t, Bytes, std::string, std::vector<ArmComponent>, std::vector<Bytes>>;

struct ArmClaims {
  struct Entry {
    std::int64_t key;
    ArmValue value;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  bool operator==(const ArmClaims&) const = default;

  Bytes encode() const;
  // parse reads exactly one map with the claims of `rules`. evidence_malformed.
  static Result<ArmClaims> parse(View payload, std::span<const ArmRule> rules);
  // text_unverified is the text of one claim in a map of any profile: what says of which profile it is.
  static std::optional<std::string> text_unverified(View payload, std::int64_t key);

  // find is nothing where there is no such claim, or one of another shape.
  template <class T>
  const T* find(std::int64_t key) const {
    const auto it = std::ranges::find(entries, key, &Entry::key);
    return it == entries.end() ? nullptr : std::get_if<T>(&it->value);
  }
  // bytes, number and text are of claims that the rules require; empty values where there is none.
  View bytes(std::int64_t key) const;
  std::int64_t number(std::int64_t key) const;
  std::string text(std::int64_t key) const;
  // set replaces a claim where it stands, or appends it; erase takes it out. For who makes tokens.
  void set(std::int64_t key, ArmValue value);
  void erase(std::int64_t key);
};

}  // namespace glovebox::attestation
