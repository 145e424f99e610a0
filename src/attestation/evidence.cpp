#include "attestation/evidence.h"

namespace glovebox::attestation {
namespace {
constexpr std::string_view label = "glovebox evidence v1";
}

Bytes Evidence::encode() const {
  cbor::Writer out;
  out.document(label, 6).array(2).tstr(media_type).bstr(document);
  out.tstr(name(purpose())).bstr(nonce).raw(keys.encode()).raw(attestation::encode(context));
  return out.take();
}

Result<Evidence> Evidence::parse(View message) {
  if (message.size() > evidence_size_max)
    return fail(Reject::evidence_malformed, std::to_string(message.size()) + " bytes",
                "at most " + std::to_string(evidence_size_max));
  cbor::Reader in(message);
  const auto malformed = [](const Error& error) {
    return fail(Reject::evidence_malformed, std::string(glovebox::name(error.reason)) + ": " + error.found,
                error.expected);
  };
  in.document(label, 6);
  in.open_array(2);
  Evidence evidence;
  evidence.media_type = in.tstr(media_type_size_max);
  evidence.document = to_bytes(in.bstr(document_size_max));
  const std::string_view purpose_name = in.tstr(16);
  evidence.nonce = to_bytes(in.bstr(nonce_max));
  if (!in.ok()) return malformed(in.status().error());
  GLOVEBOX_TRY(purpose, purpose_from_name(purpose_name));
  GLOVEBOX_TRY(keys, KeySet::parse(in));
  evidence.keys = std::move(keys);
  GLOVEBOX_TRY(context, parse_context(purpose, in));
  evidence.context = std::move(context);
  if (const auto end = in.finish(); !end) return malformed(end.error());
  return evidence;
}

}  // namespace glovebox::attestation
