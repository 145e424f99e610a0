#include "protocol/release_call.h"

namespace glovebox::protocol {

Bytes ReleaseCall::encode() const {
  return cbor::Writer()
      .document(release_call_label, 6)
      .bstr(challenge)
      .bstr(request)
      .bstr(core)
      .bstr(wrapped_key)
      .bstr(evidence)
      .take();
}

Result<ReleaseCall> ReleaseCall::parse(View encoded) {
  GLOVEBOX_CHECK(check_size(release_call_label, encoded.size(), release_call_size_max));
  cbor::Reader in(encoded);
  ReleaseCall out;
  in.document(release_call_label, 6);
  for (Bytes* part : {&out.challenge, &out.request, &out.core, &out.wrapped_key, &out.evidence})
    *part = to_bytes(in.bstr(release_call_size_max));
  GLOVEBOX_CHECK(in.finish());
  return out;
}
}  // namespace glovebox::protocol
