// slice.h: what a model asks of one person, and nothing else: a head, then one record of 8 bytes for each of the
// model's features, in the model's order, present or not. Its length is a function of the model alone
// (docs/spec/slice.md).
//
// Head and size are public structure and are checked here. The records are the person's: who reads them in the enclave
// does so without a branch or an address that depends on them (scoring/slice_score.h).
#pragma once
#include <span>

#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox::protocol {

constexpr std::string_view slice_label = "glovebox slice v1\n";
constexpr std::size_t slice_head_size = 56;  // label, kind, 0, u32le features, model digest
constexpr std::size_t slice_record_size = 8;
constexpr std::size_t slice_features_max = std::size_t{1} << 22;
constexpr std::int32_t slice_missing = -1;  // of a variant's number

// SliceKind says which numbers of variants may stand in a slice: whole copies alone, or millionths. It follows from
// what was asked to be read (GT, or DS and GP), never from what was found.
enum class SliceKind : std::uint8_t { hard = 0, fractional = 1 };
std::string_view name(SliceKind kind);

// SliceRecord is one feature: number u32le || alleles u8 || how u8 || 0 u16.
struct SliceRecord {
  std::uint32_t number = 0;  // of a variant: copies in millionths, or slice_missing; of a plain value: its float32 bits
  std::uint8_t alleles = 0;  // that a variant's number is of: 1 or 2; else 0
  std::uint8_t how = 0;      // how it came about (scoring/row.h)
  bool operator==(const SliceRecord&) const = default;
};

constexpr std::size_t slice_size(std::size_t features) {
  return slice_head_size + slice_record_size * features;
}

// encode_slice: too_large beyond slice_features_max.
Result<SecretBytes> encode_slice(SliceKind kind, const Digest& model, std::span<const SliceRecord> records);

// OpenedSlice borrows the bytes that it was parsed from.
struct OpenedSlice {
  SliceKind kind = SliceKind::hard;
  View records;  // slice_record_size bytes for each feature, not looked at
};
// parse_slice checks the head and the size against the model that is to be asked. truncated, trailing_bytes,
// version_unsupported (another label), malformed (another kind, or number of features), request_mismatch (another
// model).
Result<OpenedSlice> parse_slice(View slice, const Digest& model, std::size_t features);

// slice_record reads one record, for the sender and for tests.
SliceRecord slice_record(View records, std::size_t feature);

}  // namespace glovebox::protocol
