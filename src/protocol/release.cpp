#include "protocol/release.h"

namespace glovebox::protocol {
namespace {
constexpr std::string_view purpose_release = "release";
}

Bytes Release::encode() const {
  cbor::Writer out;
  out.document(release_label, 13).tstr(purpose_release);
  out.bstr(context.challenge_nonce).bstr(context.request_digest).bstr(context.wrapped_key_digest).bstr(context.binding);
  out.bstr(release_id);
  write_time(out, time);
  out.uint(use).null();  // checkpoint: a later version's
  return out.uint(static_cast<std::uint64_t>(kem)).bstr(enc).bstr(ct).take();
}

Result<Release> Release::parse(View payload) {
  GLOVEBOX_CHECK(check_size(release_label, payload.size(), release_size_max));
  cbor::Reader in(payload);
  Release out;
  in.document(release_label, 13);
  const std::string_view purpose = in.tstr(16);
  if (in.ok() && purpose != purpose_release)
    in.refuse(Reject::malformed, "purpose \"" + std::string(purpose) + "\"", "\"release\"");
  out.context.challenge_nonce = in.bytes_of<32>();
  out.context.request_digest = in.bytes_of<32>();
  out.context.wrapped_key_digest = in.bytes_of<32>();
  out.context.binding = in.bytes_of<64>();
  out.release_id = in.bytes_of<16>();
  out.time = read_time(in);
  out.use = in.uint();
  if (in.ok() && in.peek() != cbor::Type::end && !in.take_null())
    in.refuse(Reject::version_unsupported, "a checkpoint", "null");
  out.kem = read_kem(in);
  out.enc = to_bytes(in.bstr(crypto::kem_enc_max));
  out.ct = to_bytes(in.bstr(sealed_share_max));
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Bytes Release::sign(const crypto::SigningKey& identity_key) const {
  return crypto::sign_document(identity_key, encode(), release_label);
}

Result<Release> Release::open(View signed_release, const crypto::VerifyKey& identity, const ReleaseContext& context) {
  GLOVEBOX_TRY(payload,
               open_as(Reject::release_unauthentic, signed_release, identity, release_label, release_size_max));
  GLOVEBOX_TRY(release, parse(payload));
  const auto refuse = [](std::string_view what) {
    return fail(Reject::release_unauthentic, "a release for another " + std::string(what), "this one");
  };
  if (release.context.challenge_nonce != context.challenge_nonce) return refuse("challenge");
  if (release.context.request_digest != context.request_digest) return refuse("request");
  if (release.context.wrapped_key_digest != context.wrapped_key_digest) return refuse("wrapped key");
  if (release.context.binding != context.binding) return refuse("enclave key");
  return release;
}

Result<Release> Release::seal(const ReleaseContext& context, const ReleaseId& release_id, Time time, std::uint64_t use,
                              const crypto::KemPublic& to, const Secret<32>& share) {
  GLOVEBOX_TRY(sealed, crypto::hpke_seal(to, view_of(release_label), context.request_digest, share.expose()));
  return Release{context, release_id, time, use, to.kem(), std::move(sealed.enc), std::move(sealed.ciphertext)};
}

Result<Secret<32>> Release::share(const crypto::KemPrivate& key) const {
  if (kem != key.kem()) return fail(Reject::decryption_failed, "a release to a key of another KEM");
  GLOVEBOX_TRY(opened, crypto::hpke_open(key, enc, view_of(release_label), context.request_digest, ct));
  if (opened.size() != 32) return fail(Reject::decryption_failed, "a share of another size", "32 bytes");
  return Secret<32>(opened.expose().first<32>());
}
}  // namespace glovebox::protocol
