#include "result/measured.h"

#include <bit>

#include "base/reader.h"

namespace glovebox::result {
namespace {
static_assert(measured_label.size() + 3 * 4 + sizeof(Digest) == measured_head_size);

// Place writes numbers into a buffer of final size: nothing that grew is left behind.
class Place {
 public:
  explicit Place(std::span<std::uint8_t> out) : rest_(out) {}
  void bytes(View v) {
    std::ranges::copy(v, rest_.begin());
    rest_ = rest_.subspan(v.size());
  }
  void number(std::uint64_t v, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) rest_[i] = static_cast<std::uint8_t>(v >> (8 * i));
    rest_ = rest_.subspan(size);
  }
  void u32(std::uint64_t v) { number(v, 4); }
  void u64(std::uint64_t v) { number(v, 8); }

 private:
  std::span<std::uint8_t> rest_;
};

Bytes head(const Digest& model, const Shape& shape) {
  return Writer()
      .bytes(view_of(measured_label))
      .u32le(static_cast<std::uint32_t>(shape.groups))
      .u32le(static_cast<std::uint32_t>(shape.outputs))
      .u32le(static_cast<std::uint32_t>(measured_outcomes))
      .bytes(model)
      .take();
}
}  // namespace

SecretBytes encode(const Measured& m) {
  SecretBytes out(measured_size(m.shape()));
  Place at(out.expose_mutable());
  at.bytes(head(m.model_digest, m.shape()));
  at.u64(m.status);
  for (const float v : m.margins) at.u32(std::bit_cast<std::uint32_t>(v));
  for (const float v : m.predictions) at.u32(std::bit_cast<std::uint32_t>(v));
  at.u64(m.sum[0]);
  at.u64(m.sum[1]);
  at.u64(m.denominator);
  at.u64(static_cast<std::uint64_t>(m.dosage_sum));
  at.u64(std::bit_cast<std::uint64_t>(m.coverage));
  at.u64(static_cast<std::uint64_t>(m.covered));
  for (const auto& count : m.counts) {
    at.u64(count.number);
    at.u64(std::bit_cast<std::uint64_t>(count.weight));
  }
  return out;
}

Result<MeasuredParts> measured_parts(View block, const Digest& model, const Shape& shape) {
  if (block.size() != measured_size(shape))
    return fail(Reject::malformed, "a block of " + std::to_string(block.size()) + " bytes",
                std::to_string(measured_size(shape)));
  if (!equal(block.first(measured_head_size), head(model, shape)))
    return fail(Reject::malformed, "a block of another kind or model", "the one asked for");
  const std::size_t output = measured_output_size(shape);
  return MeasuredParts{.output = block.first(output), .quality = block.subspan(output)};
}

Result<Measured> parse_measured(View block, const Digest& model, const Shape& shape) {
  GLOVEBOX_CHECK(measured_parts(block, model, shape));
  Reader in(block.subspan(measured_head_size));
  Measured out{.model_digest = model};
  out.status = in.u64le();
  const auto floats = [&in](std::size_t count) {
    std::vector<float> read(count);
    for (float& v : read) v = std::bit_cast<float>(in.u32le());
    return read;
  };
  out.margins = floats(shape.groups);
  out.predictions = floats(shape.outputs);
  for (auto& half : out.sum) half = in.u64le();
  out.denominator = in.u64le();
  out.dosage_sum = static_cast<std::int64_t>(in.u64le());
  out.coverage = std::bit_cast<double>(in.u64le());
  const std::uint64_t covered = in.u64le();
  out.covered = covered == 1;
  for (auto& count : out.counts) {
    count.number = in.u64le();
    count.weight = std::bit_cast<double>(in.u64le());
  }
  if (out.status >= measured_status_end) in.refuse(Reject::malformed, "a status of " + std::to_string(out.status));
  if (covered > 1) in.refuse(Reject::malformed, "a covered of " + std::to_string(covered), "0 or 1");
  GLOVEBOX_CHECK(in.finish());
  return out;
}

bool is_measured(View bytes) {
  return text_of(bytes).starts_with(measured_label);
}

}  // namespace glovebox::result
