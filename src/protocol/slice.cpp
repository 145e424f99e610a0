#include "protocol/slice.h"

#include "base/reader.h"

namespace glovebox::protocol {
namespace {
constexpr std::size_t model_at = slice_label.size() + 1 + 1 + 4;
static_assert(model_at + sizeof(Digest) == slice_head_size);
}  // namespace

std::string_view name(SliceKind kind) {
  return kind == SliceKind::hard ? "hard" : "fractional";
}

Result<SecretBytes> encode_slice(SliceKind kind, const Digest& model, std::span<const SliceRecord> records) {
  if (records.size() > slice_features_max)
    return fail(Reject::too_large, std::to_string(records.size()) + " features",
                "at most " + std::to_string(slice_features_max));
  SecretBytes out(slice_size(records.size()));
  const Bytes head = Writer()
                         .bytes(view_of(slice_label))
                         .u8(static_cast<std::uint8_t>(kind))
                         .u8(0)
                         .u32le(static_cast<std::uint32_t>(records.size()))
                         .bytes(model)
                         .take();
  auto at = std::ranges::copy(head, out.expose_mutable().begin()).out;
  for (const SliceRecord& record : records) {
    for (unsigned shift = 0; shift < 32; shift += 8) *at++ = static_cast<std::uint8_t>(record.number >> shift);
    *at++ = record.alleles;
    *at++ = record.how;
    at += 2;
  }
  return out;
}

Result<OpenedSlice> parse_slice(View slice, const Digest& model, std::size_t features) {
  Reader in(slice);
  const std::string_view label = text_of(in.bytes(slice_label.size()));
  const std::uint8_t kind = in.u8();
  const std::uint8_t zero = in.u8();
  const std::uint32_t count = in.u32le();
  const auto digest = in.array<32>();
  if (!in.ok()) return std::unexpected(in.status().error());
  if (label != slice_label) return fail(Reject::version_unsupported, "another document", "glovebox slice v1");
  if (kind > static_cast<std::uint8_t>(SliceKind::fractional) || zero != 0)
    return fail(Reject::malformed, "a slice of kind " + std::to_string(kind), "0 or 1");
  if (digest != model) return fail(Reject::request_mismatch, "a slice for model " + to_hex(digest), to_hex(model));
  if (count != features)
    return fail(Reject::malformed, "a slice of " + std::to_string(count) + " features",
                std::to_string(features) + ", the model's");
  const View records = in.bytes(features * slice_record_size);
  GLOVEBOX_CHECK(in.finish());
  return OpenedSlice{.kind = SliceKind{kind}, .records = records};
}

SliceRecord slice_record(View records, std::size_t feature) {
  Reader in(records.subspan(feature * slice_record_size, slice_record_size));
  SliceRecord out;
  out.number = in.u32le();
  out.alleles = in.u8();
  out.how = in.u8();
  return out;
}
}  // namespace glovebox::protocol
