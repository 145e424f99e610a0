#include "protocol/wrapped_key.h"

#include "protocol/release_policy.h"

namespace glovebox::protocol {
namespace {
constexpr std::size_t share_plain_max = 160;

// The share stands last: it is written over zeros in place, so that no buffer of the writer ever held it.
SecretBytes encode_share(const Share& share) {
  SecretBytes out(cbor::Writer()
                      .document(share_label, 5)
                      .bstr(share.owner.bytes)
                      .bstr(share.key_id)
                      .bstr(share.core_digest)
                      .bstr(Array<32>{})
                      .view());
  std::ranges::copy(share.share.expose(), out.expose_mutable().last(32).begin());
  return out;
}

Result<Share> parse_share(View encoded) {
  GLOVEBOX_CHECK(check_size(share_label, encoded.size(), share_plain_max));
  cbor::Reader in(encoded);
  in.document(share_label, 5);
  const crypto::VerifyKey owner{in.bytes_of<32>()};
  const KeyNumber key_id = in.bytes_of<16>();
  const Digest core_digest = in.bytes_of<32>();
  const View secret = in.bstr(32);
  if (in.ok() && secret.size() != 32) in.refuse(Reject::malformed, "a share of another size", "32 bytes");
  GLOVEBOX_CHECK(in.finish());
  return Share{owner, key_id, core_digest, Secret<32>(secret.first<32>())};
}

Bytes aad_of(const crypto::VerifyKey& broker, const Digest& policy_digest, const Digest& core_digest) {
  return cbor::Writer().array(3).bstr(broker.bytes).bstr(policy_digest).bstr(core_digest).take();
}
}  // namespace

Bytes WrappedKey::encode() const {
  return cbor::Writer()
      .document(wrapped_key_label, 7)
      .bstr(broker.bytes)
      .bstr(key_version)
      .uint(static_cast<std::uint64_t>(kem))
      .bstr(release_policy)
      .bstr(enc)
      .bstr(ct)
      .take();
}

Result<WrappedKey> WrappedKey::parse(View encoded) {
  GLOVEBOX_CHECK(check_size(wrapped_key_label, encoded.size(), wrapped_key_size_max));
  cbor::Reader in(encoded);
  WrappedKey out;
  in.document(wrapped_key_label, 7);
  out.broker = {in.bytes_of<32>()};
  out.key_version = in.bytes_of<32>();
  out.kem = read_kem(in);
  out.release_policy = to_bytes(in.bstr(wrapped_key_size_max));
  out.enc = to_bytes(in.bstr(crypto::kem_enc_max));
  out.ct = to_bytes(in.bstr(sealed_share_max));
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Result<Digest> WrappedKey::policy_digest() const {
  GLOVEBOX_TRY(payload, unverified_payload(release_policy, release_policy_label, release_policy_size_max));
  return crypto::sha256(payload);
}

Digest WrappedKey::digest(const Digest& policy_digest, const Digest& core_digest) const {
  const Digest key_id_commitment = crypto::sha256({enc, ct});
  return crypto::sha256(
      cbor::Writer().array(4).bstr(broker.bytes).bstr(policy_digest).bstr(core_digest).bstr(key_id_commitment).view());
}

Result<WrappedKey> WrappedKey::wrap(const KeyStatement& to, View signed_policy, const Share& share) {
  GLOVEBOX_TRY(policy, ReleasePolicy::open(signed_policy));
  if (policy.document.owner != share.owner)
    return fail(Reject::policy_mismatch, "a release policy of " + to_hex(policy.document.owner.bytes),
                to_hex(share.owner.bytes));
  const SecretBytes plain = encode_share(share);
  GLOVEBOX_TRY(sealed, crypto::hpke_seal(to.key, view_of(wrapped_key_label),
                                         aad_of(to.identity, policy.digest, share.core_digest), plain.expose()));
  WrappedKey out{to.identity,           to.key_version(),
                 to.key.kem(),          to_bytes(signed_policy),
                 std::move(sealed.enc), std::move(sealed.ciphertext)};
  GLOVEBOX_CHECK(check_size(wrapped_key_label, out.encode().size(), wrapped_key_size_max));
  return out;
}

Result<Share> WrappedKey::unwrap(const crypto::KemPrivate& key, const Digest& policy_digest,
                                 const Digest& core_digest) const {
  const auto refuse = [](std::string what) { return fail(Reject::wrapped_key_invalid, std::move(what)); };
  if (kem != key.kem() || key_version != crypto::sha256(key.public_key().bytes()))
    return refuse("wrapped to another key version");
  const auto plain =
      crypto::hpke_open(key, enc, view_of(wrapped_key_label), aad_of(broker, policy_digest, core_digest), ct);
  if (!plain) return refuse("does not open for this broker, policy and core");
  auto share = parse_share(plain->expose());
  if (!share) return refuse("opens to something else than a share");
  if (share->core_digest != core_digest) return refuse("a share of another envelope");
  return share;
}
}  // namespace glovebox::protocol
