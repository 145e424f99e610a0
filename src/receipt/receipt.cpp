#include "receipt/receipt.h"

namespace glovebox::receipt {
namespace {
constexpr std::int64_t milliseconds_max = protocol::seconds_max * 1000 + 999;

void write_release(cbor::Writer& out, const std::optional<ReleaseProof>& release) {
  if (!release) {
    out.null();
    return;
  }
  out.array(5).bstr(release->broker.bytes).bstr(release->release_id);
  protocol::write_time(out, release->time);
  out.uint(release->use).null();  // inclusion: a later version's
}

std::optional<ReleaseProof> read_release(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  ReleaseProof out;
  in.open_array(5);
  out.broker = {in.bytes_of<32>()};
  out.release_id = in.bytes_of<16>();
  out.time = protocol::read_time(in);
  out.use = in.uint();
  if (in.ok() && in.peek() != cbor::Type::end && !in.take_null())
    in.refuse(Reject::version_unsupported, "an inclusion proof", "null");
  return out;
}
}  // namespace

Bytes Receipt::encode() const {
  cbor::Writer out;
  out.document(receipt_label, 15).bstr(request_digest).bstr(parameters_digest).bstr(model_digest);
  protocol::write_optional_digest(out, policy_digest);
  out.bstr(binding).bstr(commitment_input).bstr(commitment_output).bstr(commitment_quality);
  write_release(out, release);
  out.tstr(use_count).uint(
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(time.milliseconds, 0, milliseconds_max)));
  return out.tstr(time_source).tstr(leakage).boolean(development).take();
}

Result<Receipt> Receipt::parse(View payload) {
  GLOVEBOX_CHECK(protocol::check_size(receipt_label, payload.size(), receipt_size_max));
  cbor::Reader in(payload);
  Receipt out;
  in.document(receipt_label, 15);
  out.request_digest = in.bytes_of<32>();
  out.parameters_digest = in.bytes_of<32>();
  out.model_digest = in.bytes_of<32>();
  out.policy_digest = protocol::read_optional_digest(in);
  out.binding = in.bytes_of<64>();
  out.commitment_input = in.bytes_of<32>();
  out.commitment_output = in.bytes_of<32>();
  out.commitment_quality = in.bytes_of<32>();
  out.release = read_release(in);
  out.use_count = in.tstr(use_count_max);
  out.time = {static_cast<std::int64_t>(in.uint(milliseconds_max))};
  out.time_source = in.tstr(time_source_max);
  out.leakage = in.tstr(leakage_max);
  out.development = in.boolean();
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Bytes Receipt::sign(const crypto::SigningKey& receipt_key) const {
  return crypto::sign_document(receipt_key, encode(), receipt_label);
}

Result<Receipt> Receipt::open(View signed_receipt, const crypto::VerifyKey& receipt_key) {
  GLOVEBOX_TRY(payload, protocol::open_as(Reject::receipt_invalid, signed_receipt, receipt_key, receipt_label,
                                          receipt_size_max));
  return parse(payload);
}
}  // namespace glovebox::receipt
