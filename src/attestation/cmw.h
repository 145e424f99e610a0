// cmw.h: a conceptual message wrapper (RFC 9999, record form): a media type beside the bytes that have it, as CBOR
// [type, value] or as JSON ["type", "base64url"]. Collections and tags are not read.
#pragma once
#include "base/bytes.h"

namespace glovebox::attestation {

struct Cmw {
  std::string media_type;
  Bytes value;
  bool operator==(const Cmw&) const = default;

  Bytes to_cbor() const;
  std::string to_json() const;  // one spelling: no white space
  // parse reads either form, to its last byte; the third element, a bit map of kinds of message, is read over. JSON as
  // to_json writes it, white space around its parts allowed. truncated, evidence_malformed.
  static Result<Cmw> parse(View record);
};

}  // namespace glovebox::attestation
