#include "protocol/document.h"

namespace glovebox::protocol {

void write_time(cbor::Writer& out, Time time) {
  out.uint(static_cast<std::uint64_t>(std::clamp<std::int64_t>(time.seconds(), 0, seconds_max)));
}
Time read_time(cbor::Reader& in) {
  return Time::from_seconds(static_cast<std::int64_t>(in.uint(seconds_max)));
}

void write_optional_time(cbor::Writer& out, const std::optional<Time>& time) {
  if (time) {
    write_time(out, *time);
  } else {
    out.null();
  }
}
std::optional<Time> read_optional_time(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  return read_time(in);
}

void write_optional_digest(cbor::Writer& out, const std::optional<Digest>& digest) {
  if (digest) {
    out.bstr(*digest);
  } else {
    out.null();
  }
}
std::optional<Digest> read_optional_digest(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  return in.bytes_of<32>();
}

crypto::Kem read_kem(cbor::Reader& in) {
  const std::uint64_t id = in.uint(UINT16_MAX);
  const auto kem = crypto::kem_from_id(id);
  if (kem) return *kem;
  if (in.ok()) in.refuse(kem.error().reason, kem.error().found, kem.error().expected);
  return crypto::Kem::x_wing;
}

std::optional<crypto::KemPublic> read_public(cbor::Reader& in) {
  const crypto::Kem kem = read_kem(in);
  const View bytes = in.bstr(crypto::kem_public_max);
  if (!in.ok()) return std::nullopt;
  auto key = crypto::KemPublic::parse(kem, bytes);
  if (key) return std::move(*key);
  in.refuse(key.error().reason, key.error().found, key.error().expected);
  return std::nullopt;
}

Result<View> open_as(Reject wrong_signature, View cose, const crypto::VerifyKey& key, std::string_view label,
                     std::size_t size_max) {
  GLOVEBOX_CHECK(check_size(label, cose.size(), size_max));
  auto payload = crypto::open_signed(cose, key, label);
  if (payload) return payload;
  const Reject reason = payload.error().reason;
  if (reason != Reject::signature_invalid && reason != Reject::algorithm_unsupported) return payload;
  return fail(wrong_signature, "a signature that does not verify",
              "one over \"" + std::string(label) + "\" by " + to_hex(key.bytes).substr(0, 16));
}

Result<View> unverified_payload(View cose, std::string_view label, std::size_t size_max) {
  GLOVEBOX_CHECK(check_size(label, cose.size(), size_max));
  GLOVEBOX_TRY(parsed, crypto::parse_cose_sign1_unverified(cose, cbor::Form::strict));
  return parsed.payload;
}

Status check_size(std::string_view label, std::size_t size, std::size_t max) {
  if (size <= max) return {};
  return fail(Reject::too_large, std::to_string(size) + " bytes of " + std::string(label),
              "at most " + std::to_string(max));
}
}  // namespace glovebox::protocol
