#include "protocol/challenge.h"

namespace glovebox::protocol {

Bytes Challenge::encode() const {
  cbor::Writer out;
  out.document(challenge_label, 3).bstr(nonce);
  write_time(out, expires);
  return out.take();
}

Result<Challenge> Challenge::parse(View payload) {
  GLOVEBOX_CHECK(check_size(challenge_label, payload.size(), challenge_size_max));
  cbor::Reader in(payload);
  Challenge out;
  in.document(challenge_label, 3);
  out.nonce = in.bytes_of<32>();
  out.expires = read_time(in);
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Bytes Challenge::sign(const crypto::SigningKey& identity_key) const {
  return crypto::sign_document(identity_key, encode(), challenge_label);
}

Result<Challenge> Challenge::open(View signed_challenge, const crypto::VerifyKey& identity) {
  GLOVEBOX_TRY(payload,
               open_as(Reject::challenge_unknown, signed_challenge, identity, challenge_label, challenge_size_max));
  return parse(payload);
}
}  // namespace glovebox::protocol
