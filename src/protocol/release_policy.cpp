#include "protocol/release_policy.h"

namespace glovebox::protocol {

Bytes ReleasePolicy::encode() const {
  return cbor::Writer()
      .document(release_policy_label, 4)
      .bstr(owner.bytes)
      .bstr(evidence_policy)
      .bstr(rules.encode())
      .take();
}

Result<ReleasePolicy> ReleasePolicy::parse(View payload) {
  GLOVEBOX_CHECK(check_size(release_policy_label, payload.size(), release_policy_size_max));
  cbor::Reader in(payload);
  ReleasePolicy out;
  in.document(release_policy_label, 4);
  out.owner = {in.bytes_of<32>()};
  out.evidence_policy = to_bytes(in.bstr(evidence_policy_size_max));
  const View rules = in.bstr(release_rules_size_max);
  GLOVEBOX_CHECK(in.finish());
  GLOVEBOX_TRY(parsed, ReleaseRules::parse(rules));
  out.rules = std::move(parsed);
  return out;
}

Digest ReleasePolicy::digest() const {
  return crypto::sha256(encode());
}

Bytes ReleasePolicy::sign(const crypto::SigningKey& owner_key) const {
  return crypto::sign_document(owner_key, encode(), release_policy_label);
}

Result<Opened<ReleasePolicy>> ReleasePolicy::open(View signed_policy) {
  GLOVEBOX_TRY(payload, unverified_payload(signed_policy, release_policy_label, release_policy_size_max));
  GLOVEBOX_TRY(policy, parse(payload));
  GLOVEBOX_CHECK(
      open_as(Reject::request_unauthentic, signed_policy, policy.owner, release_policy_label, release_policy_size_max));
  return Opened<ReleasePolicy>{std::move(policy), crypto::sha256(payload)};
}
}  // namespace glovebox::protocol
